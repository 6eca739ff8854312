//! Texts that become values: codes, numbers, names, logins, addresses on this site.

use std::{
    fmt::{Debug, Display},
    str::FromStr,
    sync::LazyLock,
};

use contracts::{
    CitizenId, CoverSheet, DossierCode, OrganisationCode, PersonName, PhoneNumber, ProcedureCode,
    Refused, Text, Vnd,
};
use delivery::domain::code::CheckCode;
use identity::domain::{Email, Login, OfficerLogin};
use jsonschema::Validator;
use reqwest::Url;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use super::{storable, text};

/// What is read is read the same when it is printed, fits the published schema, and can be stored.
pub fn values(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    published_values(text);
    if let Ok(name) = text.parse::<PersonName>() {
        let letter = name.as_str().chars().any(char::is_alphabetic);
        assert!(letter, "{name:?} is nobody's name");
    }
    amount(text);
    logins(text);
    check_code(text);
    own_path(text);
    cover_sheet(text);
    words(text);
}

/// What a code says is a cover sheet of this site, and then written again it is the same, or none.
fn cover_sheet(text: &str) {
    const SITE: &str = "https://motcua.example.vn";
    if let Some(sheet) = CoverSheet::parse(SITE, text) {
        assert_eq!(CoverSheet::parse(SITE, &sheet.link(SITE)), Some(sheet));
    }
}

/// A schema, made once for each kind of value.
macro_rules! published {
    ($text:expr, $($kind:ident)+) => {$({
        static SCHEMA: LazyLock<Validator> = LazyLock::new(schema::<$kind>);
        published::<$kind>($text, &SCHEMA);
    })+};
}

fn published_values(text: &str) {
    published!(text, CitizenId DossierCode OrganisationCode PersonName PhoneNumber ProcedureCode Text);
}

fn schema<T: JsonSchema>() -> Validator {
    jsonschema::validator_for(schemars::schema_for!(T).as_value()).expect("a published schema")
}

fn published<T>(text: &str, schema: &Validator)
where
    T: FromStr<Err = Refused> + Display + Debug + PartialEq + Serialize + DeserializeOwned,
{
    match text.parse::<T>() {
        Ok(value) => {
            let printed = value.to_string();
            assert_eq!(printed.parse::<T>().as_ref(), Ok(&value), "as printed");
            let json = serde_json::to_value(&value).expect("a value is JSON");
            assert!(schema.is_valid(&json), "{json} does not fit its schema");
            let read: T = serde_json::from_value(json).expect("a value's own JSON is read");
            assert_eq!(read, value, "as JSON");
            assert!(storable(&printed), "{printed:?}");
        }
        Err(refused) => reasons(&refused),
    }
}

/// A refusal says why, in both languages, and not at length.
pub fn reasons(refused: &Refused) {
    for reason in [&refused.vi, &refused.en] {
        assert!(!reason.trim().is_empty(), "a refusal without a reason");
        assert!(reason.chars().count() <= 500, "a refusal without an end");
    }
}

fn amount(text: &str) {
    let Ok(amount) = text.trim().parse::<i64>() else {
        return;
    };
    match Vnd::new(amount) {
        Ok(vnd) => {
            let printed = vnd.to_string();
            let digits = printed.trim_end_matches(" đồng").replace('.', "");
            assert_eq!(digits.parse(), Ok(amount), "{printed}");
        }
        Err(refused) => reasons(&refused),
    }
}

fn logins(text: &str) {
    if let Ok(email) = text.parse::<Email>() {
        assert_eq!(email.as_str().parse::<Email>(), Ok(email.clone()));
        assert!(storable(email.as_str()), "{email:?}");
    }
    if let Some(login) = Login::read(text) {
        let printed = match &login {
            Login::CitizenId(id) => id.to_string(),
            Login::Phone(phone) => phone.to_string(),
            Login::Officer(login) => login.as_str().to_owned(),
            Login::Email(email) => email.as_str().to_owned(),
        };
        assert_eq!(Login::read(&printed), Some(login), "{printed}");
    }
    if let Ok(login) = text.parse::<OfficerLogin>() {
        assert!(
            matches!(Login::read(login.as_str()), Some(Login::Officer(read)) if read == login),
            "{login:?} could be somebody else's"
        );
    }
}

fn check_code(text: &str) {
    if let Ok(code) = text.parse::<CheckCode>() {
        assert_eq!(code.as_str().len(), 14, "{code}");
        assert_eq!(code.as_str().parse::<CheckCode>(), Ok(code));
    }
}

/// Where a page sends a person back to is on this site, as browsers read it, and can stand in a header.
fn own_path(text: &str) {
    let Some(path) = chassis::http::own_path(text) else {
        return;
    };
    let here = Url::parse("https://mot-cua.example/intake/").expect("an address");
    let there = here.join(path).expect("a path leads somewhere");
    assert_eq!(there.origin(), here.origin(), "{path} leads to {there}");
    assert!(axum::http::HeaderValue::from_str(path).is_ok(), "{path}");
}

/// Searching and comparing forget the same differences every time.
fn words(text: &str) {
    let folded = procedure::fold(text);
    assert_eq!(procedure::fold(&folded), folded);
    let spelt = procedure::spelling(text);
    assert_eq!(procedure::spelling(&spelt), spelt);
}
