//! Bodies and offices over time: mergers, and what a file may not say of them.

use std::{fs, path::Path};

use chrono::NaiveDate;
use contracts::OrganisationCode;
use procedure::{Catalogue, Organisation};

use crate::CATALOGUE;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn code(text: &str) -> OrganisationCode {
    text.parse().expect("a code")
}

/// A catalogue of a calendar and these offices, each written as its code with what else there is to say.
fn read(offices: &[&str]) -> Result<Catalogue, String> {
    let dir = tempfile::tempdir().expect("a folder");
    for folder in ["calendars", "papers", "procedures"] {
        fs::create_dir(dir.path().join(folder)).expect("a folder");
    }
    let from = Path::new(CATALOGUE).join("calendars/vietnam.yaml");
    fs::copy(from, dir.path().join("calendars/vietnam.yaml")).expect("a calendar");
    let office = |said: &&str| {
        format!(
            "- {{ code: {said}, name: {{ vi: a, en: a }}, role: authority, level: commune, place: a, address: a, phone: a, calendar: vietnam }}\n"
        )
    };
    let all: String = offices.iter().map(office).collect();
    fs::write(dir.path().join("organisations.yaml"), all).expect("written");
    Catalogue::load(dir.path()).map_err(|error| {
        let told = error.to_string();
        let place = told.find("organisations.yaml: ").expect("the file's name");
        told[place + "organisations.yaml: ".len()..].to_owned()
    })
}

fn names(found: &[&Organisation]) -> Vec<String> {
    found.iter().map(|one| one.code.to_string()).collect()
}

#[test]
fn what_the_merger_ended_is_taken_over_by_its_successors() {
    let catalogue = Catalogue::load(Path::new(CATALOGUE)).expect("the catalogue");
    let all = catalogue.organisations();
    let commune = code("H15.12.07");
    let standing = |on: &str| names(&all.standing(&commune, day(on)));
    assert_eq!(standing("2025-06-30"), ["H15.12.07"]);
    assert_eq!(standing("2025-07-01"), ["H15.50.05"]);
    assert_eq!(standing("2026-11-28"), ["H15.50.05"]);
    let district = names(&all.standing(&code("H15.12"), day("2026-11-28")));
    assert_eq!(district, ["H15", "H15.50.05"]);
    // Before its first day nobody stands in for it.
    assert!(
        all.standing(&code("H15.50.05"), day("2025-06-30"))
            .is_empty()
    );
    assert!(all.on(&commune, day("2025-07-01")).is_none());
    assert_eq!(
        catalogue.organisation(&commune).expect("as it was").place,
        "Xã Mẫu Thượng",
        "papers of then still name it"
    );
}

#[test]
fn a_chain_of_mergers_is_followed_to_its_end_and_two_ways_meet() {
    let catalogue = read(&[
        "A1, until: 2020-12-31, successors: [B1, B2]",
        "B1, until: 2022-12-31, successors: [C1]",
        "B2, until: 2023-12-31, successors: [C1, C2]",
        "C1",
        "C2, from: 2021-01-01, until: 2024-12-31",
    ])
    .expect("a catalogue");
    let standing = |on: &str| names(&catalogue.organisations().standing(&code("A1"), day(on)));
    assert_eq!(standing("2019-01-01"), ["A1"]);
    assert_eq!(standing("2021-01-01"), ["B1", "B2"]);
    assert_eq!(standing("2023-06-01"), ["C1", "B2"]);
    assert_eq!(standing("2024-06-01"), ["C1", "C2"]);
    assert_eq!(standing("2025-06-01"), ["C1"], "C2 was dissolved");
}

#[test]
fn a_renamed_office_is_as_it_was_on_each_day() {
    let catalogue = read(&[
        "A1, until: 2024-12-31",
        "A1, from: 2025-01-01, email: a@b.vn",
    ])
    .expect("a catalogue");
    let all = catalogue.organisations();
    let email = |on: &str| {
        all.on(&code("A1"), day(on))
            .expect("the office")
            .email
            .clone()
    };
    assert_eq!(email("2024-12-31"), None);
    assert_eq!(email("2025-01-01").as_deref(), Some("a@b.vn"));
    assert_eq!(
        catalogue
            .organisation(&code("A1"))
            .expect("the newest")
            .email
            .as_deref(),
        Some("a@b.vn")
    );
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let cases: [(&[&str], &str); 9] = [
        (&["A1", "A1"], "A1: stands here twice on the same day"),
        (
            &["A1, until: 2025-01-01", "A1, from: 2025-01-01"],
            "A1: stands here twice on the same day",
        ),
        (
            &["A1, from: 2025-01-02, until: 2025-01-01"],
            "A1: until: its last day comes before its first",
        ),
        (
            &["A1.1, parent: A1"],
            "A1.1: parent: there is no organisation A1",
        ),
        (
            &["A1, parent: A1"],
            "A1: parent: the code doesn't begin with A1.",
        ),
        (
            &["A1", "B1, parent: A1"],
            "B1: parent: the code doesn't begin with A1.",
        ),
        (
            &[
                "A1, until: 2025-01-01",
                "A1.1, from: 2024-01-01, parent: A1",
            ],
            "A1.1: parent: there is no organisation A1 on 2025-01-02",
        ),
        (
            &["A1, successors: [B1]", "B1"],
            "A1: successors: it has no last day (until)",
        ),
        (
            &[
                "A1, until: 2024-12-31, successors: [B1]",
                "B1, from: 2025-01-02",
            ],
            "A1: successors: there is no organisation B1 on 2025-01-01",
        ),
    ];
    for (offices, refusal) in cases {
        assert_eq!(read(offices).err().as_deref(), Some(refusal), "{offices:?}");
    }
}
