//! Money that several replicas hear of at the same moment counts once: on PostgreSQL, which lets them all in at once.

use std::collections::BTreeSet;

use axum::{body::Body, http::Request};
use contracts::payment::FeePaid;
use futures::future::join_all;
use journeys::{rows::Rows, servers::Servers};
use serde_json::{Value, json};
use testkit::{Answer, Stage};

use crate::bank::{FEE, PAYER, fee, that_took_all, took, webhook_secret};

const ORDERS: u128 = 30;

/// Two replicas of payment on one database.
struct Twins {
    servers: Servers,
    stages: [Stage; 2],
}

impl Twins {
    async fn with_orders() -> Self {
        let servers = Servers::start().await;
        let (database, gateway) = (servers.addresses().database, that_took_all().await);
        let settings = [
            ("DATABASE_URL", database.as_str()),
            ("PAYMENT__SANDBOX__OWN_URL", gateway.as_str()),
        ];
        let one = Stage::configured(vec![payment::service()], &settings).await;
        let other = Stage::configured(vec![payment::service()], &settings).await;
        for number in 1..=ORDERS {
            assert!(one.say("desk", &fee(number)).await);
        }
        let stages = [one, other];
        Self { servers, stages }
    }

    /// One of the two, by turns.
    fn stage(&self, turn: usize) -> &Stage {
        &self.stages[turn % 2]
    }

    async fn settle(&mut self) {
        let [one, other] = &mut self.stages;
        tokio::join!(one.settle(), other.settle());
    }

    async fn post(&self, turn: usize, token: &str, path: &str, body: Value) -> (u16, Value) {
        let answer = self.stage(turn).post(path, Some(token), &body).await;
        (answer.status.as_u16(), answer.json())
    }

    fn payer(&self) -> String {
        self.stages[0].citizen(PAYER)
    }

    fn officer(&self) -> String {
        self.stages[0].officer()
    }

    /// What is true of every order that was paid, `paid` of them, whoever heard of it.
    async fn each_is_paid_once(&mut self, paid: u128) {
        self.settle().await;
        let rows = self.servers.rows().await;
        let all = i64::try_from(paid).unwrap();
        let said = self.stages[0].said::<FeePaid>("payment").await;
        let orders: BTreeSet<_> = said.iter().map(|paid| paid.order).collect();
        assert_eq!((said.len(), orders.len()), (paid as usize, paid as usize));
        for (what, sql) in [
            (
                "orders",
                "SELECT COUNT(*) FROM payment.orders WHERE state = 'paid'",
            ),
            (
                "receipts",
                "SELECT COUNT(*) FROM payment.receipts WHERE cancelled_at IS NULL",
            ),
            (
                "the last number",
                "SELECT MAX(number) FROM payment.receipts",
            ),
            (
                "postings that pay",
                "SELECT COUNT(*) FROM payment.journal WHERE credit = 'receivable' AND debit <> 'revenue'",
            ),
        ] {
            assert_eq!(rows.number(sql).await, Some(all), "{what}");
        }
        assert_eq!(rows.count("payment", "parked").await, Some(0));
        let operator = self.stages[0].operator();
        for stage in &self.stages {
            let books = stage.get("/payment/ops/ledger", Some(&operator)).await;
            let books = books.json();
            assert_eq!(
                (&books["balanced"], &books["sum"]),
                (&json!(true), &json!(0)),
                "{books}"
            );
        }
    }
}

