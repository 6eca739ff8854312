//! Identity's tables.

use sea_orm::DbErr;
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    async_trait::async_trait,
    prelude::{ForeignKey, Index, IndexCreateStatement, Table},
    schema::{
        binary_null, integer, small_integer, text, text_null, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid,
    },
};

/// In order of age.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Tables)]
}

struct Tables;

impl MigrationName for Tables {
    fn name(&self) -> &'static str {
        "m0001_accounts_and_sessions"
    }
}

#[async_trait]
impl MigrationTrait for Tables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Who: a phone number, an identification number and an officer's login each belong to one account at most.
        let accounts = Table::create()
            .table("accounts")
            .col(uuid("id").primary_key())
            .col(text("name"))
            .col(text("roles"))
            .col(small_integer("assurance"))
            .col(text_null("citizen_id").unique_key())
            .col(text_null("phone").unique_key())
            .col(text_null("email"))
            .col(text_null("login").unique_key())
            .col(text_null("title"))
            .col(timestamp_with_time_zone("created_at"))
            .to_owned();
        manager.create_table(accounts).await?;
        // How they show it. `password` is an Argon2id hash in PHC form.
        let credentials = Table::create()
            .table("credentials")
            .col(uuid("account_id").primary_key())
            .col(text("password"))
            .col(timestamp_with_time_zone("changed_at"))
            .foreign_key(
                ForeignKey::create()
                    .from("credentials", "account_id")
                    .to("accounts", "id"),
            )
            .to_owned();
        manager.create_table(credentials).await?;
        // One row a token; `id` is its sid.
        let sessions = Table::create()
            .table("sessions")
            .col(uuid("id").primary_key())
            .col(uuid("account_id"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(timestamp_with_time_zone_null("ended_at"))
            .foreign_key(
                ForeignKey::create()
                    .from("sessions", "account_id")
                    .to("accounts", "id"),
            )
            .to_owned();
        manager.create_table(sessions).await?;
        // The keys that tokens were ever signed with. `generation` is set where the seed is our own.
        let keys = Table::create()
            .table("signing_keys")
            .col(text("kid").primary_key())
            .col(integer("generation").null().unique_key())
            .col(binary_null("seed"))
            .col(text("jwk"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("retired_at"))
            .to_owned();
        manager.create_table(keys).await?;
        // Wrong passwords in a row. `subject` is an account's id, or the digest of a login that nobody has.
        let attempts = Table::create()
            .table("attempts")
            .col(text("subject").primary_key())
            .col(integer("wrong"))
            .col(timestamp_with_time_zone("last_at"))
            .to_owned();
        manager.create_table(attempts).await?;
        for (name, table, column) in [
            ("sessions_by_account", "sessions", "account_id"),
            ("sessions_by_end", "sessions", "expires_at"),
            ("attempts_by_age", "attempts", "last_at"),
        ] {
            manager.create_index(index(name, table, column)).await?;
        }
        Ok(())
    }
}

fn index(name: &'static str, table: &'static str, column: &'static str) -> IndexCreateStatement {
    Index::create()
        .name(name)
        .table(table)
        .col(column)
        .to_owned()
}
