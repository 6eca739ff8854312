//! The files of the catalogue: procedures, offices, calendars, registers. Operators write them; a slip must be told.

use std::{collections::BTreeMap, fs, path::Path};

use agency_civil_status::decoders::Record;
use calendar::{Calendar, TimeLimit};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, TimeZone, Utc};
use contracts::{Channel, Vnd};
use procedure::{
    Catalogue, Description, FieldError, Filing, Invalid, Organisation,
    description::{FieldKind, FormField, read_yaml},
};

use super::{parts, storable, text, values::reasons};

/// A procedure's file. What is a description stays one as JSON, and has an answer for the least and the most that its form
/// takes.
pub fn procedure(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let description = match Description::from_yaml(text) {
        Ok(description) => description,
        Err(invalid) => return told(&invalid),
    };
    let json = serde_json::to_value(&description).expect("a description is JSON");
    let read: Description = serde_json::from_value(json).expect("its JSON is read");
    assert_eq!(read, description, "as JSON");
    for most in [false, true] {
        answered(&description, most);
    }
}

fn told(invalid: &Invalid) {
    let reason = invalid.to_string();
    assert!(!reason.trim().is_empty(), "a refusal without a reason");
    if let Invalid::Sense { key, reason } = invalid {
        assert!(!key.is_empty() && !reason.is_empty(), "{key}: {reason}");
    }
}

/// The form filled in with the least or the most that each field takes.
fn answered(description: &Description, most: bool) {
    let answers = description
        .form
        .iter()
        .map(|field| (field.id.clone(), extreme(field, most)));
    let form = match description.validate_form(&answers.collect()) {
        Ok(form) => form,
        Err(errors) => {
            for FieldError { field, reason } in errors {
                assert!(description.form_field(&field).is_some(), "{field}");
                reasons(&reason);
            }
            return;
        }
    };
    let again = description.validate_form(form.answers());
    assert_eq!(again.as_ref(), Ok(&form), "as kept");
    let offices = [None, "H15.50.05.13".parse().ok()];
    for (channel, office) in [Channel::Online, Channel::Counter, Channel::Post]
        .into_iter()
        .flat_map(|channel| offices.iter().map(move |office| (channel, office)))
    {
        let filing = Filing {
            channel,
            on: NaiveDate::from_ymd_opt(2026, 10, 8).expect("a day"),
            office: office.as_ref(),
        };
        if let Ok(quote) = description.fee(&form, filing) {
            let sum: i64 = quote.lines.iter().map(|line| line.amount.dong()).sum();
            assert_eq!(Vnd::new(sum), Ok(quote.total), "the lines add up");
            for line in &quote.lines {
                assert_eq!(line.unit.times(line.quantity), Ok(line.full()), "{line:?}");
            }
        }
    }
    let papers = description.components_for(&form).count();
    assert!(description.missing_documents(&form, &[]).len() <= papers);
    description.copies(&form);
}

fn extreme(field: &FormField, most: bool) -> String {
    let text = |length: u16| "a".repeat(if most { usize::from(length) } else { 1 });
    match &field.kind {
        FieldKind::Text { max_length } | FieldKind::Paragraph { max_length } => text(*max_length),
        FieldKind::Name => text(100),
        FieldKind::CitizenId => "066090001234".to_owned(),
        FieldKind::Phone => "0912345678".to_owned(),
        FieldKind::Date if most => "2200-12-31".to_owned(),
        FieldKind::Date => "1800-01-01".to_owned(),
        FieldKind::Number { max, .. } if most => max.to_string(),
        FieldKind::Number { min, .. } => min.to_string(),
        FieldKind::Choice { options } => {
            let option = if most {
                options.last()
            } else {
                options.first()
            };
            option.map_or_else(String::new, |option| option.value.clone())
        }
    }
}

/// A calendar's file. What is a calendar stays one as JSON; its working days have working time, and its clock ends.
pub fn calendar(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let calendar: Calendar = match read_yaml(text) {
        Ok(calendar) => calendar,
        Err(invalid) => return told(&invalid),
    };
    let json = serde_json::to_value(&calendar).expect("a calendar is JSON");
    let read: Calendar = serde_json::from_value(json).expect("its JSON is read");
    assert_eq!(read, calendar, "as JSON");
    works(&calendar);
}

