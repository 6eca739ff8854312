//! Letting another act for oneself, and what is said of it.

use std::time::Duration;

use contracts::identity::{GiverIntroduced, MandateAct, MandateEnded, MandateGiven};

use super::*;

const SON_PASSWORD: &str = "có công mài sắt";

fn son() -> Value {
    json!({
        "name": "Trần Văn Mẫu", "citizen_id": "066205004321", "phone": "0987 654 321", "password": SON_PASSWORD,
    })
}

/// A mother and her son, both signed in.
async fn family() -> (Stage, String, String) {
    let stage = registered().await;
    let opened = stage.post("/identity/accounts", None, &son()).await;
    assert_eq!(opened.status, 201, "{}", opened.text());
    let mother = token(&stage, "0912345678", PASSWORD).await;
    let son = token(&stage, "0987654321", SON_PASSWORD).await;
    let son = contacts::proves(&stage, &son, "0987654321").await;
    (stage, mother, son)
}

fn wanted() -> Value {
    json!({
        "agent": "0987 654 321", "agent_name": "Trần Văn Mẫu", "relation": "relative",
        "acts": ["fill", "submit"], "procedures": ["2.000635"], "until": "2026-12-31", "password": PASSWORD,
    })
}

fn with(changes: &[(&str, Value)]) -> Value {
    let mut wanted = wanted();
    for (field, value) in changes {
        wanted[*field] = value.clone();
    }
    wanted
}

async fn offers(stage: &Stage, token: &str, wanted: &Value) -> Answer {
    stage.post("/identity/mandates", Some(token), wanted).await
}

async fn offered(stage: &Stage, token: &str, wanted: &Value) -> String {
    let answer = offers(stage, token, wanted).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["mandate"].as_str().unwrap().to_owned()
}

async fn steps(stage: &Stage, token: Option<&str>, mandate: &str, step: &str) -> Answer {
    let path = format!("/identity/mandates/{mandate}/{step}");
    stage.post(&path, token, &json!({})).await
}

