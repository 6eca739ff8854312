//! How one telling stands: everything that the ladder looks at, loaded by many, and its steps written down.

use chassis::{Failure, Tx};
use chrono::{DateTime, Utc};
use contracts::notification::{MessageDelivered, MessageUndeliverable, Way};
use sea_orm::{ConnectionTrait, DbErr};

use crate::{
    channel::{Channel, Providers},
    domain::{
        ladder::{self, Case, End, Step},
        phone::Phone,
        preferences::Preferences,
    },
    policies::Policies,
    store::{
        self, Contact, Message,
        attempts::{self, Attempt, State},
        calls,
        tellings::{self, Telling},
        wishes::{self, Subscription},
    },
};

/// How one telling stands.
#[derive(Clone)]
pub struct Standing {
    /// The telling.
    pub telling: Telling,
    /// What is told, oldest first; each with its dossier's code.
    pub messages: Vec<(Message, Option<String>)>,
    /// Where the person is reached.
    pub contact: Contact,
    /// What they want.
    pub wants: Preferences,
    /// What was tried.
    pub attempts: Vec<Attempt>,
    /// The browsers they want to be noted in.
    pub browsers: Vec<Subscription>,
    /// The channels that are open to them.
    pub open: Vec<Channel>,
}

/// Loads how some tellings stand. One whose contact or messages are gone is left out.
pub async fn load(
    db: &impl ConnectionTrait,
    providers: &Providers,
    policies: &Policies,
    tellings: Vec<Telling>,
) -> Result<Vec<Standing>, DbErr> {
    if tellings.is_empty() {
        return Ok(Vec::new());
    }
    let ids = || tellings.iter().map(|telling| telling.id);
    let accounts = || tellings.iter().map(|telling| telling.account);
    let messages = store::told_by(db, ids()).await?;
    let dossiers = messages.iter().map(|message| message.dossier);
    let dossiers = dossiers.chain(tellings.iter().map(|telling| telling.dossier));
    let contacts = store::contacts(db, dossiers).await?;
    let wants = wishes::of(db, accounts()).await?;
    let attempts = attempts::of(db, ids()).await?;
    let browsers = wishes::browsers(db, accounts()).await?;
    let contact = |dossier| contacts.iter().find(|contact| contact.dossier == dossier);
    let standings = tellings.iter().filter_map(|telling| {
        let own = messages
            .iter()
            .filter(|one| one.telling == Some(telling.id));
        let own = own.map(|message| {
            let code = contact(message.dossier).and_then(|contact| contact.code.clone());
            (message.clone(), code)
        });
        let wanted = wants
            .iter()
            .find(|(account, _)| *account == telling.account);
        let mut standing = Standing {
            messages: own.collect(),
            contact: contact(telling.dossier)?.clone(),
            wants: wanted.map_or_else(|| policies.usual(), |(_, wanted)| wanted.clone()),
            attempts: attempts
                .iter()
                .filter(|attempt| attempt.telling == telling.id)
                .cloned()
                .collect(),
            browsers: browsers
                .iter()
                .filter(|browser| browser.account == telling.account)
                .cloned()
                .collect(),
            open: Vec::new(),
            telling: telling.clone(),
        };
        standing.open = standing.opened(providers, policies);
        Some(standing)
    });
    Ok(standings.collect())
}

impl Standing {
    /// The number that a call or an SMS goes to.
    pub fn phone(&self) -> Option<Phone> {
        self.contact.phone.as_deref().and_then(Phone::read)
    }

    /// The event that is told; nothing for a digest.
    pub fn event(&self) -> Option<&str> {
        match self.messages.as_slice() {
            [(message, _)] => Some(&message.event),
            _ => None,
        }
    }

    /// Where a channel leads; nothing where it leads nowhere.
    pub fn address(&self, channel: Channel) -> Option<String> {
        match channel {
            Channel::Mail => self.contact.email.clone().filter(|email| !email.is_empty()),
            Channel::Sms | Channel::Zalo => self.phone()?.mobile().map(ToString::to_string),
            // Each browser has its own; which they were stays with them.
            Channel::Push => (!self.browsers.is_empty()).then(|| "push".to_owned()),
        }
    }

