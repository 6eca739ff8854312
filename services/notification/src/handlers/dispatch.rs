//! Telling what is due: taken by lanes, written down, handed to providers many at once, and their answers written down.
//!
//! An attempt is a row before the call outside and has its answer after it. Where a crash comes between, the row says that it
//! is under way; past its lease the ladder takes its answer as lost and never sends it again.

mod answers;

use std::{
    future::{Ready, ready},
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    time::Duration,
};

use chassis::{App, Failure, Setup, StartError, Tx, Work};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::notification::SendMessage;
use tokio::{
    sync::{Mutex, OnceCell},
    task::JoinSet,
    time::{Instant, timeout, timeout_at},
};
use uuid::Uuid;

use self::answers::surely_write_down;
use super::standing::{self, Standing};
use crate::{
    channel::{Channel, Outgoing, Providers, Taken, Untaken},
    domain::{ladder::Step, news::Urgency},
    links,
    own::Dispatch,
    policies::Policies,
    store::{
        attempts::{self, Attempt, State},
        tellings,
    },
    words::outgoing::{Item, Told},
};

/// How long whoever tries has to write down the answer. Longer than any call outside takes.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// How long one round hands out before its message, and all that came with it, is acknowledged and another takes over.
const ROUND: Duration = Duration::from_millis(500);
/// How long answers gather to be written down in one transaction.
const GATHER: Duration = Duration::from_millis(20);
/// How often a round looks for what has become due while it waits for answers: other processes cannot ring its bell.
const LOOK: Duration = Duration::from_millis(250);
/// Sees to it that one round a process is under way, and that nobody who asks for one meanwhile is forgotten.
#[derive(Default)]
pub struct Bell {
    /// Held by whoever is at it.
    pub turn: Mutex<()>,
    /// Whether somebody asked since the last look.
    pub asked: AtomicBool,
    /// The next moment at which this process asked to be woken, in seconds since 1970.
    wakes_at: AtomicI64,
}

impl Bell {
    /// When to be woken for what is due at `due`; nothing where that is asked for already.
    pub fn set(&self, due: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if due <= now {
            return Some(now);
        }
        // Up to the next second, so that many that are due one after the other wake it once.
        let second = due.timestamp() + i64::from(due.timestamp_subsec_nanos() > 0);
        let known = self.wakes_at.load(Ordering::SeqCst);
        if known > now.timestamp() && second >= known {
            return None;
        }
        self.wakes_at.store(second, Ordering::SeqCst);
        Some(DateTime::from_timestamp(second, 0).unwrap_or(due))
    }
}

/// The bell of telling people, and the key of the links in mails.
#[derive(Default)]
pub struct Dispatcher {
    bell: Bell,
    key: OnceCell<links::Key>,
}

impl Dispatcher {
    /// Made when the service starts.
    pub fn open(_: Setup) -> Ready<Result<Self, StartError>> {
        ready(Ok(Self::default()))
    }
}

/// Looks for what was due before this start.
pub async fn begin(app: App) -> Result<(), StartError> {
    let asked: Result<(), Failure> = app
        .transact(async |tx| {
            tx.say(&Dispatch {});
            Ok(())
        })
        .await;
    asked.map_err(|failure| StartError::because("notification: its round", &failure).passing())
}

/// Rings once for all the messages of a batch.
pub async fn ring(_: Vec<SendMessage>, tx: Tx) -> Result<(), Failure> {
    tx.say(&Dispatch {});
    Ok(())
}

/// Tells all that is due. Says when the next is due.
pub async fn run(_: Dispatch, work: Work) -> Result<Option<DateTime<Utc>>, Failure> {
    tell_due(work.app()).await
}

/// Tells all that is due, unless this process is at it: then whoever is sees what there is now.
pub async fn tell_due(app: &App) -> Result<Option<DateTime<Utc>>, Failure> {
    let dispatcher = app.part::<Dispatcher>();
    let bell = &dispatcher.bell;
    bell.asked.store(true, Ordering::SeqCst);
    while bell.asked.load(Ordering::SeqCst) {
        let Ok(_turn) = bell.turn.try_lock() else {
            return Ok(None);
        };
        bell.asked.store(false, Ordering::SeqCst);
        if !round(app, &dispatcher).await? {
            break;
        }
    }
    Ok(tellings::next_due(app.db().reads()).await?)
}

/// Has this process woken when the next is due.
pub async fn ran(_: Dispatch, next_due: Option<DateTime<Utc>>, tx: Tx) -> Result<(), Failure> {
    let dispatcher = tx.part::<Dispatcher>();
    if let Some(when) = next_due.and_then(|due| dispatcher.bell.set(due, tx.now())) {
        tx.send_at(when, &Dispatch {});
    }
    Ok(())
}

/// A message that is handed to a provider.
struct Job {
    standing: Standing,
    attempt: Attempt,
}

/// What a provider answered to one.
struct Answer {
    job: Job,
    told: Result<Taken, Untaken>,
    /// Browsers that are gone.
    gone: Vec<String>,
}

