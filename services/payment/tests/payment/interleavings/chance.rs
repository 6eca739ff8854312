//! Chance that can be had again, and work that is cut off.

use std::{
    pin::pin,
    task::{Context, Poll},
};

/// A small generator: the same seed, the same play.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// Neighbouring seeds are to have nothing in common.
    pub fn of(seed: u64) -> Self {
        let mut chance = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..8 {
            chance.below(2);
        }
        chance
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

/// Lets work go on for `steps` waits and drops it where it stands: what a process that dies leaves of it. `None` when it
/// had not ended by then.
pub async fn cut_off<F: Future>(work: F, steps: u64) -> Option<F::Output> {
    let (mut work, mut left) = (pin!(work), steps);
    std::future::poll_fn(
        move |context: &mut Context<'_>| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => {
                left -= 1;
                Poll::Pending
            }
        },
    )
    .await
}