async fn list(stage: &Stage, token: &str) -> Value {
    let answer = stage.get("/identity/mandates", Some(token)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn a_mandate_counts_once_its_agent_has_accepted_it_and_those_who_must_know_are_told() {
    let (mut stage, mother, son) = family().await;
    let id = offered(&stage, &mother, &wanted()).await;
    stage.settle().await;
    assert!(stage.said::<MandateGiven>("identity").await.is_empty());
    let waiting = list(&stage, &son).await;
    let shown = &waiting["received"][0];
    assert_eq!(shown["standing"], "offered");
    assert_eq!(shown["giver_name"], "Nguyễn Thị Ví Dụ");
    assert_eq!(shown["acts"], json!(["view", "fill", "submit"]));
    assert_eq!(shown.get("agent"), None, "it is the giver's to see");

    let accepted = steps(&stage, Some(&son), &id, "accept").await;
    assert_eq!(
        (accepted.status, &accepted.json()["standing"]),
        (StatusCode::OK, &json!("in_force"))
    );
    // Accepted once more it is as it was, and nothing is said twice.
    assert_eq!(steps(&stage, Some(&son), &id, "accept").await.status, 200);
    stage.settle().await;
    let given = stage.said::<MandateGiven>("identity").await;
    let [given] = given.as_slice() else {
        panic!("{given:?}")
    };
    assert_eq!(given.mandate.to_string(), id);
    assert!(given.acts.contains(&MandateAct::View));
    assert_eq!(given.valid_until.to_rfc3339(), "2026-12-31T17:00:00+00:00");
    let introduced = stage.said::<GiverIntroduced>("identity").await;
    assert_eq!(introduced.len(), 1);
    assert_eq!(introduced[0].account, given.giver);
    assert_eq!(introduced[0].name.as_str(), "Nguyễn Thị Ví Dụ");
    let of_mother = list(&stage, &mother).await;
    assert_eq!(of_mother["given"][0]["standing"], "in_force");
    let done = acts(&stage).await;
    assert!(
        done.ends_with(&["mandate-offered".to_owned(), "mandate-accepted".to_owned()]),
        "{done:?}"
    );
}

#[tokio::test]
async fn a_number_that_nobody_has_looks_the_same_as_one_that_somebody_has() {
    let (stage, mother, _) = family().await;
    let known = offers(&stage, &mother, &wanted()).await;
    let unknown = with(&[("agent", json!("0399999999"))]);
    let unknown = offers(&stage, &mother, &unknown).await;
    let same = |answer: &Answer| {
        let mut view = answer.json();
        for own in ["mandate", "agent"] {
            view.as_object_mut().unwrap().remove(own);
        }
        (answer.status, view)
    };
    assert_eq!(same(&known), same(&unknown));
}

#[tokio::test]
async fn whoever_has_the_number_and_another_name_sees_and_accepts_nothing() {
    let (stage, mother, son) = family().await;
    let other = with(&[("agent_name", json!("Lê Văn Khác"))]);
    let id = offered(&stage, &mother, &other).await;
    assert_eq!(list(&stage, &son).await["received"], json!([]));
    for step in ["accept", "end"] {
        assert_eq!(steps(&stage, Some(&son), &id, step).await.status, 404);
    }
    // Written otherwise than on the card, it is still the name.
    let alike = with(&[
        ("agent_name", json!("TRAN VAN MAU")),
        ("agent", json!("066205004321")),
    ]);
    let id = offered(&stage, &mother, &alike).await;
    assert_eq!(steps(&stage, Some(&son), &id, "accept").await.status, 200);
}

#[tokio::test]
async fn an_invitation_waits_for_whoever_opens_an_account_later() {
    let stage = registered().await;
    let mother = token(&stage, "0912345678", PASSWORD).await;
    let id = offered(&stage, &mother, &wanted()).await;
    stage.post("/identity/accounts", None, &son()).await;
    let son = token(&stage, "0987654321", SON_PASSWORD).await;
    // Anybody may say that a number is theirs.
    let unproven = steps(&stage, Some(&son), &id, "accept").await;
    assert_eq!(unproven.status, 403, "{}", unproven.text());
    let son = contacts::proves(&stage, &son, "0987654321").await;
    assert_eq!(steps(&stage, Some(&son), &id, "accept").await.status, 200);
}

#[tokio::test]
async fn a_browser_left_open_gives_no_mandate() {
    let (mut stage, mother, _) = family().await;
    let wrong = with(&[("password", json!("sai rồi"))]);
    for _ in 0..5 {
        let refused = offers(&stage, &mother, &wrong).await;
        assert_eq!(
            (refused.status, errors(&refused)),
            (
                StatusCode::UNPROCESSABLE_ENTITY,
                vec!["password".to_owned()]
            )
        );
    }
    assert_eq!(offers(&stage, &mother, &wanted()).await.status, 429);
    assert_eq!(list(&stage, &mother).await["given"], json!([]));
    stage.advance(Duration::from_mins(1)).await;
    assert_eq!(offers(&stage, &mother, &wanted()).await.status, 201);
}

#[tokio::test]
async fn everything_wrong_with_a_mandate_is_named_and_oneself_is_nobodys_agent() {
    let (stage, mother, _) = family().await;
    for (field, value) in [
        ("agent", json!("0912345678")),
        ("agent", json!("066190001234")),
        ("agent", json!("1")),
        ("agent_name", json!("")),
        ("relation", json!("friend")),
        ("acts", json!([])),
        ("acts", json!(["sign"])),
        ("procedures", json!([])),
        ("procedures", json!(["1.001612"])),
        ("until", json!("2026-10-07")),
        ("until", json!("2027-10-09")),
    ] {
        let refused = offers(&stage, &mother, &with(&[(field, value.clone())])).await;
        assert_eq!(
            (refused.status, errors(&refused)),
            (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]),
            "{field}: {value}"
        );
    }
    assert_eq!(offers(&stage, "", &wanted()).await.status, 401);
}

#[tokio::test]
async fn who_works_here_gives_none() {
    let stage = registered().await;
    let boss = stage.operator();
    let appointed = stage
        .post("/identity/officers", Some(&boss), &officer())
        .await;
    assert_eq!(appointed.status, 201, "{}", appointed.text());
    let own = token(&stage, "tran.van.mau", "trống đánh xuôi").await;
    let wanted = with(&[("password", json!("trống đánh xuôi"))]);
    assert_eq!(offers(&stage, &own, &wanted).await.status, 403);
}

#[tokio::test]
async fn either_side_ends_it_at_once_and_an_ended_one_is_not_accepted_again() {
    for by_giver in [true, false] {
        let (mut stage, mother, son) = family().await;
        let id = offered(&stage, &mother, &wanted()).await;
        steps(&stage, Some(&son), &id, "accept").await;
        let by = if by_giver { &mother } else { &son };
        assert_eq!(steps(&stage, Some(by), &id, "end").await.status, 204);
        assert_eq!(steps(&stage, Some(by), &id, "end").await.status, 204);
        assert_eq!(steps(&stage, Some(&son), &id, "accept").await.status, 409);
        stage.settle().await;
        let ended = stage.said::<MandateEnded>("identity").await;
        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0].mandate.to_string(), id);
        let of_mother = list(&stage, &mother).await;
        assert_eq!(of_mother["given"][0]["ended_by_me"], json!(by_giver));
    }
}

