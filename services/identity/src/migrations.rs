//! Identity's tables: accounts and how their owners show who they are, sessions, second factors, signing keys, wrong tries.

use chassis::Migration;

/// Every migration, oldest first.
pub fn all() -> Vec<Migration> {
    vec![
        Migration::new(
            "m0001_accounts_and_sessions",
            include_str!("migrations/m0001_accounts_and_sessions.sql"),
        ),
        Migration::new(
            "m0002_sessions_to_see",
            include_str!("migrations/m0002_sessions_to_see.sql"),
        ),
        Migration::new(
            "m0003_second_factors",
            include_str!("migrations/m0003_second_factors.sql"),
        )
        .on_postgres(include_str!("migrations/m0003_second_factors.postgres.sql"))
        .on_sqlite(include_str!("migrations/m0003_second_factors.sqlite.sql")),
        Migration::new(
            "m0004_passkeys",
            include_str!("migrations/m0004_passkeys.sql"),
        ),
        Migration::new(
            "m0005_external_identities",
            include_str!("migrations/m0005_external_identities.sql"),
        ),
        Migration::new("m0006_security_acts_to_the_audit_log", "")
            .on_postgres(include_str!("migrations/m0006_security_acts.postgres.sql"))
            .on_sqlite(include_str!("migrations/m0006_security_acts.sqlite.sql")),
        Migration::new("m0007_codes", include_str!("migrations/m0007_codes.sql")),
        Migration::new(
            "m0008_mandates",
            include_str!("migrations/m0008_mandates.sql"),
        ),
        Migration::new(
            "m0009_assurance",
            include_str!("migrations/m0009_assurance.sql"),
        ),
        Migration::new("m0010_posts", include_str!("migrations/m0010_posts.sql")),
    ]
}
