//! Delivery's API: a dossier's result, its file, and taking it back. The check is in `check`, handing over in `hand_over`.

pub mod check;
pub mod hand_over;
pub mod preview;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chassis::{
    App, Failure, Tx,
    auth::{Claims, DecisionSigner, Person, Role},
    http::{Act, Answer, Json, Path, Problem},
};
use chrono::{DateTime, Utc};
use contracts::{
    AccountId, Delivery, DossierId, ProcedureCode, ResultId, Text,
    desk::{Field, Outcome},
    identity::MandateAct,
};
use files::Files;
use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    assurance::{self, Doing},
    domain::{
        Refusal, State as Standing, Step,
        evidence::Evidence,
        paper::{Says, Signature},
        parcel,
    },
    handlers::replace::{self, Replacement},
    openings, pages,
    store::{
        self, Entry, Receipt, deposits,
        parcels::{self, Event},
        shipments,
    },
};

/// Everything delivery answers to over HTTP.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(of_dossier))
        .routes(routes!(file))
        .routes(routes!(revoke))
        .routes(routes!(replaced))
        .merge(check::routes())
        .merge(preview::routes())
        .merge(hand_over::routes())
        .merge(pages::routes())
}

/// A result as its owner and the officers see it.
#[derive(Debug, Serialize, ToSchema)]
struct ResultView {
    /// The result.
    result: ResultId,
    /// The dossier it answers.
    dossier: DossierId,
    /// What it is called.
    title: String,
    /// Number and symbol, as printed.
    number: String,
    /// SHA-256 of the PDF, lower hex; null until it is issued.
    sha256: Option<String>,
    /// The code by which anybody can check it.
    check_code: String,
    /// `numbered`, `issued`, `handed_over`, `revoked` or `replaced`.
    state: &'static str,
    /// How the citizen wants it.
    delivery: Delivery,
    /// How many copies the citizen asked for.
    copies: u32,
    /// When it was issued.
    issued_at: Option<DateTime<Utc>>,
    /// When it was handed over.
    handed_over_at: Option<DateTime<Utc>>,
    /// By which way it was handed over.
    handed_over_by: Option<Delivery>,
    /// When its owner first opened it.
    opened_at: Option<DateTime<Utc>>,
    /// The path of its file; null until it is issued.
    file: Option<String>,
    /// The one it stands for.
    replaces: Option<ResultId>,
    /// The one that stands for it.
    replaced_by: Option<ResultId>,
    /// When it was taken back or replaced.
    revoked_at: Option<DateTime<Utc>>,
    /// When it came into its owner's hands, which is not when it was handed over: in the portal it is when they first open it,
    /// by post when the post says that it was delivered.
    received_at: Option<DateTime<Utc>>,
    /// What proves that it was handed over; null in the portal.
    evidence: Option<Evidence>,
    /// When the national store of citizens' papers had it.
    deposited_at: Option<DateTime<Utc>>,
    /// What that store calls it.
    store_reference: Option<String>,
    /// What carried it, oldest first.
    parcels: Vec<ParcelView>,
}

/// When a result came into its owner's hands.
pub fn received_at(entry: &Entry, evidence: Option<&Evidence>) -> Option<DateTime<Utc>> {
    let (by, at) = entry.handed_over.as_ref()?;
    match (by, evidence) {
        (Delivery::Portal, _) => entry.opened_at,
        (
            _,
            Some(Evidence::Tracking {
                at: delivered_at, ..
            }),
        ) => Some(*delivered_at),
        _ => Some(*at),
    }
}

/// A parcel as whoever waits for it sees it.
#[derive(Debug, Serialize, ToSchema)]
struct ParcelView {
    /// Who carries it; null for the post office that it was ordered of.
    carrier: Option<String>,
    /// The number that it is followed by.
    number: String,
    /// Where it stands; null for what an officer took to the post.
    state: Option<parcel::State>,
    /// When it was ordered, or taken to the post.
    sent_at: DateTime<Utc>,
    /// What the post office said of it, oldest first.
    events: Vec<EventView>,
}

/// What the post office said of a parcel.
#[derive(Debug, Serialize, ToSchema)]
struct EventView {
    /// In its words.
    message: String,
    /// When.
    at: DateTime<Utc>,
}

/// What carried a result, oldest first.
async fn parcels_of(db: &impl ConnectionTrait, id: ResultId) -> Result<Vec<ParcelView>, DbErr> {
    let by_hand = shipments::of(db, [id]).await?;
    let ordered = parcels::of(db, [id]).await?;
    let events = parcels::events(db, &ordered).await?;
    let said = |number: &str| {
        let own = events
            .iter()
            .filter(|event: &&Event| event.parcel == number);
        let views = own.map(|event| EventView {
            message: event.message.clone(),
            at: event.happened_at,
        });
        views.collect()
    };
    let ordered = ordered.iter().map(|parcel| ParcelView {
        carrier: None,
        number: parcel.item_code.as_ref().unwrap_or(&parcel.number).clone(),
        state: Some(parcel.state),
        sent_at: parcel.ordered_at,
        events: said(&parcel.number),
    });
    let by_hand = by_hand.into_iter().map(|parcel| ParcelView {
        carrier: Some(parcel.carrier),
        number: parcel.number,
        state: None,
        sent_at: parcel.shipped_at,
        events: Vec::new(),
    });
    let mut all: Vec<_> = by_hand.chain(ordered).collect();
    all.sort_by_key(|parcel| parcel.sent_at);
    Ok(all)
}

