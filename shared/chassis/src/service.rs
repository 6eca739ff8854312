//! A service as a plain value: what it hears, says, serves and needs.

use std::{
    any::{Any, TypeId},
    collections::{HashMap, HashSet},
    error::Error as StdError,
    sync::Arc,
};

use contracts::{Message, audit::CheckpointSealed};
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    Envelope, Failure, Migration, Tx,
    app::{App, Work},
    audit,
    config::{self, Settings, Variables},
    failure::with_causes,
};

type Shared = Arc<dyn Any + Send + Sync>;
type Configure = Box<dyn Fn(&Variables) -> Result<Shared, config::Error> + Send + Sync>;
type Provide =
    Box<dyn Fn(Setup) -> BoxFuture<'static, Result<(TypeId, Shared), StartError>> + Send + Sync>;
type Routes = Box<dyn Fn() -> OpenApiRouter<App> + Send + Sync>;
type Starting = Box<dyn Fn(App) -> BoxFuture<'static, Result<(), StartError>> + Send + Sync>;
pub(crate) type Stopping =
    Arc<dyn Fn(App) -> BoxFuture<'static, Result<(), Failure>> + Send + Sync>;

pub(crate) type Prepared = Box<dyn Any + Send>;
pub(crate) type Prepare =
    Arc<dyn Fn(Arc<Envelope>, Work) -> BoxFuture<'static, Result<Prepared, Failure>> + Send + Sync>;
pub(crate) type HandleOne = Arc<
    dyn Fn(Arc<Envelope>, Option<Prepared>, Tx) -> BoxFuture<'static, Result<(), Failure>>
        + Send
        + Sync,
>;
pub(crate) type HandleMany =
    Arc<dyn Fn(Vec<Arc<Envelope>>, Tx) -> BoxFuture<'static, Result<(), Failure>> + Send + Sync>;

/// How a heard message is handled.
#[derive(Clone)]
pub(crate) enum Handle {
    One(HandleOne),
    Many(HandleMany),
    Slow(Prepare, HandleOne),
}

/// A message type that a service hears.
#[derive(Clone)]
pub(crate) struct Hearing {
    pub wire: &'static str,
    pub addressed: bool,
    pub apart: bool,
    pub handle: Handle,
}

/// A queue that a service hears on, and how many workers take from it.
#[derive(Clone)]
pub(crate) struct Queue {
    pub name: String,
    pub keys: Vec<String>,
    pub workers: usize,
}

/// Why a service cannot start, as a sentence that names what to set.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct StartError {
    reason: String,
    passing: bool,
}

impl StartError {
    /// `reason` names the key or the part at fault.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            passing: false,
        }
    }

    /// The same, but it may pass: what is missing may come (a database that starts). Starting is tried again.
    #[must_use]
    pub fn passing(mut self) -> Self {
        self.passing = true;
        self
    }

    pub(crate) fn is_passing(&self) -> bool {
        self.passing
    }

    /// An error with all that lies behind it, on one line.
    pub fn because(what: &str, error: &dyn StdError) -> Self {
        Self::new(format!("{what}: {}", with_causes(error)))
    }
}

impl From<config::Error> for StartError {
    fn from(error: config::Error) -> Self {
        Self::new(error.to_string())
    }
}

/// What a service's parts are made from.
#[derive(Clone)]
pub struct Setup {
    pub(crate) service: &'static str,
    pub(crate) settings: Arc<Settings>,
    pub(crate) config: Shared,
}

impl Setup {
    /// The ground.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The service's configuration.
    ///
    /// # Panics
    /// When the service declared another type: a mistake in `lib.rs` that the first start shows.
    #[expect(
        clippy::expect_used,
        reason = "a wrong type here is a mistake in the service's own table of contents"
    )]
    pub fn config<C: Any + Send + Sync>(&self) -> Arc<C> {
        self.config
            .clone()
            .downcast()
            .expect("Service::config declares another type")
    }

    /// This service's own folder for files.
    pub fn data_dir(&self) -> std::path::PathBuf {
        self.settings.data_dir.join(self.service)
    }

    /// Where this service's files are kept.
    pub fn store_url(&self) -> String {
        self.settings.store_url_of(self.service)
    }
}

/// A service: its `lib.rs` makes one, [`crate::run`] runs it, a test puts it on a Stage.
pub struct Service {
    pub(crate) name: &'static str,
    pub(crate) configure: Configure,
    pub(crate) config_manual: &'static str,
    pub(crate) migrations: Vec<Migration>,
    pub(crate) hears: Vec<Hearing>,
    pub(crate) says: Vec<&'static str>,
    pub(crate) provides: Vec<Provide>,
    pub(crate) routes: Routes,
    pub(crate) starting: Vec<Starting>,
    pub(crate) stopping: Vec<Stopping>,
    pub(crate) batch: usize,
    pub(crate) workers: usize,
    pub(crate) audits: bool,
    pub(crate) erases: Vec<&'static str>,
    apart: HashSet<&'static str>,
    apart_workers: usize,
}

