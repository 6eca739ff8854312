//! The chassis's promises, each as a small story on a Stage: real outbox, relay, inbox and ladder over SQLite.

mod delivery;
mod http;
mod sample;
