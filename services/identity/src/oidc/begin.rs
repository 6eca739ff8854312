//! The way to a provider. What is under way is a row of ours, and what binds it to one browser is a secret that only that browser
//! has: the row alone, or the address alone, brings nobody in.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chassis::{App, Failure, random};
use chrono::TimeDelta;
use contracts::AccountId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Provider, Trouble};
use crate::{
    sessions::cookie,
    store::external::{self, Request},
};

/// So long somebody may take at the provider.
pub const LIFE: TimeDelta = TimeDelta::minutes(10);

/// What a sign-in elsewhere is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To come in.
    SignIn,
    /// To be known more surely: the person who is signed in, and nobody else.
    StepUp {
        /// Who is signed in.
        account: AccountId,
    },
    /// To come in this way too, from now on.
    Link {
        /// Who is signed in.
        account: AccountId,
        /// In this session.
        session: Uuid,
    },
}

impl Purpose {
    /// The name it is stored by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::StepUp { .. } => "step-up",
            Self::Link { .. } => "link",
        }
    }

    /// Who is signed in, and where that matters in which session.
    pub const fn who(self) -> (Option<AccountId>, Option<Uuid>) {
        match self {
            Self::SignIn => (None, None),
            Self::StepUp { account } => (Some(account), None),
            Self::Link { account, session } => (Some(account), Some(session)),
        }
    }

    /// As it was stored.
    pub fn read(name: &str, account: Option<AccountId>, session: Option<Uuid>) -> Option<Self> {
        match (name, account, session) {
            ("sign-in", None, None) => Some(Self::SignIn),
            ("step-up", Some(account), None) => Some(Self::StepUp { account }),
            ("link", Some(account), Some(session)) => Some(Self::Link { account, session }),
            _ => None,
        }
    }
}

/// What is asked of the provider.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What for.
    pub purpose: Purpose,
    /// Where to go afterwards: a path of this site.
    pub back: String,
    /// The context that is wanted: one whose level is known.
    pub acr: Option<String>,
    /// What is asked of the person there, whatever they did before.
    pub prompt: Option<Prompt>,
    /// How long ago they may have signed in there, in seconds.
    pub max_age: Option<u32>,
}

/// What a provider is to ask (OpenID Connect Core, section 3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Nothing: whoever is signed in there comes in, and nobody else.
    None,
    /// To sign in, though they are.
    Login,
    /// Whether they agree.
    Consent,
    /// Which of their accounts.
    SelectAccount,
}

impl Prompt {
    const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
        }
    }
}

/// What binds a browser to what it began.
pub struct Browser(String);

impl Browser {
    /// The cookie that holds it. It comes back with the browser that the provider sends: another site's link, followed.
    pub fn cookie_name(public_url: &str) -> &'static str {
        if public_url.starts_with("https:") {
            "__Host-motcua_oidc"
        } else {
            "motcua_oidc"
        }
    }

    /// What the browser brought along, or something new. Sign-ins begun side by side share one.
    pub fn of(brought: Option<&str>) -> Self {
        let known = brought.and_then(Self::read);
        known.unwrap_or_else(|| Self(BASE64.encode(random::<32>())))
    }

    /// What the browser brought along.
    pub fn read(brought: &str) -> Option<Self> {
        let bytes = BASE64.decode(brought).ok()?;
        (bytes.len() == 32).then(|| Self(brought.to_owned()))
    }

    /// The cookie.
    pub fn cookie(&self, public_url: &str) -> String {
        let name = Self::cookie_name(public_url);
        cookie(name, &self.0, LIFE.num_seconds(), public_url)
    }

    /// What a row keeps of it.
    pub fn digest(&self) -> String {
        digest(&self.0)
    }

    /// A secret of one sign-in for one purpose. It can be made again only by who has the cookie and the state.
    fn derive(&self, purpose: &str, state: &str) -> Result<String, Failure> {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.as_bytes());
        let mut mac = mac.map_err(|_| Failure::park("no key can be made of a cookie"))?;
        mac.update(format!("{purpose}:{state}").as_bytes());
        Ok(BASE64.encode(mac.finalize().into_bytes()))
    }

    /// What redeems the code (PKCE, RFC 7636).
    pub fn verifier(&self, state: &str) -> Result<String, Failure> {
        self.derive("verifier", state)
    }

    /// What the ID token must repeat.
    pub fn nonce(&self, state: &str) -> Result<String, Failure> {
        self.derive("nonce", state)
    }
}

