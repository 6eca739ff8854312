//! Codes and warnings: to an address and not into an inbox, at once and never when they are out of date.
//!
//! Each way is written down before it is tried. Where a crash comes between, it counts as tried: its answer is lost, and it is
//! not asked again.

use std::{
    future::{Ready, ready},
    time::Duration,
};

use chassis::{App, Failure, Setup, StartError, Tx, Work};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::notification::{Address, CodeUndeliverable, SendCode, SendWarning};
use tokio::{task::JoinSet, time::timeout};
use uuid::Uuid;

use super::dispatch::Bell;
use crate::{
    channel::{Channel, Outcome, Outgoing, Providers, Receipt, Taken, UNANSWERED, Untaken},
    config::Config,
    domain::direct::{Standing, Step},
    own::SendDirects,
    store::{
        attempts,
        directs::{self, Direct, State},
        receipts,
    },
    words::directs::{Said, Words},
};

/// How long whoever tries a way has to write down its answer.
const LEASE: TimeDelta = TimeDelta::minutes(1);
/// The longest that a way may take, all its providers together.
const CALL: Duration = Duration::from_secs(20);
/// So long a round stays with what it sends. What is slower goes on alone and holds up nobody.
const ROUND: Duration = Duration::from_secs(3);
/// As many are taken at once.
const MOST: u64 = 128;
/// How long the bare row stays after its time, for receipts that come late.
const KEPT: TimeDelta = TimeDelta::days(1);
/// How often an answer is tried to be written down, and the pause between.
const WRITE_DOWN_TRIES: u32 = 20;
const WRITE_DOWN_PAUSE: Duration = Duration::from_millis(500);

/// By which ways codes and warnings go, as configured.
pub struct Ways {
    phone: Vec<Channel>,
    zalo: String,
    bell: Bell,
}

impl Ways {
    /// Reads the configuration when the service starts.
    pub fn open(setup: Setup) -> Ready<Result<Self, StartError>> {
        ready(Self::read(&setup.config::<Config>()))
    }

    /// Reads the configuration.
    pub fn read(config: &Config) -> Result<Self, StartError> {
        let names = config.codes.phone.split_whitespace();
        let phone = names.map(|name| match name.parse() {
            Ok(channel @ (Channel::Sms | Channel::Zalo)) => Ok(channel),
            _ => Err(StartError::new(format!(
                "notification: NOTIFICATION__CODES__PHONE names {name}, which is no way to a telephone: there are sms and zalo"
            ))),
        });
        Ok(Self {
            phone: phone.collect::<Result<_, _>>()?,
            zalo: config.codes.zalo_template.clone(),
            bell: Bell::default(),
        })
    }

    /// The ways to an address that somebody carries.
    fn to(&self, direct: &Direct, providers: &Providers) -> Vec<Channel> {
        let ways = match direct.to {
            Address::Phone(_) => self.phone.as_slice(),
            Address::Email(_) => &[Channel::Mail],
        };
        let may = |way: &Channel| match way {
            Channel::Zalo => direct.is_code && !self.zalo.is_empty(),
            _ => true,
        };
        let ways = ways.iter().copied().filter(may);
        ways.filter(|way| providers.can(*way)).collect()
    }
}

/// Looks for what was due before this start.
pub async fn begin(app: App) -> Result<(), StartError> {
    let asked: Result<(), Failure> = app
        .transact(async |tx| {
            tx.say(&SendDirects {});
            Ok(())
        })
        .await;
    asked.map_err(|failure| StartError::because("notification: its codes", &failure).passing())
}

/// Codes are to be sent.
pub async fn codes(asked: Vec<SendCode>, tx: Tx) -> Result<(), Failure> {
    for code in asked {
        let said = Said::Code {
            code: code.code,
            purpose: code.purpose,
            expires_at: code.expires_at,
        };
        let words = Words {
            said,
            language: code.language,
        };
        keep(&tx, code.id, code.to, words, code.expires_at).await?;
    }
    Ok(directs::forget(tx.db(), tx.now() - KEPT).await?)
}

