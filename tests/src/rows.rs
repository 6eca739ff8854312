//! Counting: what the tables of the services say, whatever the services believe.

use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement};

/// The database, seen from beside. While it is away, what it would say is `None`.
pub struct Rows {
    db: DatabaseConnection,
}

impl Rows {
    /// Connects.
    pub async fn open(url: &str) -> Result<Self, DbErr> {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(4)
            .connect_timeout(Duration::from_secs(2))
            .acquire_timeout(Duration::from_secs(2))
            .sqlx_logging(false);
        let db = Database::connect(options).await?;
        Ok(Self { db })
    }

    /// The connection, for what a story does itself.
    pub fn db(&self) -> &DatabaseConnection {
        &self.db
    }

    async fn numbers<const N: usize>(&self, sql: &str) -> Option<[i64; N]> {
        let asked = Statement::from_string(self.db.get_database_backend(), sql);
        let row = self.db.query_one_raw(asked).await.ok()??;
        let mut numbers = [0; N];
        for (index, number) in numbers.iter_mut().enumerate() {
            *number = row.try_get_by_index(index).ok()?;
        }
        Some(numbers)
    }

    /// One number.
    pub async fn number(&self, sql: &str) -> Option<i64> {
        self.numbers::<1>(sql).await.map(|[number]| number)
    }

    /// How many effects a service has had, and of how many dossiers.
    pub async fn effects(&self, service: &str) -> Option<(i64, i64)> {
        let sql = format!("SELECT COUNT(*), COUNT(DISTINCT dossier) FROM {service}.effects");
        self.numbers(&sql)
            .await
            .map(|[effects, dossiers]| (effects, dossiers))
    }

    /// How many dossiers have had an effect in a service; 0 while that cannot be seen.
    pub async fn seen(&self, service: &str) -> i64 {
        self.effects(service)
            .await
            .map_or(0, |(_, dossiers)| dossiers)
    }

    /// How many rows a table of a service has.
    pub async fn count(&self, service: &str, table: &str) -> Option<i64> {
        self.number(&format!("SELECT COUNT(*) FROM {service}.{table}"))
            .await
    }

    /// Whether the relay's cursor says that all of a service's outbox is confirmed.
    pub async fn settled(&self, service: &str) -> Option<bool> {
        let sql = format!(
            "SELECT (open = '[]' AND high >= (SELECT COALESCE(MAX(seq), 0) FROM {service}.outbox))::int::bigint \
             FROM {service}.relay"
        );
        self.number(&sql).await.map(|settled| settled == 1)
    }

    /// The reasons why messages are parked in a service, each with how often it was tried, in order.
    pub async fn parked(&self, service: &str) -> Vec<String> {
        let sql = format!("SELECT reason FROM {service}.parked ORDER BY reason");
        let asked = Statement::from_string(self.db.get_database_backend(), sql);
        let rows = self.db.query_all_raw(asked).await.unwrap_or_default();
        rows.iter()
            .filter_map(|row| row.try_get_by_index(0).ok())
            .collect()
    }
}
