//! WebAuthn's two ceremonies, adding a passkey and signing in by one: what a browser is told, and whether what it answers is genuine.
//! The only file that names the library.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chassis::{Failure, StartError};
use chrono::TimeDelta;
use contracts::AccountId;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{
        CredentialID, DiscoverableAuthentication, Passkey, PasskeyRegistration,
        PublicKeyCredential, RegisterPublicKeyCredential, Url, WebauthnError,
    },
};

use crate::store::passkeys::Kept;

/// So long an answer is waited for: as long as people look for a key or a telephone.
pub const LIFE: TimeDelta = TimeDelta::minutes(5);

/// WebAuthn at the system's public address.
pub struct Ceremonies {
    /// Nothing where browsers have no passkeys.
    site: Option<Site>,
}

struct Site {
    webauthn: Webauthn,
    origin: String,
}

impl Ceremonies {
    /// Reads what passkeys are bound to from the public address: its host (the relying party's id) and its origin.
    pub fn at(public_url: &str) -> Result<Self, StartError> {
        let Some((host, address)) = place(public_url) else {
            return Ok(Self { site: None });
        };
        let built = WebauthnBuilder::new(&host, &address).and_then(|builder| {
            let life = Duration::from_secs(LIFE.num_seconds().unsigned_abs());
            builder.rp_name("Một Cửa").timeout(life).build()
        });
        let webauthn = built
            .map_err(|error| StartError::because("identity: PUBLIC_URL for passkeys", &error))?;
        let origin = address.origin().ascii_serialization();
        Ok(Self {
            site: Some(Site { webauthn, origin }),
        })
    }

    /// The origin of pages on which passkeys can be used; nothing where browsers have none.
    pub fn origin(&self) -> Option<&str> {
        self.site.as_ref().map(|site| site.origin.as_str())
    }

    fn site(&self) -> Result<&Webauthn, Failure> {
        let site = self.site.as_ref().map(|site| &site.webauthn);
        site.ok_or_else(|| Failure::park("passkeys at an address that has none"))
    }

    /// Asks for a new passkey, on a device that has none of those that are there. It must be one that is found without a login,
    /// and the device must make sure of its owner.
    pub fn ask_for_new(
        &self,
        account: AccountId,
        login: &str,
        person: &str,
        there: &[Kept],
    ) -> Result<(NewPasskey, Value), Failure> {
        let excluded = there.iter().map(|kept| id(&kept.credential_id));
        let excluded = excluded.collect::<Result<Vec<CredentialID>, _>>()?;
        let (options, waiting) = self
            .site()?
            .start_passkey_registration(account.0, login, person, Some(excluded))
            .map_err(broken)?;
        let mut options = public_key(&options)?;
        // The library leaves it to the device whether it can be found without a login.
        options["authenticatorSelection"]["residentKey"] = json!("required");
        options["authenticatorSelection"]["requireResidentKey"] = json!(true);
        Ok((NewPasskey(waiting), options))
    }

    /// The passkey that a device has made: its id, and what is kept of it.
    pub fn judge_new(&self, waiting: &NewPasskey, answer: &Value) -> Result<Judged<New>, Failure> {
        let site = self.site()?;
        let Some(answer) = read::<RegisterPublicKeyCredential>(answer) else {
            return Ok(Judged::refused("an answer that is none"));
        };
        Ok(
            match site.finish_passkey_registration(&answer, &waiting.0) {
                Ok(passkey) => Judged::Genuine(New {
                    credential_id: BASE64.encode(passkey.cred_id()),
                    credential: written(&passkey)?,
                }),
                Err(error) => Judged::refused(error),
            },
        )
    }

    /// Asks for a passkey: any that the browser finds, or one of those that are named.
    pub fn ask(&self, named: &[Kept]) -> Result<(Assertion, Value), Failure> {
        let (options, waiting) = self
            .site()?
            .start_discoverable_authentication()
            .map_err(broken)?;
        let mut options = public_key(&options)?;
        let named = named
            .iter()
            .map(|kept| json!({ "type": "public-key", "id": kept.credential_id }));
        options["allowCredentials"] = named.collect();
        Ok((Assertion(waiting), options))
    }

