//! The audit log: what is recorded is sealed and witnessed, and whoever tampers with it is found out.

use chassis::{
    Failure, Service, Tx,
    audit::{self, Checkpoint, Deed, Finding, Verifier},
};
use contracts::{audit::CheckpointSealed, desk::ResultAwaitsFee};
use sea_orm::ConnectionTrait;
use testkit::Stage;
use uuid::Uuid;

const KEY: &str = "2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a";
const ORIGIN: &str = "motcua.example/clerk";

/// Records what it hears.
fn clerk() -> Service {
    async fn heard(heard: ResultAwaitsFee, tx: Tx) -> Result<(), Failure> {
        let deed = Deed::of("rule".into(), "clerk.noted").to(heard.dossier.0);
        tx.record(deed.with(serde_json::json!({ "order": heard.order })));
        Ok(())
    }
    Service::new("clerk").hears(heard).audits()
}

async fn stage() -> Stage {
    let settings = [("AUDIT_KEY", KEY), ("PUBLIC_URL", "https://motcua.example")];
    Stage::configured(vec![clerk(), Service::new("notary").witnesses()], &settings).await
}

fn awaited(number: u128) -> ResultAwaitsFee {
    let mut example: serde_json::Value = serde_json::from_str(
        contracts::all()
            .into_iter()
            .find(|message| message.wire == "desk.result-awaits-fee.v1")
            .unwrap()
            .golden,
    )
    .unwrap();
    example["dossier"] = Uuid::from_u128(number).to_string().into();
    serde_json::from_value(example).unwrap()
}

/// Records some deeds and seals them.
async fn records(stage: &mut Stage, numbers: std::ops::Range<u128>) -> usize {
    for number in numbers {
        stage.say("desk", &awaited(number)).await;
    }
    stage.settle().await;
    let sealed = audit::seal(stage.app("clerk")).await.unwrap();
    stage.settle().await;
    sealed
}

async fn verified(stage: &Stage, outside: &[String]) -> audit::Verified {
    let key = audit::Key::new(ORIGIN, &[0x2a; 32]).unwrap();
    let keys = [Verifier::new(key.verifier()).unwrap()];
    audit::verify(stage.app("clerk").db(), ORIGIN, &keys, outside)
        .await
        .unwrap()
}

async fn witnessed(stage: &Stage) -> Vec<String> {
    let kept = audit::witnessed(stage.app("notary").db(), Some("clerk"))
        .await
        .unwrap();
    kept.into_iter().map(|kept| kept.note).collect()
}

