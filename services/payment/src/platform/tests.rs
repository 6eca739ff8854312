//! The messages against hashes made by other means, and what is not believed.

use chrono::TimeZone;
use proptest::prelude::*;
use serde_json::json;

use super::*;

const KEY: &str = "MOTCUA0TEST0PLATFORM0NOT0REAL001";

fn secret() -> Secret {
    Secret::try_from(KEY.to_owned()).unwrap()
}

/// SHA-256 over a text that is written out.
fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn platform() -> Platform {
    // `chassis::run` does this in a process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let beneficiary = Beneficiary {
        account: "0011001234567".into(),
        holder: "TRUNG TAM".into(),
        bank: "VCB".into(),
    };
    Platform::new(secret(), "MOTCUA01".into(), beneficiary, None).unwrap()
}

fn afternoon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 10, 8, 7, 5, 9).unwrap()
}

fn init() -> Init {
    platform().init(&Payment {
        txn_ref: "A1",
        amount: Vnd::new(16_000).unwrap(),
        created: afternoon(),
        ip: "127.0.0.1",
        code: "H15.50.05.13-261008-0975",
        procedure: ("2.000635", "Cấp bản sao trích lục hộ tịch"),
        office: ("H15.50.05.13", "Phường Mẫu"),
        payer: "Nguyễn Thị Ví Dụ",
        lines: vec![("Bản sao", Vnd::new(16_000).unwrap())],
    })
}

fn word() -> Word {
    Word {
        kind: CONFIRM.into(),
        code: OK.into(),
        partner: "MOTCUA01".into(),
        reference: "A1".into(),
        amount: "16000".into(),
        currency: "VND".into(),
        number: "26000001".into(),
        bank: "VCB".into(),
        at: "20261008140733".into(),
        info: "THANH TOAN HO SO".into(),
        ..Word::default()
    }
}

#[test]
fn a_beginning_has_the_platforms_fields_in_the_platforms_order() {
    let json = serde_json::to_string_pretty(&init()).unwrap();
    let hash = sha256(
        "INIT|1.0.6|MOTCUA01|A1|16000|PAY|1|1|vi-VN|VND|PAYMENT|THANH TOAN HO SO H15.50.05.13-261008-0975|20261008140509|127.0.0.1|MOTCUA0TEST0PLATFORM0NOT0REAL001",
    );
    let expected = r#"{
  "LoaiBanTin": "INIT",
  "PhienBan": "1.0.6",
  "MaDoiTac": "MOTCUA01",
  "MaThamChieu": "A1",
  "SoTien": "16000",
  "LoaiHinhThanhToan": "PAY",
  "MaKenhThanhToan": "1",
  "MaThietBi": "1",
  "NgonNgu": "vi-VN",
  "MaTienTe": "VND",
  "MaNganHang": "PAYMENT",
  "ThongTinGiaoDich": "THANH TOAN HO SO H15.50.05.13-261008-0975",
  "ThoiGianGD": "20261008140509",
  "Ip": "127.0.0.1",
  "ThongTinBienLai": {
    "MaTTHC": "2.000635",
    "TenTTHC": "Cấp bản sao trích lục hộ tịch",
    "MaDVC": "2.000635.01",
    "TenDVC": "Cấp bản sao trích lục hộ tịch",
    "MaDonVi": "H15.50.05.13",
    "TenDonVi": "Phường Mẫu",
    "MaHoSo": "H15.50.05.13-261008-0975",
    "TKThuHuong": "0011001234567",
    "TenTKThuHuong": "TRUNG TAM",
    "MaNHThuHuong": "VCB",
    "HoTenNguoiNop": "Nguyễn Thị Ví Dụ",
    "SoCMNDNguoiNop": "",
    "DiaChiNguoiNop": "",
    "NoiDungThanhToan": "THANH TOAN HO SO H15.50.05.13-261008-0975",
    "PhiLePhi": [
      {
        "LoaiPhiLePhi": "Phi",
        "MaPhiLePhi": "2.000635.01",
        "TenPhiLePhi": "Bản sao",
        "SoTien": "16000"
      }
    ],
    "DSKhoanNop": [
      {
        "NoiDung": "Bản sao",
        "SoTien": "16000"
      }
    ]
  },
  "MaXacThuc": "HASH"
}"#;
    assert_eq!(json, expected.replace("HASH", &hash));
    assert!(init().is_believed(&secret()));
}

#[test]
fn the_hour_is_of_twenty_four() {
    assert_eq!(date(afternoon()), "20261008140509");
    let midnight = Utc.with_ymd_and_hms(2026, 10, 8, 17, 0, 0).unwrap();
    assert_eq!(date(midnight), "20261009000000");
}

#[test]
fn questions_and_what_was_heard_are_hashed_over_five_fields() {
    let question = Question {
        kind: GET_BILL.into(),
        version: VERSION.into(),
        partner: "MOTCUA01".into(),
        reference: "A1".into(),
        at: "20261008140509".into(),
        hash: String::new(),
    };
    let literal = "GET_BILL|1.0.6|MOTCUA01|A1|20261008140509|MOTCUA0TEST0PLATFORM0NOT0REAL001";
    assert_eq!(question.sealed(&secret()).hash, sha256(literal));
    let heard = Heard {
        code: OK.into(),
        words: "Confirm Success".into(),
        partner: "MOTCUA01".into(),
        reference: "A1".into(),
        at: "20261008140733".into(),
        hash: String::new(),
    };
    let literal = "00|Confirm Success|MOTCUA01|A1|20261008140733|MOTCUA0TEST0PLATFORM0NOT0REAL001";
    assert_eq!(heard.sealed(&secret()).hash, sha256(literal));
}

