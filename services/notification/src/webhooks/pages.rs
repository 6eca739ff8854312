//! The operator's pages of the agencies that are told over HTTP: opened, paused and resumed, their journal, told again. Works
//! without JavaScript.

use askama::Template;
use axum::{extract::State, response::Response};
use chassis::{
    App, Tx,
    auth::{Claims, Operator},
    http::{Act, Answer, Form, Path, Problem, Query},
};
use contracts::{
    Message, Refused,
    delivery::{
        CollectionCodeMade, ResultHandedOver, ResultIssued, ResultRevoked, ResultUnclaimed,
    },
    desk::{
        DossierDecided, DossierReceived, DossierRejected, ResultAwaitsFee, SupplementRequested,
    },
    intake::DossierSubmitted,
    payment::{FeeCancelled, FeeExpired, FeeOrdered, FeePaid, FeeRefunded},
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    handlers::{Caller, new_secret},
    http::{NewWebhook, checked},
    store::{self, Delivery, Webhook},
};
use crate::{domain::news::TOLD, own::CallWebhooks};

/// Where they are.
const PAGE: &str = "/notification/webhooks/page";
/// Lines of a journal that are shown at once.
const SHOWN: u64 = 50;

/// The pages' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(one, change))
}

fn page_of(id: Uuid) -> String {
    format!("/notification/webhooks/{id}/page")
}

/// What an event is called.
fn called(wire: &str) -> &str {
    match wire {
        DossierSubmitted::TYPE => "Hồ sơ đã gửi",
        DossierReceived::TYPE => "Hồ sơ được tiếp nhận",
        DossierRejected::TYPE => "Hồ sơ không được tiếp nhận",
        SupplementRequested::TYPE => "Cần bổ sung hồ sơ",
        FeeOrdered::TYPE => "Có khoản phí phải nộp",
        FeePaid::TYPE => "Đã nộp phí",
        FeeExpired::TYPE => "Quá hạn nộp phí",
        FeeCancelled::TYPE => "Không còn phải nộp phí",
        FeeRefunded::TYPE => "Đã hoàn tiền",
        ResultAwaitsFee::TYPE => "Kết quả chờ nộp phí",
        DossierDecided::TYPE => "Hồ sơ đã có quyết định",
        ResultIssued::TYPE => "Đã có kết quả",
        ResultHandedOver::TYPE => "Đã trả kết quả",
        ResultRevoked::TYPE => "Kết quả bị thu hồi",
        CollectionCodeMade::TYPE => "Đã gửi mã nhận kết quả",
        ResultUnclaimed::TYPE => "Kết quả chưa có người nhận",
        other => other,
    }
}

/// What became of a call so far, and how it looks.
fn fate(delivery: &Delivery) -> (String, &'static str) {
    let answer = match (delivery.answer, delivery.tries) {
        (Some(status), _) => format!(", trả lời {status}"),
        (None, 0) => String::new(),
        (None, _) => ", không có trả lời".to_owned(),
    };
    match delivery.state.as_str() {
        "delivered" => (format!("đã nhận{answer}"), "good"),
        "failed" => (
            format!("thôi báo sau {} lần{answer}", delivery.tries),
            "bad",
        ),
        _ if delivery.tries == 0 => ("đang chờ".to_owned(), "warn"),
        _ => (
            format!("đã gọi {} lần{answer}, còn thử lại", delivery.tries),
            "warn",
        ),
    }
}

#[derive(Template)]
#[template(path = "webhooks.html")]
struct ListPage {
    webhooks: Vec<Webhook>,
    /// Names the one that the form opens: pressed twice, it opens one.
    next: Uuid,
}

/// The agencies that are told over HTTP, and the form for another.
#[utoipa::path(get, path = "/notification/webhooks/page", responses((status = OK, content_type = "text/html")))]
async fn list(Operator(claims): Operator, State(app): State<App>) -> Result<Response, Problem> {
    let page = ListPage {
        webhooks: store::all(app.db().reads()).await?,
        next: app.clock().new_id(),
    };
    web::page(&claims, &page)
}

#[derive(Template)]
#[template(path = "webhook.html")]
struct OnePage {
    webhook: Webhook,
    journal: Vec<Delivery>,
    /// Where older lines are; nothing when there are none.
    older: Option<Uuid>,
    /// A new secret, shown this once.
    secret: Option<String>,
}

async fn show(
    app: &App,
    claims: &Claims,
    id: Uuid,
    before: Option<Uuid>,
    secret: Option<String>,
) -> Result<Response, Problem> {
    let reads = app.db().reads();
    let webhook = store::find(reads, id).await?;
    let mut journal = store::newest(reads, id, before, SHOWN + 1).await?;
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let is_more = journal.len() > shown;
    journal.truncate(shown);
    let page = OnePage {
        webhook: webhook.ok_or_else(Problem::not_found)?,
        older: journal.last().filter(|_| is_more).map(|last| last.id),
        journal,
        secret,
    };
    web::page(claims, &page)
}

