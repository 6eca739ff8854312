//! One route asked by everybody, with what it takes.

use serde_json::{Value, json};
use testkit::{Answer, routes::Route};

use crate::{
    bodies::{self, Body},
    callers::Caller,
    guards,
    table::Line,
    things::NOTHING,
    town::{CITIZEN_ID, EMAIL, NAME, PASSWORD, PHONE, Town},
};

/// What a route takes where its description says too little, or where another than the least is needed for the rules behind to
/// be reached.
fn told(route: &Route) -> Option<Body> {
    let key = || json!({ "key": "a-key" });
    Some(match (&*route.method, &*route.path) {
        ("POST", "/identity/accounts") => bodies::json_of(&account()),
        ("POST", "/identity/register") => bodies::form_of(&account()),
        ("POST", "/identity/sessions") => bodies::json_of(&credentials()),
        ("POST", "/identity/sign-in") => bodies::form_of(&credentials()),
        ("PUT", "/identity/password") => bodies::json_of(&passwords()),
        ("POST", "/identity/password") => bodies::form_of(&passwords()),
        ("POST", "/identity/second-factor" | "/identity/second-factor/removal") => {
            bodies::json_of(&json!({ "password": PASSWORD, "code": "000000" }))
        }
        ("POST", "/identity/second-factor/begin" | "/identity/second-factor/remove") => {
            bodies::form_of(&json!({ "password": PASSWORD, "code": "000000" }))
        }
        ("POST", "/identity/mandates") => bodies::json_of(&mandate()),
        ("POST", "/identity/mandates/new" | "/identity/mandates/give") => {
            let mut filled = mandate();
            for (field, value) in [("acts", "fill"), ("which", "all")] {
                filled[field] = json!(value);
            }
            bodies::form_of(&filled)
        }
        ("POST", "/desk/dossiers/{id}/signals") => bodies::json_of(&looked()),
        ("POST", "/desk/view/{id}/signals") => {
            let mut form = looked();
            form["key"] = json!("a-key");
            bodies::form_of(&form)
        }
        ("POST", "/intake/dossiers/{id}/form") => {
            bodies::form_of(&json!({ "key": "a-key", "delivery": "counter" }))
        }
        ("POST", "/intake/dossiers/{id}/papers/remove") => {
            bodies::form_of(&json!({ "key": "a-key", "component": "to-khai" }))
        }
        ("POST", "/intake/dossiers/{id}/papers/reuse") => {
            bodies::form_of(&json!({ "key": "a-key", "component": "to-khai", "document": NOTHING }))
        }
        ("POST", "/intake/track") => bodies::form_of(
            &json!({ "code": "H15.50.05.13-261008-9999", "citizen_id": CITIZEN_ID }),
        ),
        ("POST", "/notification/push/subscribe") => bodies::json_of(&json!({
            "endpoint": "https://push.example/a", "keys": { "p256dh": "BA", "auth": "aa" },
        })),
        ("POST", "/notification/webhooks") => bodies::json_of(&json!({ "name": "", "url": "" })),
        ("POST", "/payment/bank/placements") => bodies::json_of(&json!({
            "line": NOTHING, "reason": "Hoàn", "what": { "refund": { "to": "a", "account": "1" } },
        })),
        ("POST", "/payment/orders/{id}/refunds") => {
            bodies::json_of(&json!({ "cause": "mistake", "amount": 8_000, "note": "Thu nhầm" }))
        }
        ("PUT", "/scan/papers/{id}/validity") => bodies::json_of(&json!({ "valid_until": null })),
        ("POST", "/scan/papers/{id}/date") => {
            bodies::form_of(&json!({ "key": "a-key", "valid_until": "" }))
        }
        // Pages whose forms hold a key, and perhaps a note.
        ("POST", path) if path.contains("/ops/parked/{id}/page/") => {
            bodies::form_of(&json!({ "key": "a-key", "note": "Thử" }))
        }
        ("POST", path) if path.starts_with("/intake/") || path.starts_with("/scan/") => {
            bodies::form_of(&key())
        }
        _ => return None,
    })
}

/// What the owner lets somebody do who has no account.
pub fn mandate() -> Value {
    json!({
        "agent": "0399999999", "agent_name": "Lê Văn Vắng Mặt", "relation": "relative", "acts": ["fill"],
        "until": "2026-12-31", "password": PASSWORD,
    })
}