fn works(calendar: &Calendar) {
    let received = Utc.with_ymd_and_hms(2026, 10, 8, 2, 15, 0);
    let received = received.single().expect("a moment");
    let fortnight = calendar::date(received).iter_days().take(14);
    for day in fortnight.chain(calendar.special_days().map(|day| day.date)) {
        works_on(calendar, day);
    }
    let limits = [
        Some(TimeLimit::SameDay),
        TimeLimit::working_days(3),
        TimeLimit::calendar_days(2),
        TimeLimit::working_hours(5),
        TimeLimit::months(1),
    ];
    for limit in limits.into_iter().flatten() {
        due(calendar, received, limit);
    }
}

fn works_on(calendar: &Calendar, day: NaiveDate) {
    let hours = calendar.hours_on(day);
    let in_order = hours
        .windows(2)
        .all(|two| two[0].closes() <= two[1].opens());
    assert!(in_order && hours.iter().all(|span| span.opens() < span.closes()));
    let worked = calendar.working_time_on(day);
    let works = calendar.is_working_day(day);
    assert_eq!(worked > TimeDelta::zero(), works, "{day}: {worked}");
}

/// Within the year that follows: a calendar's file may close an office for months, and then the clock goes on.
fn due(calendar: &Calendar, received: DateTime<Utc>, limit: TimeLimit) {
    let due = calendar.due(received, limit, &[]);
    assert!(due.at > received, "{limit:?}: due {}", due.at);
    let special = calendar.special_days().count();
    let days = i64::try_from(special).unwrap_or(0) * 7 + 365 * 40;
    assert!(
        due.at - received < TimeDelta::days(days),
        "{limit:?}: due {}",
        due.at
    );
    assert!(calendar::date(due.at).year() >= 2026);
}

/// A calendar's file, a line `---`, the offices' file. What is taken as a catalogue has a calendar for each office that
/// works, and a way up from each office that ends.
pub fn catalogue(bytes: &[u8]) {
    let (calendar, organisations) = parts(bytes, b"\n---\n");
    let folder = tempfile::tempdir().expect("a folder");
    let catalogue = match load(folder.path(), calendar, organisations) {
        Ok(catalogue) => catalogue,
        Err(error) => {
            let told = error.to_string();
            assert!(
                told.contains("mau.yaml") || told.contains("organisations.yaml"),
                "{told}"
            );
            return;
        }
    };
    let all: Vec<&Organisation> = catalogue.organisations().iter().collect();
    for organisation in &all {
        works(
            catalogue
                .calendar_of(&organisation.code)
                .expect("a calendar"),
        );
        let mut above = Some(*organisation);
        for _ in 0..=all.len() {
            above = above
                .and_then(|organisation| organisation.parent.as_ref())
                .and_then(|parent| catalogue.organisation(parent));
        }
        assert!(above.is_none(), "{} is above itself", organisation.code);
    }
}

fn load(
    folder: &Path,
    calendar: &[u8],
    organisations: &[u8],
) -> Result<Catalogue, procedure::catalogue::Error> {
    for name in ["calendars", "papers", "procedures"] {
        fs::create_dir(folder.join(name)).expect("a folder");
    }
    fs::write(folder.join("calendars/mau.yaml"), calendar).expect("a file");
    fs::write(folder.join("organisations.yaml"), organisations).expect("a file");
    Catalogue::load(folder)
}

/// The register's file, and what an officer adds to it. What is taken prints, and can be kept.
pub fn register(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let records: Vec<Record> = match read_yaml(text) {
        Ok(records) => records,
        Err(invalid) => return told(&invalid),
    };
    for record in records {
        let json = serde_json::to_value(&record).expect("a record is JSON");
        let read: Record = serde_json::from_value(json).expect("its JSON is read");
        assert_eq!(read, record, "as JSON");
        match record.check() {
            Ok(()) => prints(&record),
            Err((field, refused)) => {
                let fields = ["people", "number", "office", "particulars"];
                assert!(fields.contains(&field), "{field}");
                reasons(&refused);
            }
        }
    }
}

fn prints(record: &Record) {
    let printed = record.printed();
    let mut seen = BTreeMap::new();
    for field in &printed {
        for text in [&field.label, &field.value] {
            assert!(!text.trim().is_empty(), "{field:?} is empty");
            assert!(storable(text), "{field:?}");
        }
        seen.insert(&field.label, &field.value);
    }
    assert!((4..=60).contains(&printed.len()) && !seen.is_empty());
}
