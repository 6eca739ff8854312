//! The protocol against vectors made by other implementations (a made-up secret; DOMAIN facts V1 to V6).

use chrono::TimeZone;
use proptest::prelude::*;

use super::*;

const INFO: &str = "Thanh toan ho so H15.50.05.13-261008-0975";
const V1: &str = "vnp_Amount=800000&vnp_Command=pay&vnp_CreateDate=20261008091500&vnp_CurrCode=VND&vnp_IpAddr=127.0.0.1&vnp_Locale=vn&vnp_OrderInfo=Thanh+toan+ho+so+H15.50.05.13-261008-0975&vnp_OrderType=other&vnp_ReturnUrl=https%3A%2F%2Fmotcua.example%2Fthanh-toan%2Fket-qua&vnp_TmnCode=MOTCUA01&vnp_TxnRef=H15-261008-0975-1&vnp_Version=2.1.0";
const V1_HASH: &str = "b0e17205d975e7bbff4f20d95ed28bb2b6b28987fb99a08fb97d49d4bb2691b5d0f491bde926f9fed8012781c3cd0a6d5acf31cc21407424d881b7988aa69834";
const V2: &str = "vnp_Amount=15000000&vnp_BankCode=NCB&vnp_Command=pay&vnp_CreateDate=20261008091500&vnp_CurrCode=VND&vnp_ExpireDate=20261008093000&vnp_IpAddr=2001%3Adb8%3A%3A1&vnp_Locale=vn&vnp_OrderInfo=L%E1%BB%87+ph%C3%AD%3A+%C4%90%C4%83ng+k%C3%BD+h%E1%BB%99+kinh+doanh+%28100%25%29+%26+b%E1%BA%A3n+sao&vnp_OrderType=other&vnp_ReturnUrl=https%3A%2F%2Fmotcua.example%2Fkq%3Fa%3D1%26b%3D2&vnp_TmnCode=MOTCUA01&vnp_TxnRef=TT0000002&vnp_Version=2.1.0";
const V2_HASH: &str = "648233137c588059cf3a2d5ab142db8cd3d1e9c9ee3fddd0d84791d702506a3c0340674da695ceb821ce5bf37fea8c9263c44c164cc45153f35ea02df59f1747";
const V3: &str = "vnp_Amount=800000&vnp_BankCode=NCB&vnp_BankTranNo=VNP14422574&vnp_CardType=ATM&vnp_OrderInfo=Thanh+toan+ho+so+H15.50.05.13-261008-0975&vnp_PayDate=20261008091733&vnp_ResponseCode=00&vnp_TmnCode=MOTCUA01&vnp_TransactionNo=14422574&vnp_TransactionStatus=00&vnp_TxnRef=H15-261008-0975-1";
const V3_HASH: &str = "e1d19de1fdae5b97756243fe491f8840f81d067d5f61f736abca24c0238b858b050ddf429de57901880539e1d13a46b22e1a86111bba1db7db377522aa0cf0d5";
const V4: &str = "q0000000000000001|2.1.0|querydr|MOTCUA01|H15-261008-0975-1|20261008091500|20261008103000|127.0.0.1|Truy van GD H15-261008-0975-1";
const V4_HASH: &str = "ba41a18cddb4f16a71a6e63c10ff67dbff9caad49602452183edfecd83772fb5a24d1b58af7d06956ef34e368882c1cfcbf81c6950e711836dcf97062d8f6f52";
const V5: &str = "r0000000000000001|2.1.0|refund|MOTCUA01|02|H15-261008-0975-1|800000|14422574|20261008091500|canbo01|20261008110000|127.0.0.1|Hoan tien H15-261008-0975-1";
const V5_HASH: &str = "10262b508e159d9e5b948292fb61332ccd8f1d85f5fbb6a7094ba7c26e720a559c6266cdff90e317326a567064b4438110544799e39f8ef108f9ee8d6f35f6b9";
const V6: &str = "resp01|querydr|00|QueryDR Success|MOTCUA01|H15-261008-0975-1|800000|NCB|20261008091733|14422574|01|00|Thanh toan ho so H15.50.05.13-261008-0975||";
const V6_HASH: &str = "d5dcaf9df406ba033fe39fdfaaa0412c8a30c325ffd82d7f6c9765ff72b0b0bd24945bc9145dcdfd0b04134e7f24f8fbb07a76a59d2639ba383bb1674862d417";

