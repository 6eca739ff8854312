//! A town in which a seed decides what happens.

use std::time::Duration;

use axum::{body::Body, http::Request};
use chassis::auth::Role;
use contracts::{
    DossierId, OrderId, Vnd,
    payment::{FeeLine, RequestFee},
};
use serde_json::{Value, json};
use testkit::Stage;
use uuid::Uuid;

use super::{
    ORDERS,
    chance::{Chance, cut_off},
    gateway::{Gateway, Mood, Visit, Word},
};
use crate::{
    secret,
    town::bank::{ACCOUNT, bank_secret, came},
};

const PAYER: &str = "066190001234";
/// Between the two fees that there are: one goes back by an officer's word alone, the other by two.
const LIMIT: &str = "10000";

/// One order and what happened to it.
pub struct Fee {
    pub id: OrderId,
    pub total: i64,
    pub attempts: Vec<String>,
    /// What its payer sent by transfer: reference and amount.
    pub lines: Vec<(String, i64)>,
    purpose: String,
    story: Vec<String>,
}

pub struct Town {
    pub seed: u64,
    pub stage: Stage,
    pub gateway: Gateway,
    pub fees: Vec<Fee>,
    chance: Chance,
    _fast: tempfile::TempDir,
}

/// What can happen to an order; what happens more often stands here more often.
#[derive(Debug, Clone, Copy)]
enum Deed {
    GoesToGateway,
    GatewayDecides,
    Notified,
    NotifiedWrongly,
    ComesBack,
    AsksGateway,
    Cancelled,
    PaidInCash,
    Transferred,
    ToldAgain,
    TransferredWrongly,
    Allocated,
    RefundAsked,
    RefundMoved,
    ReceiptReplaced,
}

const DEEDS: [Deed; 25] = [
    Deed::GoesToGateway,
    Deed::GoesToGateway,
    Deed::GoesToGateway,
    Deed::GatewayDecides,
    Deed::GatewayDecides,
    Deed::GatewayDecides,
    Deed::GatewayDecides,
    Deed::Notified,
    Deed::Notified,
    Deed::Notified,
    Deed::Notified,
    Deed::NotifiedWrongly,
    Deed::ComesBack,
    Deed::AsksGateway,
    Deed::AsksGateway,
    Deed::Cancelled,
    Deed::PaidInCash,
    Deed::Transferred,
    Deed::ToldAgain,
    Deed::TransferredWrongly,
    Deed::Allocated,
    Deed::RefundAsked,
    Deed::RefundMoved,
    Deed::RefundMoved,
    Deed::ReceiptReplaced,
];

fn fee(id: Uuid, total: i64) -> RequestFee {
    let vnd = |dong| Vnd::new(dong).unwrap();
    RequestFee {
        order: OrderId(id),
        dossier: DossierId(id),
        lines: vec![FeeLine {
            label: "Bản sao trích lục hộ tịch".into(),
            quantity: 1,
            unit: vnd(total),
            amount: vnd(total),
        }],
        total: vnd(total),
        payer: Stage::account(PAYER),
        ..crate::town::request()
    }
}

impl Town {
    pub async fn open(seed: u64) -> Self {
        let (gateway, address) = Gateway::open().await;
        // In memory, where the machine has a folder for that: a commit waits for no disk.
        let fast = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let fast = fast.unwrap();
        let database = format!("sqlite://{}/{{service}}.db", fast.path().display());
        let settings = [
            ("PAYMENT__SANDBOX__OWN_URL", address.as_str()),
            ("PAYMENT__REFUND_LIMIT", LIMIT),
            ("DATABASE_URL", database.as_str()),
        ];
        let mut town = Self {
            seed,
            stage: Stage::configured(vec![payment::service()], &settings).await,
            gateway,
            fees: Vec::new(),
            chance: Chance::of(seed),
            _fast: fast,
        };
        for number in 0..ORDERS {
            let total = town.chance.one_of(&[8_000, 16_000]);
            let id = Uuid::from_u128(u128::from(number) + 1);
            assert!(town.stage.say("desk", &fee(id, total)).await);
            town.fees.push(Fee {
                id: OrderId(id),
                total,
                attempts: Vec::new(),
                lines: Vec::new(),
                purpose: String::new(),
                story: Vec::new(),
            });
        }
        town.stage.settle().await;
        for number in 0..town.fees.len() {
            let (_, body) = town.payer_posts(number, "transfer", Value::Null).await;
            let purpose = body["purpose"].as_str().unwrap();
            purpose.clone_into(&mut town.fees[number].purpose);
        }
        town
    }

