//! What does not agree becomes work, what is mended goes by itself, and the books are looked at every hour.

use std::time::Duration;

use chassis::auth::Role;
use contracts::payment::FeePaid;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::town::{Town, bank::came, order};

const DAY: Duration = Duration::from_hours(24);

impl Town {
    /// The work items, by what they are.
    async fn todo(&self) -> Vec<String> {
        let (status, body) = self.get(Role::Officer, "/payment/discrepancies").await;
        assert_eq!(status, 200);
        let open = body["open"].as_array().unwrap().iter();
        let named =
            open.map(|item| format!("{} {}", item["kind"].as_str().unwrap(), item["amount"]));
        named.collect()
    }

    /// The oldest work item.
    async fn first(&self) -> String {
        let (_, body) = self.get(Role::Officer, "/payment/discrepancies").await;
        let first = body["open"][0]["discrepancy"].as_str();
        first.unwrap().to_owned()
    }

    /// Has everything compared, and once more when the gateway has answered.
    async fn reconciles(&mut self) {
        let path = "/payment/reconciliations";
        assert_eq!(self.post(Role::Officer, path, Value::Null).await.0, 204);
        self.settle().await;
        self.advance(Duration::from_mins(1)).await;
    }

    /// The settlement file that the pretend gateway gives out for a day.
    async fn settlement(&self, day: &str) -> String {
        let path = format!("/payment/sandbox/settlement.csv?day={day}");
        String::from_utf8(self.file(&path).await).unwrap()
    }
}

#[tokio::test]
async fn a_payment_that_nobody_told_about_heals_by_itself_on_demand() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    town.presses(&pay_url, "lost").await;
    assert_eq!(town.order().await["state"], "open");
    // The visit is over, and the ladder has not asked yet.
    town.advance(Duration::from_secs(15 * 60 + 1)).await;
    assert_eq!(town.order().await["state"], "open");
    town.reconciles().await;
    assert_eq!(town.order().await["state"], "paid");
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
    assert!(town.todo().await.is_empty());
}

#[tokio::test]
async fn the_gateways_file_finds_what_is_missing_on_either_side() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    town.presses(&pay_url, "pay").await;
    town.advance(DAY).await;
    let file = town.settlement("2026-10-08").await;
    assert!(file.contains("16000"), "{file}");
    assert_eq!(
        town.gateway_file(&file).await,
        (200, json!({ "new": 1, "known": 0 }))
    );
    assert_eq!(
        town.gateway_file(&file).await,
        (200, json!({ "new": 0, "known": 1 }))
    );
    assert!(town.todo().await.is_empty(), "{:?}", town.todo().await);

    // Money for nobody, another amount, a refund that nobody asked for.
    let row = |number: &str, amount: i64, reference: &str| {
        format!("{number},09/10/2026 08:00:00,{amount},{reference}\r\n")
    };
    let own = format!("{}01", order().0.simple());
    let head = "Mã giao dịch VNPAY,Thời gian thanh toán,Số tiền,Mã tham chiếu\r\n";
    let file = [
        head,
        &row("91", 7_000, "someone"),
        &row("92", 17_000, &own),
        &row("93", -2_000, &own),
    ]
    .concat();
    assert_eq!(town.gateway_file(&file).await.0, 200);
    town.settle().await;
    let mut todo = town.todo().await;
    todo.sort();
    assert_eq!(
        todo,
        [
            "other_amount 1000",
            "unasked_refund 2000",
            "unknown_at_gateway 7000"
        ]
    );
    // An officer explains one: it does not come again. The rest stays, once each.
    let (_, body) = town.get(Role::Officer, "/payment/discrepancies").await;
    let open = body["open"].as_array().unwrap();
    let item = open
        .iter()
        .find(|item| item["kind"] == "unknown_at_gateway")
        .unwrap();
    let path = format!(
        "/payment/discrepancies/{}/explain",
        item["discrepancy"].as_str().unwrap()
    );
    let why = json!({ "note": "Cổng đã trả lại cho người nộp" });
    assert_eq!(town.post(Role::Citizen, &path, why.clone()).await.0, 403);
    assert_eq!(town.post(Role::Officer, &path, why.clone()).await.0, 204);
    assert_eq!(town.post(Role::Officer, &path, why).await.0, 409);
    town.reconciles().await;
    let mut todo = town.todo().await;
    todo.sort();
    assert_eq!(todo, ["other_amount 1000", "unasked_refund 2000"]);
}

