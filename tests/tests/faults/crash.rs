//! Services die at the worst moments.

use std::time::{Duration, Instant};

use journeys::{
    eventually,
    process::{Addresses, Process},
    sample::{Gate, Mood, counter, echo, fee, till, till_in},
    servers::Servers,
    until,
    wire::Raw,
};
use uuid::Uuid;

use crate::line::Line;

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_dies_between_commit_and_publish_has_said_everything_once_in_the_end() {
    let servers = Servers::start().await;
    let addresses = servers.addresses();
    let hearing = Process::start(vec![till(), echo()], &addresses).await;
    let nobody = Addresses {
        bus: "amqp://guest:guest@127.0.0.1:1/%2f".to_owned(),
        ..addresses.clone()
    };
    let asking = Process::start(vec![counter()], &nobody).await;
    for number in 0..300 {
        asking.ask(number).await.unwrap();
    }
    asking.kill();
    let rows = servers.rows().await;
    assert_eq!(
        rows.effects("counter").await,
        Some((300, 300)),
        "all was committed"
    );
    assert_eq!(rows.seen("till").await, 0, "nothing was published");
    let asking = Process::start(vec![counter()], &addresses).await;
    servers
        .exactly_once([asking, hearing], &["counter", "till", "echo"], 300)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_dies_between_commit_and_acknowledgement_does_nothing_twice() {
    let servers = Servers::start().await;
    let (addresses, rows, wire) = (
        servers.addresses(),
        servers.rows().await,
        servers.wire().await,
    );
    let hearing = Process::start(vec![echo()], &addresses).await;
    let line = Line::to(servers.broker_address()).await;
    let through = Addresses {
        bus: format!("amqp://guest:guest@{}/%2f", line.address()),
        ..addresses.clone()
    };
    let mood = Mood {
        gate: Gate::closed(),
        ..Mood::default()
    };
    let process = Process::start(vec![till_in(&mood)], &through).await;
    wire.publish([Raw::of(Uuid::from_u128(1), &fee(0))]).await;
    eventually("the handler is at the gate", 1, async || {
        mood.gate.arrived()
    })
    .await;

    // The connection ends in the middle of a handler: what it began is rolled back, and it is called again.
    servers
        .broker
        .run(&["rabbitmqctl", "close_all_connections", "a test"])
        .await;
    eventually("the handler is called again", 2, async || {
        mood.gate.arrived()
    })
    .await;
    assert_eq!(rows.seen("till").await, 0);

    // The acknowledgement never arrives: the effect is committed, and the broker believes it is not.
    line.swallow();
    mood.gate.open();
    eventually("it is committed", Some((1, 1)), async || {
        rows.effects("till").await
    })
    .await;
    let unacknowledged = [
        "rabbitmqctl",
        "--quiet",
        "--no-table-headers",
        "list_queues",
        "name",
        "messages_unacknowledged",
    ];
    eventually(
        "the broker waits for its acknowledgement",
        true,
        async || {
            servers
                .broker
                .run(&unacknowledged)
                .await
                .lines()
                .any(|line| line == "till\t1")
        },
    )
    .await;
    process.kill();
    let process = Process::start(vec![till_in(&mood)], &addresses).await;
    servers
        .exactly_once([process, hearing], &["till", "echo"], 1)
        .await;
    assert_eq!(
        mood.gate.arrived(),
        2,
        "its effect was recognised before its handler was called"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_replicas_one_relays_at_the_word_of_the_other_and_is_replaced_when_it_dies() {
    let servers = Servers::start().await;
    let (addresses, rows) = (servers.addresses(), servers.rows().await);
    let services = || vec![counter(), till(), echo()];
    let leader = Process::start(services(), &addresses).await;
    let leads =
        "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7403 AND granted";
    eventually(
        "the first replica leads its three relays",
        Some(3),
        async || rows.number(leads).await,
    )
    .await;
    let other = Process::start(services(), &addresses).await;
    other.ask(0).await.unwrap();
    eventually("the two are at work", 1, async || rows.seen("echo").await).await;

    // The leader sleeps for up to a second when it has nothing to do; only a word from the other can wake it earlier.
    let mut waits = Vec::new();
    for number in 1..10 {
        eventually("the leader has nothing to do", Some(true), async || {
            rows.settled("counter").await
        })
        .await;
        let said = Instant::now();
        other.ask(number).await.unwrap();
        let goal = i64::from(number) + 1;
        eventually("it arrives", goal, async || rows.seen("till").await).await;
        waits.push(said.elapsed());
    }
    waits.sort();
    assert!(
        waits[4] < Duration::from_millis(500),
        "a word said by the replica that does not lead took {waits:?}"
    );

    for number in 10..500 {
        other.ask(number).await.unwrap();
    }
    leader.kill();
    let died = Instant::now();
    for number in 500..1_000 {
        other.ask(number).await.unwrap();
    }
    until(
        "the other leads",
        |seen| *seen > 500,
        async || rows.seen("echo").await,
    )
    .await;
    assert!(
        died.elapsed() < Duration::from_secs(20),
        "taking over took {:?}",
        died.elapsed()
    );
    servers
        .exactly_once([other], &["counter", "till", "echo"], 1_000)
        .await;
}
