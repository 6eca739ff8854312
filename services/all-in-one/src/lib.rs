//! Every service in one process: the binary motcua.
