//! Delivery's tables: the books that numbers come from, the results, how they are handed over, the keys of their proofs.

use chassis::Migration;

/// Every migration, oldest first.
pub fn all() -> Vec<Migration> {
    vec![
        Migration::new(
            "m0001_results",
            include_str!("migrations/m0001_results.sql"),
        ),
        Migration::new("m0002_proofs", include_str!("migrations/m0002_proofs.sql")),
        Migration::new(
            "m0003_replacements",
            include_str!("migrations/m0003_replacements.sql"),
        ),
        Migration::new("m0004_seals", include_str!("migrations/m0004_seals.sql")),
        Migration::new(
            "m0005_hand_over",
            include_str!("migrations/m0005_hand_over.sql"),
        ),
        Migration::new(
            "m0006_attestations",
            include_str!("migrations/m0006_attestations.sql"),
        )
        .on_postgres(include_str!("migrations/m0006_attestations.postgres.sql"))
        .on_sqlite(include_str!("migrations/m0006_attestations.sqlite.sql")),
        Migration::new(
            "m0007_assurance",
            include_str!("migrations/m0007_assurance.sql"),
        ),
        mandates::migration("m0008_copy_of_mandates"),
    ]
}
