//! Payment's API: orders, paying, and the gateway's notifications; its rooms have the rest.

pub mod lines;
pub mod placements;
pub mod platform;
pub mod receipts;
pub mod reconciliation;
pub mod refunds;
pub mod tills;
pub mod views;

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};

use axum::{
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
    response::Response,
};
use chassis::{
    App, Failure, Tx,
    auth::{Claims, Officer, Person, Role},
    http::{Act, Answer, Caller, Json, Path, Problem, Query},
};
use chrono::{DateTime, Utc};
use contracts::{DossierId, OrderId, identity::MandateAct};
use sea_orm::ConnectionTrait;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::views::{IpnAnswer, OrderView, Outcome, PayHere, Reason};
use crate::{
    assurance::{self, Paying},
    config::Config,
    deeds,
    domain::{self, Refusal, Step},
    handlers::{self, Closing},
    port::{Reply, Through},
    store::{self, Order},
    vnpay::{Gateway, Visit},
};

/// Everything payment answers to over HTTP.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(order))
        .routes(routes!(order_of_dossier))
        .routes(routes!(pay))
        .routes(routes!(check))
        .routes(routes!(cancel))
        .routes(routes!(ipn))
        .merge(lines::routes())
        .merge(placements::routes())
        .merge(platform::routes())
        .merge(reconciliation::routes())
        .merge(refunds::routes())
        .merge(tills::routes())
        .merge(receipts::routes())
        .merge(crate::pages::routes())
        .merge(crate::sandbox::routes())
}

/// An order, for whom it concerns: its payer, who may pay for them, and the officers. To anybody else there is no such order.
pub async fn seen_by(app: &App, claims: &Claims, id: OrderId) -> Result<Order, Problem> {
    let (db, now) = (app.db().reads(), app.clock().now());
    let order = store::order(db, id).await?.ok_or_else(Problem::not_found)?;
    let concerned =
        claims.roles.contains(&Role::Officer) || may_pay(db, claims, &order, now).await?;
    if !concerned {
        return Err(Problem::not_found());
    }
    assurance::to_view(app, claims, &order).await?;
    Ok(order)
}

/// Whether somebody may pay an order: it is theirs, or whoever owes it lets them pay.
pub async fn may_pay(
    db: &impl ConnectionTrait,
    claims: &Claims,
    order: &Order,
    now: DateTime<Utc>,
) -> Result<bool, Problem> {
    if order.payer == claims.sub {
        return Ok(true);
    }
    let (between, procedure) = ((order.payer, claims.sub), order.procedure.as_ref());
    Ok(mandates::lets(db, between, MandateAct::Pay, procedure, now).await?)
}

/// An order that somebody is about to pay, held. To whoever may not there is no such order.
pub async fn paying(tx: &Tx, claims: &Claims, id: OrderId) -> Result<Order, Problem> {
    let order = store::hold(tx.db(), id).await?;
    let order = order.ok_or_else(Problem::not_found)?;
    if !may_pay(tx.db(), claims, &order, tx.now()).await? {
        return Err(Problem::not_found());
    }
    Ok(order)
}

async fn view(app: &App, order: Order) -> Result<axum::Json<OrderView>, Problem> {
    let (db, id) = (app.db().reads(), order.rules.id);
    let attempts = store::attempts(db, id).await?;
    let receipts = store::receipts::of_order(db, id).await?;
    let refunds = store::refunds::of_order(db, id).await?;
    Ok(axum::Json(OrderView::new(
        order, attempts, receipts, refunds,
    )))
}

/// What a refusal looks like to a caller.
pub fn refused(refusal: Refusal) -> Problem {
    let (vi, en) = match refusal {
        Refusal::Paid => ("Khoản này đã được nộp", "This fee is paid already"),
        Refusal::Closed => (
            "Khoản này không còn nộp được",
            "This fee cannot be paid any more",
        ),
        Refusal::UnderReview => (
            "Ngân hàng đang kiểm tra lần nộp trước, xin chờ kết quả",
            "The bank is looking into your earlier payment, please wait for its answer",
        ),
        Refusal::TooOften => (
            "Đã thử nộp quá nhiều lần, xin nộp tại quầy",
            "Too many attempts, please pay at the counter",
        ),
    };
    Problem::conflict(vi, en)
}

/// An order.
#[utoipa::path(get, path = "/payment/orders/{id}", params(("id" = OrderId, Path)),
    responses((status = OK, body = OrderView), (status = NOT_FOUND, body = Problem)))]
async fn order(
    Person(claims): Person,
    State(app): State<App>,
    Path(id): Path<OrderId>,
) -> Result<axum::Json<OrderView>, Problem> {
    let order = seen_by(&app, &claims, id).await?;
    view(&app, order).await
}

/// A dossier's latest order.
#[utoipa::path(get, path = "/payment/dossiers/{dossier}/order", params(("dossier" = DossierId, Path)),
    responses((status = OK, body = OrderView), (status = NOT_FOUND, body = Problem)))]
async fn order_of_dossier(
    Person(claims): Person,
    State(app): State<App>,
    Path(dossier): Path<DossierId>,
) -> Result<axum::Json<OrderView>, Problem> {
    let found = store::order_of(app.db().reads(), dossier)
        .await?
        .ok_or_else(Problem::not_found)?;
    let order = seen_by(&app, &claims, found.rules.id).await?;
    view(&app, order).await
}

/// The payer's address as the gateway wants to know it, as far as it can be trusted; only ever passed on to the gateway.
pub struct PayerAddress(pub String);

impl FromRequestParts<App> for PayerAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let Caller(from) = Caller::from_request_parts(parts, app).await?;
        // A gateway wants an address even where it cannot be known.
        let from = from.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        Ok(Self(from.to_string()))
    }
}

