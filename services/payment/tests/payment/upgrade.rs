//! What earlier versions kept is there after an upgrade.

use chassis::{Service, stage::Steps};
use payment::migrations;
use sea_orm::{ConnectionTrait, Statement};

use crate::town::ground;

/// Rows as the first version wrote them.
const ROWS: &str = "
    INSERT INTO orders VALUES (x'01', x'02', 'H15.50.05.13-261008-0975', x'03', 'Nguyễn Thị Ví Dụ', '[]', 16000, 'paid', 'cash',
        x'04', 'ghi chú', 8000, '2026-10-08T02:15:00+00:00', '2026-11-07T02:15:00+00:00', '2026-10-08T02:20:00+00:00');
    INSERT INTO attempts VALUES ('ref01', x'01', 16000, 'taken', '127.0.0.1', '2026-10-08T02:15:00+00:00',
        '2026-10-08T02:30:00+00:00', '00', '14422574', 'NCB', NULL);
    INSERT INTO journal VALUES (x'05', x'01', 'ordered:1', 'receivable', 'revenue', 16000, '2026-10-08T02:15:00+00:00');";

async fn table(steps: &Steps, sql: &str) -> Vec<String> {
    let db = steps.app("payment").unwrap().db().reads();
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}

#[tokio::test]
async fn the_first_versions_rows_are_all_there_and_the_journal_stays_append_only() {
    let data = tempfile::tempdir().unwrap();
    let (ground, ..) = ground(&data, "http://127.0.0.1:1", &[]);
    let first = Service::new("payment")
        .config::<payment::config::Config>(include_str!("../../config.toml"))
        .migrations(|| migrations::all().into_iter().take(1).collect());
    let before = Steps::open(vec![first], &ground).await.unwrap();
    let db = before.app("payment").unwrap().db().reads();
    db.execute_unprepared(ROWS).await.unwrap();
    drop(before);

    let after = Steps::open(vec![payment::service()], &ground)
        .await
        .unwrap();
    let all = "SELECT orders.code || ' ' || orders.method || ' ' || orders.note || ' ' || orders.surplus || ' ' || attempts.txn_ref
        || ' ' || attempts.bank || ' ' || attempts.gateway || ' ' || journal.cause || ' ' || journal.amount FROM orders
        JOIN attempts ON attempts.order_id = orders.id JOIN journal ON journal.order_id = orders.id";
    assert_eq!(
        table(&after, all).await,
        ["H15.50.05.13-261008-0975 cash ghi chú 8000 ref01 NCB vnpay ordered:1 16000"]
    );
    assert_eq!(
        table(&after, "SELECT account || ' ' || amount FROM entries").await,
        ["receivable 16000", "revenue -16000"]
    );
    assert!(
        table(&after, "SELECT \"table\" FROM pragma_foreign_key_check")
            .await
            .is_empty()
    );
    let db = after.app("payment").unwrap().db().reads();
    for forbidden in ["UPDATE journal SET amount = 1", "DELETE FROM journal"] {
        let refused = db.execute_unprepared(forbidden).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
}

#[tokio::test]
async fn what_became_of_a_line_is_there_after_tills_and_reconciliation() {
    let data = tempfile::tempdir().unwrap();
    let (ground, ..) = ground(&data, "http://127.0.0.1:1", &[]);
    let before = Service::new("payment")
        .config::<payment::config::Config>(include_str!("../../config.toml"))
        .migrations(|| migrations::all().into_iter().take(5).collect());
    let before = Steps::open(vec![before], &ground).await.unwrap();
    let db = before.app("payment").unwrap().db().reads();
    let rows = "
        INSERT INTO bank_lines VALUES (x'11', 'A', 'FT1', '2026-10-08', 'credit', 5000, '', '', '', false, 'returned', NULL,
            'csv', NULL, '2026-10-08T02:15:00+00:00'),
            (x'12', 'A', 'FT2', '2026-10-08', 'debit', 5000, '', '', '', true, 'returned', NULL,
            'csv', NULL, '2026-10-08T02:15:00+00:00');
        INSERT INTO line_settlements VALUES (x'11', NULL, x'12', NULL, '', '2026-10-08T02:15:00+00:00');
        INSERT INTO journal VALUES (x'05', NULL, 'line:1', 'bank', 'unallocated', 5000, '2026-10-08T02:15:00+00:00');";
    db.execute_unprepared(rows).await.unwrap();
    drop(before);
    let after = Steps::open(vec![payment::service()], &ground)
        .await
        .unwrap();
    let all = "SELECT hex(line_id) || ' ' || hex(against) || ' ' || charge FROM line_settlements";
    assert_eq!(table(&after, all).await, ["11 12 0"]);
    let db = after.app("payment").unwrap().db().reads();
    let never = "UPDATE line_settlements SET charge = 1";
    let refused = db.execute_unprepared(never).await.unwrap_err();
    assert!(refused.to_string().contains("append-only"), "{refused}");
    // Neither two answers nor an officer's without a reason.
    for wrong in [
        "INSERT INTO line_settlements (line_id, against, account, officer, reason, settled_at)
            VALUES (x'12', x'11', 'charges', x'01', 'x', '2026-10-08T02:15:00+00:00')",
        "INSERT INTO line_settlements (line_id, account, officer, reason, settled_at)
            VALUES (x'12', 'charges', x'01', '', '2026-10-08T02:15:00+00:00')",
        "INSERT INTO line_settlements (line_id, account, charge, officer, reason, settled_at)
            VALUES (x'12', 'treasury', 5, x'01', 'x', '2026-10-08T02:15:00+00:00')",
    ] {
        assert!(db.execute_unprepared(wrong).await.is_err(), "{wrong}");
    }
}
