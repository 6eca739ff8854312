//! The providers of one channel: which of them is asked, what its answer teaches, and what is not asked twice.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chassis::StartError;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::mpsc;

use super::{
    Content, Outgoing, Taken, UNANSWERED, Untaken,
    choice::{Choice, Chosen, Ended, Member, Wish},
    config::{Failover, Rate, Sms},
    http::unanswered,
    mail::Mailer,
    push::Push,
    recent::{Known, Recent},
    smpp::{self, Late, Told},
    sms,
    zalo::Zalo,
};

/// One who carries messages.
pub(super) enum Carrier {
    Mail(Box<Mailer>),
    Http(Box<sms::http::Gateway>),
    Smpp(Box<smpp::Line>),
    Zalo(Box<Zalo>),
    Push(Box<Push>),
}

impl Carrier {
    async fn carry(&self, outgoing: &Outgoing, now: DateTime<Utc>) -> Result<Taken, Untaken> {
        match (self, &outgoing.content) {
            (Self::Mail(mailer), Content::Mail { .. }) => mailer.carry(outgoing.clone(), now).await,
            (Self::Http(gateway), Content::Sms { text }) => gateway.send(outgoing, text, now).await,
            (Self::Smpp(line), Content::Sms { text }) => line.send(outgoing, text, now).await,
            (Self::Zalo(zalo), Content::Zalo { template, data }) => {
                zalo.send(outgoing, template, data, now).await
            }
            (Self::Push(push), Content::Push { title, body, link }) => {
                push.send(outgoing, [title, body, link], now).await
            }
            _ => Err(Untaken::Malformed(
                "it is written for another channel".into(),
            )),
        }
    }
}

/// A carrier that is to be chosen among others.
struct Candidate {
    name: String,
    weight: u32,
    rate: Rate,
    carrier: Carrier,
}

/// All who carry one channel.
pub(super) struct Carriers {
    named: Vec<(String, Carrier)>,
    choice: Mutex<Choice>,
    recent: Arc<Mutex<Recent>>,
}

impl Carriers {
    fn new(candidates: Vec<Candidate>, recent: Arc<Mutex<Recent>>, failover: Failover) -> Self {
        let members = candidates
            .iter()
            .map(|one| Member::new(one.weight, one.rate.into()));
        Self {
            choice: Mutex::new(Choice::new(members.collect(), failover.into())),
            recent,
            named: candidates
                .into_iter()
                .map(|one| (one.name, one.carrier))
                .collect(),
        }
    }

    /// A channel that nobody carries.
    pub(super) fn none(failover: Failover) -> Self {
        Self::new(Vec::new(), remembered(failover), failover)
    }

    /// A channel with one carrier.
    pub(super) fn of_one(name: &str, carrier: Carrier, rate: Rate, failover: Failover) -> Self {
        let only = Candidate {
            name: name.to_owned(),
            weight: 1,
            rate,
            carrier,
        };
        Self::new(vec![only], remembered(failover), failover)
    }

    /// Those of the text messages. Lines that are held open tell their receipts to `told`.
    pub(super) fn of_sms(
        config: &Sms,
        failover: Failover,
        told: &mpsc::Sender<Told>,
    ) -> Result<Self, StartError> {
        let recent = remembered(failover);
        let mut candidates = Vec::new();
        for (name, provider) in &config.providers {
            let carrier = match (&provider.http, &provider.smpp) {
                (Some(http), None) => {
                    Carrier::Http(Box::new(sms::http::Gateway::open(name, http)?))
                }
                (None, Some(smpp)) => {
                    let late = too_late(recent.clone());
                    Carrier::Smpp(Box::new(smpp::Line::open(name, smpp, told.clone(), late)?))
                }
                _ => {
                    let wrong = format!(
                        "notification: the SMS provider {name}: set one of its http and smpp, and one only"
                    );
                    return Err(StartError::new(wrong));
                }
            };
            candidates.push(Candidate {
                name: name.clone(),
                weight: provider.weight,
                rate: provider.rate,
                carrier,
            });
        }
        Ok(Self::new(candidates, recent, failover))
    }

