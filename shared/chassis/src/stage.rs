//! Services put on a stage: every background step is taken when a test says so, until nothing is due.
//!
//! The same outbox, relay, bus, inbox and ladder as in production; only the waiting is left out.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinSet;

use crate::{
    App, Envelope, Failure, Service, StartError, Tx,
    app::Ground,
    bus::{Outcome, Publisher, local},
    config::Settings,
    deferred, http, outbox,
    relay::Relay,
    scheduled,
};

/// Services on the local bus, stepped by hand.
pub struct Steps {
    services: Vec<Service>,
    apps: Vec<App>,
    bus: Arc<Publisher>,
    relays: Vec<Relay>,
    consumers: JoinSet<()>,
}

impl Steps {
    /// Opens the services.
    pub async fn open(services: Vec<Service>, ground: &Ground) -> Result<Self, StartError> {
        let local = local::Bus::default();
        let bus = Arc::new(Publisher::Local(local.clone()));
        let mut consumers = JoinSet::new();
        let (mut apps, mut relays) = (Vec::new(), Vec::new());
        for service in &services {
            let app = App::open(service, ground).await?;
            for consumer in local.attach(&app, &service.queues()) {
                consumers.spawn(consumer);
            }
            app.set_leads(true);
            let db = app.db().reads().clone();
            let relay = Relay::load(app.clone(), bus.clone(), db, Arc::default()).await;
            relays.push(relay.map_err(|error| StartError::because(service.name(), &error))?);
            apps.push(app);
        }
        Ok(Self {
            services,
            apps,
            bus,
            relays,
            consumers,
        })
    }

    /// Ends what is at work, where it stands: what was begun is rolled back, what was said and not relayed stays unsaid.
    pub async fn kill(&mut self) {
        // What a relay was about to write down ends with it.
        self.relays.clear();
        self.consumers.shutdown().await;
    }

    /// The service `name`.
    pub fn app(&self, name: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.name() == name)
    }

    /// All services.
    pub fn apps(&self) -> &[App] {
        &self.apps
    }

    /// Their routes.
    pub fn router(&self, settings: &Settings) -> axum::Router {
        let pairs: Vec<_> = self
            .services
            .iter()
            .zip(self.apps.iter().cloned())
            .collect();
        http::router(&pairs, settings)
    }

    /// Delivers a message as the bus would. `false` when nobody hears it.
    pub async fn deliver(&self, envelope: Envelope) -> bool {
        self.bus.publish(envelope).await == Outcome::Confirmed
    }

    /// Steps until no inbox, outbox, scheduled or deferred row is due.
    pub async fn settle(&mut self) -> Result<(), Failure> {
        loop {
            let mut moved = 0;
            for (app, relay) in self.apps.iter().zip(&mut self.relays) {
                moved += relay.drain().await?;
                moved += scheduled::fire_due(app).await?;
                moved += deferred::run_due(app, &self.bus).await?;
            }
            if moved == 0 {
                return Ok(());
            }
        }
    }

    /// Everything the service `app` has said since it was opened, in order.
    pub async fn said(&self, app: &App) -> Result<Vec<Envelope>, Failure> {
        let rows = outbox::after(app.db().reads(), app.name(), 0, usize::MAX >> 1).await?;
        Ok(rows.into_iter().map(|row| row.envelope).collect())
    }

    /// Erases what housekeeping would have erased by now from the outbox of the service `app`.
    pub async fn erase(&self, app: &App) -> Result<(), Failure> {
        let erased = crate::housekeeping::erase(app, 0).await;
        erased.map(drop).map_err(Failure::retry)
    }

    /// How long until the next deferred or scheduled row of any service would fall due; for tests that move the clock.
    pub async fn parked(&self, app: &App) -> Result<Vec<crate::parked::Parked>, Failure> {
        crate::parked::list(app.db(), 1000)
            .await
            .map_err(Failure::retry)
    }
}

/// Seals a message as if `source` said it.
pub fn envelope<M: contracts::Message>(
    app: &App,
    source: &str,
    message: &M,
) -> Result<Envelope, Failure> {
    let (id, now) = (app.clock().new_id(), app.clock().now());
    Envelope::seal(message, id, source, now, None, None)
        .map_err(|error| Failure::park(error.to_string()))
}

/// Begins a transaction outside every handler and rolls it back when dropped: for looking at rows.
pub async fn look(app: &App) -> Result<Tx, Failure> {
    Tx::begin(app).await
}

/// The longest step of the ladder with its jitter: moving the clock by this makes everything deferred fall due.
pub const LONGEST_WAIT: Duration = Duration::from_hours(8);
