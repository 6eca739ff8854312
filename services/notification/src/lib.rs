#![doc = include_str!("../README.md")]

pub mod channel;
pub mod config;
pub mod domain;
pub mod handlers;
pub mod http;
pub mod migrations;
pub mod pages;
pub mod store;
pub mod words;

pub use channel::mail as smtp;
use chassis::{Service, Setup, StartError};
use contracts::notification::SendMessage;

use crate::{config::Config, smtp::Mailer};

/// The table of contents.
pub fn service() -> Service {
    Service::new("notification")
        .config::<Config>(include_str!("../config.toml"))
        .migrations(migrations::all)
        .provides(procedure::catalogue)
        .provides(mailer)
        .hears(handlers::submitted)
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
        .hears_slow::<SendMessage, _, _, _, _, _>(handlers::send, handlers::sent)
        .says::<SendMessage>()
        // A mail server that answers slowly holds up its own worker only.
        .consumes(32, 4)
        .serves(http::routes)
}

async fn mailer(setup: Setup) -> Result<Mailer, StartError> {
    let config::Smtp {
        url,
        from,
        timeout_seconds,
        rest_seconds,
    } = setup.config::<Config>().smtp.clone();
    let mail = channel::config::Mail {
        url,
        from,
        timeout_seconds,
        rest_seconds,
    };
    Mailer::open(&mail, setup.data_dir().join("mail")).await
}
