//! The national payment platform over HTTP: a visit begins, its confirmation comes, its receipt is fetched.

use std::sync::Arc;

use axum::{body::Bytes, extract::State, http::StatusCode, response::Response};
use chassis::{
    App, Failure,
    auth::{Claims, Person},
    http::{Path, Problem},
};
use contracts::{OrderId, payment::Method};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{PayerAddress, may_pay, refused, seen_by, views::PayHere};
use crate::{
    assurance::Paying,
    domain::{Progress, State as OrderState},
    handlers::{self, platform as visits},
    platform::{Heard, Platform, Word},
    port::{Reply, Through, Unanswered},
    store::{self, Attempt, Order},
};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(pay))
        .routes(routes!(confirm))
        .routes(routes!(receipt))
}

/// The line to the platform; where it is off, there is none.
pub fn platform(app: &App) -> Result<Arc<Platform>, Problem> {
    let platform = app.part::<Platform>();
    if platform.addresses().is_some() {
        Ok(platform)
    } else {
        Err(Problem::not_found())
    }
}

/// Whether an order can be paid through the platform: it wants to know the procedure.
pub fn takes(app: &App, order: &Order) -> bool {
    platform(app).is_ok() && order.procedure.is_some()
}

fn silent(unanswered: &Unanswered) -> Problem {
    tracing::warn!(error = %unanswered, "the national payment platform was asked in vain");
    Problem::new(
        StatusCode::BAD_GATEWAY,
        "Nền tảng thanh toán quốc gia hiện không trả lời. Bạn chưa bị trừ tiền; xin chọn cách nộp khác hoặc thử lại sau",
        "The national payment platform does not answer now. Nothing was paid; please choose another way, or try again later",
    )
}

/// Begins a visit to the platform for its payer, or goes on with the one that is not over.
pub async fn begin(
    app: &App,
    id: OrderId,
    claims: &Claims,
    ip: &PayerAddress,
) -> Result<PayHere, Problem> {
    let order = seen_by(app, claims, id).await?;
    let may = may_pay(app.db().reads(), claims, &order, app.clock().now()).await?;
    if !may || !takes(app, &order) {
        return Err(Problem::not_found());
    }
    let visit = app
        .transact(async |tx| visits::begin(&tx, id, &ip.0).await)
        .await?
        .map_err(refused)?;
    let opened = visits::open(app, &visit).await;
    let pay_url = opened.map_err(|unanswered| silent(&unanswered))?;
    let attempt = visit.attempt.rules;
    Ok(PayHere {
        pay_url,
        expires_at: attempt.expires_at,
        txn_ref: attempt.txn_ref,
    })
}

/// Begins a visit to the national payment platform. Asking again while it is not over gives the same address.
#[utoipa::path(post, path = "/payment/orders/{id}/platform", params(("id" = OrderId, Path)),
    responses((status = CREATED, body = PayHere), (status = CONFLICT, body = Problem), (status = NOT_FOUND, body = Problem),
        (status = BAD_GATEWAY, body = Problem)))]
async fn pay(
    Paying(claims): Paying,
    State(app): State<App>,
    Path(id): Path<OrderId>,
    ip: PayerAddress,
) -> Result<(StatusCode, axum::Json<PayHere>), Problem> {
    let here = begin(&app, id, &claims, &ip).await?;
    Ok((StatusCode::CREATED, axum::Json(here)))
}

/// The platform's confirmation, server to server. It alone, and the answer to a query, changes what is paid.
#[utoipa::path(post, path = "/payment/platform/confirm", request_body = Word,
    responses((status = OK, body = Heard), (status = NOT_FOUND, body = Problem)))]
async fn confirm(State(app): State<App>, body: Bytes) -> Result<axum::Json<Heard>, Problem> {
    let platform = platform(&app)?;
    // What is not read is not believed either.
    let word: Word = serde_json::from_slice(&body).unwrap_or_default();
    let Ok(notice) = platform.believe(&word) else {
        let (code, words) = Reply::InvalidChecksum.words();
        return Ok(axum::Json(Heard {
            code: code.to_owned(),
            words: words.to_owned(),
            ..Heard::default()
        }));
    };
    let heard: Result<Reply, Failure> = app
        .transact(async |tx| handlers::hear(&tx, "ipn", &notice).await)
        .await;
    let reply = heard.unwrap_or_else(|failure| {
        tracing::warn!(error = %failure, "a confirmation could not be taken in; the platform says it again");
        Reply::Unknown
    });
    let (code, words) = reply.words();
    let heard = Heard {
        code: code.to_owned(),
        words: words.to_owned(),
        partner: word.partner,
        reference: word.reference,
        at: word.at,
        hash: String::new(),
    };
    Ok(axum::Json(heard.sealed(platform.secret())))
}

/// Whether the platform has a receipt for an order: it took its money.
pub fn has_receipt(app: &App, order: &Order) -> bool {
    let paid = order.rules.state == OrderState::Paid && order.method == Some(Method::Platform);
    paid && platform(app).is_ok()
}

/// The platform's own receipt for an order that was paid through it, as a PDF.
#[utoipa::path(get, path = "/payment/orders/{id}/platform/receipt", params(("id" = OrderId, Path)),
    responses((status = OK, content_type = "application/pdf"), (status = NOT_FOUND, body = Problem),
        (status = BAD_GATEWAY, body = Problem)))]
async fn receipt(
    Person(claims): Person,
    State(app): State<App>,
    Path(id): Path<OrderId>,
) -> Result<Response, Problem> {
    let order = seen_by(&app, &claims, id).await?;
    if !has_receipt(&app, &order) {
        return Err(Problem::not_found());
    }
    let attempts = store::attempts(app.db().reads(), id).await?;
    let taken = |attempt: &Attempt| {
        (attempt.rules.through, attempt.rules.progress) == (Through::Platform, Progress::Taken)
    };
    let attempt = attempts.into_iter().find(taken);
    let attempt = attempt.ok_or_else(Problem::not_found)?;
    let asked = platform(&app)?;
    let asked = asked.receipt(&attempt.rules.txn_ref, attempt.created_at);
    let pdf = asked.await.map_err(|unanswered| {
        tracing::warn!(error = %unanswered, "the platform's receipt was asked for in vain");
        Problem::new(
            StatusCode::BAD_GATEWAY,
            "Nền tảng thanh toán quốc gia chưa trả biên lai, xin thử lại sau",
            "The national payment platform does not give its receipt now, please try again later",
        )
    })?;
    Ok(web::pdf(
        &format!("bien-lai-{}.pdf", attempt.rules.txn_ref),
        pdf,
    ))
}
