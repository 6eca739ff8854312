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
use chassis::{Service, Setup, StartError};
use contracts::notification::{MessageDelivered, MessageUndeliverable, SendMessage};

use crate::{
    channel::Providers,
    config::{Config, Smtp},
    handlers::dispatch::{self, Dispatcher},
    own::{CallWebhooks, Dispatch, TellDigest},
    policies::Policies,
    webhooks::handlers::Caller,
};

/// The table of contents.
pub fn service() -> Service {
    Service::new("notification")
        .config::<Config>(include_str!("../config.toml"))
        .migrations(migrations::all)
        .provides(procedure::catalogue)
        .provides(Policies::open)
        .provides(Dispatcher::open)
        .provides(providers)
        .provides(Caller::open)
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
        .says::<TellDigest>()
        .says::<MessageDelivered>()
        .says::<MessageUndeliverable>()
        // One worker tells what is due, many messages at once; the others go on hearing.
        .consumes(256, 4)
        .serves(http::routes)
}

async fn providers(setup: Setup) -> Result<Providers, StartError> {
    let config = setup.config::<Config>();
    let Smtp {
        url,
        from,
        timeout_seconds,
        rest_seconds,
    } = config.smtp.clone();
    let mut channels = config.channels.clone();
    channels.mail = channel::config::Mail {
        url,
        from,
        timeout_seconds,
        rest_seconds,
        ..channel::config::Mail::default()
    };
    Providers::open(&channels, setup.data_dir().join("mail")).await
}
