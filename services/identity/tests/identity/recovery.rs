//! A forgotten password: who gets a new one, and who does not.

use std::time::Duration;

use contracts::notification::{Address, CodePurpose, SendCode, SendWarning, Warning};

use super::{
    codes::{another, sent},
    contacts::{cookies, proves},
    device::Device,
    passkey_sign_in::enters,
    passkeys::{added, by_password, ready},
    second_factor::enrolled,
    *,
};

const PHONE: &str = "0912345678";
const NEW: &str = "voi chín ngà gà chín cựa";

/// A stage on which the owner's telephone is proven.
async fn with_proven() -> Stage {
    let mut stage = registered().await;
    let token = token(&stage, PHONE, PASSWORD).await;
    proves(&stage, &token, PHONE).await;
    stage.advance(Duration::from_mins(1)).await;
    stage
}

/// A post by a browser that holds these cookies.
async fn posts(stage: &Stage, path: &str, cookie: &str, fields: &str) -> Answer {
    let headers = [("cookie", cookie), ("sec-fetch-site", "same-origin")];
    form(stage, path, &headers, fields).await
}

/// Asks for a code; the browser's ticket.
async fn begins(stage: &Stage, contact: &str) -> String {
    let begun = posts(
        stage,
        "/identity/recovery",
        "",
        &format!("contact={contact}"),
    )
    .await;
    assert_eq!(begun.status, 303, "{}", begun.text());
    assert_eq!(begun.header("location"), "/identity/recovery/code?back=");
    cookies(&begun)
}

/// Gives the code; the answer and the browser's next ticket.
async fn gives(stage: &Stage, ticket: &str, code: &str) -> (Answer, String) {
    let answer = posts(
        stage,
        "/identity/recovery/code",
        ticket,
        &format!("code={code}"),
    )
    .await;
    let next = cookies(&answer);
    (answer, next)
}

async fn sets(stage: &Stage, ticket: &str, password: &str) -> Answer {
    let password: String = form_urlencoded(password);
    let fields = format!("password={password}");
    posts(stage, "/identity/recovery/password", ticket, &fields).await
}

fn form_urlencoded(text: &str) -> String {
    let escaped = text.bytes().map(|byte| format!("%{byte:02X}"));
    escaped.collect()
}

#[tokio::test]
async fn a_code_to_the_proven_telephone_brings_a_new_password_and_ends_all_else() {
    let mut stage = with_proven().await;
    let elsewhere = token(&stage, PHONE, PASSWORD).await;
    stage.advance(Duration::from_mins(1)).await;
    let ticket = begins(&stage, PHONE).await;
    let send = sent(&stage).await;
    assert_eq!(send.purpose, CodePurpose::RecoverPassword);
    let asks = page(&stage, "/identity/recovery/code", &ticket)
        .await
        .text();
    for part in ["autocomplete=\"one-time-code\"", "091••••678"] {
        assert!(asks.contains(part), "{part}: {asks}");
    }
    assert!(
        !asks.contains("Ví Dụ") && !asks.contains("912345678"),
        "{asks}"
    );
    let (given, next) = gives(&stage, &ticket, &send.code).await;
    assert_eq!(
        given.header("location"),
        "/identity/recovery/password?back="
    );
    let unfit = sets(&stage, &next, "12345678").await;
    assert_eq!(unfit.status, 422);
    assert!(unfit.text().contains("quá phổ biến"), "{}", unfit.text());
    let own = sets(&stage, &next, "066190001234").await;
    assert_eq!(own.status, 422);
    let done = sets(&stage, &next, NEW).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(
        done.text().contains("Đã đặt mật khẩu mới"),
        "{}",
        done.text()
    );
    assert_eq!(
        stage.get("/identity/me", Some(&elsewhere)).await.status,
        401
    );
    assert_eq!(signs_in(&stage, PHONE, PASSWORD).await.status, 401);
    assert_eq!(signs_in(&stage, PHONE, NEW).await.status, 201);
    let warned = stage.said::<SendWarning>("identity").await;
    assert_eq!(warned.len(), 1);
    assert_eq!(warned[0].to, Address::Phone(PHONE.parse().unwrap()));
    assert_eq!(warned[0].about, Warning::PasswordRecovered);
    let done = ["contact-proven", "recovery-begun", "password-recovered"];
    assert_eq!(acts(&stage).await, done);
    // Neither code nor ticket is good again.
    assert_eq!(sets(&stage, &next, PASSWORD).await.status, 410);
    assert_eq!(gives(&stage, &ticket, &send.code).await.0.status, 410);
}