/// Begins a visit to the gateway for its payer.
pub async fn begin(
    tx: &Tx,
    id: OrderId,
    claims: &Claims,
    ip: &PayerAddress,
) -> Result<PayHere, Problem> {
    let order = paying(tx, claims, id).await?;
    let earlier = store::attempts(tx.db(), id)
        .await?
        .into_iter()
        .map(|attempt| attempt.rules)
        .collect::<Vec<_>>();
    let minutes = tx.config::<Config>().attempt_minutes;
    let attempt = domain::attempt(&order.rules, &earlier, Through::Vnpay, tx.now(), minutes)
        .map_err(refused)?;
    handlers::try_pay(tx, &order, &attempt, &ip.0).await?;
    let visit = Visit {
        txn_ref: &attempt.txn_ref,
        amount: attempt.amount,
        code: order.code.as_str(),
        ip: &ip.0,
        created: tx.now(),
        expires: attempt.expires_at,
    };
    let pay_url = tx.part::<Gateway>().pay_url(&visit);
    Ok(PayHere {
        pay_url,
        expires_at: attempt.expires_at,
        txn_ref: attempt.txn_ref,
    })
}

/// Begins a visit to the gateway. With an `Idempotency-Key`, asking again gives the same address.
#[utoipa::path(post, path = "/payment/orders/{id}/pay", params(("id" = OrderId, Path)),
    responses((status = CREATED, body = PayHere), (status = CONFLICT, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn pay(
    Paying(claims): Paying,
    Path(id): Path<OrderId>,
    ip: PayerAddress,
    act: Act,
) -> Result<Response, Problem> {
    let pay = async |tx: Tx| {
        Ok(Answer::json(
            StatusCode::CREATED,
            &begin(&tx, id, &claims, &ip).await?,
        ))
    };
    act.by(claims.sub).transact(pay).await
}

/// Asks the bank about every attempt of an order that it has not told about.
pub async fn check_all(app: &App, order: &Order) -> Result<(), Problem> {
    let attempts = store::attempts(app.db().reads(), order.rules.id).await?;
    for attempt in attempts
        .into_iter()
        .filter(|attempt| attempt.rules.progress.is_unsettled())
    {
        let asked = handlers::ask(app, &attempt, app.clock().new_id()).await;
        let txn_ref = attempt.rules.txn_ref;
        let told = asked.map_err(|unanswered| {
            tracing::warn!(error = %unanswered, "the bank was asked in vain");
            Problem::new(
                StatusCode::BAD_GATEWAY,
                "Ngân hàng chưa trả lời, xin thử lại sau",
                "The bank does not answer now",
            )
        })?;
        app.transact(async |tx| handlers::take_in(&tx, &txn_ref, told).await)
            .await?;
    }
    Ok(())
}

/// Asks the bank about attempts that it has not told about.
#[utoipa::path(post, path = "/payment/orders/{id}/check", params(("id" = OrderId, Path)),
    responses((status = OK, body = OrderView), (status = NOT_FOUND, body = Problem), (status = BAD_GATEWAY, body = Problem)))]
async fn check(
    Person(claims): Person,
    State(app): State<App>,
    Path(id): Path<OrderId>,
) -> Result<axum::Json<OrderView>, Problem> {
    check_all(&app, &seen_by(&app, &claims, id).await?).await?;
    let order = seen_by(&app, &claims, id).await?;
    view(&app, order).await
}

/// An officer takes an unpaid order back.
#[utoipa::path(post, path = "/payment/orders/{id}/cancel", params(("id" = OrderId, Path)), request_body = Reason,
    responses((status = OK, body = Outcome), (status = CONFLICT, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn cancel(
    Officer(claims): Officer,
    Path(id): Path<OrderId>,
    act: Act,
    Json(reason): Json<Reason>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&reason);
    let why = Closing::Officer(claims.sub, &reason.note);
    let cancel = async |tx: Tx| {
        let order = store::hold(tx.db(), id)
            .await?
            .ok_or_else(Problem::not_found)?;
        handlers::close(&tx, &order, Step::Cancel, why)
            .await?
            .map_err(refused)?;
        deeds::record(&tx, claims.sub, "order-cancelled", id.0);
        Ok(Answer::json(
            StatusCode::OK,
            &Outcome { state: "cancelled" },
        ))
    };
    act.transact(cancel).await
}

/// VNPAY's notification (IPN), server to server. It alone, and the answer to a query, changes what is paid.
#[utoipa::path(get, path = "/payment/vnpay/ipn", responses((status = OK, body = IpnAnswer)))]
async fn ipn(
    Caller(caller): Caller,
    State(app): State<App>,
    Query(pairs): Query<BTreeMap<String, String>>,
) -> axum::Json<IpnAnswer> {
    let from_gateway = app.config::<Config>().vnpay.ipn_sources.allow(caller);
    let reply = match app.part::<Gateway>().believe(pairs) {
        _ if !from_gateway => {
            tracing::warn!(
                "a notification came from where the gateway is not: see vnpay.ipn_sources and TRUSTED_PROXIES"
            );
            Reply::NotAllowed
        }
        Err(_) => Reply::InvalidChecksum,
        Ok(notice) => {
            let heard: Result<Reply, Failure> = app
                .transact(async |tx| handlers::hear(&tx, "ipn", &notice).await)
                .await;
            heard.unwrap_or_else(|failure| {
                tracing::warn!(error = %failure, "a notification could not be taken in; the gateway says it again");
                Reply::Unknown
            })
        }
    };
    let (code, message) = reply.words();
    axum::Json(IpnAnswer { code, message })
}