async fn notified(stage: &Stage, query: &str) -> String {
    let answer = stage
        .get(&format!("/payment/vnpay/ipn?{query}"), None)
        .await;
    answer.json()["RspCode"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_that_are_told_at_once_and_many_times_take_each_payment_once() {
    let mut twins = Twins::with_orders().await;
    let payer = twins.payer();
    let mut attempts = Vec::new();
    for number in 1..=ORDERS {
        let path = format!("/payment/orders/{}/pay", fee(number).order);
        let (status, body) = twins.post(attempts.len(), &payer, &path, json!(null)).await;
        assert_eq!(status, 201, "{body}");
        attempts.push((number, body["txn_ref"].as_str().unwrap().to_owned()));
    }
    for few in attempts.chunks(6) {
        let of_one = few.iter().map(async |(number, txn_ref)| {
            let query = took(txn_ref);
            let notices = (0..6).map(|turn| notified(twins.stage(turn), &query));
            let back = format!("/payment/vnpay/return?{query}");
            let returns = (0..2).map(|turn| twins.stage(turn).get(&back, None));
            let path = format!("/payment/orders/{}/check", fee(*number).order);
            let checks = (0..2).map(|turn| twins.post(turn, &payer, &path, json!(null)));
            let (replies, returned, checked) =
                tokio::join!(join_all(notices), join_all(returns), join_all(checks));
            // Where the bank's answer was taken in first, every notification is a repetition.
            let news = replies.iter().filter(|reply| *reply == "00").count();
            let known = replies.iter().filter(|reply| *reply == "02").count();
            assert!(news <= 1 && news + known == 6, "{replies:?}");
            assert!(returned.iter().all(|answer| answer.status == 200));
            assert!(
                checked
                    .iter()
                    .all(|(status, body)| (*status, &body["state"]) == (200, &json!("paid"))),
                "{checked:?}"
            );
        });
        join_all(of_one).await;
    }
    let rows = twins.servers.rows().await;
    let sql = "SELECT COUNT(*) FROM payment.notices WHERE reply = '00'";
    assert_eq!(rows.number(sql).await, i64::try_from(ORDERS).ok());
    twins.each_is_paid_once(ORDERS).await;
}

pub async fn bank_says(stage: &Stage, lines: &[Value]) -> Answer {
    let body = json!({ "account": "0011001234567", "lines": lines }).to_string();
    let mut request = Request::post("/payment/bank/lines");
    for (name, value) in webhook_secret().sign(stage.now(), body.as_bytes()) {
        request = request.header(name, value);
    }
    stage
        .request(request.body(Body::from(body)).expect("a request"))
        .await
}

pub fn came(reference: &str, amount: i64, purpose: &str) -> Value {
    json!({ "reference": reference, "booked_on": "2026-10-08", "direction": "credit", "amount": amount, "purpose": purpose })
}

/// What the payers are told to write.
async fn purposes(twins: &Twins) -> Vec<String> {
    let payer = twins.payer();
    let mut purposes = Vec::new();
    for number in 1..=ORDERS {
        let path = format!("/payment/orders/{}/transfer", fee(number).order);
        let (status, body) = twins.post(purposes.len(), &payer, &path, json!(null)).await;
        assert_eq!(status, 200, "{body}");
        purposes.push(body["purpose"].as_str().unwrap().to_owned());
    }
    purposes
}

fn sum(tallies: &[Value], what: &str) -> u64 {
    tallies
        .iter()
        .map(|tally| tally[what].as_u64().unwrap_or_default())
        .sum()
}

async fn standing(rows: &Rows, account: &str) -> Option<i64> {
    let sql = format!(
        "SELECT COALESCE(SUM(amount), 0)::bigint FROM payment.entries WHERE account = '{account}'"
    );
    rows.number(&sql).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_banks_lines_count_once_whichever_replica_hears_them_and_from_whom() {
    let mut twins = Twins::with_orders().await;
    let officer = twins.officer();
    let purposes = purposes(&twins).await;
    // All but the last order's money comes: told to both replicas, and imported from the statement, at once.
    let paid = &purposes[..purposes.len() - 1];
    let line = |(number, purpose): (usize, &String)| came(&format!("FT{number:02}"), FEE, purpose);
    let lines: Vec<_> = paid.iter().enumerate().map(line).collect();
    let booked = paid
        .iter()
        .enumerate()
        .map(|(number, purpose)| format!("08/10/2026;FT{number:02};;16.000;{purpose}\n"));
    let statement = format!(
        "Ngày giao dịch;Số tham chiếu;Ghi nợ;Ghi có;Nội dung\n{}",
        booked.collect::<String>()
    );
    let imported = twins.stage(1).upload(
        "/payment/bank/statements",
        Some(&officer),
        "sao-ke.csv",
        statement.as_bytes(),
    );
    let told = (0..4).map(|turn| bank_says(twins.stage(turn), &lines));
    let (mut answers, import) = tokio::join!(join_all(told), imported);
    answers.push(import);
    assert!(
        answers.iter().all(|answer| answer.status == 200),
        "{answers:?}"
    );
    let tallies: Vec<_> = answers.iter().map(Answer::json).collect();
    let (count, times) = (lines.len() as u64, tallies.len() as u64);
    assert_eq!(sum(&tallies, "new"), count, "{tallies:?}");
    assert_eq!(sum(&tallies, "matched"), count, "{tallies:?}");
    assert_eq!(sum(&tallies, "known"), count * (times - 1), "{tallies:?}");
    twins.each_is_paid_once(ORDERS - 1).await;

    // What is paid already is owed back; what names nobody waits, and two officers give it away at the same moment.
    let more = [
        came("FT90", FEE, &purposes[0]),
        came("FT91", FEE, "tien ho so"),
    ];
    let answer = bank_says(twins.stage(0), &more).await.json();
    assert_eq!(
        (&answer["surplus"], &answer["waiting"]),
        (&json!(1), &json!(1)),
        "{answer}"
    );
    let rows = twins.servers.rows().await;
    assert_eq!(standing(&rows, "owed_back").await, Some(-FEE));
    assert_eq!(standing(&rows, "unallocated").await, Some(-FEE));
    let waiting = twins
        .stage(1)
        .get("/payment/bank/lines", Some(&officer))
        .await;
    let waiting = waiting.json();
    let body = json!({ "lines": [waiting[0]["id"]], "order": purposes.last(), "reason": "Người nộp gọi điện báo" });
    let given =
        (0..4).map(|turn| twins.post(turn, &officer, "/payment/bank/allocations", body.clone()));
    let mut statuses: Vec<_> = join_all(given)
        .await
        .into_iter()
        .map(|(status, _)| status)
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409]);
    assert_eq!(standing(&rows, "unallocated").await, Some(0));
    assert_eq!(
        rows.count("payment", "bank_lines").await,
        i64::try_from(ORDERS + 1).ok()
    );
}
