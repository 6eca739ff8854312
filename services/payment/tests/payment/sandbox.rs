//! The pretend bank's own manners: when it is there at all, and what it answers to a merchant's calls.

use chassis::auth::Role;
use payment::vnpay::{Fields, REFUND, REFUND_ANSWER, VERSION, date};
use serde_json::{Value, json};

use crate::{
    fields, secret,
    town::{Town, morning, why_not},
};

const API: &str = "/payment/sandbox/merchant_webapi/api/transaction";
const REAL: [(&str, &str); 6] = [
    ("PAYMENT__SANDBOX__ENABLED", "false"),
    ("PAYMENT__VNPAY__HASH_SECRET", "NOT0THE0MADE0UP0ONE"),
    ("PAYMENT__VNPAY__PAY_URL", "https://gateway.example/pay"),
    ("PAYMENT__VNPAY__API_URL", "https://gateway.example/api"),
    ("PAYMENT__TRANSFER__ACCOUNT", "113366668888"),
    ("PAYMENT__TRANSFER__WEBHOOK_SECRET", "NOT0THE0MADE0UP0ONE"),
];

#[tokio::test]
async fn play_money_refuses_to_run_where_money_is_real() {
    let https = ("PUBLIC_URL", "https://motcua.example");
    assert!(
        why_not(&[https])
            .await
            .unwrap()
            .contains("PAYMENT__SANDBOX__ENABLED=false")
    );
    assert_eq!(
        why_not(&[https, ("PAYMENT__SANDBOX__ON_HTTPS", "true")]).await,
        None
    );
    assert_eq!(why_not(&REAL).await, None);
    assert!(
        why_not(&REAL[..2])
            .await
            .unwrap()
            .contains("PAYMENT__VNPAY__PAY_URL")
    );
    let made_up = [REAL[0], REAL[2], REAL[3]];
    assert!(
        why_not(&made_up)
            .await
            .unwrap()
            .contains("PAYMENT__VNPAY__HASH_SECRET")
    );
    for (left_out, key) in [
        (4, "PAYMENT__TRANSFER__ACCOUNT"),
        (5, "PAYMENT__TRANSFER__WEBHOOK_SECRET"),
    ] {
        let mut without = REAL.to_vec();
        without.remove(left_out);
        assert!(why_not(&without).await.unwrap().contains(key));
        without.push(("PAYMENT__TRANSFER__ENABLED", "false"));
        assert_eq!(why_not(&without).await, None);
    }
    for (key, nonsense) in [
        ("PAYMENT__TRANSFER__BANK", "97043"),
        ("PAYMENT__TRANSFER__WORDS", "LE PHI CUA HO SO"),
        ("PAYMENT__TRANSFER__WEBHOOK_SECRET", "short"),
        ("PAYMENT__TRANSFER__COLUMNS__REFERENCE", "|"),
    ] {
        let told = why_not(&[(key, nonsense)]).await.unwrap();
        assert!(told.contains(key.trim_end_matches("REFERENCE")), "{told}");
    }
    assert!(why_not(&REAL[1..]).await.unwrap().contains("must be empty"));
    assert!(
        why_not(&[("PAYMENT__VNPAY__HASH_SECRET", " ")])
            .await
            .unwrap()
            .contains("hash_secret")
    );
}

#[tokio::test]
async fn a_sandbox_that_is_off_is_not_there() {
    let town = Town::open_with(&REAL).await;
    assert_eq!(
        town.get(Role::Citizen, "/payment/sandbox/paymentv2/vpcpay.html")
            .await
            .0,
        404
    );
    assert_eq!(
        town.get(Role::Citizen, "/payment/sandbox/style.css")
            .await
            .0,
        404
    );
    assert_eq!(town.post(Role::Citizen, API, json!({})).await.0, 404);
}

#[tokio::test]
async fn the_bank_shows_nothing_that_the_merchant_did_not_sign() {
    let town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    let cheaper = pay_url.replace("vnp_Amount=1600000", "vnp_Amount=100");
    assert!(town.page(&cheaper).await.contains("Sai chữ ký"));
}

fn refund(pay_url: &str, request: &str, hundredths: &str) -> Value {
    let asked = fields(pay_url);
    let call = Fields::default()
        .with("vnp_RequestId", request)
        .with("vnp_Version", VERSION)
        .with("vnp_Command", "refund")
        .with("vnp_TmnCode", "MOTCUA01")
        .with("vnp_TransactionType", "03")
        .with("vnp_TxnRef", asked.get("vnp_TxnRef"))
        .with("vnp_Amount", hundredths)
        .with("vnp_TransactionDate", asked.get("vnp_CreateDate"))
        .with("vnp_CreateBy", "canbo01")
        .with("vnp_CreateDate", date(morning()))
        .with("vnp_IpAddr", "127.0.0.1")
        .with("vnp_OrderInfo", "Hoan tien");
    json!(call.sealed(&REFUND, &secret()).as_map())
}

#[tokio::test]
async fn the_bank_gives_back_what_it_took_and_no_more() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    let answered = async |town: &Town, request: &str, hundredths: &str| {
        let (status, body) = town
            .post(Role::Citizen, API, refund(&pay_url, request, hundredths))
            .await;
        assert_eq!(status, 200);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let pairs = body
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), text(value)));
        let answer = Fields::unsealed(pairs, &REFUND_ANSWER, &secret()).unwrap();
        answer.get("vnp_ResponseCode").to_owned()
    };
    assert_eq!(answered(&town, "r0", "800000").await, "91");
    town.presses(&pay_url, "pay").await;
    assert_eq!(answered(&town, "r1", "800000").await, "00");
    assert_eq!(answered(&town, "r1", "800000").await, "94");
    assert_eq!(answered(&town, "r2", "900000").await, "99");
    assert_eq!(answered(&town, "r3", "800000").await, "00");
    assert_eq!(answered(&town, "r4", "100").await, "99");
    let mut forged = refund(&pay_url, "r5", "100");
    forged["vnp_Amount"] = json!("800000");
    assert_eq!(
        town.post(Role::Citizen, API, forged).await.1["vnp_ResponseCode"],
        "97"
    );
}