#[test]
fn a_confirmation_is_believed_with_its_hash_only() {
    let literal = "CONFIRM|00|MOTCUA01|A1|16000|VND|26000001|VCB|20261008140733|THANH TOAN HO SO|MOTCUA0TEST0PLATFORM0NOT0REAL001";
    let good = Word {
        hash: sha256(literal),
        ..word()
    };
    assert_eq!(word().sealed(&secret()), good);
    let notice = good.confirmed(&secret()).unwrap();
    assert_eq!(
        (notice.through, notice.verdict, notice.amount),
        (Through::Platform, Verdict::Taken, Vnd::new(16_000).ok())
    );
    assert_eq!(
        notice.paid_at,
        Utc.with_ymd_and_hms(2026, 10, 8, 7, 7, 33).single()
    );
    let upper = Word {
        hash: good.hash.to_uppercase(),
        ..good.clone()
    };
    assert!(upper.confirmed(&secret()).is_ok());
    for hash in ["", "00", &good.hash[1..], &sha256("CONFIRM|00")] {
        let forged = Word {
            hash: hash.into(),
            ..good.clone()
        };
        assert_eq!(forged.confirmed(&secret()), Err(vnpay::Forged));
    }
}

#[test]
fn a_value_that_could_be_read_as_two_is_not_believed() {
    // The same text is hashed, and says another number and bank.
    let good = word().sealed(&secret());
    let moved = Word {
        number: "26000001|VCB".into(),
        bank: "20261008140733".into(),
        at: "THANH TOAN HO SO".into(),
        ..good
    };
    assert_eq!(moved.confirmed(&secret()), Err(vnpay::Forged));
    // An answer is no confirmation.
    let answer = Word {
        status: PAID.into(),
        ..word()
    }
    .sealed(&secret());
    assert_eq!(answer.confirmed(&secret()), Err(vnpay::Forged));
    let folded = Word {
        info: "THANH TOAN HO SO|1".into(),
        status: String::new(),
        ..answer
    };
    assert_eq!(folded.confirmed(&secret()), Err(vnpay::Forged));
}

#[test]
fn an_answer_says_paid_pending_or_failed_and_nothing_else() {
    let told = |code: &str, status: &str| {
        let word = Word {
            code: code.into(),
            status: status.into(),
            ..word()
        };
        word.sealed(&secret()).answered(&secret(), "MOTCUA01", "A1")
    };
    let verdict = |code, status| match told(code, status) {
        Ok(Told::Known(notice)) => Some(notice.verdict),
        _ => None,
    };
    assert_eq!(verdict("00", "1"), Some(Verdict::Taken));
    assert_eq!(verdict("00", "3"), Some(Verdict::Unfinished));
    assert_eq!(verdict("00", "4"), Some(Verdict::Declined));
    assert!(matches!(told("01", ""), Ok(Told::NotFound)));
    for (code, status) in [("00", ""), ("00", "2"), ("01", "1"), ("99", "1")] {
        assert!(matches!(told(code, status), Err(Unanswered::Refused(_))));
    }
    let of_another = word().sealed(&secret());
    for (partner, reference) in [("MOTCUA02", "A1"), ("MOTCUA01", "A2")] {
        let told = of_another.answered(&secret(), partner, reference);
        assert!(matches!(told, Err(Unanswered::Unbelievable)));
    }
}

#[test]
fn an_amount_may_come_as_a_number_and_only_in_dong() {
    let word: Word = serde_json::from_value(json!({"SoTien": 16000, "MaTienTe": "VND"})).unwrap();
    assert_eq!(word.amount, "16000");
    assert_eq!(dong("16000"), Vnd::new(16_000).ok());
    for wrong in [
        "",
        "-16000",
        "+16000",
        "16000.5",
        "16.000",
        "1e3",
        "99999999999999999999",
    ] {
        assert_eq!(dong(wrong), None, "{wrong}");
    }
    let dollars = Word {
        currency: "USD".into(),
        ..self::word()
    };
    let notice = dollars.sealed(&secret()).confirmed(&secret()).unwrap();
    assert_eq!(notice.amount, None);
}

#[test]
fn no_log_shows_the_secret() {
    assert_eq!(format!("{:?}", secret()), "Secret(…)");
    assert!(!format!("{:?}", platform()).contains(KEY));
    assert!(Secret::try_from("short".to_owned()).is_err());
}

proptest! {
    #[test]
    fn what_is_sealed_is_believed_and_with_another_secret_it_is_not(
        values in prop::collection::vec("[^|]{0,20}", 1..12), other in "[A-Z]{16,40}",
    ) {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let hash = secret().hash(&values);
        prop_assert!(secret().made(&values, &hash));
        let other = Secret::try_from(other).unwrap();
        prop_assert!(!other.made(&values, &hash));
    }
}