#[tokio::test]
async fn money_that_the_gateways_file_does_not_have_is_missed_once_the_day_is_over() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    town.presses(&pay_url, "pay").await;
    let head = "TransactionNo,PayDate,Amount,TxnRef\n";
    let file = |day: &str| format!("{head}{day}7,{day}/10/2026,5000,other{day}\n");
    assert_eq!(town.gateway_file(&file("08")).await.0, 200);
    town.settle().await;
    assert_eq!(town.todo().await, ["unknown_at_gateway 5000"]);
    assert_eq!(town.gateway_file(&file("09")).await.0, 200);
    town.settle().await;
    assert!(
        town.todo()
            .await
            .contains(&"missing_at_gateway 16000".to_owned())
    );
    let mended = format!("{head}88,08/10/2026,16000,{}01\n", order().0.simple());
    assert_eq!(town.gateway_file(&mended).await.0, 200);
    town.settle().await;
    assert!(
        !town
            .todo()
            .await
            .contains(&"missing_at_gateway 16000".to_owned())
    );
    let statement = "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"/>";
    assert_eq!(town.gateway_file(statement).await.0, 422);
}

#[tokio::test]
async fn what_is_late_is_work_until_it_is_done() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    town.presses(&pay_url, "pay").await;
    assert_eq!(
        town.bank_says(&[came("FT1", 9_000, "nop tien mat")])
            .await
            .0,
        200
    );
    town.reconciles().await;
    assert!(town.todo().await.is_empty());
    // The nights go by, and nobody does anything.
    town.advance(4 * DAY).await;
    let mut todo = town.todo().await;
    todo.sort();
    assert_eq!(todo, ["late_payout 16000", "waiting_line 9000"]);
    // The treasurer's cash, and what the gateway pays out, less its charge.
    let line = town.waiting_ids().await[0].clone();
    let place = |line: &str, place: &str, charge: i64| {
        let what = json!({ "place": { "place": place, "charge": charge } });
        json!({ "line": line, "what": what, "reason": "Theo giấy báo có" })
    };
    let path = "/payment/bank/placements";
    let (status, problem) = town
        .post(Role::Officer, path, place(&line, "treasury", 5))
        .await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (422, &json!("charge"))
    );
    assert_eq!(
        town.post(Role::Officer, path, place(&line, "treasury", 0))
            .await
            .0,
        204
    );
    assert_eq!(
        town.post(Role::Officer, path, place(&line, "treasury", 0))
            .await
            .0,
        409
    );
    assert_eq!(
        town.bank_says(&[came("FT2", 15_800, "VNPAY TT")]).await.0,
        200
    );
    let line = town.waiting_ids().await[0].clone();
    assert_eq!(
        town.post(Role::Officer, path, place(&line, "gateway", 200))
            .await
            .0,
        204
    );
    town.reconciles().await;
    assert!(town.todo().await.is_empty(), "{:?}", town.todo().await);
    assert_eq!(
        town.books().await,
        "bank 24800, charges 200, revenue -16000, treasury -9000"
    );
}

#[tokio::test]
async fn a_refund_by_transfer_meets_the_banks_line_whichever_comes_first() {
    for line_first in [false, true] {
        let mut town = Town::with_order().await;
        let path = format!("/payment/orders/{}", order());
        assert_eq!(
            town.post_by(1, &format!("{path}/cash"), Value::Null)
                .await
                .0,
            200
        );
        let asked = json!({ "cause": "stopped", "amount": 16_000, "note": "Rút hồ sơ" });
        let (status, refund) = town.post_by(1, &format!("{path}/refunds"), asked).await;
        assert_eq!(status, 201);
        let out = json!({ "reference": "FT26281X", "booked_on": "2026-10-08", "direction": "debit",
            "amount": 16_000, "purpose": "Hoan phi" });
        let pay_out = format!(
            "/payment/refunds/{}/pay-out",
            refund["refund"].as_str().unwrap()
        );
        let paid = json!({ "from": "bank", "reference": "ft26281x" });
        if line_first {
            assert_eq!(town.bank_says(&[out]).await.0, 200);
            assert_eq!(town.post_by(1, &pay_out, paid).await.0, 200);
        } else {
            assert_eq!(town.post_by(1, &pay_out, paid).await.0, 200);
            assert_eq!(town.bank_says(&[out]).await.0, 200);
        }
        town.settle().await;
        assert!(town.waits().await.is_empty());
        assert_eq!(town.books().await, "bank -16000, till 16000");
    }
}

