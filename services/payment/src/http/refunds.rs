//! Refunds, for officers: ask, approve, reject, pay out by hand, ask the gateway again.

use axum::{extract::State, http::StatusCode, response::Response};
use chassis::{
    App, Tx,
    auth::Officer,
    http::{Act, Answer, Json, Path, Problem},
};
use contracts::{AccountId, OrderId, RefundId, Text, Vnd, payment::RefundCause};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::views::{Reason, RefundView};
use crate::{
    deeds,
    domain::refund::{Refusal, Source},
    handlers::{refunds, tills},
    own::FollowRefund,
    store::{self, Order, refunds as rows},
};

/// The most unfinished refunds that are listed at once.
pub const LISTED: u64 = 200;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(unfinished))
        .routes(routes!(ask))
        .routes(routes!(approve))
        .routes(routes!(reject))
        .routes(routes!(pay_out))
        .routes(routes!(check))
}

/// What a refusal looks like to a caller.
fn refused(refusal: Refusal) -> Problem {
    let (vi, en) = match refusal {
        Refusal::NothingLeft => (
            "Khoản này không còn tiền nào để hoàn",
            "Nothing of this fee is left to give back",
        ),
        Refusal::TooMuch(most) => {
            return Problem::conflict(
                &format!("Chỉ hoàn được từ 1 đồng đến {most}"),
                &format!("From 1 đồng to {most} can be given back"),
            );
        }
        Refusal::UnderWay => (
            "Khoản này đang có một lần hoàn tiền khác chưa xong",
            "Another refund of this fee is under way",
        ),
        Refusal::NotNow => (
            "Lần hoàn tiền này không còn ở bước đó",
            "The refund is past that step",
        ),
        Refusal::SecondOfficer => (
            "Số tiền vượt hạn mức: cán bộ khác phải duyệt",
            "Above the limit: another officer has to approve",
        ),
        Refusal::ByGateway => (
            "Cổng thanh toán đang hoàn khoản này, không chi tay được",
            "The gateway is giving this back; it cannot be paid out by hand",
        ),
    };
    Problem::conflict(vi, en)
}

/// What shall go back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Why.
    pub cause: RefundCause,
    /// How much.
    pub amount: Vnd,
    /// Why, in words.
    pub note: Text,
}

/// How it was paid out by hand.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaidOut {
    /// `till` or `bank`.
    pub from: Source,
    /// The cash voucher's number or the bank's reference.
    pub reference: Text,
}

/// The refunds that are not over, oldest first; 200 at most.
#[utoipa::path(get, path = "/payment/refunds", responses((status = OK, body = Vec<RefundView>)))]
async fn unfinished(
    _: Officer,
    State(app): State<App>,
) -> Result<axum::Json<Vec<RefundView>>, Problem> {
    let found = rows::unfinished(app.db().reads(), LISTED).await?;
    Ok(axum::Json(
        found.into_iter().map(RefundView::from).collect(),
    ))
}

