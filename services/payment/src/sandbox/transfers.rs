//! The pretend bank's other counter: it reads a VietQR code, carries the transfer out, tells the agency, and gives out the
//! day's statement.

use askama::Template;
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use chassis::{
    App, Failure, Tx, Work,
    http::{Answer, Form, Problem, Query},
};
use chrono::NaiveDate;
use contracts::{Refused, Vnd};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Bank, Enabled, account, account::Choice, papers::Day};
use crate::{
    http::lines::receiver,
    own::TellLines,
    store::account as books,
    transfer::webhook::{Said, SaidLine},
    vietqr::Transfer,
};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(counter, decide))
        .routes(routes!(day))
        .routes(routes!(table))
        .routes(routes!(camt053))
}

#[derive(Template)]
#[template(path = "sandbox_transfer.html")]
struct CounterPage<'a> {
    payload: &'a str,
    /// What the code asks for, once there is one.
    asked: Option<(&'a Transfer, Vnd)>,
    refused: Option<Refused>,
}

/// What the bank does not carry out.
const NO_AMOUNT: Refused = Refused::new(
    "Mã này không có số tiền; ngân hàng giả lập chỉ chuyển mã có số tiền",
    "This code has no amount; the pretend bank carries out only those that have",
);
const OTHER_ACCOUNT: Refused = Refused::new(
    "Ngân hàng giả lập chỉ giữ tài khoản của đơn vị thu, không có tài khoản này",
    "The pretend bank keeps the agency's account only, and not this one",
);

/// Reads a code as a payer's bank would.
fn read(app: &App, payload: &str) -> Result<(Transfer, Vnd), Refused> {
    let transfer = Transfer::read(payload.trim())?;
    let own = receiver(app).is_ok_and(|receiver| transfer.to == *receiver.beneficiary());
    match transfer.amount {
        _ if !own => Err(OTHER_ACCOUNT),
        None => Err(NO_AMOUNT),
        Some(amount) => Ok((transfer, amount)),
    }
}

fn show(
    payload: &str,
    read: Option<Result<(Transfer, Vnd), Refused>>,
) -> Result<Response, Problem> {
    let (read, refused) = match read {
        None => (None, None),
        Some(Ok(read)) => (Some(read), None),
        Some(Err(refused)) => (None, Some(refused)),
    };
    let status = if refused.is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    let page = CounterPage {
        payload,
        asked: read.as_ref().map(|(transfer, amount)| (transfer, *amount)),
        refused,
    };
    let html = page.render().map_err(|_| Problem::internal())?;
    let policy = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'";
    Ok((
        status,
        [(header::CONTENT_SECURITY_POLICY, policy)],
        Html(html),
    )
        .into_response())
}

/// The code that is shown to the bank.
#[derive(Deserialize, utoipa::IntoParams)]
struct Shown {
    /// Its payload; none yet for a payer who has still to paste it.
    #[serde(default)]
    payload: String,
}

/// The pretend bank's page for transfers: what a code asks for, and the buttons.
#[utoipa::path(get, path = "/payment/sandbox/transfer", params(Shown), responses((status = OK, content_type = "text/html")))]
async fn counter(
    _: Enabled,
    State(app): State<App>,
    Query(Shown { payload }): Query<Shown>,
) -> Result<Response, Problem> {
    receiver(&app)?;
    let read = (!payload.trim().is_empty()).then(|| read(&app, &payload));
    show(&payload, read)
}

/// The button that was pressed.
#[derive(Deserialize, utoipa::ToSchema)]
struct Pressed {
    payload: String,
    #[schema(value_type = String)]
    choice: Choice,
}

