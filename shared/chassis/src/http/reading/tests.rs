//! Every way in which something can be wrong, as a caller is told of it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use contracts::{PhoneNumber, Vnd};
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only how it is read matters")]
struct Sample {
    phone: PhoneNumber,
    lines: Vec<Line>,
    way: Option<Way>,
    count: Option<u8>,
    sure: Option<bool>,
    share: Option<f64>,
    id: Option<Uuid>,
    at: Option<DateTime<Utc>>,
    on: Option<NaiveDate>,
    names: Option<BTreeMap<String, String>>,
    pair: Option<(u8, u8)>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only how it is read matters")]
struct Line {
    amount: Vnd,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Way {
    Post,
    Counter,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[expect(dead_code, reason = "only how it is read matters")]
enum Decision {
    Granted { copies: Vnd },
}

/// Field, Vietnamese and English of what is wrong with `json`.
fn wrong_as<T: DeserializeOwned>(json: &str) -> (String, String, String) {
    let mut reader = serde_json::Deserializer::from_str(json);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut reader) else {
        panic!("{json} is not refused");
    };
    let text = error.inner().to_string();
    let reason = reason(&text);
    (
        field(error.path(), &text),
        reason.vi.into_owned(),
        reason.en.into_owned(),
    )
}

fn wrong(json: &str) -> (String, String, String) {
    wrong_as::<Sample>(json)
}

#[track_caller]
fn told(json: &str, field: &str, vi: &str, en: &str) {
    assert_eq!(wrong(json), (field.into(), vi.into(), en.into()), "{json}");
}

#[test]
fn a_contracts_value_says_both_itself_wherever_it_stands() {
    let phone = "113".parse::<PhoneNumber>().unwrap_err();
    told(r#"{ "phone": "113" }"#, "phone", &phone.vi, &phone.en);
    let amount = Vnd::new(-5).unwrap_err();
    let json = r#"{ "phone": "0912345678", "lines": [{ "amount": 1 }, { "amount": -5 }] }"#;
    told(json, "lines[1].amount", &amount.vi, &amount.en);
}

#[test]
fn a_field_is_named_that_is_missing_unknown_or_there_twice() {
    told(
        r#"{ "phone": "0912345678" }"#,
        "lines",
        "Thiếu mục này",
        "This field is missing",
    );
    told(
        r#"{ "phone": "0912345678", "lines": [{}] }"#,
        "lines[0].amount",
        "Thiếu mục này",
        "This field is missing",
    );
    told(
        r#"{ "lines": [], "lines": [] }"#,
        "lines",
        "Mục này có nhiều hơn một lần",
        "This field is there more than once",
    );
    let (field, vi, en) = wrong(r#"{ "fone`, expected `x`": "0912345678" }"#);
    assert_eq!(field, "fone`, expected `x`");
    assert!(
        vi.starts_with("Không có mục này. Các mục: phone, lines,"),
        "{vi}"
    );
    assert!(
        en.starts_with("There is no such field. The fields: phone, lines,"),
        "{en}"
    );
}

#[test]
fn a_value_of_another_kind_is_refused_without_the_names_of_rust_types() {
    for (json, field, vi, en) in [
        (
            r#"{ "phone": 912345678 }"#,
            "phone",
            "Cần một chuỗi ký tự",
            "A string is expected",
        ),
        (
            r#"{ "phone": null }"#,
            "phone",
            "Cần một chuỗi ký tự",
            "A string is expected",
        ),
        (
            r#"{ "count": "many" }"#,
            "count",
            "Cần một số nguyên",
            "A whole number is expected",
        ),
        (
            r#"{ "count": 300 }"#,
            "count",
            "Giá trị ngoài phạm vi cho phép",
            "The value is out of range",
        ),
        (
            r#"{ "count": 1.5 }"#,
            "count",
            "Cần một số nguyên",
            "A whole number is expected",
        ),
        (
            r#"{ "share": "x" }"#,
            "share",
            "Cần một số",
            "A number is expected",
        ),
        (
            r#"{ "sure": "yes" }"#,
            "sure",
            "Cần true hoặc false",
            "true or false is expected",
        ),
        (
            r#"{ "lines": {} }"#,
            "lines",
            "Cần một danh sách",
            "A list is expected",
        ),
        (
            r#"{ "lines": [1] }"#,
            "lines[0]",
            "Cần một đối tượng",
            "An object is expected",
        ),
        (
            r#"{ "names": [] }"#,
            "names",
            "Cần một đối tượng",
            "An object is expected",
        ),
        (
            r#"{ "way": "drone" }"#,
            "way",
            "Chọn một trong: post, counter",
            "Choose one of: post, counter",
        ),
        (
            r#"{ "way": 7 }"#,
            "way",
            "Cần một trong các giá trị cho trước",
            "One of the given values is expected",
        ),
        (
            r#"{ "id": "7" }"#,
            "id",
            "Cần một mã UUID",
            "A UUID is expected",
        ),
        (
            r#"{ "id": 7 }"#,
            "id",
            "Cần một mã UUID",
            "A UUID is expected",
        ),
        (
            r#"{ "pair": [1] }"#,
            "pair",
            "Số phần tử chưa đúng",
            "The number of elements is wrong",
        ),
        ("7", "", "Cần một đối tượng", "An object is expected"),
    ] {
        told(json, field, vi, en);
    }
}

#[test]
fn a_wrong_moment_is_told_how_one_is_written() {
    for json in [
        r#"{ "at": "today" }"#,
        r#"{ "at": 7 }"#,
        r#"{ "on": "8/10/2026" }"#,
        r#"{ "on": "2026-10-08x" }"#,
    ] {
        assert!(
            wrong(json).1.starts_with("Cần ngày dạng"),
            "{:?}",
            wrong(json)
        );
    }
}

#[test]
fn an_enum_told_by_a_tag_hides_the_place_but_not_the_reason() {
    let amount = Vnd::new(-1).unwrap_err();
    let (_, vi, en) = wrong_as::<Decision>(r#"{ "outcome": "granted", "copies": -1 }"#);
    assert_eq!((vi, en), (amount.vi.into_owned(), amount.en.into_owned()));
    let (field, vi, _) = wrong_as::<Decision>(r#"{ "outcome": "granted" }"#);
    assert_eq!((field.as_str(), vi.as_str()), ("copies", "Thiếu mục này"));
    let (field, ..) = wrong_as::<Decision>("{}");
    assert_eq!(field, "outcome");
}

#[test]
fn what_nobody_foresaw_is_vietnamese_too_and_short() {
    let said = reason(&"x".repeat(5_000));
    assert_eq!(said.vi, "Không đọc được giá trị này");
    assert!(said.en.len() < 300);
}
