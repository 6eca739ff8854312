//! Which provider a message goes to: by weight among those that are well and have room, the urgent before the others. Pure;
//! the clock is an argument.

mod circuit;
mod limit;

use std::time::Duration;

use chrono::{DateTime, Utc};

pub use self::{
    circuit::{Circuit, May},
    limit::Limit,
};

/// When a provider is left alone, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// After how many failures in a row.
    pub failures: u32,
    /// How long at first; each failed try after that doubles it.
    pub rest: Duration,
    /// The longest that it is left alone.
    pub longest_rest: Duration,
    /// How many times slower than the quickest of the others is too slow.
    pub slower: u32,
    /// Below this nobody is too slow.
    pub quick: Duration,
}

/// One provider as it is chosen.
#[derive(Debug)]
pub struct Member {
    weight: u32,
    /// What it is owed: it grows by the weight in each choice, and who is chosen pays for all (smooth weighted round robin).
    owed: i64,
    limit: Limit,
    circuit: Circuit,
    /// Its own word that it takes no more until then.
    closed_until: DateTime<Utc>,
}

impl Member {
    /// A provider that is well. A weight of nothing is one that is never chosen.
    pub fn new(weight: u32, limit: Limit) -> Self {
        Self {
            weight,
            owed: 0,
            limit,
            circuit: Circuit::default(),
            closed_until: DateTime::UNIX_EPOCH,
        }
    }
}

/// What is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// This one; its room is taken.
    This(usize),
    /// Nobody has room before then.
    Wait {
        /// Who has room first.
        whose: usize,
        /// When.
        until: DateTime<Utc>,
    },
    /// Nobody is well.
    Nobody,
}

/// What a try came to, as far as it says something about the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It answered, whatever it said of the message.
    Answered,
    /// It did not answer, or not to anybody.
    Failed,
    /// It takes no more until then.
    Limited(DateTime<Utc>),
}

/// A message that wants a provider.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish<'a> {
    /// Whether it may use the room that is kept.
    pub urgent: bool,
    /// Who was tried already.
    pub tried: &'a [usize],
    /// Who had it before, and may know it.
    pub before: Option<usize>,
}

/// The providers of one channel.
#[derive(Debug)]
pub struct Choice {
    members: Vec<Member>,
    rules: Rules,
}

impl Choice {
    /// The providers, in the order in which they are named by number.
    pub fn new(members: Vec<Member>, rules: Rules) -> Self {
        Self { members, rules }
    }

    /// Chooses one and takes its room.
    pub fn choose(&mut self, wish: Wish, now: DateTime<Utc>) -> Chosen {
        let open = |(at, member): (usize, &Member)| {
            (member.weight > 0 && !wish.tried.contains(&at)).then(|| (at, member.circuit.may(now)))
        };
        let open: Vec<(usize, May)> = self.members.iter().enumerate().filter_map(open).collect();
        let well = open.iter().any(|(_, may)| *may == May::Go);
        // An urgent message is not what a doubtful provider is tried with.
        let fit = |may: &May| *may == May::Go || (*may == May::Try && !(wish.urgent && well));
        let mut fit: Vec<usize> = open
            .iter()
            .filter(|(_, may)| fit(may))
            .map(|(at, _)| *at)
            .collect();
        if let Some(before) = wish.before.filter(|before| fit.contains(before)) {
            fit = vec![before];
        }
        let room = |at: &usize| {
            let member = &self.members[*at];
            member.limit.room(wish.urgent, now).max(member.closed_until)
        };
        let first = fit.iter().map(|at| (room(at), *at)).min();
        let Some((until, whose)) = first else {
            return Chosen::Nobody;
        };
        if until > now {
            return Chosen::Wait { whose, until };
        }
        fit.retain(|at| {
            let member = &self.members[*at];
            member.limit.room(wish.urgent, now).max(member.closed_until) <= now
        });
        self.take(&fit, now)
    }

    fn take(&mut self, fit: &[usize], now: DateTime<Utc>) -> Chosen {
        let mut all = 0;
        for at in fit {
            let member = &mut self.members[*at];
            member.owed += i64::from(member.weight);
            all += i64::from(member.weight);
        }
        let most = fit
            .iter()
            .max_by_key(|at| (self.members[**at].owed, std::cmp::Reverse(**at)));
        let Some(at) = most.copied() else {
            return Chosen::Nobody;
        };
        let member = &mut self.members[at];
        member.owed -= all;
        member.limit.take(now);
        member.circuit.goes(now, self.rules);
        Chosen::This(at)
    }

    /// Learns from what a try came to, which took so long and ended now.
    pub fn ended(&mut self, at: usize, ended: Ended, took: Duration, now: DateTime<Utc>) {
        let quickest = self.quickest_beside(at);
        let rules = self.rules;
        let Some(member) = self.members.get_mut(at) else {
            return;
        };
        match ended {
            Ended::Answered => member.circuit.answered(took, quickest, now, rules),
            Ended::Failed => member.circuit.failed(now, rules),
            Ended::Limited(until) => {
                member.circuit.answered(took, None, now, rules);
                member.closed_until = member.closed_until.max(until);
            }
        }
    }

    /// The shortest usual time of another one that is well.
    fn quickest_beside(&self, at: usize) -> Option<Duration> {
        let others = self
            .members
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at);
        others
            .filter_map(|(_, member)| member.circuit.usual())
            .min()
    }

    /// Whether a provider is left alone now.
    pub fn rests(&self, at: usize, now: DateTime<Utc>) -> bool {
        self.members
            .get(at)
            .is_some_and(|member| member.circuit.may(now) == May::Not)
    }
}

#[cfg(test)]
mod tests;
