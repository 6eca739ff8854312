//! A pretend post office that ships: a server on this machine that speaks as the real one does, remembers what was ordered,
//! and has bad days on request. Tests and development send to it; nothing is carried.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use super::Contract;

/// Whom it knows.
pub const CLIENT: &str = "pretend";
/// What proves it.
pub const SECRET: &str = "pretend-secret";
/// The customer.
pub const CUSTOMER: &str = "MOTCUA";
/// In an address: nobody lives there.
pub const NOWHERE: &str = "không có thật";
/// The statuses that a parcel goes through by itself.
const WAY: [(&str, &str); 4] = [
    ("10", "Đã nhận đơn"),
    ("70", "Bưu cục đã nhận bưu gửi"),
    ("80", "Đang đi phát"),
    ("100", "Phát thành công"),
];

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// Nothing.
    Good,
    /// It is broken; nothing is done.
    Down,
    /// It does what it is asked, and no answer ever comes.
    Silent,
    /// It does what it is asked and breaks before it answers.
    Broken,
    /// It does what it is asked, and nobody understands its answer.
    Nonsense,
    /// It believes no token that it gave before.
    Expired,
}

/// An order that it took, as it was sent.
#[derive(Debug, Clone)]
pub struct Took {
    /// The order.
    pub order: Value,
    /// Whether it was taken back.
    pub is_cancelled: bool,
    /// How far it came by itself.
    step: usize,
}

#[derive(Default)]
struct Books {
    took: Vec<Took>,
    asked: usize,
    statuses: Vec<Value>,
    next: i64,
    tokens: u32,
    days: VecDeque<Day>,
    looks: VecDeque<Day>,
    walks: bool,
}

type Shared = Arc<Mutex<Books>>;

/// The post office. It ends when this is dropped.
pub struct Office {
    books: Shared,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Office {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn locked(books: &Shared) -> MutexGuard<'_, Books> {
    books.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Office {
    /// Opens it on this machine's inner address. Its statuses are numbered from behind `first`.
    pub async fn open(first: i64) -> std::io::Result<Self> {
        let books = Shared::default();
        locked(&books).next = first;
        let routes = Router::new()
            .route("/token", post(token))
            .route("/order", post(order))
            .route("/cancel", post(cancel))
            .route("/tracking", get(tracking))
            .with_state(books.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::warn!(%error, "the pretend post office ended");
            }
        });
        Ok(Self {
            books,
            address,
            task,
        })
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Has a contract be with it.
    pub fn settle(&self, contract: &mut Contract) {
        contract.url = self.url();
        contract.client_id = CLIENT.into();
        contract.client_secret = SECRET.into();
        contract.customer_code = CUSTOMER.into();
    }

    /// From now on each parcel goes one step further whenever statuses are read.
    pub fn walks(&self) {
        locked(&self.books).walks = true;
    }

    /// What the next orders and cancellations meet, one each; good days when they are used up.
    pub fn then(&self, days: impl IntoIterator<Item = Day>) {
        locked(&self.books).days.extend(days);
    }

    /// The same for whoever reads statuses.
    pub fn then_looked_at(&self, days: impl IntoIterator<Item = Day>) {
        locked(&self.books).looks.extend(days);
    }

    /// The orders that it took, in order.
    pub fn took(&self) -> Vec<Took> {
        locked(&self.books).took.clone()
    }

    /// How often it was asked to take an order.
    pub fn asked(&self) -> usize {
        locked(&self.books).asked
    }

    /// How many tokens it gave.
    pub fn tokens(&self) -> u32 {
        locked(&self.books).tokens
    }

    /// Says something of a parcel; the number of what was said.
    pub fn say(&self, parcel: &str, code: &str, message: &str) -> i64 {
        locked(&self.books).say(parcel, code, message)
    }

    /// Says something under a number of its own, which may be an old one.
    pub fn say_as(&self, id: i64, parcel: &str, code: &str, message: &str) {
        locked(&self.books).statuses.push(json!({
            "id": id, "orderNumber": parcel, "statusCode": code, "statusMessage": message }));
    }

    /// Says something that nobody can read.
    pub fn mumble(&self) {
        locked(&self.books).statuses.push(json!({ "id": "?" }));
    }
}

impl Books {
    fn say(&mut self, parcel: &str, code: &str, message: &str) -> i64 {
        self.next += 1;
        let item = format!("PT{:09}VN", self.next % 1_000_000_000);
        self.statuses.push(json!({
            "id": self.next, "orderNumber": parcel, "statusCode": code, "statusMessage": message, "itemCode": item }));
        self.next
    }

    fn walk(&mut self) {
        let due: Vec<_> = self
            .took
            .iter_mut()
            .filter(|took| !took.is_cancelled)
            .filter_map(|took| {
                let (code, message) = WAY.get(took.step)?;
                took.step += 1;
                Some((text(&took.order, "orderNumber"), *code, *message))
            })
            .collect();
        for (parcel, code, message) in due {
            self.say(&parcel, code, message);
        }
    }

