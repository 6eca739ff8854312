#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod app;
mod bus;
mod clock;
mod consume;
mod database;
mod deferred;
mod envelope;
mod failure;
mod housekeeping;
mod inbox;
mod migrations;
mod outbox;
mod pace;
mod relay;
mod run;
mod scheduled;
mod service;
mod telemetry;
mod tx;

pub mod audit;
pub mod auth;
pub mod cli;
pub mod config;
pub mod http;
pub mod parked;
pub mod rows;
pub mod stage;

pub use app::{App, Ground, Work};
pub use cli::main;
pub use clock::{Clock, random};
pub use database::Database;
pub use deferred::Attempt;
pub use envelope::{Envelope, MAX_BODY, Unsayable, routing_key};
pub use failure::{Failure, LADDER, wait_after};
pub use migrations::Migration;
pub use run::{Running, run};
pub use service::{Service, Setup, StartError};
pub use telemetry::{new_traceparent, traceparent};
pub use tx::Tx;

/// Chooses the cryptography of every TLS connection in this process. Several TLS users are linked in, and none may have
/// to guess. Harmless when repeated; programs that make connections before opening a service call it first.
pub fn install_cryptography() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Decoders of untrusted bytes that are nobody else's business: for the fuzz targets in `tests/`.
#[doc(hidden)]
pub mod decoders {
    use std::{any::Any, sync::Arc};

    pub use crate::bus::rabbit::headers::{read as envelope, write as properties};
    use crate::{
        Service,
        config::{Error, Variables},
    };

    /// Reads a service's own configuration.
    pub fn configuration(
        service: &Service,
        variables: &Variables,
    ) -> Result<Arc<dyn Any + Send + Sync>, Error> {
        (service.configure)(variables)
    }
}
