//! Notification's tables: whom a dossier's news goes to, the messages, the mails that carry them.

use chassis::Migration;

/// Every migration, oldest first.
pub fn all() -> Vec<Migration> {
    vec![Migration::new(
        "m0001_messages",
        include_str!("migrations/m0001_messages.sql"),
    )]
}
