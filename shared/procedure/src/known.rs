//! How surely the owner of something must be known, asked of the version of the procedure that its dossier keeps.

use chassis::{
    App, Failure,
    auth::{Claims, Role, demand},
    http::Problem,
};
use contracts::{AccountId, Assurance, ProcedureCode};

use crate::{Catalogue, description::Needs};

/// What a dossier's procedure asks for, in the version that the dossier keeps. What was written down before versions were told asks for
/// nothing beyond an account.
pub fn needs(app: &App, kept: Option<(&ProcedureCode, u32)>) -> Result<Needs, Problem> {
    let Some((code, version)) = kept else {
        return Ok(Needs::default());
    };
    let catalogue = app.part::<Catalogue>();
    let description = catalogue.version(code, version).ok_or_else(|| {
        Failure::park(format!(
            "the catalogue has no version {version} of {code}, which a dossier keeps"
        ))
    })?;
    Ok(description.assurance)
}

/// Refuses whoever is not known surely enough for what is `owner`'s, and leads them to `page` once they are: the owner, or somebody who
/// acts for them (`is_agent`) and must be known no less surely. Officers look at what is others' by their office, and see whom they help.
/// To anybody else it is what is not there.
pub fn demand_of(
    claims: &Claims,
    owner: AccountId,
    is_agent: bool,
    needed: Assurance,
    page: &str,
) -> Result<(), Problem> {
    match demand(claims, needed, page) {
        Err(_) if claims.sub != owner && claims.roles.contains(&Role::Officer) => Ok(()),
        Err(_) if claims.sub != owner && !is_agent => Err(Problem::not_found()),
        asked => asked,
    }
}
