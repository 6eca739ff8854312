//! The SDK in which an agency writes its procedures.
