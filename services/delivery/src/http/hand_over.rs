//! Handing a result over: at the counter, or by post.

use axum::{http::StatusCode, response::Response};
use chassis::{
    Tx,
    auth::Officer,
    http::{Act, Answer, Json, Path, Problem},
};
use contracts::{AccountId, Delivery, PersonName, PhoneNumber, ResultId, Text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{refused, stepping};
use crate::{
    domain::{
        Refusal, Step,
        evidence::{Evidence, Identity, confirmed},
        parcel,
    },
    handlers::{
        self,
        codes::{self, Disbelief},
        parcels as handling,
    },
    own::PlaceOrder,
    post::Post,
    store::{
        self, Receipt,
        parcels::{self, Receiver},
        reminders,
        shipments::{self, Shipment},
    },
};

/// The routes.
pub fn routes() -> OpenApiRouter<chassis::App> {
    OpenApiRouter::new()
        .routes(routes!(hand_over))
        .routes(routes!(code))
        .routes(routes!(ship))
        .routes(routes!(delivered))
        .routes(routes!(order))
        .routes(routes!(cancel))
        .routes(routes!(called))
}

/// Who takes a result at the counter, and what shows that they did.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct HandOver {
    /// Their name.
    pub to: PersonName,
    /// Who they are, as the officer saw it.
    pub identity: Identity,
    /// The code that the applicant was sent; this, or a signature, is wanted.
    #[serde(default)]
    pub code: Option<String>,
    /// Whether they signed the register.
    #[serde(default)]
    pub signed: bool,
    /// What the officer wants to note.
    #[serde(default)]
    pub note: Option<Text>,
}

impl HandOver {
    /// The code, if one was typed.
    fn typed(&self) -> Option<&str> {
        let code = self.code.as_deref().map(str::trim);
        code.filter(|code| !code.is_empty())
    }

    /// What a form's key stands for: another code is another try.
    pub fn key(&self, key: &str) -> String {
        let code = self.typed().unwrap_or_default().chars();
        let code: String = code.filter(char::is_ascii_digit).take(10).collect();
        format!("{key}-{code}")
    }
}

/// The post office has the paper, or may have it: it cannot go another way.
async fn is_here(tx: &Tx, id: ResultId) -> Result<(), Problem> {
    if handling::is_under_way(tx, id).await? {
        return Err(refused(Refusal::WithPost));
    }
    Ok(())
}

/// Hands a result over at the counter; or says why the code is not believed, which is written down as a try.
pub async fn give(
    tx: &Tx,
    id: ResultId,
    officer: AccountId,
    to: HandOver,
) -> Result<Result<(), Disbelief>, Problem> {
    let (entry, handed_over) = stepping(tx, id, Step::HandOver).await?;
    is_here(tx, id).await?;
    let typed = to.typed();
    let confirmed =
        confirmed(typed.is_some(), to.signed).ok_or_else(|| refused(Refusal::Unconfirmed))?;
    if let Some(typed) = typed
        && let Err(disbelief) = codes::check(tx, id, typed).await?
    {
        return Ok(Err(disbelief));
    }
    let receipt = Receipt {
        officer: Some(officer),
        to: Some(to.to.into()),
        note: to.note,
        evidence: Some(Evidence::Counter {
            identity: to.identity,
            confirmed,
        }),
    };
    handlers::hand_over(tx, &entry, handed_over, Delivery::Counter, receipt).await?;
    Ok(Ok(()))
}

/// Does the act at the counter. A wrong code undoes nothing that it counts: the try is committed, and then refused.
pub async fn act_at_counter(
    act: Act,
    id: ResultId,
    officer: AccountId,
    to: HandOver,
    done: Answer,
) -> Result<Response, Problem> {
    let answer = act
        .transact(async |tx: Tx| {
            Ok(match give(&tx, id, officer, to).await? {
                Ok(()) => done,
                Err(disbelief) => Answer::json(StatusCode::UNPROCESSABLE_ENTITY, &disbelief),
            })
        })
        .await?;
    if answer.status() != StatusCode::UNPROCESSABLE_ENTITY {
        return Ok(answer);
    }
    let body = axum::body::to_bytes(answer.into_body(), 1000).await;
    let body = body.map_err(|_| Problem::internal())?;
    let disbelief: Disbelief = serde_json::from_slice(&body).map_err(|_| Problem::internal())?;
    Err(disbelieved(disbelief))
}

