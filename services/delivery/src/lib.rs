#![doc = include_str!("../README.md")]

pub mod assurance;
pub mod config;
pub mod deposits;
pub mod domain;
pub mod handlers;
pub mod http;
pub mod layouts;
pub mod migrations;
pub mod openings;
pub mod outside;
pub mod own;
pub mod pages;
pub mod post;
pub mod proofs;
pub mod signing;
pub mod store;

use chassis::{Service, Setup};
use contracts::delivery::{
    CollectionCodeMade, RenderResult, ResultHandedOver, ResultIssued, ResultOpened, ResultRevoked,
    ResultUnclaimed,
};

use crate::{
    config::Config,
    handlers::{CheckPage, parcels, reminders},
    own::{CancelOrder, DepositResult, PlaceOrder, RemindOwners, TrackParcels},
};

/// The table of contents.
pub fn service() -> Service {
    Service::new("delivery")
        .config::<Config>(include_str!("../config.toml"))
        .migrations(migrations::all)
        .provides(procedure::catalogue)
        .provides(layouts::open)
        .provides(files::open)
        .provides(async |setup: Setup| Ok(CheckPage(setup.settings().public("/delivery/check"))))
        .provides(async |setup: Setup| proofs::Prover::new(&setup.config::<Config>()))
        .provides(async |setup: Setup| signing::Signing::open(&setup.config::<Config>()))
        .provides(async |_: Setup| Ok(signing::judge::Judge::default()))
        .provides(post::Post::open)
        .provides(deposits::Store::open)
        .starts(proofs::load)
        .starts(signing::pretend::load)
        .starts(parcels::begin)
        .starts(reminders::begin)
        .hears(handlers::decided)
        .hears(mandates::given)
        .hears(mandates::ended)
        .hears_slow::<RenderResult, _, _, _, _, _>(handlers::render, handlers::rendered)
        .hears_slow::<PlaceOrder, _, _, _, _, _>(parcels::place, parcels::placed)
        .hears_slow::<CancelOrder, _, _, _, _, _>(parcels::take_back, parcels::taken_back)
        .hears_slow::<TrackParcels, _, _, _, _, _>(parcels::track, parcels::tracked)
        .says::<RenderResult>()
        .hears_slow::<DepositResult, _, _, _, _, _>(
            handlers::deposits::tell,
            handlers::deposits::told_it,
        )
        .hears(reminders::remind)
        .says::<PlaceOrder>()
        .says::<RemindOwners>()
        .says::<DepositResult>()
        .says::<CancelOrder>()
        .says::<TrackParcels>()
        .says::<ResultIssued>()
        .says::<ResultHandedOver>()
        .says::<ResultRevoked>()
        .says::<ResultOpened>()
        .says::<CollectionCodeMade>()
        .says::<ResultUnclaimed>()
        // Typesetting is all computing: a few papers a transaction, a transaction a core.
        .consumes(16, workers())
        .witnesses()
        .audits()
        .serves(http::routes)
}

fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
