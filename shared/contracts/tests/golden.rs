//! The golden examples may never change: what was once said must be understood for ever.

use std::collections::HashSet;

#[test]
fn every_golden_example_is_understood_whole() {
    for message in contracts::all() {
        let golden: serde_json::Value = serde_json::from_str(message.golden).expect(message.wire);
        let again = (message.round_trip)(message.golden).expect(message.wire);
        assert_eq!(golden, again, "{}", message.wire);
    }
}

#[test]
fn every_golden_example_fits_its_schema() {
    for message in contracts::all() {
        let schema = (message.schema)().to_value();
        let golden = serde_json::from_str(message.golden).expect(message.wire);
        let checked = jsonschema::validate(&schema, &golden);
        assert!(checked.is_ok(), "{}: {:?}", message.wire, checked.err());
    }
}

#[test]
fn a_line_says_what_was_taken_off_and_an_older_line_says_nothing_of_it() {
    use contracts::payment::FeeLine;
    let read = |text| serde_json::from_str::<FeeLine>(text).expect("a line");
    let older = read(r#"{"label":"Phí","quantity":2,"unit":8000,"amount":16000}"#);
    assert_eq!((older.full(), older.reduction), (older.amount, None));
    let text = r#"{"label":"Phí","quantity":2,"unit":8000,"amount":6000,"reduction":{"by":10000,"reason":"Hộ nghèo"}}"#;
    let reduced = read(text);
    assert_eq!(reduced.full().dong(), 16_000);
    assert_eq!(serde_json::to_string(&reduced).expect("written"), text);
}

#[test]
fn a_decision_of_before_accounts_were_named_is_understood() {
    use contracts::desk::DossierDecided;
    let now = include_str!("../golden/desk.dossier-decided.v1.json");
    let mut older: serde_json::Value = serde_json::from_str(now).expect("the example");
    older.as_object_mut().expect("an object").remove("signer");
    let read: DossierDecided = serde_json::from_value(older.clone()).expect("a decision");
    assert_eq!(read.signer, None);
    assert_eq!(serde_json::to_value(&read).expect("written"), older);
}

#[test]
fn wire_names_are_owner_kebab_version_and_unique() {
    let mut seen = HashSet::new();
    for message in contracts::all() {
        let parts: Vec<&str> = message.wire.split('.').collect();
        assert_eq!(parts.len(), 3, "{}", message.wire);
        assert!(
            parts[2].starts_with('v') && parts[2][1..].parse::<u32>().is_ok(),
            "{}",
            message.wire
        );
        assert!(
            seen.insert(message.wire),
            "{} is declared twice",
            message.wire
        );
    }
}

#[test]
fn a_later_optional_field_does_no_harm() {
    for message in contracts::all() {
        let mut later: serde_json::Value =
            serde_json::from_str(message.golden).expect(message.wire);
        later["a_field_of_a_later_version"] = "x".into();
        assert!(
            (message.round_trip)(&later.to_string()).is_ok(),
            "{}",
            message.wire
        );
    }
}
