//! Runs services until they are told to stop: the first signal drains, the second kills.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use tokio::{
    task::JoinSet,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    App, Clock, Service, StartError,
    app::Ground,
    audit,
    auth::Keys,
    bus::{self, Publisher},
    config::{self, Settings},
    deferred, housekeeping, http, relay, scheduled, telemetry,
};

/// What is left for taking leave where finishing took all the time there was.
const LEAVE: Duration = Duration::from_secs(1);

/// Runs one service or several in one process, until SIGTERM or SIGINT.
///
/// `beside` serves more routes next to theirs; `name` is `service.name` in telemetry.
pub async fn run(
    name: &'static str,
    services: Vec<Service>,
    beside: axum::Router,
) -> Result<(), StartError> {
    let variables = config::process_variables();
    let settings = Arc::new(Settings::load(&variables)?);
    crate::install_cryptography();
    let guard = telemetry::install(&settings, name)?;
    let ground = Ground {
        keys: Keys::remote(&settings.jwks_url),
        settings,
        variables,
        clock: Clock::system(),
        stopping: CancellationToken::new(),
    };
    let outcome = serve(&services, &ground, beside).await;
    // Exporters block while they send their last batch.
    let _ = tokio::task::spawn_blocking(|| guard.shutdown()).await;
    outcome
}

async fn serve(
    services: &[Service],
    ground: &Ground,
    beside: axum::Router,
) -> Result<(), StartError> {
    let listen = ground.settings.http_listen;
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .map_err(|error| {
            StartError::because(&format!("cannot listen at {listen} (HTTP_LISTEN)"), &error)
        })?;
    tokio::spawn(stop_on_signal(ground.stopping.clone()));
    let door = http::Door::default();
    let stopping = ground.stopping.clone();
    let router = door.clone().router();
    let router = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
    let serving = axum::serve(listener, router)
        .with_graceful_shutdown(async move { stopping.cancelled().await });
    let serving = tokio::spawn(serving.into_future());
    let Some(running) = Running::start(services, ground).await? else {
        return Ok(());
    };
    door.open(running.router(services, &ground.settings).merge(beside));
    tracing::info!("serving at http://{listen}");
    let limit = Duration::from_secs(ground.settings.drain_seconds);
    let stopping = ground.stopping.clone();
    let served = async {
        tokio::select! {
            served = serving => served.map_err(std::io::Error::other).flatten(),
            () = async { stopping.cancelled().await; tokio::time::sleep(limit).await } => Ok(()),
        }
    };
    served
        .await
        .map_err(|error| StartError::because("serving HTTP", &error))?;
    ground.stopping.cancel();
    running.drain(limit).await;
    tracing::info!("stopped");
    Ok(())
}

async fn stop_on_signal(stopping: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        return;
    };
    let mut signalled = async || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    signalled().await;
    tracing::info!("stopping: finishing what has begun; a second signal stops at once");
    stopping.cancel();
    signalled().await;
    std::process::exit(130);
}

/// Services at work, without HTTP.
pub struct Running {
    apps: Vec<App>,
    consuming: JoinSet<()>,
    relaying: JoinSet<()>,
    closing: CancellationToken,
}

