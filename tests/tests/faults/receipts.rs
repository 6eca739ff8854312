//! The payment service is killed by signal 9 while it takes payments and writes receipts.

use std::{path::Path, process::Stdio};

use futures::StreamExt;
use journeys::{eventually, motcua, process::Addresses, servers::Servers, until, wire::Raw};
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::bank::{fee, took};

const ORDERS: u128 = 300;
/// How many receipts there are when it dies.
const DEATHS: [i64; 3] = [30, 110, 200];

fn start(port: u16, data: &Path, addresses: &Addresses) -> Child {
    let mut program = motcua::program();
    program.set_file_name("payment");
    assert!(
        program.is_file(),
        "the program `payment` is not built; run `cargo build --workspace` first, as scripts/test does"
    );
    Command::new(program)
        .current_dir(motcua::root())
        .arg("run")
        .env("BUS_URL", &addresses.bus)
        .env("BUS_TOPOLOGY", "none")
        .env("DATABASE_URL", &addresses.database)
        .env("DATA_DIR", data)
        .env("HTTP_LISTEN", format!("127.0.0.1:{port}"))
        .env("PUBLIC_URL", format!("http://localhost:{port}"))
        .env("RUST_LOG", "error")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the service starts")
}

fn txn_ref(number: u128) -> String {
    format!("{}01", Uuid::from_u128(number).simple())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_service_killed_by_signal_9_pays_each_order_once_and_numbers_its_receipts_with_no_gap()
 {
    chassis::install_cryptography();
    let (servers, data) = (Servers::start().await, tempfile::tempdir().unwrap());
    let (addresses, rows) = (servers.addresses(), servers.rows().await);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let mut service = start(port, data.path(), &addresses);
    let fees =
        (1..=ORDERS).map(|number| Raw::of(Uuid::from_u128(u128::MAX - number), &fee(number)));
    servers.wire().await.publish(fees).await;
    let all = i64::try_from(ORDERS).unwrap();
    eventually("the orders are open", Some(all), async || {
        rows.count("payment", "orders").await
    })
    .await;
    let begun = (1..=ORDERS).map(|number| {
        let id = Uuid::from_u128(number);
        format!(
            "('{}', '{id}', 16000, 'pending', '127.0.0.1', now(), now() + interval '15 minutes')",
            txn_ref(number)
        )
    });
    let begun = format!(
        "INSERT INTO payment.attempts (txn_ref, order_id, amount, progress, ip, created_at, expires_at) VALUES {}",
        begun.collect::<Vec<_>>().join(",")
    );
    sea_orm::ConnectionTrait::execute_unprepared(rows.db(), &begun)
        .await
        .unwrap();

    let client = reqwest::Client::new();
    let heard = async |query: String| {
        let address = format!("http://127.0.0.1:{port}/payment/vnpay/ipn?{query}");
        // As the gateway does: again, until it hears that it is known.
        eventually("a notification is heard", true, async || {
            let Ok(answer) = client.get(&address).send().await else {
                return false;
            };
            let reply = answer.text().await.unwrap_or_default();
            reply.contains(r#""RspCode":"00""#) || reply.contains(r#""RspCode":"02""#)
        })
        .await;
    };
    let paying = futures::stream::iter(1..=ORDERS)
        .for_each_concurrent(8, |number| heard(took(&txn_ref(number))));
    let written = async || rows.count("payment", "receipts").await.unwrap_or_default();
    let dying = async {
        for goal in DEATHS {
            until("receipts are written", |seen| *seen >= goal, written).await;
            service.kill().await.expect("it was alive");
            let left = written().await;
            assert!(left < all, "it died when all was done");
            service = start(port, data.path(), &addresses);
        }
    };
    tokio::join!(paying, dying);

    eventually("every paid order has a receipt", all, written).await;
    let relayed = async || rows.settled("payment").await.is_some();
    eventually("its relay is at work", true, relayed).await;
    for (what, sql) in [
        (
            "orders paid",
            "SELECT COUNT(*) FROM payment.orders WHERE state = 'paid' AND surplus = 0",
        ),
        (
            "orders with a receipt",
            "SELECT COUNT(DISTINCT order_id) FROM payment.receipts WHERE cancelled_at IS NULL",
        ),
        (
            "the last number",
            "SELECT MAX(number) FROM payment.receipts",
        ),
        (
            "the series' count",
            "SELECT SUM(last)::bigint FROM payment.receipt_series",
        ),
        (
            "payments said",
            "SELECT COUNT(*) FROM payment.outbox WHERE wire = 'payment.fee-paid.v1'",
        ),
        (
            "orders whose payment was said",
            "SELECT COUNT(DISTINCT subject) FROM payment.outbox WHERE wire = 'payment.fee-paid.v1'",
        ),
        (
            "receipts said",
            "SELECT COUNT(*) FROM payment.outbox WHERE wire = 'payment.receipt-issued.v1'",
        ),
        (
            "payments in the ledger",
            "SELECT COUNT(*) FROM payment.journal WHERE debit = 'gateway'",
        ),
    ] {
        assert_eq!(rows.number(sql).await, Some(all), "{what}");
    }
    assert_eq!(rows.count("payment", "parked").await, Some(0));
}
