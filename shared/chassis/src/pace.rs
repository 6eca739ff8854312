//! Lets messages gather when there are many, and never when there are few.
//!
//! A transaction costs the same for one message as for fifty. Where messages come one by one at a high rate, taking each as
//! it comes would spend the machine on commits. So above [`BUSY`] messages a second a batch waits until about [`ENOUGH`]
//! messages can have come, at most [`LONGEST`]. Below that rate nothing ever waits.

use std::time::{Duration, Instant};

/// From how many messages a second on it is worth waiting.
const BUSY: f64 = 400.0;
/// How many messages make a batch cheap.
const ENOUGH: f64 = 64.0;
/// The longest that a batch is held back.
const LONGEST: Duration = Duration::from_millis(60);
/// Over how long the rate is averaged.
const MEMORY: Duration = Duration::from_millis(200);

/// The pace of one loop.
pub(crate) struct Pace {
    last: Instant,
    rate: f64,
}

impl Pace {
    pub fn new() -> Self {
        Self {
            last: Instant::now(),
            rate: 0.0,
        }
    }

    /// How long to let messages gather before the next batch; zero unless it is busy.
    pub fn wait(&self) -> Duration {
        if self.rate < BUSY {
            return Duration::ZERO;
        }
        let gap = Duration::from_secs_f64(ENOUGH / self.rate).min(LONGEST);
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
        self.rate += weight * (count as f64 / since - self.rate);
        self.last = Instant::now();
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
}
