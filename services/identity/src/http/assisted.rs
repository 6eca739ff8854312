//! Help with filing over HTTP: a code to whoever is helped, and their consent by it.

use axum::{
    Json as Body,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chassis::{
    App,
    http::{Json, Problem},
};
use chrono::{DateTime, Utc};
use contracts::{MandateId, PersonName, ProcedureCode, Refused};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    contacts::{over, void, wrong_code},
    waits,
};
use crate::{
    assisted::{self, Agreed, Person, Refusal},
    sessions::Known,
};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(begin))
        .routes(routes!(agree))
}

/// What a helper holds while somebody reads their code.
#[derive(Serialize, ToSchema)]
pub struct BegunView {
    /// With it the code is given.
    pub ticket: String,
}

/// A code that somebody has told their helper.
#[derive(Deserialize, ToSchema)]
pub struct Told {
    /// What was answered when the code was sent.
    #[serde(default)]
    pub ticket: String,
    /// The code.
    #[serde(default)]
    pub code: String,
}

/// What was agreed to.
#[derive(Serialize, ToSchema)]
pub struct AgreedView {
    /// The mandate: dossiers are opened under it.
    pub mandate: MandateId,
    /// Whoever agreed.
    pub name: PersonName,
    /// What may be filed for them.
    pub procedure: ProcedureCode,
    /// Until when.
    pub valid_until: DateTime<Utc>,
}

impl From<Agreed> for AgreedView {
    fn from(agreed: Agreed) -> Self {
        Self {
            mandate: agreed.mandate.id,
            name: agreed.name,
            procedure: agreed.procedure,
            valid_until: agreed.mandate.terms.valid_until,
        }
    }
}

/// What was told is not one person's.
pub(crate) const ANOTHER_PERSON: Refused = Refused::new(
    "Số định danh, số điện thoại và họ tên này không cùng một tài khoản. Mời người dân đăng nhập hoặc lấy lại tài khoản, hoặc nộp hồ sơ giấy tại quầy",
    "This number, telephone and name are not of one account: the person may sign in or recover theirs, or file on paper",
);

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotAHelper => Self::forbidden(
                "Việc này dành cho cán bộ và người hỗ trợ",
                "This is for officers and helpers",
            ),
            Refusal::Unfit(errors) => Self::fields(errors),
            Refusal::AnotherPerson => Self::conflict(&ANOTHER_PERSON.vi, &ANOTHER_PERSON.en),
            Refusal::Code(left) => Self::field("code", wrong_code(left)),
            Refusal::Void => Self::field("code", void()),
            Refusal::Over => over(),
            Refusal::Later(wait) => waits(wait),
        }
    }
}

/// Sends a code to the telephone of somebody who is to be helped. Nothing is agreed to before they tell it.
#[utoipa::path(post, path = "/identity/assistances", request_body = Person,
    responses((status = ACCEPTED, body = BegunView), (status = UNAUTHORIZED, body = Problem), (status = FORBIDDEN, body = Problem),
        (status = CONFLICT, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem), (status = TOO_MANY_REQUESTS, body = Problem)))]
async fn begin(
    Known(claims): Known,
    State(app): State<App>,
    Json(person): Json<Person>,
) -> Result<Response, Problem> {
    let begun = assisted::begin(&app, &claims, &person).await??;
    let view = BegunView {
        ticket: begun.ticket,
    };
    let headers = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::ACCEPTED, headers, Body(view)).into_response())
}

/// Takes somebody's consent by their code: for a while one procedure may be filed for them, under their own account.
#[utoipa::path(post, path = "/identity/assistances/consent", request_body = Told,
    responses((status = CREATED, body = AgreedView), (status = UNAUTHORIZED, body = Problem), (status = FORBIDDEN, body = Problem),
        (status = GONE, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn agree(
    Known(claims): Known,
    State(app): State<App>,
    Json(told): Json<Told>,
) -> Result<Response, Problem> {
    let agreed = assisted::agree(&app, &claims, &told.ticket, &told.code).await??;
    let headers = [(header::CACHE_CONTROL, "no-store")];
    let view = Body(AgreedView::from(agreed));
    Ok((StatusCode::CREATED, headers, view).into_response())
}
