//! The mails of the first version are attempts after an upgrade: what was sent is not sent again, and what waited is sent.

use std::time::Duration;

use chassis::Service;
use notification::migrations;
use sea_orm::ConnectionTrait;
use testkit::Stage;

use super::{MAILS_ALONE, files, mail, told_of};

/// Rows as the first version wrote them: one mail that was sent, one that waits, one that was refused, and one without.
const ROWS: &str = "
    INSERT INTO contacts VALUES (x'00000000000000000000000000000001', x'00000000000000000000000000000002',
        'Nguyễn Thị Ví Dụ', 'vi.du@example.vn', '+84912345678', 'Cấp bản sao', 'Copy', 'H15.50.05.13-261008-0975');
    INSERT INTO messages VALUES
        (x'00000000000000000000000000000011', x'00000000000000000000000000000001', x'00000000000000000000000000000002',
         'intake.dossier-submitted.v1', 'A', 'a', 'A', 'a', '/x', '2026-10-08T02:00:00+00:00', '2026-10-08T02:00:00+00:00', NULL),
        (x'00000000000000000000000000000012', x'00000000000000000000000000000001', x'00000000000000000000000000000002',
         'desk.dossier-received.v1', 'B', 'b', 'B', 'b', '/x', '2026-10-08T02:01:00+00:00', '2026-10-08T02:01:00+00:00', NULL),
        (x'00000000000000000000000000000013', x'00000000000000000000000000000001', x'00000000000000000000000000000002',
         'payment.fee-ordered.v1', 'C', 'c', 'C', 'c', '/x', '2026-10-08T02:02:00+00:00', '2026-10-08T02:02:00+00:00', NULL),
        (x'00000000000000000000000000000014', x'00000000000000000000000000000001', x'00000000000000000000000000000002',
         'payment.fee-paid.v1', 'D', 'd', 'D', 'd', '/x', '2026-10-08T02:03:00+00:00', '2026-10-08T02:03:00+00:00', NULL);
    INSERT INTO mails VALUES
        (x'00000000000000000000000000000011', 'vi.du@example.vn', 'sent', 1, 250, '2026-10-08T02:00:00+00:00', '2026-10-08T02:00:00+00:00'),
        (x'00000000000000000000000000000012', 'vi.du@example.vn', 'waiting', 2, 450, '2026-10-08T02:01:00+00:00', NULL),
        (x'00000000000000000000000000000013', 'vi.du@example.vn', 'failed', 1, 550, '2026-10-08T02:02:00+00:00', NULL);";

#[tokio::test]
async fn the_first_versions_mails_are_attempts_and_only_what_waited_is_sent() {
    let first = Service::new("notification")
        .config::<notification::config::Config>(include_str!("../../config.toml"))
        .migrations(|| migrations::all().into_iter().take(1).collect());
    let mut stage = Stage::configured(vec![first], &MAILS_ALONE).await;
    let db = stage.app("notification").db().reads();
    db.execute_unprepared(ROWS).await.unwrap();
    stage.open_again(vec![notification::service()]).await;
    let states = async |stage: &Stage| {
        let told = told_of(stage).await;
        let pair = |one: &serde_json::Value| {
            let attempt = &one["attempts"][0];
            format!("{} {} {}", one["state"], attempt["state"], attempt["code"])
        };
        told.iter().map(pair).collect::<Vec<_>>()
    };
    let expected = [
        r#""delivered" "taken" "250""#,
        r#""open" "later" "450""#,
        r#""exhausted" "failed" "550""#,
        "null null null",
    ];
    assert_eq!(states(&stage).await, expected);
    assert_eq!(mail(&stage).await["address"], "v•••@example.vn");
    stage.advance(Duration::from_mins(1)).await;
    assert!(states(&stage).await[1].starts_with(r#""delivered" "taken""#));
    let files = files(&stage);
    assert_eq!(files.len(), 1);
    assert!(
        files[0].contains("Message-ID: <00000000-0000-0000-0000-000000000012@"),
        "a mail that may be there already has the Message-ID that it had"
    );
}
