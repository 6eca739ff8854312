//! From the outbox to the bus: one leader a service, a cursor that loses nothing, pipelined confirms.
//!
//! A sequence number is drawn before its transaction commits, so a row may become visible after a later one. The relay
//! does not wait for it: the cursor is `high` (all rows up to it have been looked at) and `open` (numbers up to it that
//! are not settled: not yet visible, not yet confirmed, or to be published again). A missing number is given up only
//! when every transaction that could still bring it has ended. See docs/decisions/0003.
//!
//! Where more waits to be said than may be on its way, what others hear apart goes first: it is looked for beyond `high`, and
//! passed over when `high` comes to it. See docs/decisions/0044.

mod leadership;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use tokio::sync::Mutex;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    Failure,
    app::App,
    bus::{Outcome, Publisher},
    database::statement,
    deferred,
    outbox::{self, Row},
    pace::Pace,
    parked::Direction,
};
use leadership::Leadership;
pub(crate) use leadership::{hear_others, tell_leader};

/// How many messages may be on their way to the broker at once.
const WINDOW: usize = 1000;
/// How often what goes first is looked for behind what waits.
const OVERTAKE: Duration = Duration::from_millis(20);
/// How far back it is looked for again: a number may become visible after a later one.
const LOOK_BACK: usize = 200;
/// How often the cursor is written down; after a crash what was confirmed since is said again and recognised.
const SAVE: Duration = Duration::from_millis(200);
/// How soon a number that is not visible yet is looked for again.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// How soon a message that was not confirmed is published again.
const PUBLISH_AGAIN: Duration = Duration::from_millis(250);

/// Why a number up to `high` is not settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// Not visible; gone for good once no transaction below the horizon is running.
    Missing { horizon: Option<i64> },
    /// Published, not confirmed yet.
    Flying,
    /// To be published again.
    Again,
}

/// What came of a row that was on its way.
enum Fate {
    /// The bus answered, or did not.
    Sent(Outcome),
    /// Nobody hears it, and it was to be set aside.
    Aside(Result<(), Failure>),
}

type Flying = FuturesUnordered<BoxFuture<'static, (Row, Fate)>>;

pub(crate) struct Relay {
    app: App,
    bus: Arc<Publisher>,
    db: DatabaseConnection,
    high: i64,
    open: BTreeMap<i64, Open>,
    flying: Flying,
    /// Held while one is set aside: one after the other, and the relay goes on meanwhile.
    aside: Arc<Mutex<()>>,
    unsaved: bool,
    saved_at: Instant,
    pace: Pace,
    /// The routing keys that somebody hears apart.
    first: Arc<[String]>,
    /// Numbers beyond `high` that are published already.
    ahead: BTreeSet<i64>,
    /// Up to where the outbox was looked through for them, and when.
    looked: i64,
    looked_at: Instant,
    /// Whether more waited at the last look than may be on its way.
    crowded: bool,
}

