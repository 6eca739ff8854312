//! Identity's API: accounts, sessions, passwords, second factors, passkeys, who I am, and the keys that tokens are believed by.

pub(crate) mod assisted;
pub(crate) mod contacts;
pub(crate) mod document_checks;
pub(crate) mod mandates;
pub(crate) mod oidc;
pub(crate) mod passkeys;
pub(crate) mod password;
mod posts;
pub(crate) mod second_factor;
mod second_step;
pub(crate) mod sessions;
pub(crate) mod step_up;

use std::collections::BTreeSet;

use axum::{
    Json as Body,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chassis::{
    App, Failure,
    audit::Deed,
    auth::{self, Jwks, Operator, OwnPage, Role},
    http::{Act, Answer, Json, Problem},
};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{AccountId, CitizenId, PersonName, PhoneNumber};
use procedure::Catalogue;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    domain::{Account, Email, OfficerLogin, Password, Post},
    passwords::Passwords,
    posts as appointments,
    registration::{NewCitizen, NewOfficer},
    sessions::{Known, still_open},
    store, tokens,
};

/// Everything identity answers to over HTTP.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(me))
        .routes(routes!(appoint))
        .routes(routes!(keys))
        .merge(sessions::routes())
        .merge(password::routes())
        .merge(posts::routes())
        .merge(second_step::routes())
        .merge(second_factor::routes())
        .merge(contacts::routes())
        .merge(oidc::routes())
        .merge(crate::sandbox::routes())
        .merge(passkeys::routes())
        .merge(mandates::routes())
        .merge(assisted::routes())
        .merge(step_up::routes())
        .merge(document_checks::routes())
        .merge(crate::pages::routes())
}

/// An account, as it is answered to whoever made it.
#[derive(Serialize, ToSchema)]
pub struct AccountView {
    /// The account.
    pub account: AccountId,
    /// The person's name.
    pub name: PersonName,
    /// What they may do.
    pub roles: BTreeSet<Role>,
    /// How surely the person is known, from 1 (self-declared).
    pub assurance: u8,
}

impl From<&Account> for AccountView {
    fn from(account: &Account) -> Self {
        Self {
            account: account.id,
            name: account.name.clone(),
            roles: account.roles.clone(),
            assurance: account.assurance,
        }
    }
}

/// Keeps a new account, opened by somebody else or by whose it is. An idempotency key stands for all that the request says but the password, whose digest is not kept.
pub(crate) async fn open(
    act: Act,
    account: Account,
    password: Password,
    post: Option<Post>,
    taken: Problem,
) -> Result<Response, Problem> {
    let passwords = act.app().part::<Passwords>();
    if passwords.is_crowded() {
        return Err(busy());
    }
    // Before the transaction: hashing takes long, and others wait for a transaction to end.
    let hash = passwords.hash(password.secret()).await?;
    let act = act.about(&serde_json::json!({
        "name": account.name, "roles": account.roles, "citizen_id": account.citizen_id, "phone": account.phone,
        "email": account.email.as_ref().map(Email::as_str), "login": account.login.as_ref().map(OfficerLogin::as_str),
        "title": account.title, "organisation": post.as_ref().map(|post| &post.organisation),
    }));
    let by = act.person().unwrap_or(account.id);
    act.transact(async |tx| {
        if store::open(tx.db(), &account, &hash, tx.now()).await? {
            let deed = Deed::of(by.into(), "identity.account-opened");
            let detail = serde_json::json!({ "roles": account.roles });
            tx.record(deed.to(account.id.0).with(detail));
            if let Some(post) = &post {
                appointments::give(&tx, account.id, post, by).await?;
            }
            Ok(Answer::json(
                StatusCode::CREATED,
                &AccountView::from(&account),
            ))
        } else {
            Err(taken)
        }
    })
    .await
}

/// Somebody has such an account: which of the two is theirs is not said.
pub(crate) fn registered_already() -> Problem {
    Problem::conflict(
        "Số định danh hoặc số điện thoại này đã có tài khoản",
        "There is an account with this identification number or phone number already",
    )
}

