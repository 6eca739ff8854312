//! Intake's tables: dossiers, what is known of them, what scan said about documents, which are kept, and by what dossiers are found again.

use chassis::Migration;

/// Every migration, oldest first.
pub fn all() -> Vec<Migration> {
    vec![
        Migration::new(
            "m0001_dossiers",
            include_str!("migrations/m0001_dossiers.sql"),
        ),
        Migration::new("m0002_flaws", include_str!("migrations/m0002_flaws.sql")),
        Migration::new(
            "m0003_read_fields",
            include_str!("migrations/m0003_read_fields.sql"),
        ),
        Migration::new(
            "m0004_kept_papers",
            include_str!("migrations/m0004_kept_papers.sql"),
        ),
        Migration::new(
            "m0006_document_bytes",
            include_str!("migrations/m0006_document_bytes.sql"),
        ),
        Migration::new(
            "m0007_openings",
            include_str!("migrations/m0007_openings.sql"),
        ),
        Migration::new(
            "m0008_signals",
            include_str!("migrations/m0008_signals.sql"),
        ),
        mandates::migration("m0009_copy_of_mandates"),
        Migration::new(
            "m0009_mandates",
            include_str!("migrations/m0009_mandates.sql"),
        ),
    ]
}
