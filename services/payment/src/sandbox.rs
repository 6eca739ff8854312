//! The pretend bank that ships with the project: VNPAY's pages and calls, spoken for real, with bad days on request.

pub mod account;
pub mod bank;
pub mod invoices;
pub mod papers;
pub mod platform;
pub mod settlement;
pub mod transfers;

use std::{
    collections::{BTreeMap, HashSet},
    sync::Mutex,
    time::Duration,
};

use askama::Template;
use axum::{
    extract::{FromRequestParts, State},
    http::{StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use chassis::{
    App, Failure, Setup, StartError, Tx, Work,
    http::{Form, Json, Problem, Query},
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    config::{Addresses, Config},
    own::NotifyMerchant,
    sandbox::bank::{Asked, Call, Choice, Rejection, Transaction},
    store::sandbox as books,
    vnpay::Secret,
};

/// The longest that a merchant may take to answer a notification.
const PATIENCE: Duration = Duration::from_secs(10);

/// The pretend bank's line to the merchant and what it shares with them.
pub struct Bank {
    http: reqwest::Client,
    secret: Secret,
    terminal: String,
    ipn: String,
    /// Where lines are told.
    lines: String,
    /// The receipts for which the pretend provider of invoices was away once.
    missed: Mutex<HashSet<String>>,
}

/// Makes the bank; without the sandbox it is there but nothing reaches it.
pub async fn bank(setup: Setup) -> Result<Bank, StartError> {
    let config = setup.config::<Config>();
    let Addresses { ipn, lines, .. } = config.addresses(setup.settings())?;
    let http = reqwest::Client::builder().timeout(PATIENCE).build();
    Ok(Bank {
        http: http
            .map_err(|error| StartError::because("payment: the sandbox's HTTP client", &error))?,
        secret: config.vnpay.hash_secret.secret.clone(),
        terminal: config.vnpay.tmn_code.clone(),
        ipn,
        lines,
        missed: Mutex::default(),
    })
}

/// The sandbox's routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(counter, decide))
        .routes(routes!(call))
        .routes(routes!(style))
        .merge(invoices::routes())
        .merge(platform::routes())
        .merge(settlement::routes())
        .merge(transfers::routes())
}

/// An endpoint that takes this exists only while the sandbox is enabled.
struct Enabled;

impl FromRequestParts<App> for Enabled {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Problem> {
        app.config::<Config>()
            .sandbox
            .enabled
            .then_some(Self)
            .ok_or_else(Problem::not_found)
    }
}

#[derive(Template)]
#[template(path = "sandbox.html")]
struct CounterPage<'a> {
    asked: &'a Asked,
    /// The signed query that came, to be checked again when the form comes back.
    query: &'a str,
}

#[derive(Template)]
#[template(path = "sandbox_rejection.html")]
struct RejectionPage {
    reason: &'static str,
}

fn rejected(reason: &'static str) -> Response {
    match (RejectionPage { reason }).render() {
        Ok(html) => (StatusCode::BAD_REQUEST, Html(html)).into_response(),
        Err(_) => Problem::internal().into_response(),
    }
}

const fn name(rejection: Rejection) -> &'static str {
    match rejection {
        Rejection::Forged => "forged",
        Rejection::Malformed => "malformed",
        Rejection::Terminal => "terminal",
        Rejection::Expired => "expired",
    }
}

type Pairs = Query<BTreeMap<String, String>>;

fn read(app: &App, pairs: BTreeMap<String, String>) -> Result<Asked, Rejection> {
    let bank = app.part::<Bank>();
    bank::read(pairs, &bank.secret, &bank.terminal, app.clock().now())
}