fn secret() -> Secret {
    Secret::try_from("MOTCUA0TEST0SECRET0NOT0REAL00001".to_owned()).unwrap()
}

fn at(hour: u32, minute: u32, second: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 10, 8, hour, minute, second)
        .unwrap()
}

fn payment() -> Payment<'static> {
    Payment {
        tmn_code: "MOTCUA01",
        txn_ref: "H15-261008-0975-1",
        amount: Vnd::new(8_000).unwrap(),
        info: INFO,
        return_url: "https://motcua.example/thanh-toan/ket-qua",
        ip: "127.0.0.1",
        bank: "",
        created: at(2, 15, 0),
        expires: None,
    }
}

/// Reads a query string as axum would.
fn pairs(query: &str) -> Vec<(String, String)> {
    let address = reqwest::Url::parse(&format!("https://motcua.example/?{query}")).unwrap();
    address.query_pairs().into_owned().collect()
}

fn listed(order: &[&str], values: &str) -> Fields {
    let values = values.split('|');
    order
        .iter()
        .zip(values)
        .fold(Fields::default(), |fields, (name, value)| {
            fields.with(name, value)
        })
}

#[test]
fn v1_a_payment_is_signed_as_others_sign_it() {
    assert_eq!(payment().fields().query(), V1);
    assert_eq!(
        payment().fields().signed_query(&secret()),
        format!("{V1}&vnp_SecureHash={V1_HASH}")
    );
}

#[test]
fn v2_vietnamese_and_symbols_are_form_encoded() {
    let payment = Payment {
        txn_ref: "TT0000002",
        amount: Vnd::new(150_000).unwrap(),
        info: "Lệ phí: Đăng ký hộ kinh doanh (100%) & bản sao",
        return_url: "https://motcua.example/kq?a=1&b=2",
        ip: "2001:db8::1",
        bank: "NCB",
        expires: Some(at(2, 30, 0)),
        ..payment()
    };
    assert_eq!(payment.fields().query(), V2);
    assert_eq!(
        payment.fields().signed_query(&secret()),
        format!("{V2}&vnp_SecureHash={V2_HASH}")
    );
}

#[test]
fn v3_a_notification_is_believed_and_read() {
    let signed = format!("{V3}&vnp_SecureHashType=HmacSHA512&vnp_SecureHash={V3_HASH}&utm=mail");
    let fields = Fields::from_query(pairs(&signed), &secret()).unwrap();
    assert_eq!(
        Notice::from(&fields),
        Notice {
            through: Through::Vnpay,
            merchant: "MOTCUA01".into(),
            txn_ref: "H15-261008-0975-1".into(),
            amount: Vnd::new(8_000).ok(),
            verdict: Verdict::Taken,
            returned: None,
            code: "00".into(),
            transaction_no: "14422574".into(),
            bank: "NCB".into(),
            paid_at: Some(at(2, 17, 33)),
        }
    );
    let shouted = format!("{V3}&vnp_SecureHash={}", V3_HASH.to_uppercase());
    assert!(Fields::from_query(pairs(&shouted), &secret()).is_ok());
}

