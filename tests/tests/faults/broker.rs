//! The broker is killed, takes nothing, or gives up.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use chassis::Failure;
use futures::StreamExt;
use journeys::{
    eventually,
    process::Process,
    sample::{ask, counter, dossier, echo, fee, till},
    servers::Servers,
    until,
    wire::Raw,
};
use tokio::task::JoinHandle;

/// Citizens at the counter, one after another, until they are told to stop. Each act must succeed.
struct Asking {
    asked: Arc<AtomicU32>,
    enough: Arc<AtomicBool>,
    task: JoinHandle<Result<(), Failure>>,
}

impl Asking {
    fn start(process: &Process) -> Self {
        let (asked, enough) = (
            Arc::new(AtomicU32::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let (count, stop, app) = (asked.clone(), enough.clone(), process.app("counter"));
        let work = async move {
            let mut beat = tokio::time::interval(Duration::from_millis(10));
            while !stop.load(Ordering::SeqCst) {
                beat.tick().await;
                ask(app.clone(), count.load(Ordering::SeqCst)).await?;
                count.fetch_add(1, Ordering::SeqCst);
            }
            Ok(())
        };
        Self {
            asked,
            enough,
            task: tokio::spawn(process.inside(work)),
        }
    }

    async fn until_asked(&self, more: u32) {
        let goal = self.asked.load(Ordering::SeqCst) + more;
        until(
            "acts go on",
            |asked| *asked >= goal,
            async || {
                assert!(!self.task.is_finished(), "an act failed");
                self.asked.load(Ordering::SeqCst)
            },
        )
        .await;
    }

    async fn stop(self) -> u32 {
        self.enough.store(true, Ordering::SeqCst);
        self.task
            .await
            .unwrap()
            .expect("every act succeeds, whatever the broker does");
        self.asked.load(Ordering::SeqCst)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_killed_again_and_again_loses_nothing_while_acts_go_on() {
    let servers = Servers::start().await;
    let rows = servers.rows().await;
    let process = Process::start(vec![counter(), till(), echo()], &servers.addresses()).await;
    let asking = Asking::start(&process);
    for _ in 0..3 {
        let goal = rows.seen("echo").await + 50;
        until(
            "messages flow",
            |seen| *seen >= goal,
            async || rows.seen("echo").await,
        )
        .await;
        servers.kill_broker().await;
        asking.until_asked(50).await;
        servers.broker.start_again().await;
    }
    servers.broker_answers().await;
    let count = asking.stop().await;
    servers
        .exactly_once([process], &["counter", "till", "echo"], count)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_blocks_its_publishers_delays_messages_but_no_act() {
    let servers = Servers::start().await;
    let rows = servers.rows().await;
    let process = Process::start(vec![counter(), till(), echo()], &servers.addresses()).await;
    let asking = Asking::start(&process);
    until(
        "messages flow",
        |seen| *seen >= 50,
        async || rows.seen("echo").await,
    )
    .await;
    let watermark = async |share: &str| {
        servers
            .broker
            .run(&["rabbitmqctl", "set_vm_memory_high_watermark", share])
            .await;
    };
    watermark("0.0000001").await;
    eventually("publishers are blocked", true, async || {
        let states = servers
            .broker
            .run(&["rabbitmqctl", "--quiet", "list_connections", "state"])
            .await;
        states.lines().any(|state| state == "blocked")
    })
    .await;
    let arrived = rows.seen("echo").await;
    asking.until_asked(200).await;
    let meanwhile = rows.seen("echo").await - arrived;
    assert!(
        meanwhile < 200,
        "the broker was to take nothing, but {meanwhile} arrived"
    );
    watermark("0.6").await;
    let count = asking.stop().await;
    servers
        .exactly_once([process], &["counter", "till", "echo"], count)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_broker_gives_up_on_is_parked_and_not_dropped() {
    let servers = Servers::start().await;
    let (addresses, rows, wire) = (
        servers.addresses(),
        servers.rows().await,
        servers.wire().await,
    );
    let process = Process::start(vec![till(), echo()], &addresses).await;
    servers.first_message_passes().await;
    process.stop().await;
    let deadly = dossier(1).0;
    wire.publish((1..4).map(|number| Raw::of(dossier(number).0, &fee(number))))
        .await;
    // A service that dies of the first message each time it sees it.
    let mut deaths = 0;
    loop {
        let crashing = servers.wire().await;
        let first = crashing
            .consume("till", 1)
            .await
            .next()
            .await
            .expect("something is delivered")
            .unwrap();
        if Raw::from(&first).header("cloudEvents_id") != Some(deadly.to_string().as_str()) {
            break;
        }
        deaths += 1;
    }
    assert_eq!(deaths, 21, "the first delivery and twenty more");
    eventually("the broker gives it up", Some(1), async || {
        wire.ready("till.dead").await
    })
    .await;
    let process = Process::start(vec![till(), echo()], &addresses).await;
    let reason = "the broker delivered it 20 times without an acknowledgement";
    eventually("it is parked", vec![reason.to_owned()], async || {
        rows.parked("till").await
    })
    .await;
    eventually("its neighbours pass", 3, async || rows.seen("echo").await).await;
    process.stop().await;
}
