//! Template messages in Zalo (ZNS).

mod access;
pub mod event;
pub mod tokens;

use std::{sync::Arc, time::Duration};

use chassis::StartError;
use chrono::{DateTime, Days, FixedOffset, NaiveTime, TimeDelta, Timelike, Utc};
use serde::Deserialize;
use serde_json::json;

use self::{access::Access, tokens::TokenStore};
use super::{
    Outgoing, Receipt, Taken, Untaken, config,
    http::{self, Answer},
    sms::{Phone, webhook::Disbelieved},
};

/// What it is called in what is told of it.
pub const PROVIDER: &str = "zalo";
/// Vietnam's time, which is Zalo's night and day.
const OFFSET: i32 = 7 * 3600;

/// An Official Account's line to Zalo.
pub struct Zalo {
    http: reqwest::Client,
    url: String,
    config: config::Zalo,
    access: Arc<Access>,
}

/// What Zalo answers.
#[derive(Deserialize)]
struct Said {
    error: i64,
    data: Option<Sent>,
}

#[derive(Deserialize)]
struct Sent {
    msg_id: Option<String>,
}

impl Zalo {
    /// Reads the configuration. The tokens are in `store`.
    pub fn open(config: &config::Zalo, store: Arc<dyn TokenStore>) -> Result<Self, StartError> {
        let refuse =
            |key: &str, why: &str| StartError::new(format!("notification: zalo.{key} {why}"));
        for (key, url) in [("url", &config.url), ("oauth_url", &config.oauth_url)] {
            if !http::is_address(url) {
                return Err(refuse(key, "is no http:// or https:// address"));
            }
        }
        if config.app_secret.is_empty() {
            return Err(refuse("app_secret", "is not set"));
        }
        if config.night_from >= 24 || config.night_to >= 24 {
            return Err(refuse("night_from and night_to", "are hours from 0 to 23"));
        }
        let http = http::client(Duration::from_secs(config.timeout_seconds))?;
        Ok(Self {
            url: format!("{}/message/template", config.url.trim_end_matches('/')),
            access: Arc::new(Access::new(http.clone(), config.clone(), store)),
            config: config.clone(),
            http,
        })
    }

    /// Sends a template message. Zalo is given our id as its tracking id.
    pub async fn send(
        &self,
        outgoing: &Outgoing,
        template: &str,
        data: &std::collections::BTreeMap<String, String>,
        now: DateTime<Utc>,
    ) -> Result<Taken, Untaken> {
        if let Some(until) = night(now, self.config.night_from, self.config.night_to) {
            return Err(Untaken::Limited {
                provider: PROVIDER.into(),
                until,
            });
        }
        let phone = Phone::Bare
            .write(&outgoing.to)
            .ok_or_else(|| Untaken::Refused {
                provider: PROVIDER.into(),
                code: "number".into(),
                reason: "it is no telephone number".into(),
            })?;
        let mut message = json!({
            "phone": phone, "template_id": template, "template_data": data, "tracking_id": outgoing.id,
        });
        if self.config.development {
            message["mode"] = "development".into();
        }
        let token = self.access.token(None, now).await?;
        let answer = self.post(&message, &token, now).await?;
        let (answer, said) = if matches!(&answer.1, Some(said) if said.error == NO_TOKEN) {
            // It was refused for the token alone: nothing was sent, and a new one may be had.
            let token = self.access.token(Some(token), now).await?;
            self.post(&message, &token, now).await?
        } else {
            answer
        };
        match said {
            Some(said) => self.read(said, now),
            None => Err(http::by_status(&answer, PROVIDER, now)),
        }
    }

    /// Waits until no token is being renewed.
    pub async fn close(&self) {
        self.access.settled().await;
    }

    async fn post(
        &self,
        message: &serde_json::Value,
        token: &chassis::config::Secret,
        now: DateTime<Utc>,
    ) -> Result<(Answer, Option<Said>), Untaken> {
        let mut header = reqwest::header::HeaderValue::from_str(token.expose()).map_err(|_| {
            Untaken::Malformed("Zalo's access token cannot stand in a header".into())
        })?;
        header.set_sensitive(true);
        let request = self
            .http
            .post(&self.url)
            .header("access_token", header)
            .json(message);
        let answer = http::ask(request, PROVIDER, now).await?;
        let said = serde_json::from_slice(&answer.body).ok();
        Ok((answer, said))
    }

    fn read(&self, said: Said, now: DateTime<Utc>) -> Result<Taken, Untaken> {
        let provider = PROVIDER.to_owned();
        let code = said.error.to_string();
        Err(match meaning(said.error) {
            Meant::Taken => {
                let reference = said.data.and_then(|data| data.msg_id);
                return Ok(Taken {
                    provider,
                    confirmed: self.config.event_secret.is_empty() || reference.is_none(),
                    reference,
                });
            }
            Meant::Refused(reason) => Untaken::Refused {
                provider,
                code,
                reason: reason.into(),
            },
            Meant::Night => Untaken::Limited {
                provider,
                until: night(now, self.config.night_from, self.config.night_to)
                    .unwrap_or(now + TimeDelta::hours(1)),
            },
            Meant::Quota => Untaken::Limited {
                provider,
                until: tomorrow(now),
            },
            Meant::Rate => Untaken::Limited {
                provider,
                until: now + TimeDelta::minutes(1),
            },
            Meant::Down(reason) => Untaken::Down {
                provider,
                reason: format!("{reason} ({code})"),
            },
            Meant::Malformed(reason) => {
                Untaken::Malformed(format!("{PROVIDER}: {reason} ({code})"))
            }
            Meant::Later => Untaken::Later {
                provider,
                reason: format!("Zalo's error {code}"),
                code,
            },
        })
    }

