//! Delivery's tables: the books that numbers come from, the results, their shipments.

use chassis::Migration;

/// Every migration, oldest first.
pub fn all() -> Vec<Migration> {
    vec![Migration::new(
        "m0001_results",
        include_str!("migrations/m0001_results.sql"),
    )]
}
