//! Who looks at a page, as its head says it: a page that said it by itself could forget to, and would then say something untrue.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};
use chassis::{
    App,
    auth::{Claims, Person, Role},
};
use contracts::PersonName;

/// Who looks at a page. As an extractor it is for pages that are open to all; it refuses nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visitor {
    /// Somebody who is signed in.
    SignedIn {
        /// Their name.
        name: PersonName,
        /// Whether they work at the desk.
        officer: bool,
    },
    /// Somebody who is not signed in.
    Stranger,
    /// It cannot be told: identity does not answer, or another site sent the browser here. The head then says nothing.
    Unknown,
}

impl Visitor {
    /// Whether it is somebody who is signed in.
    pub const fn is_signed_in(&self) -> bool {
        matches!(self, Self::SignedIn { .. })
    }
}

impl From<&Claims> for Visitor {
    fn from(claims: &Claims) -> Self {
        Self::SignedIn {
            name: claims.name.clone(),
            officer: claims.roles.contains(&Role::Officer),
        }
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let person = <Person as OptionalFromRequestParts<App>>::from_request_parts(parts, app);
        Ok(match person.await {
            Ok(Some(Person(claims))) => Self::from(&claims),
            Ok(None) => Self::Stranger,
            Err(_) => Self::Unknown,
        })
    }
}
