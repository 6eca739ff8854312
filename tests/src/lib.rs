//! Whole stories across services, on two stages.