/// What nobody may do who comes by way of the service: the triggers are taken away first.
async fn tampers(stage: &Stage, sql: &[&str]) {
    let db = stage.app("clerk").db().reads();
    for trigger in [
        "audit_log_is_not_changed",
        "audit_log_is_not_shortened",
        "audit_leaves_are_not_changed",
        "audit_leaves_are_not_shortened",
        "audit_checkpoints_are_not_changed",
        "audit_checkpoints_are_not_shortened",
    ] {
        let drop = format!("DROP TRIGGER IF EXISTS {trigger}");
        db.execute_unprepared(&drop).await.unwrap();
    }
    db.execute_unprepared("PRAGMA foreign_keys = OFF")
        .await
        .unwrap();
    for sql in sql {
        let sql = format!("PRAGMA foreign_keys = OFF; {sql}");
        db.execute_unprepared(&sql).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_recorded_is_sealed_and_kept_by_others() {
    let mut stage = stage().await;
    assert_eq!(records(&mut stage, 0..3).await, 3);
    assert_eq!(records(&mut stage, 3..10).await, 7);
    assert_eq!(records(&mut stage, 0..0).await, 0);
    let entries = audit::entries(stage.app("clerk").db(), None, 0, 100)
        .await
        .unwrap();
    assert_eq!(entries.len(), 10);
    assert_eq!(
        (
            entries[0].action.as_str(),
            entries[0].actor.account.as_str()
        ),
        ("clerk.noted", "rule")
    );
    let of_one = audit::entries(stage.app("clerk").db(), Some(Uuid::from_u128(4)), 0, 100)
        .await
        .unwrap();
    assert_eq!(of_one.len(), 1);
    let kept = witnessed(&stage).await;
    let sizes: Vec<u64> = kept
        .iter()
        .map(|note| Checkpoint::claimed(note).unwrap().size)
        .collect();
    assert_eq!(sizes, [3, 10]);
    let verified = verified(&stage, &kept).await;
    assert_eq!(verified.findings, []);
    assert_eq!(
        (verified.entries, verified.waiting, verified.checkpoints),
        (10, 0, 4)
    );
    let answer = stage.get("/clerk/ops/audit-log/checkpoint", None).await;
    assert_eq!(answer.text(), kept[1]);
}

#[tokio::test]
async fn a_deed_that_came_to_nothing_is_not_recorded() {
    let stage = stage().await;
    let undone = stage.app("clerk").transact(async |tx| {
        tx.record(Deed::of("rule".into(), "clerk.noted"));
        Err::<(), _>(Failure::park("thought better of it"))
    });
    assert!(undone.await.is_err());
    assert_eq!(audit::seal(stage.app("clerk")).await.unwrap(), 0);
}

#[tokio::test]
async fn nobody_changes_the_log_by_way_of_its_database_as_it_stands() {
    let mut stage = stage().await;
    records(&mut stage, 0..3).await;
    let clerk = stage.app("clerk").db().reads();
    let notary = stage.app("notary").db().reads();
    for sql in [
        "UPDATE audit_log SET actor = 'nobody'",
        "DELETE FROM audit_log",
        "UPDATE audit_leaves SET hash = ''",
        "DELETE FROM audit_leaves",
        "UPDATE audit_checkpoints SET note = ''",
        "DELETE FROM audit_checkpoints",
    ] {
        assert!(clerk.execute_unprepared(sql).await.is_err(), "{sql}");
    }
    for sql in [
        "UPDATE audit_witnessed SET note = ''",
        "DELETE FROM audit_witnessed",
    ] {
        assert!(notary.execute_unprepared(sql).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn whoever_tampers_with_rows_is_found_out() {
    let stories: [(&[&str], Finding); 5] = [
        (
            &["UPDATE audit_log SET actor = 'nobody' WHERE seq = 4"],
            Finding::Changed { seq: 4 },
        ),
        (
            &["DELETE FROM audit_log WHERE seq = 4"],
            Finding::Missing { seq: 4 },
        ),
        (
            &[
                "DELETE FROM audit_log WHERE seq = 10",
                "DELETE FROM audit_leaves WHERE seq = 10",
            ],
            Finding::Shortened { size: 10 },
        ),
        (
            &["DELETE FROM audit_leaves WHERE leaf = 1"],
            Finding::NoLeaf { leaf: 1 },
        ),
        (
            &[
                "DROP TRIGGER audit_log_waits",
                "INSERT INTO audit_log (at, actor, action, detail) VALUES (0, 'x', 'x', 'null')",
            ],
            Finding::Unsealed { seq: 11 },
        ),
    ];
    for (sql, expected) in stories {
        let mut stage = stage().await;
        records(&mut stage, 0..3).await;
        records(&mut stage, 3..10).await;
        tampers(&stage, sql).await;
        let verified = verified(&stage, &[]).await;
        assert!(
            verified.findings.contains(&expected),
            "{sql:?}: {:?}",
            verified.findings
        );
    }
}

/// Changes an entry and makes all of this service's own leaves and checkpoints fit, with its key: only others can tell.
#[tokio::test]
async fn a_whole_history_that_was_made_anew_does_not_fit_what_others_kept() {
    let mut stage = stage().await;
    records(&mut stage, 0..10).await;
    let kept = witnessed(&stage).await;
    tampers(
        &stage,
        &[
            "UPDATE audit_log SET actor = 'nobody' WHERE seq = 4",
            "DELETE FROM audit_leaves",
            "DELETE FROM audit_checkpoints",
            "UPDATE audit_trees SET size = 0, peaks = x'' WHERE log = ''",
            "INSERT INTO audit_unsealed SELECT seq FROM audit_log",
        ],
    )
    .await;
    audit::seal(stage.app("clerk")).await.unwrap();
    assert_eq!(verified(&stage, &[]).await.findings, []);
    assert_eq!(
        verified(&stage, &kept).await.findings,
        [Finding::Rewritten { size: 10 }]
    );
    // The witness hears of it by itself.
    stage.settle().await;
    let parked = stage.parked("notary").await;
    assert_eq!(parked.len(), 1);
    assert!(
        parked[0]
            .reason
            .contains("does not continue what was witnessed"),
        "{}",
        parked[0].reason
    );
    assert_eq!(witnessed(&stage).await, kept);
}

#[tokio::test]
async fn a_checkpoint_by_another_key_or_of_another_log_is_told_apart() {
    let mut stage = stage().await;
    records(&mut stage, 0..2).await;
    let claimed = Checkpoint::claimed(&witnessed(&stage).await[0]).unwrap();
    let forged = audit::Key::new(ORIGIN, &[1; 32])
        .unwrap()
        .sign(&claimed)
        .unwrap();
    let elsewhere = Checkpoint {
        origin: "elsewhere.example/clerk".to_owned(),
        ..claimed
    };
    let elsewhere = audit::Key::new("elsewhere.example/clerk", &[0x2a; 32])
        .unwrap()
        .sign(&elsewhere)
        .unwrap();
    let outside = [forged.clone(), elsewhere.clone()];
    let findings = verified(&stage, &outside).await.findings;
    assert_eq!(
        findings,
        [
            Finding::Unsigned { note: forged },
            Finding::Unsigned { note: elsewhere }
        ]
    );
}

#[tokio::test]
async fn a_witness_takes_checkpoints_in_their_order_however_they_come() {
    let mut told = stage().await;
    for n in 0..4 {
        records(&mut told, n..n + 1).await;
    }
    let said = told.said::<CheckpointSealed>("clerk").await;
    let mut stage = stage().await;
    for at in [0, 2, 3, 1, 0, 3] {
        stage.say("clerk", &said[at]).await;
        stage.settle().await;
    }
    // Whichever of the two that wait is tried first.
    for _ in 0..2 {
        stage.advance(chassis::stage::LONGEST_WAIT).await;
    }
    assert_eq!(
        witnessed(&stage).await,
        said.iter()
            .map(|said| said.note.clone())
            .collect::<Vec<_>>()
    );
    assert!(stage.parked("notary").await.is_empty());
}

#[tokio::test]
async fn after_a_restored_database_a_log_is_witnessed_again_once_somebody_says_so() {
    let mut stage = stage().await;
    records(&mut stage, 0..3).await;
    tampers(
        &stage,
        &[
            "DELETE FROM audit_leaves",
            "DELETE FROM audit_checkpoints",
            "DELETE FROM audit_log",
            "UPDATE audit_trees SET size = 0, peaks = x'' WHERE log = ''",
        ],
    )
    .await;
    records(&mut stage, 3..5).await;
    assert_eq!(stage.parked("notary").await.len(), 1);
    let now = stage.now();
    let notary = stage.app("notary").db();
    assert!(
        !audit::readmit(notary, "nobody", "operator".into(), "?", now)
            .await
            .unwrap()
    );
    assert!(
        audit::readmit(
            notary,
            "clerk",
            "operator".into(),
            "restored from a backup",
            now
        )
        .await
        .unwrap()
    );
    stage
        .app("clerk")
        .transact(async |tx| {
            tx.record(Deed::of("rule".into(), "clerk.noted"));
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(audit::seal(stage.app("clerk")).await.unwrap(), 1);
    stage.settle().await;
    assert_eq!(witnessed(&stage).await.len(), 2);
    let entries = audit::entries(stage.app("notary").db(), None, 0, 10)
        .await
        .unwrap();
    assert_eq!(entries[0].action, "audit.log-readmitted");
}

#[tokio::test]
async fn operators_read_the_log_and_that_too_is_recorded() {
    let mut stage = stage().await;
    records(&mut stage, 0..2).await;
    let path = "/clerk/ops/audit-log";
    assert_eq!(stage.get(path, None).await.status, 401);
    assert_eq!(stage.get(path, Some(&stage.officer())).await.status, 403);
    let operator = stage.operator();
    let first = stage.get(path, Some(&operator)).await.json();
    assert_eq!(first.as_array().unwrap().len(), 3);
    assert_eq!(first[0]["action"], "audit.log-read");
    let subject = Uuid::from_u128(1);
    let one = stage
        .get(&format!("{path}?subject={subject}"), Some(&operator))
        .await
        .json();
    assert!(
        one.as_array()
            .unwrap()
            .iter()
            .all(|entry| entry["subject"] == subject.to_string())
    );
}