impl Relay {
    /// Loads the cursor. `db` is where it reads and writes: the leader's own connection. What has one of the routing keys
    /// `first` does not wait behind a crowd.
    pub async fn load(
        app: App,
        bus: Arc<Publisher>,
        db: DatabaseConnection,
        first: Arc<[String]>,
    ) -> Result<Self, Failure> {
        let row = db
            .query_one_raw(statement(
                &db,
                "SELECT high, open FROM relay WHERE id = 1",
                [],
            ))
            .await?;
        let row = row.ok_or_else(|| Failure::park("the relay's cursor row is missing"))?;
        let (high, open): (i64, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let open: Vec<i64> =
            serde_json::from_str(&open).map_err(|error| Failure::park(error.to_string()))?;
        Ok(Self {
            app,
            bus,
            db,
            high,
            ahead: open.iter().copied().filter(|seq| *seq > high).collect(),
            open: open
                .into_iter()
                .map(|seq| (seq, Open::Missing { horizon: None }))
                .collect(),
            flying: FuturesUnordered::new(),
            aside: Arc::default(),
            unsaved: false,
            saved_at: Instant::now(),
            pace: Pace::new(),
            first,
            looked: high,
            looked_at: Instant::now(),
            crowded: false,
        })
    }

    /// How many are on their way or wait to be published again: an outage must not read the whole outbox into memory.
    fn unsettled(&self) -> usize {
        let unsettled = |open: &&Open| !matches!(open, Open::Missing { .. });
        self.open.values().filter(unsettled).count()
    }

    /// Publishes what goes first from behind what waits.
    async fn overtake(&mut self) -> Result<(), Failure> {
        self.looked_at = Instant::now();
        // Twice as many as usual, and not one more: while nothing is confirmed they too wait.
        let mut room = (2 * WINDOW).saturating_sub(self.unsettled());
        if self.first.is_empty() || room == 0 {
            return Ok(());
        }
        let back = if self.app.db().is_postgres() {
            LOOK_BACK
        } else {
            0
        };
        let from = self
            .high
            .max(self.looked - i64::try_from(back).unwrap_or(0));
        let (rows, seen) =
            outbox::first(&self.db, self.app.name(), from, &self.first, room + back).await?;
        self.looked = seen;
        for row in rows {
            if self.ahead.contains(&row.seq) {
                continue;
            }
            if room == 0 {
                self.looked = row.seq - 1;
                break;
            }
            room -= 1;
            self.ahead.insert(row.seq);
            self.publish(row).await;
        }
        Ok(())
    }

    /// Publishes what can be published now; returns whether there may be more.
    async fn pump(&mut self) -> Result<bool, Failure> {
        self.look_again().await?;
        let room = WINDOW.saturating_sub(self.unsettled());
        if room == 0 {
            self.crowded = true;
            return Ok(true);
        }
        let rows = outbox::after(&self.db, self.app.name(), self.high, room).await?;
        let full = rows.len() == room;
        self.crowded = full;
        let any = !rows.is_empty();
        if any {
            self.pace.took(rows.len());
        }
        for row in rows {
            if self.app.db().is_postgres() {
                for missing in self.high + 1..row.seq {
                    self.open.insert(missing, Open::Missing { horizon: None });
                }
            }
            self.high = row.seq;
            if !self.ahead.remove(&row.seq) {
                self.publish(row).await;
            }
        }
        if any {
            self.pace.done();
        }
        Ok(full)
    }

    async fn publish(&mut self, row: Row) {
        self.open.insert(row.seq, Open::Flying);
        self.unsaved = true;
        let fate = self.bus.send(row.envelope.clone()).await;
        self.flying
            .push(Box::pin(fate.map(move |sent| (row, Fate::Sent(sent)))));
    }

    /// What nobody hears waits along the ladder: its hearer may be about to be deployed. Each is a transaction of its own, for
    /// which nothing else that is to be said waits. A task of its own, too: it holds the one writer of an SQLite file, for which this
    /// loop may be waiting itself.
    fn set_aside(&mut self, row: Row) {
        let (app, turn, envelope) = (self.app.clone(), self.aside.clone(), row.envelope.clone());
        let writing = AbortOnDropHandle::new(tokio::spawn(async move {
            let _turn = turn.lock().await;
            let unheard = Failure::too_early("nobody hears it");
            deferred::after_failure(&app, Direction::Out, &envelope, 0, &unheard).await
        }));
        self.flying.push(Box::pin(async move {
            let written = writing.await.map_err(Failure::retry).flatten();
            (row, Fate::Aside(written))
        }));
    }

    /// Looks for numbers that were missing or are to be published again.
    async fn look_again(&mut self) -> Result<(), Failure> {
        let wanted: Vec<i64> = self
            .open
            .iter()
            .filter(|(_, open)| **open != Open::Flying)
            .map(|(seq, _)| *seq)
            .take(WINDOW)
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        // The snapshot is taken before the rows are looked for: what is not found by then, with every transaction below
        // its horizon ended, will never come.
        let (oldest, next) = self.running().await?;
        for row in outbox::among(&self.db, self.app.name(), &wanted).await? {
            self.publish(row).await;
        }
        for seq in wanted {
            match self.open.get_mut(&seq) {
                Some(Open::Missing {
                    horizon: Some(horizon),
                }) if *horizon <= oldest => {
                    self.open.remove(&seq);
                    self.unsaved = true;
                }
                Some(Open::Missing { horizon }) if horizon.is_none() => *horizon = Some(next),
                _ => {}
            }
        }
        Ok(())
    }

    /// The oldest running transaction and the next to begin. SQLite has one writer, so nothing is ever on its way.
    async fn running(&mut self) -> Result<(i64, i64), DbErr> {
        if !self.app.db().is_postgres() {
            return Ok((1, 0));
        }
        let sql = "SELECT pg_snapshot_xmin(now)::text::bigint, pg_snapshot_xmax(now)::text::bigint FROM pg_current_snapshot() AS now";
        let row = self.db.query_one_raw(statement(&self.db, sql, [])).await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound("a snapshot".to_owned()))?;
        Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))
    }

    /// Writes down what came of a row; `false` when it is to be published again.
    fn settle(&mut self, row: Row, fate: Fate) -> Result<bool, Failure> {
        self.unsaved = true;
        match fate {
            Fate::Sent(Outcome::Confirmed) => {
                self.app
                    .meters()
                    .published(self.app.clock().now() - row.envelope.time);
                self.open.remove(&row.seq);
            }
            Fate::Sent(Outcome::Unroutable) => self.set_aside(row),
            Fate::Sent(Outcome::Failed) => {
                self.open.insert(row.seq, Open::Again);
                return Ok(false);
            }
            Fate::Aside(written) => {
                written?;
                self.open.remove(&row.seq);
            }
        }
        Ok(true)
    }

    async fn save(&mut self) -> Result<(), Failure> {
        if !self.unsaved {
            return Ok(());
        }
        let open: Vec<i64> = self.open.keys().copied().collect();
        let sql = "UPDATE relay SET high = ?, open = ? WHERE id = 1";
        let values = [self.high.into(), serde_json::json!(open).to_string().into()];
        if self.app.db().is_postgres() {
            self.db
                .execute_raw(statement(&self.db, sql, values))
                .await?;
        } else {
            let writing = self.app.db().begin().await?;
            writing
                .transaction
                .execute_raw(statement(&writing.transaction, sql, values))
                .await?;
            writing.commit().await?;
        }
        self.unsaved = false;
        self.saved_at = Instant::now();
        Ok(())
    }

    /// Publishes until nothing is left that can be, and waits for every fate. Returns how many were settled.
    pub async fn drain(&mut self) -> Result<usize, Failure> {
        let mut settled = 0;
        loop {
            let more = self.pump().await?;
            if self.flying.is_empty() && !more {
                self.save().await?;
                return Ok(settled);
            }
            while let Some((row, fate)) = self.flying.next().await {
                if !self.settle(row, fate)? {
                    self.save().await?;
                    return Ok(settled);
                }
                settled += 1;
            }
        }
    }

    /// Relays until `closing`, or until something is wrong with the database or the leadership.
    async fn lead(
        &mut self,
        leadership: &Leadership,
        closing: &CancellationToken,
    ) -> Result<(), Failure> {
        let mut checked = Instant::now();
        let mut wanted = true;
        loop {
            let ready = self.bus.ready().now_or_never().is_some();
            let gathering = self.pace.wait();
            if ready && wanted && gathering.is_zero() && self.flying.len() <= WINDOW / 2 {
                wanted = self.pump().await?;
            }
            let crowded = wanted && (self.crowded || self.flying.len() > WINDOW / 2);
            if ready && crowded && self.looked_at.elapsed() >= OVERTAKE {
                self.overtake().await?;
            }
            let wait = match ready {
                true if wanted && !gathering.is_zero() => gathering,
                true if crowded => OVERTAKE,
                true => self.nap(wanted),
                false => Duration::from_secs(1),
            };
            let bus = self.bus.clone();
            tokio::select! {
                biased;
                () = bus.ready(), if !ready => wanted = true,
                Some((row, fate)) = self.flying.next(), if !self.flying.is_empty() => {
                    self.settle(row, fate)?;
                    while let Some(Some((row, fate))) = self.flying.next().now_or_never() {
                        self.settle(row, fate)?;
                    }
                }
                () = self.app.wake().relay.notified() => wanted = true,
                () = closing.cancelled() => return Ok(()),
                () = tokio::time::sleep(wait) => wanted = true,
            }
            if self.unsaved && (self.saved_at.elapsed() >= SAVE) {
                self.save().await?;
            }
            if checked.elapsed() >= Duration::from_secs(1) {
                leadership.check().await?;
                checked = Instant::now();
            }
        }
    }

    fn nap(&self, wanted: bool) -> Duration {
        let again = self.open.values().any(|open| *open == Open::Again);
        let missing = self
            .open
            .values()
            .any(|open| matches!(open, Open::Missing { .. }));
        match (again, missing) {
            (true, _) => PUBLISH_AGAIN,
            (false, true) => LOOK_AGAIN,
            _ if wanted && self.flying.is_empty() => Duration::ZERO,
            _ if self.unsaved => SAVE,
            _ => Duration::from_secs(1),
        }
    }
}

