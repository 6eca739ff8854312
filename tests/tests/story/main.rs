//! The main job as a test: one dossier from upload to handed-over result, on a Stage, as one process, and over the real
//! broker and database.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod batches;
mod codes;
mod collector;
mod mandates;
mod process;
mod reuse;
mod signals;
mod stage;
mod step_up;
mod telemetry;