/// Where in the journal.
#[derive(Deserialize)]
struct Before {
    /// The delivery before which it goes on.
    before: Option<Uuid>,
}

/// One agency with its journal, newest first.
#[utoipa::path(get, path = "/notification/webhooks/{id}/page",
    params(("id" = Uuid, Path), ("before" = Option<Uuid>, Query)),
    responses((status = OK, content_type = "text/html"), (status = NOT_FOUND, body = Problem)))]
async fn one(
    Operator(claims): Operator,
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Query(Before { before }): Query<Before>,
) -> Result<Response, Problem> {
    show(&app, &claims, id, before, None).await
}

fn read(form: Vec<(String, String)>) -> Result<(Uuid, NewWebhook), Problem> {
    let (mut id, mut new) = (None, NewWebhook::default());
    for (name, text) in form {
        match name.as_str() {
            "id" => id = text.parse().ok(),
            "name" => new.name = text,
            "url" => text.trim().clone_into(&mut new.url),
            "event" => new.events.push(text),
            "procedures" => {
                let codes = text.split([' ', ',', ';', '\n', '\r']);
                let codes = codes.filter(|code| !code.is_empty());
                new.procedures.extend(codes.map(str::to_owned));
            }
            _ => {}
        }
    }
    let unknown = || Refused::new("Hãy mở lại trang này", "Open this page again");
    let id = id.ok_or_else(|| Problem::field("id", unknown()))?;
    Ok((id, new))
}

/// Opens one, and shows its secret this once.
#[utoipa::path(post, path = "/notification/webhooks/page",
    request_body(content = Vec<(String, String)>, content_type = "application/x-www-form-urlencoded"),
    responses((status = OK, content_type = "text/html"), (status = SEE_OTHER), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn open(
    Operator(claims): Operator,
    State(app): State<App>,
    act: Act,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (id, new) = read(form)?;
    checked(&new, app.part::<Caller>().private)?;
    let secret = new_secret();
    let mut is_new = false;
    let work = async |tx: Tx| {
        is_new = store::find(tx.db(), id).await?.is_none();
        if is_new {
            store::open(tx.db(), &new.opened(id, &secret, tx.now())).await?;
        }
        Ok(Answer::see_other(page_of(id)))
    };
    let answer = act.by(claims.sub).transact(work).await?;
    if is_new {
        show(&app, &claims, id, None, Some(secret)).await
    } else {
        Ok(answer)
    }
}

/// What is to be done with one.
#[derive(Deserialize, ToSchema)]
struct Change {
    /// `pause`, `resume`, `rotate`, `settle` or `replay`.
    act: String,
    /// The first delivery that is told again.
    from: Option<Uuid>,
}

/// Pauses one, goes on with it, changes its secret, or tells it everything again from a delivery on.
#[utoipa::path(post, path = "/notification/webhooks/{id}/page", params(("id" = Uuid, Path)),
    request_body(content = Change, content_type = "application/x-www-form-urlencoded"),
    responses((status = OK, content_type = "text/html"), (status = SEE_OTHER), (status = NOT_FOUND, body = Problem),
        (status = CONFLICT, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn change(
    Operator(claims): Operator,
    State(app): State<App>,
    Path(id): Path<Uuid>,
    act: Act,
    Form(form): Form<Change>,
) -> Result<Response, Problem> {
    let secret = (form.act == "rotate").then(new_secret);
    let work = async |tx: Tx| {
        let db = tx.db();
        let webhook = store::find(db, id).await?.ok_or_else(Problem::not_found)?;
        match (form.act.as_str(), form.from) {
            ("pause", _) => store::set_active(db, id, false).await.map(drop)?,
            ("resume", _) => {
                store::set_active(db, id, true).await?;
                tx.say(&CallWebhooks {});
            }
            // Changed twice, the one that the agency still has would be valid no more.
            ("rotate", _) if webhook.is_changing_secrets() => {
                return Err(Problem::conflict(
                    "Khóa đang được đổi: hãy kết thúc lần đổi này trước",
                    "The secret is being changed: end that first",
                ));
            }
            ("rotate", _) => {
                let secret = secret.as_deref().unwrap_or_default();
                store::rotate(db, id, secret).await.map(drop)?;
            }
            ("settle", _) => store::settle(db, id).await.map(drop)?,
            ("replay", Some(from)) => {
                store::replay(db, id, from, tx.now()).await?;
                tx.say(&CallWebhooks {});
            }
            _ => {
                let refused = Refused::new("Không có việc này", "There is no such act");
                return Err(Problem::field("act", refused));
            }
        }
        Ok(Answer::see_other(page_of(id)))
    };
    let answer = act.by(claims.sub).transact(work).await?;
    match secret {
        Some(secret) => show(&app, &claims, id, None, Some(secret)).await,
        None => Ok(answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_news_has_words_of_its_own() {
        let words: std::collections::BTreeSet<&str> = TOLD.into_iter().map(called).collect();
        assert_eq!(words.len(), TOLD.len());
        for wire in TOLD {
            assert_ne!(called(wire), wire);
        }
    }
}
