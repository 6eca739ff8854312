//! Tariffs: which one counts on a day and at an office, and what a file may not say.

use chrono::{DateTime, Utc};
use contracts::{Channel, OrganisationCode};
use procedure::{Description, Filing, Form, description::Unpriced};
use proptest::prelude::*;

use crate::{DESK, changed, described, extract, filed, valid};

/// The extract's tariff with one line of `unit` đồng and more keys, as an item of the list.
pub fn tariff(from: &str, unit: u32, more: &str) -> String {
    format!(
        "    - from: {from}\n      set_by: {{ name: {{ vi: Bộ, en: Ministry }} }}\n{more}      lines:\n        - {{ id: ban-sao, label: {{ vi: Phí, en: Fee }}, unit: {unit}, quantity: so_ban_sao }}\n"
    )
}

/// The real extract with these tariffs instead of its own.
pub fn with(tariffs: &[String]) -> Result<Description, String> {
    let whole = changed("2.000635", "fee:", "fee:");
    let (head, rest) = whole.split_once("fee:\n").expect("a fee");
    let (_, tail) = rest.split_once("\nreception:").expect("what follows");
    let text = format!(
        "{head}fee:\n  tariffs:\n{}\nreception:{tail}",
        tariffs.concat()
    );
    Description::from_yaml(&text).map_err(|invalid| invalid.to_string())
}

fn two_copies(description: &Description) -> Form {
    valid(description, &extract(&[]))
}

fn on(day: &str) -> Filing<'static> {
    Filing {
        on: day.parse().expect("a day"),
        ..filed(Channel::Online)
    }
}

fn dong(description: &Description, filing: Filing<'_>) -> Option<i64> {
    let quote = description.fee(&two_copies(description), filing).ok()?;
    Some(quote.total.dong())
}

#[test]
fn the_tariff_of_the_day_of_filing_counts() {
    let description = with(&[
        tariff("2025-07-01", 8_000, ""),
        tariff("2026-10-09", 10_000, "      until: 2026-12-31\n"),
        tariff("2027-01-01", 12_000, ""),
    ])
    .expect("a description");
    let costs = |day| dong(&description, on(day));
    assert_eq!(costs("2025-06-30"), None, "before the first");
    assert_eq!(costs("2025-07-01"), Some(16_000));
    assert_eq!(costs("2026-10-08"), Some(16_000));
    assert_eq!(costs("2026-10-09"), Some(20_000));
    assert_eq!(costs("2026-12-31"), Some(20_000));
    assert_eq!(costs("2027-01-01"), Some(24_000));
    let refused = description.fee(&two_copies(&description), on("2025-06-30"));
    assert_eq!(
        refused.expect_err("no tariff").to_string(),
        "2.000635 has no tariff in force on 2025-06-30"
    );
}

#[test]
fn a_day_begins_at_midnight_in_vietnam() {
    let description = with(&[
        tariff("2025-07-01", 8_000, ""),
        tariff("2026-10-09", 10_000, ""),
    ])
    .expect("a description");
    let at = |moment: &str| {
        let moment: DateTime<Utc> = moment.parse().expect("a moment");
        let filing = Filing {
            on: calendar::date(moment),
            ..filed(Channel::Online)
        };
        dong(&description, filing)
    };
    assert_eq!(at("2026-10-08T16:59:59Z"), Some(16_000));
    assert_eq!(at("2026-10-08T17:00:00Z"), Some(20_000));
}

#[test]
fn the_last_tariff_may_end() {
    let ends = tariff("2025-07-01", 8_000, "      until: 2026-10-08\n");
    let description = with(&[ends]).expect("a description");
    assert_eq!(dong(&description, on("2026-10-08")), Some(16_000));
    assert_eq!(dong(&description, on("2026-10-09")), None);
}

#[test]
fn a_provinces_own_tariff_goes_before_that_of_the_whole_country() {
    let province = "      organisation: H15\n";
    let description = with(&[
        tariff("2025-07-01", 8_000, ""),
        tariff("2026-01-01", 5_000, province),
        tariff("2026-07-01", 9_000, ""),
    ])
    .expect("a description");
    let at = |office: &str, day: &str| {
        let office: OrganisationCode = office.parse().expect("a code");
        let filing = Filing {
            office: Some(&office),
            ..on(day)
        };
        dong(&description, filing)
    };
    assert_eq!(at("H15.50.05.13", "2025-12-31"), Some(16_000));
    assert_eq!(at("H15.50.05.13", "2026-01-01"), Some(10_000));
    assert_eq!(at("H15", "2026-10-08"), Some(10_000));
    assert_eq!(at("H26.50", "2026-10-08"), Some(18_000), "another province");
    assert_eq!(at("H150", "2026-10-08"), Some(18_000), "no part of H15");
    let nowhere = Filing {
        office: None,
        ..on("2026-10-08")
    };
    assert_eq!(dong(&description, nowhere), Some(18_000));
}