    /// Fails with what is needed to play it again.
    pub fn must(&self, holds: bool, number: usize, what: &str) {
        assert!(
            holds,
            "{what}\nMOTCUA_PAYMENT_SEED={}, order {number}: {}",
            self.seed,
            self.fees[number].story.join("; ")
        );
    }

    /// Something happens to most orders, then time passes and the service does what is due, or dies over it.
    pub async fn round(&mut self) {
        for turn in 0..2 * self.fees.len() {
            let number = turn % self.fees.len();
            let deed = self.chance.one_of(&DEEDS);
            self.fees[number].story.push(format!("{deed:?}"));
            if self.chance.once_in(12) {
                let steps = self.chance.below(40);
                self.fees[number].story.push(format!("cut at {steps}"));
                cut_off(self.happens(deed, number), steps).await;
            } else {
                self.happens(deed, number).await;
            }
        }
        let mood = [
            Mood::Answers,
            Mood::Answers,
            Mood::Answers,
            Mood::Silent,
            Mood::KnowsNothing,
        ];
        let mood = self.chance.one_of(&mood);
        self.gateway.with(|books| books.mood = mood);
        let minutes = [
            0,
            0,
            1,
            17,
            17,
            60,
            12 * 60,
            12 * 60,
            3 * 24 * 60,
            20 * 24 * 60,
        ];
        let by = Duration::from_mins(self.chance.one_of(&minutes));
        let note = format!("{by:?} pass, the gateway {mood:?}");
        self.fees
            .iter_mut()
            .for_each(|fee| fee.story.push(note.clone()));
        if self.chance.once_in(3) {
            let steps = self.chance.below(600);
            cut_off(self.stage.advance(by), steps).await;
            self.stage.open_again(vec![payment::service()]).await;
            self.fees
                .iter_mut()
                .for_each(|fee| fee.story.push(format!("killed at {steps}")));
        } else {
            self.stage.advance(by).await;
        }
    }

    async fn happens(&mut self, deed: Deed, number: usize) {
        match deed {
            Deed::GoesToGateway => {
                let (status, body) = self.payer_posts(number, "pay", Value::Null).await;
                if let (201, Some(txn_ref)) = (status, body["txn_ref"].as_str()) {
                    let visit = Visit {
                        word: Word::Nothing,
                        amount: self.fees[number].total,
                        returned: Vec::new(),
                    };
                    self.gateway
                        .with(|books| books.visits.insert(txn_ref.to_owned(), visit));
                    self.fees[number].attempts.push(txn_ref.to_owned());
                }
            }
            Deed::GatewayDecides => self.gateway_decides(number),
            Deed::Notified => {
                for _ in 0..=self.chance.below(2) {
                    self.notified(number).await;
                }
            }
            Deed::NotifiedWrongly => self.notified_wrongly(number).await,
            Deed::ComesBack => {
                if let Some(txn_ref) = self.visit(number) {
                    let query = self.gateway.says(&txn_ref).signed_query(&secret());
                    let back = format!("/payment/vnpay/return?{query}");
                    let status = self.stage.get(&back, None).await.status;
                    self.must(status == 200, number, "the way back shows a page");
                }
            }
            Deed::AsksGateway => {
                self.payer_posts(number, "check", Value::Null).await;
            }
            Deed::Cancelled => {
                let note = json!({ "note": "Công dân rút hồ sơ" });
                self.officer_posts(number, "cancel", note).await;
            }
            Deed::PaidInCash => {
                self.officer_posts(number, "cash", Value::Null).await;
            }
            Deed::Transferred => self.transferred(number, 0).await,
            Deed::TransferredWrongly => self.transferred(number, 1_000).await,
            Deed::ToldAgain => {
                if let Some((reference, amount)) = self.fees[number].lines.last().cloned() {
                    self.bank_says(number, &reference, amount).await;
                }
            }
            Deed::Allocated => self.allocated(number).await,
            Deed::RefundAsked => {
                let part = self.chance.one_of(&[1, 2, 4]);
                let amount = self.fees[number].total / part;
                let body = json!({ "cause": "mistake", "amount": amount, "note": "Tính sai" });
                self.officer_posts(number, "refunds", body).await;
            }
            Deed::RefundMoved => self.refund_moved(number).await,
            Deed::ReceiptReplaced => {
                let body = json!({ "payer_name": "Nguyễn Thị Mẫu", "reason": "Ghi sai họ" });
                self.officer_posts(number, "receipt/replace", body).await;
            }
        }
    }