#[tokio::test]
async fn a_refunds_line_that_names_nothing_is_paired_by_an_officer() {
    let mut town = Town::with_order().await;
    let path = format!("/payment/orders/{}", order());
    assert_eq!(
        town.post_by(1, &format!("{path}/cash"), Value::Null)
            .await
            .0,
        200
    );
    let asked = json!({ "cause": "stopped", "amount": 16_000, "note": "Rút hồ sơ" });
    let (_, refund) = town.post_by(1, &format!("{path}/refunds"), asked).await;
    let out = json!({ "reference": "FT1", "booked_on": "2026-10-08", "direction": "debit",
        "amount": 16_000, "purpose": "chuyen tien" });
    assert_eq!(town.bank_says(&[out]).await.0, 200);
    let ids = town.waiting_ids().await;
    let tick = format!("line-{}", ids[0]);
    let form = |key| {
        [
            ("key", key),
            (tick.as_str(), "on"),
            ("what", "refund"),
            ("order", crate::transfers::CODE),
            ("reason", "Đúng khoản hoàn"),
        ]
    };
    let page = "/payment/bank/page/allocate";
    assert_eq!(town.officer_submits(page, &form("1")).await, 422);
    let pay_out = format!(
        "/payment/refunds/{}/pay-out",
        refund["refund"].as_str().unwrap()
    );
    let paid = json!({ "from": "bank", "reference": "UNC 0007" });
    assert_eq!(town.post_by(1, &pay_out, paid).await.0, 200);
    assert_eq!(town.officer_submits(page, &form("2")).await, 303);
    town.settle().await;
    assert!(town.waits().await.is_empty());
    assert_eq!(town.books().await, "bank -16000, till 16000");
}

#[tokio::test]
async fn the_books_are_looked_at_every_hour_and_a_tampered_row_is_found() {
    let mut town = Town::with_order().await;
    let checks = "SELECT differing FROM book_checks ORDER BY checked_at";
    assert!(town.column(checks).await.is_empty());
    for _ in 0..2 {
        town.advance(Duration::from_hours(1)).await;
    }
    assert_eq!(town.column(checks).await, ["[]", "[]"]);
    let page = town.officers_page("/payment/reconciliation/page").await;
    assert!(page.contains("Sổ cân và khớp với chứng từ"), "{page}");
    let db = town.app.db().reads();
    db.execute_unprepared("UPDATE orders SET total = total + 1000")
        .await
        .unwrap();
    town.advance(Duration::from_hours(1)).await;
    let found = town.column(checks).await.pop().unwrap();
    assert!(
        found.contains("receivable") && found.contains("revenue"),
        "{found}"
    );
    let mut todo = town.todo().await;
    todo.sort();
    assert_eq!(todo, ["books_differ -1000", "books_differ 1000"]);
    let page = town.officers_page("/payment/reconciliation/page").await;
    assert!(
        page.contains("Sổ không khớp") && page.contains("Báo ngay người vận hành"),
        "{page}"
    );
}

#[tokio::test]
async fn the_accountants_page_needs_no_script() {
    let mut town = Town::with_order().await;
    let path = format!("/payment/orders/{}/cash", order());
    assert_eq!(town.post_by(1, &path, Value::Null).await.0, 200);
    town.advance(DAY).await;
    let page = "/payment/reconciliation/page";
    assert_eq!(town.get(Role::Citizen, page).await.0, 403);
    assert_eq!(town.officer_submits(page, &[("key", "1")]).await, 303);
    town.settle().await;
    let shown = town.officers_page(page).await;
    for words in [
        "Quỹ tại quầy chưa kiểm cuối ngày: 16.000 đồng",
        "Nhắc cán bộ",
        "/payment/till/page",
        "Nguyễn Thị Ví Dụ",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("<script"));
    let id = town.first().await;
    let path = format!("/payment/discrepancies/{id}/page");
    assert_eq!(
        town.officer_submits(&path, &[("key", "2"), ("note", " ")])
            .await,
        422
    );
    assert_eq!(
        town.officer_submits(&path, &[("key", "3"), ("note", "Nghỉ ốm, đã kiểm hộ")])
            .await,
        303
    );
    let shown = town.officers_page(page).await;
    assert!(
        shown.contains("Không có gì lệch") && shown.contains("Nghỉ ốm, đã kiểm hộ"),
        "{shown}"
    );
}

#[tokio::test]
async fn nobody_explains_away_what_is_missing_in_their_own_till() {
    let mut town = Town::with_order().await;
    let path = format!("/payment/orders/{}/cash", order());
    assert_eq!(town.post_by(1, &path, Value::Null).await.0, 200);
    let count = json!({ "cash": 15_000, "card": 0, "note": "Không rõ" });
    assert_eq!(town.post_by(1, "/payment/till/close", count).await.0, 200);
    town.reconciles().await;
    assert_eq!(town.todo().await, ["till_differed -1000"]);
    let id = town.first().await;
    let path = format!("/payment/discrepancies/{id}/explain");
    let why = json!({ "note": "Đã thu lại của cán bộ" });
    assert_eq!(town.post_by(1, &path, why.clone()).await.0, 409);
    assert_eq!(town.post_by(2, &path, why).await.0, 204);
    assert!(town.todo().await.is_empty());
}
