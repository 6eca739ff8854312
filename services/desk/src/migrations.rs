//! The desk's tables: work items, the day's counters, stops of the clock, the register of acts, and signals.

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
            "m0003_signals",
            include_str!("migrations/m0003_signals.sql"),
        ),
        Migration::new(
            "m0004_mandates",
            include_str!("migrations/m0004_mandates.sql"),
        ),
    ]
}
