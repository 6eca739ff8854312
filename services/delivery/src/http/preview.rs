//! What a result would look like before there is one: of a decision that is being made, and of the examples of a procedure.

use ::paper::Layouts;
use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use chassis::{
    App,
    auth::{Officer, Role},
    http::{Form, Path, Problem},
};
use contracts::{
    ProcedureCode, Text,
    desk::{DossierDecided, Outcome, lines},
};
use procedure::{Catalogue, Description};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    config::Config,
    domain::paper::{self, Paper},
    layouts,
};

/// The previews' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(preview))
        .routes(routes!(listed))
        .routes(routes!(example))
}

/// A decision that is being made.
#[derive(Deserialize, ToSchema)]
struct Draft {
    /// `desk.dossier-decided.v1` as it would be said, as JSON.
    decided: String,
    /// What is to be granted instead, a line a field: `label: value`.
    result: Option<String>,
    /// Why it is to be refused instead.
    reason: Option<String>,
}

/// The paper that a decision would get, marked on each page as a preview. Nothing is kept, and no number is taken.
#[utoipa::path(post, path = "/delivery/preview",
    request_body(content = Draft, content_type = "application/x-www-form-urlencoded"),
    responses((status = OK, content_type = "application/pdf"), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn preview(
    Officer(claims): Officer,
    State(app): State<App>,
    Form(draft): Form<Draft>,
) -> Result<Response, Problem> {
    let mut decided: DossierDecided = serde_json::from_str(&draft.decided).map_err(|error| {
        let en = format!("This is no decision: {error}");
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Đây không phải là một quyết định",
            &en,
        )
    })?;
    if let Some(reason) = draft.reason {
        let reason = Text::try_from(reason).map_err(|refused| Problem::field("reason", refused))?;
        decided.outcome = Outcome::Refused {
            reason: reason.into(),
        };
    } else if let Some(typed) = draft.result {
        let result = lines::read(&typed).map_err(|refused| Problem::field("result", refused))?;
        decided.outcome = Outcome::Granted { result };
    }
    let paper = paper::draft(&decided, &app.part::<Catalogue>(), &app.config::<Config>());
    let mut paper = paper.map_err(|why| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Danh mục thủ tục không có điều mà quyết định nêu",
            &why,
        )
    })?;
    if !claims.roles.contains(&Role::Signer) {
        paper.leave_signer_open();
    }
    drawn(&app, paper).await
}

/// Draws a preview off the threads that answer others.
async fn drawn(app: &App, paper: Paper) -> Result<Response, Problem> {
    let layouts = app.part::<Layouts>();
    let drawing = tokio::task::spawn_blocking(move || paper.preview(&layouts));
    let drawn = drawing.await.map_err(|_| Problem::internal())?;
    let pdf = drawn.map_err(|error| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            &format!("Văn bản này không in được: {error}"),
            &format!("This paper cannot be printed: {error}"),
        )
    })?;
    Ok(web::pdf("xem-truoc.pdf", pdf.into_bytes()))
}

struct Shown<'a> {
    description: &'a Description,
    /// The numbers of its examples, from 1.
    examples: std::ops::RangeInclusive<usize>,
}

#[derive(Template)]
#[template(path = "layouts.html")]
struct LayoutsPage<'a> {
    shown: Vec<Shown<'a>>,
}

/// The results of the procedures in force, each with its examples to look at: for whoever writes layouts.
#[utoipa::path(get, path = "/delivery/layouts", responses((status = OK, content_type = "text/html")))]
async fn listed(Officer(claims): Officer, State(app): State<App>) -> Result<Response, Problem> {
    let catalogue = app.part::<Catalogue>();
    let today = calendar::date(app.clock().now());
    let shown = catalogue.in_force(today).map(|description| Shown {
        examples: 1..=description.result.examples.len(),
        description,
    });
    let page = LayoutsPage {
        shown: shown.collect(),
    };
    web::page(&claims, &page)
}

/// One example of a procedure's result, marked as a preview.
#[utoipa::path(get, path = "/delivery/layouts/{procedure}/{version}/{example}",
    params(("procedure" = String, Path), ("version" = u32, Path), ("example" = usize, Path, description = "counts from 1")),
    responses((status = OK, content_type = "application/pdf"), (status = NOT_FOUND, body = Problem)))]
async fn example(
    Officer(_claims): Officer,
    State(app): State<App>,
    Path((procedure, version, example)): Path<(ProcedureCode, u32, usize)>,
) -> Result<Response, Problem> {
    let catalogue = app.part::<Catalogue>();
    let paper = catalogue
        .version(&procedure, version)
        .and_then(|description| {
            let (which, now) = (example.checked_sub(1)?, app.clock().now());
            layouts::example(&catalogue, description, which, now, &app.config::<Config>())
        });
    drawn(&app, paper.ok_or_else(Problem::not_found)?).await
}
