//! Who is asking: tokens signed by identity (EdDSA, RFC 8037), checked by every service against identity's keys.
//!
//! An access rule is an extractor: an endpoint that takes [`Officer`] is for officers.

pub(crate) mod ended;
mod step_up;
mod token;

use std::collections::BTreeSet;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, header, request::Parts},
};
use contracts::{AccountId, CitizenId, OrganisationCode, PersonName};
use serde::{Deserialize, Serialize};

pub use step_up::{STEP_UP, StepUp, demand, step_up};
pub use token::{Jwk, Jwks, Keys, Signer, Unbelieved};

use crate::{App, http::Problem};

/// The cookie in which a browser carries its token where people come over http, as in development.
pub const COOKIE: &str = "motcua_session";
/// The same where they come over https. Browsers take a cookie of such a name only over https, from this very host and for
/// all of it: a neighbour under the same domain cannot plant one.
const HOST_COOKIE: &str = "__Host-motcua_session";

/// What the cookie is called on a site with this public address.
pub fn cookie_name(public_url: &str) -> &'static str {
    if public_url.starts_with("https:") {
        HOST_COOKIE
    } else {
        COOKIE
    }
}

/// What a request carries in the cookie `wanted`.
pub fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == wanted).then_some(value))
}

/// What a person may do.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// File dossiers for oneself.
    Citizen,
    /// Work at the desk.
    Officer,
    /// Help people to file, and nothing else (tổ công nghệ số cộng đồng).
    Helper,
    /// Sign decisions.
    Signer,
    /// Run the system: parked messages, accounts of officers.
    Operator,
}

/// Where somebody works, and as what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Post {
    /// The body or office; all that belongs to it is included.
    pub organisation: OrganisationCode,
    /// What they may do there: of `officer` and `signer`.
    pub roles: BTreeSet<Role>,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The account.
    pub sub: AccountId,
    /// The person's name.
    pub name: PersonName,
    /// What they may do.
    pub roles: BTreeSet<Role>,
    /// How surely the person is known, from 1 (self-declared).
    pub assurance: u8,
    /// The person's identification number, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub citizen_id: Option<CitizenId>,
    /// Mobile number, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<contracts::PhoneNumber>,
    /// E-mail address, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// An officer's title as it stands under a signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where they work, of whoever works somewhere. What they may do as officers they may do there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posts: Option<Vec<Post>>,
    /// The session, so that it can be ended.
    pub sid: uuid::Uuid,
    /// Issued at, seconds since 1970.
    pub iat: i64,
    /// Valid until, seconds since 1970.
    pub exp: i64,
}

impl Role {
    /// Whether it is bound to a place.
    pub fn is_of_a_post(self) -> bool {
        matches!(self, Self::Officer | Self::Signer)
    }
}

impl Claims {
    /// The same person in this office: their roles as officers stay where a post gives them.
    fn at(mut self, office: &OrganisationCode) -> Self {
        if let Some(posts) = &self.posts {
            let given = |role: &Role| {
                let mut here = posts
                    .iter()
                    .filter(|post| post.organisation.includes(office));
                here.any(|post| post.roles.contains(role))
            };
            self.roles
                .retain(|role| !role.is_of_a_post() || given(role));
        }
        self
    }
}

/// The token of a request: the Authorization header, or the session cookie of a browser.
fn token<'a>(headers: &'a HeaderMap, public_url: &str) -> Option<(&'a str, bool)> {
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    if let Some(token) = authorization.and_then(|value| value.strip_prefix("Bearer ")) {
        return Some((token.trim(), false));
    }
    cookie(headers, cookie_name(public_url)).map(|token| (token, true))
}

/// A browser sends its cookie with every request, also with those that another site makes it send: those are refused.
fn from_own_pages(method: &Method, headers: &HeaderMap) -> bool {
    method.is_safe() || from_here(headers)
}

/// Whether a request says that it was made by our own pages, or by no page at all.
fn from_here(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, of)| of == host),
        (None, _) => true,
        _ => false,
    }
}

/// Anybody who is signed in.
pub struct Person(pub Claims);
/// A citizen.
pub struct Citizen(pub Claims);
/// Somebody who files: a citizen, or who helps one to.
pub struct Filer(pub Claims);
/// An officer of the desk.
pub struct Officer(pub Claims);
/// An officer who signs decisions.
pub struct DecisionSigner(pub Claims);
/// Who runs the system.
pub struct Operator(pub Claims);

/// A request from our own pages or from a program, for what is posted before anybody is signed in. Another site must not sign
/// anybody in: they would put their papers into somebody else's account.
pub struct OwnPage;