/// Hands out all that is due; `false` when there was so much that another should go on.
async fn round(app: &App, dispatcher: &Dispatcher) -> Result<bool, Failure> {
    let most = app.part::<Policies>().in_flight;
    let (key, bell) = (&dispatcher.key, &dispatcher.bell);
    let key = key.get_or_try_init(|| links::key(app)).await?;
    let mut flying: JoinSet<Answer> = JoinSet::new();
    let (ends, mut more) = (Instant::now() + ROUND, true);
    loop {
        let free = most.saturating_sub(flying.len());
        // Taken by fours and more, so that the statements around them are shared.
        if more && Instant::now() < ends && (free > most / 4 || flying.is_empty()) {
            match claim(app, free).await {
                Ok((found, jobs)) => {
                    more = found > 0;
                    for job in jobs {
                        flying.spawn(send(app.clone(), key.clone(), job));
                    }
                    if more && flying.len() < most {
                        continue;
                    }
                }
                // What is under way is brought to its end first: dropped now, its answers would be lost.
                Err(failure) if flying.is_empty() => return Err(failure),
                Err(_) => more = false,
            }
        }
        let Ok(first) = timeout(LOOK, flying.join_next()).await else {
            more = true;
            continue;
        };
        let Some(first) = first else {
            let is_over = Instant::now() >= ends;
            if more && !is_over {
                continue;
            }
            return Ok(!is_over);
        };
        let mut answers = Vec::new();
        // One that panicked has no answer: its row says so, and its lease ends.
        answers.extend(first.ok());
        let gathered = Instant::now() + GATHER;
        while answers.len() < most / 2
            && let Ok(Some(next)) = timeout_at(gathered, flying.join_next()).await
        {
            answers.extend(next.ok());
        }
        more |= surely_write_down(app, &answers).await?;
        more |= bell.asked.swap(false, Ordering::SeqCst);
    }
}

/// Takes what is due and writes down what will be tried. How many were looked at, and what is to be handed out.
async fn claim(app: &App, most: usize) -> Result<(usize, Vec<Job>), Failure> {
    let (providers, policies) = (app.part::<Providers>(), app.part::<Policies>());
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    app.transact(async |tx| {
        let (db, now) = (tx.db(), tx.now());
        let lease = now + LEASE;
        let due = tellings::due(db, most, now).await?;
        let found = due.len();
        let standings = standing::load(db, &providers, &policies, due).await?;
        let (mut jobs, mut begun) = (Vec::new(), Vec::new());
        for mut standing in standings {
            let step = standing.step(&policies, now);
            let Step::Try(channel) = step else {
                standing.settle(&tx, step).await?;
                continue;
            };
            let earlier = standing
                .attempts
                .iter_mut()
                .find(|attempt| attempt.channel == channel);
            let attempt = if let Some(attempt) = earlier {
                attempt.tries += 1;
                (attempt.state, attempt.tried_at, attempt.until) = (State::Trying, now, lease);
                attempts::begin_again(db, attempt).await?;
                attempt.clone()
            } else {
                let address = standing.address(channel).unwrap_or_default();
                let attempt = Attempt::begun(standing.telling.id, channel, address, now, lease);
                begun.push(attempt.clone());
                standing.attempts.push(attempt.clone());
                attempt
            };
            jobs.push(Job { standing, attempt });
        }
        attempts::begin(db, &begun).await?;
        let ids: Vec<Uuid> = jobs.iter().map(|job| job.attempt.telling).collect();
        tellings::postpone(db, &ids, lease).await?;
        Ok((found, jobs))
    })
    .await
}

/// Hands one message to a provider.
async fn send(app: App, key: links::Key, job: Job) -> Answer {
    let (mut told, mut gone) = (Err(Untaken::NotConfigured), Vec::new());
    for (id, to, endpoint) in addresses(&job) {
        let answer = match outgoing(&app, &key, &job, id, to) {
            Ok(outgoing) => {
                let providers = app.part::<Providers>();
                let now = app.clock().now();
                providers.send(job.attempt.channel, outgoing, now).await
            }
            Err(error) => Err(Untaken::Malformed(error.to_string())),
        };
        if let (Err(Untaken::Refused { .. }), Some(endpoint)) = (&answer, endpoint) {
            gone.push(endpoint);
        }
        // One browser that takes it is enough; of several that do not, what the last one said stands for all.
        if told.is_err() {
            told = answer;
        }
    }
    Answer { job, told, gone }
}

/// Where an attempt goes: each with the id it has there, and of a browser with its endpoint.
fn addresses(job: &Job) -> Vec<(Uuid, String, Option<String>)> {
    let attempt = &job.attempt;
    if attempt.channel != Channel::Push {
        return vec![(attempt.id, attempt.address.clone(), None)];
    }
    let browsers = job.standing.browsers.iter();
    let each = browsers.map(|browser| {
        let id = Uuid::new_v5(&attempt.id, browser.endpoint.as_bytes());
        (id, browser.keys.clone(), Some(browser.endpoint.clone()))
    });
    each.collect()
}

fn outgoing(
    app: &App,
    key: &links::Key,
    job: &Job,
    id: Uuid,
    to: String,
) -> askama::Result<Outgoing> {
    let (standing, policies) = (&job.standing, app.part::<Policies>());
    let items: Vec<Item<'_>> = standing
        .messages
        .iter()
        .map(|(message, code)| Item {
            letter: &message.letter,
            code: code.as_deref(),
        })
        .collect();
    let told = Told {
        items: &items,
        name: &standing.contact.name,
        language: standing.wants.language,
        public: &|path| app.settings().public(path),
        unsubscribe: &key.unsubscribe(standing.telling.account, Channel::Mail),
        zalo: policies.template(standing.event()),
    };
    let newest = standing.messages.last();
    Ok(Outgoing {
        id,
        to,
        name: standing.contact.name.clone(),
        urgent: standing.telling.urgency == Urgency::Urgent,
        content: told.content(job.attempt.channel)?,
        written_at: newest.map_or(job.attempt.begun_at, |(message, _)| message.happened_at),
    })
}
