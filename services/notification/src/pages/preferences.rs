//! How a person wants to be told, on a page; and the link in each mail that ends the mails without signing in.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::{extract::State, response::Response};
use chassis::{
    App, Failure, Tx,
    auth::{Claims, Person},
    http::{Act, Answer, Form, Path, Problem, Query},
};
use chrono::NaiveTime;
use contracts::{AccountId, Refused};
use serde::Deserialize;
use strum::VariantArray;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::Visitor;

use crate::{
    channel::{Channel, Providers},
    domain::{
        masked,
        news::Urgency,
        phone::Phone,
        preferences::{Language, Preferences, Quiet},
    },
    links,
    policies::Policies,
    store::{self, wishes},
};

/// The pages' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(page))
        .routes(routes!(keep))
        .routes(routes!(ask))
        .routes(routes!(unsubscribe))
}

/// One box of the table: a channel for news of some urgency.
struct Tick {
    name: String,
    is_on: bool,
    channel: &'static str,
    channel_en: &'static str,
}

/// The boxes for news of some urgency.
struct Row {
    title: &'static str,
    title_en: &'static str,
    examples: &'static str,
    ticks: Vec<Tick>,
}

#[derive(Template)]
#[template(path = "preferences.html")]
struct PreferencesPage {
    rows: Vec<Row>,
    wants: Preferences,
    from: String,
    to: String,
    digest_at: String,
    email: Option<String>,
    phone: Option<String>,
    browsers: usize,
    kept: bool,
}

/// What a channel is called.
const fn names(channel: Channel) -> (&'static str, &'static str) {
    match channel {
        Channel::Mail => ("E-mail", "E-mail"),
        Channel::Sms => ("Tin nhắn SMS", "SMS"),
        Channel::Zalo => ("Zalo", "Zalo"),
        Channel::Push => ("Trình duyệt", "Browser"),
    }
}

/// What news of some urgency is called, in both languages, with examples.
const fn titles(urgency: Urgency) -> (&'static str, &'static str, &'static str) {
    match urgency {
        Urgency::Urgent => (
            "Việc cần làm ngay",
            "Something to do now",
            "Cần bổ sung giấy tờ, hồ sơ không được tiếp nhận, nộp phí để nhận kết quả",
        ),
        Urgency::Normal => (
            "Tin trong ngày",
            "News of the day",
            "Đã tiếp nhận, cần nộp phí, đã giải quyết, đã có kết quả",
        ),
        Urgency::Low => (
            "Tin để biết",
            "For the record",
            "Đã gửi, đã nhận phí, đã trả kết quả",
        ),
    }
}

fn tick(urgency: Urgency, channel: Channel) -> String {
    format!("{}-{}", urgency.name(), channel.name())
}

/// What the page shows.
#[derive(Deserialize)]
struct Shown {
    /// Whether it was just kept.
    #[serde(default)]
    kept: bool,
}

async fn wanted(app: &App, account: AccountId) -> Result<Preferences, Problem> {
    let found = wishes::find(app.db().reads(), account).await?;
    Ok(found.unwrap_or_else(|| app.part::<Policies>().usual()))
}

/// How the signed-in person is told.
#[utoipa::path(get, path = "/notification/preferences", params(("kept" = Option<bool>, Query)),
    responses((status = OK, content_type = "text/html")))]
async fn page(
    Person(claims): Person,
    State(app): State<App>,
    Query(shown): Query<Shown>,
) -> Result<Response, Problem> {
    show(&app, &claims, shown.kept).await
}

async fn show(app: &App, claims: &Claims, kept: bool) -> Result<Response, Problem> {
    let (reads, policies) = (app.db().reads(), app.part::<Policies>());
    let wants = wanted(app, claims.sub).await?;
    let contact = store::newest_contact(reads, claims.sub).await?;
    let providers = app.part::<Providers>();
    let row = |urgency: &Urgency| {
        let (title, title_en, examples) = titles(*urgency);
        let rungs = policies.of(*urgency).rungs.iter();
        let channels = rungs.map(|rung| rung.channel);
        let ticks = channels.filter(|channel| providers.can(*channel));
        let ticks = ticks.map(|channel| {
            let (name, name_en) = names(channel);
            Tick {
                name: tick(*urgency, channel),
                is_on: wants.wants(*urgency, channel),
                channel: name,
                channel_en: name_en,
            }
        });
        Row {
            title,
            title_en,
            examples,
            ticks: ticks.collect(),
        }
    };
    let written = |time: NaiveTime| time.format("%H:%M").to_string();
    let phone = contact.as_ref().and_then(|contact| contact.phone.clone());
    let page = PreferencesPage {
        rows: Urgency::VARIANTS.iter().map(row).collect(),
        from: wants
            .quiet
            .map_or_else(String::new, |quiet| written(quiet.from)),
        to: wants
            .quiet
            .map_or_else(String::new, |quiet| written(quiet.to)),
        digest_at: written(policies.digest_at),
        email: contact.and_then(|contact| contact.email.as_deref().map(masked)),
        phone: phone.and_then(|phone| Some(Phone::read(&phone)?.masked())),
        browsers: wishes::browsers(reads, [claims.sub]).await?.len(),
        wants,
        kept,
    };
    web::page(claims, &page)
}

