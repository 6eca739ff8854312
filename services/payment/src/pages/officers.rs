//! What officers do with money by hand: take cash, give back, put a receipt right. Works without JavaScript.

use askama::Template;
use axum::{extract::State, response::Response};
use chassis::{
    App, Tx,
    auth::Officer,
    http::{Act, Answer, Form, Path, Problem},
};
use contracts::{
    AccountId, OrderId, PersonName, RefundId, Refused, Text, Vnd, payment::RefundCause,
};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::amount;
use crate::{
    config::Config,
    domain::refund::{Source, Standing},
    http::{
        receipts::{Correction, put_right},
        refunds::{Asked, LISTED, Step, ask_for, take},
        tills::take_fee,
    },
    store::refunds::{self as rows, Refund},
};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(taken))
        .routes(routes!(refund))
        .routes(routes!(receipt))
        .routes(routes!(unfinished))
        .routes(routes!(step))
}

fn order_page(id: OrderId) -> Answer {
    Answer::see_other(format!("/payment/orders/{id}/page"))
}

/// The form that says how a fee was taken at the counter.
#[derive(Deserialize, utoipa::ToSchema)]
struct TakeForm {
    /// The same for two presses of one button.
    key: String,
    /// The number on the card terminal's slip; nothing for cash.
    #[serde(default)]
    slip: String,
}

/// The fee was taken at the counter.
#[utoipa::path(post, path = "/payment/orders/{id}/page/take", params(("id" = OrderId, Path)),
    request_body(content = TakeForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn taken(
    Officer(claims): Officer,
    Path(id): Path<OrderId>,
    act: Act,
    Form(form): Form<TakeForm>,
) -> Result<Response, Problem> {
    let slip = match form.slip.trim() {
        "" => None,
        slip => {
            let slip = slip.parse::<Text>();
            Some(slip.map_err(|refused| Problem::field("slip", refused))?)
        }
    };
    let take = async |tx: Tx| {
        take_fee(&tx, id, slip.as_ref(), &claims).await?;
        Ok(order_page(id))
    };
    let act = act.by(claims.sub).about(&slip).keyed(&form.key)?;
    act.transact(take).await
}

/// The form that asks for money to go back.
#[derive(Deserialize, utoipa::ToSchema)]
struct RefundForm {
    /// The same for two presses of one button.
    key: String,
    /// Why.
    cause: RefundCause,
    /// How much, in đồng.
    #[schema(value_type = i64)]
    amount: String,
    /// Why, in words.
    note: Text,
}

/// Asks for money to go back.
#[utoipa::path(post, path = "/payment/orders/{id}/page/refund", params(("id" = OrderId, Path)),
    request_body(content = RefundForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn refund(
    Officer(claims): Officer,
    Path(id): Path<OrderId>,
    act: Act,
    Form(form): Form<RefundForm>,
) -> Result<Response, Problem> {
    let asked = Asked {
        cause: form.cause,
        amount: amount("amount", &form.amount)?,
        note: form.note,
    };
    let ask = async |tx: Tx| {
        ask_for(&tx, id, claims.sub, &asked).await?;
        Ok(order_page(id))
    };
    let act = act.by(claims.sub).about(&asked).keyed(&form.key)?;
    act.transact(ask).await
}

/// The form that puts a receipt right.
#[derive(Deserialize, utoipa::ToSchema)]
struct ReceiptForm {
    /// The same for two presses of one button.
    key: String,
    /// Whose name stands on the new one.
    payer_name: PersonName,
    /// What was wrong.
    reason: Text,
}

/// Cancels the valid receipt and issues another in its place.
#[utoipa::path(post, path = "/payment/orders/{id}/page/receipt", params(("id" = OrderId, Path)),
    request_body(content = ReceiptForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn receipt(
    Officer(claims): Officer,
    Path(id): Path<OrderId>,
    act: Act,
    Form(form): Form<ReceiptForm>,
) -> Result<Response, Problem> {
    let correction = Correction {
        payer_name: form.payer_name,
        reason: form.reason,
    };
    let replace = async |tx: Tx| {
        put_right(&tx, id, claims.sub, &correction).await?;
        Ok(order_page(id))
    };
    let act = act.by(claims.sub).about(&correction).keyed(&form.key)?;
    act.transact(replace).await
}

#[derive(Template)]
#[template(path = "refunds.html")]
struct RefundsPage {
    refunds: Vec<Refund>,
    key: String,
    me: AccountId,
    limit: Vnd,
}

const fn cause(cause: RefundCause) -> &'static str {
    match cause {
        RefundCause::Refused => "Hồ sơ bị từ chối.",
        RefundCause::Stopped => "Hồ sơ dừng hoặc rút.",
        RefundCause::Surplus => "Nộp thừa.",
        RefundCause::Mistake => "Tính sai mức thu.",
    }
}

/// The refunds that are not over, with what can be done about each.
#[utoipa::path(get, path = "/payment/refunds/page", responses((status = OK, content_type = "text/html")))]
async fn unfinished(Officer(claims): Officer, State(app): State<App>) -> Result<Response, Problem> {
    let page = RefundsPage {
        refunds: rows::unfinished(app.db().reads(), LISTED).await?,
        key: app.clock().new_id().to_string(),
        me: claims.sub,
        limit: app.config::<Config>().refund_limit,
    };
    web::page(&claims, &page)
}

/// The button that was pressed, and the words beside it.
#[derive(Deserialize, utoipa::ToSchema)]
struct StepForm {
    /// The same for two presses of one button.
    key: String,
    /// What to do.
    step: Button,
    /// Why not, or the number of the voucher or transfer.
    #[serde(default)]
    words: String,
}

#[derive(Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Button {
    Approve,
    Reject,
    Till,
    Bank,
    Check,
}

/// Does what was pressed.
#[utoipa::path(post, path = "/payment/refunds/{id}/page", params(("id" = RefundId, Path)),
    request_body(content = StepForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn step(
    Officer(claims): Officer,
    Path(id): Path<RefundId>,
    act: Act,
    Form(form): Form<StepForm>,
) -> Result<Response, Problem> {
    let words = || {
        let missing = match form.step {
            Button::Reject => {
                Refused::new("Hãy ghi lý do không duyệt", "Say why it is not approved")
            }
            _ => Refused::new(
                "Hãy ghi số phiếu chi hoặc số giao dịch ngân hàng",
                "Give the number of the cash voucher or of the bank's transaction",
            ),
        };
        let text = form.words.parse::<Text>();
        text.map_err(|_| Problem::field("words", missing))
    };
    let step = async |tx: Tx| {
        let text;
        let step = match form.step {
            Button::Approve => Step::Approve,
            Button::Check => Step::Check,
            Button::Reject => {
                text = words()?;
                Step::Reject(&text)
            }
            Button::Till | Button::Bank => {
                text = words()?;
                let till = matches!(form.step, Button::Till);
                Step::PayOut(if till { Source::Till } else { Source::Bank }, &text)
            }
        };
        take(&tx, id, (claims.sub, &claims.name), step).await?;
        Ok(Answer::see_other("/payment/refunds/page"))
    };
    let act = act.by(claims.sub).about(&(form.step, &form.words));
    act.keyed(&form.key)?.transact(step).await
}
