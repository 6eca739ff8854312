//! Where officers work: operators give posts and end them.

use std::collections::BTreeSet;

use axum::{extract::State, http::StatusCode, response::Response};
use chassis::{
    App, Tx,
    auth::{Operator, Role},
    http::{Act, Answer, Json, Path, Problem},
};
use chrono::NaiveDate;
use contracts::OrganisationCode;
use procedure::Catalogue;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    domain::{Account, Login, Post},
    posts,
    sessions::still_open,
    store,
};

/// Endpoints about posts.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, give))
        .routes(routes!(end))
}

/// A post.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostView {
    /// Its id.
    pub post: Uuid,
    /// The body or office.
    pub organisation: OrganisationCode,
    /// Who stands in for it today: itself, or whoever took over from it.
    pub today: Vec<OrganisationCode>,
    /// What they do there.
    pub roles: BTreeSet<Role>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
}

impl PostView {
    fn new(post: Post, catalogue: &Catalogue, today: NaiveDate) -> Self {
        let standing = catalogue
            .organisations()
            .standing(&post.organisation, today);
        Self {
            post: post.id,
            today: standing.iter().map(|one| one.code.clone()).collect(),
            organisation: post.organisation,
            roles: post.roles,
            from: post.from,
            until: post.until,
        }
    }
}

/// A post to give.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPost {
    /// The body or office: a code of `catalogue/organisations.yaml`.
    pub organisation: OrganisationCode,
    /// What they do there: `officer`, `signer`.
    pub roles: BTreeSet<Role>,
    /// The first day; today when absent.
    pub from: Option<NaiveDate>,
    /// The last day, where it is known.
    pub until: Option<NaiveDate>,
}

async fn officer(app: &App, login: &str) -> Result<Account, Problem> {
    let login = login.parse().map(Login::Officer);
    let login = login.map_err(|_| Problem::not_found())?;
    let found = store::whose(app.db().reads(), &login).await?;
    found.ok_or_else(Problem::not_found)
}

/// An officer's posts that nobody has ended, by their first day.
#[utoipa::path(get, path = "/identity/officers/{login}/posts", params(("login" = String, Path)),
    responses((status = OK, body = Vec<PostView>), (status = UNAUTHORIZED, body = Problem), (status = FORBIDDEN, body = Problem),
        (status = NOT_FOUND, body = Problem)))]
async fn list(
    Operator(claims): Operator,
    Path(login): Path<String>,
    State(app): State<App>,
) -> Result<axum::Json<Vec<PostView>>, Problem> {
    still_open(&app, &claims).await?;
    let account = officer(&app, &login).await?;
    let given = store::posts::given(app.db().reads(), account.id).await?;
    let (catalogue, today) = (app.part::<Catalogue>(), calendar::date(app.clock().now()));
    let views = given
        .into_iter()
        .map(|post| PostView::new(post, &catalogue, today));
    Ok(axum::Json(views.collect()))
}

/// Gives an officer a post. Their next sign-in has it.
#[utoipa::path(post, path = "/identity/officers/{login}/posts", params(("login" = String, Path)), request_body = NewPost,
    responses((status = CREATED, body = PostView), (status = UNAUTHORIZED, body = Problem), (status = FORBIDDEN, body = Problem),
        (status = NOT_FOUND, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn give(
    Operator(claims): Operator,
    Path(login): Path<String>,
    act: Act,
    Json(new): Json<NewPost>,
) -> Result<Response, Problem> {
    still_open(act.app(), &claims).await?;
    let account = officer(act.app(), &login).await?;
    let act = act.by(claims.sub).about(&new);
    let catalogue = act.app().part::<Catalogue>();
    let today = calendar::date(act.app().clock().now());
    let id = act.app().clock().new_id();
    let days = (new.from.unwrap_or(today), new.until);
    let post = Post::new(
        id,
        new.organisation,
        new.roles,
        days,
        catalogue.organisations(),
    );
    let post = post.map_err(|(field, reason)| Problem::field(field, reason))?;
    let work = async |tx: Tx| {
        posts::give(&tx, account.id, &post, claims.sub).await?;
        let view = PostView::new(post.clone(), &catalogue, today);
        Ok(Answer::json(StatusCode::CREATED, &view))
    };
    act.transact(work).await
}

/// Ends a post at once; the officer signs in again.
#[utoipa::path(delete, path = "/identity/officers/{login}/posts/{post}", params(("login" = String, Path), ("post" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = UNAUTHORIZED, body = Problem), (status = FORBIDDEN, body = Problem),
        (status = NOT_FOUND, body = Problem)))]
async fn end(
    Operator(claims): Operator,
    Path((login, post)): Path<(String, Uuid)>,
    act: Act,
) -> Result<Response, Problem> {
    still_open(act.app(), &claims).await?;
    let account = officer(act.app(), &login).await?;
    let work = async |tx: Tx| {
        if posts::end(&tx, account.id, post, claims.sub).await? {
            Ok(Answer::nothing())
        } else {
            Err(Problem::not_found())
        }
    };
    act.by(claims.sub).transact(work).await
}
