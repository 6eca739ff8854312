//! What is heard apart, over the broker: behind a flood, and when a service begins to hear something apart.

use std::{
    collections::BTreeSet,
    future::ready,
    sync::{Arc, Mutex},
};

use chassis::{Service, Tx};
use chrono::{DateTime, Utc};
use contracts::{
    DossierId,
    payment::{FeeOrdered, RequestFee},
};
use journeys::{
    eventually,
    process::Process,
    sample::{counter, dossier, fee},
    servers::Servers,
    until,
    wire::Raw,
};
use tokio::sync::watch;

/// More than a worker takes at once, and than the broker gives it ahead.
const FLOOD: u32 = 3_000;

/// What `till` has heard, and whether the flood may pass.
#[derive(Clone)]
struct Heard {
    urgent: Arc<Mutex<Vec<DossierId>>>,
    flood: Arc<Mutex<BTreeSet<DossierId>>>,
    open: Arc<watch::Sender<bool>>,
}

impl Heard {
    fn new(open: bool) -> Self {
        Self {
            urgent: Arc::default(),
            flood: Arc::default(),
            open: Arc::new(watch::Sender::new(open)),
        }
    }

    fn urgent(&self) -> Vec<DossierId> {
        self.urgent.lock().unwrap().clone()
    }

    fn flood(&self) -> usize {
        self.flood.lock().unwrap().len()
    }

    /// A service that waits with each order until it may pass.
    fn till(&self) -> Service {
        let (slow, quick) = (self.clone(), self.clone());
        Service::new("till")
            .hears_many(move |orders: Vec<FeeOrdered>, _: Tx| {
                let heard = slow.clone();
                async move {
                    let _ = heard.open.subscribe().wait_for(|open| *open).await;
                    let mut flood = heard.flood.lock().unwrap();
                    flood.extend(orders.iter().map(|order| order.dossier));
                    Ok(())
                }
            })
            .hears(move |request: RequestFee, _: Tx| {
                quick.urgent.lock().unwrap().push(request.dossier);
                ready(Ok(()))
            })
    }
}

fn ordered(number: u32) -> Raw {
    let request = fee(number);
    let order = FeeOrdered {
        order: request.order,
        dossier: request.dossier,
        total: request.total,
        ordered_at: DateTime::<Utc>::UNIX_EPOCH,
    };
    Raw::of(dossier(number).0, &order)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_heard_apart_waits_behind_no_flood_over_the_broker() {
    let servers = Servers::start().await;
    let wire = servers.wire().await;
    let heard = Heard::new(false);
    let till = heard.till().hears_apart::<RequestFee>();
    let process = Process::start(vec![counter(), till], &servers.addresses()).await;
    eventually("its queues are there", Some(0), async || {
        wire.ready("till.apart").await
    })
    .await;
    wire.publish((1..=FLOOD).map(ordered)).await;
    process.ask(0).await.unwrap();
    eventually("the urgent one is heard", vec![dossier(0)], async || {
        heard.urgent()
    })
    .await;
    assert_eq!(heard.flood(), 0, "before anything of the flood");
    heard.open.send_replace(true);
    let all = usize::try_from(FLOOD).unwrap();
    eventually("the flood is heard", all, async || heard.flood()).await;
    process.stop().await;
    assert_eq!(heard.urgent(), [dossier(0)], "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_begins_to_hear_something_apart_loses_nothing_and_hears_it_on_one_queue() {
    let servers = Servers::start().await;
    let (addresses, wire) = (servers.addresses(), servers.wire().await);
    let heard = Heard::new(true);
    let before = Process::start(vec![heard.till()], &addresses).await;
    eventually("its queue is there", Some(0), async || {
        wire.ready("till").await
    })
    .await;
    before.stop().await;
    // Said while nobody was there, to the one queue that there was.
    wire.publish([Raw::of(dossier(1).0, &fee(1))]).await;
    let apart = || heard.till().hears_apart::<RequestFee>();
    let after = Process::start(vec![apart()], &addresses).await;
    eventually("what waited is heard", vec![dossier(1)], async || {
        heard.urgent()
    })
    .await;
    until("it has a queue of its own", Option::is_some, async || {
        wire.ready("till.apart").await
    })
    .await;
    after.stop().await;
    wire.publish([Raw::of(dossier(2).0, &fee(2))]).await;
    let waits = async || (wire.ready("till").await, wire.ready("till.apart").await);
    eventually("it waits on one queue", (Some(0), Some(1)), waits).await;
    let again = Process::start(vec![apart()], &addresses).await;
    let both = vec![dossier(1), dossier(2)];
    eventually("it is heard", both, async || heard.urgent()).await;
    again.stop().await;
}
