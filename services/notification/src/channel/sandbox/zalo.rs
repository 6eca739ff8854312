//! A pretend Zalo: template messages, and tokens that are good for one use.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::post,
};
use chassis::config::Secret;
use serde_json::{Value, json};

use super::{Day, Days, Server, answered, locked, refused};
use crate::channel::zalo::event;

/// The app's id.
pub const APP_ID: &str = "pretend-app";
/// The app's secret.
pub const APP_SECRET: &str = "pretend-app-secret";
/// The first refresh token.
pub const REFRESH_TOKEN: &str = "pretend-refresh-0";
/// The secret of its events.
pub const EVENT_SECRET: &str = "pretend-event-secret";

/// A message that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Took {
    /// What the sender calls it.
    pub tracking_id: String,
    /// To whom.
    pub phone: String,
    /// The template.
    pub template: String,
    /// What it is filled in with.
    pub data: BTreeMap<String, String>,
    /// What Zalo calls it.
    pub reference: String,
}

struct Desk {
    took: Mutex<Vec<Took>>,
    days: Days,
    renewals: Days,
    /// The refresh token that is good now, and how often one was spent.
    refresh: Mutex<(String, u32)>,
    /// The access tokens that are good.
    access: Mutex<Vec<String>>,
    /// An error to be answered with, once each.
    errors: Mutex<Vec<i64>>,
}

/// The pretend Zalo.
pub struct Zalo {
    server: Server,
    desk: Arc<Desk>,
}

impl Zalo {
    /// Starts it.
    pub async fn start() -> std::io::Result<Self> {
        let desk = Arc::new(Desk {
            took: Mutex::default(),
            days: Days::default(),
            renewals: Days::default(),
            refresh: Mutex::new((REFRESH_TOKEN.to_owned(), 0)),
            access: Mutex::default(),
            errors: Mutex::default(),
        });
        let routes = Router::new()
            .route("/message/template", post(template))
            .route("/v4/oa/access_token", post(renew))
            .with_state(desk.clone());
        Ok(Self {
            server: Server::start(routes).await?,
            desk,
        })
    }

    /// Where messages go.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Where tokens are renewed.
    pub fn oauth_url(&self) -> String {
        format!("{}/v4/oa/access_token", self.server.url())
    }

    /// What it took, in order.
    pub fn took(&self) -> Vec<Took> {
        locked(&self.desk.took).clone()
    }

    /// What the next messages meet.
    pub fn days(&self) -> &Days {
        &self.desk.days
    }

    /// What the next renewals meet.
    pub fn renewals(&self) -> &Days {
        &self.desk.renewals
    }

    /// The next messages are answered with these errors.
    pub fn fail(&self, errors: &[i64]) {
        locked(&self.desk.errors).extend(errors.iter().rev());
    }

    /// How often a refresh token was spent.
    pub fn spent(&self) -> u32 {
        locked(&self.desk.refresh).1
    }

    /// All access tokens are no good any more.
    pub fn revoke(&self) {
        locked(&self.desk.access).clear();
    }

    /// A person has a new refresh token, as in Zalo's pages.
    pub fn grant(&self, refresh: &str) {
        refresh.clone_into(&mut locked(&self.desk.refresh).0);
    }

    /// The event that tells that a message reached its person: its signature and its body.
    pub fn received(&self, reference: &str) -> (String, String) {
        let body = json!({
            "event_name": "user_received_message", "timestamp": "1795750200000", "message": {"msg_id": reference},
        });
        let body = body.to_string();
        let signature = event::signature(
            APP_ID,
            &Secret::from(EVENT_SECRET),
            "1795750200000",
            body.as_bytes(),
        );
        (signature, body)
    }
}

fn said(error: i64, message: &str, data: &Value) -> Response {
    axum::Json(json!({"error": error, "message": message, "data": data})).into_response()
}

async fn template(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: String) -> Response {
    let day = desk.days.next();
    if let Some(refused) = refused(day) {
        return refused;
    }
    let token = headers
        .get("access_token")
        .and_then(|token| token.to_str().ok())
        .unwrap_or_default();
    if day == Day::WrongCredentials || !locked(&desk.access).iter().any(|good| good == token) {
        return said(-124, "Access token is invalid", &Value::Null);
    }
    if let Some(error) = locked(&desk.errors).pop() {
        return said(error, "an error", &Value::Null);
    }
    if day == Day::NoSuchPerson {
        return said(-118, "Zalo account not existed", &Value::Null);
    }
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let text = |name: &str| {
        body.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let reference = {
        let mut took = locked(&desk.took);
        let reference = format!("zns-{}", took.len() + 1);
        took.push(Took {
            tracking_id: text("tracking_id"),
            phone: text("phone"),
            template: text("template_id"),
            data: serde_json::from_value(body["template_data"].clone()).unwrap_or_default(),
            reference: reference.clone(),
        });
        reference
    };
    answered(
        day,
        said(
            0,
            "Success",
            &json!({"msg_id": reference, "sent_time": "1795750200000"}),
        ),
    )
    .await
}

async fn renew(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: String) -> Response {
    let day = desk.renewals.next();
    if let Some(refused) = refused(day) {
        return refused;
    }
    let form: BTreeMap<String, String> = form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    let refuse = || {
        axum::Json(json!({"error": -14_014, "error_name": "Invalid refresh token"})).into_response()
    };
    let known = headers
        .get("secret_key")
        .is_some_and(|secret| secret == APP_SECRET)
        && form.get("app_id").is_some_and(|id| id == APP_ID)
        && form
            .get("grant_type")
            .is_some_and(|kind| kind == "refresh_token");
    let granted = {
        let mut refresh = locked(&desk.refresh);
        if !known || day == Day::WrongCredentials || form.get("refresh_token") != Some(&refresh.0) {
            return refuse();
        }
        refresh.1 += 1;
        refresh.0 = format!("pretend-refresh-{}", refresh.1);
        let access = format!("pretend-access-{}", refresh.1);
        locked(&desk.access).push(access.clone());
        json!({"access_token": access, "refresh_token": refresh.0, "expires_in": "90000"})
    };
    answered(day, axum::Json(granted).into_response()).await
}