impl ResultView {
    fn new(entry: Entry, receipt: Option<Receipt>, parcels: Vec<ParcelView>) -> Self {
        let evidence = receipt.and_then(|receipt| receipt.evidence);
        let received_at = received_at(&entry, evidence.as_ref());
        let file = entry.issued.as_ref().map(|_| file_of(entry.id));
        let (hash, issued_at) = entry.issued.unzip();
        let (handed_over_by, handed_over_at) = entry.handed_over.unzip();
        Self {
            result: entry.id,
            dossier: entry.dossier,
            title: entry.title,
            number: entry.number,
            sha256: hash.map(|hash| hash.to_string()),
            check_code: entry.check_code,
            state: entry.state.name(),
            delivery: entry.delivery,
            copies: entry.copies,
            issued_at,
            handed_over_at,
            handed_over_by,
            opened_at: entry.opened_at,
            file,
            replaces: entry.replaces.map(|replaces| replaces.result),
            replaced_by: entry.replaced_by,
            revoked_at: entry.revoked_at,
            received_at,
            evidence,
            deposited_at: None,
            store_reference: None,
            parcels,
        }
    }
}

fn file_of(id: ResultId) -> String {
    format!("/delivery/results/{id}/file")
}

/// The page that shows how a result stands.
pub fn page_of(id: ResultId) -> String {
    format!("/delivery/results/{id}/page")
}

/// A result, for whom it concerns: its owner, who may receive it for them, and the officers. To anybody else there is no such result.
pub async fn seen_by(app: &App, claims: &Claims, found: Option<Entry>) -> Result<Entry, Problem> {
    let entry = found.ok_or_else(Problem::not_found)?;
    let concerns = entry.owner == claims.sub
        || claims.roles.contains(&Role::Officer)
        || receives(app, claims, &entry).await?;
    if concerns {
        Ok(entry)
    } else {
        Err(Problem::not_found())
    }
}

/// Whether a result's owner lets somebody receive it.
pub async fn receives(app: &App, claims: &Claims, entry: &Entry) -> Result<bool, Problem> {
    let procedure: Option<ProcedureCode> = entry.procedure.parse().ok();
    let (reads, now) = (app.db().reads(), app.clock().now());
    let between = (entry.owner, claims.sub);
    let asked = mandates::lets(reads, between, MandateAct::Receive, procedure.as_ref(), now);
    Ok(asked.await?)
}

/// A dossier's result.
#[utoipa::path(get, path = "/delivery/dossiers/{dossier}/result", params(("dossier" = DossierId, Path)),
    responses((status = OK, body = ResultView), (status = NOT_FOUND, body = Problem)))]
async fn of_dossier(
    Person(claims): Person,
    State(app): State<App>,
    Path(dossier): Path<DossierId>,
) -> Result<axum::Json<ResultView>, Problem> {
    let found = store::of_dossier(app.db().reads(), dossier).await?;
    let entry = seen_by(&app, &claims, found).await?;
    assurance::demand(&app, &claims, &entry, Doing::View, &page_of(entry.id)).await?;
    let receipt = store::receipt(app.db().reads(), entry.id).await?;
    let parcels = parcels_of(app.db().reads(), entry.id).await?;
    let deposit = deposits::of(app.db().reads(), entry.id).await?;
    let mut view = ResultView::new(entry, receipt, parcels);
    if let Some(deposit) = deposit {
        (view.deposited_at, view.store_reference) = (deposit.deposited_at, deposit.reference);
    }
    Ok(axum::Json(view))
}

/// The file, to be shown by the browser. The first time its owner opens it is written down, and whoever else does.
#[utoipa::path(get, path = "/delivery/results/{id}/file", params(("id" = ResultId, Path)),
    responses((status = OK, content_type = "application/pdf"), (status = NOT_FOUND, body = Problem)))]
async fn file(
    Person(claims): Person,
    State(app): State<App>,
    Path(id): Path<ResultId>,
) -> Result<Response, Problem> {
    let found = store::entry(app.db().reads(), id).await?;
    let entry = seen_by(&app, &claims, found).await?;
    assurance::demand(&app, &claims, &entry, Doing::Receive, &file_of(id)).await?;
    let (hash, _) = entry.issued.as_ref().ok_or_else(Problem::not_found)?;
    openings::note(&app, &entry, &claims).await?;
    let bytes = app.part::<Files>().load(hash).await;
    let bytes = bytes.map_err(Failure::from)?;
    if entry.owner == claims.sub && entry.opened_at.is_none() {
        app.transact(async |tx: Tx| Ok(store::opened(tx.db(), id, tx.now()).await?))
            .await?;
    }
    let name = format!("{}.pdf", entry.number.replace('/', "-"));
    // A result never changes, so a browser may keep it and ask whether it is still the one.
    let kept = [
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::ETAG, format!("\"{hash}\"")),
    ];
    Ok((kept, web::pdf(&name, bytes)).into_response())
}