    /// The day that this request has, and what it is answered where nobody believes it.
    fn begin(&mut self, headers: &HeaderMap, day: Option<Day>) -> Result<Day, Response> {
        let day = day.unwrap_or(Day::Good);
        match day {
            Day::Down => return Err(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
            Day::Expired => self.tokens += 1,
            _ => {}
        }
        let expected = format!("Bearer token-{}", self.tokens);
        let told = headers.get(header::AUTHORIZATION);
        if told.and_then(|value| value.to_str().ok()) == Some(&expected) {
            Ok(day)
        } else {
            Err(StatusCode::UNAUTHORIZED.into_response())
        }
    }
}

fn text(value: &Value, name: &str) -> String {
    let found = value.get(name).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}

async fn answered(day: Day, answer: &Value) -> Response {
    match day {
        Day::Silent => std::future::pending().await,
        Day::Broken => StatusCode::BAD_GATEWAY.into_response(),
        Day::Nonsense => "<html>\u{0}".into_response(),
        _ => axum::Json(answer).into_response(),
    }
}

async fn token(State(books): State<Shared>, headers: HeaderMap, body: String) -> Response {
    // pretend:pretend-secret
    let known = "Basic cHJldGVuZDpwcmV0ZW5kLXNlY3JldA==";
    let told = headers.get(header::AUTHORIZATION);
    let is_known = told.and_then(|value| value.to_str().ok()) == Some(known);
    if !is_known || body != "grant_type=client_credentials" {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut books = locked(&books);
    books.tokens += 1;
    let token = format!("token-{}", books.tokens);
    axum::Json(json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 }))
        .into_response()
}

/// Takes an order, once for each number.
async fn order(State(books): State<Shared>, headers: HeaderMap, body: String) -> Response {
    let (day, answer) = {
        let mut books = locked(&books);
        books.asked += 1;
        let day = books.days.pop_front();
        let day = match books.begin(&headers, day) {
            Ok(day) => day,
            Err(refused) => return refused,
        };
        (day, books.take(&body))
    };
    answered(day, &answer).await
}

impl Books {
    fn take(&mut self, body: &str) -> Value {
        let no = |code: &str, message: &str| json!({ "status": false, "code": code, "message": message });
        let order: Value = serde_json::from_str(body).unwrap_or_default();
        let number = text(&order, "orderNumber");
        let wanted = [
            "senderName",
            "senderAddress",
            "senderTel",
            "receiverName",
            "receiverAddress",
            "receiverTel",
            "receiverProvince",
        ];
        if number.is_empty() || wanted.iter().any(|name| text(&order, name).is_empty()) {
            return no("MISSING", "Đơn thiếu thông tin");
        }
        if text(&order, "customerCode") != CUSTOMER {
            return no("CUSTOMER", "Không có khách hàng này");
        }
        if text(&order, "receiverAddress").contains(NOWHERE) {
            return no("ADDRESS", "Địa chỉ không phát được");
        }
        let is_known = |took: &Took| text(&took.order, "orderNumber") == number;
        if self.took.iter().any(is_known) {
            return no("DUPLICATE", "Đơn đã có");
        }
        self.took.push(Took {
            order,
            is_cancelled: false,
            step: 0,
        });
        json!({ "status": true, "code": "OK" })
    }

    fn take_back(&mut self, body: &str) -> Value {
        let asked: Value = serde_json::from_str(body).unwrap_or_default();
        let number = text(&asked, "orderNumber");
        let is_carried = |status: &Value| {
            text(status, "orderNumber") == number && text(status, "statusCode") == "70"
        };
        if self.statuses.iter().any(is_carried) {
            return json!({ "status": false, "code": "CARRIED", "message": "Bưu gửi đã được nhận" });
        }
        let is_it = |took: &&mut Took| text(&took.order, "orderNumber") == number;
        match self.took.iter_mut().find(is_it) {
            None => json!({ "status": false, "code": "UNKNOWN", "message": "Không có đơn này" }),
            Some(took) => {
                took.is_cancelled = true;
                json!({ "status": true, "code": "OK" })
            }
        }
    }
}

/// Takes an order back that nobody carries yet.
async fn cancel(State(books): State<Shared>, headers: HeaderMap, body: String) -> Response {
    let (day, answer) = {
        let mut books = locked(&books);
        let day = books.days.pop_front();
        let day = match books.begin(&headers, day) {
            Ok(day) => day,
            Err(refused) => return refused,
        };
        (day, books.take_back(&body))
    };
    answered(day, &answer).await
}

/// The statuses behind `lastId`, the newest of the page first and the first of it twice.
async fn tracking(
    State(books): State<Shared>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let value = |name: &str| {
        let found = query.split('&').find_map(|pair| pair.strip_prefix(name));
        found.and_then(|value| value.parse::<i64>().ok())
    };
    let (day, page) = {
        let mut books = locked(&books);
        let day = books.looks.pop_front();
        let day = match books.begin(&headers, day) {
            Ok(day) => day,
            Err(refused) => return refused,
        };
        if books.walks {
            books.walk();
        }
        let after = value("lastId=").unwrap_or_default();
        let size = usize::try_from(value("pageSize=").unwrap_or(10)).unwrap_or(10);
        let id = |status: &Value| status.get("id").and_then(Value::as_i64);
        let mut page: Vec<_> = books.statuses.clone();
        page.retain(|status| id(status).is_none_or(|id| id > after));
        page.sort_by_key(id);
        page.truncate(size);
        page.reverse();
        if let Some(first) = page.first().cloned() {
            page.push(first);
        }
        (day, page)
    };
    answered(day, &json!({ "items": page })).await
}
