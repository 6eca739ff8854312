//! What was handed to whom a short while ago: a message that is sent again, because what it came to could not be written
//! down, is not sent twice. Kept in memory: who sends writes down what matters.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Taken;

/// How many messages are remembered.
const MOST: usize = 20_000;

#[derive(Debug, Clone)]
enum Fate {
    Asked { provider: usize, at: DateTime<Utc> },
    Taken(Taken),
}

/// What is known of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// Nothing: it may be sent.
    Nothing,
    /// It was taken.
    Taken(Taken),
    /// This one was asked a moment ago, and may have taken it.
    Asked(usize),
    /// This one was asked, and has not answered in all that time: it may be asked again.
    AskAgain(usize),
}

/// The messages of one channel.
#[derive(Debug)]
pub struct Recent {
    fates: HashMap<Uuid, Fate>,
    order: VecDeque<Uuid>,
    patience: TimeDelta,
}

impl Recent {
    /// For so long a provider that was asked and did not answer is not asked about the same message again.
    pub fn new(patience: TimeDelta) -> Self {
        Self {
            fates: HashMap::new(),
            order: VecDeque::new(),
            patience,
        }
    }

    /// What is known of a message.
    pub fn look(&self, id: Uuid, now: DateTime<Utc>) -> Known {
        match self.fates.get(&id) {
            None => Known::Nothing,
            Some(Fate::Taken(taken)) => Known::Taken(taken.clone()),
            Some(Fate::Asked { provider, at }) if *at + self.patience > now => {
                Known::Asked(*provider)
            }
            Some(Fate::Asked { provider, .. }) => Known::AskAgain(*provider),
        }
    }

    /// A provider is asked now. Written before it is, so that nothing is forgotten if nobody waits for the answer.
    pub fn asked(&mut self, id: Uuid, provider: usize, at: DateTime<Utc>) {
        self.put(id, Fate::Asked { provider, at });
    }

    /// It was taken, perhaps long after it was asked.
    pub fn taken(&mut self, id: Uuid, taken: Taken) {
        self.put(id, Fate::Taken(taken));
    }

    /// It certainly was not taken.
    pub fn forget(&mut self, id: Uuid) {
        if self.fates.remove(&id).is_some() {
            self.order.retain(|known| *known != id);
        }
    }

    fn put(&mut self, id: Uuid, fate: Fate) {
        if self.fates.insert(id, fate).is_none() {
            self.order.push_back(id);
        }
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.fates.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken() -> Taken {
        Taken {
            provider: "p".into(),
            reference: Some("1".into()),
            confirmed: false,
        }
    }

    #[test]
    fn what_was_asked_is_left_for_a_while_and_what_was_taken_for_good() {
        let now = DateTime::UNIX_EPOCH;
        let mut recent = Recent::new(TimeDelta::minutes(10));
        let id = Uuid::from_u128(1);
        assert_eq!(recent.look(id, now), Known::Nothing);
        recent.asked(id, 3, now);
        assert_eq!(
            recent.look(id, now + TimeDelta::minutes(9)),
            Known::Asked(3)
        );
        assert_eq!(
            recent.look(id, now + TimeDelta::minutes(10)),
            Known::AskAgain(3)
        );
        recent.taken(id, taken());
        assert_eq!(
            recent.look(id, now + TimeDelta::days(9)),
            Known::Taken(taken())
        );
        recent.forget(id);
        assert_eq!(recent.look(id, now), Known::Nothing);
    }

    #[test]
    fn it_remembers_no_more_than_it_can_hold() {
        let mut recent = Recent::new(TimeDelta::minutes(10));
        let ids = 0..u128::try_from(MOST + 10).unwrap();
        for id in ids {
            recent.asked(Uuid::from_u128(id), 0, DateTime::UNIX_EPOCH);
        }
        assert_eq!((recent.fates.len(), recent.order.len()), (MOST, MOST));
        assert_eq!(
            recent.look(Uuid::from_u128(0), DateTime::UNIX_EPOCH),
            Known::Nothing
        );
    }
}
