//! What is true in the end, whatever happened before.

use std::collections::BTreeMap;

use contracts::{
    OrderId,
    payment::{
        FeeCancelled, FeeExpired, FeeOrdered, FeePaid, FeeRefunded, ReceiptCancelled, ReceiptIssued,
    },
};
use sea_orm::{FromQueryResult, Statement};
use serde_json::json;
use uuid::Uuid;

use super::{gateway::Word, life::Town};

#[derive(FromQueryResult)]
struct Order {
    id: Uuid,
    state: String,
    total: i64,
    surplus: i64,
    method: Option<String>,
}

#[derive(FromQueryResult)]
struct Attempt {
    txn_ref: String,
    progress: String,
}

#[derive(FromQueryResult)]
struct Line {
    reference: String,
    found: String,
    amount: i64,
    settled_for: Option<Uuid>,
}

#[derive(FromQueryResult)]
struct Refund {
    order_id: Uuid,
    surplus: bool,
    amount: i64,
    standing: String,
    paid_from: Option<String>,
}

#[derive(FromQueryResult)]
struct Receipt {
    order_id: Uuid,
    number: i64,
    valid: bool,
}

async fn rows<R: FromQueryResult>(town: &Town, sql: &str) -> Vec<R> {
    let db = town.stage.app("payment").db().reads();
    let asked = Statement::from_string(db.get_database_backend(), sql);
    R::find_by_statement(asked).all(db).await.unwrap()
}

