//! Payment's tables: orders, attempts, the ledger, what the bank said, its statement's lines, receipts, refunds, tills, what
//! does not agree, and the pretend bank's own books.

use chassis::Migration;

/// Every migration, oldest first.
pub fn all() -> Vec<Migration> {
    vec![
        Migration::new(
            "m0001_orders_and_ledger",
            include_str!("migrations/m0001_orders_and_ledger.sql"),
        )
        .on_postgres(include_str!(
            "migrations/m0001_orders_and_ledger.postgres.sql"
        ))
        .on_sqlite(include_str!(
            "migrations/m0001_orders_and_ledger.sqlite.sql"
        )),
        Migration::new(
            "m0002_more_ways_to_pay",
            include_str!("migrations/m0002_more_ways_to_pay.sql"),
        )
        .on_postgres(include_str!(
            "migrations/m0002_more_ways_to_pay.postgres.sql"
        ))
        .on_sqlite(include_str!("migrations/m0002_more_ways_to_pay.sqlite.sql")),
        Migration::new(
            "m0003_bank_lines",
            include_str!("migrations/m0003_bank_lines.sql"),
        )
        .on_postgres(include_str!("migrations/m0003_bank_lines.postgres.sql"))
        .on_sqlite(include_str!("migrations/m0003_bank_lines.sqlite.sql")),
        Migration::new(
            "m0004_sandbox_account",
            include_str!("migrations/m0004_sandbox_account.sql"),
        ),
        Migration::new(
            "m0005_receipts_and_refunds",
            include_str!("migrations/m0005_receipts_and_refunds.sql"),
        )
        .on_postgres(include_str!(
            "migrations/m0005_receipts_and_refunds.postgres.sql"
        ))
        .on_sqlite(include_str!(
            "migrations/m0005_receipts_and_refunds.sqlite.sql"
        )),
        Migration::new(
            "m0006_tills_and_reconciliation",
            include_str!("migrations/m0006_tills_and_reconciliation.sql"),
        )
        .on_postgres(include_str!(
            "migrations/m0006_tills_and_reconciliation.postgres.sql"
        ))
        .on_sqlite(include_str!(
            "migrations/m0006_tills_and_reconciliation.sqlite.sql"
        )),
        Migration::new(
            "m0007_platform",
            include_str!("migrations/m0007_platform.sql"),
        ),
        Migration::new(
            "m0008_invoices",
            include_str!("migrations/m0008_invoices.sql"),
        )
        .on_postgres(include_str!("migrations/m0008_invoices.postgres.sql"))
        .on_sqlite(include_str!("migrations/m0008_invoices.sqlite.sql")),
        Migration::new(
            "m0009_a_silent_bank",
            include_str!("migrations/m0009_a_silent_bank.sql"),
        ),
        Migration::new(
            "m0010_assurance",
            include_str!("migrations/m0010_assurance.sql"),
        ),
        mandates::migration("m0011_copy_of_mandates"),
    ]
}
