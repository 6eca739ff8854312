#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod rules;
mod store;

use chassis::{Failure, Migration, Tx};
use contracts::identity::{MandateEnded, MandateGiven};

pub use rules::Mandate;
pub use store::{between, lets, of_agent};

/// The tables of a copy, under the name that the service gives the step.
pub const fn migration(name: &'static str) -> Migration {
    Migration::new(name, include_str!("mandates.sql"))
}

/// A mandate counts from now on.
pub async fn given(heard: MandateGiven, tx: Tx) -> Result<(), Failure> {
    store::learn(tx.db(), &heard.into()).await?;
    Ok(())
}

/// A mandate counts no more.
pub async fn ended(heard: MandateEnded, tx: Tx) -> Result<(), Failure> {
    store::end(tx.db(), heard.mandate, heard.ended_at).await?;
    Ok(())
}