    fn opened(&self, providers: &Providers, policies: &Policies) -> Vec<Channel> {
        let rungs = &policies.of(self.telling.urgency).rungs;
        let channels = rungs.iter().map(|rung| rung.channel);
        let open = channels.filter(|channel| {
            let is_written = *channel != Channel::Zalo || policies.template(self.event()).is_some();
            is_written
                && self.wants.wants(self.telling.urgency, *channel)
                && self.address(*channel).is_some()
                && providers.can(*channel)
        });
        open.collect()
    }

    /// What is next.
    pub fn step(&self, policies: &Policies, now: DateTime<Utc>) -> Step {
        let attempts: Vec<_> = self.attempts.iter().map(Attempt::seen).collect();
        let case = Case {
            policy: policies.of(self.telling.urgency),
            quiet: self.wants.quiet,
            open: &self.open,
            has_phone: self.phone().is_some(),
            is_superseded: self
                .messages
                .iter()
                .all(|(message, _)| message.read_at.is_some() || message.is_moot),
            attempts: &attempts,
        };
        ladder::next(&case, now)
    }

    /// The same with other attempts.
    pub fn after(&self, attempts: Vec<Attempt>) -> Self {
        Self {
            attempts,
            ..self.clone()
        }
    }

    /// Writes down a step. A channel that is to be tried is only noted as due: who tries it takes it from there.
    pub async fn settle(&self, tx: &Tx, step: Step) -> Result<(), Failure> {
        let (db, id, now) = (tx.db(), self.telling.id, tx.now());
        match step {
            Step::Try(_) => tellings::postpone(db, &[id], now).await?,
            Step::Wait(until) => tellings::postpone(db, &[id], until).await?,
            Step::Call => {
                if tellings::end(db, id, tellings::State::Called, now).await? {
                    calls::open(db, id, self.telling.dossier, now).await?;
                    self.say_undeliverable(tx, true);
                }
            }
            Step::End(End::Delivered) => {
                if tellings::end(db, id, tellings::State::Delivered, now).await? {
                    self.say_delivered(tx);
                }
            }
            Step::End(End::Superseded) => {
                tellings::end(db, id, tellings::State::Superseded, now).await?;
            }
            Step::End(End::Exhausted) => {
                let ended = tellings::end(db, id, tellings::State::Exhausted, now).await?;
                // Whoever left no address was not missed: the inbox is all there is.
                if ended && !self.attempts.is_empty() {
                    self.say_undeliverable(tx, false);
                }
            }
        }
        Ok(())
    }

    fn say_undeliverable(&self, tx: &Tx, call: bool) {
        for (message, _) in &self.messages {
            tx.say(&MessageUndeliverable {
                message: message.id,
                dossier: message.dossier,
                tells: message.event.clone(),
                call,
                given_up_at: tx.now(),
            });
        }
    }

    fn say_delivered(&self, tx: &Tx) {
        let by = |state| self.attempts.iter().rev().find(|one| one.state == state);
        let surest = [State::Delivered, State::Accepted, State::Taken];
        let Some(attempt) = surest.into_iter().find_map(by) else {
            return;
        };
        for (message, _) in &self.messages {
            tx.say(&MessageDelivered {
                message: message.id,
                dossier: message.dossier,
                tells: message.event.clone(),
                way: way(attempt.channel),
                confirmed: attempt.state == State::Delivered,
                delivered_at: attempt.ended_at.unwrap_or_else(|| tx.now()),
            });
        }
    }
}

/// A channel as others know it.
const fn way(channel: Channel) -> Way {
    match channel {
        Channel::Mail => Way::Mail,
        Channel::Sms => Way::Sms,
        Channel::Zalo => Way::Zalo,
        Channel::Push => Way::Push,
    }
}