/// Why a code is not believed, to whoever typed it.
fn disbelieved(disbelief: Disbelief) -> Problem {
    let (vi, en) = match disbelief {
        Disbelief::None => (
            "Chưa gửi mã nào, hoặc mã đã hết hạn: hãy gửi mã mới",
            "No code was sent, or it is good no more: send a new one",
        ),
        Disbelief::Wrong { left: 0 } => (
            "Mã không đúng quá nhiều lần: hãy gửi mã mới",
            "Too many wrong codes: send a new one",
        ),
        Disbelief::Wrong { left } => {
            let (vi, en) = (
                format!("Mã không đúng, còn {left} lần thử"),
                format!("The code is wrong, {left} tries are left"),
            );
            return Problem::new(StatusCode::UNPROCESSABLE_ENTITY, &vi, &en);
        }
    };
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, vi, en)
}

/// An officer hands a result over at the counter.
#[utoipa::path(post, path = "/delivery/results/{id}/hand-over", params(("id" = ResultId, Path)), request_body = HandOver,
    responses((status = NO_CONTENT), (status = CONFLICT, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn hand_over(
    Officer(claims): Officer,
    Path(id): Path<ResultId>,
    act: Act,
    Json(body): Json<HandOver>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&body);
    act_at_counter(act, id, claims.sub, body, Answer::nothing()).await
}

/// Has the applicant sent a code that is to be told at the counter.
pub async fn send_code(tx: &Tx, id: ResultId) -> Result<(), Problem> {
    let (entry, _) = stepping(tx, id, Step::HandOver).await?;
    if codes::make(tx, &entry).await? {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "Vừa gửi mã rồi: hãy đợi một phút",
        "A code was sent just now: wait a minute",
    )
    .retry_after(60))
}

/// An officer has the applicant sent a code.
#[utoipa::path(post, path = "/delivery/results/{id}/code", params(("id" = ResultId, Path)),
    responses((status = NO_CONTENT), (status = CONFLICT, body = Problem), (status = TOO_MANY_REQUESTS, body = Problem)))]
async fn code(
    Officer(claims): Officer,
    Path(id): Path<ResultId>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| send_code(&tx, id).await.map(|()| Answer::nothing());
    act.by(claims.sub).transact(work).await
}

/// A parcel that an officer took to the post.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Parcel {
    /// Who carries it.
    pub carrier: Text,
    /// The carrier's number.
    pub number: Text,
}

/// Writes down that an officer took a result to the post.
pub async fn post(
    tx: &Tx,
    id: ResultId,
    officer: AccountId,
    parcel: &Parcel,
) -> Result<(), Problem> {
    let (entry, _) = stepping(tx, id, Step::HandOver).await?;
    is_here(tx, id).await?;
    let shipment = Shipment {
        result: entry.id,
        carrier: parcel.carrier.to_string(),
        number: parcel.number.to_string(),
        shipped_at: tx.now(),
    };
    Ok(shipments::ship(tx.db(), shipment, officer).await?)
}

/// An officer took a result to the post.
#[utoipa::path(post, path = "/delivery/results/{id}/ship", params(("id" = ResultId, Path)), request_body = Parcel,
    responses((status = NO_CONTENT), (status = CONFLICT, body = Problem)))]
async fn ship(
    Officer(claims): Officer,
    Path(id): Path<ResultId>,
    act: Act,
    Json(body): Json<Parcel>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&body);
    act.transact(async |tx: Tx| {
        post(&tx, id, claims.sub, &body)
            .await
            .map(|()| Answer::nothing())
    })
    .await
}

/// The post delivered a result, as an officer says.
pub async fn arrived(tx: &Tx, id: ResultId, officer: AccountId) -> Result<(), Problem> {
    let (entry, handed_over) = stepping(tx, id, Step::HandOver).await?;
    let by_hand = shipments::of(tx.db(), [entry.id]).await?;
    if by_hand.is_empty() && !handling::is_under_way(tx, id).await? {
        return Err(refused(Refusal::NotShipped));
    }
    let receipt = Receipt {
        officer: Some(officer),
        evidence: Some(Evidence::Officer),
        ..Receipt::default()
    };
    Ok(handlers::hand_over(tx, &entry, handed_over, Delivery::Post, receipt).await?)
}

/// An officer writes down that the post delivered a result.
#[utoipa::path(post, path = "/delivery/results/{id}/delivered", params(("id" = ResultId, Path)),
    responses((status = NO_CONTENT), (status = CONFLICT, body = Problem)))]
