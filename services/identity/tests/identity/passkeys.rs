//! Passkeys: added, listed, removed; what is refused of a device's answer.

use std::time::Duration;

use super::{
    device::Device,
    second_factor::{begins as begins_app, enrolled},
    *,
};

pub async fn begins(stage: &Stage, token: &str, by: &Value) -> Answer {
    let path = "/identity/passkeys/challenge";
    stage.post(path, Some(token), by).await
}

pub async fn adds(stage: &Stage, token: &str, asked: &Answer, credential: &Value) -> Answer {
    let body = json!({ "ticket": asked.json()["ticket"], "credential": credential });
    stage.post("/identity/passkeys", Some(token), &body).await
}

/// Adds a device's passkey; its id here.
pub async fn added(stage: &Stage, token: &str, by: &Value, device: &mut Device) -> String {
    let asked = begins(stage, token, by).await;
    assert_eq!(asked.status, 201, "{}", asked.text());
    let made = device.makes(&asked.json()["options"]);
    let kept = adds(stage, token, &asked, &made).await;
    assert_eq!(kept.status, 201, "{}", kept.text());
    kept.json()["id"].as_str().unwrap().to_owned()
}

pub fn by_password() -> Value {
    json!({ "name": "Điện thoại", "password": PASSWORD })
}

/// A citizen who is signed in, and their device, which has no passkey yet.
pub async fn ready() -> (Stage, String, Device) {
    let stage = registered().await;
    let first = token(&stage, "0912345678", PASSWORD).await;
    let device = Device::new(&stage, 1);
    (stage, first, device)
}

pub async fn removes(stage: &Stage, token: &str, id: &str, by: &Value) -> Answer {
    let path = format!("/identity/passkeys/{id}/removal");
    stage.post(&path, Some(token), by).await
}

#[tokio::test]
async fn a_person_adds_a_passkey_and_sees_it_in_the_list() {
    let (stage, first, mut device) = ready().await;
    let none = stage.get("/identity/passkeys", Some(&first)).await;
    assert_eq!(none.json(), json!([]));
    let asked = begins(&stage, &first, &by_password()).await;
    assert_eq!(
        (asked.status, asked.header("cache-control")),
        (StatusCode::CREATED, "no-store")
    );
    assert_eq!(asked.json()["expires_at"], "2026-10-08T02:20:00Z");
    let options = asked.json()["options"].clone();
    let wanted = &options["authenticatorSelection"];
    assert_eq!(
        (&wanted["residentKey"], &wanted["userVerification"]),
        (&json!("required"), &json!("required"))
    );
    assert_eq!(
        (&options["rp"]["id"], &options["user"]["name"]),
        (&json!("localhost"), &json!("+84912345678"))
    );
    let made = device.makes(&options);
    let kept = adds(&stage, &first, &asked, &made).await;
    assert_eq!(kept.status, 201, "{}", kept.text());
    let listed = stage.get("/identity/passkeys", Some(&first)).await;
    assert_eq!(
        listed.json(),
        json!([{
            "id": kept.json()["id"], "name": "Điện thoại", "added": "2026-10-08T02:15:00Z", "suspected": false,
        }])
    );
    assert_eq!(acts(&stage).await, ["passkey-added"]);
    for path in ["/identity/passkeys", "/identity/passkeys/challenge"] {
        assert_eq!(stage.post(path, None, &json!({})).await.status, 401);
    }
}

#[tokio::test]
async fn adding_one_needs_a_name_the_password_and_the_apps_code_where_there_is_one() {
    let (mut stage, first, mut device) = ready().await;
    for (by, field) in [
        (json!({ "password": PASSWORD }), "name"),
        (
            json!({ "name": "ệ".repeat(61), "password": PASSWORD }),
            "name",
        ),
        (
            json!({ "name": "Điện thoại", "password": "sai rồi" }),
            "password",
        ),
        (json!({ "name": "Điện thoại" }), "password"),
    ] {
        let refused = begins(&stage, &first, &by).await;
        assert_eq!(
            (refused.status.as_u16(), errors(&refused)),
            (422, vec![field.to_owned()])
        );
    }
    let held = enrolled(&mut stage, "0912345678", PASSWORD).await;
    let alone = begins(&stage, &held.token, &by_password()).await;
    assert_eq!(
        (alone.status.as_u16(), errors(&alone)),
        (422, vec!["code".to_owned()])
    );
    let mut both = by_password();
    both["code"] = json!(held.code(&stage));
    added(&stage, &held.token, &both, &mut device).await;
}

