//! Identity's tables: accounts and how their owners show who they are, sessions, signing keys, wrong passwords.

use chassis::Migration;

/// Every migration, oldest first.
pub fn all() -> Vec<Migration> {
    vec![Migration::new(
        "m0001_accounts_and_sessions",
        include_str!("migrations/m0001_accounts_and_sessions.sql"),
    )]
}
