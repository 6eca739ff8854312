//! The catalogue: what is in it, how it is found, and how a mistake in a file is told.

use std::{fs, path::Path};

use chrono::NaiveDate;
use contracts::Channel;
use procedure::{
    Catalogue, Description, Level,
    description::{Reception, Term},
};

use crate::{CATALOGUE, changed, described};

fn catalogue() -> Catalogue {
    Catalogue::load(Path::new(CATALOGUE)).expect("the catalogue")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

#[test]
fn there_is_a_procedure_of_every_level() {
    let catalogue = catalogue();
    let levels: Vec<(&str, u8, bool)> = catalogue
        .in_force(day("2026-11-24"))
        .map(|it| (it.code.as_str(), it.level.number(), it.is_offered_online()))
        .collect();
    let expected = [
        ("1.001612", 1, false),
        ("1.004873", 3, true),
        ("2.000635", 4, true),
        ("2.000815", 2, false),
    ];
    assert_eq!(levels, expected);
}

#[test]
fn the_copy_of_an_extract_is_described() {
    let extract = described("2.000635");
    assert_eq!(extract.level, Level::Whole);
    assert_eq!(extract.level.term(), Term::EndToEnd);
    assert_eq!(extract.agency.as_deref(), Some("agency-civil-status"));
    assert_eq!(extract.reception, Reception::Officer);
    assert_eq!(extract.result.symbol, "TLHT-BS");
    let limit = extract.time_limit(Channel::Online).expect("a limit");
    assert_eq!(limit.limit, calendar::TimeLimit::SameDay);
    assert_eq!(
        extract.name.in_language("en"),
        "Copy of a civil-status extract or of a birth certificate"
    );
}

#[test]
fn offices_work_by_their_calendar_and_their_own_hours() {
    let catalogue = catalogue();
    let desk = "H15.50.05.13".parse().expect("a code");
    let calendar = catalogue.calendar_of(&desk).expect("a calendar");
    let saturday = day("2026-11-28");
    assert!(!calendar.is_working_day(saturday));
    assert_eq!(calendar.hours_on(saturday).len(), 1);
    assert!(
        catalogue
            .calendar("vietnam")
            .expect("the national one")
            .hours_on(saturday)
            .is_empty()
    );
    assert_eq!(
        catalogue.organisation(&desk).expect("the desk").place,
        "Phường Mẫu"
    );
}

#[test]
fn search_needs_no_accents_and_prefers_names() {
    let catalogue = catalogue();
    let found = |query: &str| {
        let found = catalogue.search(query, day("2026-11-24"));
        found
            .iter()
            .map(|it| it.code.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(found("trich luc"), ["2.000635"]);
    assert_eq!(found("TRÍCH LỤC"), ["2.000635"]);
    assert_eq!(found("khai sinh"), ["2.000635"]);
    assert_eq!(found("tình trạng hôn nhân"), ["1.004873"]);
    assert_eq!(found("hoa hoan"), Vec::<String>::new());
    assert_eq!(found("2.000815"), ["2.000815"]);
    assert_eq!(found("sao y"), ["2.000635", "2.000815"]);
    assert_eq!(
        found("ho tich"),
        ["2.000635", "1.004873"],
        "in the name before in the field"
    );
    assert_eq!(found("ban sao"), ["2.000635", "2.000815"]);
    assert_eq!(found("").len(), 4);
    assert_eq!(found("household"), ["1.001612"]);
}

#[test]
fn a_dossier_keeps_its_version_while_the_catalogue_moves_on() {
    let mut catalogue = catalogue();
    let code = "2.000635".parse().expect("a code");
    let next = changed(
        "2.000635",
        "version: 1\neffective_from: 2025-07-01",
        "version: 2\neffective_from: 2027-03-01",
    );
    catalogue
        .add(Description::from_yaml(&next).expect("version 2"))
        .expect("added");
    let at = |date: &str| catalogue.at(&code, day(date)).map(|it| it.version);
    assert_eq!(at("2025-06-30"), None);
    assert_eq!(at("2027-02-28"), Some(1));
    assert_eq!(at("2027-03-01"), Some(2));
    assert_eq!(catalogue.version(&code, 1).map(|it| it.version), Some(1));
    assert_eq!(catalogue.version(&code, 3), None);
}

#[test]
fn versions_go_forward_in_time() {
    let mut catalogue = catalogue();
    let mut refused = |to: &str| {
        let text = changed("2.000635", "version: 1\neffective_from: 2025-07-01", to);
        catalogue
            .add(Description::from_yaml(&text).expect("a version"))
            .expect_err("refused")
            .to_string()
    };
    assert_eq!(
        refused("version: 1\neffective_from: 2026-01-01"),
        "version: 2.000635 has a version 1 already"
    );
    assert_eq!(
        refused("version: 2\neffective_from: 2025-07-01"),
        "effective_from: a higher version begins on a later day"
    );
}

#[test]
fn a_mistake_is_told_with_its_key() {
    let refused = |code: &str, from: &str, to: &str| {
        Description::from_yaml(&changed(code, from, to))
            .expect_err(to)
            .to_string()
    };
    let told = [
        refused("2.000635", "kind: name", "kind: nam"),
        refused("2.000635", "reception: officer", "reception: nobody"),
        refused("2.000635", "version: 1", "versoin: 1"),
        refused("2.000635", "    max: 20\n", ""),
        refused("2.000635", "quantity: so_ban_sao", "quantity: so_ban"),
        refused("2.000635", "is: [uy_quyen]", "is: [nguoi_quen]"),
        refused("2.000635", "level: 4", "level: 2"),
        refused("2.000635", "level: 4", "level: 5"),
        refused("2.000635", "id: ho_ten", "id: Họ tên"),
        refused("2.000635", "example: 15/01/1990", "example: 15/13/1990"),
        refused("2.000635", "post: { limit: same_day }", ""),
        refused("2.000635", "copies: so_ban_sao", "copies: ho_ten"),
        refused("2.000635", "layout: trich-luc-ho-tich", "layout: ../x"),
        refused(
            "2.000635",
            "{ label: Số, value: 12/2015 }",
            "{ label: ' ', value: a }",
        ),
        refused("2.000635", "examples:", "examples: []\nexample:"),
        refused("2.000815", "from: 3", "from: 1"),
        refused("2.000815", "vi: trang", "vi: ''"),
    ];
    let expected = [
        "form[1].kind: unknown variant `nam`, expected one of `text`, `paragraph`, `name`, `citizen_id`, `phone`, `date`, \
         `number`, `choice`",
        "reception: unknown variant `nobody`, expected `officer` or `rule`",
        "unknown field `versoin`",
        "a number has min and max, in order, and nothing else",
        "fee.tariffs[0].lines[0].quantity: so_ban is no number field from 0 that everybody must answer",
        "documents[1].when: quan_he has no option nguoi_quen",
        "channels: online is for levels 3 and 4; this is level 2",
        "level: a level is 1, 2, 3 or 4",
        "form[1]: id \"Họ tên\": lower-case letters, digits and _",
        "form[2].example: A date is day/month/year, e.g. 24/11/2026",
        "time_limits: has nothing for Post, which channels names",
        "result.copies: ho_ten is no number field from 0 that everybody must answer",
        "result.layout: is the name of a file in layouts/, e.g. trich-luc-ho-tich",
        "result.examples[0]: has lines, each with a label",
        "unknown field `example`",
        "fee.tariffs[0].lines[0].piece.steps: begin after 1 and go up",
        "fee.tariffs[0].lines[0].piece.noun: the Vietnamese text is empty",
    ];
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.contains(expected), "{told}\n  should say\n{expected}");
    }
}

#[test]
fn a_mistake_is_told_with_its_file() {
    let dir = tempfile::tempdir().expect("a folder");
    let refused = || {
        let error = Catalogue::load(dir.path())
            .expect_err("refused")
            .to_string();
        error.replace(&dir.path().display().to_string(), "catalogue")
    };
    assert_eq!(
        refused(),
        "catalogue/calendars: cannot be read (CATALOGUE_DIR names the folder)"
    );
    for folder in ["calendars", "papers", "procedures"] {
        fs::create_dir(dir.path().join(folder)).expect("a folder");
    }
    assert_eq!(
        refused(),
        "catalogue/organisations.yaml: cannot be read (CATALOGUE_DIR names the folder)"
    );
    let office = "- { code: H15, name: { vi: a, en: a }, role: desk, level: commune, place: a, address: a, phone: a, calendar: no }";
    fs::write(dir.path().join("organisations.yaml"), office).expect("written");
    assert_eq!(
        refused(),
        "catalogue/organisations.yaml: H15: calendar: there is no calendars/no.yaml"
    );
    fs::write(dir.path().join("organisations.yaml"), "[]").expect("written");
    fs::write(
        dir.path().join("procedures/x.yaml"),
        changed("2.000635", "kind: name", "kind: nam"),
    )
    .expect("written");
    assert!(
        refused().starts_with("catalogue/procedures/x.yaml: form[1].kind: unknown variant `nam`"),
        "{}",
        refused()
    );
}

#[test]
fn a_paper_that_is_asked_for_is_of_a_kind_that_there_is() {
    let dir = tempfile::tempdir().expect("a folder");
    for folder in ["calendars", "papers", "procedures"] {
        fs::create_dir(dir.path().join(folder)).expect("a folder");
    }
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).expect("written");
    let refused = || {
        let error = Catalogue::load(dir.path())
            .expect_err("refused")
            .to_string();
        error.replace(&dir.path().display().to_string(), "catalogue")
    };
    let procedure =
        |from: &str, to: &str| write("procedures/x.yaml", &changed("2.000635", from, to));
    write("organisations.yaml", "[]");
    procedure("version: 1", "version: 1");
    assert_eq!(
        refused(),
        "catalogue/procedures/x.yaml: documents.to-khai.paper: there is no papers/to-khai-ban-sao-trich-luc.yaml"
    );
    let kind = "id: giay-to-quan-he\nname: { vi: Giấy, en: Paper }\nvalidity: { months: 6 }\n";
    write("papers/khac.yaml", kind);
    assert_eq!(
        refused(),
        "catalogue/papers/khac.yaml: id: giay-to-quan-he is not the file's name"
    );
    fs::remove_file(dir.path().join("papers/khac.yaml")).expect("removed");
    let ours = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue/papers");
    for file in fs::read_dir(ours).expect("kinds of papers") {
        let file = file.expect("a file");
        fs::copy(
            file.path(),
            dir.path().join("papers").join(file.file_name()),
        )
        .expect("copied");
    }
    write("papers/giay-to-quan-he.yaml", kind);
    procedure("trich-luc.ho_ten]", "trich-luc.ten]");
    assert_eq!(
        refused(),
        "catalogue/procedures/x.yaml: form.ho_ten.from: no paper has a field to-khai-ban-sao-trich-luc.ten"
    );
    procedure("version: 1", "version: 1");
    assert_eq!(
        refused(),
        "catalogue/procedures/x.yaml: result.layout: there is no layouts/trich-luc-ho-tich.typ"
    );
    fs::create_dir(dir.path().join("layouts")).expect("a folder");
    write(
        "layouts/trich-luc-ho-tich.typ",
        "#import \"/layout.typ\": *",
    );
    let catalogue = Catalogue::load(dir.path()).expect("a catalogue");
    let layouts: Vec<_> = catalogue.layouts().collect();
    assert_eq!(
        layouts,
        [("trich-luc-ho-tich", "#import \"/layout.typ\": *")]
    );
    let kind = catalogue.paper("giay-to-quan-he").expect("the kind");
    assert!(!kind.reusable, "only where the file says so");
    assert_eq!(kind.validity.map(|validity| validity.months.get()), Some(6));
    let description = described("2.000635");
    let kinds = description
        .documents
        .iter()
        .map(procedure::description::Component::kind);
    assert_eq!(
        kinds.collect::<Vec<_>>()[..3],
        [
            "to-khai-ban-sao-trich-luc",
            "van-ban-uy-quyen",
            "giay-to-quan-he"
        ]
    );
}

