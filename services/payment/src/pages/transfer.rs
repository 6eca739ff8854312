//! Paying by transfer: the VietQR code with everything in it in words, so that it can be typed by hand.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use chassis::{
    App, Tx,
    auth::{Claims, Person},
    http::{Act, Answer, Form, Path, Problem},
};
use contracts::OrderId;
use qr::Picture;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Pressed;
use crate::{
    assurance::Paying,
    config::Config,
    domain::State as OrderState,
    http::{lines::receiver, paying, refused, seen_by, views::TransferView},
    store::{Order, lines},
    transfer::{Receiver, Reference},
    vietqr::Transfer,
};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(transfer))
        .routes(routes!(choose))
        .routes(routes!(page))
}

/// Makes the reference that a payer's transfer goes by, once an order.
async fn begin(tx: &Tx, app: &App, id: OrderId, claims: &Claims) -> Result<TransferView, Problem> {
    let receiver = receiver(app)?;
    let order = paying(tx, claims, id).await?;
    order.rules.payable().map_err(refused)?;
    let reference = lines::reference(tx.db(), id, tx.now()).await?;
    let transfer = asked(&receiver, &reference, &order)?;
    Ok(TransferView {
        payload: transfer.payload(),
        bank: transfer.to.bank().to_owned(),
        bank_name: receiver.bank_name.clone(),
        account: transfer.to.number().to_owned(),
        holder: receiver.holder.clone(),
        amount: order.rules.total,
        purpose: words(&transfer).to_owned(),
    })
}

fn asked(receiver: &Receiver, reference: &Reference, order: &Order) -> Result<Transfer, Problem> {
    // The words were tried when the service started.
    let transfer = receiver.transfer(reference, order.rules.total);
    transfer.map_err(|_| Problem::internal())
}

fn words(transfer: &Transfer) -> &str {
    let purpose = transfer.purpose.as_ref();
    purpose.map_or("", |purpose| purpose.as_str())
}

/// How to pay an order by transfer. Asking again gives the same.
#[utoipa::path(post, path = "/payment/orders/{id}/transfer", params(("id" = OrderId, Path)),
    responses((status = OK, body = TransferView), (status = CONFLICT, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn transfer(
    Paying(claims): Paying,
    State(app): State<App>,
    Path(id): Path<OrderId>,
    act: Act,
) -> Result<Response, Problem> {
    let begin = async |tx: Tx| {
        let asked = begin(&tx, &app, id, &claims).await?;
        Ok(Answer::json(StatusCode::OK, &asked))
    };
    act.by(claims.sub).transact(begin).await
}

/// Chooses to pay by transfer.
#[utoipa::path(post, path = "/payment/orders/{id}/page/transfer", params(("id" = OrderId, Path)),
    request_body(content = Pressed, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn choose(
    Paying(claims): Paying,
    State(app): State<App>,
    Path(id): Path<OrderId>,
    act: Act,
    Form(form): Form<Pressed>,
) -> Result<Response, Problem> {
    let begin = async |tx: Tx| {
        begin(&tx, &app, id, &claims).await?;
        Ok(Answer::see_other(format!(
            "/payment/orders/{id}/transfer/page"
        )))
    };
    act.by(claims.sub).keyed(&form.key)?.transact(begin).await
}

#[derive(Template)]
#[template(path = "transfer.html")]
struct TransferPage<'a> {
    order: &'a Order,
    receiver: &'a Receiver,
    purpose: &'a str,
    picture: Picture,
    payload: &'a str,
    expires_at: String,
    /// Whether the pretend bank is there to try it.
    sandbox: bool,
}

/// The code, and the same in words.
#[utoipa::path(get, path = "/payment/orders/{id}/transfer/page", params(("id" = OrderId, Path)),
    responses((status = OK, content_type = "text/html"), (status = SEE_OTHER), (status = NOT_FOUND, body = Problem)))]
async fn page(
    Person(claims): Person,
    State(app): State<App>,
    Path(id): Path<OrderId>,
) -> Result<Response, Problem> {
    let receiver = receiver(&app)?;
    let order = seen_by(&app, &claims, id).await?;
    let made = lines::reference_of(app.db().reads(), id).await?;
    let Some(reference) = made.filter(|_| order.rules.state == OrderState::Open) else {
        // What became of it stands on the order's own page, and so does the way here.
        let there = Answer::see_other(format!("/payment/orders/{id}/page"));
        return Ok(axum::response::IntoResponse::into_response(there));
    };
    let transfer = asked(&receiver, &reference, &order)?;
    let payload = transfer.payload();
    let page = TransferPage {
        purpose: words(&transfer),
        picture: Picture::of(&payload).map_err(|_| Problem::internal())?,
        payload: &payload,
        expires_at: web::moment(order.expires_at),
        sandbox: app.config::<Config>().sandbox.enabled,
        receiver: &receiver,
        order: &order,
    };
    web::page(&claims, &page)
}
