//! The two words a handler can fail with, and what each means for the message.

use std::{error::Error as StdError, time::Duration};

use sea_orm::DbErr;

/// An error and what is behind it, in one line.
pub(crate) fn with_causes(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// Why a handler could not finish, said as what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Not now: the database, the network, a message that comes too early. Tried again along the [`LADDER`].
    #[error("not now: {reason}")]
    Retry {
        /// What is in the way.
        reason: String,
        /// The named dependency that is down as a whole; then no attempt is counted.
        dependency: Option<&'static str>,
        /// The error behind it.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// Never: a rule is broken or the body cannot be read. An operator looks at it.
    #[error("parked: {reason}")]
    Park {
        /// What is wrong.
        reason: String,
    },
}

impl Failure {
    /// The message came before what it depends on.
    pub fn too_early(reason: impl Into<String>) -> Self {
        Self::Retry {
            reason: reason.into(),
            dependency: None,
            source: None,
        }
    }

    /// Something failed that may work next time.
    pub fn retry(error: impl StdError + Send + Sync + 'static) -> Self {
        Self::Retry {
            reason: error.to_string(),
            dependency: None,
            source: Some(Box::new(error)),
        }
    }

    /// The dependency `name` is down as a whole: waits without using up attempts.
    pub fn down(name: &'static str, reason: impl Into<String>) -> Self {
        Self::Retry {
            reason: reason.into(),
            dependency: Some(name),
            source: None,
        }
    }

    /// It will never work as it is.
    pub fn park(reason: impl Into<String>) -> Self {
        Self::Park {
            reason: reason.into(),
        }
    }

    /// Whether all of something that this needs is away: the service's own database, or what [`Self::down`] names.
    pub(crate) fn is_for_want_of_a_dependency(&self) -> bool {
        let down = matches!(
            self,
            Self::Retry {
                dependency: Some(_),
                ..
            }
        );
        down || self.is_database_away()
    }

    /// Whether the service's own database is away, so that not even the failure can be written down.
    pub(crate) fn is_database_away(&self) -> bool {
        match self {
            Self::Retry {
                source: Some(source),
                ..
            } => source
                .downcast_ref::<DbErr>()
                .is_some_and(crate::database::is_away),
            _ => false,
        }
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::retry(error)
    }
}

impl From<contracts::Refused> for Failure {
    /// A contract's value that breaks its own rule will break it next time too.
    fn from(refused: contracts::Refused) -> Self {
        Self::park(refused.to_string())
    }
}

/// The waits between attempts; after the last one the message is parked.
pub const LADDER: [Duration; 9] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_secs(10),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(6),
];

/// The wait after `attempts` failed attempts, lengthened by up to a fifth so that many do not return at once.
///
/// `jitter` is a number from 0 to 1. `None` when the ladder is used up.
pub fn wait_after(attempts: u32, jitter: f64) -> Option<Duration> {
    let step = LADDER.get(usize::try_from(attempts.saturating_sub(1)).ok()?)?;
    Some(step.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 5.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_has_three_quick_steps_and_six_long_ones_and_then_ends() {
        assert_eq!(wait_after(1, 0.0), Some(Duration::from_millis(50)));
        assert_eq!(wait_after(4, 0.0), Some(Duration::from_secs(10)));
        assert_eq!(wait_after(9, 0.0), Some(Duration::from_hours(6)));
        assert_eq!(wait_after(10, 0.0), None);
    }

    #[test]
    fn jitter_lengthens_but_never_shortens() {
        assert_eq!(wait_after(4, 1.0), Some(Duration::from_secs(12)));
        assert_eq!(wait_after(4, -3.0), Some(Duration::from_secs(10)));
    }
}
