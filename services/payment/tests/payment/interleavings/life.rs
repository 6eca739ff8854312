//! A town in which a seed decides what happens.

use std::time::Duration;

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
    deeds::DEEDS,
    gateway::{Gateway, Mood, Word},
};
use crate::secret;

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
    pub purpose: String,
    pub story: Vec<String>,
}

pub struct Town {
    pub seed: u64,
    pub stage: Stage,
    pub gateway: Gateway,
    pub fees: Vec<Fee>,
    pub chance: Chance,
    _fast: tempfile::TempDir,
}

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
            reduction: None,
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

    pub(super) async fn refunds(&self, number: usize) -> Vec<Value> {
        let path = format!("/payment/orders/{}", self.fees[number].id);
        let order = self.stage.get(&path, Some(&self.officer(1))).await.json();
        order["refunds"].as_array().cloned().unwrap_or_default()
    }

    pub(super) fn officer(&self, who: u64) -> String {
        let account = Stage::account(&format!("officer {who}"));
        self.stage.token(account, &[Role::Officer], None)
    }

    pub(super) async fn payer_posts(&self, number: usize, what: &str, body: Value) -> (u16, Value) {
        let path = format!("/payment/orders/{}/{what}", self.fees[number].id);
        let payer = self.stage.citizen(PAYER);
        self.posts(number, &payer, &path, body).await
    }

    pub(super) async fn officer_posts(&self, number: usize, what: &str, body: Value) {
        let path = format!("/payment/orders/{}/{what}", self.fees[number].id);
        self.posts(number, &self.officer(1), &path, body).await;
    }

    /// Whatever is asked, the service does it or says why not.
    pub(super) async fn posts(
        &self,
        number: usize,
        token: &str,
        path: &str,
        body: Value,
    ) -> (u16, Value) {
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
