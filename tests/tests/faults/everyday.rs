//! What the wire and the outbox promise when nothing is killed.

use std::{collections::HashMap, time::Duration};

use futures::StreamExt;
use journeys::{
    eventually,
    process::Process,
    sample::{archive, counter, dossier, echo, fee, till},
    servers::Servers,
    until,
    wire::Raw,
};
use sea_orm::{ConnectionTrait, TransactionTrait};
use tokio::time::timeout;
use uuid::Uuid;

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test(flavor = "multi_thread")]
async fn many_messages_pass_two_services_exactly_once_and_their_envelopes_go_all_the_way() {
    let servers = Servers::start().await;
    let process = Process::start(vec![till(), echo()], &servers.addresses()).await;
    servers.first_message_passes().await;
    let wire = servers.wire().await;
    let mut tap = wire.listen("tap", "#").await;
    let count = 2_000;
    let asked = |number: u32| Uuid::from_u128(u128::MAX - u128::from(number));
    let question = |number| Raw::of(asked(number), &fee(number)).with("traceparent", TRACE);
    wire.publish((1..count).map(question)).await;
    servers
        .exactly_once([process], &["till", "echo"], count)
        .await;

    let mut answers = HashMap::new();
    while answers.len() < count as usize - 1 {
        let heard = timeout(Duration::from_secs(10), tap.next()).await;
        let heard = heard
            .expect("the tap hears every answer")
            .expect("the tap is open")
            .expect("a delivery");
        let heard = Raw::from(&heard);
        if heard.header("cloudEvents_type") == Some("payment.fee-ordered.v1") {
            let cause = heard
                .header("cloudEvents_causationid")
                .expect("every answer has a cause")
                .to_owned();
            answers.insert(cause, heard);
        }
    }
    let mut ids = std::collections::HashSet::new();
    for number in 1..count {
        let answer = answers
            .get(&asked(number).to_string())
            .expect("every question has an answer");
        assert_eq!(answer.header("traceparent"), Some(TRACE));
        assert_eq!(
            answer.header("cloudEvents_subject"),
            Some(dossier(number).to_string().as_str())
        );
        assert_eq!(answer.header("cloudEvents_source"), Some("till"));
        assert_eq!(answer.header("cloudEvents_specversion"), Some("1.0"));
        let id = answer
            .header("cloudEvents_id")
            .expect("every message has an id");
        assert!(ids.insert(id.to_owned()), "no two messages share an id");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_waits_for_a_hearer_that_has_never_run_though_another_has_heard_it() {
    let servers = Servers::start().await;
    let (addresses, rows) = (servers.addresses(), servers.rows().await);
    let map = serde_json::json!([
        { "service": "till", "hears": ["payment.request-fee.v1"] },
        { "service": "echo", "hears": ["payment.fee-ordered.v1"] },
        { "service": "archive", "hears": ["payment.fee-ordered.v1"] },
    ]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("topology.json");
    std::fs::write(&file, map.to_string()).unwrap();
    let services = vec![counter(), till(), echo()];
    let process = Process::start_in_map(services, &addresses, file.to_str().unwrap()).await;
    let count = 50;
    for number in 0..count {
        process.ask(number).await.unwrap();
    }
    servers
        .exactly_once([process], &["till", "echo"], count)
        .await;
    assert_eq!(
        rows.effects("archive").await,
        None,
        "archive has not run yet: it has no table"
    );

    let late = Process::start(vec![archive()], &addresses).await;
    servers.exactly_once([late], &["archive"], count).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_hears_yet_arrives_once_when_its_hearer_comes() {
    let servers = Servers::start().await;
    let (addresses, rows) = (servers.addresses(), servers.rows().await);
    let asking = Process::start(vec![counter()], &addresses).await;
    for number in 0..20 {
        asking.ask(number).await.unwrap();
    }
    // Beyond the ladder's quick steps, so that it is the ladder that brings them, and not luck.
    let tried = "SELECT COUNT(*) FROM counter.deferred WHERE direction = 'out' AND attempts >= 4";
    eventually("all are set aside", Some(20), async || {
        rows.number(tried).await
    })
    .await;
    let hearing = Process::start(vec![till(), echo()], &addresses).await;
    servers
        .exactly_once([asking, hearing], &["counter", "till", "echo"], 20)
        .await;
}

/// Makes `counter`'s outbox wait, or fail, with the number drawn and the transaction open, for two marked dossiers.
async fn hold_and_fail(db: &impl ConnectionTrait, held: u32, failing: u32) {
    let sql = format!(
        "CREATE FUNCTION counter.hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.subject = '{}' THEN PERFORM pg_advisory_xact_lock(1, 1); END IF;
            IF NEW.subject = '{}' THEN RAISE EXCEPTION 'this one fails'; END IF;
            RETURN NEW; END $$;
         CREATE TRIGGER hold BEFORE INSERT ON counter.outbox FOR EACH ROW EXECUTE FUNCTION counter.hold();",
        dossier(held),
        dossier(failing)
    );
    db.execute_unprepared(&sql).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_commit_is_still_relayed_and_a_number_that_never_comes_holds_nothing_up() {
    let servers = Servers::start().await;
    let rows = servers.rows().await;
    let process = Process::start(vec![counter(), till(), echo()], &servers.addresses()).await;
    process.ask(0).await.unwrap();
    eventually("the relay is at work", 1, async || rows.seen("echo").await).await;
    hold_and_fail(rows.db(), 1, 2).await;

    let gate = rows.db().begin().await.unwrap();
    gate.execute_unprepared("SELECT pg_advisory_xact_lock(1, 1)")
        .await
        .unwrap();
    let late = tokio::spawn(process.inside(journeys::sample::ask(process.app("counter"), 1)));
    let waiting =
        "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1 AND NOT granted";
    eventually("the first has its number and waits", Some(1), async || {
        rows.number(waiting).await
    })
    .await;
    assert!(
        process.ask(2).await.is_err(),
        "the second draws a number and rolls back"
    );
    for number in 3..50 {
        process.ask(number).await.unwrap();
    }
    eventually("its successors pass it", 48, async || {
        rows.seen("echo").await
    })
    .await;
    let open = "SELECT jsonb_array_length(open::jsonb)::bigint FROM counter.relay";
    let written = |open: &Option<i64>| open.is_some_and(|open| open > 0);
    until("the gap is written down", written, async || {
        rows.number(open).await
    })
    .await;
    gate.commit().await.unwrap();
    late.await.unwrap().unwrap();
    eventually("the late one arrives", 49, async || rows.seen("echo").await).await;
    servers
        .exactly_once([process], &["counter", "till", "echo"], 49)
        .await;
    assert_eq!(
        rows.number(open).await,
        Some(0),
        "the number that never came is given up"
    );
}