/// Carries the transfer out and shows the account's day.
#[utoipa::path(post, path = "/payment/sandbox/transfer",
    request_body(content = Pressed, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn decide(
    _: Enabled,
    State(app): State<App>,
    Form(Pressed { payload, choice }): Form<Pressed>,
) -> Result<Response, Problem> {
    let receiver = receiver(&app)?;
    let (transfer, amount) = match read(&app, &payload) {
        Ok(read) => read,
        refused => return show(&payload, Some(refused)),
    };
    app.transact(async |tx: Tx| {
        let first = books::next_number(tx.db()).await?;
        let carried = account::carry_out(&transfer, amount, choice, first, tx.now())
            .map_err(|wrong| Failure::park(wrong.to_string()))?;
        books::book(tx.db(), receiver.account(), &carried.booked).await?;
        for telling in carried.tellings {
            let (numbers, copies) = (telling.numbers, telling.copies);
            let told = TellLines {
                numbers,
                copies,
                tries: 0,
            };
            tx.send_at(telling.due, &told);
        }
        Ok::<_, Failure>(())
    })
    .await?;
    Ok(Answer::see_other("/payment/sandbox/account").into_response())
}

/// Tells the agency of lines, as often at once as the day is bad; gives the statuses, 0 for no answer.
pub async fn tell(telling: TellLines, work: Work) -> Result<Vec<u16>, Failure> {
    let (bank, app) = (work.part::<Bank>(), work.app());
    let Ok(receiver) = receiver(app) else {
        return Ok(Vec::new());
    };
    let lines = books::lines(work.reads(), &telling.numbers).await?;
    let said = Said {
        account: receiver.account().to_owned(),
        lines: lines.into_iter().map(SaidLine::from).collect(),
    };
    let body = serde_json::to_vec(&said).map_err(|error| Failure::park(error.to_string()))?;
    let headers = receiver.secret.sign(app.clock().now(), &body);
    let say = async || {
        let mut call = bank.http.post(&bank.lines).body(body.clone());
        for (name, value) in &headers {
            call = call.header(*name, value);
        }
        if let Some(traceparent) = chassis::traceparent() {
            call = call.header("traceparent", traceparent);
        }
        call.send()
            .await
            .map_or(0, |answered| answered.status().as_u16())
    };
    let said = (0..telling.copies).map(|_| say());
    Ok(futures::future::join_all(said).await)
}

/// Tells again later what the agency has not taken.
pub async fn told(telling: TellLines, statuses: Vec<u16>, tx: Tx) -> Result<(), Failure> {
    let tries = telling.tries + 1;
    let worst = statuses.iter().find(|status| **status != 200);
    if let Some(wait) = worst.and_then(|status| account::again(*status, tries)) {
        tx.send_at(tx.now() + wait, &TellLines { tries, ..telling });
    }
    Ok(())
}

/// The day that a statement is of; today when it is not said.
#[derive(Deserialize, utoipa::IntoParams)]
struct Wanted {
    day: Option<NaiveDate>,
}

async fn wanted(app: &App, wanted: &Wanted) -> Result<Day, Problem> {
    let receiver = receiver(app)?;
    let now = app.clock().now();
    let today = calendar::date(now);
    let date = wanted.day.unwrap_or(today);
    Ok(books::day(app.db().reads(), receiver.account(), date, now).await?)
}

#[derive(Template)]
#[template(path = "sandbox_account.html")]
struct DayPage<'a> {
    day: &'a Day,
    date: String,
    rows: Vec<(String, &'a crate::statement::Line)>,
}

/// The agency's account at the pretend bank: one day, and its statement to take along.
#[utoipa::path(get, path = "/payment/sandbox/account", params(Wanted), responses((status = OK, content_type = "text/html")))]
async fn day(
    _: Enabled,
    State(app): State<App>,
    Query(asked): Query<Wanted>,
) -> Result<Response, Problem> {
    let day = wanted(&app, &asked).await?;
    let row = |line: &'_ crate::statement::Line| match line.direction {
        crate::statement::Direction::Credit => format!("+{}", line.amount),
        crate::statement::Direction::Debit => format!("−{}", line.amount),
    };
    let page = DayPage {
        date: web::date(day.date),
        rows: day.lines.iter().map(|line| (row(line), line)).collect(),
        day: &day,
    };
    let html = page.render().map_err(|_| Problem::internal())?;
    Ok(Html(html).into_response())
}

fn download(kind: &'static str, name: String, file: Vec<u8>) -> Response {
    let named = format!("attachment; filename=\"{name}\"");
    (
        [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_DISPOSITION, named),
        ],
        file,
    )
        .into_response()
}

/// The day's statement as a table.
#[utoipa::path(get, path = "/payment/sandbox/statement.csv", params(Wanted), responses((status = OK, content_type = "text/csv")))]
async fn table(
    _: Enabled,
    State(app): State<App>,
    Query(asked): Query<Wanted>,
) -> Result<Response, Problem> {
    let day = wanted(&app, &asked).await?;
    let table = day.table().map_err(|_| Problem::internal())?;
    Ok(download(
        "text/csv; charset=utf-8",
        format!("sao-ke-{}.csv", day.date),
        table,
    ))
}

/// The day's statement as a camt.053.
#[utoipa::path(get, path = "/payment/sandbox/statement.xml", params(Wanted), responses((status = OK, content_type = "application/xml")))]
async fn camt053(
    _: Enabled,
    State(app): State<App>,
    Query(asked): Query<Wanted>,
) -> Result<Response, Problem> {
    let day = wanted(&app, &asked).await?;
    Ok(download(
        "application/xml",
        format!("sao-ke-{}.xml", day.date),
        day.camt053().into(),
    ))
}
