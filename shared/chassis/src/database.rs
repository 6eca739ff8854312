//! One service's database: PostgreSQL (a schema of its own) or an SQLite file, behind the same few calls.

use std::{path::Path, sync::Arc, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database as Connector, DatabaseConnection,
    DatabaseTransaction, DbBackend, DbErr, RuntimeErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait, Value, sqlx,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::config::Settings;

/// A pool on one service's database. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    pool: DatabaseConnection,
    /// SQLite has one writer; waiting here is fair and does not poll.
    writer: Option<Writer>,
    pub(crate) url: String,
    pub(crate) schema: String,
}

/// The one writer of an SQLite file, and the door at which batches wait for it: of them only the first stands in line with
/// everybody else. Without that door a request, or what is heard apart, would wait for a batch of every worker each time.
#[derive(Clone, Default)]
struct Writer {
    turn: Arc<Mutex<()>>,
    door: Arc<Mutex<()>>,
}

/// An open writing transaction. Dropping it rolls back.
pub(crate) struct Writing {
    pub(crate) transaction: DatabaseTransaction,
    _writer: [Option<OwnedMutexGuard<()>>; 2],
}

impl Writing {
    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        self.transaction.commit().await
    }

    pub(crate) async fn roll_back(self) -> Result<(), DbErr> {
        self.transaction.rollback().await
    }
}

impl Database {
    /// Opens the pool of `service`, creating its schema or file where there is none.
    pub async fn open(settings: &Settings, service: &str) -> Result<Self, DbErr> {
        let url = settings.database_url_of(service);
        let schema = service.replace('-', "_");
        if url.starts_with("sqlite") {
            return Self::open_sqlite(url, schema).await;
        }
        reach(&url).await?;
        let options = Self::postgres(&url, &schema, settings.database_connections);
        let pool = Connector::connect(options).await?;
        create_schema(&pool, &schema).await?;
        Ok(Self {
            pool,
            writer: None,
            url,
            schema,
        })
    }

    async fn open_sqlite(url: String, schema: String) -> Result<Self, DbErr> {
        let path = url
            .trim_start_matches("sqlite://")
            .trim_start_matches("sqlite:")
            .to_owned();
        if let Some(folder) = Path::new(&path).parent() {
            std::fs::create_dir_all(folder).map_err(|error| {
                DbErr::Custom(format!("cannot create the folder of {path}: {error}"))
            })?;
        }
        let mut options = ConnectOptions::new(format!("sqlite://{path}?mode=rwc"));
        options
            .max_connections(4)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(|options| {
                options
                    .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
                    .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(Duration::from_secs(10))
            });
        Ok(Self {
            pool: Connector::connect(options).await?,
            writer: Some(Writer::default()),
            url,
            schema,
        })
    }

    /// How to reach a service's schema on PostgreSQL.
    pub(crate) fn postgres(url: &str, schema: &str, connections: u32) -> ConnectOptions {
        let mut options = ConnectOptions::new(url);
        let application = format!("motcua-{schema}");
        options
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(10))
            .connect_timeout(Duration::from_secs(10))
            .sqlx_logging(false)
            .set_schema_search_path(schema)
            .map_sqlx_postgres_opts(move |options| {
                options
                    .application_name(&application)
                    .statement_cache_capacity(500)
            });
        options
    }

    /// Begins a writing transaction: immediate on SQLite, so that it never fails half-way for a lock.
    pub(crate) async fn begin(&self) -> Result<Writing, DbErr> {
        self.begin_behind(None).await
    }

    /// The same for a batch among many: it comes in turn, but stands in nobody's way while others like it wait too.
    pub(crate) async fn begin_in_crowd(&self) -> Result<Writing, DbErr> {
        let door = match &self.writer {
            Some(writer) => Some(writer.door.clone().lock_owned().await),
            None => None,
        };
        self.begin_behind(door).await
    }

    async fn begin_behind(&self, door: Option<OwnedMutexGuard<()>>) -> Result<Writing, DbErr> {
        let turn = match &self.writer {
            Some(writer) => Some(writer.turn.clone().lock_owned().await),
            None => None,
        };
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Writing {
            transaction: self.pool.begin_with_options(options).await?,
            _writer: [turn, door],
        })
    }

    /// For reading outside a transaction.
    pub fn reads(&self) -> &DatabaseConnection {
        &self.pool
    }

    /// Whether this is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        self.writer.is_none()
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> Result<(), DbErr> {
        tokio::time::timeout(Duration::from_secs(3), self.pool.ping())
            .await
            .unwrap_or_else(|_| Err(DbErr::Custom("no answer within 3 s".to_owned())))
    }
}

/// Whether a database can be looked for at `url` at all.
pub(crate) fn is_address(url: &str) -> bool {
    url.starts_with("sqlite:")
        || url.starts_with("postgres") && url.parse::<sqlx::postgres::PgConnectOptions>().is_ok()
}

/// Fails at once and says why, where a pool would only say how long it waited.
async fn reach(url: &str) -> Result<(), DbErr> {
    use sqlx::Connection;
    let refused = |error: sqlx::Error| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)));
    let connecting =
        tokio::time::timeout(Duration::from_secs(10), sqlx::PgConnection::connect(url));
    let connected = connecting.await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
    connected.map_err(refused)?.close().await.map_err(refused)
}

async fn create_schema(pool: &DatabaseConnection, schema: &str) -> Result<(), DbErr> {
    // Two replicas may start at once; the lock keeps `IF NOT EXISTS` from racing with itself.
    let transaction = pool.begin().await?;
    transaction
        .execute_unprepared("SELECT pg_advisory_xact_lock(7401)")
        .await?;
    transaction
        .execute_unprepared(&format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\""))
        .await?;
    transaction.commit().await
}

/// A statement with its values; `?` stands for `$1`, `$2` … where the backend wants numbers.
pub(crate) fn statement(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    let backend = db.get_database_backend();
    if backend == DbBackend::Postgres {
        let mut numbered = String::with_capacity(sql.len() + 16);
        for (number, part) in sql.split('?').enumerate() {
            if number > 0 {
                numbered.push('$');
                numbered.push_str(&number.to_string());
            }
            numbered.push_str(part);
        }
        Statement::from_sql_and_values(backend, numbered, values)
    } else {
        Statement::from_sql_and_values(backend, sql, values)
    }
}

/// Whether an error means that the database cannot be reached at all, rather than that it refused something.
pub(crate) fn is_away(error: &DbErr) -> bool {
    let inner = match error {
        DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => return true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            error
        }
        _ => return false,
    };
    match &**inner {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // Class 08: connection; 53: out of resources; 57P: shut down, starting up.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            code.starts_with("08") || code.starts_with("53") || code.starts_with("57P")
        }),
        _ => false,
    }
}
