//! A running service: its database, clock, configuration and parts. What handlers and endpoints reach everything through.

use std::{
    any::{Any, TypeId},
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    Clock, Database, Envelope, Service, Setup, StartError, audit,
    auth::Keys,
    config::{self, Settings, Variables},
    migrations,
    service::{Hearing, Stopping},
    telemetry::Meters,
};

/// A running service. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    name: &'static str,
    settings: Arc<Settings>,
    db: Database,
    clock: Clock,
    config: Arc<dyn Any + Send + Sync>,
    parts: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    hears: HashMap<&'static str, Hearing>,
    says: HashSet<&'static str>,
    erases: Vec<&'static str>,
    keys: Keys,
    wake: Wake,
    leads: AtomicBool,
    stopping: CancellationToken,
    answering: Mutex<HashSet<String>>,
    meters: Meters,
    batch: usize,
    stops: Vec<Stopping>,
    audit: Option<audit::Key>,
}

/// What the background tasks wait for.
#[derive(Default)]
pub(crate) struct Wake {
    pub relay: Notify,
    pub deferred: Notify,
    pub scheduled: Notify,
    /// Said by a replica that does not lead: the leader is told through the database.
    pub tell: Notify,
}

/// What slow work is done with: no transaction, but the service's parts and the message's identity.
#[derive(Clone)]
pub struct Work {
    app: App,
    cause: Arc<Envelope>,
}

impl Work {
    pub(crate) fn new(app: App, cause: Arc<Envelope>) -> Self {
        Self { app, cause }
    }

    /// The message's id: the idempotency key for calls to the outside world.
    pub fn message_id(&self) -> uuid::Uuid {
        self.cause.id
    }

    /// The service.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The service's configuration.
    pub fn config<C: Any + Send + Sync>(&self) -> Arc<C> {
        self.app.config()
    }

    /// What the service provides to its handlers (`Service::provides`).
    pub fn part<T: Any + Send + Sync>(&self) -> Arc<T> {
        self.app.part()
    }

    /// For reading what the work needs, outside a transaction.
    pub fn reads(&self) -> &sea_orm::DatabaseConnection {
        self.app.db().reads()
    }
}

/// The key that is given, or the one in the data folder.
pub(crate) fn audit_key(service: &str, settings: &Settings) -> Result<audit::Key, StartError> {
    let given = settings.audit_key.expose();
    let seed = if given.trim().is_empty() {
        config::kept_seed("AUDIT_KEY", &settings.data_dir.join("audit-key"))?
    } else {
        let unfit = "AUDIT_KEY must be 32 bytes in hexadecimal, 64 digits";
        config::seed(given).ok_or_else(|| StartError::new(unfit))?
    };
    audit::Key::new(&audit::origin(settings, service), &seed)
}

/// What a service is opened with: the ground of one process.
#[derive(Clone)]
pub struct Ground {
    /// The settings.
    pub settings: Arc<Settings>,
    /// Environment variables for the services' own configuration.
    pub variables: Variables,
    /// The clock.
    pub clock: Clock,
    /// The keys that tokens are checked with.
    pub keys: Keys,
    /// Cancelled when the process is to stop.
    pub stopping: CancellationToken,
}

impl App {
    /// Reads the configuration, opens the database, migrates, makes the parts.
    pub async fn open(service: &Service, ground: &Ground) -> Result<Self, StartError> {
        crate::install_cryptography();
        let config = (service.configure)(&ground.variables)?;
        let because = |what: &str| {
            let what = format!("{}: {what}", service.name);
            move |error: sea_orm::DbErr| {
                let away = crate::database::is_away(&error);
                let error = StartError::because(&what, &error);
                if away { error.passing() } else { error }
            }
        };
        let db = Database::open(&ground.settings, service.name)
            .await
            .map_err(because("its database (DATABASE_URL)"))?;
        migrations::run(&db, &service.migrations)
            .await
            .map_err(because("its migrations"))?;
        let setup = Setup {
            service: service.name,
            settings: ground.settings.clone(),
            config: config.clone(),
        };
        let mut parts = HashMap::new();
        for provide in &service.provides {
            let (id, part) = provide(setup.clone()).await?;
            parts.insert(id, part);
        }
        let app = Self(Arc::new(Inner {
            name: service.name,
            settings: ground.settings.clone(),
            db,
            clock: ground.clock.clone(),
            config,
            parts,
            hears: service.hearings(),
            says: service.says.iter().copied().collect(),
            erases: service.erases.clone(),
            keys: ground.keys.clone(),
            wake: Wake::default(),
            leads: AtomicBool::new(false),
            stopping: ground.stopping.child_token(),
            answering: Mutex::default(),
            meters: Meters::new(service.name),
            batch: service.batch,
            stops: service.stopping.clone(),
            audit: service
                .audits
                .then(|| audit_key(service.name, &ground.settings))
                .transpose()?,
        }));
        for start in &service.starting {
            start(app.clone()).await?;
        }
        Ok(app)
    }

