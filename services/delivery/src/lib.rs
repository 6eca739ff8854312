#![doc = include_str!("../README.md")]

pub mod config;
pub mod domain;
pub mod handlers;
pub mod http;
pub mod layouts;
pub mod migrations;
pub mod pages;
pub mod proofs;
pub mod signing;
pub mod store;

use chassis::{Service, Setup};
use contracts::delivery::{RenderResult, ResultHandedOver, ResultIssued, ResultRevoked};

use crate::{config::Config, handlers::CheckPage};

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
        .starts(proofs::load)
        .starts(signing::pretend::load)
        .hears(handlers::decided)
        .hears_slow::<RenderResult, _, _, _, _, _>(handlers::render, handlers::rendered)
        .says::<RenderResult>()
        .says::<ResultIssued>()
        .says::<ResultHandedOver>()
        .says::<ResultRevoked>()
        // Typesetting is all computing: a few papers a transaction, a transaction a core.
        .consumes(16, workers())
        .serves(http::routes)
}

fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
