//! Whether somebody is known surely enough for what they are about to do with a dossier: the procedure that it keeps says how surely.
//!
//! An access rule is an extractor: a handler that takes [`Submitting`] is for people who may file. Whose dossier it is, and whether they
//! may act for its owner, the handler says. An agent must be known as surely as the owner; an officer sees whom they help. A dossier never changes its procedure or the version of it, so this is asked before anything is held.

use axum::{extract::FromRequestParts, http::request::Parts};
use chassis::{
    App,
    auth::{Claims, Filer, Person, Role, demand, step_up},
    http::{Path, Problem},
};
use contracts::{Assurance, DossierId, ProcedureCode};
use procedure::{Catalogue, Description, demand_of, description::Needs};

use crate::{acts::description_of, agents, store};

/// Refuses whoever is not known surely enough for an act on a dossier; `step` is the page of the dossier where the act begins.
async fn ask(
    app: &App,
    claims: &Claims,
    parts: &mut Parts,
    step: &str,
    act: fn(&Needs) -> Assurance,
) -> Result<(), Problem> {
    let Path(id) = Path::<DossierId>::from_request_parts(parts, app).await?;
    let Some(dossier) = store::dossier(app.db().reads(), id).await? else {
        return Ok(());
    };
    let description = description_of(&app.part::<Catalogue>(), &dossier)?;
    let page = format!("/intake/dossiers/{id}{step}");
    let needed = act(&description.assurance);
    let (reads, now) = (app.db().reads(), app.clock().now());
    let is_agent = agents::in_hand(reads, claims, &dossier, now).await.is_ok();
    demand_of(claims, dossier.account, is_agent, needed, &page)
}

/// Implements an extractor for people who are known surely enough for one act on the dossier that the path names.
macro_rules! known {
    ($($(#[$doc:meta])* $name:ident: $who:ident, $act:ident, $step:literal;)+) => {$(
        $(#[$doc])*
        pub struct $name(pub Claims);

        impl FromRequestParts<App> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
                let $who(claims) = <$who as FromRequestParts<App>>::from_request_parts(parts, app).await?;
                ask(app, &claims, parts, $step, |needs| needs.$act).await?;
                Ok(Self(claims))
            }
        }
    )+};
}

known! {
    /// Looks at a dossier.
    Viewing: Person, view, "";
    /// Writes in its form.
    Filling: Filer, fill, "/form";
    /// Encloses papers.
    Enclosing: Filer, fill, "/papers";
    /// Looks it over before filing it.
    Reviewing: Filer, fill, "/review";
    /// Files it, or sends what was asked for.
    Submitting: Filer, submit, "/review";
}

/// Refuses whoever is not known surely enough to open a dossier of a procedure; they come back to the procedure's page.
pub fn to_open(claims: &Claims, description: &Description) -> Result<(), Problem> {
    let page = format!("/intake/procedures/{}", description.code);
    ask_filer(claims, description.assurance.fill, &page)
}

fn ask_filer(claims: &Claims, needed: Assurance, page: &str) -> Result<(), Problem> {
    if claims.roles.contains(&Role::Officer) {
        return Ok(());
    }
    demand(claims, needed, page)
}

/// The same of the version in force today; what is not there is refused where it is opened.
pub fn to_open_today(app: &App, claims: &Claims, code: &ProcedureCode) -> Result<(), Problem> {
    let catalogue = app.part::<Catalogue>();
    let found = catalogue.at(code, calendar::date(app.clock().now()));
    found.map_or(Ok(()), |description| to_open(claims, description))
}

/// Refuses whoever is not known surely enough to file a dossier that is ready to be filed.
pub fn to_submit(claims: &Claims, id: DossierId, description: &Description) -> Result<(), Problem> {
    let page = format!("/intake/dossiers/{id}/review");
    ask_filer(claims, description.assurance.submit, &page)
}

/// What an act asks for beyond an account, in words.
pub struct Need {
    /// The act.
    pub act: &'static str,
    /// What it asks for.
    pub what: &'static str,
    /// Where somebody shows that they are known so.
    pub how: String,
}

/// What a procedure asks for beyond an account, for whoever reads about it before they begin.
pub fn told(description: &Description) -> Vec<Need> {
    let needs = &description.assurance;
    let page = format!("/intake/procedures/{}", description.code);
    let acts = [
        ("Để xem hồ sơ đã lập", needs.view),
        ("Để điền tờ khai và gửi giấy tờ", needs.fill),
        ("Để nộp hồ sơ này", needs.submit),
        ("Để nộp phí, lệ phí trực tuyến", needs.pay),
        ("Để mở kết quả điện tử", needs.receive),
    ];
    let more = acts.into_iter();
    more.filter(|(_, asked)| *asked > Assurance::SelfAsserted)
        .map(|(act, asked)| Need {
            act,
            what: asked.vi(),
            how: step_up(asked, &page),
        })
        .collect()
}