impl Service {
    /// A service that does nothing yet. `name` is also its queue, schema, environment prefix and first path segment.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            configure: Box::new(move |variables| {
                config::of_service_without(name, variables)?;
                Ok(Arc::new(()))
            }),
            config_manual: "",
            migrations: Vec::new(),
            hears: Vec::new(),
            says: Vec::new(),
            provides: Vec::new(),
            routes: Box::new(OpenApiRouter::new),
            starting: Vec::new(),
            stopping: Vec::new(),
            batch: 256,
            workers: 1,
            audits: false,
            erases: Vec::new(),
            apart: HashSet::new(),
            apart_workers: 1,
        }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The configuration type, and the commented file with its defaults.
    #[must_use]
    pub fn config<C: DeserializeOwned + Any + Send + Sync>(
        mut self,
        defaults: &'static str,
    ) -> Self {
        let name = self.name;
        self.config_manual = defaults;
        self.configure = Box::new(move |variables| {
            Ok(Arc::new(config::of_service::<C>(name, defaults, variables)?) as Shared)
        });
        self
    }

    /// Its tables: every migration, oldest first.
    #[must_use]
    pub fn migrations(mut self, all: fn() -> Vec<Migration>) -> Self {
        self.migrations = all();
        self
    }

    /// Hears a message type, one at a time.
    #[must_use]
    pub fn hears<M, H, F>(mut self, handler: H) -> Self
    where
        M: Message,
        H: Fn(M, Tx) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let handle: HandleOne = Arc::new(move |envelope, _, tx| {
            let handler = handler.clone();
            Box::pin(async move { handler(read::<M>(&envelope)?, tx.caused_by(envelope)).await })
        });
        self.hear::<M>(Handle::One(handle));
        self
    }

    /// Hears all messages of a type that a batch holds at once, so that loads and saves go by many.
    #[must_use]
    pub fn hears_many<M, H, F>(mut self, handler: H) -> Self
    where
        M: Message,
        H: Fn(Vec<M>, Tx) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let handle: HandleMany = Arc::new(move |envelopes, tx| {
            let handler = handler.clone();
            Box::pin(async move {
                let messages = envelopes
                    .iter()
                    .map(|envelope| read::<M>(envelope))
                    .collect::<Result<_, _>>()?;
                let first = envelopes.into_iter().next();
                handler(
                    messages,
                    first.map_or_else(|| tx.clone(), |first| tx.caused_by(first)),
                )
                .await
            })
        });
        self.hear::<M>(Handle::Many(handle));
        self
    }

    /// Hears a message whose work is slow or happens outside the database: `work` runs first, without a transaction,
    /// and may run twice; `done` saves what it found.
    #[must_use]
    pub fn hears_slow<M, P, W, WF, D, DF>(mut self, work: W, done: D) -> Self
    where
        M: Message,
        P: Send + 'static,
        W: Fn(M, Work) -> WF + Send + Sync + 'static,
        WF: Future<Output = Result<P, Failure>> + Send + 'static,
        D: Fn(M, P, Tx) -> DF + Send + Sync + 'static,
        DF: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let (work, done) = (Arc::new(work), Arc::new(done));
        let prepare: Prepare = Arc::new(move |envelope, ground| {
            let work = work.clone();
            Box::pin(
                async move { Ok(Box::new(work(read::<M>(&envelope)?, ground).await?) as Prepared) },
            )
        });
        let handle: HandleOne = Arc::new(move |envelope, prepared, tx| {
            let done = done.clone();
            Box::pin(async move {
                let found = prepared
                    .and_then(|prepared| prepared.downcast::<P>().ok())
                    .ok_or_else(|| {
                        Failure::park("its work was not done before it was to be saved")
                    })?;
                done(read::<M>(&envelope)?, *found, tx.caused_by(envelope)).await
            })
        });
        self.hear::<M>(Handle::Slow(prepare, handle));
        self
    }

    fn hear<M: Message>(&mut self, handle: Handle) {
        self.hears.push(Hearing {
            wire: M::TYPE,
            addressed: M::ADDRESSED,
            apart: false,
            handle,
        });
    }

    /// Hears a message type apart: on a queue of its own beside the service's, with workers of its own
    /// ([`Service::consumes_apart`]). It waits behind no flood of others, and may overtake what was said before it. Relays
    /// that have much to say say it first.
    #[must_use]
    pub fn hears_apart<M: Message>(mut self) -> Self {
        self.apart.insert(M::TYPE);
        self
    }

    /// How many workers take what is heard apart; one if nothing is said. Slow work there needs one more than it keeps busy.
    #[must_use]
    pub fn consumes_apart(mut self, workers: usize) -> Self {
        self.apart_workers = workers.max(1);
        self
    }

    /// Declares a message type that it says.
    #[must_use]
    pub fn says<M: Message>(mut self) -> Self {
        self.says.push(M::TYPE);
        self
    }

    /// Declares a message type that it says and whose body is good for minutes only: a quarter of an hour after it was said, and
    /// once it has left, it is erased from the outbox.
    #[must_use]
    pub fn says_and_erases<M: Message>(mut self) -> Self {
        self.erases.push(M::TYPE);
        self.says::<M>()
    }

    /// Keeps an audit log ([`Tx::record`]), of which it says a checkpoint whenever it has grown.
    #[must_use]
    pub fn audits(mut self) -> Self {
        self.audits = true;
        self.says::<CheckpointSealed>()
    }

    /// Keeps the checkpoints of other services' audit logs.
    #[must_use]
    pub fn witnesses(self) -> Self {
        self.hears(audit::witness)
    }

    /// Makes a part for handlers and endpoints when the service starts: a client, a store. Found again by its type.
    #[must_use]
    pub fn provides<T, H, F>(mut self, make: H) -> Self
    where
        T: Any + Send + Sync,
        H: Fn(Setup) -> F + Send + Sync + 'static,
        F: Future<Output = Result<T, StartError>> + Send + 'static,
    {
        self.provides.push(Box::new(move |setup| {
            let making = make(setup);
            Box::pin(async move { Ok((TypeId::of::<T>(), Arc::new(making.await?) as Shared)) })
        }));
        self
    }

    /// Runs once at each start, after the migrations: for what the service needs to find in its tables.
    #[must_use]
    pub fn starts<H, F>(mut self, start: H) -> Self
    where
        H: Fn(App) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), StartError>> + Send + 'static,
    {
        self.starting
            .push(Box::new(move |app| Box::pin(start(app))));
        self
    }

    /// Runs once when the process is told to stop, after what had begun is finished: for taking leave of others. It has what is
    /// left of the time to stop; what goes wrong is logged.
    #[must_use]
    pub fn stops<H, F>(mut self, stop: H) -> Self
    where
        H: Fn(App) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.stopping.push(Arc::new(move |app| Box::pin(stop(app))));
        self
    }

    /// Its endpoints and pages; every path begins with the service's name.
    #[must_use]
    pub fn serves(mut self, routes: fn() -> OpenApiRouter<App>) -> Self {
        self.routes = Box::new(routes);
        self
    }

    /// Takes at most `batch` messages a transaction, with `workers` transactions at once. A heavy service takes 1.
    #[must_use]
    pub fn consumes(mut self, batch: usize, workers: usize) -> Self {
        self.batch = batch.max(1);
        self.workers = workers.max(1);
        self
    }

    /// The wire names it hears, in order of declaration, each with whether it is addressed to it.
    pub fn heard(&self) -> Vec<(&'static str, bool)> {
        self.hears
            .iter()
            .map(|hearing| (hearing.wire, hearing.addressed))
            .collect()
    }

    /// The wire names it says.
    pub fn said(&self) -> &[&'static str] {
        &self.says
    }

    /// The commented file with its configuration's defaults.
    pub fn config_manual(&self) -> &'static str {
        self.config_manual
    }

    /// Its OpenAPI document.
    pub fn openapi(&self) -> utoipa::openapi::OpenApi {
        let mut document = (self.routes)()
            .merge(crate::http::ops_routes(self.name, self.audits))
            .to_openapi();
        // What utoipa puts in of its own is about its authors, not about this service.
        document.info = utoipa::openapi::Info::new(self.name, env!("CARGO_PKG_VERSION"));
        document
    }

    /// Its queues and what is bound to them.
    pub fn hearer(&self) -> config::Hearer {
        config::Hearer {
            service: self.name.to_owned(),
            hears: self.routing_keys(false),
            apart: self.routing_keys(true),
        }
    }

    fn routing_keys(&self, apart: bool) -> Vec<String> {
        self.hears
            .iter()
            .filter(|hearing| self.apart.contains(hearing.wire) == apart)
            .map(|hearing| {
                crate::envelope::routing_key(hearing.wire, hearing.addressed.then_some(self.name))
            })
            .collect()
    }

    /// The queues that it takes from.
    pub(crate) fn queues(&self) -> Vec<Queue> {
        let config::Hearer { hears, apart, .. } = self.hearer();
        let mut queues = vec![Queue {
            name: self.name.to_owned(),
            keys: hears,
            workers: self.workers,
        }];
        if !apart.is_empty() {
            queues.push(Queue {
                name: config::apart(self.name),
                keys: apart,
                workers: self.apart_workers,
            });
        }
        queues
    }

    pub(crate) fn hearings(&self) -> HashMap<&'static str, Hearing> {
        let known = |hearing: &Hearing| Hearing {
            apart: self.apart.contains(hearing.wire),
            ..hearing.clone()
        };
        let hears = self.hears.iter();
        hears
            .map(|hearing| (hearing.wire, known(hearing)))
            .collect()
    }
}

/// Reads a body. The reason names the place, never the content: it is logged.
fn read<M: Message>(envelope: &Envelope) -> Result<M, Failure> {
    serde_json::from_str(&envelope.body).map_err(|error| {
        Failure::park(format!(
            "the body cannot be read as {} (line {}, column {}: {:?})",
            M::TYPE,
            error.line(),
            error.column(),
            error.classify()
        ))
    })
}
