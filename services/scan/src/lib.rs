//! Document-scan processing: store, check, read.