fn account() -> Value {
    json!({ "name": NAME, "citizen_id": CITIZEN_ID, "phone": PHONE, "email": EMAIL, "password": PASSWORD, "key": "a-key" })
}

fn credentials() -> Value {
    json!({ "login": CITIZEN_ID, "password": PASSWORD })
}

/// What an officer notes of a dossier without signals.
fn looked() -> Value {
    json!({ "revision": 0, "finding": "explained", "note": "Thử" })
}

fn passwords() -> Value {
    json!({ "current": PASSWORD, "new": PASSWORD })
}

/// Whether what is sent says who the owner is: then an answer that says it again tells nothing new.
fn is_said(route: &Route) -> bool {
    matches!(
        &*route.path,
        "/identity/accounts"
            | "/identity/register"
            | "/identity/sessions"
            | "/identity/sign-in"
            | "/intake/track"
            | "/intake/track/{code}"
    )
}

impl Town {
    /// What everybody is answered.
    pub async fn everybody_asks(
        &mut self,
        document: &Value,
        route: &Route,
    ) -> Result<Line, String> {
        let looks =
            matches!(&*route.method, "GET" | "HEAD" | "OPTIONS") && !route.path.ends_with("attach");
        let body = bodies::of(document, &route.path, &route.method);
        let body = match (body, told(route)) {
            // What is described is taken as described, unless the list above knows better than a form's key.
            (Some(described), Some(told)) if told.1 == b"key=a-key" => Some(described),
            (described, told) => told.or(described),
        };
        let place = self.place(&route.path, looks).await;
        let mut line = Line {
            cells: Caller::ALL.map(|caller| (caller, String::new())).into(),
            why: String::new(),
        };
        for caller in Caller::TURNS {
            let answer = self
                .sends(&route.method, &place, caller, body.as_ref(), "*/*")
                .await;
            let kind = kind(&answer);
            guards::all(&answer).map_err(|why| format!("{}: {why}", caller.name()))?;
            self.keeps_quiet(route, caller, &answer)?;
            if matches!(&*kind, "401" | "403" | "404") {
                let page = self
                    .sends(&route.method, &place, caller, body.as_ref(), "text/html")
                    .await;
                guards::all(&page).map_err(|why| format!("{}: {why}", caller.name()))?;
                as_a_page(&kind, &page).map_err(|why| format!("{}: {why}", caller.name()))?;
                self.keeps_quiet(route, caller, &page)?;
            }
            line.cells.insert(caller, kind);
        }
        if !looks && route.path.starts_with("/identity/") {
            self.sign_in().await;
        }
        Ok(line)
    }

    /// Refusals tell nobody anything of the owner, and strangers are told nothing at all.
    fn keeps_quiet(&self, route: &Route, caller: Caller, answer: &Answer) -> Result<(), String> {
        let refused = matches!(answer.status.as_u16(), 401 | 403 | 404);
        if is_said(route) || !(caller.is_stranger() || refused && !caller.is_owner()) {
            return Ok(());
        }
        let mut told = answer.text();
        for (name, value) in &answer.headers {
            let leads_back = answer.header("location").starts_with("/identity/sign-in");
            if name != "location" || !leads_back {
                told.push_str(&String::from_utf8_lossy(value.as_bytes()));
            }
        }
        match self.marks.iter().find(|mark| told.contains(*mark)) {
            Some(mark) => Err(format!("{} is told {mark}: {told}", caller.name())),
            None => Ok(()),
        }
    }
}

/// `in`, or the status.
fn kind(answer: &Answer) -> String {
    if answer.status.is_success() || answer.status.is_redirection() {
        "in".to_owned()
    } else {
        answer.status.as_str().to_owned()
    }
}

/// A browser is refused as a program is, or led to where one signs in.
fn as_a_page(kind: &str, page: &Answer) -> Result<(), String> {
    let leads = page.header("location").starts_with("/identity/sign-in");
    if page.status.as_str() == kind || kind == "401" && page.status == 303 && leads {
        Ok(())
    } else {
        Err(format!(
            "a program is answered {kind}, a browser {}",
            page.status
        ))
    }
}
