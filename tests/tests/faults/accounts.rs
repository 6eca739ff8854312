//! The counter's tills, and what does not agree, on PostgreSQL: its rules about types and locks are not SQLite's.

use std::time::Duration;

use chassis::auth::Role;
use journeys::servers::Servers;
use serde_json::{Value, json};
use testkit::Stage;

use crate::{
    bank::{FEE, PAYER, fee, took},
    payments::{bank_says, came},
};

fn officer(stage: &Stage, name: &str) -> String {
    stage.token(Stage::account(name), &[Role::Officer], None)
}

async fn done(stage: &Stage, who: &str, path: &str, body: Value) -> Value {
    let answer = stage.post(path, Some(&officer(stage, who)), &body).await;
    let status = answer.status.as_u16();
    assert!((200..300).contains(&status), "{path}: {answer:?}");
    if status == 204 {
        Value::Null
    } else {
        answer.json()
    }
}

async fn todo(stage: &Stage) -> Vec<String> {
    let token = officer(stage, "accountant");
    let answer = stage.get("/payment/discrepancies", Some(&token)).await;
    let open = answer.json()["open"].as_array().unwrap().clone();
    let named = |item: &Value| format!("{} {}", item["kind"].as_str().unwrap(), item["amount"]);
    let mut todo: Vec<_> = open.iter().map(named).collect();
    todo.sort();
    todo
}

async fn compared(stage: &mut Stage) -> Vec<String> {
    done(stage, "accountant", "/payment/reconciliations", json!(null)).await;
    stage.settle().await;
    todo(stage).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_days_end_and_its_comparison_are_the_same_on_postgresql() {
    let servers = Servers::start().await;
    let database = servers.addresses().database;
    let settings = [("DATABASE_URL", database.as_str())];
    let mut stage = Stage::configured(vec![payment::service()], &settings).await;
    for number in 1..=3 {
        assert!(stage.say("desk", &fee(number)).await);
    }
    stage.settle().await;
    let order = |number| format!("/payment/orders/{}", fee(number).order);
    done(
        &stage,
        "teller",
        "/payment/till",
        json!({ "opened_with": 100_000 }),
    )
    .await;
    done(&stage, "teller", &format!("{}/cash", order(1)), json!(null)).await;
    let slip = json!({ "slip": "000123" });
    done(&stage, "teller", &format!("{}/card", order(2)), slip).await;
    let token = stage.citizen(PAYER);
    let pay = format!("{}/pay", order(3));
    let begun = stage.post(&pay, Some(&token), &json!(null)).await.json();
    let query = took(begun["txn_ref"].as_str().unwrap());
    let told = stage
        .get(&format!("/payment/vnpay/ipn?{query}"), None)
        .await;
    assert_eq!(told.json()["RspCode"], "00");
    stage.settle().await;

    // A thousand short; the treasurer receives what is there.
    let count = json!({ "cash": 100_000 + FEE - 1_000, "card": FEE, "note": "Trả nhầm tiền thừa" });
    let till = done(&stage, "teller", "/payment/till/close", count).await;
    let receive = format!("/payment/tills/{}/receive", till["till"].as_str().unwrap());
    done(&stage, "treasurer", &receive, json!(null)).await;
    assert_eq!(compared(&mut stage).await, ["till_differed -1000"]);

    // The gateway's file knows another amount and somebody else's money.
    let reference = begun["txn_ref"].as_str().unwrap();
    let day = stage.now().format("%d/%m/%Y");
    let file = format!(
        "TransactionNo,PayDate,Amount,TxnRef\n1,{day},{},{reference}\n2,{day},7000,someone\n3,{day},-500,{reference}\n",
        FEE + 1
    );
    let path = "/payment/gateways/vnpay/files";
    let token = officer(&stage, "accountant");
    let answer = stage
        .upload(path, Some(&token), "vnpay.csv", file.as_bytes())
        .await;
    assert_eq!(answer.json(), json!({ "new": 3, "known": 0 }), "{answer:?}");
    stage.settle().await;
    let differs = [
        "other_amount 1",
        "till_differed -1000",
        "unasked_refund 500",
        "unknown_at_gateway 7000",
    ];
    assert_eq!(todo(&stage).await, differs);

    // Four nights later nothing has been paid out, and a line waits until it is put in its place.
    assert_eq!(
        bank_says(&stage, &[came("FT1", FEE - 200, "VNPAY TT")])
            .await
            .status,
        200
    );
    stage.advance(Duration::from_hours(4 * 24)).await;
    let late = compared(&mut stage).await;
    let expected = [
        format!("late_payout {FEE}"),
        format!("late_payout {FEE}"),
        format!("waiting_line {}", FEE - 200),
    ];
    for item in expected {
        assert!(late.contains(&item), "{item}: {late:?}");
    }
    let lines = stage.get("/payment/bank/lines", Some(&token)).await.json();
    let what = json!({ "place": { "place": "gateway", "charge": 200 } });
    let placed = json!({ "line": lines[0]["id"], "what": what, "reason": "Giấy báo có" });
    done(&stage, "accountant", "/payment/bank/placements", placed).await;
    let left = compared(&mut stage).await;
    assert!(
        !left.iter().any(|item| item.starts_with("waiting")),
        "{left:?}"
    );
    assert_eq!(
        left.iter().filter(|item| item.starts_with("late")).count(),
        1,
        "{left:?}"
    );
    let operator = stage.operator();
    let books = stage
        .get("/payment/ops/ledger", Some(&operator))
        .await
        .json();
    assert_eq!(
        (&books["balanced"], &books["sum"]),
        (&json!(true), &json!(0)),
        "{books}"
    );
    assert!(stage.parked("payment").await.is_empty());
}
