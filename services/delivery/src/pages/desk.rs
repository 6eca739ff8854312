//! The officers' list of results to hand over, and its forms.

use askama::Template;
use axum::{extract::State, response::Response};
use chassis::{
    App, Tx,
    auth::Officer,
    http::{Act, Answer, Form, Path, Problem, Query},
};
use contracts::{Delivery, PersonName, PhoneNumber, ResultId, Text};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    domain::{
        evidence::{Ending, Identity, Shown},
        parcel,
    },
    http::hand_over::{self, HandOver, Parcel, To},
    post::Post,
    store::{
        self, Entry, codes,
        parcels::{self, Event},
        recipients::{self, Recipient},
        reminders,
        shipments::{self, Shipment},
    },
};

/// Results that the page shows at once.
const SHOWN: u64 = 100;

/// The page's routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(desk))
        .routes(routes!(give))
        .routes(routes!(code))
        .routes(routes!(post))
        .routes(routes!(arrived))
        .routes(routes!(send))
        .routes(routes!(cancel))
        .routes(routes!(called))
}

/// A parcel as officers see it.
pub struct Sent {
    /// The parcel.
    pub parcel: parcels::Parcel,
    /// Where it stands, in words.
    pub standing: &'static str,
    /// What the post office said of it, oldest first.
    pub events: Vec<Event>,
    /// Whether nothing was heard of it for long.
    pub is_silent: bool,
    may_cancel: bool,
}

/// Where a parcel stands, in words.
const fn words(state: parcel::State) -> &'static str {
    match state {
        parcel::State::Ordered => "đang gửi đơn đến bưu điện",
        parcel::State::Accepted => "bưu điện đã nhận đơn",
        parcel::State::Refused => "bưu điện không nhận đơn",
        parcel::State::Cancelling => "đang hủy đơn",
        parcel::State::Cancelled => "đã hủy đơn",
        parcel::State::Delivered => "đã phát",
        parcel::State::Returned => "bị chuyển hoàn",
        parcel::State::Lost => "bưu điện báo thất lạc",
    }
}

/// The parcels that were ordered for some results.
pub async fn sent(
    app: &App,
    results: impl IntoIterator<Item = ResultId>,
) -> Result<Vec<Sent>, Problem> {
    let (reads, now) = (app.db().reads(), app.clock().now());
    let silent = app.part::<Post>().contract().silent_days;
    let all = parcels::of(reads, results).await?;
    let events = parcels::events(reads, &all).await?;
    let sent = all.into_iter().map(|parcel| Sent {
        standing: words(parcel.state),
        is_silent: parcels::is_silent(&parcel, &events, silent, now),
        may_cancel: matches!(
            parcel.state,
            parcel::State::Ordered | parcel::State::Accepted
        ),
        events: events
            .iter()
            .filter(|event| event.parcel == parcel.number)
            .cloned()
            .collect(),
        parcel,
    });
    Ok(sent.collect())
}

struct Waiting {
    entry: Entry,
    issued_at: String,
    by_post: bool,
    /// Whether the post office has it, or may have it.
    is_away: bool,
    shipments: Vec<Shipment>,
    sent: Vec<Sent>,
    to: Option<Recipient>,
    /// Until when a code is good that its owner was sent.
    code_until: Option<String>,
    /// Carried by its forms, so that two presses of a button are one act.
    key: String,
}

impl Waiting {
    fn name(&self) -> &str {
        self.to.as_ref().map_or("", |to| to.name.as_str())
    }

    fn phone(&self) -> &str {
        let to = self.to.as_ref();
        to.and_then(|to| to.phone.as_deref()).unwrap_or_default()
    }

    fn address(&self) -> &str {
        let to = self.to.as_ref();
        to.and_then(|to| to.address.as_deref()).unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "desk.html")]
struct DeskPage {
    /// What was looked for.
    sought: String,
    /// What was found by it.
    found: Vec<Entry>,
    waiting: Vec<Waiting>,
    /// Whether orders can be placed.
    has_post: bool,
    /// Whose owners are to be called.
    calls: Vec<Call>,
}

/// A result that its owner was reminded of for the last time.
struct Call {
    entry: Entry,
    to: Option<Recipient>,
    key: String,
}

