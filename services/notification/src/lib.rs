//! Telling people, by the channel that reaches them.