#[test]
fn the_next_tariff_is_the_next_that_will_count_there() {
    let description = with(&[
        tariff("2025-07-01", 8_000, ""),
        tariff("2026-01-01", 5_000, "      organisation: H15\n"),
        tariff("2026-07-01", 9_000, ""),
    ])
    .expect("a description");
    let next = |office, day: &str| {
        let day = day.parse().expect("a day");
        let next = description.fee.next(office, day);
        next.map(|tariff| tariff.from.to_string())
    };
    let desk = Some(&*DESK);
    assert_eq!(next(desk, "2025-07-01").as_deref(), Some("2026-01-01"));
    assert_eq!(
        next(desk, "2026-01-01"),
        None,
        "the country's will not count"
    );
    assert_eq!(next(None, "2026-01-01").as_deref(), Some("2026-07-01"));
}

#[test]
fn a_council_sets_the_fee_of_its_own_province_alone() {
    let marital = described("1.004873");
    let other: OrganisationCode = "H26.01".parse().expect("a code");
    let elsewhere = Filing {
        office: Some(&other),
        ..filed(Channel::Online)
    };
    let costs = |filing| marital.fee(&certificate(&marital, "khong"), filing);
    let here = costs(filed(Channel::Online)).expect("a price");
    assert_eq!(here.total.dong(), 10_000);
    let refused = costs(elsewhere).expect_err("no tariff");
    assert!(matches!(refused, Unpriced::NoTariff { .. }), "{refused}");
}

/// The form of a certificate of marital status by somebody of a group.
pub fn certificate(description: &Description, group: &str) -> Form {
    let form = crate::answers(&[
        ("ho_ten", "Nguyễn Thị Ví Dụ"),
        ("so_dinh_danh", "066090001234"),
        ("ngay_sinh", "1990-01-15"),
        ("noi_cu_tru", "12 đường Ví Dụ"),
        ("tinh_trang", "chua_ket_hon"),
        ("lan_cap", "lan_dau"),
        ("muc_dich", "ket_hon"),
        ("dien_mien", group),
    ]);
    valid(description, &form)
}

#[test]
fn a_fee_table_that_makes_no_sense_is_refused_with_procedure_and_days() {
    let eight = |from, more| tariff(from, 8_000, more);
    let refused = |tariffs: &[String]| with(tariffs).expect_err("refused");
    assert_eq!(
        refused(&[eight("2026-07-01", ""), eight("2026-01-01", "")]),
        "fee.tariffs[1]: 2.000635: begins on 2026-01-01, but the one above it on 2026-07-01: the later one stands below"
    );
    assert_eq!(
        refused(&[
            eight("2025-07-01", "      until: 2026-06-30\n"),
            eight("2026-06-30", "")
        ]),
        "fee.tariffs[1]: 2.000635: begins on 2026-06-30 while the one above it is in force until 2026-06-30"
    );
    assert_eq!(
        refused(&[
            eight("2025-07-01", "      until: 2026-06-30\n"),
            eight("2026-07-02", "")
        ]),
        "fee.tariffs[1]: 2.000635: begins on 2026-07-02, but the one above it ends on 2026-06-30: the days between have none"
    );
    assert_eq!(
        refused(&[eight("2025-07-01", "      until: 2025-06-30\n")]),
        "fee.tariffs[0]: 2.000635: is in force from 2025-07-01 until 2025-06-30, which is before"
    );
    let other_body = "      organisation: H15\n";
    assert!(with(&[eight("2026-07-01", ""), eight("2026-01-01", other_body)]).is_ok());
}

#[test]
fn a_tariff_is_for_a_body_of_the_catalogue() {
    let dir = tempfile::tempdir().expect("a folder");
    for folder in ["calendars", "papers", "procedures"] {
        std::fs::create_dir(dir.path().join(folder)).expect("a folder");
    }
    std::fs::write(dir.path().join("organisations.yaml"), "[]").expect("written");
    let whole = changed("1.004873", "code:", "code:");
    let bare: Vec<&str> = whole
        .lines()
        .filter(|line| !line.trim_start().starts_with("from: ["))
        .collect();
    std::fs::write(dir.path().join("procedures/x.yaml"), bare.join("\n")).expect("written");
    let error = procedure::Catalogue::load(dir.path()).expect_err("refused");
    let told = error.to_string();
    assert!(
        told.ends_with("fee.tariffs[0].organisation: 1.004873: organisations.yaml has no H15"),
        "{told}"
    );
}

proptest! {
    #[test]
    fn each_day_from_the_first_on_has_its_tariff(days in 0..2_000_i64, gap in 1..700_i64) {
        let first: chrono::NaiveDate = "2025-07-01".parse().expect("a day");
        let second = first + chrono::TimeDelta::days(gap);
        let until = format!("      until: {}\n", second.pred_opt().expect("a day"));
        let description = with(&[
            tariff("2025-07-01", 1_000, &until),
            tariff(&second.to_string(), 2_000, ""),
        ]).expect("a description");
        let day = first + chrono::TimeDelta::days(days);
        let expected = if day < second { 2_000 } else { 4_000 };
        prop_assert_eq!(dong(&description, on(&day.to_string())), Some(expected));
    }
}