/// What a refusal looks like to a caller.
fn refused(refusal: Refusal) -> Problem {
    let (vi, en) = match refusal {
        Refusal::NotIssued => (
            "Kết quả chưa được phát hành",
            "The result is not issued yet",
        ),
        Refusal::Issued => ("Kết quả đã được phát hành", "The result is issued already"),
        Refusal::HandedOver => ("Kết quả đã được trả", "The result is handed over already"),
        Refusal::Revoked => ("Kết quả đã bị thu hồi", "The result was revoked"),
        Refusal::Replaced => ("Kết quả đã được thay thế", "The result was replaced"),
        Refusal::BeingReplaced => (
            "Kết quả đang được thay thế",
            "The result is being replaced already",
        ),
        Refusal::OtherKind => (
            "Văn bản thay thế phải cùng loại với văn bản cũ",
            "A grant does not replace a refusal, nor a refusal a grant",
        ),
        Refusal::NotShipped => (
            "Kết quả chưa được gửi bưu điện",
            "The result was not given to the post",
        ),
        Refusal::WithPost => (
            "Kết quả đang ở bưu điện: hãy hủy đơn gửi trước",
            "The result is with the post: take the parcel back first",
        ),
        Refusal::Unconfirmed => {
            return Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Người nhận phải đọc mã hoặc ký vào sổ",
                "Whoever takes it has to tell the code or to sign the register",
            );
        }
    };
    Problem::conflict(vi, en)
}

/// A result about to take a step, kept from others, and where the step leads.
async fn stepping(tx: &Tx, id: ResultId, step: Step) -> Result<(Entry, Standing), Problem> {
    let entry = store::hold(tx.db(), id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let to = entry.state.after(step).map_err(refused)?;
    Ok((entry, to))
}

/// Why a result is taken back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Revocation {
    /// The reason.
    pub reason: Text,
}

/// Takes a result back.
pub async fn take_back(
    tx: &Tx,
    id: ResultId,
    signer: AccountId,
    reason: &Text,
) -> Result<(), Problem> {
    let (entry, revoked) = stepping(tx, id, Step::Revoke).await?;
    Ok(replace::withdraw(tx, &entry, revoked, signer, reason.as_str(), None).await?)
}

/// A signer takes a result back: whoever checks it is told from now on.
#[utoipa::path(post, path = "/delivery/results/{id}/revoke", params(("id" = ResultId, Path)), request_body = Revocation,
    responses((status = NO_CONTENT), (status = CONFLICT, body = Problem)))]
async fn revoke(
    DecisionSigner(claims): DecisionSigner,
    Path(id): Path<ResultId>,
    act: Act,
    Json(body): Json<Revocation>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&body);
    act.transact(async |tx: Tx| {
        take_back(&tx, id, claims.sub, &body.reason).await?;
        Ok(Answer::nothing())
    })
    .await
}

/// What is to stand for a result, and why.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Correction {
    /// The reason.
    pub reason: Text,
    /// What the new one says; of the same kind as the old one.
    pub outcome: Outcome,
}

/// The result that stands for another.
#[derive(Debug, Serialize, ToSchema)]
struct Replaced {
    /// The new one.
    result: ResultId,
}

/// Has a result replaced by one that says something else.
pub async fn correct(
    tx: &Tx,
    id: ResultId,
    signer: &Claims,
    correction: Correction,
) -> Result<ResultId, Problem> {
    let says = match correction.outcome {
        Outcome::Granted { result } => {
            let is_blank =
                |field: &Field| field.label.trim().is_empty() || field.value.trim().is_empty();
            if result.is_empty() || result.iter().any(is_blank) {
                return Err(Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "Mỗi mục của văn bản phải có tên và nội dung",
                    "Each line of the paper needs a label and a value",
                ));
            }
            Says::Fields(result)
        }
        Outcome::Refused { reason } => Says::Reason(Text::try_from(reason)?),
    };
    let old = store::hold(tx.db(), id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let replacement = Replacement {
        by: signer.sub,
        signature: Signature {
            name: signer.name.to_string(),
            title: signer.title.clone(),
        },
        reason: correction.reason,
        says,
    };
    replace::begin(tx, &old, replacement)
        .await?
        .map_err(refused)
}

/// A signer has a result replaced by a corrected one. The old one counts until the new one is issued, in seconds.
#[utoipa::path(post, path = "/delivery/results/{id}/replace", params(("id" = ResultId, Path)), request_body = Correction,
    responses((status = CREATED, body = Replaced), (status = CONFLICT, body = Problem)))]
async fn replaced(
    DecisionSigner(claims): DecisionSigner,
    Path(id): Path<ResultId>,
    act: Act,
    Json(body): Json<Correction>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&body);
    act.transact(async |tx: Tx| {
        let result = correct(&tx, id, &claims, body.clone()).await?;
        Ok(Answer::json(StatusCode::CREATED, &Replaced { result }))
    })
    .await
}