#[tokio::test]
async fn an_unknown_number_looks_the_same_at_every_step() {
    let stage = with_proven().await;
    let before = stage.said::<SendCode>("identity").await.len();
    let plain = |answer: &Answer| {
        let text = answer.text();
        text.replace("091••••678", "X").replace("098••••321", "X")
    };
    let (known, unknown) = (
        begins(&stage, PHONE).await,
        begins(&stage, "0987654321").await,
    );
    let sendings = stage.said::<SendCode>("identity").await;
    assert_eq!(sendings.len(), before + 1);
    let code = sent(&stage).await.code;
    let path = "/identity/recovery/code";
    let shown = page(&stage, path, &known).await;
    assert_eq!(plain(&shown), plain(&page(&stage, path, &unknown).await));
    for _ in 0..5 {
        let (of_known, _) = gives(&stage, &known, &another(&code)).await;
        let (of_unknown, _) = gives(&stage, &unknown, &another(&code)).await;
        assert_eq!(of_known.status, of_unknown.status);
        assert_eq!(plain(&of_known), plain(&of_unknown));
    }
    assert!(plain(&gives(&stage, &known, &code).await.0).contains("không dùng được nữa"));
    for contact in [PHONE, "0987654321"] {
        let again = posts(
            &stage,
            "/identity/recovery",
            "",
            &format!("contact={contact}"),
        )
        .await;
        assert_eq!(
            (again.status.as_u16(), again.header("retry-after")),
            (429, "60")
        );
    }
}

#[tokio::test]
async fn what_is_only_said_brings_no_code_and_neither_do_officers_get_one() {
    let stage = registered().await;
    begins(&stage, PHONE).await;
    begins(&stage, "vi.du@example.vn").await;
    assert!(stage.said::<SendCode>("identity").await.is_empty());
    for nonsense in ["", "113", "tran.van.mau", "vi.du@"] {
        let fields = format!("contact={nonsense}");
        let refused = posts(&stage, "/identity/recovery", "", &fields).await;
        assert_eq!(refused.status, 422, "{nonsense}");
    }
    let page = page(&stage, "/identity/recovery", "").await.text();
    assert!(page.contains("nhờ người vận hành"), "{page}");
}

#[tokio::test]
async fn a_code_of_another_browser_or_another_purpose_or_too_late_opens_nothing() {
    let mut stage = with_proven().await;
    let owner = token(&stage, PHONE, PASSWORD).await;
    let ticket = begins(&stage, PHONE).await;
    let code = sent(&stage).await.code;
    for other in ["", "motcua_code_recovery=guessed"] {
        assert_eq!(gives(&stage, other, &code).await.0.status, 410, "{other}");
    }
    let foreign = [
        ("cookie", ticket.as_str()),
        ("sec-fetch-site", "cross-site"),
    ];
    let fields = format!("code={code}");
    let from_elsewhere = form(&stage, "/identity/recovery/code", &foreign, &fields).await;
    assert_eq!(from_elsewhere.status, 403);
    // A code that proves an address is none for a password.
    let body = json!({ "contact": "vi.du@example.vn" });
    let asked = stage
        .post("/identity/contacts/codes", Some(&owner), &body)
        .await;
    let proving = asked.json()["ticket"].as_str().unwrap().to_owned();
    let of_contact = sent(&stage).await.code;
    let crossed = format!("motcua_code_recovery={proving}");
    assert_eq!(gives(&stage, &crossed, &of_contact).await.0.status, 410);
    // Without a code there is no password, and after its time no code.
    assert_eq!(sets(&stage, &ticket, NEW).await.status, 410);
    stage.advance(Duration::from_mins(10)).await;
    assert_eq!(gives(&stage, &ticket, &code).await.0.status, 410);
    assert_eq!(signs_in(&stage, PHONE, PASSWORD).await.status, 201);
}

#[tokio::test]
async fn whoever_has_an_app_is_asked_for_it_too() {
    let mut stage = with_proven().await;
    let held = enrolled(&mut stage, PHONE, PASSWORD).await;
    let ticket = begins(&stage, PHONE).await;
    let (given, next) = gives(&stage, &ticket, &sent(&stage).await.code).await;
    assert_eq!(given.header("location"), "/identity/recovery/second?back=");
    // No way around it, not by a session that was there before either.
    assert_eq!(sets(&stage, &next, NEW).await.status, 410);
    let around = format!("{next}; {COOKIE}={}", held.token);
    assert_eq!(sets(&stage, &around, NEW).await.status, 410);
    let past = page(&stage, "/identity/recovery/password", &next).await;
    assert_eq!(past.header("location"), "/identity/recovery/second?back=");
    let second = async |code: &str| {
        let fields = format!("code={code}");
        posts(&stage, "/identity/recovery/second", &next, &fields).await
    };
    assert_eq!(second("000000").await.status, 422);
    let shown = second(&held.code(&stage)).await;
    assert_eq!(
        shown.header("location"),
        "/identity/recovery/password?back="
    );
    assert_eq!(sets(&stage, &next, NEW).await.status, 200);
    // The app is still asked for.
    assert_eq!(signs_in(&stage, PHONE, NEW).await.status, 202);
}