async fn delivered(
    Officer(claims): Officer,
    Path(id): Path<ResultId>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        arrived(&tx, id, claims.sub)
            .await
            .map(|()| Answer::nothing())
    };
    act.by(claims.sub).transact(work).await
}

/// Who gets a parcel. The post office is told, and nobody else.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct To {
    /// Their name.
    pub name: PersonName,
    /// Their telephone number.
    pub phone: PhoneNumber,
    /// Their address on one line.
    pub address: Text,
}

/// What was ordered.
#[derive(Debug, Serialize, ToSchema)]
struct Ordered {
    /// The parcel's number.
    parcel: String,
}

/// Gives a result to the post office: the order is kept with this act and sent until it is taken.
pub async fn send(tx: &Tx, id: ResultId, officer: AccountId, to: &To) -> Result<String, Problem> {
    let (entry, _) = stepping(tx, id, Step::HandOver).await?;
    is_here(tx, id).await?;
    if !tx.part::<Post>().is_there() {
        return Err(Problem::conflict(
            "Chưa kết nối với bưu điện: hãy gửi bằng tay và ghi số vận đơn",
            "There is no line to the post office: send it by hand and note the parcel's number",
        ));
    }
    let number = handling::number(tx, &entry).await?;
    let parcel = parcels::Parcel {
        number: number.clone(),
        result: entry.id,
        officer,
        receiver: Receiver {
            name: to.name.to_string(),
            phone: to.phone.to_string(),
            address: to.address.to_string(),
        },
        state: parcel::State::Ordered,
        item_code: None,
        reason: None,
        ordered_at: tx.now(),
        changed_at: tx.now(),
    };
    if !parcels::order(tx.db(), parcel).await? {
        return Err(handlers::raced().into());
    }
    tx.say(&PlaceOrder {
        parcel: number.clone(),
        dossier: entry.dossier,
    });
    Ok(number)
}

/// An officer gives a result to the post office.
#[utoipa::path(post, path = "/delivery/results/{id}/parcels", params(("id" = ResultId, Path)), request_body = To,
    responses((status = CREATED, body = Ordered), (status = CONFLICT, body = Problem)))]
async fn order(
    Officer(claims): Officer,
    Path(id): Path<ResultId>,
    act: Act,
    Json(body): Json<To>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&body);
    act.transact(async |tx: Tx| {
        let parcel = send(&tx, id, claims.sub, &body).await?;
        Ok(Answer::json(StatusCode::CREATED, &Ordered { parcel }))
    })
    .await
}

/// Writes down that an officer called a result's owner.
pub async fn call(tx: &Tx, id: ResultId, officer: AccountId) -> Result<(), Problem> {
    if reminders::called(tx.db(), id, officer, tx.now()).await? {
        return Ok(());
    }
    Err(Problem::conflict(
        "Không còn phải gọi người này",
        "There is nobody to call any more",
    ))
}

/// An officer called the owner of a result that waits.
#[utoipa::path(post, path = "/delivery/results/{id}/called", params(("id" = ResultId, Path)),
    responses((status = NO_CONTENT), (status = CONFLICT, body = Problem)))]
async fn called(
    Officer(claims): Officer,
    Path(id): Path<ResultId>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| call(&tx, id, claims.sub).await.map(|()| Answer::nothing());
    act.by(claims.sub).transact(work).await
}

/// Has a parcel taken back from the post office.
pub async fn take_back(tx: &Tx, number: &str) -> Result<(), Problem> {
    let parcel = parcels::parcel(tx.db(), number).await?;
    let parcel = parcel.ok_or_else(Problem::not_found)?;
    let entry = store::hold(tx.db(), parcel.result).await?;
    let entry = entry.ok_or_else(Problem::not_found)?;
    if handling::cancel(tx, &entry, number).await? {
        return Ok(());
    }
    Err(Problem::conflict(
        "Bưu gửi này không còn hủy được",
        "This parcel cannot be taken back any more",
    ))
}

/// An officer has a parcel taken back.
#[utoipa::path(post, path = "/delivery/parcels/{number}/cancel", params(("number" = String, Path)),
    responses((status = NO_CONTENT), (status = CONFLICT, body = Problem)))]
async fn cancel(
    Officer(claims): Officer,
    Path(number): Path<String>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| take_back(&tx, &number).await.map(|()| Answer::nothing());
    act.by(claims.sub).transact(work).await
}
