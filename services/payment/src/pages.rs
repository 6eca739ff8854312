//! What payers see: their fee, line by line, and what became of their payment. Works without JavaScript.

pub mod bank;
mod officers;
mod platform;
pub mod reconciliation;
mod till;
pub mod transfer;

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::Response,
};
use chassis::{
    App,
    auth::{Claims, Person, Role},
    http::{Act, Answer, Form, Path, Problem, Query},
};
use contracts::{OrderId, Refused, Vnd};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::Visitor;

use crate::{
    assurance::Paying,
    config::Config,
    domain::{Progress, State as OrderState, refund::Standing},
    http::{PayerAddress, begin, check_all, may_pay, platform as to_platform, seen_by},
    platform::Platform,
    port::{Notice, Verdict},
    store::{self, Attempt, Order, receipts::Receipt, refunds::Refund},
    vnpay::Gateway,
};

/// The pages' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(order))
        .routes(routes!(pay))
        .routes(routes!(check))
        .routes(routes!(came_back))
        .merge(bank::routes())
        .merge(officers::routes())
        .merge(platform::routes())
        .merge(reconciliation::routes())
        .merge(till::routes())
        .merge(transfer::routes())
}

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage<'a> {
    order: &'a Order,
    state: &'static str,
    ordered_at: String,
    expires_at: String,
    paid_at: Option<String>,
    /// Carried by the form, so that two presses of the button are one attempt.
    key: String,
    ways: Ways,
    /// Whether that platform has a receipt for it.
    has_bill: bool,
    waiting: bool,
    /// The bank's code for the last attempt; empty while it has not told.
    code: &'a str,
    receipts: Vec<Receipt>,
    refunds: Vec<Refund>,
    /// What an officer can do.
    officer: Option<ByOfficers>,
}

/// How it can be paid online now.
struct Ways {
    vnpay: bool,
    /// Through the national payment platform.
    platform: bool,
    transfer: bool,
}

/// What officers can do with an order's money.
struct ByOfficers {
    /// What can still go back.
    left: Vnd,
    /// Whether a receipt is valid.
    has_receipt: bool,
}

async fn order_page(app: &App, claims: &Claims, order: &Order) -> Result<Response, Problem> {
    let (db, id) = (app.db().reads(), order.rules.id);
    let attempts: Vec<Attempt> = store::attempts(db, id).await?;
    let refunds = store::refunds::of_order(db, id).await?;
    let code = attempts.last().map(Attempt::shown_code).unwrap_or_default();
    let waiting = attempts
        .iter()
        .any(|attempt| attempt.rules.progress.is_unsettled());
    let suspected = attempts
        .iter()
        .any(|attempt| attempt.rules.progress == Progress::Suspected);
    let may_pay = order.rules.state == OrderState::Open
        && !suspected
        && may_pay(db, claims, order, app.clock().now()).await?;
    let taken = app.config::<Config>().transfer.enabled;
    let receipts = store::receipts::of_order(db, id).await?;
    let page = OrderPage {
        order,
        state: order.rules.state.name(),
        ordered_at: web::moment(order.ordered_at),
        expires_at: web::moment(order.expires_at),
        paid_at: order.paid_at.map(web::moment),
        key: app.clock().new_id().to_string(),
        ways: Ways {
            vnpay: may_pay,
            platform: may_pay && to_platform::takes(app, order),
            transfer: may_pay && taken,
        },
        has_bill: to_platform::has_receipt(app, order),
        waiting,
        code: &code,
        officer: claims.roles.contains(&Role::Officer).then(|| ByOfficers {
            left: left(order, &refunds),
            has_receipt: receipts.iter().any(|receipt| receipt.cancelled.is_none()),
        }),
        receipts,
        refunds,
    };
    let mut shown = web::page(claims, &page)?;
    let (gateway, platform) = (app.part::<Gateway>(), app.part::<Platform>());
    let mut ways = vec![gateway.page()];
    ways.extend(platform.addresses().map(|there| there.pay_origin.as_str()));
    onward(&mut shown, &ways)?;
    Ok(shown)
}

/// What of an order's money can still go back: of the fee, or else of what came beyond it.
fn left(order: &Order, refunds: &[Refund]) -> Vnd {
    let left = order.left(refunds);
    if left.fee.is_zero() {
        left.surplus
    } else {
        left.fee
    }
}

