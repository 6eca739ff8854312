//! A payment service of one's own: its database, its orders, its process, and what is true of them in the end.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use chassis::{
    App, Clock, Ground, StartError,
    auth::{Jwks, Keys},
    config::{Settings, Variables},
};
use reqwest::{Client, Url};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement,
};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::{Merchant, Options, Till, failed};
use crate::{machine, this_program};

/// The database that is made and dropped.
const NAME: &str = "motcua_bench_ipn";
/// Connections of the service's pool, and of the peer's.
const CONNECTIONS: u32 = 8;

pub(super) struct Shop {
    server: DatabaseConnection,
    /// The database of its own.
    pub url: String,
    pub db: DatabaseConnection,
    /// The service as it is seen from here: nothing of it runs in this process.
    app: App,
    /// The signed notifications, one an order.
    queries: Arc<Vec<String>>,
    folder: tempfile::TempDir,
}

fn db_failed(error: DbErr) -> StartError {
    failed("the database (DATABASE_URL)", &error)
}

pub(super) async fn connect(url: &str) -> Result<DatabaseConnection, StartError> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(CONNECTIONS).sqlx_logging(false);
    Database::connect(options).await.map_err(db_failed)
}

impl Shop {
    /// Makes the database and the orders.
    pub(super) async fn open(
        options: &Options,
        merchant: &Merchant,
        orders: usize,
    ) -> Result<Self, StartError> {
        let server = connect(&options.database_url).await?;
        let mut url =
            Url::parse(&options.database_url).map_err(|error| failed("DATABASE_URL", &error))?;
        url.set_path(NAME);
        for sql in [drop_it(), format!("CREATE DATABASE {NAME}")] {
            server.execute_unprepared(&sql).await.map_err(db_failed)?;
        }
        let folder = tempfile::tempdir().map_err(|error| failed("a folder", &error))?;
        let variables = Variables::from([
            ("DATABASE_URL".to_owned(), url.to_string()),
            (
                "DATA_DIR".to_owned(),
                folder.path().to_string_lossy().into_owned(),
            ),
        ]);
        let ground = Ground {
            settings: Arc::new(Settings::load(&variables)?),
            variables,
            clock: Clock::system(),
            keys: Keys::fixed(&Jwks { keys: Vec::new() }),
            stopping: CancellationToken::new(),
        };
        let app = App::open(&(merchant.service)(), &ground).await?;
        let queries = Arc::new((merchant.orders)(app.clone(), orders).await?);
        let db = connect(url.as_str()).await?;
        // What was just written is known to the planner, as on a server at work.
        db.execute_unprepared("VACUUM ANALYZE")
            .await
            .map_err(db_failed)?;
        Ok(Self {
            server,
            url: url.to_string(),
            db,
            app,
            queries,
            folder,
        })
    }

    /// Drops the database.
    pub(super) async fn close(self) -> Result<(), StartError> {
        let dropped = self.server.execute_unprepared(&drop_it()).await;
        dropped.map(drop).map_err(db_failed)
    }