/// What is kept in place of a secret.
pub fn digest(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}

/// Where the browser is to go, and the cookie that it takes along.
pub struct Away {
    /// The provider's page.
    pub url: String,
    /// What binds the browser.
    pub cookie: String,
}

/// Begins a sign-in at a provider.
pub async fn begin(
    app: &App,
    provider: &Provider,
    wish: &Wish,
    brought: Option<&str>,
) -> Result<Result<Away, Trouble>, Failure> {
    let metadata = match provider.metadata(app.clock().now()).await {
        Ok(metadata) => metadata,
        Err(trouble) => return Ok(Err(trouble)),
    };
    let Ok(mut url) = metadata.authorization_endpoint.parse::<url::Url>() else {
        let reason = "its authorization endpoint is no address".to_owned();
        return Ok(Err(Trouble::Garbage(reason)));
    };
    let browser = Browser::of(brought);
    let state = BASE64.encode(random::<32>());
    let config = &provider.config;
    let challenge = BASE64.encode(Sha256::digest(browser.verifier(&state)?));
    let acr = wish.acr.as_deref().unwrap_or(&config.acr_values);
    {
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &config.client_id)
            .append_pair("redirect_uri", &provider.redirect_uri)
            .append_pair("scope", &config.scopes)
            .append_pair("state", &state)
            .append_pair("nonce", &browser.nonce(&state)?)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("ui_locales", "vi");
        if !acr.is_empty() {
            query.append_pair("acr_values", acr);
        }
        if let Some(prompt) = wish.prompt {
            query.append_pair("prompt", prompt.name());
        }
        if let Some(max_age) = wish.max_age {
            query.append_pair("max_age", &max_age.to_string());
        }
    }
    let request = Request {
        provider: provider.id.clone(),
        purpose: wish.purpose,
        back: wish.back.clone(),
        acr: wish.acr.clone(),
        max_age: wish.max_age,
    };
    app.transact(async |tx| {
        // What strangers begin does not pile up.
        external::drop_old(tx.db(), tx.now()).await?;
        let end = tx.now() + LIFE;
        let (state, browser) = (digest(&state), browser.digest());
        external::keep_request(tx.db(), &state, &browser, &request, end).await?;
        Ok(())
    })
    .await?;
    Ok(Ok(Away {
        url: url.into(),
        cookie: browser.cookie(&app.settings().public_url),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secrets_of_a_sign_in_come_of_the_browser_and_the_state_together() {
        let browser = Browser::of(None);
        let again = Browser::read(&browser.0).unwrap();
        let verifier = browser.verifier("s").unwrap();
        assert_eq!(verifier, again.verifier("s").unwrap());
        assert_eq!(verifier.len(), 43, "as long as RFC 7636 wants it");
        assert_ne!(verifier, browser.nonce("s").unwrap());
        assert_ne!(verifier, browser.verifier("t").unwrap());
        assert_ne!(verifier, Browser::of(None).verifier("s").unwrap());
        assert!(Browser::read("bia").is_none() && Browser::read("").is_none());
        assert_ne!(Browser::of(Some("bia")).0, "bia");
    }

    #[test]
    fn a_purpose_is_read_as_it_was_written() {
        let account = AccountId(Uuid::from_u128(1));
        let session = Uuid::from_u128(2);
        for purpose in [
            Purpose::SignIn,
            Purpose::StepUp { account },
            Purpose::Link { account, session },
        ] {
            let (account, session) = purpose.who();
            assert_eq!(
                Purpose::read(purpose.name(), account, session),
                Some(purpose)
            );
        }
        assert_eq!(Purpose::read("link", Some(account), None), None);
    }
}
