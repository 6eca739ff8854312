//! The parts that telling people is measured on: files and the local bus, or PostgreSQL and RabbitMQ; left as they were found.

use chassis::StartError;
use lapin::{options::QueueDeclareOptions, types::FieldTable};
use reqwest::Url;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbErr};

use super::{Options, failed};
use crate::bare;

/// The database that is made and dropped where `DATABASE_URL` is PostgreSQL.
const NAME: &str = "motcua_bench_notices";
/// The bus inside this process.
const LOCAL: &str = "local:";

/// The parts at hand.
pub(super) struct Parts {
    /// `DATABASE_URL` of the services.
    pub database: String,
    /// `BUS_URL` of the services.
    pub bus: String,
    server: Option<DatabaseConnection>,
    broker: Option<(lapin::Connection, Vec<String>)>,
}

fn db_failed(error: DbErr) -> StartError {
    failed("the database (DATABASE_URL)", &error)
}

fn broker_failed(error: lapin::Error) -> StartError {
    failed("the broker (BUS_URL)", &error)
}

impl Parts {
    /// Makes a database of its own, and sees to it that the broker's queues of `services` are nobody else's.
    pub(super) async fn open(options: &Options, services: &[&str]) -> Result<Self, StartError> {
        let mut parts = Self {
            database: "sqlite://{data_dir}/{service}.db".to_owned(),
            bus: options.bus_url.clone(),
            server: None,
            broker: None,
        };
        match &options.database_url {
            Some(url) if url.starts_with("postgres") => parts.make_database(url).await?,
            Some(url) => parts.database.clone_from(url),
            None => {}
        }
        if parts.bus != LOCAL {
            parts.take_queues(services).await?;
        }
        Ok(parts)
    }

    async fn make_database(&mut self, url: &str) -> Result<(), StartError> {
        let server = Database::connect(url).await.map_err(db_failed)?;
        for sql in [drop_it(), format!("CREATE DATABASE {NAME}")] {
            server.execute_unprepared(&sql).await.map_err(db_failed)?;
        }
        let mut url = Url::parse(url).map_err(|error| failed("DATABASE_URL", &error))?;
        url.set_path(NAME);
        self.database = url.into();
        self.server = Some(server);
        Ok(())
    }

    async fn take_queues(&mut self, services: &[&str]) -> Result<(), StartError> {
        let broker = bare::connect(&self.bus).await.map_err(broker_failed)?;
        let queues: Vec<String> = services
            .iter()
            .flat_map(|name| ["", ".apart", ".dead"].map(|end| format!("{name}{end}")))
            .collect();
        for queue in &queues {
            if is_in_use(&broker, queue).await? {
                return Err(StartError::new(format!(
                    "bench notices: the queue {queue} is in use at this broker (BUS_URL): name one where no service runs"
                )));
            }
        }
        for queue in &queues {
            bare::remove(&broker, queue).await.map_err(broker_failed)?;
        }
        self.broker = Some((broker, queues));
        Ok(())
    }

    /// Drops the database and removes the queues.
    pub(super) async fn close(self) -> Result<(), StartError> {
        if let Some((broker, queues)) = self.broker {
            for queue in &queues {
                bare::remove(&broker, queue).await.map_err(broker_failed)?;
            }
        }
        if let Some(server) = self.server {
            let dropped = server.execute_unprepared(&drop_it()).await;
            dropped.map_err(db_failed)?;
        }
        Ok(())
    }
}

/// What was left of a run that was broken off goes too, with its connections.
fn drop_it() -> String {
    format!("DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
}

/// Whether somebody takes from a queue, or something waits in it.
async fn is_in_use(broker: &lapin::Connection, queue: &str) -> Result<bool, StartError> {
    // A queue that is not there closes the channel that asks for it.
    let channel = broker.create_channel().await.map_err(broker_failed)?;
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
