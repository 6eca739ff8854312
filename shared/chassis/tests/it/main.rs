//! The chassis's promises, each as a small story on a Stage: real outbox, relay, inbox and ladder over SQLite.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod apart;
mod audit;
mod delivery;
mod ended;
mod http;
mod parked;
mod refusals;
mod sample;
mod step_up;
mod topology;