    /// What an event of Zalo's says about a message that it took.
    pub fn event(&self, signature: &str, body: &[u8]) -> Result<Option<Receipt>, Disbelieved> {
        event::read(
            &self.config.app_id,
            &self.config.event_secret,
            signature,
            body,
        )
    }
}

/// The access token is not valid.
const NO_TOKEN: i64 = -124;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meant {
    Taken,
    Refused(&'static str),
    Night,
    Quota,
    Rate,
    Down(&'static str),
    Malformed(&'static str),
    Later,
}

/// What an error of Zalo's means. Those beyond -108, -118, -124, -132 and -144 are to be confirmed before the first real
/// message; an unknown one means "later", and comes to the eye of who looks at what is not sent.
const fn meaning(error: i64) -> Meant {
    match error {
        0 => Meant::Taken,
        -108 => Meant::Refused("the number is not valid"),
        -118 => Meant::Refused("the number has no Zalo account"),
        -114 | -119 => Meant::Refused("the account cannot receive it"),
        -141..=-139 => Meant::Refused("the person does not want such messages"),
        -133 => Meant::Night,
        -144 | -147 => Meant::Quota,
        -32 => Meant::Rate,
        NO_TOKEN => Meant::Down("the access token is not valid"),
        -115 => Meant::Down("the account has no money left"),
        -109 | -117 | -130 | -131 | -132 | -137 => {
            Meant::Malformed("the template or what it is filled in with is wrong")
        }
        _ => Meant::Later,
    }
}

fn local(now: DateTime<Utc>) -> Option<DateTime<FixedOffset>> {
    Some(now.with_timezone(&FixedOffset::east_opt(OFFSET)?))
}

/// The end of the night, while it is night. The same hour twice means that there is none.
fn night(now: DateTime<Utc>, from: u32, to: u32) -> Option<DateTime<Utc>> {
    let here = local(now)?;
    let within = if from <= to {
        (from..to).contains(&here.hour())
    } else {
        here.hour() >= from || here.hour() < to
    };
    if !within {
        return None;
    }
    let end = here
        .with_time(NaiveTime::from_hms_opt(to, 0, 0)?)
        .single()?;
    let end = if end > here {
        end
    } else {
        end.checked_add_days(Days::new(1))?
    };
    Some(end.to_utc())
}

/// When the day's quota begins anew.
fn tomorrow(now: DateTime<Utc>) -> DateTime<Utc> {
    let midnight = || {
        local(now)?
            .checked_add_days(Days::new(1))?
            .with_time(NaiveTime::MIN)
            .single()
    };
    midnight().map_or(now + TimeDelta::days(1), |midnight| midnight.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn the_night_has_an_end() {
        for (now, end) in [
            ("2026-11-27T21:59:59+07:00", None),
            (
                "2026-11-27T22:00:00+07:00",
                Some("2026-11-28T06:00:00+07:00"),
            ),
            (
                "2026-11-28T05:59:59+07:00",
                Some("2026-11-28T06:00:00+07:00"),
            ),
            ("2026-11-28T06:00:00+07:00", None),
        ] {
            assert_eq!(night(at(now), 22, 6), end.map(at), "{now}");
        }
        assert_eq!(
            night(at("2026-11-27T13:00:00+07:00"), 12, 14),
            Some(at("2026-11-27T14:00:00+07:00"))
        );
        assert_eq!(night(at("2026-11-27T22:00:00+07:00"), 6, 6), None);
        assert_eq!(
            tomorrow(at("2026-11-27T23:30:00+07:00")),
            at("2026-11-28T00:00:00+07:00")
        );
    }

    #[test]
    fn errors_are_told_apart() {
        assert!(matches!(meaning(-118), Meant::Refused(_)));
        assert!(matches!(meaning(-108), Meant::Refused(_)));
        assert!(matches!(meaning(-132), Meant::Malformed(_)));
        assert!(matches!(meaning(-124), Meant::Down(_)));
        assert_eq!(
            (meaning(-144), meaning(-133), meaning(-999)),
            (Meant::Quota, Meant::Night, Meant::Later)
        );
    }

    proptest! {
        #[test]
        fn at_the_end_of_the_night_it_is_day(seconds in 0i64..4_000_000_000, from in 0u32..24, to in 0u32..24) {
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            if let Some(end) = night(now, from, to) {
                prop_assert!(end > now && end <= now + TimeDelta::days(1));
                prop_assert_eq!(night(end, from, to), None);
            }
        }
    }
}