/// Lets a page's forms send the browser on to the gateways: the chassis's policy alone would stop it there.
fn onward(page: &mut Response, gateways: &[&str]) -> Result<(), Problem> {
    let origin = |page: &&str| page.split('/').take(3).collect::<Vec<_>>().join("/");
    let mut origins: Vec<_> = gateways.iter().map(origin).collect();
    origins.dedup();
    let origins = origins.join(" ");
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; font-src 'self'; \
         form-action 'self' {origins}; frame-ancestors 'none'; base-uri 'none'"
    );
    let policy = HeaderValue::from_str(&policy).map_err(|_| Problem::internal())?;
    page.headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(())
}

/// The fee, line by line, with the way to pay it.
#[utoipa::path(get, path = "/payment/orders/{id}/page", params(("id" = OrderId, Path)),
    responses((status = OK, content_type = "text/html"), (status = NOT_FOUND, body = Problem)))]
async fn order(
    Person(claims): Person,
    State(app): State<App>,
    Path(id): Path<OrderId>,
) -> Result<Response, Problem> {
    let order = seen_by(&app, &claims, id).await?;
    order_page(&app, &claims, &order).await
}

/// An amount as it is typed: digits, with dots or spaces between thousands.
fn amount(field: &'static str, typed: &str) -> Result<Vnd, Problem> {
    let digits: String = typed
        .chars()
        .filter(|letter| !matches!(letter, '.' | ' ' | '\u{a0}'))
        .collect();
    let amount = digits.parse().ok().and_then(|dong| Vnd::new(dong).ok());
    amount.ok_or_else(|| {
        let refused = Refused::new(
            "Số tiền là một số đồng, chỉ gồm chữ số",
            "The amount is a number of đồng, in digits only",
        );
        Problem::field(field, refused)
    })
}

/// A button's form: nothing but its key.
#[derive(Deserialize, utoipa::ToSchema)]
struct Pressed {
    /// The same for two presses of one button.
    key: String,
}

/// Takes the payer to the gateway.
#[utoipa::path(post, path = "/payment/orders/{id}/page/pay", params(("id" = OrderId, Path)),
    request_body(content = Pressed, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn pay(
    Paying(claims): Paying,
    Path(id): Path<OrderId>,
    ip: PayerAddress,
    act: Act,
    Form(form): Form<Pressed>,
) -> Result<Response, Problem> {
    let pay = async |tx| {
        Ok(Answer::see_other(
            begin(&tx, id, &claims, &ip).await?.pay_url,
        ))
    };
    act.by(claims.sub).keyed(&form.key)?.transact(pay).await
}

/// Asks the bank again and shows the order.
#[utoipa::path(post, path = "/payment/orders/{id}/page/check", params(("id" = OrderId, Path)), responses((status = SEE_OTHER)))]
async fn check(
    Person(claims): Person,
    State(app): State<App>,
    Path(id): Path<OrderId>,
) -> Result<Answer, Problem> {
    check_all(&app, &seen_by(&app, &claims, id).await?).await?;
    Ok(Answer::see_other(format!("/payment/orders/{id}/page")))
}

#[derive(Template, Default)]
#[template(path = "return.html")]
struct ReturnPage<'a> {
    /// `paid`, `waiting`, `suspected` or `declined`; empty for what no gateway sent.
    result: &'static str,
    code: &'a str,
    amount: String,
    order: String,
}

/// Where the gateway sends the browser back to. It only shows: what is paid, the notification alone decides. It asks for no
/// sign-in, since the browser comes from another site, and so shows nothing about the payer.
#[utoipa::path(get, path = "/payment/vnpay/return", responses((status = OK, content_type = "text/html")))]
async fn came_back(
    visitor: Visitor,
    State(app): State<App>,
    Query(pairs): Query<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let told = app.part::<Gateway>().believe(pairs).ok();
    let known = match &told {
        Some(notice) => store::attempt(app.db().reads(), &notice.txn_ref).await?,
        None => None,
    };
    let Some((notice, attempt)) = told.zip(known) else {
        return web::page(visitor, &ReturnPage::default());
    };
    let result = result(&notice, attempt.rules.progress);
    let page = ReturnPage {
        result,
        code: &notice.code,
        amount: attempt.rules.amount.to_string(),
        order: attempt.order.to_string(),
    };
    web::page(visitor, &page)
}

/// What the page says: our own books first, then the bank's word that the browser carries.
const fn result(notice: &Notice, progress: Progress) -> &'static str {
    match (progress, notice.verdict) {
        (Progress::Taken, _) => "paid",
        (Progress::Suspected, _) | (_, Verdict::Suspected) => "suspected",
        (_, Verdict::Taken | Verdict::Unfinished) => "waiting",
        (_, Verdict::Declined) => "declined",
    }
}
