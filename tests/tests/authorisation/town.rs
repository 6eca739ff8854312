//! A town on a Stage: all services, people who are really signed in, and what belongs to them.

use std::{collections::BTreeMap, sync::LazyLock};

use all_in_one::services;
use axum::{body::Body, http::Request};
use chassis::auth::{Claims, Role, Signer};
use serde_json::{Value, json};
use testkit::{Answer, Stage};

use crate::{
    bodies,
    callers::Caller,
    things::{Dossier, Standing},
};

/// Everybody's.
pub const PASSWORD: &str = "con trâu đi trước";
/// Of the key by which a Stage believes tokens: with it, what identity signs is believed there.
const STAGE_SEED: [u8; 32] = [42; 32];

/// The owner, in words that stand nowhere else.
pub const NAME: &str = "Hoàng Thị Kín Đáo";
pub const CITIZEN_ID: &str = "066190007531";
pub const PHONE: &str = "0987654321";
pub const EMAIL: &str = "kin.dao.rieng@example.vn";
pub const ADDRESS: &str = "27 ngõ Hẻo Lánh";
pub const BORN: &str = "15/01/1990";
/// What an officer signs in with.
pub const OFFICER: &str = "can.bo.mot";

static EXAMPLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../examples/to-khai-trich-luc.jpg"
    );
    std::fs::read(path).expect("an example")
});

/// The town.
pub struct Town {
    pub stage: Stage,
    pub tokens: BTreeMap<Caller, String>,
    /// What the pages and answers for others may not show.
    pub marks: Vec<String>,
    /// What was made once for all who only look.
    pub shared: BTreeMap<Standing, Dossier>,
    /// Single things by name.
    pub known: BTreeMap<&'static str, String>,
}

impl Town {
    /// Opens it: everybody has an account and is signed in.
    pub async fn open() -> Self {
        let key = STAGE_SEED.map(|byte| format!("{byte:02x}")).concat();
        let variables = [
            ("IDENTITY__SIGNING_KEY", key.as_str()),
            ("IDENTITY__ARGON2__MEMORY_KIB", "64"),
            ("IDENTITY__OPERATOR_PASSWORD", PASSWORD),
        ];
        let stage = Stage::configured(services(), &variables).await;
        let marks = [NAME, CITIZEN_ID, &PHONE[1..], EMAIL, ADDRESS];
        let mut town = Self {
            stage,
            tokens: BTreeMap::new(),
            marks: marks.map(str::to_owned).to_vec(),
            shared: BTreeMap::new(),
            known: BTreeMap::new(),
        };
        town.settle_in().await;
        town.sign_in().await;
        town.registers_the_birth().await;
        town
    }

    async fn settle_in(&mut self) {
        let citizens = [
            (NAME, CITIZEN_ID, PHONE, EMAIL),
            (
                "Vũ Văn Láng Giềng",
                "066090004321",
                "0912345670",
                "lang.gieng@example.vn",
            ),
        ];
        for (name, citizen_id, phone, email) in citizens {
            let account = json!({ "name": name, "citizen_id": citizen_id, "phone": phone, "email": email, "password": PASSWORD });
            self.post("/identity/accounts", None, &account).await;
        }
        let operator = self.signs_in("operator").await;
        let both = ["officer", "signer"];
        for (login, roles, office) in [
            (OFFICER, &both[..1], "H15.50.05.13"),
            ("nguoi.ky", &both[1..], "H15.50.05"),
            ("xa.ben.canh", &both[..], "H15.50.06"),
        ] {
            let account = json!({ "name": "Trần Văn Mẫu", "login": login, "password": PASSWORD, "title": "Chủ tịch",
                "organisation": office, "roles": roles });
            self.post("/identity/officers", Some(&operator), &account)
                .await;
        }
    }

    async fn signs_in(&self, login: &str) -> String {
        let credentials = json!({ "login": login, "password": PASSWORD });
        let answer = self
            .stage
            .post("/identity/sessions", None, &credentials)
            .await;
        assert_eq!(answer.status, 201, "{login}: {}", answer.text());
        id(&answer.json(), "token")
    }