/// Owners of accounts are to be warned.
pub async fn warnings(asked: Vec<SendWarning>, tx: Tx) -> Result<(), Failure> {
    for warning in asked {
        let said = Said::Warning {
            about: warning.about,
            happened_at: warning.happened_at,
        };
        let words = Words {
            said,
            language: warning.language,
        };
        keep(&tx, warning.id, warning.to, words, warning.expires_at).await?;
    }
    Ok(())
}

async fn keep(
    tx: &Tx,
    id: Uuid,
    to: Address,
    words: Words,
    expires_at: DateTime<Utc>,
) -> Result<(), Failure> {
    let direct = Direct {
        id,
        is_code: matches!(words.said, Said::Code { .. }),
        to,
        words,
        tried: Vec::new(),
        due_at: tx.now(),
        heard_at: tx.now(),
        expires_at,
    };
    if directs::keep(tx.db(), &direct).await? {
        tx.say(&SendDirects {});
    }
    Ok(())
}

/// Sends all that is due, side by side. Says when the next is due.
pub async fn run(_: SendDirects, work: Work) -> Result<Option<DateTime<Utc>>, Failure> {
    let app = work.app();
    let due = app
        .transact(async |tx| Ok(directs::due(tx.db(), MOST, tx.now()).await?))
        .await?;
    let mut flying = JoinSet::new();
    for direct in due {
        flying.spawn(send(app.clone(), direct));
    }
    let all = async { while flying.join_next().await.is_some() {} };
    if timeout(ROUND, all).await.is_err() {
        flying.detach_all();
    }
    Ok(directs::next_due(app.db().reads()).await?)
}

/// Has this process woken when the next is due.
pub async fn ran(_: SendDirects, next_due: Option<DateTime<Utc>>, tx: Tx) -> Result<(), Failure> {
    let ways = tx.part::<Ways>();
    if let Some(when) = next_due.and_then(|due| ways.bell.set(due, tx.now())) {
        tx.send_at(when, &SendDirects {});
    }
    Ok(())
}

/// Takes one from way to way until somebody has it or nothing is left.
async fn send(app: App, mut direct: Direct) {
    let (ways, providers) = (app.part::<Ways>(), app.part::<Providers>());
    let all = ways.to(&direct, &providers);
    let mut not_now = Vec::new();
    loop {
        let now = app.clock().now();
        let standing = Standing {
            ways: &all,
            tried: &direct.tried,
            not_now: &not_now,
            is_code: direct.is_code,
            heard_at: direct.heard_at,
            expires_at: direct.expires_at,
        };
        let way = match standing.step(now) {
            Step::Try(way) => way,
            Step::Again(when) => {
                direct.tried.retain(|way| !not_now.contains(way));
                go_on(&app, &mut direct, when).await;
                return;
            }
            Step::GiveUp => return give_up(&app, &direct).await,
        };
        direct.tried.push(way);
        if !go_on(&app, &mut direct, now + LEASE).await {
            return;
        }
        match hand_out(&app, &ways, &direct, way, now).await {
            Ok(taken) => return sent(&app, &direct, &taken).await,
            Err(Untaken::Later { code, .. }) if code == UNANSWERED => {}
            Err(Untaken::Later { .. } | Untaken::Limited { .. } | Untaken::Down { .. }) => {
                not_now.push(way);
            }
            Err(Untaken::Refused { .. }) => {}
            Err(error @ (Untaken::Malformed(_) | Untaken::NotConfigured)) => {
                tracing::error!(id = %direct.id, %error, "a code or a warning cannot be sent");
            }
        }
    }
}

async fn hand_out(
    app: &App,
    ways: &Ways,
    direct: &Direct,
    way: Channel,
    now: DateTime<Utc>,
) -> Result<Taken, Untaken> {
    let written = direct.words.content(way, &ways.zalo);
    let written = written.map_err(|error| Untaken::Malformed(error.to_string()))?;
    let content = written.ok_or(Untaken::NotConfigured)?;
    let to = match &direct.to {
        Address::Phone(phone) => phone.as_str().to_owned(),
        Address::Email(email) => email.clone(),
    };
    let outgoing = Outgoing {
        id: Uuid::new_v5(&direct.id, way.name().as_bytes()),
        to,
        name: String::new(),
        urgent: true,
        content,
        written_at: direct.heard_at,
    };
    let providers = app.part::<Providers>();
    let asked = timeout(CALL, providers.send(way, outgoing, now));
    asked.await.unwrap_or_else(|_| {
        Err(Untaken::Later {
            provider: way.name().into(),
            code: UNANSWERED.into(),
            reason: "it took too long".into(),
        })
    })
}