    /// One of the order's visits to the gateway.
    fn visit(&mut self, number: usize) -> Option<String> {
        let attempts = &self.fees[number].attempts;
        let one = self.chance.below(attempts.len().max(1) as u64);
        attempts.get(usize::try_from(one).unwrap()).cloned()
    }

    fn gateway_decides(&mut self, number: usize) {
        let words = [Word::Took, Word::Took, Word::Declined, Word::Suspects];
        let word = self.chance.one_of(&words);
        if let Some(txn_ref) = self.visit(number) {
            self.gateway.with(|books| {
                let visit = books.visits.get_mut(&txn_ref).unwrap();
                if matches!(visit.word, Word::Nothing | Word::Suspects) {
                    visit.word = word;
                }
            });
            self.fees[number]
                .story
                .push(format!("{word:?} {}", &txn_ref[30..]));
        }
    }

    async fn notified(&mut self, number: usize) {
        let Some(txn_ref) = self.visit(number) else {
            return;
        };
        if self.gateway.with(|books| books.visits[&txn_ref].word) != Word::Nothing {
            let query = self.gateway.says(&txn_ref).signed_query(&secret());
            let reply = self.reply(&query).await;
            let heard = reply == "00" || reply == "02";
            self.must(heard, number, &format!("a right notification: {reply}"));
        }
    }

    async fn reply(&self, query: &str) -> String {
        let address = format!("/payment/vnpay/ipn?{query}");
        let answer = self.stage.get(&address, None).await.json();
        answer["RspCode"].as_str().unwrap_or_default().to_owned()
    }

    async fn notified_wrongly(&mut self, number: usize) {
        if let Some(txn_ref) = self.visit(number) {
            let said = self.gateway.says(&txn_ref);
            let took = said
                .with("vnp_ResponseCode", "00")
                .with("vnp_TransactionStatus", "00");
            let forged = self.reply(&took.query()).await;
            let wrong = took.with("vnp_Amount", "100").signed_query(&secret());
            let wrong = self.reply(&wrong).await;
            let refused = (forged.as_str(), wrong.as_str()) == ("97", "04");
            self.must(refused, number, "a wrong notification is refused");
        }
    }

    async fn transferred(&mut self, number: usize, beyond: i64) {
        let fee = &mut self.fees[number];
        let line = (
            format!("FT{number}.{}", fee.lines.len()),
            fee.total + beyond,
        );
        fee.lines.push(line.clone());
        self.bank_says(number, &line.0, line.1).await;
    }

