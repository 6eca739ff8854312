//! Step-up (RFC 9470): an act that needs its person to be known more surely than their token says, refused so that they can show more.

use axum::http::HeaderValue;
use contracts::Assurance;
use serde::Serialize;

use super::Claims;
use crate::http::Problem;

/// Where people show more of who they are.
pub const STEP_UP: &str = "/identity/step-up";

/// What is asked of whoever is not known surely enough.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct StepUp {
    /// What the act needs.
    pub needed: Assurance,
    /// Its number, as tokens carry it.
    pub needed_level: u8,
    /// What the token says.
    pub present: Assurance,
    /// Its number.
    pub present_level: u8,
    /// Where its person shows more, and comes back from to where the act begins.
    pub page: String,
}

impl StepUp {
    /// What a program is told in the head of the refusal: any of these contexts will do, the least first.
    pub(crate) fn challenge(&self) -> HeaderValue {
        let enough = Assurance::ALL.into_iter();
        let enough = enough.filter(|level| *level >= self.needed);
        let names: Vec<&str> = enough.map(Assurance::name).collect();
        let challenge = format!(
            "Bearer error=\"insufficient_user_authentication\", \
             error_description=\"The person is known less surely than this needs\", acr_values=\"{}\"",
            names.join(" ")
        );
        HeaderValue::from_str(&challenge).unwrap_or(HeaderValue::from_static("Bearer"))
    }
}

/// The address at which somebody shows that they are known as surely as `needed`, to come back to `back`, a path of this site.
pub fn step_up(needed: Assurance, back: &str) -> String {
    let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    format!("{STEP_UP}?assurance={}&back={back}", needed.level())
}

/// Refuses whoever is known less surely than an act needs. `page` is where the act begins: there they come back to, so it is a page that
/// can be looked at again. To be asked before anything is done.
pub fn demand(claims: &Claims, needed: Assurance, page: &str) -> Result<(), Problem> {
    let present = claims.known();
    if present >= needed {
        return Ok(());
    }
    Err(Problem::step_up(StepUp {
        needed,
        needed_level: needed.level(),
        present,
        present_level: present.level(),
        page: step_up(needed, page),
    }))
}

impl Claims {
    /// How surely the person is known. A number that nobody here knows vouches for nothing.
    pub fn known(&self) -> Assurance {
        Assurance::of_level(self.assurance).unwrap_or_default()
    }
}