impl Call {
    fn phone(&self) -> &str {
        let to = self.to.as_ref();
        to.and_then(|to| to.phone.as_deref()).unwrap_or_default()
    }
}

/// The results whose owners are to be called.
async fn calls(app: &App) -> Result<Vec<Call>, Problem> {
    let reads = app.db().reads();
    let entries = reminders::to_call(reads, SHOWN).await?;
    let dossiers = entries.iter().map(|entry| entry.dossier);
    let recipients = recipients::of(reads, dossiers).await?;
    let calls = entries.into_iter().map(|entry| Call {
        to: recipients
            .iter()
            .find(|to| to.dossier == entry.dossier)
            .cloned(),
        key: app.clock().new_id().to_string(),
        entry,
    });
    Ok(calls.collect())
}

/// What an officer looks for: a dossier's code, a number or a check code.
#[derive(Deserialize, ToSchema)]
struct Sought {
    #[serde(default)]
    q: String,
}

/// The results that wait to be handed over on paper.
#[utoipa::path(get, path = "/delivery/desk", params(("q" = Option<String>, Query)),
    responses((status = OK, content_type = "text/html")))]
async fn desk(
    Officer(claims): Officer,
    State(app): State<App>,
    Query(Sought { q }): Query<Sought>,
) -> Result<Response, Problem> {
    let reads = app.db().reads();
    let sought: String = q.trim().chars().take(60).collect();
    let found = match sought.as_str() {
        "" => Vec::new(),
        words => store::sought(reads, words, SHOWN).await?,
    };
    let entries = store::waiting(reads, SHOWN).await?;
    let ids = || entries.iter().map(|entry| entry.id);
    let shipments = shipments::of(reads, ids()).await?;
    let mut sent = sent(&app, ids()).await?;
    let good = codes::good(reads, ids(), app.clock().now()).await?;
    let dossiers = entries.iter().map(|entry| entry.dossier);
    let recipients = recipients::of(reads, dossiers).await?;
    let mut waiting = Vec::new();
    for entry in entries {
        let (own, others) = sent
            .into_iter()
            .partition(|one| one.parcel.result == entry.id);
        sent = others;
        let own: Vec<Sent> = own;
        waiting.push(Waiting {
            issued_at: entry
                .issued
                .as_ref()
                .map(|(_, at)| web::moment(*at))
                .unwrap_or_default(),
            by_post: entry.delivery == Delivery::Post,
            is_away: own.iter().any(|one| one.parcel.state.is_open()),
            key: app.clock().new_id().to_string(),
            shipments: shipments
                .iter()
                .filter(|parcel| parcel.result == entry.id)
                .cloned()
                .collect(),
            to: recipients
                .iter()
                .find(|to| to.dossier == entry.dossier)
                .cloned(),
            sent: own,
            code_until: good
                .iter()
                .find(|(result, _)| *result == entry.id)
                .map(|(_, until)| web::moment(*until)),
            entry,
        });
    }
    let page = DeskPage {
        sought,
        found,
        waiting,
        has_post: app.part::<Post>().is_there(),
        calls: calls(&app).await?,
    };
    web::page(&claims, &page)
}

fn back() -> Answer {
    Answer::see_other("/delivery/desk")
}

/// The form for the counter.
#[derive(Deserialize, ToSchema)]
struct GiveForm {
    key: String,
    to: PersonName,
    shown: Shown,
    ending: Ending,
    #[serde(default)]
    code: String,
    /// A box that is ticked has a value.
    #[serde(default)]
    signed: String,
    #[serde(default)]
    note: String,
}

