//! Notification's tables: whom a dossier's news goes to, the messages, how each is told, what people want.

use chassis::Migration;

/// Every migration, oldest first.
pub fn all() -> Vec<Migration> {
    vec![
        Migration::new(
            "m0001_messages",
            include_str!("migrations/m0001_messages.sql"),
        ),
        Migration::new("m0002_ladder", include_str!("migrations/m0002_ladder.sql")),
        Migration::new(
            "m0003_webhooks",
            include_str!("migrations/m0003_webhooks.sql"),
        ),
        Migration::new(
            "m0004_zalo_tokens",
            include_str!("migrations/m0004_zalo_tokens.sql"),
        ),
        Migration::new("m0005_codes", include_str!("migrations/m0005_codes.sql")),
    ]
}
