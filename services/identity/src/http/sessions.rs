//! Sessions over HTTP: beginning one, seeing one's own, ending them. Browsers get the page instead.

use std::collections::BTreeSet;

use axum::{
    Json as Body,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chassis::{
    App, Tx,
    auth::{Claims, OwnPage, Person, Role},
    http::{Act, Answer, Json, Path, Problem},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use web::Reader;

use super::{
    busy, moment,
    second_step::{SecondStep, second_step},
    waits,
};
use crate::{
    domain::{Place, RecoveryCode},
    pages,
    sessions::{self, Known, Session, no_cookie},
    sign_in::{self, Outcome},
    store::{self, sessions::Kept},
};

/// The sessions' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, begin))
        .routes(routes!(end))
        .routes(routes!(end_others))
        .routes(routes!(end_one))
}

/// What one signs in with.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    /// Identification number, mobile number, or an officer's login.
    pub login: String,
    /// The password.
    #[schema(format = Password)]
    pub password: String,
}

/// A session that has begun.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    /// The token, for `Authorization: Bearer`; browsers also get it as a cookie.
    pub token: String,
    /// Until when it is believed.
    pub expires_at: DateTime<Utc>,
    /// What its owner may do.
    pub roles: BTreeSet<Role>,
    /// The recovery codes of a second factor that was just confirmed. They are shown this once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recovery_codes: Vec<String>,
}

/// Answers a session that has begun.
pub(super) fn begun(
    app: &App,
    status: StatusCode,
    session: Session,
    codes: &[RecoveryCode],
) -> Result<Response, Problem> {
    let headers = [
        (
            header::SET_COOKIE,
            session.cookie(&app.settings().public_url),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    let view = SessionView {
        expires_at: moment(session.claims.exp)?,
        token: session.token,
        roles: session.claims.roles,
        recovery_codes: codes.iter().map(ToString::to_string).collect(),
    };
    Ok((status, headers, Body(view)).into_response())
}

/// Signs in, or asks for a second step (202).
#[utoipa::path(post, path = "/identity/sessions", request_body = Credentials,
    responses((status = CREATED, body = SessionView), (status = ACCEPTED, body = SecondStep), (status = UNAUTHORIZED, body = Problem), (status = TOO_MANY_REQUESTS, body = Problem)))]
async fn begin(
    _: OwnPage,
    State(app): State<App>,
    place: Place,
    Json(credentials): Json<Credentials>,
) -> Result<Response, Problem> {
    match sign_in::sign_in(&app, &credentials.login, &credentials.password, &place).await? {
        Outcome::In(session) => begun(&app, StatusCode::CREATED, *session, &[]),
        Outcome::Second { ticket, means } => Ok(second_step(&app, ticket, means)),
        Outcome::Wrong => Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "Tên đăng nhập hoặc mật khẩu không đúng",
            "The login or the password is wrong",
        )),
        Outcome::Wait(wait) => Err(waits(wait)),
        Outcome::Busy => Err(busy()),
    }
}

/// A session as its owner sees it.
#[derive(Serialize, ToSchema)]
pub struct SessionLine {
    /// Its id.
    pub id: Uuid,
    /// The kind of browser and machine, in Vietnamese.
    pub device: String,
    /// The first half of the address it began at; empty where that is not known.
    pub network: String,
    /// When it began.
    pub since: DateTime<Utc>,
    /// When identity last heard of it, noted at most once an hour. The other services do not tell.
    pub seen: DateTime<Utc>,
    /// When it runs out.
    pub expires_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl SessionLine {
    fn new(session: Kept, asking: Uuid) -> Self {
        Self {
            current: session.id == asking,
            id: session.id,
            device: session.place.device,
            network: session.place.network,
            since: session.since,
            seen: session.seen,
            expires_at: session.expires_at,
        }
    }
}

/// One's own sessions that go on, the newest first.
#[utoipa::path(get, path = "/identity/sessions",
    responses((status = OK, body = Vec<SessionLine>), (status = UNAUTHORIZED, body = Problem)))]
async fn list(
    Known(claims): Known,
    State(app): State<App>,
    reader: Reader,
) -> Result<Response, Problem> {
    let open = store::sessions::open(app.db().reads(), claims.sub, app.clock().now()).await?;
    let lines = open.into_iter();
    let lines: Vec<_> = lines
        .map(|kept| SessionLine::new(kept, claims.sid))
        .collect();
    match reader {
        Reader::Person => pages::sessions::list(&app, &claims, &lines),
        Reader::Program => Ok(([(header::CACHE_CONTROL, "no-store")], Body(lines)).into_response()),
    }
}

/// Ends the session of the token that the request carries, and takes the cookie away.
#[utoipa::path(delete, path = "/identity/sessions/current",
    responses((status = NO_CONTENT), (status = UNAUTHORIZED, body = Problem)))]
async fn end(Person(claims): Person, act: Act) -> Result<Response, Problem> {
    let cookie = no_cookie(&act.app().settings().public_url);
    act.transact(async |tx| {
        sessions::end(&tx, claims.sub, claims.sid).await?;
        Ok(Answer::nothing().header(header::SET_COOKIE.as_str(), cookie))
    })
    .await
}

/// How many sessions have ended.
#[derive(Serialize, ToSchema)]
pub struct Ended {
    /// So many.
    pub ended: u64,
}

/// Ends all of one's own sessions but the one that asks.
#[utoipa::path(delete, path = "/identity/sessions/others",
    responses((status = OK, body = Ended), (status = UNAUTHORIZED, body = Problem)))]
async fn end_others(Known(claims): Known, act: Act) -> Result<Response, Problem> {
    act.transact(async |tx| {
        let ended = others(&tx, &claims).await?;
        Ok(Answer::json(StatusCode::OK, &Ended { ended }))
    })
    .await
}

/// Ends all sessions of a person but the one that asks.
pub(crate) async fn others(tx: &Tx, claims: &Claims) -> Result<u64, Problem> {
    Ok(sessions::end_others(tx, claims.sub, claims.sid).await?)
}

/// Ends one of one's own sessions.
#[utoipa::path(delete, path = "/identity/sessions/{id}", params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = UNAUTHORIZED, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn end_one(
    Known(claims): Known,
    Path(id): Path<Uuid>,
    act: Act,
) -> Result<Response, Problem> {
    act.transact(async |tx| {
        one(&tx, &claims, id).await?;
        Ok(Answer::nothing())
    })
    .await
}

/// Ends one session of a person. Of others' sessions nobody is told that they are there.
pub(crate) async fn one(tx: &Tx, claims: &Claims, id: Uuid) -> Result<(), Problem> {
    if sessions::end(tx, claims.sub, id).await? {
        Ok(())
    } else {
        Err(Problem::not_found())
    }
}
