//! A process that can be killed: services in a runtime of their own, which ends without a word to anybody.

use std::{sync::Arc, time::Duration};

use chassis::{
    App, Clock, Failure, Ground, Running, Service,
    auth::{Jwks, Keys},
    config::{Settings, Variables},
};
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

use crate::sample;

/// Where a process finds its servers.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// `BUS_URL`.
    pub bus: String,
    /// `DATABASE_URL`.
    pub database: String,
}

/// Services at work. Dropping it kills it.
pub struct Process {
    runtime: Option<Runtime>,
    running: Option<Running>,
    stopping: CancellationToken,
}

impl Process {
    /// Starts services and waits until their databases are open. They are in no map: what nobody hears yet stays unheard.
    ///
    /// # Panics
    /// When they do not start.
    pub async fn start(services: Vec<Service>, addresses: &Addresses) -> Self {
        Self::start_in_map(services, addresses, "none").await
    }

    /// The same with a map of who hears what (`BUS_TOPOLOGY`, a file): all queues in it are made before anything is said.
    ///
    /// # Panics
    /// When they do not start.
    pub async fn start_in_map(services: Vec<Service>, addresses: &Addresses, map: &str) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let ground = ground(addresses, map);
        let stopping = ground.stopping.clone();
        let starting = runtime.spawn(async move { Running::start(&services, &ground).await });
        let running = starting
            .await
            .expect("starting does not panic")
            .expect("the services start");
        Self {
            runtime: Some(runtime),
            running,
            stopping,
        }
    }

    /// The service `name`.
    ///
    /// # Panics
    /// When it does not run here.
    pub fn app(&self, name: &str) -> App {
        let apps = self.running.as_ref().map_or(&[][..], Running::apps);
        let app = apps.iter().find(|app| app.name() == name);
        app.expect("the service runs here").clone()
    }

    /// Runs `work` inside the process: what uses its database must run where that was opened.
    ///
    /// # Panics
    /// When the work does.
    pub fn inside<F>(&self, work: F) -> impl Future<Output = F::Output> + Send + use<F>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let runtime = self.runtime.as_ref().expect("the process is alive");
        let working = runtime.spawn(work);
        async move { working.await.expect("the work ends") }
    }

    /// `counter` asks for a fee, as an HTTP request would make it do.
    pub async fn ask(&self, number: u32) -> Result<(), Failure> {
        self.inside(sample::ask(self.app("counter"), number)).await
    }

    /// Ends it at once: nothing is finished, said, or acknowledged any more.
    pub fn kill(self) {}

    /// Ends it as a signal does: what has begun is finished.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        if let Some(running) = self.running.take() {
            self.inside(running.drain(Duration::from_secs(10))).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn ground(addresses: &Addresses, map: &str) -> Ground {
    let variables = Variables::from([
        ("BUS_URL".to_owned(), addresses.bus.clone()),
        ("BUS_TOPOLOGY".to_owned(), map.to_owned()),
        ("DATABASE_URL".to_owned(), addresses.database.clone()),
        ("DATABASE_CONNECTIONS".to_owned(), "4".to_owned()),
    ]);
    Ground {
        settings: Arc::new(Settings::load(&variables).expect("right settings")),
        variables,
        clock: Clock::system(),
        keys: Keys::fixed(&Jwks { keys: Vec::new() }),
        stopping: CancellationToken::new(),
    }
}
