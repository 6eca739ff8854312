//! What can happen to an order, and how it happens.

use axum::{body::Body, http::Request};
use contracts::{
    DossierId,
    payment::{RefundCause, ReturnFee},
};
use serde_json::{Value, json};

use super::{
    gateway::{Visit, Word},
    life::Town,
};
use crate::{
    secret,
    town::bank::{ACCOUNT, bank_secret, came},
};

/// What can happen to an order; what happens more often stands here more often.
#[derive(Debug, Clone, Copy)]
pub enum Deed {
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
    DossierEnded,
    ReceiptReplaced,
}

pub const DEEDS: [Deed; 30] = [
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
    Deed::RefundAsked,
    Deed::RefundAsked,
    Deed::RefundMoved,
    Deed::RefundMoved,
    Deed::RefundMoved,
    Deed::RefundMoved,
    Deed::DossierEnded,
    Deed::ReceiptReplaced,
];

impl Town {
    pub(super) async fn happens(&mut self, deed: Deed, number: usize) {
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
            Deed::DossierEnded => {
                let order = self.fees[number].id;
                let ended = ReturnFee {
                    order,
                    dossier: DossierId(order.0),
                    cause: RefundCause::Refused,
                    reason: "Không đủ điều kiện".parse().unwrap(),
                };
                self.must(self.stage.say("desk", &ended).await, number, "it is heard");
            }
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

    pub(super) async fn reply(&self, query: &str) -> String {
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
    pub(super) async fn bank_says(&self, number: usize, reference: &str, amount: i64) {
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
}
