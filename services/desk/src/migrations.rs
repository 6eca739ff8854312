//! The desk's tables: work items, the day's counters, stops of the clock, and the register of acts.

use chassis::Migration;

/// Every migration, oldest first.
pub fn all() -> Vec<Migration> {
    vec![
        Migration::new(
            "m0001_work_items",
            include_str!("migrations/m0001_work_items.sql"),
        ),
        Migration::new(
            "m0002_fee_before_reception",
            include_str!("migrations/m0002_fee_before_reception.sql"),
        ),
        Migration::new(
            "m0004_mandates",
            include_str!("migrations/m0004_mandates.sql"),
        ),
    ]
}
