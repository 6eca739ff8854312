//! What can be configured of a provider (`config.toml` explains each key), and what is refused at start, by the key.

use chassis::{StartError, config::Secret};
use serde::Deserialize;

use crate::domain::Assurance;

/// One provider.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Provider {
    /// What the button says after "Đăng nhập bằng".
    pub name: String,
    /// The same in English.
    pub name_en: String,
    /// Who it is, exactly as its tokens say it.
    pub issuer: String,
    /// Where it is asked; all empty for what it publishes of itself.
    pub endpoints: Endpoints,
    /// Who we are there.
    pub client_id: String,
    /// By what it knows us; empty for a public client.
    pub client_secret: Secret,
    /// How it wants that.
    pub client_auth: ClientAuth,
    /// What we ask for.
    pub scopes: String,
    /// Which contexts we ask for where nothing else is asked for; empty for none.
    pub acr_values: String,
    /// Where it says who somebody is.
    pub claims_from: ClaimsFrom,
    /// How it calls what it says.
    pub claims: Names,
    /// What each of its contexts is here: `acr=level`, between spaces.
    pub levels: String,
    /// What every other is.
    pub level: Assurance,
}

impl Default for Provider {
    fn default() -> Self {
        Self {
            name: String::new(),
            name_en: String::new(),
            issuer: String::new(),
            endpoints: Endpoints::default(),
            client_id: String::new(),
            client_secret: Secret::default(),
            client_auth: ClientAuth::Basic,
            scopes: "openid profile".to_owned(),
            acr_values: String::new(),
            claims_from: ClaimsFrom::IdToken,
            claims: Names::default(),
            levels: String::new(),
            level: Assurance::SelfAsserted,
        }
    }
}

/// Where a provider is asked that publishes nothing of itself.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Endpoints {
    /// Where browsers are sent.
    pub authorize: String,
    /// Where codes are redeemed.
    pub token: String,
    /// Where it says who somebody is.
    pub userinfo: String,
    /// Its keys.
    pub jwks: String,
    /// Where somebody signs out there; empty for nowhere.
    pub end_session: String,
}

impl Endpoints {
    fn are_given(&self) -> bool {
        [&self.authorize, &self.token, &self.userinfo, &self.jwks]
            .into_iter()
            .chain([&self.end_session])
            .any(|url| !url.is_empty())
    }
}

/// How we show a provider who we are (OpenID Connect Core, section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
}

/// Where a provider says who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimsFrom {
    /// In the ID token.
    IdToken,
    /// At the userinfo endpoint.
    Userinfo,
}

/// How a provider calls what it says; empty for what it does not say.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Names {
    /// What names somebody there for good.
    pub subject: String,
    /// The full name.
    pub name: String,
    /// The personal identification number.
    pub citizen_id: String,
    /// Mobile number.
    pub phone: String,
    /// E-mail address.
    pub email: String,
    /// An organisation's name.
    pub organisation: String,
    /// An organisation's tax code.
    pub tax_code: String,
    /// Whom the account belongs to.
    pub kind: String,
    /// What that says of an organisation's.
    pub kind_organisation: String,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            subject: "sub".to_owned(),
            name: "name".to_owned(),
            citizen_id: String::new(),
            phone: "phone_number".to_owned(),
            email: "email".to_owned(),
            organisation: String::new(),
            tax_code: String::new(),
            kind: String::new(),
            kind_organisation: "2".to_owned(),
        }
    }
}

/// Whether browsers and we may be sent there: over TLS, or to this very machine.
pub fn is_address(text: &str) -> bool {
    let Ok(url) = text.parse::<url::Url>() else {
        return false;
    };
    let host = url.host_str().unwrap_or_default();
    let here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    plain && !host.is_empty() && (url.scheme() == "https" || (url.scheme() == "http" && here))
}

/// Whether the name of a provider can stand in an address and in a variable.
fn is_id(text: &str) -> bool {
    let mut letters = text.bytes();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_lowercase())
        && text.len() <= 32
        && letters.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Whether this can be an `acr`: visible ASCII, since several are listed between spaces.
