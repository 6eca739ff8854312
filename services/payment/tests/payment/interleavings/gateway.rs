//! The gateway's own truth: what it took, what it gave back, and what it says of both, which may be nothing.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use payment::vnpay::{Fields, QUERY_ANSWER, REFUND_ANSWER};

use crate::secret;

/// What the gateway has decided about a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    Nothing,
    Suspects,
    Declined,
    Took,
}

/// How it is today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Answers,
    Silent,
    KnowsNothing,
}

/// Money that it gave back, or will not.
#[derive(Debug, Clone)]
pub struct Returned {
    pub request: String,
    pub amount: i64,
    pub refused: bool,
}

#[derive(Debug, Clone)]
pub struct Visit {
    pub word: Word,
    pub amount: i64,
    pub returned: Vec<Returned>,
}

#[derive(Debug)]
pub struct Books {
    pub visits: BTreeMap<String, Visit>,
    pub mood: Mood,
    /// How many refunds it was asked for: each third it refuses.
    asked: usize,
}

/// Cheap to clone; clones are one gateway.
#[derive(Debug, Clone)]
pub struct Gateway(Arc<Mutex<Books>>);

impl Gateway {
    /// Opens it; its address.
    pub async fn open() -> (Self, String) {
        let books = Books {
            visits: BTreeMap::new(),
            mood: Mood::Answers,
            asked: 0,
        };
        let gateway = Self(Arc::new(Mutex::new(books)));
        let path = "/payment/sandbox/merchant_webapi/api/transaction";
        let router = Router::new()
            .route(path, post(called))
            .with_state(gateway.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (gateway, address)
    }

    pub fn with<T>(&self, look: impl FnOnce(&mut Books) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    /// What it says of a visit: the fields of a notification.
    pub fn says(&self, txn_ref: &str) -> Fields {
        let visit = self.with(|books| books.visits[txn_ref].clone());
        let code = match visit.word {
            Word::Took => "00",
            Word::Suspects => "07",
            Word::Declined | Word::Nothing => "24",
        };
        Fields::default()
            .with("vnp_TmnCode", "MOTCUA01")
            .with("vnp_TxnRef", txn_ref)
            .with("vnp_Amount", (visit.amount * 100).to_string())
            .with("vnp_BankCode", "NCB")
            .with("vnp_TransactionNo", "14123456")
            .with("vnp_ResponseCode", code)
            .with(
                "vnp_TransactionStatus",
                if code == "24" { "02" } else { code },
            )
    }
}

async fn called(
    State(gateway): State<Gateway>,
    Json(asked): Json<HashMap<String, String>>,
) -> Response {
    let of = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let refund = of("vnp_Command") == "refund";
    let (txn_ref, mood) = (of("vnp_TxnRef"), gateway.with(|books| books.mood));
    let base = Fields::default()
        .with("vnp_ResponseId", of("vnp_RequestId"))
        .with("vnp_Command", of("vnp_Command"))
        .with("vnp_TmnCode", "MOTCUA01")
        .with("vnp_TxnRef", &txn_ref);
    let signed = |fields: Fields| {
        let order = if refund {
            &REFUND_ANSWER[..]
        } else {
            &QUERY_ANSWER[..]
        };
        Json(fields.sealed(order, &secret()).as_map().clone()).into_response()
    };
    if refund {
        let code = gateway.with(|books| books.give_back(&txn_ref, &asked));
        // It may do what it is asked and be silent about it.
        return if mood == Mood::Silent {
            StatusCode::BAD_GATEWAY.into_response()
        } else {
            let fields = base
                .with("vnp_ResponseCode", code)
                .with("vnp_TransactionType", of("vnp_TransactionType"));
            signed(fields.with("vnp_TransactionStatus", "05"))
        };
    }
    let word = gateway.with(|books| books.visits.get(&txn_ref).cloned());
    let begun = word.filter(|visit| visit.word != Word::Nothing && mood != Mood::KnowsNothing);
    match (mood, begun) {
        (Mood::Silent, _) => StatusCode::BAD_GATEWAY.into_response(),
        (_, None) => signed(base.with("vnp_ResponseCode", "91")),
        (_, Some(visit)) => {
            let (kind, status) = visit.latest();
            signed(
                base.with("vnp_ResponseCode", "00")
                    .with("vnp_Amount", (visit.amount * 100).to_string())
                    .with("vnp_TransactionNo", "14123456")
                    .with("vnp_TransactionType", kind)
                    .with("vnp_TransactionStatus", status),
            )
        }
    }
}

impl Books {
    /// Gives money back, once a request; the answer's code.
    fn give_back(&mut self, txn_ref: &str, asked: &HashMap<String, String>) -> &'static str {
        let request = asked["vnp_RequestId"].clone();
        let amount: i64 = asked["vnp_Amount"].parse().unwrap();
        self.asked += 1;
        let refused = self.asked.is_multiple_of(3);
        let Some(visit) = self.visits.get_mut(txn_ref) else {
            return "91";
        };
        if visit.word != Word::Took {
            return "91";
        }
        if visit.returned.iter().any(|known| known.request == request) {
            return "94";
        }
        visit.returned.push(Returned {
            request,
            amount: amount / 100,
            refused,
        });
        "00"
    }
}

impl Visit {
    /// What a query is told: of the payment, or of giving back once there is any.
    fn latest(&self) -> (&'static str, &'static str) {
        let status = match self.word {
            Word::Took => "00",
            Word::Suspects => "07",
            Word::Declined | Word::Nothing => "02",
        };
        match self.returned.last() {
            None => ("01", status),
            Some(returned) if returned.refused => ("03", "09"),
            Some(_) => ("03", "00"),
        }
    }

    /// What of it the payer has back.
    pub fn given_back(&self) -> i64 {
        let done = self.returned.iter().filter(|returned| !returned.refused);
        done.map(|returned| returned.amount).sum()
    }
}
