//! Small services whose only effect is a row a message: `counter` asks, `till` answers, `echo` and `archive` listen.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use chassis::{App, Failure, Migration, Service, Tx};
use contracts::{
    AccountId, DossierId, Vnd,
    payment::{FeeOrdered, RequestFee},
};
use sea_orm::{ConnectionTrait, DbErr, Statement, Value, sea_query::ArrayType};
use tokio::sync::watch;
use uuid::Uuid;

fn service(name: &'static str) -> Service {
    // No key: what is done twice must be seen twice.
    const EFFECTS: &str = "CREATE TABLE effects (dossier uuid NOT NULL)";
    Service::new(name).migrations(|| vec![Migration::new("m0001_effects", EFFECTS)])
}

async fn effect(
    db: &impl ConnectionTrait,
    dossiers: impl Iterator<Item = DossierId>,
) -> Result<(), DbErr> {
    let ids = dossiers.map(|dossier| Value::from(dossier.0)).collect();
    let sql = "INSERT INTO effects (dossier) SELECT unnest($1::uuid[])";
    let values = [Value::Array(ArrayType::Uuid, Some(Box::new(ids)))];
    db.execute_raw(Statement::from_sql_and_values(
        db.get_database_backend(),
        sql,
        values,
    ))
    .await
    .map(|_| ())
}

/// The dossier of the story's `number`th message.
pub fn dossier(number: u32) -> DossierId {
    Uuid::from_u128(u128::from(number) + 1).into()
}

/// The story's `number`th message.
///
/// # Panics
/// Never: its values are right.
pub fn fee(number: u32) -> RequestFee {
    RequestFee {
        order: dossier(number).0.into(),
        dossier: dossier(number),
        code: "H15.50.05.13-261008-0975".parse().expect("a right code"),
        procedure: None,
        procedure_version: None,
        payer: AccountId(Uuid::nil()),
        payer_name: "Nguyễn Thị Ví Dụ".parse().expect("a right name"),
        lines: Vec::new(),
        total: Vnd::new(8_000).expect("a right amount"),
    }
}

/// Hears nothing; [`ask`] makes it say `RequestFee`.
pub fn counter() -> Service {
    service("counter").says::<RequestFee>()
}

/// What a request does: one row, and the story's `number`th message, in one transaction of `counter`.
pub async fn ask(app: App, number: u32) -> Result<(), Failure> {
    let fee = fee(number);
    app.transact(async move |tx: Tx| {
        effect(tx.db(), std::iter::once(fee.dossier)).await?;
        tx.say(&fee);
        Ok(())
    })
    .await
}

/// Where handlers wait until the test lets them on.
#[derive(Clone)]
pub struct Gate {
    open: Arc<watch::Sender<bool>>,
    arrived: Arc<AtomicUsize>,
}

impl Gate {
    fn new(open: bool) -> Self {
        Self {
            open: Arc::new(watch::Sender::new(open)),
            arrived: Arc::default(),
        }
    }

    /// Nobody passes before it is opened.
    pub fn closed() -> Self {
        Self::new(false)
    }

    /// From now on everybody waits.
    pub fn close(&self) {
        self.open.send_replace(false);
    }

    /// Lets everybody on.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// How often a handler has come to it.
    pub fn arrived(&self) -> usize {
        self.arrived.load(Ordering::SeqCst)
    }

    async fn pass(&self) {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        let _ = self.open.subscribe().wait_for(|open| *open).await;
    }
}

/// How `till` is today.
#[derive(Clone)]
pub struct Mood {
    /// Where it waits with its row inserted and its transaction open.
    pub gate: Gate,
    /// Whether it refuses dossier 13 for good.
    pub refuses_13: Arc<AtomicBool>,
    /// How many more times it says that a message comes too early.
    pub too_early: Arc<AtomicUsize>,
}

impl Default for Mood {
    fn default() -> Self {
        Self {
            gate: Gate::new(true),
            refuses_13: Arc::default(),
            too_early: Arc::default(),
        }
    }
}

/// Hears `RequestFee` and says `FeeOrdered`.
pub fn till() -> Service {
    till_in(&Mood::default())
}

/// The same, in a mood.
pub fn till_in(mood: &Mood) -> Service {
    let mood = mood.clone();
    service("till")
        .hears(move |request: RequestFee, tx: Tx| {
            let mood = mood.clone();
            async move {
                effect(tx.db(), std::iter::once(request.dossier)).await?;
                if request.dossier == dossier(13) && mood.refuses_13.load(Ordering::SeqCst) {
                    // A reason may quote anything, even what PostgreSQL cannot keep.
                    return Err(Failure::park("thirteen is not served here\0"));
                }
                let sooner = |left: usize| left.checked_sub(1);
                if mood
                    .too_early
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, sooner)
                    .is_ok()
                {
                    return Err(Failure::too_early("the till is not open yet"));
                }
                mood.gate.pass().await;
                tx.say(&FeeOrdered {
                    order: request.order,
                    dossier: request.dossier,
                    total: request.total,
                    ordered_at: tx.now(),
                });
                Ok(())
            }
        })
        .says::<FeeOrdered>()
}

/// Hears `FeeOrdered`, many at a time.
pub fn echo() -> Service {
    listener("echo")
}

/// A second one that does as `echo` does.
pub fn archive() -> Service {
    listener("archive")
}

fn listener(name: &'static str) -> Service {
    service(name).hears_many(async |orders: Vec<FeeOrdered>, tx: Tx| {
        effect(tx.db(), orders.iter().map(|order| order.dossier)).await?;
        Ok(())
    })
}