/// Hands a result over at the counter.
#[utoipa::path(post, path = "/delivery/desk/{id}/hand-over", params(("id" = ResultId, Path)),
    request_body(content = GiveForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn give(
    Officer(claims): Officer,
    Path(id): Path<ResultId>,
    act: Act,
    Form(form): Form<GiveForm>,
) -> Result<Response, Problem> {
    let note = Some(form.note).filter(|note| !note.trim().is_empty());
    let to = HandOver {
        to: form.to,
        identity: Identity {
            shown: form.shown,
            ending: form.ending,
        },
        code: Some(form.code),
        signed: !form.signed.is_empty(),
        note: note.map(Text::try_from).transpose()?,
    };
    let act = act.by(claims.sub).keyed(&to.key(&form.key))?;
    hand_over::act_at_counter(act, id, claims.sub, to, back()).await
}

/// Has the applicant sent a code.
#[utoipa::path(post, path = "/delivery/desk/{id}/code", params(("id" = ResultId, Path)),
    request_body(content = KeyForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn code(
    Officer(claims): Officer,
    Path(id): Path<ResultId>,
    act: Act,
    Form(form): Form<KeyForm>,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        hand_over::send_code(&tx, id).await?;
        Ok(Answer::see_other(format!("/delivery/desk#r-{id}")))
    };
    act.by(claims.sub).keyed(&form.key)?.transact(work).await
}

/// Writes down that an officer called.
#[utoipa::path(post, path = "/delivery/desk/{id}/called", params(("id" = ResultId, Path)),
    request_body(content = KeyForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn called(
    Officer(claims): Officer,
    Path(id): Path<ResultId>,
    act: Act,
    Form(form): Form<KeyForm>,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| hand_over::call(&tx, id, claims.sub).await.map(|()| back());
    act.by(claims.sub).keyed(&form.key)?.transact(work).await
}

/// The form for what an officer took to the post.
#[derive(Deserialize, ToSchema)]
struct PostForm {
    key: String,
    carrier: Text,
    number: Text,
}

/// Writes down that an officer took a result to the post.
#[utoipa::path(post, path = "/delivery/desk/{id}/ship", params(("id" = ResultId, Path)),
    request_body(content = PostForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn post(
    Officer(claims): Officer,
    Path(id): Path<ResultId>,
    act: Act,
    Form(form): Form<PostForm>,
) -> Result<Response, Problem> {
    let parcel = Parcel {
        carrier: form.carrier,
        number: form.number,
    };
    let work = async |tx: Tx| {
        hand_over::post(&tx, id, claims.sub, &parcel)
            .await
            .map(|()| back())
    };
    act.by(claims.sub).keyed(&form.key)?.transact(work).await
}

/// A form that holds nothing but its key.
#[derive(Deserialize, ToSchema)]
struct KeyForm {
    key: String,
}

/// Writes down that the post delivered a result.
#[utoipa::path(post, path = "/delivery/desk/{id}/delivered", params(("id" = ResultId, Path)),
    request_body(content = KeyForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn arrived(
    Officer(claims): Officer,
    Path(id): Path<ResultId>,
    act: Act,
    Form(form): Form<KeyForm>,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        hand_over::arrived(&tx, id, claims.sub)
            .await
            .map(|()| back())
    };
    act.by(claims.sub).keyed(&form.key)?.transact(work).await
}

/// The form that gives a result to the post office.
#[derive(Deserialize, ToSchema)]
struct SendForm {
    key: String,
    name: PersonName,
    phone: PhoneNumber,
    address: Text,
}

/// Gives a result to the post office.
#[utoipa::path(post, path = "/delivery/desk/{id}/parcels", params(("id" = ResultId, Path)),
    request_body(content = SendForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn send(
    Officer(claims): Officer,
    Path(id): Path<ResultId>,
    act: Act,
    Form(form): Form<SendForm>,
) -> Result<Response, Problem> {
    let to = To {
        name: form.name,
        phone: form.phone,
        address: form.address,
    };
    let work = async |tx: Tx| {
        hand_over::send(&tx, id, claims.sub, &to)
            .await
            .map(|_| back())
    };
    act.by(claims.sub).keyed(&form.key)?.transact(work).await
}

/// Has a parcel taken back.
#[utoipa::path(post, path = "/delivery/desk/parcels/{number}/cancel", params(("number" = String, Path)),
    request_body(content = KeyForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn cancel(
    Officer(claims): Officer,
    Path(number): Path<String>,
    act: Act,
    Form(form): Form<KeyForm>,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| hand_over::take_back(&tx, &number).await.map(|()| back());
    act.by(claims.sub).keyed(&form.key)?.transact(work).await
}
