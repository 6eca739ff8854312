//! The tables of every service: what a migration is, and running the chassis's own and then the service's.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, TransactionTrait};

use crate::database::{Database, statement};

/// One step of a schema: a name, by which it is known for ever, and its statements. It happens once, as a whole.
///
/// The statements are PostgreSQL's. SQLite gets the same, with the column types that it lacks (`uuid`, `timestamptz`, `bytea`)
/// under the names that SeaORM reads and writes them by there; so these words may stand for nothing but types.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    name: &'static str,
    both: &'static str,
    postgres: &'static str,
    sqlite: &'static str,
}

impl Migration {
    /// `name` never changes, and neither does `sql` once a database has seen it.
    pub const fn new(name: &'static str, sql: &'static str) -> Self {
        Self {
            name,
            both: sql,
            postgres: "",
            sqlite: "",
        }
    }

    /// What can be said to PostgreSQL alone; it comes after what is said to both.
    #[must_use]
    pub const fn on_postgres(self, sql: &'static str) -> Self {
        Self {
            postgres: sql,
            ..self
        }
    }

    /// What can be said to SQLite alone, as it stands; it comes after what is said to both.
    #[must_use]
    pub const fn on_sqlite(self, sql: &'static str) -> Self {
        Self {
            sqlite: sql,
            ..self
        }
    }

    async fn apply(&self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        let (both, own) = if db.get_database_backend() == DbBackend::Postgres {
            (self.both.to_owned(), self.postgres)
        } else {
            (for_sqlite(self.both), self.sqlite)
        };
        db.execute_unprepared(&both).await?;
        db.execute_unprepared(own).await.map(drop)
    }
}

fn for_sqlite(sql: &str) -> String {
    let ends_a_word = |letter: char| !(letter.is_alphanumeric() || letter == '_');
    let words = sql.split_inclusive(ends_a_word).flat_map(|part| {
        let word = part.trim_end_matches(ends_a_word);
        let here = match word {
            "uuid" => "uuid_text",
            "timestamptz" => "timestamp_with_timezone_text",
            "bytea" => "blob",
            same => same,
        };
        [here, &part[word.len()..]]
    });
    words.collect()
}

/// Runs the chassis's migrations and the service's, each with a table of its own that says which have run.
///
/// Replicas that start together wait for one another.
pub(crate) async fn run(db: &Database, of_service: &[Migration]) -> Result<(), DbErr> {
    // A transaction-scoped advisory lock holds the others back; the migrations run beside it. An SQLite file has one process.
    let lock = if db.is_postgres() {
        let lock = db.reads().begin().await?;
        let held = format!(
            "SELECT pg_advisory_xact_lock(7402, hashtext('{}'))",
            db.schema
        );
        lock.execute_unprepared(&held).await?;
        Some(lock)
    } else {
        None
    };
    catch_up(
        db.reads(),
        "chassis_migrations",
        &[
            OWN,
            crate::parked::APPEND_ONLY,
            crate::audit::TABLES,
            crate::auth::ended::TABLE,
        ],
    )
    .await?;
    catch_up(db.reads(), "service_migrations", of_service).await?;
    match lock {
        Some(lock) => lock.commit().await,
        None => Ok(()),
    }
}

const OWN: Migration = Migration::new("m0001_chassis_tables", "")
    .on_postgres(include_str!("tables.postgres.sql"))
    .on_sqlite(include_str!("tables.sqlite.sql"));

/// Does what `marks` does not name yet, in order; each with its mark in one transaction.
async fn catch_up(
    db: &DatabaseConnection,
    marks: &str,
    migrations: &[Migration],
) -> Result<(), DbErr> {
    db.execute_unprepared(&format!(
        "CREATE TABLE IF NOT EXISTS {marks} (version VARCHAR(200) PRIMARY KEY, applied_at BIGINT NOT NULL)"
    ))
    .await?;
    let done: Vec<String> = db
        .query_all_raw(statement(db, &format!("SELECT version FROM {marks}"), []))
        .await?
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<Result<_, _>>()?;
    for migration in migrations {
        if done.iter().any(|name| name == migration.name) {
            continue;
        }
        let transaction = db.begin().await?;
        migration.apply(&transaction).await?;
        let mark = format!("INSERT INTO {marks} (version, applied_at) VALUES (?, ?)");
        let now = crate::Clock::system().now().timestamp_micros();
        let values = [migration.name.into(), now.into()];
        transaction
            .execute_raw(statement(&transaction, &mark, values))
            .await?;
        transaction.commit().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_gets_its_own_names_for_types_and_nothing_else_changes() {
        let sql =
            "CREATE TABLE a (id uuid PRIMARY KEY, owner_uuid uuid, at timestamptz,\n  seed bytea)";
        assert_eq!(
            for_sqlite(sql),
            "CREATE TABLE a (id uuid_text PRIMARY KEY, owner_uuid uuid_text, at timestamp_with_timezone_text,\n  seed blob)"
        );
    }
}
