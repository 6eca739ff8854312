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

pub use channel::mail as smtp;
use std::{
    future::ready,
    sync::{Arc, OnceLock},
};

use chassis::{Clock, Service, Setup, StartError};
use contracts::notification::{MessageDelivered, MessageUndeliverable, SendMessage};

use crate::{
    channel::{Providers, sandbox::town::Town},
    config::Config,
    handlers::dispatch::{self, Dispatcher},
    own::{CallWebhooks, Dispatch, Lapse, TellDigest},
    policies::Policies,
    store::zalo::Kept,
    webhooks::handlers::Caller,
};

/// The table of contents.
pub fn service() -> Service {
    let tokens = Arc::<Kept>::default();
    let (bound, town) = (tokens.clone(), Arc::<OnceLock<Town>>::default());
    Service::new("notification")
        .config::<Config>(include_str!("../config.toml"))
        .migrations(migrations::all)
        .provides(procedure::catalogue)
        .provides(Policies::open)
        .provides(Dispatcher::open)
        .provides(move |setup| providers(setup, tokens.clone(), town.clone()))
        .provides(Caller::open)
        .starts(move |app| {
            bound.bind(&app);
            ready(Ok(()))
        })
        .starts(dispatch::begin)
        .starts(handlers::receipts::listen)
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
        // One worker tells what is due, many messages at once; the others go on hearing.
        .consumes(256, 4)
        .serves(http::routes)
}

/// The pretend providers live as long as the service, which holds `town`.
async fn providers(
    setup: Setup,
    tokens: Arc<Kept>,
    town: Arc<OnceLock<Town>>,
) -> Result<Providers, StartError> {
    let config = setup.config::<Config>();
    let mut channels = config.channels();
    if config.pretend {
        let started = Town::start(Clock::system()).await;
        let started = started
            .map_err(|error| StartError::because("notification: its pretend providers", &error))?;
        town.get_or_init(|| started).settle(&mut channels);
    }
    Providers::open_with(&channels, setup.data_dir().join("mail"), tokens).await
}
