//! Lets messages gather when there are many, and never when there are few.
//!
//! A transaction costs the same for one message as for fifty. Where messages come one by one at a high rate, taking each as
//! it comes would spend the machine on commits. So above [`BUSY`] messages a second a batch waits until about [`ENOUGH`]
//! messages can have come, at most [`LONGEST`]. A slow machine is spent below that rate already: so above [`LOADED`] batches
//! that are small and take long begin [`SHARE`] times as far apart as they take. Below that rate nothing ever waits.

use std::time::{Duration, Instant};

/// From how many messages a second on it is worth waiting.
const BUSY: f64 = 400.0;
/// How many messages make a batch cheap.
const ENOUGH: f64 = 64.0;
/// From how many messages a second on a small batch may be too dear.
const LOADED: f64 = 100.0;
/// How many times as long as a small batch takes the next one lets messages gather.
const SHARE: u32 = 4;
/// The longest that a batch is held back.
const LONGEST: Duration = Duration::from_millis(60);
/// Over how long the rate is averaged.
const MEMORY: Duration = Duration::from_millis(200);

/// The pace of one loop.
pub(crate) struct Pace {
    last: Instant,
    rate: f64,
    /// Messages of the last batch.
    count: f64,
    /// How long a batch takes, averaged over some.
    cost: Duration,
}

impl Pace {
    pub fn new() -> Self {
        Self {
            last: Instant::now(),
            rate: 0.0,
            count: 0.0,
            cost: Duration::ZERO,
        }
    }

    /// How long to let messages gather before the next batch; zero unless it is busy.
    pub fn wait(&self) -> Duration {
        let by_rate = if self.rate < BUSY {
            Duration::ZERO
        } else {
            Duration::from_secs_f64(ENOUGH / self.rate)
        };
        let by_cost = if self.rate >= LOADED && self.count < ENOUGH {
            self.cost * SHARE
        } else {
            Duration::ZERO
        };
        let gap = by_rate.max(by_cost).min(LONGEST);
        gap.saturating_sub(self.last.elapsed())
    }

    /// A batch of `count` messages begins now.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a batch has some hundred messages"
    )]
    pub fn took(&mut self, count: usize) {
        let since = self.last.elapsed().as_secs_f64().max(1e-6);
        let weight = 1.0 - (-since / MEMORY.as_secs_f64()).exp();
        self.count = count as f64;
        self.rate += weight * (self.count / since - self.rate);
        self.last = Instant::now();
    }

    /// The batch that was taken last is done.
    pub fn done(&mut self) {
        self.cost = (self.cost * 3 + self.last.elapsed()) / 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loop that has taken `count` messages each `every` for a while.
    fn after(count: usize, every: Duration) -> Pace {
        let mut pace = Pace::new();
        for _ in 0..1000 {
            pace.last = Instant::now().checked_sub(every).unwrap();
            pace.took(count);
        }
        pace
    }

    #[test]
    fn few_messages_never_wait() {
        assert_eq!(Pace::new().wait(), Duration::ZERO);
        assert_eq!(after(1, Duration::from_millis(50)).wait(), Duration::ZERO);
        assert_eq!(after(1, Duration::from_millis(5)).wait(), Duration::ZERO);
    }

    #[test]
    fn many_messages_gather_for_a_gap_and_a_pause_ends_it() {
        let mut pace = after(4, Duration::from_millis(2));
        assert!(pace.wait() > Duration::from_millis(10));
        pace.last = Instant::now().checked_sub(Duration::from_secs(2)).unwrap();
        assert_eq!(pace.wait(), Duration::ZERO, "the next one is taken at once");
        pace.took(1);
        assert_eq!(pace.wait(), Duration::ZERO, "and it is not busy any more");
    }

    #[test]
    fn small_batches_that_take_long_begin_further_apart() {
        let ago = |time| Instant::now().checked_sub(time).unwrap();
        let slow = |count: usize, every: u64| {
            let mut pace = Pace::new();
            for _ in 0..200 {
                pace.last = ago(Duration::from_millis(every));
                pace.took(count);
                pace.last = ago(Duration::from_millis(10));
                pace.done();
            }
            pace
        };
        let mut pace = slow(8, 40);
        let wait = pace.wait();
        assert!(wait > Duration::from_millis(20) && wait < Duration::from_millis(40));
        pace.last = ago(Duration::from_millis(60));
        assert_eq!(
            pace.wait(),
            Duration::ZERO,
            "what comes later is taken at once"
        );
        let large = slow(64, 400).wait();
        assert_eq!(large, Duration::ZERO, "a large batch is worth its time");
        let idle = slow(1, 50).wait();
        assert_eq!(idle, Duration::ZERO, "nothing waits where little comes");
    }
}
