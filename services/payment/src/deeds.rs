//! What officers do with money, for the audit log.

use chassis::{Tx, audit::Deed};
use contracts::AccountId;
use uuid::Uuid;

/// Puts on record what an officer did with an order, a refund, a till, a line of the bank's or a difference.
pub fn record(tx: &Tx, officer: AccountId, what: &str, subject: Uuid) {
    tx.record(Deed::of(officer.into(), format!("payment.{what}")).to(subject));
}
