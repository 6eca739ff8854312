//! One result as its owner and the officers see it: its way so far and what proves that it was received; and, for who signs,
//! taking it back and having it replaced.

use askama::Template;
use axum::{extract::State, response::Response};
use chassis::{
    App, Tx,
    auth::{DecisionSigner, Person, Role},
    http::{Act, Answer, Form, Path, Problem},
};
use chrono::{DateTime, Utc};
use contracts::{
    Delivery, ResultId, Text,
    desk::{Field, Outcome},
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    assurance::{self, Doing},
    domain::{
        State as Standing, Step,
        attestation::{Attestation, Deed, Level},
        evidence::{Confirmed, Evidence},
    },
    http::{self, Correction},
    openings,
    store::{
        self, Entry, Receipt, attestations,
        deposits::{self, Deposit},
        shipments::{self, Shipment},
    },
};

use super::desk::Sent;

/// The page's routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(replace))
        .routes(routes!(revoke))
}

#[derive(Template)]
#[template(path = "result.html")]
struct ResultPage<'a> {
    entry: &'a Entry,
    standing: &'static str,
    /// That it was signed, numbered and sealed.
    proofs: Vec<Attestation>,
    /// What a correction may change; nothing for a refusal, which has a reason instead.
    fields: Option<Vec<Field>>,
    may_change: bool,
    is_officer: bool,
    /// Who took it, and who gave it.
    receipt: Option<Receipt>,
    /// When it came into its owner's hands.
    received_at: Option<DateTime<Utc>>,
    shipments: Vec<Shipment>,
    sent: Vec<Sent>,
    deposit: Option<Deposit>,
    /// Carried by its forms, so that two presses of a button are one act.
    key: String,
}

const fn words(state: Standing) -> &'static str {
    match state {
        Standing::Numbered => "Đang phát hành",
        Standing::Issued | Standing::HandedOver => "Còn giá trị",
        Standing::Revoked => "Đã thu hồi",
        Standing::Replaced => "Đã được thay thế",
    }
}

/// One result.
#[utoipa::path(get, path = "/delivery/results/{id}/page", params(("id" = ResultId, Path)),
    responses((status = OK, content_type = "text/html"), (status = NOT_FOUND, body = Problem)))]
async fn show(
    Person(claims): Person,
    State(app): State<App>,
    Path(id): Path<ResultId>,
) -> Result<Response, Problem> {
    let reads = app.db().reads();
    let entry = http::seen_by(&app, &claims, store::entry(reads, id).await?).await?;
    assurance::demand(&app, &claims, &entry, Doing::View, &http::page_of(id)).await?;
    openings::note(&app, &entry, &claims).await?;
    let is_officer = claims.roles.contains(&Role::Officer);
    let receipt = store::receipt(reads, id).await?;
    let evidence = receipt
        .as_ref()
        .and_then(|receipt| receipt.evidence.as_ref());
    let page = ResultPage {
        standing: words(entry.state),
        proofs: attestations::of(app.db().reads(), entry.id).await?,
        fields: entry.paper.fields(),
        may_change: is_officer
            && claims.roles.contains(&Role::Signer)
            && entry.state.after(Step::Replace).is_ok(),
        is_officer,
        received_at: http::received_at(&entry, evidence),
        shipments: shipments::of(reads, [id]).await?,
        sent: super::desk::sent(&app, [id]).await?,
        deposit: deposits::of(reads, id).await?,
        receipt,
        key: app.clock().new_id().to_string(),
        entry: &entry,
    };
    web::page(&claims, &page)
}

fn shown(id: ResultId) -> Answer {
    Answer::see_other(http::page_of(id))
}

/// The form that has a result replaced: `key` and `reason` once, `label` and `value` once a line, one behind the other; or
/// `value` alone, for why something is refused.
type Lines = Vec<(String, String)>;

/// What is posted under a name, in its order.
fn posted<'a>(lines: &'a Lines, name: &'a str) -> impl Iterator<Item = &'a String> {
    let of_name = lines.iter().filter(move |(given, _)| given == name);
    of_name.map(|(_, value)| value)
}

/// Has a result replaced by a corrected one.
#[utoipa::path(post, path = "/delivery/results/{id}/page/replace", params(("id" = ResultId, Path)),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn replace(
    DecisionSigner(claims): DecisionSigner,
    Path(id): Path<ResultId>,
    act: Act,
    Form(lines): Form<Lines>,
) -> Result<Response, Problem> {
    let one = |name| posted(&lines, name).next().cloned().unwrap_or_default();
    let pairs = posted(&lines, "label").zip(posted(&lines, "value"));
    let result: Vec<Field> = pairs
        .map(|(label, value)| Field {
            label: label.clone(),
            value: value.clone(),
        })
        .collect();
    let outcome = if result.is_empty() {
        Outcome::Refused {
            reason: one("value"),
        }
    } else {
        Outcome::Granted { result }
    };
    let correction = Correction {
        reason: Text::try_from(one("reason"))?,
        outcome,
    };
    let work = async |tx: Tx| {
        let made = http::correct(&tx, id, &claims, correction).await?;
        Ok(shown(made))
    };
    act.by(claims.sub).keyed(&one("key"))?.transact(work).await
}

/// The form that takes a result back.
#[derive(Deserialize, ToSchema)]
struct RevokeForm {
    key: String,
    reason: Text,
}

/// Takes a result back.
#[utoipa::path(post, path = "/delivery/results/{id}/page/revoke", params(("id" = ResultId, Path)),
    request_body(content = RevokeForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn revoke(
    DecisionSigner(claims): DecisionSigner,
    Path(id): Path<ResultId>,
    act: Act,
    Form(form): Form<RevokeForm>,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        http::take_back(&tx, id, claims.sub, &form.reason).await?;
        Ok(shown(id))
    };
    act.by(claims.sub).keyed(&form.key)?.transact(work).await
}