#[tokio::test]
async fn a_declined_one_was_never_given_and_nothing_is_said_of_it() {
    let (mut stage, mother, son) = family().await;
    let id = offered(&stage, &mother, &wanted()).await;
    assert_eq!(steps(&stage, Some(&son), &id, "end").await.status, 204);
    assert_eq!(steps(&stage, Some(&son), &id, "accept").await.status, 409);
    stage.settle().await;
    assert!(stage.said::<MandateEnded>("identity").await.is_empty());
    assert_eq!(
        list(&stage, &mother).await["given"][0]["standing"],
        "declined"
    );
    let done = acts(&stage).await;
    assert!(
        done.ends_with(&["mandate-offered".to_owned(), "mandate-declined".to_owned()]),
        "{done:?}"
    );
}

#[tokio::test]
async fn to_anybody_else_there_is_no_such_mandate() {
    let (stage, mother, son) = family().await;
    let id = offered(&stage, &mother, &wanted()).await;
    let stranger = json!({
        "name": "Lê Văn Khác", "citizen_id": "066205009999", "phone": "0398765432", "password": SON_PASSWORD,
    });
    stage.post("/identity/accounts", None, &stranger).await;
    let stranger = token(&stage, "0398765432", SON_PASSWORD).await;
    for step in ["accept", "end"] {
        assert_eq!(steps(&stage, Some(&stranger), &id, step).await.status, 404);
        assert_eq!(steps(&stage, None, &id, step).await.status, 401);
    }
    // Nor does its giver accept it in the agent's place.
    assert_eq!(
        steps(&stage, Some(&mother), &id, "accept").await.status,
        404
    );
    assert_eq!(steps(&stage, Some(&son), &id, "accept").await.status, 200);
}

#[tokio::test]
async fn it_expires_by_itself() {
    let (mut stage, mother, son) = family().await;
    let today = with(&[("until", json!("2026-10-08"))]);
    let (waits, counts) = (
        offered(&stage, &mother, &today).await,
        offered(
            &stage,
            &mother,
            &with(&[("until", json!("2026-10-08")), ("acts", json!(["pay"]))]),
        )
        .await,
    );
    assert_eq!(
        steps(&stage, Some(&son), &counts, "accept").await.status,
        200
    );
    stage.advance(Duration::from_hours(15)).await;
    let son = token(&stage, "0987654321", SON_PASSWORD).await;
    let mother = token(&stage, "0912345678", PASSWORD).await;
    assert_eq!(
        steps(&stage, Some(&son), &waits, "accept").await.status,
        409
    );
    let given = list(&stage, &mother).await;
    for mandate in given["given"].as_array().unwrap() {
        assert_eq!(mandate["standing"], "expired");
    }
}