    /// Whether the answer is by this passkey; what is kept of it from now on.
    pub fn judge(
        &self,
        waiting: Assertion,
        answer: &Answer,
        passkey: &Kept,
    ) -> Result<Judged<String>, Failure> {
        let mut kept: Passkey = serde_json::from_str(&passkey.credential)
            .map_err(|error| Failure::park(format!("a passkey cannot be read: {error}")))?;
        if answer.names_another(passkey.account) {
            return Ok(Judged::refused("it names another account"));
        }
        let site = self.site()?;
        match site.finish_discoverable_authentication_v2(&answer.0, waiting.0, &kept) {
            Ok(result) => {
                if result.needs_update() {
                    kept.update_credential(&result);
                }
                Ok(Judged::Genuine(written(&kept)?))
            }
            Err(WebauthnError::CredentialPossibleCompromise) => Ok(Judged::Copied),
            Err(error) => Ok(Judged::refused(error)),
        }
    }
}

/// What is needed to judge a new passkey.
#[derive(Serialize, Deserialize)]
pub struct NewPasskey(PasskeyRegistration);

/// What is needed to judge a passkey's answer.
#[derive(Serialize, Deserialize)]
pub struct Assertion(DiscoverableAuthentication);

/// A passkey that was just made.
pub struct New {
    /// The authenticator's name for it, in base64url.
    pub credential_id: String,
    /// Its public key with the counter of its uses.
    pub credential: String,
}

/// What is said of an authenticator's answer.
pub enum Judged<T> {
    /// It is genuine.
    Genuine(T),
    /// It is, but its counter went back: somebody has a copy.
    Copied,
    /// It is not; why, is for the log.
    Refused(String),
}

impl<T> Judged<T> {
    fn refused(why: impl ToString) -> Self {
        Self::Refused(why.to_string())
    }
}

/// An authenticator's answer, by one of the passkeys it has.
pub struct Answer(PublicKeyCredential);

impl Answer {
    /// Reads what a browser sent.
    pub fn read(sent: &Value) -> Option<Self> {
        read(sent).map(Self)
    }

    /// The passkey's name, in base64url.
    pub fn credential_id(&self) -> String {
        BASE64.encode(&self.0.raw_id)
    }

    fn names_another(&self, account: AccountId) -> bool {
        let named = self.0.response.user_handle.as_ref();
        named.is_some_and(|named| {
            let named: &[u8] = named.as_ref();
            named != account.0.as_bytes()
        })
    }
}

/// The host and the address, where browsers have passkeys: under a name, not a number, and in a secure context.
fn place(public_url: &str) -> Option<(String, Url)> {
    let address = Url::parse(public_url).ok()?;
    let host = address.domain()?.to_owned();
    let is_here = host == "localhost" || host.ends_with(".localhost");
    (address.scheme() == "https" || is_here).then_some((host, address))
}

fn read<T: DeserializeOwned>(sent: &Value) -> Option<T> {
    T::deserialize(sent).ok()
}

fn written(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::park(format!("a passkey: {error}")))
}

/// What `navigator.credentials` takes, of what the library says.
fn public_key(options: &impl Serialize) -> Result<Value, Failure> {
    let mut options = serde_json::to_value(options)
        .map_err(|error| Failure::park(format!("WebAuthn's options: {error}")))?;
    Ok(options["publicKey"].take())
}

fn id(text: &str) -> Result<CredentialID, Failure> {
    let bytes = BASE64.decode(text);
    bytes.map_err(|_| Failure::park("a passkey's id is no base64url"))
}

fn broken(error: WebauthnError) -> Failure {
    Failure::park(format!("WebAuthn cannot begin: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_have_passkeys_under_a_name_and_in_a_secure_context_only() {
        let origin = |url: &str| Ceremonies::at(url).unwrap().origin().map(str::to_owned);
        for (url, origin_there) in [
            ("https://motcua.example.vn", "https://motcua.example.vn"),
            ("https://motcua.example.vn/", "https://motcua.example.vn"),
            (
                "https://motcua.example.vn:8443",
                "https://motcua.example.vn:8443",
            ),
            ("http://localhost:8080", "http://localhost:8080"),
            (
                "http://motcua.localhost:8080",
                "http://motcua.localhost:8080",
            ),
        ] {
            assert_eq!(origin(url).as_deref(), Some(origin_there), "{url}");
        }
        for url in [
            "http://motcua.example.vn",
            "https://10.0.0.7",
            "http://127.0.0.1:8080",
            "https://[::1]:8443",
            "",
        ] {
            assert_eq!(origin(url), None, "{url}");
        }
    }
}
