//! The banks of a story about money: what they sign, and what they answer when they are asked.

use std::collections::BTreeMap;

use axum::{Json, Router, routing::post};
use contracts::{
    DossierId, OrderId, Vnd,
    payment::{FeeLine, RequestFee},
};
use payment::{
    transfer::webhook,
    vnpay::{Fields, QUERY_ANSWER, Secret, amount},
};
use testkit::Stage;
use uuid::Uuid;

/// Who pays.
pub const PAYER: &str = "066190001234";
/// What each fee is.
pub const FEE: i64 = 16_000;

fn secret() -> Secret {
    Secret::try_from("MOTCUA0TEST0SECRET0NOT0REAL00001".to_owned()).unwrap()
}

/// The secret of the agency's bank.
pub fn webhook_secret() -> webhook::Secret {
    webhook::Secret::try_from("MOTCUA0TEST0BANK0SECRET0NOT0REAL").unwrap()
}

fn vnd(dong: i64) -> Vnd {
    Vnd::new(dong).unwrap()
}

/// The fee of one dossier.
pub fn fee(number: u128) -> RequestFee {
    RequestFee {
        order: OrderId(Uuid::from_u128(number)),
        dossier: DossierId(Uuid::from_u128(number)),
        code: "H15.50.05.13-261008-0975".parse().unwrap(),
        payer: Stage::account(PAYER),
        payer_name: "Nguyễn Thị Ví Dụ".parse().unwrap(),
        lines: vec![FeeLine {
            label: "Bản sao trích lục hộ tịch".into(),
            quantity: 2,
            unit: vnd(FEE / 2),
            amount: vnd(FEE),
            reduction: None,
        }],
        procedure: None,
        procedure_version: None,
        total: vnd(FEE),
    }
}

fn taken(txn_ref: &str) -> Fields {
    Fields::default()
        .with("vnp_TmnCode", "MOTCUA01")
        .with("vnp_Amount", amount(vnd(FEE)))
        .with("vnp_BankCode", "NCB")
        .with("vnp_PayDate", "20261008091500")
        .with("vnp_TransactionNo", "14123456")
        .with("vnp_TransactionType", "01")
        .with("vnp_ResponseCode", "00")
        .with("vnp_TransactionStatus", "00")
        .with("vnp_TxnRef", txn_ref)
}

/// What the gateway says when it has taken the money of an attempt: the query of its notification, and of the way back.
pub fn took(txn_ref: &str) -> String {
    taken(txn_ref).signed_query(&secret())
}

/// A gateway that has taken the money of every attempt that it is asked about; where it is.
pub async fn that_took_all() -> String {
    let asked = async |Json(asked): Json<BTreeMap<String, String>>| {
        let txn_ref = asked.get("vnp_TxnRef").map_or("", String::as_str);
        let told = taken(txn_ref)
            .with("vnp_ResponseId", "1")
            .with("vnp_Command", "querydr");
        Json(told.sealed(&QUERY_ANSWER, &secret()).as_map().clone())
    };
    let path = "/payment/sandbox/merchant_webapi/api/transaction";
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route(path, post(asked));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}
