//! The civil-status agency's procedures.
