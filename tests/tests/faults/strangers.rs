//! What strangers put on the wire: nothing they say is lost, done twice, or in anybody's way.

use std::sync::atomic::Ordering;

use chassis::parked::{self, Act};
use journeys::{
    eventually,
    process::Process,
    sample::{Mood, dossier, echo, fee, till_in},
    servers::Servers,
    wire::Raw,
};
use uuid::Uuid;

fn right(number: u32) -> Raw {
    Raw::of(dossier(number).0, &fee(number))
}

/// Messages that no service can take, each with the beginning of the reason that operators are to read.
fn poison() -> Vec<(Raw, &'static str)> {
    let padded = |bytes: usize| {
        let mut body = serde_json::to_string(&fee(107)).unwrap();
        body.push_str(&" ".repeat(bytes - body.len()));
        body
    };
    vec![
        (
            right(100).saying([b'"', 0xff, 0xfe, b'"']),
            "its body is not UTF-8",
        ),
        (
            right(101).without("cloudEvents_id"),
            "it has no cloudEvents_id (a UUID)",
        ),
        (
            right(102).with("cloudEvents_id", "one hundred and two"),
            "it has no cloudEvents_id (a UUID)",
        ),
        (
            right(103).without("cloudEvents_type"),
            "it has no cloudEvents_type",
        ),
        (
            right(104).with("cloudEvents_type", "no\0type"),
            "it has no cloudEvents_type",
        ),
        (
            right(105).with("cloudEvents_type", "payment.no-such.v1"),
            "till does not hear payment.no-such.v1",
        ),
        (
            right(106).with("cloudEvents_type", "payment.request-fee.v2"),
            "till does not hear payment.request-fee.v2",
        ),
        (
            right(107).saying(padded(64 * 1024 + 1)),
            "its body is 65537 bytes long, over the limit of 65536",
        ),
        (
            right(108).saying("{\"order\": "),
            "the body cannot be read as payment.request-fee.v1 (line 1",
        ),
        (
            right(109).saying("\0"),
            "the body cannot be read as payment.request-fee.v1 (line 1",
        ),
        (right(13), "thirteen is not served here"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_is_parked_with_its_reason_duplicates_are_recognised_and_their_neighbours_pass() {
    let servers = Servers::start().await;
    let (rows, wire) = (servers.rows().await, servers.wire().await);
    let mood = Mood::default();
    mood.refuses_13.store(true, Ordering::SeqCst);
    let process = Process::start(vec![till_in(&mood), echo()], &servers.addresses()).await;

    // Right ones, the last first; some twice; one at the limit; one whose trace and subject are nonsense.
    let mut messages: Vec<Raw> = (20..60).rev().map(right).collect();
    messages[3] = right(56)
        .with("traceparent", "00-\0")
        .with("cloudEvents_subject", [0xff]);
    messages[5] = right(54).with("traceparent", "not a trace at all");
    messages.extend((20..60).step_by(3).map(right));
    let poison = poison();
    for (number, (message, _)) in poison.iter().enumerate() {
        messages.insert(number * 4, message.clone());
        messages.insert(number * 4 + 2, message.clone());
    }
    wire.publish(messages).await;

    eventually("all poison is parked, once", poison.len(), async || {
        rows.parked("till").await.len()
    })
    .await;
    let found = rows.parked("till").await;
    for (_, reason) in &poison {
        assert!(
            found.iter().any(|found| found.starts_with(reason)),
            "nothing is parked because {reason}: {found:?}"
        );
    }
    let once = Some((40, 40));
    eventually("the neighbours pass, once", once, async || {
        rows.effects("echo").await
    })
    .await;
    eventually("the queue is empty", Some(0), async || {
        wire.ready("till").await
    })
    .await;
    assert_eq!(
        (rows.effects("till").await, rows.effects("echo").await),
        (once, once)
    );
    assert_eq!(rows.count("till", "deferred").await, Some(0));

    // An operator puts right what can be put right, and gives up the rest.
    mood.refuses_13.store(false, Ordering::SeqCst);
    let app = process.app("till");
    process
        .inside(async move {
            for message in parked::list(app.db(), 100).await.unwrap() {
                let act = if message.id == dossier(13).0 {
                    Act::Replay
                } else {
                    Act::Discard
                };
                parked::act(app.db(), app.clock(), message.id, act, "operator", "a test")
                    .await
                    .unwrap();
            }
            let again = parked::act(
                app.db(),
                app.clock(),
                Uuid::from_u128(1),
                Act::Replay,
                "operator",
                "a test",
            );
            assert!(
                again.await.is_err(),
                "what is not parked cannot be replayed"
            );
        })
        .await;
    servers.exactly_once([process], &["till", "echo"], 41).await;
    assert_eq!(
        rows.count("till", "parked_audit").await,
        Some(i64::try_from(poison.len()).unwrap())
    );
}
