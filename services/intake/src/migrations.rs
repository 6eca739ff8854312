//! Intake's tables: dossiers, what is known of them, and what scan said about documents.

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait};

/// In order of age.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Tables)]
}

struct Tables;

impl MigrationName for Tables {
    fn name(&self) -> &'static str {
        "m0001_dossiers"
    }
}

#[async_trait]
impl MigrationTrait for Tables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let tables = include_str!("migrations/tables.sql");
        if db.get_database_backend() == DbBackend::Postgres {
            return db.execute_unprepared(tables).await.map(drop);
        }
        // SQLite knows no such types; these names make it keep the text that SeaORM writes.
        let tables = tables
            .replace(" uuid ", " uuid_text ")
            .replace(" timestamptz", " timestamp_with_timezone_text");
        db.execute_unprepared(&tables).await.map(drop)
    }
}
