//! Mandates over HTTP: what one has given and been given, giving one, accepting one, ending one.

use std::collections::BTreeSet;

use axum::{
    Json as Body,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chassis::{
    App, Failure, Tx,
    auth::Claims,
    http::{Act, Answer, Json, Path, Problem},
};
use chrono::{DateTime, Utc};
use contracts::{
    AccountId, MandateId, PersonName, ProcedureCode,
    identity::{Consent, MandateAct},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::Reader;

use crate::{
    domain::mandate::{Asked, Mandate, Refusal, Relation, Standing},
    mandates::{self, NotOffered},
    pages,
    sessions::Known,
};

/// The mandates' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, offer))
        .routes(routes!(accept))
        .routes(routes!(end))
}

/// A mandate as one of the two sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MandateView {
    /// Its id.
    pub mandate: MandateId,
    /// Where it stands.
    pub standing: Standing,
    /// Who is acted for; to the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub giver_name: Option<PersonName>,
    /// The tax code of the organisation that is acted for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub giver_tax_code: Option<String>,
    /// The agent's number, as its giver wrote it; to the giver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The agent's name, as its giver wrote it.
    pub agent_name: PersonName,
    /// What the agent is to the giver.
    pub relation: Relation,
    /// What the agent may do.
    pub acts: BTreeSet<MandateAct>,
    /// Under which procedures; under all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procedures: Option<BTreeSet<ProcedureCode>>,
    /// How it was agreed to.
    pub consent: Consent,
    /// When it was offered.
    pub offered_at: DateTime<Utc>,
    /// When the agent accepted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<DateTime<Utc>>,
    /// When it ends by itself.
    pub valid_until: DateTime<Utc>,
    /// When one of the two ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// Whether that was whoever asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by_me: Option<bool>,
}

impl MandateView {
    /// What `of` sees of it.
    pub fn new(mandate: Mandate, of: AccountId, now: DateTime<Utc>) -> Self {
        let is_givers = mandate.giver == of;
        Self {
            mandate: mandate.id,
            standing: mandate.standing(now),
            giver_name: None,
            giver_tax_code: None,
            agent: is_givers
                .then(|| mandate.terms.named.as_str().to_owned())
                .filter(|number| !number.is_empty()),
            agent_name: mandate.terms.agent_name,
            relation: mandate.terms.relation,
            acts: mandate.terms.acts,
            procedures: mandate.terms.procedures,
            consent: mandate.consent,
            offered_at: mandate.offered_at,
            accepted_at: mandate.accepted_at,
            valid_until: mandate.terms.valid_until,
            ended_at: mandate.ended.map(|ended| ended.at),
            ended_by_me: mandate.ended.map(|ended| ended.by == of),
        }
    }
}

/// What one has given, and what one has accepted or may accept.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MandatesView {
    /// By whoever asks, the newest first.
    pub given: Vec<MandateView>,
    /// To whoever asks, the newest first.
    pub received: Vec<MandateView>,
}

/// The mandates of whoever is signed in.
pub(crate) async fn theirs(app: &App, claims: &Claims) -> Result<MandatesView, Failure> {
    let now = app.clock().now();
    let all = mandates::of(app, claims).await?;
    let mut received = Vec::new();
    for (mandate, giver) in all.received {
        received.push(MandateView {
            giver_tax_code: mandates::tax_code(app.db().reads(), giver.id).await?,
            giver_name: Some(giver.name),
            ..MandateView::new(mandate, claims.sub, now)
        });
    }
    let given = all.given.into_iter();
    Ok(MandatesView {
        given: given
            .map(|mandate| MandateView::new(mandate, claims.sub, now))
            .collect(),
        received,
    })
}

/// One's own mandates: given, and received.
#[utoipa::path(get, path = "/identity/mandates",
    responses((status = OK, body = MandatesView), (status = UNAUTHORIZED, body = Problem)))]
async fn list(
    Known(claims): Known,
    State(app): State<App>,
    reader: Reader,
) -> Result<Response, Problem> {
    let view = theirs(&app, &claims).await?;
    match reader {
        Reader::Person => pages::mandates::list(&app, &claims, &view),
        Reader::Program => Ok(([(header::CACHE_CONTROL, "no-store")], Body(view)).into_response()),
    }
}

