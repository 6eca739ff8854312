//! The bank's lines over HTTP: said by the bank itself, imported from its statement, and settled by an officer's word.

use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chassis::{
    App, Failure, Tx,
    auth::{Claims, Officer},
    http::{Act, Answer, Json, Problem},
};
use contracts::{DossierCode, OrderId, Refused, Text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use web::Reader;

use super::views::LineView;
use crate::{
    config::Config,
    deeds,
    handlers::lines::{self as handlers, Taken},
    pages,
    statement::{self, LARGEST, Line},
    store::lines,
    transfer::{
        Allocation, Found, Misallocated, Receiver, Reference, Source,
        webhook::{Disbelieved, SIGNATURE, Said, TIMESTAMP},
    },
};

/// The most lines that a list shows.
pub const MOST: usize = 200;

/// The routes. A statement sets its own limit.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(import))
        .layer(DefaultBodyLimit::disable())
        .routes(routes!(said, waiting))
        .routes(routes!(allocate))
}

/// What an agency that takes no transfers answers.
pub fn receiver(app: &App) -> Result<std::sync::Arc<Receiver>, Problem> {
    if app.config::<Config>().transfer.enabled {
        Ok(app.part::<Receiver>())
    } else {
        Err(Problem::not_found())
    }
}

/// A call that the bank signed: nobody else's reaches a handler that takes this.
struct FromBank(Said);

impl FromRequest<App> for FromBank {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let receiver = receiver(app)?;
        let timestamp = header(&request, TIMESTAMP);
        let signature = header(&request, SIGNATURE);
        let body = Bytes::from_request(request, app).await.map_err(|_| {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Nội dung gửi quá lớn hoặc bị đứt quãng",
                "The body is too large, or was broken off",
            )
        })?;
        let now = app.clock().now();
        receiver
            .secret
            .check(&timestamp, &signature, &body, now, receiver.patience)
            .map_err(disbelieved)?;
        let said: Said = serde_json::from_slice(&body).map_err(|error| {
            let reason = Refused::from_serde(&error.to_string()).unwrap_or_else(|| {
                Refused::because("Nội dung không đúng định dạng", error.to_string())
            });
            Problem::field("body", reason)
        })?;
        Ok(Self(said))
    }
}

fn header(request: &Request, name: &str) -> String {
    let value = request.headers().get(name);
    let text = value.and_then(|value| value.to_str().ok());
    text.unwrap_or_default().to_owned()
}

fn disbelieved(reason: Disbelieved) -> Problem {
    let (vi, en) = match reason {
        Disbelieved::Forged => (
            "Thiếu chữ ký của ngân hàng, hoặc chữ ký sai",
            "The bank's signature is missing or wrong",
        ),
        Disbelieved::Stale => (
            "Nội dung được ký quá lâu trước đây, hoặc đồng hồ bên gửi sai",
            "This was signed too long ago, or by a clock that is wrong",
        ),
    };
    Problem::new(StatusCode::UNAUTHORIZED, vi, en)
}

/// What became of lines that came together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Tally {
    /// Lines that were news.
    pub new: usize,
    /// Lines that were known.
    pub known: usize,
    /// Of the news: those that pay their order.
    pub matched: usize,
    /// Of the news: those whose order was paid already or is cancelled; they are owed back.
    pub surplus: usize,
    /// Of the news: those that wait for an officer.
    pub waiting: usize,
    /// The bank's references of lines that are known otherwise: with another amount, or the other way.
    pub contradicting: Vec<String>,
}

impl Tally {
    fn count(&mut self, line: &Line, taken: Taken) {
        match taken {
            Taken::New(found) => {
                self.new += 1;
                match found {
                    Found::Paid => self.matched += 1,
                    Found::Surplus => self.surplus += 1,
                    _ => self.waiting += 1,
                }
            }
            Taken::Known => self.known += 1,
            Taken::Contradicts => self.contradicting.push(line.reference.clone()),
        }
    }
}

