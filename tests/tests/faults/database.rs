//! The database restarts while messages flow.

use std::sync::atomic::Ordering;

use journeys::{
    eventually,
    process::Process,
    sample::{Mood, dossier, echo, fee, till, till_in},
    servers::Servers,
    until,
    wire::Raw,
};
use sea_orm::ConnectionTrait;

/// Writes down every attempt that is counted: rows in `deferred` are gone when their message has passed.
async fn watch_attempts(db: &impl ConnectionTrait, service: &str) {
    let sql = format!(
        "CREATE TABLE {service}.counted (history TEXT NOT NULL);
         CREATE FUNCTION {service}.count() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO {service}.counted VALUES (NEW.history); RETURN NEW; END $$;
         CREATE TRIGGER count BEFORE INSERT OR UPDATE ON {service}.deferred FOR EACH ROW EXECUTE FUNCTION {service}.count();"
    );
    db.execute_unprepared(&sql).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_restarts_costs_no_attempt_and_no_message() {
    let servers = Servers::start().await;
    let (rows, wire) = (servers.rows().await, servers.wire().await);
    let process = Process::start(vec![till(), echo()], &servers.addresses()).await;
    servers.first_message_passes().await;
    watch_attempts(rows.db(), "till").await;
    watch_attempts(rows.db(), "echo").await;
    let send = async |from: u32| {
        let numbers = from..from + 1_000;
        wire.publish(numbers.map(|number| Raw::of(dossier(number).0, &fee(number))))
            .await;
    };
    let midway = async |goal: i64| {
        until(
            "messages flow",
            |seen| *seen > goal,
            async || rows.seen("till").await,
        )
        .await;
    };
    // Asked to stop: open transactions are refused with 57P01.
    send(1).await;
    midway(100).await;
    servers.postgres.stop().await;
    send(1_001).await;
    servers.postgres.start_again().await;
    midway(1_000).await;
    // Killed: connections just end.
    servers.postgres.kill().await;
    send(2_001).await;
    servers.postgres.start_again().await;
    servers
        .exactly_once([process], &["till", "echo"], 3_001)
        .await;
    for service in ["till", "echo"] {
        assert_eq!(
            rows.count(service, "counted").await,
            Some(0),
            "attempts counted in {service}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_the_database_interrupts_goes_on_when_it_is_back() {
    let servers = Servers::start().await;
    let (rows, wire) = (servers.rows().await, servers.wire().await);
    let mood = Mood::default();
    let process = Process::start(vec![till_in(&mood), echo()], &servers.addresses()).await;
    servers.first_message_passes().await;
    mood.gate.close();
    mood.too_early.store(usize::MAX, Ordering::SeqCst);
    wire.publish((1..=20).map(|number| Raw::of(dossier(number).0, &fee(number))))
        .await;
    let deferred = async || rows.count("till", "deferred").await;
    eventually("all are deferred", Some(20), deferred).await;
    mood.too_early.store(0, Ordering::SeqCst);
    eventually("the first retry is at the gate", 2, async || {
        mood.gate.arrived()
    })
    .await;
    servers.postgres.kill().await;
    mood.gate.open();
    servers.postgres.start_again().await;
    servers.exactly_once([process], &["till", "echo"], 21).await;
}