#[tokio::test]
async fn one_has_so_many_open_and_the_same_twice_is_one() {
    let stage = staged(&[("IDENTITY__MANDATES_OPEN", "2")]).await;
    stage.post("/identity/accounts", None, &citizen()).await;
    let mother = token(&stage, "0912345678", PASSWORD).await;
    let first = offered(&stage, &mother, &wanted()).await;
    assert_eq!(offered(&stage, &mother, &wanted()).await, first);
    offered(&stage, &mother, &with(&[("acts", json!(["pay"]))])).await;
    let third = with(&[("acts", json!(["receive"]))]);
    assert_eq!(offers(&stage, &mother, &third).await.status, 409);
    assert_eq!(
        steps(&stage, Some(&mother), &first, "end").await.status,
        204
    );
    assert_eq!(offers(&stage, &mother, &third).await.status, 201);
}

#[tokio::test]
async fn the_pages_say_what_it_means_before_it_is_given() {
    let (stage, mother, son) = family().await;
    let cookie = format!("{COOKIE}={mother}");
    let headers = [("cookie", cookie.as_str())];
    let shown = page(&stage, "/identity/mandates/new", &cookie).await;
    assert!(shown.text().contains("action=\"/identity/mandates/new\""));
    let empty = form(&stage, "/identity/mandates/new", &headers, "which=some").await;
    assert_eq!(empty.status, 422);
    assert!(empty.text().contains("Chọn ít nhất một việc"));

    let filled = "agent=0987654321&agent_name=Trần+Văn+Mẫu&relation=relative&acts=fill&acts=submit\
                  &which=some&procedures=2.000635&until=2026-12-31";
    let review = form(&stage, "/identity/mandates/new", &headers, filled).await;
    assert_eq!(review.status, 200, "{}", review.text());
    for words in [
        "Trần Văn Mẫu",
        "hết ngày 31/12/2026",
        "Bạn chịu trách nhiệm như tự mình nộp",
    ] {
        assert!(review.text().contains(words), "{words}");
    }
    assert_eq!(list(&stage, &mother).await["given"], json!([]));

    let path = "/identity/mandates/give";
    let wrong = form(&stage, path, &headers, &format!("{filled}&password=sai")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("Mật khẩu đang dùng không đúng"));
    let right = format!("{filled}&password=con+trâu+đi+trước");
    let foreign = [
        ("cookie", cookie.as_str()),
        ("origin", "https://evil.example"),
    ];
    assert_eq!(form(&stage, path, &foreign, &right).await.status, 403);
    let given = form(&stage, path, &headers, &right).await;
    assert_eq!(
        (given.status, given.header("location")),
        (StatusCode::SEE_OTHER, "/identity/mandates")
    );

    let cookie = format!("{COOKIE}={son}");
    let headers = [("cookie", cookie.as_str())];
    let waiting = page(&stage, "/identity/mandates", &cookie).await.text();
    assert!(
        waiting.contains("Nguyễn Thị Ví Dụ") && waiting.contains("Nhận ủy quyền"),
        "{waiting}"
    );
    let id = list(&stage, &son).await["received"][0]["mandate"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/identity/mandates/{id}/page/accept");
    let foreign = [
        ("cookie", cookie.as_str()),
        ("sec-fetch-site", "cross-site"),
    ];
    assert_eq!(form(&stage, &path, &foreign, "").await.status, 403);
    assert_eq!(form(&stage, &path, &headers, "").await.status, 303);
    assert_eq!(
        list(&stage, &son).await["received"][0]["standing"],
        "in_force"
    );
    let path = format!("/identity/mandates/{id}/page/end");
    assert_eq!(form(&stage, &path, &headers, "").await.status, 303);
    let over = page(&stage, "/identity/mandates", &cookie).await.text();
    assert!(over.contains("Bạn đã thôi"), "{over}");
}

#[tokio::test]
async fn who_has_an_app_gives_a_code_too() {
    let (mut stage, _, _) = family().await;
    let held = second_factor::enrolled(&mut stage, "0912345678", PASSWORD).await;
    let refused = offers(&stage, &held.token, &wanted()).await;
    assert_eq!(errors(&refused), ["code"], "{}", refused.text());
    let proven = with(&[("code", json!(held.code(&stage)))]);
    assert_eq!(offers(&stage, &held.token, &proven).await.status, 201);
}