impl FromRequestParts<App> for OwnPage {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        if from_own_pages(&parts.method, &parts.headers) {
            Ok(Self)
        } else {
            Err(from_elsewhere())
        }
    }
}

/// The same for a GET that changes something, because a redirect leads to it.
pub struct OwnLink;

impl FromRequestParts<App> for OwnLink {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        if from_here(&parts.headers) {
            Ok(Self)
        } else {
            Err(from_elsewhere())
        }
    }
}

fn from_elsewhere() -> Problem {
    Problem::forbidden(
        "Yêu cầu này đến từ một trang khác",
        "This request comes from another site",
    )
}

impl FromRequestParts<App> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Some((token, from_cookie)) = token(&parts.headers, &app.settings().public_url) else {
            return Err(Problem::unauthenticated());
        };
        if from_cookie && !from_own_pages(&parts.method, &parts.headers) {
            return Err(from_elsewhere());
        }
        match app.keys().check(token, app.clock().now()).await {
            Ok(claims) if ended::is_over(app.db().reads(), claims.sid).await? => {
                Err(Problem::unauthenticated())
            }
            Ok(claims) => Ok(Self(claims.at(&app.settings().organisation))),
            Err(Unbelieved::NoKeys) => Err(Problem::unavailable()),
            Err(_) => Err(Problem::unauthenticated()),
        }
    }
}

impl axum::extract::OptionalFromRequestParts<App> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Problem> {
        match <Self as FromRequestParts<App>>::from_request_parts(parts, app).await {
            Ok(person) => Ok(Some(person)),
            Err(problem) if problem.status() == axum::http::StatusCode::UNAUTHORIZED => Ok(None),
            Err(problem) => Err(problem),
        }
    }
}

impl FromRequestParts<App> for Filer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Person(claims) =
            <Person as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let files = [Role::Citizen, Role::Officer, Role::Helper];
        if files.iter().any(|role| claims.roles.contains(role)) {
            Ok(Self(claims))
        } else {
            Err(Problem::forbidden(
                "Việc này dành cho công dân và người nộp hồ sơ giúp họ",
                "This is for citizens, and for those who help them to file",
            ))
        }
    }
}

/// Implements an extractor for people with one role.
macro_rules! role {
    ($($name:ident: $role:ident, $vi:literal, $en:literal;)+) => {$(
        impl FromRequestParts<App> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
                let Person(claims) = <Person as FromRequestParts<App>>::from_request_parts(parts, app).await?;
                if claims.roles.contains(&Role::$role) {
                    Ok(Self(claims))
                } else {
                    Err(Problem::forbidden($vi, $en))
                }
            }
        }
    )+};
}

role! {
    Citizen: Citizen, "Việc này dành cho công dân", "This is for citizens";
    Officer: Officer, "Việc này dành cho cán bộ", "This is for officers";
    DecisionSigner: Signer, "Việc này dành cho người có thẩm quyền ký", "This is for officers who sign decisions";
    Operator: Operator, "Việc này dành cho người vận hành hệ thống", "This is for operators of the system";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(posts: Option<Vec<Post>>) -> Claims {
        Claims {
            sub: AccountId(uuid::Uuid::nil()),
            name: "Trần Văn Mẫu".parse().expect("a name"),
            roles: [Role::Officer, Role::Signer, Role::Operator].into(),
            assurance: 2,
            citizen_id: None,
            phone: None,
            email: None,
            title: None,
            posts,
            sid: uuid::Uuid::nil(),
            iat: 0,
            exp: 0,
        }
    }

    fn post(organisation: &str, role: Role) -> Post {
        Post {
            organisation: organisation.parse().expect("a code"),
            roles: [role].into(),
        }
    }

    #[test]
    fn an_officer_is_one_where_a_post_says_so_and_an_operator_everywhere() {
        let office = "H15.50.05.13".parse().expect("a code");
        let cases: [(Option<Vec<Post>>, &[Role]); 5] = [
            (Some(vec![]), &[Role::Operator]),
            (
                Some(vec![post("H15.50.05", Role::Officer)]),
                &[Role::Officer, Role::Operator],
            ),
            (
                Some(vec![
                    post("H15.50.05.13", Role::Signer),
                    post("H15.50.06", Role::Officer),
                ]),
                &[Role::Signer, Role::Operator],
            ),
            (
                Some(vec![post("H15.50.05.1", Role::Officer)]),
                &[Role::Operator],
            ),
            (None, &[Role::Officer, Role::Signer, Role::Operator]),
        ];
        for (posts, expected) in cases {
            let here = claims(posts.clone()).at(&office).roles;
            assert!(here.iter().eq(expected), "{posts:?}: {here:?}");
        }
    }
}
