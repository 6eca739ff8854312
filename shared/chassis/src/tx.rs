//! One transaction of one service: rows changed and messages said, all or nothing.

use std::{
    any::Any,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use contracts::Message;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::{
    Envelope, Failure,
    app::App,
    audit::{self, Deed},
    database::Writing,
    envelope::Unsayable,
    outbox, scheduled, telemetry,
};

/// What a handler works in. Cheap to clone; every clone must be gone when the handler returns.
#[derive(Clone)]
pub struct Tx {
    shared: Arc<Shared>,
    cause: Option<Arc<Envelope>>,
}

struct Shared {
    app: App,
    writing: Writing,
    now: DateTime<Utc>,
    said: Mutex<Said>,
    /// The trace of what begins here, where nothing before has one.
    trace: std::sync::OnceLock<String>,
}

#[derive(Default)]
struct Said {
    now: Vec<Envelope>,
    later: Vec<(DateTime<Utc>, Envelope)>,
    unsayable: Option<Unsayable>,
    deeds: Vec<Deed>,
}

impl Tx {
    pub(crate) async fn begin(app: &App) -> Result<Self, Failure> {
        Ok(Self::within(app, app.db().begin().await?))
    }

    /// The same for a batch among many.
    pub(crate) async fn begin_in_crowd(app: &App) -> Result<Self, Failure> {
        Ok(Self::within(app, app.db().begin_in_crowd().await?))
    }

    fn within(app: &App, writing: Writing) -> Self {
        Self {
            shared: Arc::new(Shared {
                writing,
                now: app.clock().now(),
                said: Mutex::default(),
                trace: std::sync::OnceLock::new(),
                app: app.clone(),
            }),
            cause: None,
        }
    }

    pub(crate) fn caused_by(&self, cause: Arc<Envelope>) -> Self {
        Self {
            shared: self.shared.clone(),
            cause: Some(cause),
        }
    }

    /// The rows: for `store.rs`.
    pub fn db(&self) -> &DatabaseTransaction {
        &self.shared.writing.transaction
    }

    /// When this transaction began, in whole microseconds.
    pub fn now(&self) -> DateTime<Utc> {
        self.shared.now
    }

    /// A new time-ordered id.
    pub fn new_id(&self) -> Uuid {
        self.shared.app.clock().new_id()
    }

    /// The service.
    pub fn service(&self) -> &'static str {
        self.shared.app.name()
    }

    /// The ground's settings.
    pub fn settings(&self) -> &crate::config::Settings {
        self.shared.app.settings()
    }

    /// The service's configuration.
    pub fn config<C: Any + Send + Sync>(&self) -> Arc<C> {
        self.shared.app.config()
    }

    /// What the service provides to its handlers (`Service::provides`).
    pub fn part<T: Any + Send + Sync>(&self) -> Arc<T> {
        self.shared.app.part()
    }

    /// The message that is being handled; none in an HTTP request.
    pub fn cause(&self) -> Option<&Envelope> {
        self.cause.as_deref()
    }

    /// Says a message: it leaves when, and only if, this transaction commits.
    pub fn say<M: Message>(&self, message: &M) {
        if let Some(envelope) = self.seal(message) {
            self.said().now.push(envelope);
        }
    }

    /// Says a message at `when`, or as soon after as the service runs.
    pub fn send_at<M: Message>(&self, when: DateTime<Utc>, message: &M) {
        if let Some(envelope) = self.seal(message) {
            self.said().later.push((when, envelope));
        }
    }

    /// Writes a deed into the audit log, when, and only if, this transaction commits.
    pub fn record(&self, deed: Deed) {
        debug_assert!(
            self.shared.app.audits(),
            "{} records a deed without declaring that it audits",
            self.shared.app.name()
        );
        self.said().deeds.push(deed);
    }

    fn seal<M: Message>(&self, message: &M) -> Option<Envelope> {
        debug_assert!(
            self.shared.app.may_say(M::TYPE),
            "{} says {} without declaring it",
            self.shared.app.name(),
            M::TYPE
        );
        let cause = self.cause.as_ref();
        let traceparent =
            telemetry::traceparent().or_else(|| cause.and_then(|cause| cause.traceparent.clone()));
        let traceparent = traceparent.unwrap_or_else(|| {
            self.shared
                .trace
                .get_or_init(telemetry::new_traceparent)
                .clone()
        });
        let id = self.new_id();
        let sealed = Envelope::seal(
            message,
            id,
            self.shared.app.name(),
            self.now(),
            Some(traceparent),
            cause.map(|cause| cause.id),
        );
        match sealed {
            Ok(envelope) => Some(envelope),
            Err(unsayable) => {
                self.said().unsayable = Some(unsayable);
                None
            }
        }
    }

    fn said(&self) -> std::sync::MutexGuard<'_, Said> {
        self.shared
            .said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Undoes it all now. Dropping does so too, but only when the pool comes to it: until then its locks are held.
    pub(crate) async fn roll_back(self) {
        if let Some(shared) = Arc::into_inner(self.shared) {
            // A connection that is gone has taken the transaction with it.
            let _ = shared.writing.roll_back().await;
        }
    }

    /// Writes what was said and commits; then wakes the relay.
    pub(crate) async fn commit(self) -> Result<(), Failure> {
        let shared = Arc::into_inner(self.shared).ok_or_else(|| {
            Failure::park("a handler kept its Tx beyond its end: nothing was committed")
        })?;
        let said = shared
            .said
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(unsayable) = said.unsayable {
            return Err(Failure::park(unsayable.to_string()));
        }
        audit::append(&shared.writing.transaction, &said.deeds, shared.now).await?;
        outbox::append(&shared.writing.transaction, &said.now).await?;
        scheduled::append(&shared.writing.transaction, &said.later).await?;
        shared.writing.commit().await?;
        if !said.now.is_empty() {
            shared.app.said(said.now.len());
        }
        if !said.later.is_empty() {
            shared.app.wake().scheduled.notify_one();
        }
        Ok(())
    }
}