    /// The service's name.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// The ground's settings.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The service's database.
    pub fn db(&self) -> &Database {
        &self.0.db
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The service's configuration.
    ///
    /// # Panics
    /// When the service declared another type: a mistake in `lib.rs` that the first message shows.
    #[expect(
        clippy::expect_used,
        reason = "a wrong type here is a mistake in the service's own table of contents"
    )]
    pub fn config<C: Any + Send + Sync>(&self) -> Arc<C> {
        self.0
            .config
            .clone()
            .downcast()
            .expect("Service::config declares another type")
    }

    /// A part that the service provides.
    ///
    /// # Panics
    /// When the service provides none of this type: a mistake in `lib.rs` that the first message shows.
    #[expect(
        clippy::expect_used,
        reason = "a missing part is a mistake in the service's own table of contents"
    )]
    pub fn part<T: Any + Send + Sync>(&self) -> Arc<T> {
        let part = self
            .0
            .parts
            .get(&TypeId::of::<T>())
            .expect("Service::provides makes no part of this type");
        part.clone()
            .downcast()
            .expect("parts are kept by their own type")
    }

    /// Runs `work` in a transaction of its own: for what starts neither from a message nor from a request.
    pub async fn transact<T, F, Fut>(&self, work: F) -> Result<T, crate::Failure>
    where
        F: FnOnce(crate::Tx) -> Fut,
        Fut: Future<Output = Result<T, crate::Failure>>,
    {
        let tx = crate::Tx::begin(self).await?;
        let done = work(tx.clone()).await?;
        tx.commit().await?;
        Ok(done)
    }

    /// Whether the service keeps an audit log.
    pub(crate) fn audits(&self) -> bool {
        self.0.audit.is_some()
    }

    /// What the service signs the checkpoints of its audit log with.
    pub(crate) fn audit_key(&self) -> Result<&audit::Key, crate::Failure> {
        let key = self.0.audit.as_ref();
        key.ok_or_else(|| crate::Failure::park("this service keeps no audit log"))
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    pub(crate) fn hearing(&self, wire: &str) -> Option<&Hearing> {
        self.0.hears.get(wire)
    }

    /// The queue on which a type is heard.
    pub(crate) fn queue_of(&self, wire: &str) -> String {
        match self.hearing(wire) {
            Some(hearing) if hearing.apart => crate::config::apart(self.name()),
            _ => self.name().to_owned(),
        }
    }

    pub(crate) fn stops(&self) -> &[Stopping] {
        &self.0.stops
    }

    pub(crate) fn may_say(&self, wire: &str) -> bool {
        self.0.says.contains(wire)
    }

    pub(crate) fn wake(&self) -> &Wake {
        &self.0.wake
    }

    /// Whether the process was told to stop: what has begun is finished, and nothing long is begun any more.
    pub fn is_stopping(&self) -> bool {
        self.0.stopping.is_cancelled()
    }

    /// The types whose bodies do not stay in the outbox.
    pub(crate) fn erases(&self) -> &[&'static str] {
        &self.0.erases
    }

    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }

    pub(crate) fn meters(&self) -> &Meters {
        &self.0.meters
    }

    pub(crate) fn answering(&self) -> &Mutex<HashSet<String>> {
        &self.0.answering
    }

    pub(crate) fn batch(&self) -> usize {
        self.0.batch
    }

    /// Whether this process relays the service's outbox.
    pub(crate) fn leads(&self) -> bool {
        self.0.leads.load(Ordering::Acquire)
    }

    pub(crate) fn set_leads(&self, leads: bool) {
        self.0.leads.store(leads, Ordering::Release);
    }

    /// Something was said and committed: the relay is woken, here or in the replica that leads.
    pub(crate) fn said(&self, count: usize) {
        self.0.meters.said(count);
        self.0.wake.relay.notify_one();
        if !self.leads() {
            self.0.wake.tell.notify_one();
        }
    }
}
