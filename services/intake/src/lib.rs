#![doc = include_str!("../README.md")]

mod acts;
mod config;
mod counter;
mod digests;
mod domain;
mod fee;
mod handlers;
mod http;
mod migrations;
mod openings;
mod own;
mod pages;
mod signals;
mod store;
mod time_line;

use chassis::{App, Service, Setup, StartError};
use contracts::intake::{
    DossierSubmitted, DossierSupplemented, PapersEnclosed, PartPlaced, PartRefused, SignalsFound,
};
use procedure::Catalogue;

use crate::{
    config::Config,
    own::{ForgetMarks, MarkDossier, WeighDossier},
};

/// The table of contents.
pub fn service() -> Service {
    Service::new("intake")
        .config::<Config>(include_str!("../config.toml"))
        .migrations(migrations::all)
        .provides(procedure::catalogue)
        .provides(async |setup: Setup| digests::Digests::open(&setup))
        .starts(config::fits)
        .starts(office_is_there)
        .starts(every_version_is_there)
        .starts(signals::begin)
        .hears(handlers::document_checked)
        .hears(handlers::paper_kept)
        .hears(handlers::paper_released)
        .hears(counter::part_found)
        .hears(counter::part_filed)
        .hears(signals::mark)
        .hears(signals::weigh)
        .hears(signals::forget)
        .audits()
        .hears(handlers::dossier_opened)
        .hears(handlers::result_opened)
        .hears(handlers::dossier_received)
        .hears(handlers::dossier_rejected)
        .hears(handlers::supplement_requested)
        .hears(handlers::fee_ordered)
        .hears(handlers::fee_paid)
        .hears(handlers::fee_expired)
        .hears(handlers::fee_cancelled)
        .hears(handlers::fee_refunded)
        .hears(handlers::receipt_issued)
        .hears(handlers::receipt_cancelled)
        .hears(handlers::result_awaits_fee)
        .hears(handlers::dossier_decided)
        .hears(handlers::result_issued)
        .hears(handlers::result_handed_over)
        .hears(handlers::result_revoked)
        .hears(handlers::message_delivered)
        .hears(handlers::message_undeliverable)
        .says::<DossierSubmitted>()
        .says::<DossierSupplemented>()
        .says::<PapersEnclosed>()
        .says::<PartPlaced>()
        .says::<PartRefused>()
        .says::<SignalsFound>()
        .says::<MarkDossier>()
        .says::<WeighDossier>()
        .says::<ForgetMarks>()
        .serves(http::routes)
}

/// The office must be in the catalogue, so that nobody is told the fee of nowhere.
async fn office_is_there(app: App) -> Result<(), StartError> {
    let code = &app.config::<Config>().organisation;
    match app.part::<Catalogue>().organisation(code) {
        Some(_) => Ok(()),
        None => Err(StartError::new(format!(
            "INTAKE__ORGANISATION: catalogue/organisations.yaml has no {code}"
        ))),
    }
}

/// A dossier keeps the version of its procedure under which it was opened, so that version must not leave the catalogue.
async fn every_version_is_there(app: App) -> Result<(), StartError> {
    let catalogue = app.part::<Catalogue>();
    let versions = store::versions(app.db().reads()).await;
    let versions = versions.map_err(|error| StartError::because("intake: its dossiers", &error))?;
    match versions
        .iter()
        .find(|(code, version)| catalogue.version(code, *version).is_none())
    {
        None => Ok(()),
        Some((code, version)) => Err(StartError::new(format!(
            "intake has dossiers under version {version} of {code}, but no file in catalogue/procedures says `code: \"{code}\"` and `version: {version}`"
        ))),
    }
}

/// Decoders of untrusted bytes that are nobody else's business: for the fuzz targets in `tests/`.
#[doc(hidden)]
pub mod decoders {
    pub use crate::{
        domain::draft::{Checked, Document, Draft, Unready},
        pages::filing::changes,
    };
}