/// Opens a citizen's account. Who they are is only what they say (assurance 1).
#[utoipa::path(post, path = "/identity/accounts", request_body = NewCitizen,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request again gets the same answer")),
    responses((status = CREATED, body = AccountView), (status = CONFLICT, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn register(
    _: OwnPage,
    act: Act,
    Json(citizen): Json<NewCitizen>,
) -> Result<Response, Problem> {
    let id = act.app().clock().new_id().into();
    let (account, password) = citizen.read(id).map_err(Problem::fields)?;
    open(act, account, password, None, registered_already()).await
}

/// Opens an officer's account.
#[utoipa::path(post, path = "/identity/officers", request_body = NewOfficer,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request again gets the same answer")),
    responses((status = CREATED, body = AccountView), (status = FORBIDDEN, body = Problem),
        (status = CONFLICT, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn appoint(
    Operator(claims): Operator,
    act: Act,
    Json(officer): Json<NewOfficer>,
) -> Result<Response, Problem> {
    still_open(act.app(), &claims).await?;
    let id = act.app().clock().new_id().into();
    let (account, password) = officer.read(id).map_err(Problem::fields)?;
    let post = first_post(act.app(), &officer, &account)?;
    let taken = Problem::conflict(
        "Tên đăng nhập này đã có người dùng",
        "Somebody has this login already",
    );
    open(act.by(claims.sub), account, password, post, taken).await
}

/// Where a new officer works: where the operator says, or else in this office.
fn first_post(app: &App, officer: &NewOfficer, account: &Account) -> Result<Option<Post>, Problem> {
    let roles = appointments::of_posts(account);
    if roles.is_empty() {
        return Ok(None);
    }
    let organisation = officer.organisation().map_err(Problem::fields)?;
    let organisation = organisation.unwrap_or_else(|| app.settings().organisation.clone());
    let from = calendar::date(app.clock().now());
    let catalogue = app.part::<Catalogue>();
    let id = app.clock().new_id();
    let post = Post::new(
        id,
        organisation,
        roles,
        (from, None),
        catalogue.organisations(),
    );
    post.map(Some)
        .map_err(|(field, reason)| Problem::field(field, reason))
}

/// A wait for `Retry-After`: whole seconds, never one too few.
pub(crate) fn seconds(wait: TimeDelta) -> u64 {
    let milliseconds = u64::try_from(wait.num_milliseconds());
    milliseconds.unwrap_or_default().div_ceil(1_000)
}

/// Whoever guesses waits.
fn waits(wait: TimeDelta) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "Đã nhập sai nhiều lần, xin đợi một lát rồi thử lại",
        "Too many wrong tries, please wait and try again",
    )
    .retry_after(seconds(wait))
}

/// A storm of sign-ins: whoever comes now is asked to come again, before anything of theirs was tried.
pub(crate) fn busy() -> Problem {
    Problem::unavailable().retry_after(5)
}

fn moment(seconds: i64) -> Result<DateTime<Utc>, Failure> {
    DateTime::from_timestamp(seconds, 0)
        .ok_or_else(|| Failure::park("a token ends beyond the end of time"))
}

/// Who somebody is, as every service is told by their token.
#[derive(Serialize, ToSchema)]
pub struct Me {
    /// The account.
    pub account: AccountId,
    /// The person's name.
    pub name: PersonName,
    /// What they may do.
    pub roles: BTreeSet<Role>,
    /// How surely the person is known, from 1 (self-declared).
    pub assurance: u8,
    /// The identification number, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub citizen_id: Option<CitizenId>,
    /// Mobile number, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneNumber>,
    /// E-mail address, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// An officer's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where they work, of whoever works somewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posts: Option<Vec<auth::Post>>,
    /// Until when the token is believed.
    pub expires_at: DateTime<Utc>,
}

/// Who I am.
#[utoipa::path(get, path = "/identity/me", responses((status = OK, body = Me), (status = UNAUTHORIZED, body = Problem)))]
async fn me(Known(claims): Known) -> Result<Response, Problem> {
    let me = Me {
        account: claims.sub,
        name: claims.name,
        roles: claims.roles,
        assurance: claims.assurance,
        citizen_id: claims.citizen_id,
        phone: claims.phone,
        email: claims.email,
        title: claims.title,
        posts: claims.posts,
        expires_at: moment(claims.exp)?,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Body(me)).into_response())
}

/// The keys that tokens are signed with (RFC 7517).
#[utoipa::path(get, path = "/identity/.well-known/jwks.json", responses((status = OK, body = Jwks)))]
async fn keys(State(app): State<App>) -> Result<Body<Jwks>, Problem> {
    Ok(Body(tokens::jwks(&app).await?))
}
