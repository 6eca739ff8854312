//! Where time, ids and randomness come from, so that a test can hold all three.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use uuid::{ContextV7, Timestamp, Uuid};

/// The source of now. Cheap to clone; clones share one time.
#[derive(Clone, Default)]
pub struct Clock {
    held: Option<Arc<AtomicI64>>,
    ids: Arc<std::sync::Mutex<Option<ContextV7>>>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still until it is moved.
    pub fn held_at(now: DateTime<Utc>) -> Self {
        Self {
            held: Some(Arc::new(AtomicI64::new(now.timestamp_micros()))),
            ids: Arc::default(),
        }
    }

    /// Now, in whole microseconds: what every database keeps.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the machine's clock is read"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        let micros = match &self.held {
            Some(held) => held.load(Ordering::SeqCst),
            None => Utc::now().timestamp_micros(),
        };
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// Moves a held clock forward. Does nothing to the machine's clock.
    pub fn advance(&self, by: Duration) {
        if let Some(held) = &self.held {
            held.fetch_add(
                i64::try_from(by.as_micros()).unwrap_or(i64::MAX),
                Ordering::SeqCst,
            );
        }
    }

    /// A new time-ordered id (UUIDv7); the inbox's partitions rely on the time in it.
    pub fn new_id(&self) -> Uuid {
        let now = self.now();
        let mut ids = self
            .ids
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let context = ids.get_or_insert_with(ContextV7::new);
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        Uuid::new_v7(Timestamp::from_unix(
            &*context,
            seconds,
            now.timestamp_subsec_nanos(),
        ))
    }
}

/// Unpredictable bytes, for codes and keys.
pub fn random<const N: usize>() -> [u8; N] {
    rand::random()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_held_clock_differ_and_are_in_order() {
        let clock = Clock::held_at(DateTime::UNIX_EPOCH);
        let ids: Vec<Uuid> = (0..1000).map(|_| clock.new_id()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