/// The pretend bank's page: what is to be paid, and the buttons.
#[utoipa::path(get, path = "/payment/sandbox/paymentv2/vpcpay.html", responses((status = OK, content_type = "text/html")))]
async fn counter(
    _: Enabled,
    State(app): State<App>,
    Query(pairs): Pairs,
    uri: axum::http::Uri,
) -> Result<Response, Problem> {
    let asked = match read(&app, pairs) {
        Ok(asked) => asked,
        Err(rejection) => return Ok(rejected(name(rejection))),
    };
    if books::transaction(app.db().reads(), &asked.txn_ref)
        .await?
        .is_some()
    {
        return Ok(rejected("finished"));
    }
    let page = CounterPage {
        asked: &asked,
        query: uri.query().unwrap_or_default(),
    };
    let html = page.render().map_err(|_| Problem::internal())?;
    let origin = asked
        .return_url
        .split('/')
        .take(3)
        .collect::<Vec<_>>()
        .join("/");
    // The form's answer sends the browser back to the merchant: a policy of 'self' alone would stop it.
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self' {origin}; frame-ancestors 'none'"
    );
    Ok(([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response())
}

/// The button that was pressed.
#[derive(Deserialize, utoipa::ToSchema)]
struct Pressed {
    #[schema(value_type = String)]
    choice: Choice,
}

/// Decides, notifies the merchant, and sends the browser back.
#[utoipa::path(post, path = "/payment/sandbox/paymentv2/vpcpay.html",
    request_body(content = Pressed, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn decide(
    _: Enabled,
    State(app): State<App>,
    Query(pairs): Pairs,
    Form(Pressed { choice }): Form<Pressed>,
) -> Result<Response, Problem> {
    let asked = match read(&app, pairs) {
        Ok(asked) => asked,
        Err(rejection) => return Ok(rejected(name(rejection))),
    };
    let secret = &app.part::<Bank>().secret;
    let decided = app.transact(async |tx: Tx| {
        let decided =
            Transaction::decide(asked, books::next_number(tx.db()).await?, choice, tx.now());
        if !books::decide(tx.db(), &decided).await? {
            return Ok(None);
        }
        if let Some(bank::Notification { due, query, copies }) =
            decided.notification(choice, secret)
        {
            let txn_ref = decided.asked.txn_ref.clone();
            tx.send_at(
                due,
                &NotifyMerchant {
                    txn_ref,
                    query,
                    copies,
                    tries: 0,
                },
            );
        }
        Ok::<_, Failure>(Some(decided))
    });
    match decided.await? {
        Some(decided) => Ok((
            StatusCode::SEE_OTHER,
            [(header::LOCATION, decided.return_address(secret))],
        )
            .into_response()),
        None => Ok(rejected("finished")),
    }
}

/// The merchant's answer to a notification.
#[derive(Deserialize)]
struct Heard {
    #[serde(rename = "RspCode")]
    code: String,
}

/// Notifies the merchant, as often at once as the day is bad; gives what was answered, empty for no answer.
pub async fn notify(notification: NotifyMerchant, work: Work) -> Result<Vec<String>, Failure> {
    let bank = work.part::<Bank>();
    let say = async || {
        let address = format!("{}?{}", bank.ipn, notification.query);
        let mut call = bank.http.get(address);
        if let Some(traceparent) = chassis::traceparent() {
            call = call.header("traceparent", traceparent);
        }
        let answered = call.send().await.ok()?;
        answered.json::<Heard>().await.ok().map(|heard| heard.code)
    };
    let said = (0..notification.copies).map(|_| say());
    Ok(futures::future::join_all(said)
        .await
        .into_iter()
        .map(Option::unwrap_or_default)
        .collect())
}

/// Notes what was answered, and says it again later unless it was heard.
pub async fn notified(
    notification: NotifyMerchant,
    replies: Vec<String>,
    tx: Tx,
) -> Result<(), Failure> {
    for reply in &replies {
        books::said(tx.db(), &notification.txn_ref, reply).await?;
    }
    let tries = notification.tries + 1;
    if let Some(wait) = replies.last().and_then(|reply| bank::again(reply, tries)) {
        tx.send_at(
            tx.now() + wait,
            &NotifyMerchant {
                tries,
                ..notification
            },
        );
    }
    Ok(())
}

/// What a merchant asks (querydr) or wants back (refund), and the signed answer.
#[utoipa::path(post, path = "/payment/sandbox/merchant_webapi/api/transaction",
    request_body = BTreeMap<String, String>, responses((status = OK, body = BTreeMap<String, String>)))]
async fn call(
    _: Enabled,
    State(app): State<App>,
    Json(body): Json<BTreeMap<String, String>>,
) -> Result<axum::Json<BTreeMap<String, String>>, Problem> {
    let bank = app.part::<Bank>();
    let id = app.clock().new_id().simple().to_string();
    let call = match Call::read(body, &bank.secret, &bank.terminal) {
        Ok(call) => call,
        Err(code) => {
            return Ok(axum::Json(BTreeMap::from([
                ("vnp_ResponseId".to_owned(), id),
                ("vnp_ResponseCode".to_owned(), code.to_owned()),
            ])));
        }
    };
    let txn_ref = call.fields().get("vnp_TxnRef").to_owned();
    let heard = app.transact(async |tx: Tx| {
        let silent = books::leave_unanswered(tx.db(), &txn_ref).await?;
        let request = call.fields().get("vnp_RequestId");
        // A refund that was heard before is said to be under way, whatever is left to give back.
        if matches!(call, Call::Refund(..)) && books::has_heard(tx.db(), request).await? {
            return Ok((silent, call.refuse("94", id, &bank.secret)));
        }
        let found = books::transaction(tx.db(), &txn_ref).await?;
        let (answer, refund) = call.answer(found.as_ref(), id.clone(), &bank.secret, tx.now());
        if let Some((amount, refunded)) = refund
            && !books::refund(tx.db(), request, &txn_ref, amount, refunded, tx.now()).await?
        {
            return Err(Failure::too_early("the same refund is being heard"));
        }
        Ok::<_, Failure>((silent, answer))
    });
    let (silent, answer) = heard.await?;
    if silent {
        // What it did, it did; the merchant only never learns of it. It ends when the merchant hangs up.
        std::future::pending::<()>().await;
    }
    Ok(axum::Json(answer.as_map().clone()))
}

/// The pretend bank's own look: nobody shall take it for the portal, or for a bank.
#[utoipa::path(get, path = "/payment/sandbox/style.css", responses((status = OK, content_type = "text/css")))]
async fn style(_: Enabled) -> Response {
    let css = include_str!("../templates/sandbox.css");
    (
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, "max-age=3600"),
        ],
        css,
    )
        .into_response()
}
