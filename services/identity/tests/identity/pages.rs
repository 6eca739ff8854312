//! The pages, as a browser without JavaScript uses them.

use super::*;

#[tokio::test]
async fn a_link_that_names_no_place_leads_back_to_the_page_it_was_followed_on() {
    let stage = stage().await;
    for (referer, query, back) in [
        (
            "http://localhost/intake/procedures/2.000635",
            "",
            "/intake/procedures/2.000635",
        ),
        (
            "http://localhost/intake/procedures/2.000635",
            "?back=/desk/",
            "/desk/",
        ),
        (
            "http://elsewhere/intake/procedures/2.000635",
            "",
            "/intake/",
        ),
        ("http://localhost.evil/x", "", "/intake/"),
        ("http://localhost//evil", "", "/intake/"),
        ("http://localhost/identity/register", "", "/intake/"),
    ] {
        let request = Request::get(format!("/identity/sign-in{query}"))
            .header("host", "localhost")
            .header("accept", "text/html")
            .header("referer", referer);
        let answer = stage.request(request.body(Body::empty()).unwrap()).await;
        let page = answer.text();
        let named = format!("name=\"back\" value=\"{back}\"");
        assert!(page.contains(&named), "{referer}{query}: {page}");
    }
}

#[tokio::test]
async fn a_person_registers_and_signs_in_on_the_pages_and_comes_back_to_where_they_were() {
    let stage = stage().await;
    let page = stage
        .get("/identity/register?back=/intake/drafts/1?step%3D2", None)
        .await
        .text();
    assert!(
        page.contains("value=\"/intake/drafts/1?step=2\"") && page.contains("name=\"key\""),
        "{page}"
    );
    let filled = "key=k1&back=/intake/drafts/1&name=Nguyễn+Thị+Ví+Dụ&citizen_id=066190001234&phone=0912345678&email=&password=con+trau+di+truoc";
    let answer = form(
        &stage,
        "/identity/register",
        &[("sec-fetch-site", "same-origin")],
        filled,
    )
    .await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (
            StatusCode::SEE_OTHER,
            "/identity/contacts?back=%2Fintake%2Fdrafts%2F1"
        ),
        "{}",
        answer.text()
    );
    let cookie = answer
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let again = form(&stage, "/identity/register", &[], filled).await;
    assert_eq!(
        again.status, 303,
        "two presses of one button are one account"
    );
    let other = form(
        &stage,
        "/identity/register",
        &[],
        &filled.replace("k1", "k2"),
    )
    .await;
    assert_eq!(other.status, 409);
    assert!(other.text().contains("đã có tài khoản") && !other.text().contains("con trau"));
    let out = form(&stage, "/identity/sign-out", &[("cookie", &cookie)], "").await;
    assert_eq!(
        (out.status, out.header("location")),
        (StatusCode::SEE_OTHER, "/intake/")
    );
    assert!(
        out.header("set-cookie")
            .starts_with(&format!("{COOKIE}=; "))
    );
    let token = cookie.split_once('=').unwrap().1;
    assert_eq!(stage.get("/identity/me", Some(token)).await.status, 401);
    let back = form(
        &stage,
        "/identity/sign-in",
        &[],
        "login=0912345678&password=con+trau+di+truoc&back=/desk/",
    )
    .await;
    assert_eq!(
        (back.status, back.header("location")),
        (StatusCode::SEE_OTHER, "/desk/")
    );
}

#[tokio::test]
async fn the_pages_say_what_is_wrong_and_keep_what_was_filled_in() {
    let stage = registered().await;
    let answer = form(
        &stage,
        "/identity/register",
        &[],
        "key=k&name=Lê+<b>&citizen_id=1&phone=0987654321&password=12345678",
    )
    .await;
    let page = answer.text();
    assert_eq!(answer.status, 422);
    assert!(
        page.contains("Số định danh cá nhân gồm đúng 12 chữ số") && page.contains("quá phổ biến"),
        "{page}"
    );
    assert!(
        page.contains("value=\"0987654321\"")
            && !page.contains("<b>")
            && !page.contains("12345678"),
        "{page}"
    );
    for _ in 0..5 {
        let wrong = form(
            &stage,
            "/identity/sign-in",
            &[],
            "login=0912345678&password=sai&back=/desk/",
        )
        .await;
        assert_eq!(wrong.status, 401);
        assert!(wrong.text().contains("không đúng") && wrong.text().contains("value=\"/desk/\""));
    }
    let waits = form(
        &stage,
        "/identity/sign-in",
        &[],
        "login=0912345678&password=sai",
    )
    .await;
    assert_eq!(
        (waits.status, waits.header("retry-after")),
        (StatusCode::TOO_MANY_REQUESTS, "60")
    );
    assert!(waits.text().contains("thử lại sau 1 phút"));
}

#[tokio::test]
async fn nobody_is_led_to_another_site_nor_signed_in_by_one() {
    let stage = registered().await;
    for back in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
    ] {
        let filled = format!("login=0912345678&password=con+trâu+đi+trước&back={back}");
        let answer = form(&stage, "/identity/sign-in", &[], &filled).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (StatusCode::SEE_OTHER, "/intake/"),
            "{back}"
        );
        let page = stage
            .get(&format!("/identity/sign-in?back={back}"), None)
            .await
            .text();
        assert!(
            page.contains("name=\"back\" value=\"/intake/\"") && !page.contains("evil"),
            "{page}"
        );
    }
    let filled = "login=0912345678&password=con+trâu+đi+trước";
    for header in [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://evil.example"),
    ] {
        assert_eq!(
            form(&stage, "/identity/sign-in", &[header], filled)
                .await
                .status,
            403
        );
        assert_eq!(
            form(&stage, "/identity/register", &[header], filled)
                .await
                .status,
            403
        );
        assert_eq!(
            form(&stage, "/identity/sign-out", &[header], "")
                .await
                .status,
            403
        );
    }
    assert_eq!(
        form(
            &stage,
            "/identity/sign-in",
            &[("origin", "http://localhost")],
            filled
        )
        .await
        .status,
        303
    );
}
