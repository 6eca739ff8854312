//! How news is told, as configured: read once when the service starts, so that a wrong word is told by its key.

use std::{
    collections::BTreeMap,
    future::{Ready, ready},
};

use chassis::{Setup, StartError};
use chrono::{NaiveTime, TimeDelta};

use crate::{
    channel::Channel,
    config::{Config, Confirm, Telling},
    domain::{
        ladder::{Policy, Rung},
        news::{TOLD, Urgency},
        preferences::{Preferences, Quiet},
    },
};

/// How long an attempt whose answer was lost is left to its receipt, where its channel has no time of its own.
const LOST_AFTER: TimeDelta = TimeDelta::minutes(15);

/// How news is told.
pub struct Policies {
    urgent: Policy,
    normal: Policy,
    low: Policy,
    quiet: Option<Quiet>,
    /// When digests go out, in Vietnam.
    pub digest_at: NaiveTime,
    /// How many messages are handed to providers at once.
    pub in_flight: usize,
    templates: BTreeMap<String, String>,
}

/// The kind of news that a digest is to Zalo's templates.
const DIGEST: &str = "digest";

/// What an event is called in the configuration: `desk.dossier-decided.v1` is `dossier_decided`.
fn kind(event: &str) -> String {
    let middle = event.split('.').nth(1).unwrap_or(event);
    middle.replace('-', "_")
}

fn refuse(key: &str, why: &str) -> StartError {
    StartError::new(format!("notification: NOTIFICATION__{key} {why}"))
}

fn time(key: &str, text: &str) -> Result<NaiveTime, StartError> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| refuse(key, "is no time like 22:00"))
}

impl Policies {
    /// Reads the configuration.
    pub fn read(config: &Config) -> Result<Self, StartError> {
        let quiet = match (config.quiet_from.as_str(), config.quiet_to.as_str()) {
            ("", "") => None,
            (from, to) => Some(Quiet {
                from: time("QUIET_FROM", from)?,
                to: time("QUIET_TO", to)?,
            }),
        };
        let known = |name: &str| name == DIGEST || TOLD.iter().any(|event| kind(event) == name);
        if let Some(name) = config.zalo_templates.keys().find(|name| !known(name)) {
            return Err(refuse("ZALO_TEMPLATES", &format!("knows no news {name}")));
        }
        if config.in_flight == 0 {
            return Err(refuse("IN_FLIGHT", "is at least 1"));
        }
        let policy = |key, telling| policy(key, telling, &config.confirm_minutes);
        Ok(Self {
            urgent: policy("URGENT", &config.urgent)?,
            normal: policy("NORMAL", &config.normal)?,
            low: policy("LOW", &config.low)?,
            quiet,
            digest_at: time("DIGEST_AT", &config.digest_at)?,
            in_flight: config.in_flight,
            templates: config.zalo_templates.clone(),
        })
    }

    /// Made when the service starts.
    pub fn open(setup: Setup) -> Ready<Result<Self, StartError>> {
        ready(Self::read(&setup.config::<Config>()))
    }

    /// How news of some urgency is told.
    pub const fn of(&self, urgency: Urgency) -> &Policy {
        match urgency {
            Urgency::Urgent => &self.urgent,
            Urgency::Normal => &self.normal,
            Urgency::Low => &self.low,
        }
    }

    /// What holds for whoever said nothing.
    pub const fn usual(&self) -> Preferences {
        Preferences::usual(self.quiet)
    }

    /// The template of Zalo's for one event, or for a digest.
    pub fn template(&self, event: Option<&str>) -> Option<&str> {
        let name = event.map_or_else(|| DIGEST.to_owned(), kind);
        let found = self.templates.get(&name).map(String::as_str);
        found.filter(|template| !template.is_empty())
    }
}

fn policy(key: &str, telling: &Telling, confirm: &Confirm) -> Result<Policy, StartError> {
    let mut rungs: Vec<Rung> = Vec::new();
    for name in telling.channels.split_whitespace() {
        let channel: Channel = name.parse().map_err(|_| {
            refuse(
                &format!("{key}__CHANNELS"),
                &format!("names no channel {name}: there are push, zalo, sms and mail"),
            )
        })?;
        if rungs.iter().any(|rung| rung.channel == channel) {
            return Err(refuse(
                &format!("{key}__CHANNELS"),
                &format!("names {name} twice"),
            ));
        }
        let within = match channel {
            Channel::Mail => confirm.mail,
            Channel::Sms => confirm.sms,
            Channel::Zalo => confirm.zalo,
            Channel::Push => confirm.push,
        };
        rungs.push(Rung {
            channel,
            confirms_within: (within > 0).then(|| TimeDelta::minutes(within.into())),
            patience: TimeDelta::minutes(telling.patience_minutes.into()),
        });
    }
    Ok(Policy {
        rungs,
        passes_quiet_hours: telling.passes_quiet_hours,
        ends_in_call: telling.call,
        lost_after: LOST_AFTER,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let table: toml::Table = toml::from_str(include_str!("../config.toml")).unwrap();
        serde_json::from_value(serde_json::to_value(table).unwrap()).unwrap()
    }

    fn refused(change: impl FnOnce(&mut Config)) -> String {
        let mut config = config();
        change(&mut config);
        Policies::read(&config).err().unwrap().to_string()
    }

    #[test]
    fn the_defaults_name_each_kind_of_news_once() {
        let config = config();
        let policies = Policies::read(&config).unwrap();
        assert_eq!(config.zalo_templates.len(), TOLD.len() + 1);
        assert_eq!(policies.of(Urgency::Urgent).rungs.len(), 4);
        assert!(policies.of(Urgency::Urgent).ends_in_call);
        assert_eq!(policies.template(None), None);
    }

    #[test]
    fn a_wrong_word_is_told_by_its_key() {
        let told = refused(|config| config.urgent.channels = "sms pigeon".into());
        assert!(
            told.contains("URGENT__CHANNELS") && told.contains("pigeon"),
            "{told}"
        );
        let told = refused(|config| config.low.channels = "mail mail".into());
        assert!(
            told.contains("LOW__CHANNELS") && told.contains("twice"),
            "{told}"
        );
        assert!(refused(|config| config.quiet_from = "ten".into()).contains("QUIET_FROM"));
        assert!(refused(|config| config.digest_at = String::new()).contains("DIGEST_AT"));
        assert!(refused(|config| config.in_flight = 0).contains("IN_FLIGHT"));
        let told = refused(|config| {
            config.zalo_templates.insert("weather".into(), "1".into());
        });
        assert!(told.contains("weather"), "{told}");
    }
}