#[test]
fn v3_tampered_with_is_refused() {
    let another = Secret::try_from("another".to_owned()).unwrap();
    for (query, hash) in [
        (V3.replace("=800000", "=80000000"), V3_HASH),
        (
            V3.replace("vnp_ResponseCode=00", "vnp_ResponseCode=24"),
            V3_HASH,
        ),
        (format!("{V3}&vnp_Extra=1"), V3_HASH),
        (V3.to_owned(), &V3_HASH[..126]),
        (V3.to_owned(), "không phải hex"),
        (V3.to_owned(), ""),
    ] {
        let signed = format!("{query}&vnp_SecureHash={hash}");
        assert_eq!(
            Fields::from_query(pairs(&signed), &secret()),
            Err(Forged),
            "{signed}"
        );
    }
    assert_eq!(Fields::from_query(pairs(V3), &secret()), Err(Forged));
    assert_eq!(Fields::from_query([], &secret()), Err(Forged));
    let signed = format!("{V3}&vnp_SecureHash={V3_HASH}");
    assert_eq!(Fields::from_query(pairs(&signed), &another), Err(Forged));
}

#[test]
fn v4_v5_v6_calls_and_answers_are_sealed_over_their_values() {
    for (order, values, hash) in [
        (&QUERY[..], V4, V4_HASH),
        (&REFUND[..], V5, V5_HASH),
        (&QUERY_ANSWER[..], V6, V6_HASH),
    ] {
        let sealed = listed(order, values).sealed(order, &secret());
        assert_eq!(sealed.get("vnp_SecureHash"), hash);
        let opened = Fields::unsealed(sealed.as_map().clone(), order, &secret()).unwrap();
        assert_eq!(opened, listed(order, values));
        let changed = sealed.with("vnp_TxnRef", "another");
        assert_eq!(
            Fields::unsealed(changed.as_map().clone(), order, &secret()),
            Err(Forged)
        );
    }
    assert_eq!(
        Notice::from(&listed(&QUERY_ANSWER, V6)).verdict,
        Verdict::Taken
    );
}

#[test]
fn success_needs_both_codes() {
    let verdict = |response, status| {
        Notice::from(
            &Fields::default()
                .with("vnp_ResponseCode", response)
                .with("vnp_TransactionStatus", status),
        )
        .verdict
    };
    assert_eq!(verdict("00", "00"), Verdict::Taken);
    assert_eq!(verdict("00", "02"), Verdict::Declined);
    assert_eq!(verdict("24", "02"), Verdict::Declined);
    assert_eq!(verdict("24", "00"), Verdict::Declined);
    assert_eq!(verdict("00", ""), Verdict::Declined);
    assert_eq!(verdict("07", "00"), Verdict::Suspected);
    assert_eq!(verdict("00", "07"), Verdict::Suspected);
    assert_eq!(verdict("00", "01"), Verdict::Unfinished);
}

#[test]
fn only_whole_amounts_and_real_dates_are_read() {
    assert_eq!(dong("800000"), Vnd::new(8_000).ok());
    for text in ["", "800050", "-800000", "8e5", "99999999999999999999"] {
        assert_eq!(dong(text), None, "{text}");
    }
    for text in ["", "20261308091500", "2026-10-08", "202610080915000"] {
        assert_eq!(moment(text), None, "{text}");
    }
}

#[test]
fn a_secret_is_never_shown_and_never_empty() {
    assert_eq!(format!("{:?}", secret()), "Secret(…)");
    assert!(Secret::try_from(" ".to_owned()).is_err());
}

proptest! {
    #[test]
    fn any_text_survives_signing_and_reading(values in prop::collection::btree_map("vnp_[A-Z][a-zA-Z]{1,12}", any::<String>(), 1..6)) {
        prop_assume!(!values.contains_key(HASH) && !values.contains_key(HASH_TYPE));
        let fields = values.into_iter().fold(Fields::default(), |fields, (name, value)| fields.with(&name, value));
        prop_assert_eq!(Fields::from_query(pairs(&fields.signed_query(&secret())), &secret()), Ok(fields));
    }

    #[test]
    fn any_query_is_read_or_refused_and_never_believed(query in "[ -~]{0,200}") {
        prop_assert_eq!(Fields::from_query(pairs(&query.replace('#', "")), &secret()), Err(Forged));
    }

    #[test]
    fn a_date_survives(seconds in 0i64..4_000_000_000) {
        let moment = Utc.timestamp_opt(seconds, 0).unwrap();
        prop_assert_eq!(super::moment(&date(moment)), Some(moment));
    }
}
