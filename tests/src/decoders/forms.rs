//! What people fill in: the form of a procedure, an officer's result, a new account.

use std::{collections::BTreeMap, path::Path, sync::LazyLock};

use contracts::desk::lines;
use contracts::{AccountId, Channel, DocumentId, OrganisationCode};
use desk::domain::decision;
use identity::{
    domain::{Email, Login},
    registration::NewCitizen,
};
use intake::decoders::{Checked, Document, Draft, Unready, changes};
use procedure::{Catalogue, Description, FieldError, Filing};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{storable, text, values::reasons};

/// The project's own catalogue.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue");
    Catalogue::load(&folder).expect("the catalogue")
});

/// An office of the catalogue.
static OFFICE: LazyLock<OrganisationCode> =
    LazyLock::new(|| "H15.50.05.13".parse().expect("a code"));

const OWNER: AccountId = AccountId(Uuid::from_u128(1));

/// A posted form, read as the endpoints read it.
fn posted<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    T::deserialize(serde_urlencoded::Deserializer::new(form_urlencoded::parse(
        bytes,
    )))
    .ok()
}

/// The posted form of a dossier, for every procedure of the catalogue. What is refused is named as the page names it; what
/// is taken is taken the same when it comes again, and has its price.
pub fn draft(bytes: &[u8]) {
    let Some(posted) = posted::<BTreeMap<String, String>>(bytes) else {
        return;
    };
    let changes = match changes(&posted) {
        Ok(changes) => changes,
        Err(problem) => {
            let fields: Vec<_> = problem.errors().iter().map(|error| &error.field).collect();
            assert_eq!(fields, ["address"]);
            return;
        }
    };
    let today = chrono::NaiveDate::from_ymd_opt(2026, 10, 8).expect("a day");
    for description in CATALOGUE.in_force(today) {
        let draft = Draft::new(description);
        match draft.changed(description, changes.clone(), OWNER, &Checked::new()) {
            Ok(draft) => sealed(description, draft),
            Err(errors) => named(description, &errors, false),
        }
    }
}

fn sealed(description: &Description, mut draft: Draft) {
    let mut checked = Checked::new();
    for component in &description.documents {
        let id = DocumentId(Uuid::from_u128(u128::try_from(checked.len()).unwrap_or(0)));
        let accepted = Document {
            owner: OWNER,
            sha256: "0".repeat(64),
            bytes: 1,
            rejected: None,
            flaws: Vec::new(),
            kind: None,
            fields: Vec::new(),
        };
        checked.insert(id, accepted);
        draft.documents.insert(component.id.clone(), id);
    }
    match draft.seal(description, OWNER, &checked) {
        Ok(sealed) => {
            let answers = sealed.form.answers();
            assert!(answers.values().all(|answer| storable(answer)));
            let again = description.validate_form(answers);
            assert_eq!(again, Ok(sealed.form.clone()), "as kept");
            for channel in [Channel::Online, Channel::Counter, Channel::Post] {
                let filing = Filing {
                    channel,
                    on: chrono::NaiveDate::from_ymd_opt(2026, 10, 8).expect("a day"),
                    office: Some(&OFFICE),
                };
                let quote = description.fee(&sealed.form, filing);
                quote.expect("a complete form has a price");
            }
        }
        Err(Unready::Wrong(errors)) => named(description, &errors, true),
        Err(Unready::Checking(papers)) => panic!("all is checked: {papers:?}"),
    }
}

/// Each error is about something of the form; of an answer that nobody asked for, its beginning is named.
fn named(description: &Description, errors: &[FieldError], known: bool) {
    assert!((1..=30).contains(&errors.len()), "{}", errors.len());
    for error in errors {
        let field = error.field.as_str();
        let asked = match field.split_once('.') {
            Some(("form", id)) => !known || description.form_field(id).is_some(),
            Some(("documents", id)) => description.component(id).is_some(),
            _ => matches!(field, "form" | "delivery" | "address"),
        };
        assert!(asked && field.chars().count() <= 70, "{field}");
        reasons(&error.reason);
    }
}

/// A result as an officer types it is read the same when it is written down, and fits into a message or is refused.
pub fn result_lines(bytes: &[u8]) {
    let Some(text) = text(bytes).filter(|text| text.chars().count() <= 4000) else {
        return;
    };
    let fields = match lines::read(text) {
        Ok(fields) => fields,
        Err(refused) => {
            reasons(&refused);
            return;
        }
    };
    let pairs = fields
        .iter()
        .map(|field| (field.label.as_str(), field.value.as_str()));
    let written = lines::write(pairs);
    assert_eq!(lines::read(&written).as_ref(), Ok(&fields));
    if let Err(refused) = decision::grant(fields) {
        reasons(&refused);
    }
}

const ASKED: [&str; 5] = ["name", "citizen_id", "phone", "email", "password"];

/// A new account, as JSON or as a form. What is refused is named; what is taken can be signed in with as it is kept.
pub fn registration(bytes: &[u8]) {
    let read = [serde_json::from_slice(bytes).ok(), posted(bytes)];
    for citizen in read.into_iter().flatten() {
        account(&citizen);
    }
}

fn account(citizen: &NewCitizen) {
    let (account, password) = match citizen.read(OWNER) {
        Ok(read) => read,
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(ASKED.contains(&error.field.as_str()), "{}", error.field);
                assert!(!error.vi.is_empty() && !error.en.is_empty());
            }
            return;
        }
    };
    let logins = account.logins();
    assert!(
        account.phone.is_some() || account.email.is_some(),
        "nobody could be reached"
    );
    assert!(
        (1..=3).contains(&logins.len()),
        "a number, a telephone, an e-mail address"
    );
    for login in logins {
        let printed = match &login {
            Login::CitizenId(id) => id.as_str(),
            Login::Phone(phone) => phone.as_str(),
            Login::Officer(login) => login.as_str(),
            Login::Email(email) => email.as_str(),
        };
        assert_eq!(Login::read(printed).as_ref(), Some(&login));
    }
    if let Some(email) = account.email {
        assert_eq!(email.as_str().parse::<Email>(), Ok(email));
    }
    assert!((8..=128).contains(&password.secret().chars().count()));
}
