#![doc = include_str!("../README.md")]

pub mod channel;
pub mod config;
pub mod domain;
pub mod handlers;
pub mod http;
pub mod links;
pub mod migrations;
pub mod own;
pub mod pages;
pub mod policies;
pub mod store;
pub mod webhooks;
pub mod words;

use std::{
    future::ready,
    sync::{Arc, Mutex, PoisonError},
};

use chassis::{App, Clock, Failure, Service, Setup, StartError};
use contracts::{
    delivery::{CollectionCodeMade, ResultRevoked},
    desk::{DossierRejected, ResultAwaitsFee, SupplementRequested},
    notification::{
        CodeUndeliverable, MessageDelivered, MessageUndeliverable, SendCode, SendMessage,
        SendWarning,
    },
};

use crate::{
    channel::{Providers, sandbox::town::Town},
    config::Config,
    handlers::{
        directs,
        dispatch::{self, Dispatcher},
    },
    own::{CallWebhooks, Dispatch, Lapse, SendDirects, TellDigest},
    policies::Policies,
    store::zalo::Kept,
    webhooks::handlers::Caller,
};

/// The table of contents.
pub fn service() -> Service {
    let tokens = Arc::<Kept>::default();
    let (bound, town) = (tokens.clone(), Pretending::default());
    let pretending = town.clone();
    Service::new("notification")
        .config::<Config>(include_str!("../config.toml"))
        .migrations(migrations::all)
        .provides(procedure::catalogue)
        .provides(Policies::open)
        .provides(Dispatcher::open)
        .provides(directs::Ways::open)
        .provides(move |setup| providers(setup, tokens.clone(), town.clone()))
        .provides(Caller::open)
        .starts(move |app| {
            bound.bind(&app);
            ready(Ok(()))
        })
        .starts(dispatch::begin)
        .starts(directs::begin)
        .starts(handlers::receipts::listen)
        .stops(move |app| take_leave(app, pretending.clone()))
        .hears(handlers::submitted)
        .hears(handlers::supplemented)
        .hears(handlers::received)
        .hears(handlers::rejected)
        .hears(handlers::supplement_requested)
        .hears(handlers::fee_ordered)
        .hears(handlers::fee_paid)
        .hears(handlers::fee_expired)
        .hears(handlers::result_awaits_fee)
        .hears(handlers::fee_cancelled)
        .hears(handlers::fee_refunded)
        .hears(handlers::decided)
        .hears(handlers::result_issued)
        .hears(handlers::result_handed_over)
        .hears(handlers::result_revoked)
        .hears(handlers::collection_code_made)
        .hears(handlers::lapse)
        .hears(handlers::result_unclaimed)
        .hears(handlers::digest::tell)
        .hears_many(dispatch::ring)
        .hears_slow::<Dispatch, _, _, _, _, _>(dispatch::run, dispatch::ran)
        .hears_many(directs::codes)
        .hears_many(directs::warnings)
        .hears_slow::<SendDirects, _, _, _, _, _>(directs::run, directs::ran)
        .hears_slow::<CallWebhooks, _, _, _, _, _>(
            webhooks::handlers::call,
            webhooks::handlers::called,
        )
        .says::<SendMessage>()
        .says::<CallWebhooks>()
        .says::<Dispatch>()
        .says::<Lapse>()
        .says::<TellDigest>()
        .says::<MessageDelivered>()
        .says::<MessageUndeliverable>()
        .says::<CodeUndeliverable>()
        .says::<SendDirects>()
        // Where there is one writer, a batch is also how long what is urgent waits for it at each of its steps.
        .consumes(64, 4)
        // What is urgent stands behind no flood of what can wait, nor do the bells by which it is told.
        .hears_apart::<SupplementRequested>()
        .hears_apart::<DossierRejected>()
        .hears_apart::<ResultAwaitsFee>()
        .hears_apart::<ResultRevoked>()
        .hears_apart::<CollectionCodeMade>()
        .hears_apart::<SendMessage>()
        .hears_apart::<Dispatch>()
        .hears_apart::<SendCode>()
        .hears_apart::<SendWarning>()
        .hears_apart::<SendDirects>()
        // One worker tells what is due, many messages at once, and one sends codes; the others go on hearing.
        .consumes_apart(4)
        .serves(http::routes)
}

/// The pretend providers, where there are any: they live until the service stops.
type Pretending = Arc<Mutex<Option<Town>>>;

async fn providers(
    setup: Setup,
    tokens: Arc<Kept>,
    town: Pretending,
) -> Result<Providers, StartError> {
    let config = setup.config::<Config>();
    let mut channels = config.channels();
    if config.pretend {
        let started = Town::start(Clock::system()).await;
        let started = started
            .map_err(|error| StartError::because("notification: its pretend providers", &error))?;
        started.settle(&mut channels);
        *town.lock().unwrap_or_else(PoisonError::into_inner) = Some(started);
    }
    Providers::open_with(&channels, setup.data_dir().join("mail"), tokens).await
}

/// Takes leave of the providers; of the pretend ones last, since leave is taken of them too.
async fn take_leave(app: App, town: Pretending) -> Result<(), Failure> {
    app.part::<Providers>().close().await;
    town.lock().unwrap_or_else(PoisonError::into_inner).take();
    Ok(())
}