/// A mandate to give, by whoever shows once more who they are.
#[derive(Deserialize, ToSchema)]
pub struct NewMandate {
    /// What it says.
    #[serde(flatten)]
    pub asked: Asked,
    /// The giver's password; who has none has signed in within ten minutes.
    #[serde(default)]
    #[schema(format = Password)]
    pub password: String,
    /// A code of the giver's authenticator app, where they have one.
    #[serde(default)]
    pub code: String,
}

/// They have no password to show who they are by, and signed in too long ago.
fn stale() -> Problem {
    Problem::forbidden(
        "Bạn đã đăng nhập quá 10 phút. Xin đăng nhập lại rồi ủy quyền",
        "You signed in more than ten minutes ago: please sign in again to give a mandate",
    )
}

impl From<NotOffered> for Problem {
    fn from(refusal: NotOffered) -> Self {
        match refusal {
            NotOffered::Staff => Self::forbidden(
                "Việc này dành cho công dân và tổ chức",
                "This is for citizens and organisations",
            ),
            NotOffered::Unfit(errors) => Self::fields(errors),
            NotOffered::Unproven(refusal) => refusal.into(),
            NotOffered::Stale => stale(),
            NotOffered::TooMany(most) => Self::conflict(
                "Bạn có quá nhiều ủy quyền, xin chấm dứt bớt",
                "You have too many mandates, please end some",
            )
            .detail(
                &format!("Nhiều nhất {most} ủy quyền cùng lúc"),
                &format!("At most {most} at a time"),
            ),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown => Self::not_found(),
            Refusal::Unproven => Self::forbidden(
                "Hãy xác nhận số điện thoại của bạn bằng mã ở trang Điện thoại và thư điện tử, rồi nhận ủy quyền",
                "Prove by a code that the telephone is yours (/identity/contacts), then accept the mandate",
            ),
            Refusal::Over => Self::conflict(
                "Ủy quyền này đã hết hạn hoặc đã chấm dứt, không nhận được nữa",
                "This mandate has expired or was ended and cannot be accepted any more",
            ),
        }
    }
}

/// Offers a mandate to whoever has this number and name, now or later: whether anybody has is not said. The same offer again, while it
/// is open, is the first.
#[utoipa::path(post, path = "/identity/mandates", request_body = NewMandate,
    responses((status = CREATED, body = MandateView), (status = UNAUTHORIZED, body = Problem), (status = FORBIDDEN, body = Problem),
        (status = CONFLICT, body = Problem, description = "As many are open as one may have"), (status = UNPROCESSABLE_ENTITY, body = Problem),
        (status = TOO_MANY_REQUESTS, body = Problem)))]
async fn offer(
    Known(claims): Known,
    State(app): State<App>,
    Json(new): Json<NewMandate>,
) -> Result<Response, Problem> {
    let proof = (new.password.as_str(), new.code.as_str());
    let offered = mandates::offer(&app, &claims, &new.asked, proof).await??;
    let view = MandateView::new(offered, claims.sub, app.clock().now());
    let headers = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, Body(view)).into_response())
}

/// Accepts a mandate as its agent: it counts from now on.
#[utoipa::path(post, path = "/identity/mandates/{id}/accept", params(("id" = MandateId, Path)),
    responses((status = OK, body = MandateView), (status = UNAUTHORIZED, body = Problem), (status = NOT_FOUND, body = Problem),
        (status = FORBIDDEN, body = Problem, description = "The telephone is not proven"), (status = CONFLICT, body = Problem, description = "It is over")))]
async fn accept(
    Known(claims): Known,
    Path(id): Path<MandateId>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        let accepted = mandates::accept(&tx, &claims, id).await??;
        let view = MandateView::new(accepted, claims.sub, tx.now());
        Ok(Answer::json(StatusCode::OK, &view))
    };
    act.by(claims.sub).transact(work).await
}

/// Ends a mandate at once, as either of the two, or declines it. Over already, it stays so.
#[utoipa::path(post, path = "/identity/mandates/{id}/end", params(("id" = MandateId, Path)),
    responses((status = NO_CONTENT), (status = UNAUTHORIZED, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn end(
    Known(claims): Known,
    Path(id): Path<MandateId>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        mandates::end(&tx, &claims, id).await??;
        Ok(Answer::nothing())
    };
    act.by(claims.sub).transact(work).await
}