#[tokio::test]
async fn wrong_passwords_wait_here_as_at_the_door() {
    let (stage, first, _) = ready().await;
    for _ in 0..5 {
        let wrong = begins(
            &stage,
            &first,
            &json!({ "name": "x", "password": "sai rồi" }),
        )
        .await;
        assert_eq!(wrong.status, 422);
    }
    assert_eq!(begins(&stage, &first, &by_password()).await.status, 429);
    assert_eq!(signs_in(&stage, "0912345678", PASSWORD).await.status, 429);
}

#[tokio::test]
async fn a_passkey_is_added_once() {
    let (stage, first, mut device) = ready().await;
    added(&stage, &first, &by_password(), &mut device).await;
    let again = begins(&stage, &first, &by_password()).await;
    let excluded = &again.json()["options"]["excludeCredentials"];
    assert_eq!(excluded.as_array().unwrap().len(), 1, "{excluded}");
    // A device that heeds it would not even answer.
    let made = device.makes(&again.json()["options"]);
    let twice = adds(&stage, &first, &again, &made).await;
    assert_eq!(twice.status, 422, "{}", twice.text());
    // Nor is somebody else's passkey anybody's.
    let mut other = citizen();
    other["citizen_id"] = json!("001304005678");
    other["phone"] = json!("0987654321");
    stage.post("/identity/accounts", None, &other).await;
    let theirs = token(&stage, "0987654321", PASSWORD).await;
    let asked = begins(&stage, &theirs, &by_password()).await;
    let made = device.makes(&asked.json()["options"]);
    let taken = adds(&stage, &theirs, &asked, &made).await;
    assert_eq!(taken.status, StatusCode::CONFLICT, "{}", taken.text());
}

#[tokio::test]
async fn an_account_has_ten_at_most() {
    let (stage, first, _) = ready().await;
    let eleventh = begins(&stage, &first, &by_password()).await;
    for n in 1..=10 {
        let mut device = Device::new(&stage, n);
        added(&stage, &first, &by_password(), &mut device).await;
    }
    let more = begins(&stage, &first, &by_password()).await;
    assert_eq!(more.status, StatusCode::CONFLICT);
    let made = Device::new(&stage, 11).makes(&eleventh.json()["options"]);
    let late = adds(&stage, &first, &eleventh, &made).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text());
}

#[tokio::test]
async fn a_device_that_answers_elsewhere_or_for_nobody_in_particular_is_refused() {
    let (stage, first, _) = ready().await;
    let spoil: [fn(&mut Device); 4] = [
        |device| device.origin = "http://localhost.evil.example".to_owned(),
        |device| device.origin = "http://localhost:1".to_owned(),
        |device| device.rp_id = "evil.example".to_owned(),
        |device| device.verifies = false,
    ];
    for spoil in spoil {
        let mut device = Device::new(&stage, 1);
        spoil(&mut device);
        let asked = begins(&stage, &first, &by_password()).await;
        let made = device.makes(&asked.json()["options"]);
        let refused = adds(&stage, &first, &asked, &made).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
        assert!(refused.text().contains("trả lời không đúng"));
    }
    for nonsense in [json!(null), json!({}), json!({ "id": "x", "rawId": "x" })] {
        let asked = begins(&stage, &first, &by_password()).await;
        assert_eq!(adds(&stage, &first, &asked, &nonsense).await.status, 422);
    }
    let listed = stage.get("/identity/passkeys", Some(&first)).await;
    assert_eq!(listed.json(), json!([]));
}

#[tokio::test]
async fn a_challenge_is_answered_once_in_time_and_by_whom_it_was_given() {
    let (mut stage, first, mut device) = ready().await;
    let asked = begins(&stage, &first, &by_password()).await;
    let made = device.makes(&asked.json()["options"]);
    assert_eq!(adds(&stage, &first, &asked, &made).await.status, 201);
    assert_eq!(
        adds(&stage, &first, &asked, &made).await.status,
        410,
        "replayed"
    );

    let other = begins(&stage, &first, &by_password()).await;
    let answered = adds(&stage, &first, &other, &made).await;
    assert_eq!(answered.status, 422, "an answer to another challenge");

    let theirs = stage.citizen("001304005678");
    let asked = begins(&stage, &first, &by_password()).await;
    let made = Device::new(&stage, 2).makes(&asked.json()["options"]);
    assert_eq!(adds(&stage, &theirs, &asked, &made).await.status, 410);
    assert_eq!(
        adds(&stage, &first, &asked, &made).await.status,
        410,
        "it is used up"
    );

    let asked = begins(&stage, &first, &by_password()).await;
    let made = Device::new(&stage, 3).makes(&asked.json()["options"]);
    stage.advance(Duration::from_mins(5)).await;
    assert_eq!(
        adds(&stage, &first, &asked, &made).await.status,
        410,
        "late"
    );
}