#[test]
fn a_kind_of_paper_that_makes_no_sense_is_refused_by_its_key() {
    let whole = include_str!("../../../../catalogue/papers/can-cuoc.yaml");
    let refused = |from: &str, to: &str| {
        assert!(whole.contains(from), "{from}");
        let wrong = procedure::Paper::from_yaml(&whole.replacen(from, to, 1));
        wrong.expect_err("refused").to_string()
    };
    assert_eq!(
        refused("id: can-cuoc", "id: Căn cước"),
        "id: lower-case letters, digits and -"
    );
    assert_eq!(
        refused("id: so_cu", "id: so_dinh_danh"),
        "fields[1]: another field has this id"
    );
    assert!(refused("    card: old_number\n", "").starts_with("fields[1]: labels:"));
    assert!(refused("kind: sex", "kind: gender").contains("unknown variant `gender`"));
    assert!(refused("titles: [CĂN", "titles: [., CĂN").starts_with("titles:"));
}

#[test]
fn a_description_survives_json() {
    for code in ["1.001612", "1.004873", "2.000635", "2.000815"] {
        let description = described(code);
        let json = serde_json::to_string(&*description).expect("written");
        assert_eq!(
            serde_json::from_str::<Description>(&json).expect("read"),
            *description
        );
    }
}
