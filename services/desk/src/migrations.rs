//! The desk's tables: work items, the day's counters, stops of the clock, and the register of acts.

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait};

/// In order of age.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Tables)]
}

struct Tables;

impl MigrationName for Tables {
    fn name(&self) -> &'static str {
        "m0001_work_items"
    }
}

#[async_trait]
impl MigrationTrait for Tables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let tables = include_str!("migrations/tables.sql");
        if db.get_database_backend() == DbBackend::Postgres {
            db.execute_unprepared(tables).await?;
        } else {
            // SQLite knows no such types; these names make it keep the text that SeaORM writes.
            let tables = tables
                .replace(" uuid", " uuid_text")
                .replace(" timestamptz", " timestamp_with_timezone_text");
            db.execute_unprepared(&tables).await?;
        }
        Ok(())
    }
}