#[tokio::test]
async fn removing_one_needs_the_password_and_ends_the_other_sessions() {
    let (stage, first, mut device) = ready().await;
    let id = added(&stage, &first, &by_password(), &mut device).await;
    let other = token(&stage, "0912345678", PASSWORD).await;
    let wrong = removes(&stage, &first, &id, &json!({ "password": "sai rồi" })).await;
    assert_eq!(
        (wrong.status.as_u16(), errors(&wrong)),
        (422, vec!["password".to_owned()])
    );
    let by = json!({ "password": PASSWORD });
    let theirs = stage.citizen("001304005678");
    assert_eq!(removes(&stage, &theirs, &id, &by).await.status, 404);
    assert_eq!(removes(&stage, &first, &id, &by).await.status, 204);
    assert_eq!(removes(&stage, &first, &id, &by).await.status, 404);
    assert_eq!(stage.get("/identity/me", Some(&first)).await.status, 200);
    assert_eq!(stage.get("/identity/me", Some(&other)).await.status, 401);
    assert_eq!(acts(&stage).await, ["passkey-added", "passkey-removed"]);
}

#[tokio::test]
async fn a_changed_password_voids_what_waits_and_says_that_passkeys_stay() {
    let (stage, first, mut device) = ready().await;
    added(&stage, &first, &by_password(), &mut device).await;
    let asked = begins(&stage, &first, &by_password()).await;
    let own = format!("{COOKIE}={first}");
    let filled = "current=con+trâu+đi+trước&new=cái+cày+đi+sau";
    let headers = [("cookie", own.as_str())];
    let changed = form(&stage, "/identity/password", &headers, filled).await;
    assert_eq!(changed.status, 200);
    assert!(changed.text().contains("còn mở được bằng 1 khóa truy cập"));
    let made = Device::new(&stage, 2).makes(&asked.json()["options"]);
    assert_eq!(adds(&stage, &first, &asked, &made).await.status, 410);
}

#[tokio::test]
async fn where_browsers_have_no_passkeys_the_pages_say_so_and_offer_none() {
    let stage = staged(&[("PUBLIC_URL", "https://10.0.0.7")]).await;
    stage.post("/identity/accounts", None, &citizen()).await;
    let first = token(&stage, "0912345678", PASSWORD).await;
    assert_eq!(begins(&stage, &first, &by_password()).await.status, 404);
    let ask = "/identity/sessions/passkey/challenge";
    assert_eq!(stage.post(ask, None, &json!({})).await.status, 404);
    let own = format!("__Host-motcua_session={first}");
    let list = page(&stage, "/identity/passkeys", &own).await.text();
    assert!(list.contains("https://10.0.0.7") && list.contains("không phải địa chỉ IP"));
    assert!(!list.contains("<script") && !list.contains("passkey-new"));
    let door = page(&stage, "/identity/sign-in", "").await.text();
    assert!(!door.contains("khóa truy cập") && !door.contains("<script"));
}

#[tokio::test]
async fn the_list_and_the_removal_work_without_javascript() {
    let (stage, first, mut device) = ready().await;
    let id = added(&stage, &first, &by_password(), &mut device).await;
    let own = format!("{COOKIE}={first}");
    let list = page(&stage, "/identity/passkeys", &own).await.text();
    assert!(
        list.contains("Điện thoại") && list.contains("Chưa dùng lần nào"),
        "{list}"
    );
    assert!(list.contains("<section id=\"passkey\" hidden"), "{list}");
    let removal = format!("/identity/passkeys/{id}/remove");
    assert!(list.contains(&removal));
    let shown = page(&stage, &removal, &own).await;
    assert!(
        shown.text().contains("Khóa “Điện thoại”"),
        "{}",
        shown.text()
    );
    let headers = [("cookie", own.as_str())];
    let wrong = form(&stage, &removal, &headers, "password=sai").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("Mật khẩu đang dùng không đúng"));
    let foreign = [("cookie", own.as_str()), ("sec-fetch-site", "cross-site")];
    let right = "password=con+trâu+đi+trước";
    assert_eq!(form(&stage, &removal, &foreign, right).await.status, 403);
    let removed = form(&stage, &removal, &headers, right).await;
    assert_eq!(
        (removed.status, removed.header("location")),
        (StatusCode::SEE_OTHER, "/identity/passkeys")
    );
    assert_eq!(form(&stage, &removal, &headers, right).await.status, 404);
    let script = stage.get("/identity/passkeys.js", None).await;
    assert!(script.header("content-type").starts_with("text/javascript"));
    // A begun app is no app yet: its code is not asked for.
    begins_app(&stage, &first, PASSWORD).await;
    assert_eq!(begins(&stage, &first, &by_password()).await.status, 201);
}