    /// Everybody signs in, again where they were.
    pub async fn sign_in(&mut self) {
        for (caller, login) in [
            (Caller::Owner, CITIZEN_ID),
            (Caller::Other, "066090004321"),
            (Caller::Officer, OFFICER),
            (Caller::Signer, "nguoi.ky"),
            (Caller::Neighbour, "xa.ben.canh"),
            (Caller::Operator, "operator"),
            (Caller::Ended, CITIZEN_ID),
        ] {
            let token = self.signs_in(login).await;
            self.tokens.insert(caller, token);
        }
        let over = self.asks("DELETE", "/identity/sessions/current", Caller::Ended);
        assert_eq!(over.await.status, 204);
        self.stage.settle().await;
        let right = Signer::new(&STAGE_SEED);
        let owner = self.claims().await;
        let all = Claims {
            roles: [Role::Citizen, Role::Officer, Role::Signer, Role::Operator].into(),
            ..owner
        };
        let expired = Claims {
            exp: self.stage.now().timestamp(),
            ..all.clone()
        };
        let forged = Signer::new(&[7; 32]).sign(&all);
        self.tokens.insert(Caller::Forged, forged);
        self.tokens.insert(Caller::Expired, right.sign(&expired));
        for led in [Caller::Elsewhere, Caller::Origin] {
            self.tokens.insert(led, right.sign(&all));
        }
    }

    /// What the owner's token says.
    async fn claims(&self) -> Claims {
        let listed = self.stage.get("/identity/.well-known/jwks.json", None);
        let listed = serde_json::from_slice(&listed.await.body).expect("keys");
        let keys = chassis::auth::Keys::fixed(&listed);
        let checked = keys.check(&self.tokens[&Caller::Owner], self.stage.now());
        checked.await.expect("a token of identity's")
    }

    async fn registers_the_birth(&mut self) {
        let record = json!({
            "kind": "birth", "number": "77/1990", "registered_on": "1990-02-01", "office": "Ủy ban nhân dân phường Mẫu",
            "people": [{ "name": NAME, "born_on": "1990-01-15", "citizen_id": CITIZEN_ID }],
        });
        let officer = self.tokens[&Caller::Officer].clone();
        self.post("/agency-civil-status/records", Some(&officer), &record)
            .await;
    }

    /// Posts what must succeed, and waits until all that follows from it has happened.
    pub async fn post(&mut self, path: &str, token: Option<&str>, body: &Value) -> Value {
        let answer = self.stage.post(path, token, body).await;
        self.stage.settle().await;
        succeeded(path, &answer)
    }

    /// The same as one of the callers.
    pub async fn acts(&mut self, caller: Caller, path: &str, body: &Value) -> Value {
        let token = self.tokens[&caller].clone();
        self.post(path, Some(&token), body).await
    }

    /// Looks at what must be there.
    pub async fn sees(&self, caller: Caller, path: &str) -> Value {
        let answer = self.stage.get(path, Some(&self.tokens[&caller])).await;
        succeeded(path, &answer)
    }

    /// Asks without a body.
    pub async fn asks(&self, method: &str, path: &str, caller: Caller) -> Answer {
        self.sends(method, path, caller, None, "*/*").await
    }

    /// Asks anything.
    pub async fn sends(
        &self,
        method: &str,
        path: &str,
        caller: Caller,
        body: Option<&bodies::Body>,
        accept: &str,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("accept", accept);
        if path.starts_with("/scan/uploads") {
            let version = request.header("tus-resumable", "1.0.0");
            request = version
                .header("upload-offset", "0")
                .header("upload-length", "4");
        }
        if method == "POST" && path.starts_with("/scan/uploads/") {
            request = request.header("x-http-method-override", "PATCH");
        }
        let token = self.tokens.get(&caller).map(String::as_str);
        request = caller.shows(request, token);
        if let Some((kind, _)) = body {
            request = request.header("content-type", kind);
        }
        let bytes = body.map(|(_, bytes)| bytes.clone()).unwrap_or_default();
        let request = request.body(Body::from(bytes)).expect("a request");
        self.stage.request(request).await
    }

    /// The owner's paper: the same file is the same document.
    pub async fn paper(&mut self) -> String {
        let owner = self.tokens[&Caller::Owner].clone();
        let sent = self
            .stage
            .upload("/scan/documents", Some(&owner), "to-khai.jpg", &EXAMPLE)
            .await;
        self.stage.settle().await;
        id(&succeeded("/scan/documents", &sent), "id")
    }
}

/// The body of an answer that says yes.
pub fn succeeded(path: &str, answer: &Answer) -> Value {
    let fine = answer.status.is_success() || answer.status.is_redirection();
    assert!(fine, "{path}: {} {}", answer.status, answer.text());
    answer.json()
}

/// A text field of an answer.
pub fn id(value: &Value, field: &str) -> String {
    let text = value[field].as_str();
    text.unwrap_or_else(|| panic!("no {field} in {value}"))
        .to_owned()
}
