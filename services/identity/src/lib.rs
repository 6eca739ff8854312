#![doc = include_str!("../README.md")]

pub mod ceremonies;
pub mod config;
pub mod deeds;
pub mod document_checks;
pub mod domain;
pub mod first_operator;
pub mod guessing;
pub mod http;
pub mod migrations;
pub mod oidc;
pub mod pages;
pub mod passkey_sign_in;
pub mod passkeys;
pub mod password_change;
pub mod passwords;
pub mod registration;
pub mod second_factor;
pub mod second_step;
pub mod secrets;
pub mod sessions;
pub mod sign_in;
pub mod step_up;
pub mod store;
pub mod tokens;

use chassis::{Service, Setup, StartError};

use crate::{
    ceremonies::Ceremonies, config::Config, oidc::Providers, passwords::Passwords,
    secrets::Secrets, tokens::Tokens,
};

/// The table of contents.
pub fn service() -> Service {
    Service::new("identity")
        .config::<Config>(include_str!("../config.toml"))
        .migrations(migrations::all)
        .provides(passwords)
        .provides(signing)
        .provides(sealing)
        .provides(providers)
        .provides(ceremonies)
        .starts(tokens::load)
        .starts(secrets::fits)
        .starts(first_operator::appear)
        .audits()
        .witnesses()
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
    Secrets::load(&setup.config::<Config>(), setup.settings())
}

async fn providers(setup: Setup) -> Result<Providers, StartError> {
    Providers::load(&setup)
}

async fn ceremonies(setup: Setup) -> Result<Ceremonies, StartError> {
    Ceremonies::at(&setup.settings().public_url)
}
