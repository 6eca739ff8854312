//! Second factors on the pages, as a browser without JavaScript uses them.

use std::time::Duration;

use super::{second_factor::code, *};

/// What the answer's cookie `name` holds.
fn cookie_of<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let cookies = answer.headers.get_all("set-cookie").iter();
    let mut lines = cookies.map(|line| line.to_str().unwrap());
    let named = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    named.map_or("", |value| value.split(';').next().unwrap())
}

/// The key that a page shows for an app.
fn key_on(page: &str) -> String {
    let (_, rest) = page.split_once("<code id=\"key\">").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

/// The recovery codes that a page shows.
fn recovery_on(page: &str) -> Vec<String> {
    let (_, list) = page.split_once("<ul id=\"recovery-codes\">").unwrap();
    let list = list.split_once("</ul>").unwrap().0;
    let codes = list.split("<li><code>").skip(1);
    codes
        .map(|rest| rest.split_once('<').unwrap().0.to_owned())
        .collect()
}

const SIGN_IN: &str = "login=0912345678&password=con+trâu+đi+trước&back=/intake/drafts/1?step%3D2";

#[tokio::test]
async fn a_person_turns_it_on_signs_in_with_it_and_turns_it_off_on_the_pages() {
    let mut stage = registered().await;
    let first = token(&stage, "0912345678", PASSWORD).await;
    let cookie = format!("{COOKIE}={first}");
    let own = [("cookie", cookie.as_str())];
    let off = page(&stage, "/identity/second-factor", &cookie).await;
    assert!(
        off.text().contains("Bật xác thực hai bước"),
        "{}",
        off.text()
    );
    let first_form = "/identity/second-factor/begin";
    let wrong = form(&stage, first_form, &own, "password=sai").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("Mật khẩu đang dùng không đúng"));
    let begun = form(&stage, first_form, &own, "password=con+trâu+đi+trước").await;
    let confirm = "/identity/second-factor/confirm";
    assert_eq!(
        (begun.status, begun.header("location")),
        (StatusCode::SEE_OTHER, confirm)
    );
    let shown = page(&stage, confirm, &cookie).await;
    assert_eq!(shown.header("cache-control"), "private, no-store");
    let key = key_on(&shown.text());
    assert!(shown.text().contains("<svg") && shown.text().contains("otpauth://totp/"));
    let wrong = form(&stage, confirm, &own, "code=12345").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("Mã không đúng") && wrong.text().contains(&key));
    let right = format!("code={}", code(&key, stage.now()));
    let confirmed = form(&stage, confirm, &own, &right).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    assert_eq!(confirmed.header("cache-control"), "private, no-store");
    let recovery = recovery_on(&confirmed.text());
    assert_eq!(recovery.len(), 10);
    let fresh = cookie_of(&confirmed, COOKIE);
    assert!(!fresh.is_empty() && fresh != first);
    let on = page(
        &stage,
        "/identity/second-factor",
        &format!("{COOKIE}={fresh}"),
    )
    .await;
    assert!(on.text().contains("Còn 10 mã dự phòng"), "{}", on.text());
    assert!(!on.text().contains(&key) && !on.text().contains(&recovery[0]));

    stage.advance(Duration::from_secs(30)).await;
    let half = form(&stage, "/identity/sign-in", &[], SIGN_IN).await;
    let second = "/identity/sign-in/code?back=%2Fintake%2Fdrafts%2F1%3Fstep%3D2";
    assert_eq!(
        (half.status, half.header("location")),
        (StatusCode::SEE_OTHER, second)
    );
    assert_eq!(cookie_of(&half, COOKIE), "");
    let ticket = format!("motcua_sign_in={}", cookie_of(&half, "motcua_sign_in"));
    let asked = page(&stage, second, &ticket).await;
    assert_eq!(asked.status, 200);
    assert!(asked.text().contains("value=\"/intake/drafts/1?step=2\""));
    assert!(!asked.text().contains("<svg"));
    let step = "/identity/sign-in/code";
    let mine = [("cookie", ticket.as_str())];
    let wrong = form(&stage, step, &mine, "code=12345&back=/desk/").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("Mã không đúng") && wrong.text().contains("value=\"/desk/\""));
    let right = format!("code={}&back=/desk/", code(&key, stage.now()));
    let whole = form(&stage, step, &mine, &right).await;
    assert_eq!(
        (whole.status, whole.header("location")),
        (StatusCode::SEE_OTHER, "/desk/")
    );
    assert_eq!(cookie_of(&whole, "motcua_sign_in"), "");
    let session = format!("{COOKIE}={}", cookie_of(&whole, COOKIE));
    let sessions = page(&stage, "/identity/sessions", &session).await;
    assert_eq!(sessions.status, 200);

    let remove = "/identity/second-factor/remove";
    let mine = [("cookie", session.as_str())];
    let both = format!("password=con+trâu+đi+trước&code={}", recovery[0]);
    let removed = form(&stage, remove, &mine, &both).await;
    assert_eq!(removed.status, 303, "{}", removed.text());
    let entered = form(&stage, "/identity/sign-in", &[], SIGN_IN).await;
    assert_eq!(entered.header("location"), "/intake/drafts/1?step=2");
}

