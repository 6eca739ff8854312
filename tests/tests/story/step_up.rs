//! Asked for more where it is needed and not before, across identity and intake: a citizen fills in at what they say themselves, is led
//! to show more when they are about to file, and files what they typed.

use std::time::Duration;

use axum::{body::Body, http::Request};
use contracts::{
    AccountId, DocumentId,
    intake::DossierSubmitted,
    scan::{DocumentChecked, Verdict},
};
use serde_json::{Value, json};
use testkit::{Answer, Stage, totp};
use uuid::Uuid;

const PASSWORD: &str = "con trâu đi trước";
const PAPER: DocumentId = DocumentId(Uuid::from_u128(7));
/// The key by which a stage believes tokens.
const KEY: &str = "2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a";
const CARD: &str =
    "066190001234|240123456|Nguyễn Thị Ví Dụ|15011990|Nữ|Thôn 2, xã A, tỉnh B|01072022";

struct Play {
    stage: Stage,
    /// What the citizen's browser carries.
    token: String,
}

impl Play {
    async fn api(&self, method: &str, path: &str, token: Option<&str>, body: Value) -> Value {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Body::from(body.to_string()));
        let answer = self.stage.request(request.expect("a request")).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
        answer.json()
    }

    async fn own(&self, method: &str, path: &str, body: Value) -> Value {
        self.api(method, path, Some(&self.token), body).await
    }

    async fn browses(&self, method: &str, path: &str, form: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("accept", "text/html")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", format!("motcua_session={}", self.token));
        let request = request.body(Body::from(form.to_owned()));
        self.stage.request(request.expect("a request")).await
    }

    /// Turns on the app; the key that it was given.
    async fn app(&mut self) -> String {
        let by = json!({ "password": PASSWORD });
        let begun = self.own("POST", "/identity/second-factor", by).await;
        let key = text(&begun, "key");
        let first = json!({ "code": totp::code(&key, self.stage.now()) });
        let confirmed = self.own("PUT", "/identity/second-factor", first).await;
        self.token = text(&confirmed, "token");
        self.stage.advance(Duration::from_secs(30)).await;
        key
    }

    /// A certificate of marital status, filled in, with its paper checked.
    async fn filled_in(&mut self) -> String {
        let me = self.own("GET", "/identity/me", Value::Null).await;
        let owner: AccountId = text(&me, "account").parse().expect("an account");
        let checked = DocumentChecked {
            document: PAPER,
            owner,
            sha256: "a".repeat(64),
            media_type: "image/jpeg".to_owned(),
            bytes: 1_000,
            pages: 1,
            letters: 200,
            verdict: Verdict::Accepted,
            flaws: Vec::new(),
            kind: None,
            fields: Vec::new(),
            checked_at: self.stage.now(),
        };
        assert!(self.stage.say("scan", &checked).await);
        self.stage.settle().await;
        let asked = json!({ "procedure": "1.004873" });
        let opened = self.own("POST", "/intake/dossiers", asked).await;
        let dossier = format!("/intake/dossiers/{}", text(&opened, "dossier"));
        let form = json!({
            "ho_ten": "Nguyễn Thị Ví Dụ", "so_dinh_danh": "066190001234", "ngay_sinh": "15/01/1990",
            "noi_cu_tru": "Số 12 đường Ví Dụ", "tinh_trang": "chua_ket_hon", "lan_cap": "lan_dau", "muc_dich": "ket_hon",
            "dien_mien": "khong",
        });
        let all = json!({ "form": form, "documents": { "to-khai": PAPER }, "delivery": "counter" });
        self.own("PUT", &dossier, all).await;
        dossier
    }
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().expect("a text").to_owned()
}

async fn signed_in() -> Play {
    let services = vec![identity::service(), intake::service()];
    let variables = [
        ("IDENTITY__SIGNING_KEY", KEY),
        ("IDENTITY__ARGON2__MEMORY_KIB", "64"),
    ];
    let mut play = Play {
        stage: Stage::configured(services, &variables).await,
        token: String::new(),
    };
    let account = json!({
        "name": "Nguyễn Thị Ví Dụ", "citizen_id": "066190001234", "phone": "0912345678", "password": PASSWORD,
    });
    play.api("POST", "/identity/accounts", None, account).await;
    let by = json!({ "login": "0912345678", "password": PASSWORD });
    let session = play.api("POST", "/identity/sessions", None, by).await;
    play.token = text(&session, "token");
    play
}

#[tokio::test]
async fn a_citizen_fills_in_at_their_word_shows_more_to_file_and_files_what_they_typed() {
    let mut play = signed_in().await;
    let key = play.app().await;
    let dossier = play.filled_in().await;
    let review = format!("{dossier}/review");

    let led = play.browses("GET", &review, "").await;
    assert_eq!(led.status, 303, "{}", led.text());
    let step_up = led.header("location").to_owned();
    let page = play.browses("GET", &step_up, "").await.text();
    assert!(page.contains("mang căn cước đến quầy một cửa"), "{page}");

    // At the counter, once.
    let shown = play
        .own("POST", "/identity/document-check", json!({}))
        .await;
    let check = json!({ "code": shown["code"], "card": CARD, "seen": true });
    let officer = play.stage.officer();
    play.api("POST", "/identity/document-checks", Some(&officer), check)
        .await;

    let page = play.browses("GET", &step_up, "").await.text();
    assert!(
        page.contains(&format!("name=\"back\" value=\"{review}\"")),
        "{page}"
    );
    let code = totp::code(&key, play.stage.now());
    let form = format!("assurance=3&back={review}&code={code}");
    let surer = play.browses("POST", "/identity/step-up", &form).await;
    assert_eq!(
        (surer.status.as_u16(), surer.header("location")),
        (303, &*review)
    );
    let cookie = surer
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap_or_default();
    let before = std::mem::take(&mut play.token);
    play.token = cookie.trim_start_matches("motcua_session=").to_owned();

    let page = play.browses("GET", &review, "").await;
    assert_eq!(page.status, 200, "{}", page.text());
    for typed in [
        "Số 12 đường Ví Dụ",
        "Chưa đăng ký kết hôn với ai",
        "15/01/1990",
    ] {
        assert!(page.text().contains(typed), "{typed}: {}", page.text());
    }
    let filed = play.browses("POST", &review, "key=k").await;
    assert_eq!(
        (filed.status.as_u16(), filed.header("location")),
        (303, &*dossier)
    );
    play.stage.settle().await;
    let said = play.stage.said::<DossierSubmitted>("intake").await;
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].form["noi_cu_tru"], "Số 12 đường Ví Dụ");
    let old = play.stage.get("/identity/me", Some(&before)).await;
    assert_eq!(old.status, 401, "the session before has ended");
}
