//! Sessions: where one begins, the cookie that carries its token, and whether it still goes on.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use chassis::{
    App, Failure, Tx,
    audit::Deed,
    auth::{Claims, Person, cookie_name},
    http::{Caller, Problem},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::{
    domain::{Account, Place},
    store,
    tokens::{Proof, Tokens},
};

/// Identity notes that it heard of a session at most so often: when somebody was here to the minute is nobody's business.
const NOTED_EVERY: TimeDelta = TimeDelta::hours(1);

/// A session that has begun.
pub struct Session {
    /// What its token says.
    pub claims: Claims,
    /// The token.
    pub token: String,
}

impl Session {
    /// When its token runs out.
    pub fn ends(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.claims.exp, 0).unwrap_or_default()
    }

    /// The cookie that carries the token, in the browser only and only to this site.
    pub fn cookie(&self, public_url: &str) -> String {
        let life = self.claims.exp - self.claims.iat;
        cookie(cookie_name(public_url), &self.token, life, public_url)
    }
}

/// The cookie that takes the token away again.
pub fn no_cookie(public_url: &str) -> String {
    cookie(cookie_name(public_url), "", 0, public_url)
}

/// A cookie for this site alone, out of reach of scripts. `life` is in seconds.
pub(crate) fn cookie(name: &str, value: &str, life: i64, public_url: &str) -> String {
    let secure = if public_url.starts_with("https:") {
        "; Secure"
    } else {
        ""
    };
    format!("{name}={value}; Path=/; Max-Age={life}; HttpOnly; SameSite=Lax{secure}")
}

/// Begins a session with an id of its own, whatever the browser brought along.
pub async fn begin(
    tx: &Tx,
    account: &Account,
    proof: Proof,
    place: &Place,
) -> Result<Box<Session>, Failure> {
    let tokens = tx.part::<Tokens>();
    let claims = tokens.claims(account, proof, tx.new_id(), tx.now());
    let by_passkey = proof == Proof::Passkey;
    store::sessions::begin(tx.db(), &claims, place, by_passkey, tx.now()).await?;
    let deed = Deed::by(&claims, "identity.session-begun").to(account.id.0);
    tx.record(deed.with(json!({ "session": claims.sid, "assurance": claims.assurance })));
    let token = tokens.sign(&claims)?;
    Ok(Box::new(Session { claims, token }))
}

impl FromRequestParts<App> for Place {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let Caller(address) = Caller::from_request_parts(parts, app).await?;
        let user_agent = parts.headers.get(header::USER_AGENT);
        let user_agent = user_agent.and_then(|value| value.to_str().ok());
        Ok(Self::coarse(user_agent.unwrap_or_default(), address))
    }
}

/// Somebody who is signed in and whose session nobody has ended. Only identity knows the latter: the other services believe a
/// token until it runs out.
pub struct Known(pub Claims);

impl FromRequestParts<App> for Known {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Person(claims) =
            <Person as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        still_open(app, &claims).await?;
        Ok(Self(claims))
    }
}

/// Refuses a token whose session was ended.
pub async fn still_open(app: &App, claims: &Claims) -> Result<(), Problem> {
    match store::sessions::find(app.db().reads(), claims.sid).await? {
        Some(session) if session.ended => Err(Problem::unauthenticated()),
        Some(session) if app.clock().now() - session.seen >= NOTED_EVERY => {
            note(app, session.id).await;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Apart from the answer: it may fail without harm.
async fn note(app: &App, session: Uuid) {
    let noted = app
        .transact(async |tx| Ok(store::sessions::note(tx.db(), session, tx.now()).await?))
        .await;
    if let Err(failure) = noted {
        tracing::warn!(%failure, "when a session was last used stays unsaid for now");
    }
}