/// How often something was said of each order.
struct Said(BTreeMap<(&'static str, OrderId), usize>);

impl Said {
    async fn by(town: &Town) -> Self {
        let mut said = Self(BTreeMap::new());
        let stage = &town.stage;
        macro_rules! count {
            ($($event:ident),*) => {$(
                for event in stage.said::<$event>("payment").await {
                    *said.0.entry((stringify!($event), event.order)).or_default() += 1;
                }
            )*};
        }
        count!(
            FeeOrdered,
            FeePaid,
            FeeExpired,
            FeeCancelled,
            FeeRefunded,
            ReceiptIssued,
            ReceiptCancelled
        );
        said
    }

    fn times(&self, event: &'static str, order: OrderId) -> usize {
        self.0.get(&(event, order)).copied().unwrap_or_default()
    }
}

/// Looks at everything.
pub async fn kept(town: &mut Town) {
    let orders: Vec<Order> = rows(town, "SELECT * FROM orders ORDER BY id").await;
    let attempts: Vec<Attempt> = rows(town, "SELECT txn_ref, progress FROM attempts").await;
    let progress: BTreeMap<_, _> = attempts
        .into_iter()
        .map(|attempt| (attempt.txn_ref, attempt.progress))
        .collect();
    let lines = "SELECT reference, found, amount, line_settlements.order_id AS settled_for
        FROM bank_lines LEFT JOIN line_settlements ON line_id = bank_lines.id";
    let lines: Vec<Line> = rows(town, lines).await;
    let refunds =
        "SELECT order_id, cause = 'surplus' AS surplus, amount, standing, paid_from FROM refunds";
    let refunds: Vec<Refund> = rows(town, refunds).await;
    let receipts = "SELECT order_id, number, cancelled_at IS NULL AS valid FROM receipts ORDER BY series, number";
    let receipts: Vec<Receipt> = rows(town, receipts).await;
    let said = Said::by(town).await;
    assert_eq!(orders.len(), town.fees.len());
    for number in 0..town.fees.len() {
        let id = town.fees[number].id;
        let order = orders.iter().find(|order| order.id == id.0).unwrap();
        let refunds: Vec<_> = refunds.iter().filter(|one| one.order_id == id.0).collect();
        let receipts: Vec<_> = receipts.iter().filter(|one| one.order_id == id.0).collect();
        money_is_where_it_should_be(town, number, order, &progress, &lines);
        what_goes_back_was_not_owed(town, number, order, &refunds);
        receipts_say_so(town, number, order, &refunds, &receipts);
        each_was_said_once(town, number, order, &refunds, &receipts, &said);
    }
    let numbers: Vec<_> = receipts.iter().map(|receipt| receipt.number).collect();
    let gapless: Vec<_> = (1..=i64::try_from(numbers.len()).unwrap()).collect();
    assert_eq!(numbers, gapless, "MOTCUA_PAYMENT_SEED={}", town.seed);
    let operator = town.stage.operator();
    let books = town.stage.get("/payment/ops/ledger", Some(&operator)).await;
    let books = books.json();
    assert_eq!(
        (&books["balanced"], &books["sum"]),
        (&json!(true), &json!(0)),
        "MOTCUA_PAYMENT_SEED={}: {books}",
        town.seed
    );
    for parked in town.stage.parked("payment").await {
        // A gateway that is silent for days: a person looks. Nobody else is in this town to hear what payment says.
        let known = ["does not answer", "nobody hears it"];
        let known = known.iter().any(|known| parked.reason.contains(known));
        assert!(known, "MOTCUA_PAYMENT_SEED={}: {parked:?}", town.seed);
    }
}

/// All that came pays the order, or stands as what came beyond it.
fn money_is_where_it_should_be(
    town: &Town,
    number: usize,
    order: &Order,
    progress: &BTreeMap<String, String>,
    lines: &[Line],
) {
    let fee = &town.fees[number];
    let mut came = 0;
    for txn_ref in &fee.attempts {
        let visit = town.gateway.with(|books| books.visits[txn_ref].clone());
        let took = visit.word == Word::Took;
        let known = progress[txn_ref] == "taken";
        town.must(took == known, number, &format!("{txn_ref} is known"));
        came += if took { visit.amount } else { 0 };
    }
    for (reference, amount) in &fee.lines {
        let mut same = lines.iter().filter(|line| line.reference == *reference);
        let (line, more) = (same.next(), same.next());
        let once = line.filter(|line| more.is_none() && line.amount == *amount);
        town.must(once.is_some(), number, &format!("{reference} came once"));
        let line = once.unwrap();
        let counts = matches!(line.found.as_str(), "paid" | "surplus");
        let right = *amount == fee.total;
        // Whatever comes when nothing is owed is owed back; another amount pays nothing by itself.
        let fits = if right { counts } else { line.found != "paid" };
        let what = format!("{reference} of {amount} was found {}", line.found);
        town.must(fits, number, &what);
        let settled = line.settled_for == Some(order.id);
        came += if counts || settled { line.amount } else { 0 };
    }
    if order.method.as_deref() == Some("cash") {
        came += order.total;
    }
    let owed = if order.state == "paid" {
        order.total
    } else {
        0
    };
    let what = format!("{came} came, {owed} was owed, {} is beyond", order.surplus);
    town.must(came == owed + order.surplus, number, &what);
    town.must(order.state != "open", number, "it is over");
}

/// Nothing goes back twice, and everything beyond what was owed is on its way, is back, or was held back by an officer.
fn what_goes_back_was_not_owed(town: &Town, number: usize, order: &Order, refunds: &[&Refund]) {
    let sum = |which: &dyn Fn(&Refund) -> bool| {
        let chosen = refunds.iter().filter(|refund| which(refund));
        chosen.map(|refund| refund.amount).sum::<i64>()
    };
    let beyond = sum(&|refund| refund.surplus);
    let what = format!("{} is beyond, {beyond} was to go back", order.surplus);
    town.must(beyond == order.surplus, number, &what);
    let fee = sum(&|refund| !refund.surplus && refund.standing != "rejected");
    let most = if order.state == "paid" {
        order.total
    } else {
        0
    };
    town.must(fee <= most, number, &format!("{fee} of {most} goes back"));
    let over = |refund: &&Refund| matches!(refund.standing.as_str(), "done" | "rejected");
    town.must(refunds.iter().all(over), number, "it is over");
    let by_gateway = sum(&|refund| refund.paid_from.as_deref() == Some("gateway"));
    let visits = town.fees[number].attempts.iter().map(|txn_ref| {
        let visit = town.gateway.with(|books| books.visits[txn_ref].clone());
        let back = visit.given_back();
        town.must(back <= visit.amount, number, "it gives back what it took");
        back
    });
    let back: i64 = visits.sum();
    let what = format!("the gateway gave back {back}, the records say {by_gateway}");
    town.must(back == by_gateway, number, &what);
}

/// A paid order has one valid receipt until all its money is back.
fn receipts_say_so(
    town: &Town,
    number: usize,
    order: &Order,
    refunds: &[&Refund],
    receipts: &[&Receipt],
) {
    let back = refunds
        .iter()
        .filter(|refund| !refund.surplus && refund.standing == "done");
    let back: i64 = back.map(|refund| refund.amount).sum();
    let valid = receipts.iter().filter(|receipt| receipt.valid).count();
    let wanted = usize::from(order.state == "paid" && back < order.total);
    let what = format!("{valid} valid receipts; {back} of the fee is back");
    town.must(valid == wanted, number, &what);
    let paid = order.state == "paid";
    town.must(paid || receipts.is_empty(), number, "no receipt unpaid");
}

fn each_was_said_once(
    town: &Town,
    number: usize,
    order: &Order,
    refunds: &[&Refund],
    receipts: &[&Receipt],
    said: &Said,
) {
    let id = town.fees[number].id;
    let done = refunds.iter().filter(|refund| refund.standing == "done");
    let valid = receipts.iter().filter(|receipt| receipt.valid).count();
    let wanted = [
        ("FeeOrdered", 1),
        ("FeePaid", usize::from(order.state == "paid")),
        ("FeeCancelled", usize::from(order.state == "cancelled")),
        ("FeeRefunded", done.count()),
        ("ReceiptIssued", receipts.len()),
        ("ReceiptCancelled", receipts.len() - valid),
    ];
    for (event, times) in wanted {
        let heard = said.times(event, id);
        let what = format!("{event} was said {heard} times instead of {times}");
        town.must(heard == times, number, &what);
    }
    let expired = said.times("FeeExpired", id);
    let what = format!("FeeExpired was said {expired} times");
    let least = usize::from(order.state == "expired");
    town.must((least..=1).contains(&expired), number, &what);
}