    /// Takes leave where a line is held open, and waits for what must not be broken off.
    pub(super) async fn close(&self) {
        let all = self.named.iter().map(|(_, carrier)| async move {
            match carrier {
                Carrier::Smpp(line) => line.close().await,
                Carrier::Zalo(zalo) => zalo.close().await,
                Carrier::Mail(mailer) => mailer.close().await,
                Carrier::Http(_) | Carrier::Push(_) => {}
            }
        });
        futures::future::join_all(all).await;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// The carrier of that name.
    pub(super) fn named(&self, name: &str) -> Option<&Carrier> {
        let found = self.named.iter().find(|(known, _)| known == name);
        found.map(|(_, carrier)| carrier)
    }

    /// Sends by the first that can, and tells what it came to.
    pub(super) async fn send(
        &self,
        outgoing: &Outgoing,
        now: DateTime<Utc>,
    ) -> Result<Taken, Untaken> {
        let before = match self.recent().look(outgoing.id, now) {
            Known::Taken(taken) => return Ok(taken),
            Known::Asked(provider) => {
                return Err(unanswered(
                    &self.named[provider].0,
                    "it was asked a while ago and has not answered",
                ));
            }
            Known::AskAgain(provider) => Some(provider),
            Known::Nothing => None,
        };
        let (started, mut tried, mut last) = (Instant::now(), Vec::new(), None);
        loop {
            let now = now + since(started);
            let wish = Wish {
                urgent: outgoing.urgent,
                tried: &tried,
                before,
            };
            let chosen = self.choice().choose(wish, now);
            let at = match chosen {
                Chosen::This(at) => at,
                Chosen::Wait { whose, until } => {
                    return Err(Untaken::Limited {
                        provider: self.named[whose].0.clone(),
                        until,
                    });
                }
                Chosen::Nobody => return Err(last.unwrap_or_else(|| self.all_rest())),
            };
            match self.ask(at, outgoing, now).await {
                Err(untaken @ (Untaken::Down { .. } | Untaken::Limited { .. })) => {
                    tried.push(at);
                    last = Some(untaken);
                }
                ended => return ended,
            }
        }
    }

    async fn ask(
        &self,
        at: usize,
        outgoing: &Outgoing,
        now: DateTime<Utc>,
    ) -> Result<Taken, Untaken> {
        self.recent().asked(outgoing.id, at, now);
        let started = Instant::now();
        let answered = self.named[at].1.carry(outgoing, now).await;
        let took = started.elapsed();
        let ended = match &answered {
            Err(Untaken::Down { .. }) => Ended::Failed,
            Err(Untaken::Later { code, .. }) if code == UNANSWERED => Ended::Failed,
            Err(Untaken::Limited { until, .. }) => Ended::Limited(*until),
            _ => Ended::Answered,
        };
        self.choice().ended(at, ended, took, now + since(started));
        match &answered {
            Ok(taken) => self.recent().taken(outgoing.id, taken.clone()),
            Err(Untaken::Later { code, .. }) if code == UNANSWERED => {}
            Err(_) => self.recent().forget(outgoing.id),
        }
        answered
    }

    fn all_rest(&self) -> Untaken {
        let names: Vec<&str> = self.named.iter().map(|(name, _)| name.as_str()).collect();
        Untaken::Down {
            provider: names.join(", "),
            reason: "it failed a moment ago and is left alone".into(),
        }
    }

    fn choice(&self) -> MutexGuard<'_, Choice> {
        self.choice.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remembered(failover: Failover) -> Arc<Mutex<Recent>> {
    let patience = TimeDelta::minutes(failover.unanswered_minutes.into());
    Arc::new(Mutex::new(Recent::new(patience)))
}

/// What an answer that nobody waits for any more changes in what is remembered.
fn too_late(recent: Arc<Mutex<Recent>>) -> Late {
    Arc::new(move |id, taken| {
        let mut recent = recent.lock().unwrap_or_else(PoisonError::into_inner);
        match taken {
            Some(taken) => recent.taken(id, taken),
            None => recent.forget(id),
        }
    })
}

fn since(started: Instant) -> TimeDelta {
    let took: Duration = started.elapsed();
    TimeDelta::from_std(took).unwrap_or(TimeDelta::MAX)
}
