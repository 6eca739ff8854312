//! Scan's tables: documents, the text of their pages, what is wrong with their pictures, what was read on them, which are in
//! hand, which are kept, and which a dossier has; and the stacks of counters.

use chassis::Migration;

/// Every migration, oldest first.
pub fn all() -> Vec<Migration> {
    vec![
        Migration::new(
            "m0001_documents",
            include_str!("migrations/m0001_documents.sql"),
        ),
        Migration::new(
            "m0002_uploads",
            include_str!("migrations/m0002_uploads.sql"),
        ),
        Migration::new(
            "m0003_quality",
            include_str!("migrations/m0003_quality.sql"),
        ),
        Migration::new("m0004_safety", include_str!("migrations/m0004_safety.sql")),
        Migration::new(
            "m0005_readings",
            include_str!("migrations/m0005_readings.sql"),
        ),
        Migration::new("m0006_fields", include_str!("migrations/m0006_fields.sql")),
        Migration::new(
            "m0007_keeping",
            include_str!("migrations/m0007_keeping.sql"),
        )
        .on_postgres(include_str!("migrations/m0007_keeping.postgres.sql"))
        .on_sqlite(include_str!("migrations/m0007_keeping.sqlite.sql")),
        Migration::new(
            "m0008_batches",
            include_str!("migrations/m0008_batches.sql"),
        ),
        Migration::new(
            "m0009_dossiers",
            include_str!("migrations/m0009_dossiers.sql"),
        ),
        Migration::new(
            "m0010_filed_for",
            include_str!("migrations/m0010_filed_for.sql"),
        ),
    ]
}