impl Running {
    /// Opens the services, saying which part is away and trying again until it comes or the process is told to stop.
    pub async fn start(services: &[Service], ground: &Ground) -> Result<Option<Self>, StartError> {
        let mut running = Self {
            apps: Vec::new(),
            consuming: JoinSet::new(),
            relaying: JoinSet::new(),
            closing: CancellationToken::new(),
        };
        let mut topology = ground.settings.topology()?;
        topology.extend(services.iter().map(Service::hearer));
        let first = topology.iter().flat_map(|hearer| hearer.apart.clone());
        let first: Arc<[String]> = first.collect();
        let local = bus::local::Bus::default();
        let mut publishers = Vec::new();
        for service in services {
            let Some(app) = open_patiently(service, ground).await? else {
                return Ok(None);
            };
            let publisher = if ground.settings.bus_url == "local:" {
                for consumer in local.attach(&app, &service.queues()) {
                    running.consuming.spawn(consumer);
                }
                Publisher::Local(local.clone())
            } else {
                let url = ground.settings.bus_url.clone();
                running.consuming.spawn(bus::rabbit::consume(
                    app.clone(),
                    url.clone(),
                    service.hearer(),
                    service.queues(),
                ));
                let link = bus::rabbit::Link {
                    url,
                    service: service.name(),
                    topology: topology.clone(),
                };
                Publisher::Rabbit(bus::rabbit::Publisher::start(link, running.closing.clone()))
            };
            publishers.push((app.clone(), Arc::new(publisher)));
            running.apps.push(app);
        }
        // Only now does anything leave: every service of this process can hear.
        let grace = Duration::from_secs(ground.settings.drain_seconds / 2);
        for (app, publisher) in publishers {
            running
                .consuming
                .spawn(deferred::run(app.clone(), publisher.clone()));
            running.consuming.spawn(scheduled::run(app.clone()));
            running.consuming.spawn(housekeeping::run(app.clone()));
            if app.audits() {
                running.consuming.spawn(audit::run(app.clone()));
            }
            if app.db().is_postgres() {
                running.consuming.spawn(relay::tell_leader(app.clone()));
                running.consuming.spawn(relay::hear_others(app.clone()));
            }
            let closing = running.closing.clone();
            running
                .relaying
                .spawn(relay::run(app, publisher, first.clone(), closing, grace));
        }
        Ok(Some(running))
    }

    /// The routes of the services.
    pub fn router(&self, services: &[Service], settings: &Settings) -> axum::Router {
        let pairs: Vec<_> = services.iter().zip(self.apps.iter().cloned()).collect();
        http::router(&pairs, settings)
    }

    /// The running services.
    pub fn apps(&self) -> &[App] {
        &self.apps
    }

    /// Finishes what has begun, takes leave, relays what was said, and ends; at most about twice `limit`.
    pub async fn drain(mut self, limit: Duration) {
        let wait = async |set: &mut JoinSet<()>| while set.join_next().await.is_some() {};
        let ends = Instant::now() + limit;
        if tokio::time::timeout(limit, wait(&mut self.consuming))
            .await
            .is_err()
        {
            tracing::warn!("work in progress was cut off; its messages come again");
            self.consuming.abort_all();
        }
        self.take_leave(ends.max(Instant::now() + LEAVE)).await;
        self.closing.cancel();
        if tokio::time::timeout(limit, wait(&mut self.relaying))
            .await
            .is_err()
        {
            self.relaying.abort_all();
        }
    }
}

impl Running {
    /// Has every service take leave of others, side by side, until `ends`.
    async fn take_leave(&self, ends: Instant) {
        let mut leaving = JoinSet::new();
        for app in &self.apps {
            for stop in app.stops() {
                let (service, stopped) = (app.name(), stop(app.clone()));
                let stopped = AssertUnwindSafe(stopped).catch_unwind();
                leaving.spawn(async move {
                    match timeout_at(ends, stopped).await {
                        Ok(Ok(Ok(()))) => {}
                        Ok(Ok(Err(failure))) => {
                            tracing::error!(service, error = %failure, "taking leave failed");
                        }
                        Ok(Err(_)) => tracing::error!(service, "taking leave panicked"),
                        Err(_) => tracing::warn!(service, "taking leave was cut off"),
                    }
                });
            }
        }
        leaving.join_all().await;
    }
}

/// A process that ends without draining still lets go of its connections.
impl Drop for Running {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

async fn open_patiently(service: &Service, ground: &Ground) -> Result<Option<App>, StartError> {
    let mut times = 0u32;
    loop {
        let opened = tokio::select! {
            () = ground.stopping.cancelled() => return Ok(None),
            opened = App::open(service, ground) => opened,
        };
        match opened {
            Ok(app) => return Ok(Some(app)),
            Err(error) if error.is_passing() => {
                if times.is_multiple_of(10) {
                    tracing::warn!(service = service.name(), error = %error, "starting: waiting for it");
                }
            }
            Err(error) => return Err(error),
        }
        times += 1;
        tokio::select! {
            () = ground.stopping.cancelled() => return Ok(None),
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
        }
    }
}
