//! The pretend national payment platform: it speaks the real messages, its page lets one pay or not, with bad days on request.

pub mod books;

use std::time::Duration;

use askama::Template;
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use chassis::{
    App, Failure, Setup, StartError, Tx, Work,
    http::{Answer, Form, Json, Problem, Query},
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::books::{Choice, Day, Told};
use super::{Enabled, bank::again, rejected};
use crate::{
    config::Config,
    own::TellPartner,
    platform::{GET_BILL, Heard, INIT, Init, OK, Opened, QUERY, Question, Secret, Word},
    store::sandbox::platform as rows,
};

/// The longest that a partner may take to answer a confirmation.
const PATIENCE: Duration = Duration::from_secs(10);
/// What a day is kept under: what happens to the next beginnings.
const WEATHER: &str = "init";

/// The pretend platform's line to its partner.
pub struct Pretend {
    http: reqwest::Client,
    secret: Secret,
    partner: String,
    confirm: String,
    pay: String,
    back: String,
}

/// Makes it; without the sandbox it is there but nothing reaches it.
pub async fn pretend(setup: Setup) -> Result<Pretend, StartError> {
    let (config, settings) = (setup.config::<Config>(), setup.settings());
    let http = reqwest::Client::builder().timeout(PATIENCE).build();
    Ok(Pretend {
        http: http
            .map_err(|error| StartError::because("payment: the sandbox's HTTP client", &error))?,
        secret: config.platform.secret.clone(),
        partner: config.platform.partner.clone(),
        confirm: format!("{}/payment/platform/confirm", config.own_url(settings)),
        pay: settings.public("/payment/sandbox/platform/pay"),
        back: settings.public("/payment/platform/return"),
    })
}

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(init))
        .routes(routes!(status))
        .routes(routes!(receipt))
        .routes(routes!(counter, decide))
        .routes(routes!(weather, change))
}

/// Why it refuses a message, with the code it says so by.
fn refusal(
    kind: &str,
    is_right: bool,
    is_believed: bool,
    pretend: &Pretend,
    partner: &str,
) -> Option<&'static str> {
    if !is_believed {
        Some("97")
    } else if !is_right || kind.is_empty() || partner != pretend.partner {
        Some("03")
    } else {
        None
    }
}

/// Begins a payment; the same reference is the same payment.
#[utoipa::path(post, path = "/payment/sandbox/platform/init", request_body = Init, responses((status = OK, body = Opened)))]
async fn init(
    _: Enabled,
    State(app): State<App>,
    Json(asked): Json<Init>,
) -> Result<Response, Problem> {
    let pretend = app.part::<Pretend>();
    let believed = asked.is_believed(&pretend.secret);
    let right = asked.kind == INIT && books::is_whole(&asked);
    if let Some(code) = refusal(&asked.kind, right, believed, &pretend, &asked.partner) {
        let refused = Opened {
            code: code.to_owned(),
            words: "Refused".to_owned(),
            ..Opened::default()
        };
        return Ok(axum::Json(refused).into_response());
    }
    let day = rows::day(app.db().reads(), WEATHER).await?;
    if day == Day::Closed {
        return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response());
    }
    let kept: bool = app
        .transact(async |tx: Tx| {
            let number = rows::next_number(tx.db()).await?;
            rows::begin(tx.db(), number, &asked).await?;
            let kept = rows::payment(tx.db(), &asked.reference).await?;
            Ok::<_, Failure>(kept.is_some_and(|kept| kept.asked == asked))
        })
        .await?;
    if day == Day::Unheard {
        return Ok(StatusCode::GATEWAY_TIMEOUT.into_response());
    }
    let opened = if kept {
        Opened {
            code: OK.to_owned(),
            words: "Success".to_owned(),
            pay_url: format!("{}?MaThamChieu={}", pretend.pay, asked.reference),
        }
    } else {
        Opened {
            code: "94".to_owned(),
            words: "Another payment has this reference".to_owned(),
            ..Opened::default()
        }
    };
    Ok(axum::Json(opened).into_response())
}

/// Tells what became of a payment.
#[utoipa::path(post, path = "/payment/sandbox/platform/status", request_body = Question, responses((status = OK, body = Word)))]
async fn status(
    _: Enabled,
    State(app): State<App>,
    Json(question): Json<Question>,
) -> Result<axum::Json<Word>, Problem> {
    let pretend = app.part::<Pretend>();
    let believed = question.is_believed(&pretend.secret);
    let right = question.kind == QUERY;
    if let Some(code) = refusal(&question.kind, right, believed, &pretend, &question.partner) {
        return Ok(axum::Json(Word {
            code: code.to_owned(),
            ..Word::default()
        }));
    }
    let found = rows::payment(app.db().reads(), &question.reference).await?;
    let answer = books::answer(&question, found.as_ref(), app.clock().now());
    Ok(axum::Json(answer.sealed(&pretend.secret)))
}

/// Gives the platform's receipt for what is paid.
#[utoipa::path(post, path = "/payment/sandbox/platform/receipt", request_body = Question,
    responses((status = OK, content_type = "application/pdf")))]
async fn receipt(
    _: Enabled,
    State(app): State<App>,
    Json(question): Json<Question>,
) -> Result<Response, Problem> {
    let pretend = app.part::<Pretend>();
    let right = question.kind == GET_BILL && question.partner == pretend.partner;
    if !right || !question.is_believed(&pretend.secret) {
        return Err(Problem::not_found());
    }
    let found = rows::payment(app.db().reads(), &question.reference).await?;
    let paid = found.filter(|found| {
        found.told(app.clock().now()) == Told::Paid && found.asked.at == question.at
    });
    let paid = paid.ok_or_else(Problem::not_found)?;
    let pdf = ([(header::CONTENT_TYPE, "application/pdf")], paid.receipt());
    Ok(pdf.into_response())
}

