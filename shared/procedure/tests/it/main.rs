//! The rules of descriptions, on the procedures of the real catalogue.
#![expect(clippy::expect_used, reason = "a test may fail loudly")]

mod assurance;
mod catalogue;
mod documents;
mod exemption;
mod fee;
mod form;
mod organisations;
mod tariff;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, LazyLock},
};

use contracts::{Channel, OrganisationCode};
use procedure::{Catalogue, Description, Filing, Form};

pub const CATALOGUE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue");

static REAL: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::load(Path::new(CATALOGUE)).expect("the catalogue"));

/// A procedure of the real catalogue.
pub fn described(code: &str) -> Arc<Description> {
    REAL.version(&code.parse().expect("a code"), 1)
        .expect("a procedure")
        .clone()
}

/// The real file of a procedure with one piece of it replaced.
pub fn changed(code: &str, from: &str, to: &str) -> String {
    let path = format!("{CATALOGUE}/procedures/{code}.yaml");
    let text = std::fs::read_to_string(path).expect("the file");
    assert!(text.contains(from), "{code} has no {from}");
    text.replacen(from, to, 1)
}

pub fn answers(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(field, answer)| ((*field).to_owned(), (*answer).to_owned()))
        .collect()
}

/// The form of an extract of one's own birth certificate, with some answers changed; an empty one takes it out.
pub fn extract(changes: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut form = answers(&[
        ("loai_giay_to", "khai_sinh"),
        ("ho_ten", "Nguyễn Thị Ví Dụ"),
        ("ngay_sinh", "15/01/1990"),
        ("quan_he", "ban_than"),
        ("so_ban_sao", "2"),
    ]);
    form.extend(answers(changes));
    form
}

pub fn valid(description: &Description, answers: &BTreeMap<String, String>) -> Form {
    description.validate_form(answers).expect("a valid form")
}

/// The example ward's desk.
pub static DESK: LazyLock<OrganisationCode> =
    LazyLock::new(|| "H15.50.05.13".parse().expect("a code"));

/// Filed at the example ward's desk on 8 October 2026.
pub fn filed(channel: Channel) -> Filing<'static> {
    Filing {
        channel,
        on: "2026-10-08".parse().expect("a day"),
        office: Some(&DESK),
    }
}