pub fn is_acr(text: &str) -> bool {
    (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl Provider {
    /// Refuses what cannot work, naming the key.
    pub fn check(&self, id: &str) -> Result<(), StartError> {
        if !is_id(id) {
            return Err(StartError::new(format!(
                "identity: a provider is called by a letter and up to 31 of a-z, 0-9 and _, not `{id}`"
            )));
        }
        let refuse = |key: &str, reason: &str| Err(refused(id, key, reason));
        if self.name.trim().is_empty() {
            return refuse("NAME", "must say what the button is called");
        }
        if self.client_id.is_empty() {
            return refuse("CLIENT_ID", "must be given");
        }
        if !is_address(&self.issuer) || self.issuer.contains('?') {
            return refuse("ISSUER", ADDRESS);
        }
        if !self
            .scopes
            .split_whitespace()
            .any(|scope| scope == "openid")
        {
            return refuse("SCOPES", "must contain openid");
        }
        if !self.acr_values.split_whitespace().all(is_acr) {
            return refuse("ACR_VALUES", "must be visible ASCII, between spaces");
        }
        if self.claims.subject.is_empty() {
            return refuse("CLAIMS__SUBJECT", "must be given");
        }
        if self.claims.name.is_empty() {
            return refuse("CLAIMS__NAME", "must be given");
        }
        self.check_endpoints(id)?;
        self.read_levels(id).map(drop)
    }

    /// Whether it publishes nothing of itself, so that its endpoints are given.
    pub fn is_described(&self) -> bool {
        self.endpoints.are_given()
    }

    fn check_endpoints(&self, id: &str) -> Result<(), StartError> {
        if !self.is_described() {
            return Ok(());
        }
        let endpoints = &self.endpoints;
        let userinfo = self.claims_from == ClaimsFrom::Userinfo;
        for (key, url, needed) in [
            ("ENDPOINTS__AUTHORIZE", &endpoints.authorize, true),
            ("ENDPOINTS__TOKEN", &endpoints.token, true),
            ("ENDPOINTS__JWKS", &endpoints.jwks, true),
            ("ENDPOINTS__USERINFO", &endpoints.userinfo, userinfo),
            ("ENDPOINTS__END_SESSION", &endpoints.end_session, false),
        ] {
            if url.is_empty() && needed {
                let reason = "must be given too, or none of the endpoints";
                return Err(refused(id, key, reason));
            }
            if !url.is_empty() && !is_address(url) {
                return Err(refused(id, key, ADDRESS));
            }
        }
        Ok(())
    }

    /// What each context is here.
    pub fn read_levels(&self, id: &str) -> Result<Vec<(String, Assurance)>, StartError> {
        let mut levels: Vec<(String, Assurance)> = Vec::new();
        for pair in self.levels.split_whitespace() {
            // An acr may have a `=` of its own.
            let read = pair.rsplit_once('=');
            let read = read.and_then(|(acr, level)| Some((acr, level.parse().ok()?)));
            let Some((acr, level)) = read.filter(|(acr, _)| is_acr(acr)) else {
                let reason = format!(
                    "must be like `acr=level` between spaces, with a level of self-asserted, contact-proven, document-checked, \
                     e-id-1 and e-id-2: `{pair}` is not"
                );
                return Err(refused(id, "LEVELS", &reason));
            };
            if levels.iter().any(|(known, _)| known == acr) {
                let reason = format!("names `{acr}` twice");
                return Err(refused(id, "LEVELS", &reason));
            }
            levels.push((acr.to_owned(), level));
        }
        Ok(levels)
    }
}

const ADDRESS: &str =
    "must be an https address without a password or a fragment (http only of this machine)";

fn refused(id: &str, key: &str, reason: &str) -> StartError {
    let id = id.to_uppercase();
    StartError::new(format!(
        "identity: IDENTITY__PROVIDERS__{id}__{key} {reason}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider() -> Provider {
        Provider {
            name: "Cổng thử".to_owned(),
            issuer: "https://sso.example.vn".to_owned(),
            client_id: "mot-cua".to_owned(),
            levels: "LoA1=e-id-1 urn:a=b=e-id-2".to_owned(),
            ..Provider::default()
        }
    }

    #[test]
    fn a_provider_that_can_work_is_taken() {
        provider().check("sso").unwrap();
        let levels = provider().read_levels("sso").unwrap();
        let two = ("urn:a=b".to_owned(), Assurance::EidTwo);
        assert_eq!(levels, [("LoA1".to_owned(), Assurance::EidOne), two]);
        let described = Provider {
            endpoints: Endpoints {
                authorize: "https://sso.example.vn/oauth2/authorize".to_owned(),
                token: "https://sso.example.vn/oauth2/token".to_owned(),
                jwks: "http://127.0.0.1:9/jwks".to_owned(),
                ..Endpoints::default()
            },
            ..provider()
        };
        described.check("sso_2").unwrap();
    }

    #[test]
    fn what_cannot_work_is_refused_by_its_key() {
        let says = |provider: Provider, id: &str| provider.check(id).unwrap_err().to_string();
        for id in ["", "Sso", "2sso", "sso-x", "s/x"] {
            assert!(
                says(provider(), id).contains("a provider is called"),
                "{id}"
            );
        }
        let with = |change: fn(&mut Provider)| {
            let mut changed = provider();
            change(&mut changed);
            says(changed, "sso")
        };
        for (said, key) in [
            (with(|p| p.name.clear()), "NAME"),
            (with(|p| p.client_id.clear()), "CLIENT_ID"),
            (
                with(|p| p.issuer = "http://sso.example.vn".into()),
                "ISSUER",
            ),
            (
                with(|p| p.issuer = "https://u:p@sso.example.vn".into()),
                "ISSUER",
            ),
            (with(|p| p.scopes = "profile".into()), "SCOPES"),
            (with(|p| p.acr_values = "LoA1 cấp".into()), "ACR_VALUES"),
            (with(|p| p.claims.subject.clear()), "CLAIMS__SUBJECT"),
            (with(|p| p.levels = "LoA1=5".into()), "LEVELS"),
            (with(|p| p.levels = "a=e-id-1 a=e-id-2".into()), "LEVELS"),
            (
                with(|p| p.endpoints.token = "https://sso.example.vn/t".into()),
                "ENDPOINTS__AUTHORIZE",
            ),
        ] {
            let key = format!("IDENTITY__PROVIDERS__SSO__{key} ");
            assert!(said.contains(&key), "{said}");
        }
    }
}