#[derive(Template)]
#[template(path = "sandbox_platform.html")]
struct CounterPage<'a> {
    asked: &'a Init,
}

/// Whose payment a browser comes for.
#[derive(Deserialize, utoipa::IntoParams)]
struct Which {
    #[serde(rename = "MaThamChieu")]
    reference: String,
}

fn shown(page: &impl Template) -> Result<Response, Problem> {
    let policy = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'";
    let html = page.render().map_err(|_| Problem::internal())?;
    Ok(([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response())
}

/// The pretend platform's page: what is to be paid, and the buttons.
#[utoipa::path(get, path = "/payment/sandbox/platform/pay", params(Which), responses((status = OK, content_type = "text/html")))]
async fn counter(
    _: Enabled,
    State(app): State<App>,
    Query(Which { reference }): Query<Which>,
) -> Result<Response, Problem> {
    match rows::payment(app.db().reads(), &reference).await? {
        None => Ok(rejected("malformed")),
        Some(payment) if payment.is_decided() => Ok(rejected("finished")),
        Some(payment) if payment.is_over(app.clock().now()) => Ok(rejected("expired")),
        Some(payment) => shown(&CounterPage {
            asked: &payment.asked,
        }),
    }
}

/// The button that was pressed.
#[derive(Deserialize, utoipa::ToSchema)]
struct Pressed {
    #[schema(value_type = String)]
    choice: Choice,
}

/// Decides, confirms to the partner, and sends the browser back.
#[utoipa::path(post, path = "/payment/sandbox/platform/pay", params(Which),
    request_body(content = Pressed, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn decide(
    _: Enabled,
    State(app): State<App>,
    Query(Which { reference }): Query<Which>,
    Form(Pressed { choice }): Form<Pressed>,
) -> Result<Response, Problem> {
    let pretend = app.part::<Pretend>();
    let decided = app.transact(async |tx: Tx| {
        let Some(payment) = rows::payment(tx.db(), &reference).await? else {
            return Ok(false);
        };
        let (code, settled_at) = choice.decides(tx.now());
        if payment.is_over(tx.now()) || !rows::decide(tx.db(), &reference, code, settled_at).await?
        {
            return Ok(false);
        }
        if let Some(said) = payment.confirmation(choice, &pretend.secret, tx.now()) {
            let body = serde_json::to_string(&said.word)
                .map_err(|error| Failure::park(error.to_string()))?;
            let told = TellPartner {
                reference: reference.clone(),
                body,
                copies: said.copies,
                tries: 0,
            };
            tx.send_at(said.due, &told);
        }
        Ok::<_, Failure>(true)
    });
    if !decided.await? {
        return Ok(rejected("finished"));
    }
    let back = format!("{}?MaThamChieu={reference}", pretend.back);
    Ok(Answer::see_other(back).into_response())
}

/// Confirms to the partner, as often at once as the day is bad; gives what was answered, empty for no answer.
pub async fn confirm(said: TellPartner, work: Work) -> Result<Vec<String>, Failure> {
    let pretend = work.part::<Pretend>();
    let say = async || {
        let call = pretend.http.post(&pretend.confirm);
        let mut call = call.header(header::CONTENT_TYPE, "application/json");
        if let Some(traceparent) = chassis::traceparent() {
            call = call.header("traceparent", traceparent);
        }
        let answered = call.body(said.body.clone()).send().await.ok()?;
        let heard = answered.json::<Heard>().await.ok()?;
        // What was heard is only believed with its hash.
        let settled = matches!(&*heard.code, "00" | "02");
        (!settled || heard.is_believed(&pretend.secret)).then_some(heard.code)
    };
    let all = futures::future::join_all((0..said.copies).map(|_| say())).await;
    Ok(all.into_iter().map(Option::unwrap_or_default).collect())
}

/// Notes what was answered, and says it again later unless it was heard.
pub async fn confirmed(said: TellPartner, replies: Vec<String>, tx: Tx) -> Result<(), Failure> {
    for reply in &replies {
        rows::said(tx.db(), &said.reference, reply).await?;
    }
    let tries = said.tries + 1;
    if let Some(wait) = replies.last().and_then(|reply| again(reply, tries)) {
        tx.send_at(tx.now() + wait, &TellPartner { tries, ..said });
    }
    Ok(())
}

#[derive(Template)]
#[template(path = "sandbox_platform_day.html")]
struct DayPage {
    day: Day,
}

/// What day it is at the pretend platform.
#[utoipa::path(get, path = "/payment/sandbox/platform", responses((status = OK, content_type = "text/html")))]
async fn weather(_: Enabled, State(app): State<App>) -> Result<Response, Problem> {
    let day = rows::day(app.db().reads(), WEATHER).await?;
    shown(&DayPage { day })
}

/// The day that was chosen.
#[derive(Deserialize, utoipa::ToSchema)]
struct Chosen {
    #[schema(value_type = String)]
    day: Day,
}

/// Chooses the day for all payments that begin from now on.
#[utoipa::path(post, path = "/payment/sandbox/platform",
    request_body(content = Chosen, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn change(
    _: Enabled,
    State(app): State<App>,
    Form(Chosen { day }): Form<Chosen>,
) -> Result<Answer, Problem> {
    app.transact(async |tx: Tx| {
        rows::set_day(tx.db(), WEATHER, day).await?;
        Ok::<_, Failure>(())
    })
    .await?;
    Ok(Answer::see_other("/payment/sandbox/platform"))
}