/// Asks for money to go back. Up to the limit it goes at once; above it another officer has to approve.
#[utoipa::path(post, path = "/payment/orders/{id}/refunds", params(("id" = OrderId, Path)), request_body = Asked,
    responses((status = CREATED, body = RefundView), (status = CONFLICT, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn ask(
    Officer(claims): Officer,
    Path(id): Path<OrderId>,
    act: Act,
    Json(asked): Json<Asked>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&asked);
    let ask = async |tx: Tx| {
        let refund = ask_for(&tx, id, claims.sub, &asked).await?;
        answer(&tx, StatusCode::CREATED, refund).await
    };
    act.transact(ask).await
}

/// Asks for money to go back.
pub async fn ask_for(
    tx: &Tx,
    id: OrderId,
    officer: AccountId,
    asked: &Asked,
) -> Result<RefundId, Problem> {
    let order = store::hold(tx.db(), id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let (cause, amount) = (asked.cause, asked.amount);
    let refund = refunds::ask(tx, &order, Some(officer), cause, amount, &asked.note)
        .await?
        .map_err(refused)?;
    deeds::record(tx, officer, "refund-asked", refund.0);
    Ok(refund)
}

async fn answer(tx: &Tx, status: StatusCode, id: RefundId) -> Result<Answer, Problem> {
    let found = rows::refund(tx.db(), id).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(Answer::json(status, &RefundView::from(found)))
}

async fn held(tx: &Tx, id: RefundId) -> Result<(Order, rows::Refund), Problem> {
    refunds::hold(tx, id).await?.ok_or_else(Problem::not_found)
}

/// What an officer does with a refund.
#[derive(Debug)]
pub enum Step<'a> {
    /// Lets it go.
    Approve,
    /// Says no.
    Reject(&'a Text),
    /// Has given the money back by hand.
    PayOut(Source, &'a Text),
    /// Has the gateway asked again.
    Check,
}

/// Does it.
pub async fn take(
    tx: &Tx,
    id: RefundId,
    officer: tills::Officer<'_>,
    step: Step<'_>,
) -> Result<(), Problem> {
    let (order, found) = held(tx, id).await?;
    let what = match step {
        Step::Approve => "refund-approved",
        Step::Reject(_) => "refund-rejected",
        Step::PayOut(..) => "refund-paid-out",
        Step::Check => "refund-checked",
    };
    let done = match step {
        Step::Approve => refunds::approve(tx, &order, id, Some(officer.0)).await?,
        Step::Reject(why) => refunds::reject(tx, &found, officer.0, why).await?,
        Step::PayOut(from, reference) => {
            refunds::pay_out(tx, &order, &found, officer, from, reference).await?
        }
        Step::Check => {
            tx.say(&FollowRefund {
                refund: id,
                dossier: order.dossier,
                round: 0,
            });
            Ok(())
        }
    };
    done.map_err(refused)?;
    deeds::record(tx, officer.0, what, id.0);
    Ok(())
}

async fn taken(
    tx: Tx,
    id: RefundId,
    officer: tills::Officer<'_>,
    step: Step<'_>,
) -> Result<Answer, Problem> {
    take(&tx, id, officer, step).await?;
    answer(&tx, StatusCode::OK, id).await
}

/// Lets a refund go. Above the limit, whoever asked cannot.
#[utoipa::path(post, path = "/payment/refunds/{id}/approve", params(("id" = RefundId, Path)),
    responses((status = OK, body = RefundView), (status = CONFLICT, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn approve(
    Officer(claims): Officer,
    Path(id): Path<RefundId>,
    act: Act,
) -> Result<Response, Problem> {
    let approve = async |tx| taken(tx, id, (claims.sub, &claims.name), Step::Approve).await;
    act.by(claims.sub).transact(approve).await
}

/// Says no to a refund, and why.
#[utoipa::path(post, path = "/payment/refunds/{id}/reject", params(("id" = RefundId, Path)), request_body = Reason,
    responses((status = OK, body = RefundView), (status = CONFLICT, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn reject(
    Officer(claims): Officer,
    Path(id): Path<RefundId>,
    act: Act,
    Json(reason): Json<Reason>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&reason);
    let reject = async |tx| {
        taken(
            tx,
            id,
            (claims.sub, &claims.name),
            Step::Reject(&reason.note),
        )
        .await
    };
    act.transact(reject).await
}

/// The money was given back by hand: from the till, or by a transfer.
#[utoipa::path(post, path = "/payment/refunds/{id}/pay-out", params(("id" = RefundId, Path)), request_body = PaidOut,
    responses((status = OK, body = RefundView), (status = CONFLICT, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn pay_out(
    Officer(claims): Officer,
    Path(id): Path<RefundId>,
    act: Act,
    Json(paid): Json<PaidOut>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&paid);
    let step = || Step::PayOut(paid.from, &paid.reference);
    let pay_out = async |tx| taken(tx, id, (claims.sub, &claims.name), step()).await;
    act.transact(pay_out).await
}

/// Has the gateway asked again what became of a refund.
#[utoipa::path(post, path = "/payment/refunds/{id}/check", params(("id" = RefundId, Path)),
    responses((status = OK, body = RefundView), (status = NOT_FOUND, body = Problem)))]
async fn check(
    Officer(claims): Officer,
    Path(id): Path<RefundId>,
    act: Act,
) -> Result<Response, Problem> {
    let check = async |tx| taken(tx, id, (claims.sub, &claims.name), Step::Check).await;
    act.by(claims.sub).transact(check).await
}
