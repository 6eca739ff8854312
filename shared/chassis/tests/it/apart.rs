//! What is heard apart waits behind no flood; and services that stop take leave.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chassis::{
    App, Clock, Failure, Ground, Running, Service, Tx,
    auth::{Jwks, Keys},
    config::{Settings, Variables},
};
use contracts::payment::{FeeOrdered, RequestFee};
use futures::FutureExt;
use tokio::{
    sync::{Notify, Semaphore},
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::sample::fee;

/// More than may be on its way to one hearer, and in its queue.
const FLOOD: i64 = 2_200;
const PATIENCE: Duration = Duration::from_mins(1);

/// Services at work in a process, as they are in production.
struct Town {
    running: Running,
    stopping: CancellationToken,
    _folder: tempfile::TempDir,
}

impl Town {
    async fn open(services: Vec<Service>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_string_lossy().into_owned();
        let variables = Variables::from(
            [
                ("BUS_URL", "local:"),
                ("DATABASE_URL", "sqlite://{data_dir}/{service}.db"),
                ("DATA_DIR", &data),
                ("BUS_TOPOLOGY", "none"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let stopping = CancellationToken::new();
        let ground = Ground {
            settings: Arc::new(Settings::load(&variables).unwrap()),
            variables,
            clock: Clock::system(),
            keys: Keys::fixed(&Jwks { keys: Vec::new() }),
            stopping: stopping.clone(),
        };
        let running = Running::start(&services, &ground).await.unwrap().unwrap();
        Self {
            running,
            stopping,
            _folder: folder,
        }
    }

    fn app(&self, name: &str) -> App {
        let app = self.running.apps().iter().find(|app| app.name() == name);
        app.unwrap().clone()
    }

    async fn stop(self, limit: Duration) {
        self.stopping.cancel();
        self.running.drain(limit).await;
    }
}

/// Says what can wait, `count` times, and then what cannot.
async fn say(app: &App, count: i64) {
    let said: Result<(), Failure> = app
        .transact(async |tx: Tx| {
            for number in 1..=count {
                let request = fee(number);
                tx.say(&FeeOrdered {
                    order: request.order,
                    dossier: request.dossier,
                    total: request.total,
                    ordered_at: tx.now(),
                });
            }
            tx.say(&fee(1));
            Ok(())
        })
        .await;
    said.unwrap();
}

#[tokio::test]
async fn what_is_heard_apart_waits_behind_no_flood_on_either_side_of_the_bus() {
    let (gate, urgent) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
    let (heard, all_heard) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (through, told, count) = (gate.clone(), urgent.clone(), heard.clone());
    let last = all_heard.clone();
    let hearer = Service::new("hearer")
        .consumes(64, 1)
        .hears_slow(
            move |_: FeeOrdered, _| {
                let (through, count, last) = (through.clone(), count.clone(), last.clone());
                async move {
                    through.acquire().await.map_err(Failure::retry)?.forget();
                    if count.fetch_add(1, Ordering::SeqCst) + 1 == usize::try_from(FLOOD).unwrap() {
                        last.notify_one();
                    }
                    Ok(())
                }
            },
            async |_: FeeOrdered, (), _: Tx| Ok(()),
        )
        .hears(move |_: RequestFee, _: Tx| {
            told.notify_one();
            std::future::ready(Ok(()))
        })
        .hears_apart::<RequestFee>();
    assert_eq!(hearer.hearer().hears, ["payment.fee-ordered.v1"]);
    assert_eq!(hearer.hearer().apart, ["payment.request-fee.v1"]);
    let sayer = Service::new("sayer")
        .says::<FeeOrdered>()
        .says::<RequestFee>();
    let town = Town::open(vec![hearer, sayer]).await;
    // Nothing of the flood is done with: its queue is full, and so is what the relay may have on its way.
    say(&town.app("sayer"), FLOOD).await;
    let came = timeout(PATIENCE, urgent.notified()).await;
    came.expect("what is urgent is heard before the flood");
    assert_eq!(heard.load(Ordering::SeqCst), 0);
    // The flood is heard all the same, each once, and what went first is not heard again.
    gate.add_permits(usize::try_from(FLOOD).unwrap() + 1);
    timeout(2 * PATIENCE, all_heard.notified())
        .await
        .expect("the flood is heard");
    assert!(urgent.notified().now_or_never().is_none(), "heard once");
    town.stop(Duration::from_secs(10)).await;
    assert_eq!(
        heard.load(Ordering::SeqCst),
        usize::try_from(FLOOD).unwrap()
    );
}

#[tokio::test]
async fn what_is_heard_apart_waits_for_no_line_of_batches_at_the_one_writer() {
    let (gate, urgent) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
    let heard = Arc::new(AtomicUsize::new(0));
    let (through, told, count) = (gate.clone(), urgent.clone(), heard.clone());
    let hearer = Service::new("hearer")
        .consumes(1, 6)
        .hears(move |_: FeeOrdered, _: Tx| {
            let (through, count) = (through.clone(), count.clone());
            async move {
                // Its transaction is open all the while: nobody else writes.
                through.acquire().await.map_err(Failure::retry)?.forget();
                count.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
        })
        .hears(move |_: RequestFee, _: Tx| {
            told.notify_one();
            std::future::ready(Ok(()))
        })
        .hears_apart::<RequestFee>();
    let sayer = Service::new("sayer")
        .says::<FeeOrdered>()
        .says::<RequestFee>();
    let town = Town::open(vec![hearer, sayer]).await;
    say(&town.app("sayer"), 20).await;
    // The one that writes and the one that is next: the other four wait behind the urgent one.
    gate.add_permits(2);
    let came = timeout(PATIENCE, urgent.notified()).await;
    came.expect("it waits for two batches at most");
    assert!(heard.load(Ordering::SeqCst) <= 2);
    gate.add_permits(18);
    town.stop(Duration::from_secs(20)).await;
}

#[tokio::test]
async fn what_nobody_hears_keeps_nothing_else_from_being_said() {
    const PAIRS: usize = 150;
    let (heard, all_heard) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let last = all_heard.clone();
    let hearer = Service::new("hearer").hears(move |_: RequestFee, _: Tx| {
        if heard.fetch_add(1, Ordering::SeqCst) + 1 == PAIRS {
            last.notify_one();
        }
        std::future::ready(Ok(()))
    });
    let sayer = Service::new("sayer")
        .says::<FeeOrdered>()
        .says::<RequestFee>();
    let town = Town::open(vec![hearer, sayer]).await;
    // Each is a transaction of its own, so that the relay writes down where it is while it sets aside what nobody hears.
    for _ in 0..PAIRS {
        say(&town.app("sayer"), 1).await;
    }
    let came = timeout(PATIENCE, all_heard.notified()).await;
    came.expect("what somebody hears is heard");
    town.stop(Duration::from_secs(10)).await;
}

/// What happened, in order.
type Log = Arc<Mutex<Vec<&'static str>>>;

fn note(log: &Log, what: &'static str) {
    log.lock().unwrap().push(what);
}

#[tokio::test]
async fn a_service_that_stops_finishes_what_it_had_begun_and_takes_leave() {
    let (log, started) = (Log::default(), Arc::new(Notify::new()));
    let (work, leave, began) = (log.clone(), log.clone(), started.clone());
    let service = Service::new("till")
        .hears_slow(
            move |_: RequestFee, work: chassis::Work| {
                let began = began.clone();
                async move {
                    began.notify_one();
                    // Until it is told to stop, and then some.
                    let app = work.app().clone();
                    while !app.is_stopping() {
                        tokio::task::yield_now().await;
                    }
                    tokio::task::yield_now().await;
                    Ok(())
                }
            },
            move |_: RequestFee, (), _: Tx| {
                note(&work, "finished");
                std::future::ready(Ok(()))
            },
        )
        .says::<RequestFee>()
        .says::<FeeOrdered>()
        .stops(async |_: App| Err(Failure::too_early("nobody is there to take leave of")))
        .stops(async |_: App| panic!("this one panics"))
        .stops(move |app: App| {
            let log = leave.clone();
            async move {
                assert!(app.is_stopping());
                note(&log, "left");
                Ok(())
            }
        });
    let town = Town::open(vec![service]).await;
    say(&town.app("till"), 0).await;
    timeout(PATIENCE, started.notified()).await.unwrap();
    town.stop(Duration::from_secs(20)).await;
    assert_eq!(*log.lock().unwrap(), ["finished", "left"]);
}

#[tokio::test]
async fn who_takes_leave_for_too_long_is_cut_off() {
    let service = Service::new("till").stops(async |_: App| {
        std::future::pending::<()>().await;
        Ok(())
    });
    let town = Town::open(vec![service]).await;
    let before = Instant::now();
    town.stop(Duration::from_millis(100)).await;
    assert!(before.elapsed() < Duration::from_secs(20));
}
