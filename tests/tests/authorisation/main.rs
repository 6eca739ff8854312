//! Who may do what, endpoint by endpoint, and what nobody gets to see: every route of every service is asked by everybody, and a
//! whole story is told with values that must turn up nowhere.

// What the town is made with awaits deeply.
#![recursion_limit = "256"]
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod ask;
mod bodies;
mod callers;
mod canary;
mod guards;
mod matrix;
mod same_answers;
mod table;
mod things;
mod town;
