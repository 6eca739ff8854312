//! What whole stories are told with: real servers in containers, processes that can be killed, small services to count by.
#![doc = include_str!("../README.md")]
#![expect(
    clippy::expect_used,
    reason = "used in tests only, which fail by panicking with the sentence given here"
)]

pub mod decoders;
pub mod motcua;
pub mod process;
pub mod rows;
pub mod sample;
pub mod servers;
pub mod wire;

use std::{
    fmt::Debug,
    time::{Duration, Instant},
};

/// How long anything may take to come true on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Waits until `look` sees `expected`; fails with what it saw last.
pub async fn eventually<T: PartialEq + Debug>(what: &str, expected: T, look: impl AsyncFn() -> T) {
    until(what, |seen: &T| *seen == expected, look).await;
}

/// Waits until what `look` sees is `enough`, and returns it; fails with what it saw last.
///
/// # Panics
/// When that takes longer than [`PATIENCE`], a single look included.
pub async fn until<T: Debug>(
    what: &str,
    enough: impl Fn(&T) -> bool,
    look: impl AsyncFn() -> T,
) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = tokio::time::timeout(PATIENCE, look()).await;
        let seen = seen.unwrap_or_else(|_| panic!("{what}: looking takes for ever"));
        if enough(&seen) {
            return seen;
        }
        assert!(
            Instant::now() < deadline,
            "{what}: not so after {} s; last seen: {seen:?}",
            PATIENCE.as_secs()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
