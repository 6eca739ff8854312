#![doc = include_str!("../README.md")]

pub mod assisted;
pub mod ceremonies;
pub mod codes;
pub mod config;
pub mod contacts;
pub mod deeds;
pub mod document_checks;
pub mod domain;
pub mod first_operator;
pub mod guessing;
pub mod http;
pub mod mandates;
pub mod migrations;
pub mod oidc;
pub mod own;
pub mod pages;
pub mod passkey_sign_in;
pub mod passkeys;
pub mod password_change;
pub mod passwords;
pub mod posts;
pub mod recovery;
pub mod registration;
pub mod sandbox;
pub mod second_factor;
pub mod second_step;
pub mod secrets;
pub mod sessions;
pub mod sign_in;
pub mod step_up;
pub mod store;
pub mod tokens;

use chassis::{Service, Setup, StartError};
use contracts::{
    identity::{GiverIntroduced, MandateEnded, MandateGiven, SessionsEnded},
    notification::{SendCode, SendWarning},
};

use crate::{
    ceremonies::Ceremonies,
    config::Config,
    oidc::Providers,
    own::{ForgetCodes, SendNoCode},
    passwords::Passwords,
    secrets::Secrets,
    tokens::Tokens,
};

/// The table of contents.
pub fn service() -> Service {
    Service::new("identity")
        .config::<Config>(include_str!("../config.toml"))
        .migrations(migrations::all)
        .provides(procedure::catalogue)
        .provides(passwords)
        .provides(signing)
        .provides(sealing)
        .provides(providers)
        .provides(sandbox::open)
        .provides(ceremonies)
        .starts(tokens::load)
        .starts(secrets::fits)
        .starts(first_operator::appear)
        .starts(posts::adopt)
        .says::<SessionsEnded>()
        .says::<MandateGiven>()
        .says::<MandateEnded>()
        .says::<GiverIntroduced>()
        .audits()
        .witnesses()
        .hears(codes::undeliverable)
        .hears(codes::send_nothing)
        .hears(codes::forget_old)
        .says_and_erases::<SendCode>()
        .says_and_erases::<SendWarning>()
        .says::<SendNoCode>()
        .says::<ForgetCodes>()
        .serves(http::routes)
}

async fn passwords(setup: Setup) -> Result<Passwords, StartError> {
    Passwords::new(&setup.config::<Config>().argon2)
}

async fn signing(setup: Setup) -> Result<Tokens, StartError> {
    let config = setup.config::<Config>();
    Ok(Tokens::new(config.seed()?, config.lives()?))
}

async fn sealing(setup: Setup) -> Result<Secrets, StartError> {
    let config = setup.config::<Config>();
    config.codes.check()?;
    Secrets::load(&config, setup.settings())
}

async fn providers(setup: Setup) -> Result<Providers, StartError> {
    Providers::load(&setup)
}

async fn ceremonies(setup: Setup) -> Result<Ceremonies, StartError> {
    Ceremonies::at(&setup.settings().public_url)
}