/// Reads what a person wants from the form. A channel that the page did not offer stays as it was.
fn read(form: &BTreeMap<String, String>, before: &Preferences) -> Result<Preferences, Problem> {
    let field = |name: &str| form.get(name).map(|text| text.trim()).unwrap_or_default();
    let language = field("language").parse::<Language>().map_err(|_| {
        let refused = Refused::new("Hãy chọn ngôn ngữ", "Choose a language");
        Problem::field("language", refused)
    })?;
    let time = |name: &str| {
        NaiveTime::parse_from_str(field(name), "%H:%M").map_err(|_| {
            let refused = Refused::new("Giờ viết như 22:00", "A time is written like 22:00");
            Problem::field(name, refused)
        })
    };
    let quiet = match (field("quiet"), field("from"), field("to")) {
        ("", ..) | (_, "", "") => None,
        _ => Some(Quiet {
            from: time("from")?,
            to: time("to")?,
        }),
    };
    let mut off = BTreeSet::new();
    for urgency in Urgency::VARIANTS {
        for channel in Channel::VARIANTS {
            let name = tick(*urgency, *channel);
            let was_offered = form.contains_key(&format!("offered-{name}"));
            let is_off = if was_offered {
                !form.contains_key(&name)
            } else {
                !before.wants(*urgency, *channel)
            };
            if is_off {
                off.insert((*urgency, *channel));
            }
        }
    }
    Ok(Preferences {
        language,
        quiet,
        is_digest: !field("digest").is_empty(),
        off,
    })
}

/// Keeps what the signed-in person wants.
#[utoipa::path(post, path = "/notification/preferences",
    request_body(content = BTreeMap<String, String>, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn keep(
    Person(claims): Person,
    act: Act,
    Form(form): Form<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let before = wanted(act.app(), claims.sub).await?;
    let wants = read(&form, &before)?;
    let work = async |tx: Tx| {
        wishes::keep(tx.db(), claims.sub, &wants, tx.now()).await?;
        Ok(Answer::see_other("/notification/preferences?kept=true"))
    };
    act.by(claims.sub).transact(work).await
}

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct UnsubscribePage {
    channel: &'static str,
    channel_en: &'static str,
    is_done: bool,
}

async fn about(app: &App, token: &str) -> Result<(AccountId, Channel), Problem> {
    let key = links::key(app).await.map_err(Problem::from)?;
    key.read(token).ok_or_else(Problem::not_found)
}

/// Asks whether a channel is to be turned off. Looking changes nothing: programs look at links in mails, too.
#[utoipa::path(get, path = "/notification/unsubscribe/{token}", params(("token" = String, Path)),
    responses((status = OK, content_type = "text/html"), (status = NOT_FOUND, body = Problem)))]
async fn ask(
    visitor: Visitor,
    State(app): State<App>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let (account, channel) = about(&app, &token).await?;
    let is_done = wanted(&app, account).await?.is_off(channel);
    answer(visitor, channel, is_done)
}

fn answer(visitor: Visitor, channel: Channel, is_done: bool) -> Result<Response, Problem> {
    let (channel, channel_en) = names(channel);
    let page = UnsubscribePage {
        channel,
        channel_en,
        is_done,
    };
    web::page(visitor, &page)
}

/// Turns a channel off, for whoever has the link: a person on the page, or a mail program with one click (RFC 8058), which
/// follows no redirection. Doing it again changes nothing.
#[utoipa::path(post, path = "/notification/unsubscribe/{token}", params(("token" = String, Path)),
    responses((status = OK, content_type = "text/html"), (status = NOT_FOUND, body = Problem)))]
async fn unsubscribe(
    visitor: Visitor,
    State(app): State<App>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let (account, channel) = about(&app, &token).await?;
    let usual = app.part::<Policies>().usual();
    let turned_off: Result<(), Failure> = app
        .transact(async |tx| {
            let found = wishes::find(tx.db(), account).await?;
            let mut wants = found.unwrap_or_else(|| usual.clone());
            wants.turn_off(channel);
            Ok(wishes::keep(tx.db(), account, &wants, tx.now()).await?)
        })
        .await;
    turned_off.map_err(Problem::from)?;
    answer(visitor, channel, true)
}