    /// The bank tells of a line, until it is heard.
    async fn bank_says(&self, number: usize, reference: &str, amount: i64) {
        let line = came(reference, amount, &self.fees[number].purpose);
        let body = json!({ "account": ACCOUNT, "lines": [line] }).to_string();
        let mut request = Request::post("/payment/bank/lines");
        for (name, value) in bank_secret().sign(self.stage.now(), body.as_bytes()) {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body)).unwrap();
        let status = self.stage.request(request).await.status;
        self.must(status == 200, number, &format!("a line is heard: {status}"));
    }

    /// An officer gives a line of this order that waits to it after all.
    async fn allocated(&self, number: usize) {
        let officer = self.officer(1);
        let waiting = self.stage.get("/payment/bank/lines", Some(&officer)).await;
        let waiting = waiting.json();
        let own = format!("FT{number}.");
        let line = waiting.as_array().unwrap().iter().find(|line| {
            let reference = line["reference"].as_str().unwrap_or_default();
            reference.starts_with(&own)
        });
        if let Some(line) = line {
            let body = json!({ "lines": [line["id"]], "order": self.fees[number].purpose, "reason": "Gọi điện" });
            let path = "/payment/bank/allocations";
            self.posts(number, &officer, path, body).await;
        }
    }

    /// An officer, one of three, does something about a refund of this order.
    async fn refund_moved(&mut self, number: usize) {
        let (who, way) = (self.chance.below(3), self.chance.below(4));
        let refunds = self.refunds(number).await;
        let one = self.chance.below(refunds.len().max(1) as u64);
        let Some(refund) = refunds.get(usize::try_from(one).unwrap()) else {
            return;
        };
        let (step, body) = match way {
            0 => ("approve", Value::Null),
            1 => ("reject", json!({ "note": "Không đúng" })),
            2 => ("pay-out", json!({ "from": "till", "reference": "PC1" })),
            _ => ("pay-out", json!({ "from": "bank", "reference": "UNC1" })),
        };
        let path = format!(
            "/payment/refunds/{}/{step}",
            refund["refund"].as_str().unwrap()
        );
        self.posts(number, &self.officer(who), &path, body).await;
    }

    async fn refunds(&self, number: usize) -> Vec<Value> {
        let path = format!("/payment/orders/{}", self.fees[number].id);
        let order = self.stage.get(&path, Some(&self.officer(1))).await.json();
        order["refunds"].as_array().cloned().unwrap_or_default()
    }

    fn officer(&self, who: u64) -> String {
        let account = Stage::account(&format!("officer {who}"));
        self.stage.token(account, &[Role::Officer], None)
    }

    async fn payer_posts(&self, number: usize, what: &str, body: Value) -> (u16, Value) {
        let path = format!("/payment/orders/{}/{what}", self.fees[number].id);
        let payer = self.stage.citizen(PAYER);
        self.posts(number, &payer, &path, body).await
    }

    async fn officer_posts(&self, number: usize, what: &str, body: Value) {
        let path = format!("/payment/orders/{}/{what}", self.fees[number].id);
        self.posts(number, &self.officer(1), &path, body).await;
    }

    /// Whatever is asked, the service does it or says why not.
    async fn posts(&self, number: usize, token: &str, path: &str, body: Value) -> (u16, Value) {
        let answer = self.stage.post(path, Some(token), &body).await;
        let status = answer.status.as_u16();
        let known = matches!(status, 200 | 201 | 409 | 422 | 502);
        let what = format!("{path} answers {status}: {}", answer.text());
        self.must(known, number, &what);
        (status, answer.json())
    }

    /// The banks say everything they know, officers end what is open, time passes.
    pub async fn ends(&mut self) {
        self.gateway.with(|books| books.mood = Mood::Answers);
        for number in 0..self.fees.len() {
            for txn_ref in self.fees[number].attempts.clone() {
                if self.gateway.with(|books| books.visits[&txn_ref].word) == Word::Took {
                    let query = self.gateway.says(&txn_ref).signed_query(&secret());
                    let reply = self.reply(&query).await;
                    let heard = reply == "00" || reply == "02";
                    self.must(heard, number, &format!("the last word: {reply}"));
                }
            }
            for (reference, amount) in self.fees[number].lines.clone() {
                self.bank_says(number, &reference, amount).await;
            }
        }
        self.stage.settle().await;
        let mut days = 0;
        while self.end_refunds().await {
            self.stage.advance(Duration::from_hours(24)).await;
            days += 1;
            assert!(
                days < 30,
                "MOTCUA_PAYMENT_SEED={}: a refund never ends",
                self.seed
            );
        }
        self.stage.advance(Duration::from_hours(31 * 24)).await;
    }

    /// Officers do what is left to do about refunds; whether anything was.
    async fn end_refunds(&mut self) -> bool {
        let mut left = false;
        for number in 0..self.fees.len() {
            for refund in self.refunds(number).await {
                let standing = refund["standing"].as_str().unwrap();
                let by_gateway = refund["by_gateway"] == true;
                let (step, body) = match standing {
                    "asked" => ("approve", Value::Null),
                    "approved" | "sent" if by_gateway => ("check", Value::Null),
                    "approved" | "failed" => {
                        ("pay-out", json!({ "from": "till", "reference": "PC2" }))
                    }
                    _ => continue,
                };
                left = true;
                let path = format!(
                    "/payment/refunds/{}/{step}",
                    refund["refund"].as_str().unwrap()
                );
                self.posts(number, &self.officer(9), &path, body).await;
            }
        }
        left
    }
}