/// Writes down, also when the database is away for a moment.
async fn surely<T, F, Fut>(app: &App, write: F) -> Option<T>
where
    F: Fn(Tx) -> Fut,
    Fut: Future<Output = Result<T, Failure>>,
{
    for _ in 0..WRITE_DOWN_TRIES {
        match app.transact(&write).await {
            Ok(done) => return Some(done),
            Err(_) => tokio::time::sleep(WRITE_DOWN_PAUSE).await,
        }
    }
    // Its lease ends, and the next way's turn comes.
    tracing::warn!("what became of a code or a warning is not written down");
    None
}

/// Writes down what is tried, until when nobody else looks at it; `false` where others have it.
async fn go_on(app: &App, direct: &mut Direct, due_at: DateTime<Utc>) -> bool {
    let before = &*direct;
    let gone_on = surely(app, async |tx: Tx| {
        Ok(directs::go_on(tx.db(), before, due_at).await?)
    });
    let is_ours = gone_on.await.unwrap_or(false);
    direct.due_at = due_at;
    is_ours
}

async fn sent(app: &App, direct: &Direct, taken: &Taken) {
    surely(app, async |tx: Tx| {
        let by = (taken.provider.as_str(), taken.reference.as_deref());
        if !directs::end(tx.db(), direct.id, State::Sent, Some(by)).await? {
            return Ok(());
        }
        let references: Vec<&str> = taken.reference.as_deref().into_iter().collect();
        let early = receipts::take(tx.db(), &references).await?;
        let mut of_ours = early
            .iter()
            .filter(|early| early.provider == taken.provider);
        if of_ours.any(|early| early.state == attempts::State::Failed) {
            came_back(&tx, direct.id, direct.is_code, direct.expires_at).await?;
        }
        Ok(())
    })
    .await;
}

async fn give_up(app: &App, direct: &Direct) {
    surely(app, async |tx: Tx| {
        if directs::end(tx.db(), direct.id, State::GivenUp, None).await? && direct.is_code {
            tx.say(&CodeUndeliverable {
                id: direct.id,
                given_up_at: tx.now(),
            });
        }
        Ok(())
    })
    .await;
}

async fn came_back(
    tx: &Tx,
    id: Uuid,
    is_code: bool,
    expires_at: DateTime<Utc>,
) -> Result<(), Failure> {
    if directs::came_back(tx.db(), id).await? && is_code && tx.now() < expires_at {
        tx.say(&CodeUndeliverable {
            id,
            given_up_at: tx.now(),
        });
    }
    Ok(())
}

/// Takes a receipt, if it is about a code or a warning.
pub async fn receipted(tx: &Tx, receipt: &Receipt) -> Result<bool, Failure> {
    let found = directs::by_reference(tx.db(), &receipt.provider, &receipt.reference).await?;
    let Some(taken) = found else {
        return Ok(false);
    };
    if matches!(receipt.outcome, Outcome::Undeliverable { .. }) {
        came_back(tx, taken.id, taken.is_code, taken.expires_at).await?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_that_is_none_to_a_telephone_is_told_by_its_key() {
        let table: toml::Table = toml::from_str(include_str!("../../config.toml")).unwrap();
        let mut config: Config =
            serde_json::from_value(serde_json::to_value(table).unwrap()).unwrap();
        let ways = Ways::read(&config).unwrap();
        assert_eq!(ways.phone, [Channel::Sms, Channel::Zalo]);
        for wrong in ["sms pigeon", "mail", "push"] {
            config.codes.phone = wrong.into();
            let told = Ways::read(&config).err().unwrap().to_string();
            assert!(told.contains("NOTIFICATION__CODES__PHONE"), "{told}");
        }
    }
}
