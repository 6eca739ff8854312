//! What is sent is sent once: by two workers on the same rows, and across a crash between the call and its answer.

use std::{sync::Arc, time::Duration};

use chassis::{
    App, Clock, Ground,
    auth::{Jwks, Keys},
    config::{Settings, Variables},
};
use chrono::TimeDelta;
use contracts::{DossierId, notification::MessageUndeliverable};
use notification::{
    channel::zalo::tokens::{TokenStore, Tokens},
    handlers::dispatch,
    store::zalo::Kept,
};
use testkit::start_of_play;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{MAILS_ALONE, mail, server::Server, stage_with, submitted};

/// Two processes of the service on one database.
async fn pair(folder: &tempfile::TempDir, url: &str) -> [App; 2] {
    let mut variables = Variables::from([
        (
            "DATA_DIR".to_owned(),
            folder.path().to_string_lossy().into_owned(),
        ),
        (
            "DATABASE_URL".to_owned(),
            "sqlite://{data_dir}/{service}.db".to_owned(),
        ),
        (
            "CATALOGUE_DIR".to_owned(),
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue").to_owned(),
        ),
        ("NOTIFICATION__SMTP__URL".to_owned(), url.to_owned()),
        ("NOTIFICATION__IN_FLIGHT".to_owned(), "4".to_owned()),
    ]);
    let alone = MAILS_ALONE.iter();
    variables.extend(alone.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let ground = Ground {
        settings: Arc::new(Settings::load(&variables).unwrap()),
        variables,
        clock: Clock::held_at(start_of_play()),
        keys: Keys::fixed(&Jwks { keys: Vec::new() }),
        stopping: CancellationToken::new(),
    };
    let open = async || App::open(&notification::service(), &ground).await.unwrap();
    [open().await, open().await]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_on_the_same_rows_send_each_once() {
    const NEWS: u128 = 40;
    let (server, folder) = (Server::open().await, tempfile::tempdir().unwrap());
    let [one, other] = pair(&folder, &server.url()).await;
    for number in 1..=NEWS {
        let mut event = submitted(Some("vi.du@example.vn"));
        event.dossier = DossierId(Uuid::from_u128(number));
        let told = one.transact(async |tx| notification::handlers::submitted(event, tx).await);
        told.await.unwrap();
    }
    let told = tokio::join!(dispatch::tell_due(&one), dispatch::tell_due(&other));
    told.0.unwrap();
    told.1.unwrap();
    let left = dispatch::tell_due(&one).await.unwrap();
    assert_eq!(left, None, "nothing is left to do");
    let mut ids: Vec<String> = server
        .taken()
        .iter()
        .map(|mail| {
            let (_, behind) = mail.split_once("Message-ID: <").unwrap();
            behind.split_once('@').unwrap().0.to_owned()
        })
        .collect();
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    assert_eq!((all, ids.len()), (NEWS as usize, NEWS as usize));
}

#[tokio::test]
async fn a_mail_whose_answer_was_lost_in_a_crash_is_not_sent_again() {
    let server = Server::open().await;
    let url = server.url();
    let variables = [
        ("NOTIFICATION__SMTP__URL", url.as_str()),
        ("NOTIFICATION__LOW__CALL", "true"),
    ];
    let mut stage = stage_with(&variables).await;
    server.falls_silent();
    stage
        .say("intake", &submitted(Some("vi.du@example.vn")))
        .await;
    tokio::select! {
        () = stage.settle() => unreachable!("the server never answers"),
        () = server.mail_came() => {}
    }
    stage.open_again(vec![notification::service()]).await;
    stage.settle().await;
    let lost = mail(&stage).await;
    assert_eq!(lost["state"], "trying", "{lost}");
    // Past its lease and the time that a receipt may take, the next rung's turn has come: here an officer's.
    for _ in 0..4 {
        stage.advance(Duration::from_mins(5)).await;
    }
    let given_up = stage.said::<MessageUndeliverable>("notification").await;
    assert_eq!(given_up.len(), 1);
    assert!(given_up[0].call);
    assert_eq!(server.taken().len(), 1, "it was sent once");
    assert!(stage.parked("notification").await.is_empty());
}

#[tokio::test]
async fn one_replica_at_a_time_renews_zalos_tokens_and_who_lost_the_lease_saves_nothing() {
    let stage = stage_with(&[]).await;
    let [one, other] = [Kept::default(), Kept::default()];
    assert!(one.load().await.is_err(), "the service has not started");
    for kept in [&one, &other] {
        kept.bind(stage.app("notification"));
    }
    let (now, [me, you]) = (stage.now(), [Uuid::from_u128(1), Uuid::from_u128(2)]);
    let until = now + TimeDelta::minutes(1);
    assert_eq!(one.load().await.unwrap(), None);
    assert!(one.lock(me, now, until).await.unwrap());
    assert!(
        !other.lock(you, now, until).await.unwrap(),
        "somebody else has it"
    );
    let tokens = |refresh: &str| Tokens {
        access: "access".into(),
        until,
        refresh: refresh.into(),
        origin: "origin".to_owned(),
    };
    // The holder died: its lease runs out.
    assert!(
        other
            .lock(you, until, until + TimeDelta::minutes(1))
            .await
            .unwrap()
    );
    let lost = one.save(me, &tokens("mine")).await.unwrap_err();
    assert!(!lost.to_string().contains("mine"));
    other.save(you, &tokens("yours")).await.unwrap();
    assert_eq!(one.load().await.unwrap(), Some(tokens("yours")));
    assert!(
        one.lock(me, now, until).await.unwrap(),
        "saving ends the lease"
    );
    one.unlock(me).await.unwrap();
    assert!(other.lock(you, now, until).await.unwrap());
}
