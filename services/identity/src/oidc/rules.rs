//! What must hold of an ID token and of a logout token, and what of the claims we take. Pure: who signed them is checked elsewhere.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};

use super::{config::Names, jws::Algorithm};
use crate::domain::{Assurance, Kind, Told};

/// What a provider says.
pub type Claims = Map<String, Value>;

/// So far may a provider's clock be from ours.
const APART: TimeDelta = TimeDelta::minutes(1);
/// A logout token that does not say until when it counts does so for this long.
const FRESH: TimeDelta = TimeDelta::minutes(5);
/// What makes a token a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4).
const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A rule that is broken, told in the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub &'static str);

fn text<'a>(claims: &'a Claims, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

/// Seconds since 1970, as an integer or not.
fn moment(claims: &Claims, name: &str) -> Option<DateTime<Utc>> {
    let seconds = claims.get(name)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a fraction of a second does not count"
    )]
    let whole = seconds
        .as_i64()
        .or_else(|| Some(seconds.as_f64()?.floor() as i64))?;
    DateTime::from_timestamp(whole, 0)
}

/// Who says it, to whom, and when: the same of all tokens.
fn is_ours(claims: &Claims, issuer: &str, client: &str, now: DateTime<Utc>) -> Result<(), Broken> {
    if text(claims, "iss") != Some(issuer) {
        return Err(Broken("another issuer says it"));
    }
    let others = match claims.get("aud") {
        Some(Value::String(one)) if one == client => false,
        Some(Value::Array(all)) if all.iter().any(|one| one == client) => all.len() > 1,
        _ => return Err(Broken("it is for another audience")),
    };
    let party = claims.get("azp");
    if party.is_some_and(|party| party != client) || (others && party.is_none()) {
        return Err(Broken("it was issued to another party"));
    }
    let said_at = moment(claims, "iat").ok_or(Broken("it does not say when it was issued"))?;
    if said_at > now + APART {
        return Err(Broken("it is of the future"));
    }
    Ok(())
}

/// What an ID token must answer to.
pub struct Asked<'a> {
    /// Who we asked.
    pub issuer: &'a str,
    /// Who we are there.
    pub client: &'a str,
    /// What we asked it to repeat.
    pub nonce: &'a str,
    /// How long ago somebody may have signed in there, in seconds, if we asked for that.
    pub max_age: Option<u32>,
}

/// Checks an ID token (OpenID Connect Core, section 3.1.3.7) with the access token that came beside it.
pub fn id_token(
    claims: &Claims,
    asked: &Asked<'_>,
    algorithm: Algorithm,
    access_token: &str,
    now: DateTime<Utc>,
) -> Result<(), Broken> {
    is_ours(claims, asked.issuer, asked.client, now)?;
    let until = moment(claims, "exp").ok_or(Broken("it does not say until when it counts"))?;
    if until + APART <= now {
        return Err(Broken("it has expired"));
    }
    if text(claims, "sub").is_none_or(str::is_empty) {
        return Err(Broken("it names nobody"));
    }
    let nonce = text(claims, "nonce").unwrap_or_default();
    if !bool::from(nonce.as_bytes().ct_eq(asked.nonce.as_bytes())) {
        return Err(Broken("its nonce is another"));
    }
    if let Some(hash) = claims.get("at_hash")
        && hash.as_str() != Some(half_hash(algorithm, access_token).as_str())
    {
        return Err(Broken("another access token belongs to it"));
    }
    if let Some(seconds) = asked.max_age {
        let signed_in = moment(claims, "auth_time");
        let signed_in = signed_in.ok_or(Broken("it does not say when they signed in"))?;
        if signed_in + TimeDelta::seconds(seconds.into()) + APART < now {
            return Err(Broken("they signed in longer ago than was asked for"));
        }
    }
    Ok(())
}

/// The left half of a hash, of the size that the signature uses (OpenID Connect Core, section 3.1.3.6).
fn half_hash(algorithm: Algorithm, text: &str) -> String {
    use Algorithm as A;
    let hash = match algorithm {
        A::Rs256 | A::Ps256 | A::Es256 => Sha256::digest(text).to_vec(),
        A::Rs384 | A::Ps384 | A::Es384 => Sha384::digest(text).to_vec(),
        A::Rs512 | A::Ps512 | A::EdDsa => Sha512::digest(text).to_vec(),
    };
    BASE64.encode(&hash[..hash.len() / 2])
}

/// Whose sessions a logout token ends.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended<'a> {
    /// Names the token, so that it counts once.
    pub jti: &'a str,
    /// The person there, if they are named.
    pub subject: Option<&'a str>,
    /// The session there, if it is named.
    pub session: Option<&'a str>,
    /// Until when it would count.
    pub until: DateTime<Utc>,
}

