//! The database restarts while messages flow.

use journeys::{
    process::Process,
    sample::{dossier, echo, fee, till},
    servers::Servers,
    until,
    wire::Raw,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_restarts_costs_no_attempt_and_no_message() {
    let servers = Servers::start().await;
    let (rows, wire) = (servers.rows().await, servers.wire().await);
    let process = Process::start(vec![till(), echo()], &servers.addresses()).await;
    servers.first_message_passes().await;
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
}
