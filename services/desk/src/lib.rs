#![doc = include_str!("../README.md")]

mod acts;
mod course;
pub mod domain;
mod handlers;
mod http;
mod migrations;
mod office;
mod openings;
mod pages;
mod signals;
mod store;

use chassis::Service;
use contracts::{
    desk::{
        AssessDossier, DossierDecided, DossierOpened, DossierReceived, DossierRejected,
        ExamineDossier, ResultAwaitsFee, SupplementRequested,
    },
    payment::{RequestFee, ReturnFee},
};
use serde::Deserialize;

/// The desk's configuration; `config.toml` explains each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Whether whoever proposed a decision may not sign it off.
    pub four_eyes: bool,
}

/// The table of contents.
pub fn service() -> Service {
    Service::new("desk")
        .config::<Config>(include_str!("../config.toml"))
        .migrations(migrations::all)
        .provides(office::open)
        .hears(handlers::submitted)
        .hears(handlers::assessed)
        .hears(handlers::fee_paid)
        .hears(handlers::examined)
        .hears(handlers::supplemented)
        .hears(handlers::handed_over)
        .hears(signals::found)
        .audits()
        .says::<AssessDossier>()
        .says::<SupplementRequested>()
        .says::<DossierOpened>()
        .says::<DossierReceived>()
        .says::<DossierRejected>()
        .says::<RequestFee>()
        .says::<ReturnFee>()
        .says::<ResultAwaitsFee>()
        .says::<ExamineDossier>()
        .says::<DossierDecided>()
        .serves(http::routes)
}