/// Checks a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6). `kind` is what its header says it is.
pub fn logout_token<'a>(
    claims: &'a Claims,
    kind: Option<&str>,
    issuer: &str,
    client: &str,
    now: DateTime<Utc>,
) -> Result<Ended<'a>, Broken> {
    if kind.is_some_and(|kind| !matches!(kind, "jwt" | "logout+jwt")) {
        return Err(Broken("it is a token of another kind"));
    }
    is_ours(claims, issuer, client, now)?;
    let said_at = moment(claims, "iat").unwrap_or_default();
    let until = moment(claims, "exp").unwrap_or(said_at + FRESH);
    if until + APART <= now {
        return Err(Broken("it has expired"));
    }
    let event = claims.get("events").and_then(|events| events.get(LOGOUT));
    if !event.is_some_and(Value::is_object) {
        return Err(Broken("it tells of no logout"));
    }
    if claims.contains_key("nonce") {
        return Err(Broken("it is an ID token"));
    }
    let ended = Ended {
        jti: text(claims, "jti").ok_or(Broken("it has no name"))?,
        subject: text(claims, "sub"),
        session: text(claims, "sid"),
        until: until + APART,
    };
    if ended.jti.is_empty() || ended.jti.len() > 255 {
        return Err(Broken("its name is none"));
    }
    if ended.subject.is_none() && ended.session.is_none() {
        return Err(Broken("it names neither a person nor a session"));
    }
    Ok(ended)
}

/// A claim as text: numbers, too, are what somebody is called by.
fn said(claims: &Claims, name: &str) -> Option<String> {
    let said = match claims.get(name)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!said.is_empty()).then_some(said)
}

