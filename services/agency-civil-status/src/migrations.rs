//! The register's tables: records and the names to find them by.

use chassis::Migration;

/// Every migration, oldest first.
pub fn all() -> Vec<Migration> {
    vec![Migration::new(
        "m0001_register",
        include_str!("migrations/m0001_register.sql"),
    )]
}
