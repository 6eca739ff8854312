//! What intake answers and says, on a stage of its own.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod assurance;
mod browser;
mod fees;
mod filing;
mod hearing;
mod mandates;
mod openings;
mod pages;
mod papers;
mod play;
mod readings;
mod reuse;
mod share;
mod signals;
