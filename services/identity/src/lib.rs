#![doc = include_str!("../README.md")]

pub mod config;
pub mod domain;
pub mod first_operator;
pub mod guessing;
pub mod http;
pub mod migrations;
pub mod pages;
pub mod password_change;
pub mod passwords;
pub mod registration;
pub mod sessions;
pub mod sign_in;
pub mod store;
pub mod tokens;

use chassis::{Service, Setup, StartError};

use crate::{config::Config, passwords::Passwords, tokens::Tokens};

/// The table of contents.
pub fn service() -> Service {
    Service::new("identity")
        .config::<Config>(include_str!("../config.toml"))
        .migrations(migrations::all)
        .provides(passwords)
        .provides(signing)
        .starts(tokens::load)
        .starts(first_operator::appear)
        .serves(http::routes)
}

async fn passwords(setup: Setup) -> Result<Passwords, StartError> {
    Passwords::new(&setup.config::<Config>().argon2)
}

async fn signing(setup: Setup) -> Result<Tokens, StartError> {
    let config = setup.config::<Config>();
    Ok(Tokens::new(config.seed()?, config.lives()?))
}