    /// Starts the service and waits until it is ready and has said what it had to say.
    pub(super) async fn start(&self) -> Result<Service, StartError> {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = port.map_err(|error| failed("a port", &error))?.port();
        let url = format!("http://127.0.0.1:{port}");
        let (program, prefix) = this_program()?;
        let child = Command::new(program)
            .args(prefix)
            .arg("payment")
            .env("BUS_URL", "local:")
            .env("DATABASE_URL", &self.url)
            .env("DATABASE_CONNECTIONS", CONNECTIONS.to_string())
            .env("DATA_DIR", self.folder.path())
            .env("HTTP_LISTEN", format!("127.0.0.1:{port}"))
            .env("PUBLIC_URL", &url)
            .env("RUST_LOG", "error")
            // As in the images.
            .env("MALLOC_ARENA_MAX", "2")
            .env("MALLOC_MMAP_THRESHOLD_", "131072")
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| failed("the service", &error))?;
        let service = Service {
            child,
            client: Client::new(),
            ipn: format!("{url}/payment/vnpay/ipn"),
            queries: self.queries.clone(),
        };
        let ready = format!("{url}/ready");
        wait("the service is ready", async || {
            let ready = service.client.get(&ready).send().await;
            Ok(ready.is_ok_and(|ready| ready.status().is_success()))
        })
        .await?;
        wait("what was said of the orders is heard", async || {
            self.is_settled().await
        })
        .await?;
        Ok(service)
    }

    async fn is_settled(&self) -> Result<bool, StartError> {
        let sql = "SELECT (open = '[]' AND high >= (SELECT COALESCE(MAX(seq), 0) FROM payment.outbox))::int::bigint FROM payment.relay";
        Ok(self.number(sql).await? == 1)
    }

    async fn number(&self, sql: &str) -> Result<i64, StartError> {
        let asked = Statement::from_string(DbBackend::Postgres, sql);
        let row = self.db.query_one_raw(asked).await.map_err(db_failed)?;
        row.map_or(Ok(0), |row| row.try_get_by_index(0))
            .map_err(db_failed)
    }

    /// Waits until so many orders have their receipts and everything said is heard.
    pub(super) async fn receipts(&self, orders: usize) -> Result<(), StartError> {
        let goal = i64::try_from(orders).unwrap_or(i64::MAX);
        wait("every paid order has its receipt", async || {
            let written = self.number("SELECT COUNT(*) FROM payment.receipts").await?;
            Ok(written >= goal && self.is_settled().await?)
        })
        .await
    }

    pub(super) async fn spent(&self, service: &Service) -> Result<Spent, StartError> {
        let commits = format!(
            "SELECT SUM(xact_commit)::bigint FROM pg_stat_database WHERE datname = '{NAME}'"
        );
        Ok(Spent {
            service: machine::cpu(service.child.id()),
            postgres: machine::cpu_by_name("postgres"),
            commits: self.number(&commits).await?,
        })
    }

    /// Every order is paid once and has one receipt, the numbers have no gap, the ledger agrees with all of it.
    pub(super) async fn check(&self, merchant: &Merchant, orders: usize) -> Result<(), StartError> {
        let all = i64::try_from(orders).unwrap_or(i64::MAX);
        for (what, sql) in [
            (
                "orders that are paid, with nothing owed back",
                "SELECT COUNT(*) FROM payment.orders WHERE state = 'paid' AND surplus = 0",
            ),
            (
                "payments in the ledger",
                "SELECT COUNT(*) FROM payment.journal WHERE debit = 'gateway'",
            ),
            (
                "notifications that were confirmed",
                "SELECT COUNT(*) FROM payment.notices WHERE reply = '00'",
            ),
            (
                "events of a payment",
                "SELECT COUNT(*) FROM payment.outbox WHERE wire = 'payment.fee-paid.v1'",
            ),
            (
                "orders of which a payment was heard",
                "SELECT COUNT(DISTINCT subject) FROM payment.outbox WHERE wire = 'payment.fee-paid.v1'",
            ),
            (
                "receipts",
                "SELECT COUNT(*) FROM payment.receipts WHERE cancelled_at IS NULL",
            ),
            (
                "the last receipt's number",
                "SELECT COALESCE(MAX(number), 0) FROM payment.receipts",
            ),
        ] {
            let found = self.number(sql).await?;
            if found != all {
                return Err(StartError::new(format!(
                    "bench ipn: {what}: {found} of {all}"
                )));
            }
        }
        if !(merchant.balanced)(self.app.clone()).await? {
            return Err(StartError::new("bench ipn: the books do not balance"));
        }
        println!(
            "each of {all} orders is paid once, with one receipt, numbered with no gap; the ledger sums to zero"
        );
        Ok(())
    }
}

fn drop_it() -> String {
    format!("DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
}

async fn wait(
    what: &str,
    is: impl AsyncFn() -> Result<bool, StartError>,
) -> Result<(), StartError> {
    let deadline = Instant::now() + Duration::from_mins(3);
    while !is().await? {
        if Instant::now() > deadline {
            return Err(StartError::new(format!(
                "bench ipn: {what}: not within 3 minutes"
            )));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// What it all cost.
pub(super) struct Spent {
    pub service: Duration,
    pub postgres: Duration,
    pub commits: i64,
}

impl Spent {
    pub(super) fn since(&self, before: &Self) -> Self {
        Self {
            service: self.service.saturating_sub(before.service),
            postgres: self.postgres.saturating_sub(before.postgres),
            commits: self.commits - before.commits,
        }
    }
}

/// The service as a process: killed when dropped.
pub(super) struct Service {
    child: Child,
    client: Client,
    ipn: String,
    queries: Arc<Vec<String>>,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the gateway hears.
#[derive(Deserialize)]
struct Heard {
    #[serde(rename = "RspCode")]
    code: String,
}

impl Till for Service {
    async fn say(&self, number: usize) -> Result<bool, StartError> {
        let query = self.queries.get(number).map_or("", String::as_str);
        let said = |error: reqwest::Error| failed("a notification", &error);
        let answered = self
            .client
            .get(format!("{}?{query}", self.ipn))
            .send()
            .await
            .map_err(said)?;
        let heard: Heard = answered.json().await.map_err(said)?;
        match heard.code.as_str() {
            "00" => Ok(true),
            "02" => Ok(false),
            code => Err(StartError::new(format!(
                "bench ipn: a notification was answered {code}"
            ))),
        }
    }
}