/// Relays a service's outbox until `closing`; then publishes what is left, for at most `grace`.
pub(crate) async fn run(
    app: App,
    bus: Arc<Publisher>,
    first: Arc<[String]>,
    closing: CancellationToken,
    grace: Duration,
) {
    while !closing.is_cancelled() {
        match lead_once(&app, &bus, &first, &closing, grace).await {
            Ok(()) => return,
            Err(failure) => {
                tracing::warn!(service = app.name(), error = %failure, "relaying pauses");
            }
        }
        app.set_leads(false);
        tokio::select! {
            () = closing.cancelled() => return,
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
        }
    }
}

async fn lead_once(
    app: &App,
    bus: &Arc<Publisher>,
    first: &Arc<[String]>,
    closing: &CancellationToken,
    grace: Duration,
) -> Result<(), Failure> {
    let Some(leadership) = Leadership::win(app, closing).await? else {
        return Ok(());
    };
    app.set_leads(true);
    let (db, first) = (leadership.db.clone(), first.clone());
    let mut relay = Relay::load(app.clone(), bus.clone(), db, first).await?;
    relay.lead(&leadership, closing).await?;
    if tokio::time::timeout(grace, relay.drain()).await.is_err() {
        tracing::warn!(
            service = app.name(),
            "stopping with messages left in the outbox; the next start relays them"
        );
    }
    relay.save().await?;
    if leadership.postgres {
        leadership.db.close().await?;
    }
    Ok(())
}
