//! A pretend provider of text messages over HTTP: it speaks as Viettel (SOAP), VNPT and eSMS (JSON) do.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};

use super::{Day, Days, Server, answered, locked, refused};
use crate::channel::xml;

/// What it wants to hear as a password.
pub const PASSWORD: &str = "pretend-password";

/// A message that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Took {
    /// What the sender calls it.
    pub id: String,
    /// To whom.
    pub phone: String,
    /// What it says.
    pub text: String,
    /// Whether it was sent as Unicode.
    pub unicode: bool,
    /// What it came from.
    pub brand: String,
    /// What the provider calls it.
    pub reference: String,
}

#[derive(Clone, Default)]
struct Desk {
    took: Arc<Mutex<Vec<Took>>>,
    days: Days,
}

/// The provider.
pub struct Gateway {
    server: Server,
    desk: Desk,
}

impl Gateway {
    /// Starts it.
    pub async fn start() -> std::io::Result<Self> {
        let desk = Desk::default();
        let routes = Router::new()
            .route("/viettel", post(viettel))
            .route("/vnpt", post(vnpt))
            .route("/esms", post(esms))
            .with_state(desk.clone());
        Ok(Self {
            server: Server::start(routes).await?,
            desk,
        })
    }

    /// Where it speaks as the provider of that preset.
    pub fn url(&self, preset: &str) -> String {
        format!("{}/{preset}", self.server.url())
    }

    /// What it took, in order.
    pub fn took(&self) -> Vec<Took> {
        locked(&self.desk.took).clone()
    }

    /// What the next requests meet.
    pub fn days(&self) -> &Days {
        &self.desk.days
    }

    /// The queries of eSMS's calls about all it took: the last first, the first twice, and one about a message that nobody sent.
    pub fn reports(&self, secret: &str) -> Vec<String> {
        let took = self.took();
        let names = took
            .iter()
            .rev()
            .chain(took.first())
            .map(|took| took.reference.clone());
        let query = |reference: String| {
            let pairs = [
                ("SMSID", reference.as_str()),
                ("SendStatus", "5"),
                ("token", secret),
            ];
            form_urlencoded::Serializer::new(String::new())
                .extend_pairs(pairs)
                .finish()
        };
        names.chain(["nobody".to_owned()]).map(query).collect()
    }
}

impl Desk {
    /// Takes a message, once for each name it has; whether it is new.
    fn take(&self, mut message: Took) -> (String, bool) {
        let mut took = locked(&self.took);
        if let Some(known) = took.iter().find(|known| known.id == message.id) {
            return (known.reference.clone(), false);
        }
        let reference = format!("pretend-{}", took.len() + 1);
        message.reference.clone_from(&reference);
        took.push(message);
        (reference, true)
    }
}

async fn viettel(State(desk): State<Desk>, body: String) -> Response {
    let day = desk.days.next();
    if let Some(refused) = refused(day) {
        return refused;
    }
    let at = |name: &str| {
        xml::texts(&body, &format!("wsCpMt/{name}"))
            .and_then(|texts| texts.into_iter().next())
            .unwrap_or_default()
    };
    let said = |result: u8, message: &str| {
        let envelope = format!(
            "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><ns2:wsCpMtResponse xmlns:ns2=\"http://impl.bulkSms.ws/\">\
             <return><message>{message}</message><result>{result}</result></return></ns2:wsCpMtResponse></soap:Body></soap:Envelope>"
        );
        ([(header::CONTENT_TYPE, "text/xml")], envelope).into_response()
    };
    if day == Day::WrongCredentials || at("Password") != PASSWORD {
        return said(0, "Authenticate fail");
    }
    if day == Day::NoSuchPerson {
        return said(0, &format!("Receiver {} is invalid", at("ReceiverID")));
    }
    desk.take(Took {
        id: at("RequestID"),
        phone: at("ReceiverID"),
        text: at("Content"),
        unicode: at("ContentType") == "1",
        brand: at("ServiceID"),
        reference: String::new(),
    });
    answered(day, said(1, "Insert MT_QUEUE: OK")).await
}

fn text(body: &Value, pointer: &str) -> String {
    body.pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn said(answer: &Value) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        answer.to_string(),
    )
        .into_response()
}

async fn vnpt(State(desk): State<Desk>, body: String) -> Response {
    let day = desk.days.next();
    if let Some(refused) = refused(day) {
        return refused;
    }
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let say = |error: &str, why: &str| {
        said(&json!({"RPLY": {"name": "send_sms_list", "ERROR": error, "ERROR_DESC": why}}))
    };
    if day == Day::WrongCredentials || text(&body, "/RQST/APIPASS") != PASSWORD {
        return say("2", "wrong user or password");
    }
    if day == Day::NoSuchPerson {
        return say("7", "mobile list is wrong");
    }
    desk.take(Took {
        id: text(&body, "/RQST/REQID"),
        phone: text(&body, "/RQST/MOBILELIST"),
        text: text(&body, "/RQST/PARAMS/0/CONTENT"),
        unicode: text(&body, "/RQST/DATACODING") == "8",
        brand: text(&body, "/RQST/LABELID"),
        reference: String::new(),
    });
    answered(day, say("0", "success")).await
}

async fn esms(State(desk): State<Desk>, body: String) -> Response {
    let day = desk.days.next();
    if let Some(refused) = refused(day) {
        return refused;
    }
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    if day == Day::WrongCredentials || text(&body, "/SecretKey") != PASSWORD {
        return said(&json!({"CodeResult": "101", "ErrorMessage": "Authorize Failed"}));
    }
    if day == Day::NoSuchPerson {
        return said(
            &json!({"CodeResult": "99", "ErrorMessage": format!("Phone not valid:{}", text(&body, "/Phone"))}),
        );
    }
    let (reference, new) = desk.take(Took {
        id: text(&body, "/RequestId"),
        phone: text(&body, "/Phone"),
        text: text(&body, "/Content"),
        unicode: text(&body, "/IsUnicode") == "1",
        brand: text(&body, "/Brandname"),
        reference: String::new(),
    });
    let answer = if new {
        json!({"CodeResult": "100", "CountRegenerate": 0, "SMSID": reference})
    } else {
        json!({"CodeResult": "124", "ErrorMessage": "Duplicate RequestId"})
    };
    answered(day, said(&answer)).await
}
