//! The hop, measured: a chain of services on the real chassis beside a bare broker chain.
