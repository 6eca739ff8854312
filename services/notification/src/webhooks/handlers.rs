//! Calling agencies: what is due, many at once, each answer written down as soon as it is known.

use std::{
    future::{Ready, ready},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use chassis::{App, Failure, Setup, StartError, Tx, Work};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Client, header, redirect::Policy};
use serde_json::json;
use tokio::task::JoinSet;

use super::{
    guard::{self, Guard},
    signature,
    store::{self, Delivery, Webhook},
    wait_after,
};
use crate::{
    config::{Config, Webhooks},
    handlers::dispatch::Bell,
    own::CallWebhooks,
    store::{Contact, Message},
};

/// How long whoever calls has to write down the answer.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// How many agencies are called at once.
const AT_ONCE: usize = 32;
/// How long the journal goes back.
const KEPT: TimeDelta = TimeDelta::days(35);

/// What agencies are called with.
pub struct Caller {
    client: Client,
    /// Whether addresses of one's own network may be called.
    pub private: bool,
    pause_after: u32,
    bell: Bell,
}

impl Caller {
    /// Made when the service starts.
    pub fn open(setup: Setup) -> Ready<Result<Self, StartError>> {
        ready(Self::new(&setup.config::<Config>().webhooks))
    }

    fn new(config: &Webhooks) -> Result<Self, StartError> {
        chassis::install_cryptography();
        let patience = Duration::from_secs(config.timeout_seconds);
        let client = Client::builder()
            .timeout(patience)
            .connect_timeout(patience)
            .redirect(Policy::none())
            .dns_resolver(Guard {
                private: config.private,
            })
            .build();
        Ok(Self {
            client: client.map_err(|error| {
                StartError::because("notification: the client for webhooks", &error)
            })?,
            private: config.private,
            pause_after: config.pause_after,
            bell: Bell::default(),
        })
    }
}

/// Keeps that agencies are to be told of an event.
pub async fn post(tx: &Tx, message: &Message, contact: &Contact) -> Result<(), Failure> {
    let webhooks = store::all(tx.db()).await?;
    let procedure = contact.described.as_ref().map(|(code, _)| code.as_str());
    let mut is_due = false;
    for webhook in webhooks {
        if !webhook.wants(&message.event, procedure) {
            continue;
        }
        let body = json!({
            "specversion": "1.0",
            "id": message.id,
            "type": message.event,
            "source": "notification",
            "subject": message.dossier,
            "time": message.happened_at,
            "data": { "dossier": message.dossier, "code": contact.code, "procedure": procedure },
        });
        let delivery = Delivery {
            id: tx.new_id(),
            webhook: webhook.id,
            event: message.id,
            wire: message.event.clone(),
            body: body.to_string(),
            state: String::new(),
            tries: 0,
            due_at: tx.now(),
            answer: None,
            tried_at: None,
        };
        is_due |= store::post(tx.db(), &delivery, tx.now()).await? && webhook.is_active;
    }
    if is_due {
        tx.say(&CallWebhooks {});
    }
    Ok(())
}

/// Calls all that is due, unless this process is at it. Says when the next is due.
pub async fn call(_: CallWebhooks, work: Work) -> Result<Option<DateTime<Utc>>, Failure> {
    let (app, caller) = (work.app(), work.part::<Caller>());
    caller.bell.asked.store(true, Ordering::SeqCst);
    while caller.bell.asked.load(Ordering::SeqCst) {
        let Ok(_turn) = caller.bell.turn.try_lock() else {
            return Ok(None);
        };
        caller.bell.asked.store(false, Ordering::SeqCst);
        while round(app, &caller).await? > 0 {}
    }
    let webhooks = store::all(work.reads()).await?;
    Ok(store::next_due(work.reads(), &webhooks).await?)
}

/// Has this process woken when the next is due.
pub async fn called(
    _: CallWebhooks,
    next_due: Option<DateTime<Utc>>,
    tx: Tx,
) -> Result<(), Failure> {
    let caller = tx.part::<Caller>();
    if let Some(when) = next_due.and_then(|due| caller.bell.set(due, tx.now())) {
        tx.send_at(when, &CallWebhooks {});
    }
    Ok(())
}

async fn round(app: &App, caller: &Arc<Caller>) -> Result<usize, Failure> {
    let claim = async |tx: Tx| {
        let (db, now) = (tx.db(), tx.now());
        store::forget(db, now - KEPT).await?;
        let webhooks = store::all(db).await?;
        let most = u64::try_from(AT_ONCE).unwrap_or(u64::MAX);
        let due = store::claim(db, &webhooks, most, now, now + LEASE).await?;
        Ok((webhooks, due))
    };
    let (webhooks, due) = app.transact(claim).await?;
    let mut calls = JoinSet::new();
    let count = due.len();
    for delivery in due {
        let Some(webhook) = webhooks.iter().find(|one| one.id == delivery.webhook) else {
            continue;
        };
        calls.spawn(one(app.clone(), caller.clone(), webhook.clone(), delivery));
    }
    while let Some(called) = calls.join_next().await {
        // One that panicked is called again when its lease is over.
        let Ok((delivery, answer)) = called else {
            continue;
        };
        let write_down = async |tx: Tx| {
            let (db, wait) = (tx.db(), wait_after(delivery.tries + 1));
            store::called_back(db, &delivery, answer, wait, tx.now()).await?;
            let went_well = store::is_well(answer);
            Ok(store::count(db, delivery.webhook, went_well, caller.pause_after).await?)
        };
        app.transact(write_down).await?;
    }
    Ok(count)
}

/// Calls one agency; the status that it answered, or nothing. What else it says nobody reads.
async fn one(
    app: App,
    caller: Arc<Caller>,
    webhook: Webhook,
    delivery: Delivery,
) -> (Delivery, Option<u16>) {
    let now = app.clock().now();
    let Ok(url) = guard::admit(&webhook.url, caller.private) else {
        return (delivery, None);
    };
    let signature = signature::sign(webhook.secrets(), now, delivery.body.as_bytes());
    let answer = caller
        .client
        .post(url)
        .header(header::CONTENT_TYPE, "application/cloudevents+json")
        .header(signature::HEADER, signature)
        .body(delivery.body.clone())
        .send()
        .await;
    let status = answer.ok().map(|answer| answer.status().as_u16());
    (delivery, status)
}

/// A new secret.
pub fn new_secret() -> String {
    hex::encode(chassis::random::<32>())
}
