//! What payment says when it hears, and what its payers, officers and bank see.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod assurance;
mod bad_days;
mod interleavings;
mod invoices;
mod orders;
mod platform;
mod receipts;
mod reconciliation;
mod refunds;
mod rules;
mod sandbox;
mod sources;
mod statements;
mod tills;
mod town;
mod transfers;
mod transfers_played;
mod upgrade;

use payment::vnpay::{Fields, Secret};

fn secret() -> Secret {
    Secret::try_from(town::SECRET.to_owned()).unwrap()
}

/// The fields of an address that the merchant or the bank signed.
fn fields(address: &str) -> Fields {
    let address = reqwest::Url::parse(address).unwrap();
    Fields::from_query(address.query_pairs().into_owned(), &secret()).unwrap()
}