#[tokio::test]
async fn an_officer_who_must_have_one_begins_it_on_the_second_page() {
    let stage = staged(&[
        ("IDENTITY__OFFICERS_SECOND_FACTOR", "required"),
        ("IDENTITY__OPERATOR_PASSWORD", "người đầu tiên"),
        ("PUBLIC_URL", "https://motcua.example.vn"),
    ])
    .await;
    let filled = "login=operator&password=người+đầu+tiên&back=/desk/";
    let half = form(&stage, "/identity/sign-in", &[], filled).await;
    assert_eq!(half.status, 303);
    let name = "__Host-motcua_sign_in";
    let set = half.header("set-cookie").to_owned();
    assert!(
        set.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"),
        "{set}"
    );
    let ticket = format!("{name}={}", cookie_of(&half, name));
    let asked = page(&stage, half.header("location"), &ticket).await;
    let key = key_on(&asked.text());
    assert!(asked.text().contains("phải có xác thực hai bước"));
    let again = page(&stage, half.header("location"), &ticket).await;
    assert_eq!(
        key_on(&again.text()),
        key,
        "loaded again after a look at the app"
    );
    let right = format!("code={}&back=/desk/", code(&key, stage.now()));
    let mine = [("cookie", ticket.as_str())];
    let whole = form(&stage, "/identity/sign-in/code", &mine, &right).await;
    assert_eq!(whole.status, 200, "{}", whole.text());
    assert_eq!(recovery_on(&whole.text()).len(), 10);
    assert!(whole.text().contains("href=\"/desk/\""));
    assert!(!cookie_of(&whole, "__Host-motcua_session").is_empty());
    assert!(!whole.text().contains(&key));
}

#[tokio::test]
async fn the_second_page_leads_back_to_the_first_without_a_ticket() {
    let stage = registered().await;
    for cookie in [
        "",
        "motcua_sign_in=",
        "motcua_sign_in=bia",
        "motcua_session=x",
    ] {
        let shown = page(&stage, "/identity/sign-in/code?back=/desk/", cookie).await;
        assert_eq!(
            (shown.status, shown.header("location")),
            (StatusCode::SEE_OTHER, "/identity/sign-in?back=%2Fdesk%2F"),
            "{cookie}"
        );
        let posted = form(
            &stage,
            "/identity/sign-in/code",
            &[("cookie", cookie)],
            "code=123456",
        )
        .await;
        assert_eq!(posted.status, 303);
        assert!(posted.header("location").starts_with("/identity/sign-in?"));
    }
}

#[tokio::test]
async fn no_other_site_posts_the_forms_of_a_second_factor() {
    let stage = registered().await;
    let own = token(&stage, "0912345678", PASSWORD).await;
    let cookie = format!("{COOKIE}={own}");
    for path in [
        "/identity/second-factor/begin",
        "/identity/second-factor/confirm",
        "/identity/second-factor/remove",
        "/identity/sign-in/code",
    ] {
        let foreign = [
            ("cookie", cookie.as_str()),
            ("sec-fetch-site", "cross-site"),
        ];
        let filled = "password=con+trâu+đi+trước&code=123456";
        assert_eq!(
            form(&stage, path, &foreign, filled).await.status,
            403,
            "{path}"
        );
    }
    for path in ["begin", "confirm", "remove"] {
        let path = format!("/identity/second-factor/{path}");
        assert_eq!(form(&stage, &path, &[], "").await.status, 401, "{path}");
    }
}