#[tokio::test]
async fn a_number_that_a_thief_put_in_is_undone_by_the_owners_code() {
    let mut stage = with_proven().await;
    let thief = token(&stage, PHONE, PASSWORD).await;
    proves(&stage, &thief, "0987654321").await;
    stage.advance(Duration::from_mins(2)).await;
    let ticket = begins(&stage, PHONE).await;
    let (_, next) = gives(&stage, &ticket, &sent(&stage).await.code).await;
    assert_eq!(sets(&stage, &next, NEW).await.status, 200);
    assert!(
        acts(&stage)
            .await
            .contains(&"contact-change-undone".to_owned())
    );
    let owner = token(&stage, PHONE, NEW).await;
    let claims = believed(&stage, &owner).await;
    assert_eq!(claims.phone.unwrap().as_str(), "+84912345678");
    stage.advance(Duration::from_hours(80)).await;
    let before = stage.said::<SendCode>("identity").await.len();
    begins(&stage, "0987654321").await;
    assert_eq!(stage.said::<SendCode>("identity").await.len(), before);
    begins(&stage, PHONE).await;
    assert_eq!(stage.said::<SendCode>("identity").await.len(), before + 1);
}

#[tokio::test]
async fn strangers_who_guess_keep_nobody_waiting_at_the_password() {
    let stage = with_proven().await;
    let ticket = begins(&stage, PHONE).await;
    let wrong = another(&sent(&stage).await.code);
    for _ in 0..8 {
        gives(&stage, &ticket, &wrong).await;
    }
    assert_eq!(signs_in(&stage, PHONE, PASSWORD).await.status, 201);
}

#[tokio::test]
async fn a_new_password_ends_the_wait_that_a_guesser_of_the_old_one_left() {
    let stage = with_proven().await;
    for _ in 0..6 {
        signs_in(&stage, PHONE, "đoán mò").await;
    }
    assert_eq!(signs_in(&stage, PHONE, PASSWORD).await.status, 429);
    let ticket = begins(&stage, PHONE).await;
    let (_, next) = gives(&stage, &ticket, &sent(&stage).await.code).await;
    assert_eq!(sets(&stage, &next, NEW).await.status, 200);
    assert_eq!(signs_in(&stage, PHONE, NEW).await.status, 201);
}

#[tokio::test]
async fn whoever_has_a_passkey_is_asked_for_it_after_the_code_and_for_nothing_less() {
    let (mut stage, first, mut device) = ready().await;
    let token = proves(&stage, &first, PHONE).await;
    added(&stage, &token, &by_password(), &mut device).await;
    let by_passkey = async |stage: &Stage, device: &mut Device| {
        let entered = enters(stage, device).await;
        entered.json()["token"].as_str().unwrap().to_owned()
    };
    let before = by_passkey(&stage, &mut device).await;
    stage.advance(Duration::from_mins(1)).await;
    let ticket = begins(&stage, PHONE).await;
    let (given, next) = gives(&stage, &ticket, &sent(&stage).await.code).await;
    assert_eq!(given.header("location"), "/identity/recovery/second?back=");
    let second = page(&stage, "/identity/recovery/second", &next)
        .await
        .text();
    assert!(second.contains("đăng nhập bằng khóa truy cập"), "{second}");
    assert!(!second.contains("name=\"code\""), "{second}");
    // A session that was there before, or one by the password, shows no passkey.
    let by_word = signs_in(&stage, PHONE, PASSWORD).await.json();
    let by_word = by_word["token"].as_str().unwrap().to_owned();
    for other in [before, by_word] {
        let around = format!("{next}; {COOKIE}={other}");
        assert_eq!(sets(&stage, &around, NEW).await.status, 410);
    }
    let own = by_passkey(&stage, &mut device).await;
    let both = format!("{next}; {COOKIE}={own}");
    let asks = page(&stage, "/identity/recovery/password", &both).await;
    assert_eq!(asks.status, 200, "{}", asks.text());
    let done = sets(&stage, &both, NEW).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.text().contains("1 khóa truy cập"), "{}", done.text());
    assert_eq!(signs_in(&stage, PHONE, NEW).await.status, 201);
}

#[tokio::test]
async fn an_account_that_has_no_password_gets_its_first_in_the_same_manner() {
    let stage = with_proven().await;
    let owner = believed(&stage, &token(&stage, PHONE, PASSWORD).await)
        .await
        .sub;
    let db = stage.app("identity").db().reads();
    assert!(identity::store::withdraw_password(db, owner).await.unwrap());
    assert_eq!(signs_in(&stage, PHONE, PASSWORD).await.status, 401);
    let ticket = begins(&stage, PHONE).await;
    let (_, next) = gives(&stage, &ticket, &sent(&stage).await.code).await;
    assert_eq!(sets(&stage, &next, NEW).await.status, 200);
    assert_eq!(signs_in(&stage, PHONE, NEW).await.status, 201);
}
