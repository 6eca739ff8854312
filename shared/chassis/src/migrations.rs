//! The chassis's own tables in every service's schema.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, TransactionTrait};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::database::Database;

/// Runs the chassis's migrations and the service's, each with a table of its own that says which have run.
///
/// Replicas that start together wait for one another.
pub(crate) async fn run(
    db: &Database,
    of_service: Vec<Box<dyn MigrationTrait>>,
) -> Result<(), DbErr> {
    if !db.is_postgres() {
        apply(db.reads(), "chassis_migrations", own()).await?;
        return apply(db.reads(), "service_migrations", of_service).await;
    }
    // A transaction-scoped advisory lock holds the others back; the migrations run beside it.
    let lock = db.reads().begin().await?;
    lock.execute_unprepared(&format!(
        "SELECT pg_advisory_xact_lock(7402, hashtext('{}'))",
        db.schema
    ))
    .await?;
    apply(db.reads(), "chassis_migrations", own()).await?;
    apply(db.reads(), "service_migrations", of_service).await?;
    lock.commit().await
}

async fn apply(
    db: &sea_orm::DatabaseConnection,
    table: &'static str,
    migrations: Vec<Box<dyn MigrationTrait>>,
) -> Result<(), DbErr> {
    let names: Vec<String> = migrations
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    db.execute_unprepared(&format!(
        "CREATE TABLE IF NOT EXISTS {table} (version VARCHAR(200) PRIMARY KEY, applied_at BIGINT NOT NULL)"
    ))
    .await?;
    let done: Vec<String> = db
        .query_all_raw(crate::database::statement(
            db,
            &format!("SELECT version FROM {table}"),
            [],
        ))
        .await?
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<Result<_, _>>()?;
    for (name, migration) in names.iter().zip(migrations) {
        if done.contains(name) {
            continue;
        }
        let transaction = db.begin().await?;
        migration.up(&SchemaManager::new(&transaction)).await?;
        let mark = format!("INSERT INTO {table} (version, applied_at) VALUES (?, ?)");
        let now = crate::Clock::system().now().timestamp_micros();
        transaction
            .execute_raw(crate::database::statement(
                &transaction,
                &mark,
                [name.clone().into(), now.into()],
            ))
            .await?;
        transaction.commit().await?;
    }
    Ok(())
}

fn own() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Tables)]
}

struct Tables;

impl MigrationName for Tables {
    fn name(&self) -> &'static str {
        "m0001_chassis_tables"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Tables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let sql = if db.get_database_backend() == DbBackend::Postgres {
            include_str!("tables.postgres.sql")
        } else {
            include_str!("tables.sqlite.sql")
        };
        db.execute_unprepared(sql).await.map(|_| ())
    }
}