/// What the claims say, in our terms. What is in no form that we know is left out. `None` without a subject.
pub fn told(claims: &Claims, names: &Names, assurance: Assurance) -> Option<Told> {
    let read = |name: &str| said(claims, name);
    let subject = read(&names.subject).filter(|subject| subject.len() <= 255)?;
    let kind = match read(&names.kind) {
        Some(kind) if kind == names.kind_organisation => Kind::Organisation,
        _ => Kind::Person,
    };
    let own_name = read(&names.name);
    let (name, citizen_id, tax_code) = match kind {
        Kind::Person => (own_name, read(&names.citizen_id), None),
        Kind::Organisation => {
            let name = read(&names.organisation).or(own_name);
            let tax_code = read(&names.tax_code).filter(|code| code.len() <= 20);
            (name, None, tax_code)
        }
    };
    Some(Told {
        subject,
        kind,
        name: name.and_then(|name| name.parse().ok()),
        citizen_id: citizen_id.and_then(|number| number.parse().ok()),
        phone: read(&names.phone).and_then(|phone| phone.parse().ok()),
        email: read(&names.email).and_then(|email| email.parse().ok()),
        tax_code,
        assurance,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;
    const ASKED: Asked<'_> = Asked {
        issuer: "https://sso.example.vn",
        client: "mot-cua",
        nonce: "n",
        max_age: None,
    };

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(NOW, 0).unwrap()
    }

    fn good() -> Claims {
        let claims = json!({
            "iss": "https://sso.example.vn", "aud": "mot-cua", "sub": "1", "nonce": "n", "iat": NOW, "exp": NOW + 60,
            "at_hash": half_hash(Algorithm::Rs256, "access"), "auth_time": NOW - 100,
        });
        claims.as_object().unwrap().clone()
    }

    fn with(name: &str, value: Value) -> Claims {
        let mut claims = good();
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.to_owned(), value);
        }
        claims
    }

    fn check(claims: &Claims, asked: &Asked<'_>) -> Result<(), Broken> {
        id_token(claims, asked, Algorithm::Rs256, "access", now())
    }

    #[test]
    fn an_id_token_that_answers_what_was_asked_is_believed() {
        assert_eq!(check(&good(), &ASKED), Ok(()));
        assert_eq!(check(&with("at_hash", Value::Null), &ASKED), Ok(()));
        assert_eq!(check(&with("aud", json!(["mot-cua"])), &ASKED), Ok(()));
        let mut both = with("aud", json!(["mot-cua", "other"]));
        both.insert("azp".to_owned(), json!("mot-cua"));
        assert_eq!(check(&both, &ASKED), Ok(()));
        assert_eq!(check(&with("exp", json!(NOW - 59)), &ASKED), Ok(()));
    }

    #[test]
    fn an_id_token_with_anything_wrong_is_not() {
        for (name, value, said) in [
            ("iss", json!("https://sso.example.vn/"), "issuer"),
            ("iss", Value::Null, "issuer"),
            ("aud", json!("other"), "audience"),
            ("aud", json!([]), "audience"),
            ("aud", json!(["mot-cua", "other"]), "party"),
            ("azp", json!("other"), "party"),
            ("sub", Value::Null, "nobody"),
            ("sub", json!(7), "nobody"),
            ("nonce", json!("m"), "nonce"),
            ("nonce", Value::Null, "nonce"),
            ("iat", Value::Null, "when"),
            ("iat", json!(NOW + 61), "future"),
            ("exp", Value::Null, "until"),
            ("exp", json!("1900000000"), "until"),
            ("exp", json!(NOW - 60), "expired"),
            ("at_hash", json!("AAAA"), "access token"),
            ("at_hash", json!(1), "access token"),
        ] {
            let broken = check(&with(name, value.clone()), &ASKED).unwrap_err();
            assert!(broken.0.contains(said), "{name} {value}: {broken}");
        }
    }

    #[test]
    fn who_was_to_sign_in_anew_must_have() {
        let asked = |max_age| Asked {
            max_age: Some(max_age),
            ..ASKED
        };
        assert_eq!(check(&good(), &asked(40)), Ok(()));
        assert!(check(&good(), &asked(39)).is_err());
        assert!(check(&with("auth_time", Value::Null), &asked(300)).is_err());
    }

    fn logout() -> Claims {
        let claims = json!({
            "iss": "https://sso.example.vn", "aud": "mot-cua", "iat": NOW, "exp": NOW + 120, "jti": "j", "sid": "s",
            "events": { LOGOUT: {} },
        });
        claims.as_object().unwrap().clone()
    }

    #[test]
    fn a_logout_token_ends_the_session_or_the_person_that_it_names() {
        let (issuer, client) = (ASKED.issuer, ASKED.client);
        let claims = logout();
        let ended = logout_token(&claims, Some("logout+jwt"), issuer, client, now()).unwrap();
        assert_eq!(
            (ended.jti, ended.session, ended.subject),
            ("j", Some("s"), None)
        );
        assert_eq!(
            logout_token(&claims, None, issuer, client, now()),
            Ok(ended)
        );
        for (name, value, said) in [
            ("aud", json!("other"), "audience"),
            ("iss", json!("https://other.example.vn"), "issuer"),
            ("exp", json!(NOW - 60), "expired"),
            ("events", json!({}), "no logout"),
            ("events", json!({ LOGOUT: "yes" }), "no logout"),
            ("nonce", json!("n"), "ID token"),
            ("jti", Value::Null, "no name"),
            ("sid", Value::Null, "neither"),
        ] {
            let mut claims = logout();
            if value.is_null() {
                claims.remove(name);
            } else {
                claims.insert(name.to_owned(), value);
            }
            let broken = logout_token(&claims, None, issuer, client, now()).unwrap_err();
            assert!(broken.0.contains(said), "{name}: {broken}");
        }
        assert!(logout_token(&claims, Some("at+jwt"), issuer, client, now()).is_err());
        let mut old = logout();
        old.remove("exp");
        let later = now() + FRESH + APART;
        assert!(logout_token(&old, None, issuer, client, later).is_err());
    }

    /// As the national sign-in names what it says.
    fn national() -> Names {
        Names {
            subject: "TechID".to_owned(),
            name: "HoVaTen".to_owned(),
            citizen_id: "SoDinhDanh".to_owned(),
            phone: "SoDienThoai".to_owned(),
            email: "ThuDienTu".to_owned(),
            organisation: "TenDoanhNghiep".to_owned(),
            tax_code: "MaSoThue".to_owned(),
            kind: "LoaiTaiKhoan".to_owned(),
            kind_organisation: "2".to_owned(),
        }
    }

    #[test]
    fn the_national_claims_are_read_for_a_person_and_for_an_organisation() {
        let claims = json!({
            "TechID": 4711, "LoaiTaiKhoan": 1, "HoVaTen": "Nguyễn Thị Ví Dụ", "SoDinhDanh": "066190001234",
            "SoDienThoai": "0912345678", "ThuDienTu": "không có", "MaSoThue": "0100000001",
        });
        let person = told(claims.as_object().unwrap(), &national(), Assurance::EidTwo).unwrap();
        assert_eq!(
            (person.subject.as_str(), person.kind),
            ("4711", Kind::Person)
        );
        assert_eq!(person.proven().unwrap().as_str(), "066190001234");
        assert!(person.phone.is_some() && person.email.is_none() && person.tax_code.is_none());
        let claims = json!({
            "TechID": "4712", "LoaiTaiKhoan": "2", "HoVaTen": "Trần Văn Mẫu", "SoDinhDanh": "066090001234",
            "TenDoanhNghiep": "Công ty Ví Dụ", "MaSoThue": "0100000001",
        });
        let firm = told(claims.as_object().unwrap(), &national(), Assurance::EidTwo).unwrap();
        assert_eq!(firm.name.unwrap().to_string(), "Công ty Ví Dụ");
        assert_eq!(firm.tax_code.as_deref(), Some("0100000001"));
        assert!(
            firm.citizen_id.is_none(),
            "the representative's number is not the organisation's"
        );
        let nobody = json!({ "HoVaTen": "Nguyễn Thị Ví Dụ" });
        assert!(told(nobody.as_object().unwrap(), &national(), Assurance::EidTwo).is_none());
    }
}
