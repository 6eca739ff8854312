//! Answers: normalised, or refused field by field.

use proptest::prelude::*;

use crate::{answers, described, extract, filed, valid};

/// The English reasons, `field: reason`.
fn refused(code: &str, form: &std::collections::BTreeMap<String, String>) -> Vec<String> {
    let errors = described(code)
        .validate_form(form)
        .err()
        .unwrap_or_default();
    errors
        .iter()
        .map(|error| format!("{}: {}", error.field, error.reason.en))
        .collect()
}

#[test]
fn answers_are_normalised() {
    let form = valid(
        &described("2.000635"),
        &extract(&[
            ("ho_ten", "  Nguyễn   Thị Ví Dụ "),
            ("so_ban_sao", "002"),
            ("so_dang_ky", " 12/2015 "),
            ("ly_do", "   "),
        ]),
    );
    assert_eq!(form.get("ho_ten"), Some("Nguyễn Thị Ví Dụ"));
    assert_eq!(form.get("ngay_sinh"), Some("1990-01-15"));
    assert_eq!(form.number("so_ban_sao"), Some(2));
    assert_eq!(form.get("so_dang_ky"), Some("12/2015"));
    assert_eq!(form.get("ly_do"), None, "blank is no answer");
    assert_eq!(form.date("ngay_sinh"), "1990-01-15".parse().ok());
}

#[test]
fn phones_and_ids_are_normalised_too() {
    let form = answers(&[
        ("ho_ten", "Nguyễn Thị Ví Dụ"),
        ("so_dinh_danh", "0660 9000 1234"),
        ("ngay_sinh", "1990-01-15"),
        ("noi_cu_tru", "12 đường Ví Dụ"),
        ("tinh_trang", "chua_ket_hon"),
        ("lan_cap", "lan_dau"),
        ("muc_dich", "ket_hon"),
        ("dien_mien", "khong"),
        ("dien_thoai", "0912 345 678"),
    ]);
    let form = valid(&described("1.004873"), &form);
    assert_eq!(form.get("so_dinh_danh"), Some("066090001234"));
    assert_eq!(form.get("dien_thoai"), Some("+84912345678"));
}

#[test]
fn every_wrong_answer_is_named_with_its_reason() {
    let form = extract(&[
        ("loai_giay_to", "ly_hon"),
        ("ho_ten", "Nguyễn 2"),
        ("ngay_sinh", "31/02/1990"),
        ("quan_he", ""),
        ("so_ban_sao", "21"),
        ("so_dang_ky", &"9".repeat(31)),
    ]);
    assert_eq!(
        refused("2.000635", &form),
        [
            "loai_giay_to: Please choose one of the options",
            "ho_ten: A name has 1 to 100 letters, without digits or symbols",
            "ngay_sinh: A date is day/month/year, e.g. 24/11/2026",
            "so_dang_ky: The text is longer than 30 characters",
            "quan_he: Please fill this in",
            "so_ban_sao: A whole number from 1 to 20 is needed",
        ],
    );
}

#[test]
fn a_field_nobody_asked_for_is_refused_by_name() {
    assert_eq!(
        refused("2.000635", &extract(&[("gioi_tinh", "nam")])),
        ["gioi_tinh: The form has no field “gioi_tinh”"]
    );
}

#[test]
fn numbers_are_whole_and_in_range() {
    for wrong in ["0", "-1", "1.5", "2e1", "hai", "99999999999999999999"] {
        assert_eq!(
            refused("2.000635", &extract(&[("so_ban_sao", wrong)])).len(),
            1,
            "{wrong}"
        );
    }
}

#[test]
fn a_field_that_does_not_concern_the_applicant_is_left_out() {
    let mut form = answers(&[
        ("ho_ten", "Nguyễn Thị Ví Dụ"),
        ("so_dinh_danh", "066090001234"),
        ("ngay_sinh", "1990-01-15"),
        ("noi_cu_tru", "12 đường Ví Dụ"),
        ("tinh_trang", "chua_ket_hon"),
        ("ban_an", "00/2020/HNGĐ-ST"),
        ("lan_cap", "lan_dau"),
        ("muc_dich", "ket_hon"),
        ("dien_mien", "khong"),
    ]);
    let description = described("1.004873");
    assert_eq!(valid(&description, &form).get("ban_an"), None);
    form.insert("tinh_trang".into(), "da_ly_hon".into());
    assert_eq!(
        valid(&description, &form).get("ban_an"),
        Some("00/2020/HNGĐ-ST")
    );
    form.remove("ban_an");
    assert_eq!(refused("1.004873", &form), ["ban_an: Please fill this in"]);
}

proptest! {
    #[test]
    fn a_normalised_form_is_taken_again_unchanged(name in "[A-Za-zÀ-ỹ ]{1,30}", text in "\\PC{0,40}", copies in 1..=20_u32) {
        let description = described("2.000635");
        let form = extract(&[("ho_ten", &name), ("ly_do", &text), ("so_ban_sao", &copies.to_string())]);
        if let Ok(form) = description.validate_form(&form) {
            prop_assert_eq!(description.validate_form(form.answers()), Ok(form.clone()));
        }
    }

    #[test]
    fn no_answer_makes_it_panic(field in "[a-z_]{0,12}", answer: String) {
        let description = described("2.000635");
        let mut form = extract(&[(&field, &answer)]);
        for value in form.values_mut() {
            value.clone_from(&answer);
        }
        if let Ok(form) = description.validate_form(&form) {
            prop_assert!(description.fee(&form, filed(contracts::Channel::Online)).is_ok());
        }
    }
}
