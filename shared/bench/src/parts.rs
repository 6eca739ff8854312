//! The parts that services are measured on: files and the local bus, or PostgreSQL and RabbitMQ; left as they were found.

use std::sync::Arc;

use chassis::{
    Clock, Ground, StartError,
    auth::{Jwks, Keys},
    config::{Settings, process_variables},
};
use clap::Args;
use lapin::{options::QueueDeclareOptions, types::FieldTable};
use reqwest::Url;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use tokio_util::sync::CancellationToken;

use crate::bare;

/// The bus inside this process.
const LOCAL: &str = "local:";

/// The parts to use.
#[derive(Args)]
pub struct Wanted {
    /// The database; a folder of SQLite files that is removed again where none is named. On PostgreSQL a database of its own
    /// (`motcua_bench_…`) is made and dropped again.
    #[arg(long, env = "DATABASE_URL")]
    database_url: Option<String>,
    /// The bus: `local:`, or a RabbitMQ at which no service runs.
    #[arg(long, env = "BUS_URL", default_value = LOCAL)]
    bus_url: String,
}

/// The parts at hand.
pub(crate) struct Parts {
    /// Which benchmark they are for.
    bench: &'static str,
    database: String,
    bus: String,
    server: Option<DatabaseConnection>,
    broker: Option<(lapin::Connection, Vec<String>)>,
    folder: tempfile::TempDir,
}

impl Parts {
    /// Makes a database of the benchmark's own, and sees to it that the broker's queues of `services` are nobody else's.
    pub async fn open(
        bench: &'static str,
        wanted: &Wanted,
        services: &[&str],
    ) -> Result<Self, StartError> {
        let folder = tempfile::tempdir();
        let mut parts = Self {
            bench,
            database: "sqlite://{data_dir}/{service}.db".to_owned(),
            bus: wanted.bus_url.clone(),
            server: None,
            broker: None,
            folder: folder.map_err(|error| failed(bench, "a folder", &error))?,
        };
        match &wanted.database_url {
            Some(url) if url.starts_with("postgres") => parts.make_database(url).await?,
            Some(url) => parts.database.clone_from(url),
            None => {}
        }
        if parts.bus != LOCAL {
            parts.take_queues(services).await?;
        }
        Ok(parts)
    }

    /// The ground that services stand on, with `more` variables.
    pub fn ground(
        &self,
        more: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Ground, StartError> {
        let mut variables = process_variables();
        let own = [
            ("DATA_DIR", &*self.folder.path().to_string_lossy()),
            ("DATABASE_URL", &self.database),
            ("BUS_URL", &self.bus),
            // Nobody else hears what is said here.
            ("BUS_TOPOLOGY", "none"),
        ];
        variables.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
        variables.extend(more);
        Ok(Ground {
            settings: Arc::new(Settings::load(&variables)?),
            variables,
            clock: Clock::system(),
            keys: Keys::fixed(&Jwks { keys: Vec::new() }),
            stopping: CancellationToken::new(),
        })
    }

    fn db_failed(&self) -> impl Fn(sea_orm::DbErr) -> StartError {
        let bench = self.bench;
        move |error| failed(bench, "the database (DATABASE_URL)", &error)
    }

    fn broker_failed(&self) -> impl Fn(lapin::Error) -> StartError {
        let bench = self.bench;
        move |error| failed(bench, "the broker (BUS_URL)", &error)
    }

    fn database_name(&self) -> String {
        format!("motcua_bench_{}", self.bench)
    }

    /// What was left of a run that was broken off goes too, with its connections.
    fn drop_it(&self) -> String {
        format!(
            "DROP DATABASE IF EXISTS {} WITH (FORCE)",
            self.database_name()
        )
    }

    async fn make_database(&mut self, url: &str) -> Result<(), StartError> {
        let server = Database::connect(url).await.map_err(self.db_failed())?;
        let name = self.database_name();
        for sql in [self.drop_it(), format!("CREATE DATABASE {name}")] {
            server
                .execute_unprepared(&sql)
                .await
                .map_err(self.db_failed())?;
        }
        let url = Url::parse(url);
        let mut url = url.map_err(|error| failed(self.bench, "DATABASE_URL", &error))?;
        url.set_path(&name);
        self.database = url.into();
        self.server = Some(server);
        Ok(())
    }

    async fn take_queues(&mut self, services: &[&str]) -> Result<(), StartError> {
        let broker = bare::connect(&self.bus).await;
        let broker = broker.map_err(self.broker_failed())?;
        let queues: Vec<String> = services
            .iter()
            .flat_map(|name| ["", ".apart", ".dead"].map(|end| format!("{name}{end}")))
            .collect();
        for queue in &queues {
            let in_use = is_in_use(&broker, queue).await;
            if in_use.map_err(self.broker_failed())? {
                return Err(StartError::new(format!(
                    "bench {}: the queue {queue} is in use at this broker (BUS_URL): name one where no service runs",
                    self.bench
                )));
            }
        }
        remove(&broker, &queues)
            .await
            .map_err(self.broker_failed())?;
        self.broker = Some((broker, queues));
        Ok(())
    }

    /// Drops the database and removes the queues.
    pub async fn close(self) -> Result<(), StartError> {
        if let Some((broker, queues)) = &self.broker {
            remove(broker, queues).await.map_err(self.broker_failed())?;
        }
        if let Some(server) = &self.server {
            let dropped = server.execute_unprepared(&self.drop_it()).await;
            dropped.map_err(self.db_failed())?;
        }
        Ok(())
    }
}

fn failed(bench: &str, what: &str, error: &dyn std::error::Error) -> StartError {
    StartError::because(&format!("bench {bench}: {what}"), error)
}

async fn remove(broker: &lapin::Connection, queues: &[String]) -> Result<(), lapin::Error> {
    for queue in queues {
        bare::remove(broker, queue).await?;
    }
    Ok(())
}

/// Whether somebody takes from a queue, or something waits in it.
async fn is_in_use(broker: &lapin::Connection, queue: &str) -> Result<bool, lapin::Error> {
    // A queue that is not there closes the channel that asks for it.
    let channel = broker.create_channel().await?;
    let passive = QueueDeclareOptions {
        passive: true,
        ..QueueDeclareOptions::default()
    };
    let found = channel.queue_declare(queue.into(), passive, FieldTable::default());
    Ok(match found.await {
        Ok(queue) => queue.consumer_count() > 0 || queue.message_count() > 0,
        Err(_) => false,
    })
}
