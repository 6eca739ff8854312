//! What is done to how people show who they are, for the audit log.

use chassis::{Tx, audit::Deed};
use contracts::AccountId;

/// Puts on record what `by` did to an account.
pub fn record(tx: &Tx, account: AccountId, what: &str, by: AccountId) {
    let deed = Deed::of(by.into(), format!("identity.{what}"));
    tx.record(deed.to(account.0));
}