/// Takes lines in, each for itself: what was taken in before a failure stays, and is known when all of it comes again.
async fn take_all(
    app: &App,
    account: &str,
    lines: &[Line],
    source: Source,
    officer: Option<&Claims>,
) -> Result<Tally, Problem> {
    let mut tally = Tally::default();
    for line in lines {
        let officer = officer.map(|claims| claims.sub);
        let taken: Result<Taken, Failure> = app
            .transact(async |tx: Tx| handlers::take_in(&tx, account, line, source, officer).await)
            .await;
        tally.count(line, taken?);
    }
    Ok(tally)
}

fn other_account() -> Problem {
    let refused = Refused::new(
        "Đây là tài khoản khác, không phải tài khoản thu của đơn vị",
        "This is another account, not the one that the agency is paid to",
    );
    Problem::field("account", refused)
}

/// The bank says which lines it has booked. Said again, a line changes nothing; an answer other than 200 asks for all of it
/// again.
#[utoipa::path(post, path = "/payment/bank/lines", request_body = Said,
    params(("x-bank-timestamp" = String, Header), ("x-bank-signature" = String, Header)),
    responses((status = OK, body = Tally), (status = UNAUTHORIZED, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn said(
    State(app): State<App>,
    FromBank(said): FromBank,
) -> Result<axum::Json<Tally>, Problem> {
    let receiver = receiver(&app)?;
    if said.account != receiver.account() {
        return Err(other_account());
    }
    let lines = said
        .lines()
        .map_err(|(field, refused)| Problem::field(&field, refused))?;
    let tally = take_all(&app, receiver.account(), &lines, Source::Webhook, None).await?;
    Ok(axum::Json(tally))
}

/// The lines that wait for an officer, oldest first.
#[utoipa::path(get, path = "/payment/bank/lines", responses((status = OK, body = Vec<LineView>)))]
async fn waiting(_: Officer, State(app): State<App>) -> Result<axum::Json<Vec<LineView>>, Problem> {
    let waiting = lines::waiting(app.db().reads(), MOST).await?;
    Ok(axum::Json(
        waiting.into_iter().map(LineView::from).collect(),
    ))
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes the form")]
struct ImportForm {
    /// The statement, CSV or camt.053.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Imports a statement of the bank's: a table (CSV) or ISO 20022's camt.053. Importing it again changes nothing.
#[utoipa::path(post, path = "/payment/bank/statements", request_body(content = ImportForm, content_type = "multipart/form-data"),
    responses((status = OK, body = Tally), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn import(
    Officer(claims): Officer,
    State(app): State<App>,
    reader: Reader,
    form: Multipart,
) -> Result<Response, Problem> {
    let receiver = receiver(&app)?;
    let file = uploaded(form).await?;
    let columns = &app.config::<Config>().transfer.columns;
    let (kind, statements) = statement::read(&file, columns)
        .map_err(|unreadable| Problem::field("file", statement::refused(&unreadable)))?;
    let foreign = |account: &String| account != receiver.account();
    if statements
        .iter()
        .filter_map(|statement| statement.account.as_ref())
        .any(foreign)
    {
        return Err(other_account());
    }
    let lines: Vec<Line> = statements
        .into_iter()
        .flat_map(|statement| statement.lines)
        .collect();
    let source = Source::File(kind);
    let account = receiver.account();
    let tally = take_all(&app, account, &lines, source, Some(&claims)).await?;
    match reader {
        Reader::Program => Ok(axum::Json(tally).into_response()),
        Reader::Person => pages::bank::imported(&app, &claims, &tally).await,
    }
}

/// The file of the form, as far as it may be read.
pub async fn uploaded(mut form: Multipart) -> Result<Vec<u8>, Problem> {
    let broken = |_| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "Không nhận được hết tệp, xin gửi lại",
            "The file did not come whole, please send it again",
        )
    };
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        if field.name() != Some("file") {
            continue;
        }
        let mut file = Vec::new();
        while let Some(piece) = field.chunk().await.map_err(broken)? {
            if file.len() + piece.len() > LARGEST {
                let unreadable = statement::Unreadable::TooLarge;
                return Err(Problem::field("file", statement::refused(&unreadable)));
            }
            file.extend_from_slice(&piece);
        }
        return Ok(file);
    }
    Err(Problem::field(
        "file",
        Refused::new("Xin chọn một tệp", "Please choose a file"),
    ))
}

/// An officer's word on lines that wait.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Allocate {
    /// The lines; together they must be at least what the order asks for.
    pub lines: Vec<Uuid>,
    /// The dossier's code, or the reference of the transfer.
    pub order: String,
    /// Why they are this order's: kept with them.
    pub reason: Text,
}

/// What an allocation did.
#[derive(Debug, Serialize, ToSchema)]
pub struct Allocated {
    /// The order.
    pub order: OrderId,
}

/// Gives the money of lines that wait to an order.
pub async fn give(tx: &Tx, claims: &Claims, wanted: Allocate) -> Result<OrderId, Problem> {
    if wanted.lines.len() > MOST {
        let refused = Refused::new(
            "Mỗi lần chọn nhiều nhất 200 giao dịch",
            "At most 200 lines can be chosen at a time",
        );
        return Err(Problem::field("lines", refused));
    }
    let order = named(tx, &wanted.order).await?;
    let mut ids = wanted.lines;
    ids.sort_unstable();
    ids.dedup();
    let allocation = Allocation {
        lines: ids,
        reason: wanted.reason,
    };
    let settled = handlers::settle(tx, order, &allocation, claims.sub).await?;
    settled
        .ok_or_else(Problem::not_found)?
        .map_err(misallocated)?;
    deeds::record(tx, claims.sub, "transfer-allocated", order.0);
    Ok(order)
}

/// The order that an officer means.
pub async fn named(tx: &Tx, words: &str) -> Result<OrderId, Problem> {
    let referred = lines::referred(tx.db(), &Reference::find(words)).await?;
    if let [only] = referred[..] {
        return Ok(only);
    }
    let of_code = match words.trim().parse::<DossierCode>() {
        Ok(code) => lines::order_by_code(tx.db(), &code).await?,
        Err(_) => None,
    };
    of_code.map(|order| order.rules.id).ok_or_else(|| {
        let refused = Refused::new(
            "Không có khoản phí nào của mã hồ sơ hoặc mã chuyển khoản này",
            "There is no fee of this dossier code or transfer reference",
        );
        Problem::field("order", refused)
    })
}

fn misallocated(reason: Misallocated) -> Problem {
    let field = |field, vi, en| Problem::field(field, Refused::new(vi, en));
    match reason {
        Misallocated::Nothing => field(
            "lines",
            "Xin chọn ít nhất một giao dịch",
            "Please choose at least one line",
        ),
        Misallocated::TooLittle => field(
            "lines",
            "Các giao dịch đã chọn chưa đủ khoản phí: chọn thêm giao dịch của người nộp, hoặc để họ chuyển thêm",
            "The chosen lines are less than the fee: choose the payer's other lines too, or let them transfer the rest",
        ),
        Misallocated::NoIncome => field(
            "lines",
            "Chỉ tiền chuyển đến mới nộp được phí; giao dịch đi hoặc hoàn trả thì không",
            "Only money that came in can pay a fee, not what went out or came back",
        ),
        Misallocated::Settled => Problem::conflict(
            "Có giao dịch đã được người khác xử lý, xin tải lại trang",
            "A line has been settled by somebody else, please load the page again",
        ),
    }
}

/// Gives lines that wait to an order, with a reason that is kept.
#[utoipa::path(post, path = "/payment/bank/allocations", request_body = Allocate,
    responses((status = OK, body = Allocated), (status = CONFLICT, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn allocate(
    Officer(claims): Officer,
    act: Act,
    Json(wanted): Json<Allocate>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&wanted);
    let give = async |tx: Tx| {
        let order = give(&tx, &claims, wanted).await?;
        Ok(Answer::json(StatusCode::OK, &Allocated { order }))
    };
    act.transact(give).await
}
