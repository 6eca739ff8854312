//! Officers' second factors: one that is lost, one that is no choice, and what it says of who signed in.

use std::time::Duration;

use chassis::audit;

use super::{
    second_factor::{answers, code, enrolled, recovery_of, removes, ticket},
    *,
};

async fn appointed(stage: &Stage) {
    let operator = stage.operator();
    let answer = stage
        .post("/identity/officers", Some(&operator), &officer())
        .await;
    assert_eq!(answer.status, 201);
}

#[tokio::test]
async fn an_operator_resets_an_officers_second_factor_on_record() {
    let mut stage = stage().await;
    appointed(&stage).await;
    let held = enrolled(&mut stage, "tran.van.mau", "trống đánh xuôi").await;
    let path = "/identity/officers/tran.van.mau/second-factor";
    let waiting = ticket(&stage, "tran.van.mau", "trống đánh xuôi").await;
    for (token, status) in [
        (None, 401),
        (Some(held.token.clone()), 403),
        (Some(stage.citizen("066190001234")), 403),
    ] {
        let answer = asks(&stage, Method::DELETE, path, token.as_deref(), &Value::Null).await;
        assert_eq!(answer.status, status);
    }
    let operator = stage.operator();
    let nobody = "/identity/officers/khong.co/second-factor";
    for (path, status) in [(nobody, 404), (path, 204), (path, 404)] {
        let answer = asks(&stage, Method::DELETE, path, Some(&operator), &Value::Null).await;
        assert_eq!(answer.status, status, "{path}");
    }
    assert_eq!(
        stage.get("/identity/me", Some(&held.token)).await.status,
        401
    );
    assert_eq!(
        answers(&stage, &waiting, &held.recovery[0]).await.status,
        401
    );
    assert_eq!(
        signs_in(&stage, "tran.van.mau", "trống đánh xuôi")
            .await
            .status,
        201
    );
    let entries = audit::entries(stage.app("identity").db(), None, 0, 100)
        .await
        .unwrap();
    let resets = entries
        .iter()
        .filter(|entry| entry.action == "identity.second-factor-reset");
    let by: Vec<&str> = resets.map(|entry| entry.actor.account.as_str()).collect();
    assert_eq!(by, [Stage::account("an operator").to_string()]);
}

#[tokio::test]
async fn nobody_resets_their_own_second_factor() {
    let mut stage = staged(&[("IDENTITY__OPERATOR_PASSWORD", "người đầu tiên")]).await;
    let held = enrolled(&mut stage, "operator", "người đầu tiên").await;
    let path = "/identity/officers/operator/second-factor";
    let own = asks(
        &stage,
        Method::DELETE,
        path,
        Some(&held.token),
        &Value::Null,
    )
    .await;
    assert_eq!(own.status, 403);
}

#[tokio::test]
async fn an_officer_is_surely_known_by_a_second_factor_only() {
    let mut stage = stage().await;
    appointed(&stage).await;
    let alone = token(&stage, "tran.van.mau", "trống đánh xuôi").await;
    assert_eq!(believed(&stage, &alone).await.assurance, 1);
    let held = enrolled(&mut stage, "tran.van.mau", "trống đánh xuôi").await;
    assert_eq!(believed(&stage, &held.token).await.assurance, 2);
    // A citizen is still no more than who they say.
    stage.post("/identity/accounts", None, &citizen()).await;
    let held = enrolled(&mut stage, "0912345678", PASSWORD).await;
    assert_eq!(believed(&stage, &held.token).await.assurance, 1);
}

#[tokio::test]
async fn where_officers_must_have_a_second_factor_the_first_sign_in_leads_to_it() {
    let mut stage = staged(&[("IDENTITY__OFFICERS_SECOND_FACTOR", "required")]).await;
    appointed(&stage).await;
    let half = signs_in(&stage, "tran.van.mau", "trống đánh xuôi").await;
    assert_eq!(half.status, 202);
    assert_eq!(half.json()["enrols"], true);
    let first = json!({ "ticket": half.json()["ticket"] });
    let begun = stage
        .post("/identity/sessions/enrolment", None, &first)
        .await;
    assert_eq!(begun.status, 200);
    let key = begun.json()["key"].as_str().unwrap().to_owned();
    let ticket = half.json()["ticket"].as_str().unwrap().to_owned();
    assert_eq!(answers(&stage, &ticket, "000000").await.status, 422);
    let whole = answers(&stage, &ticket, &code(&key, stage.now())).await;
    assert_eq!(whole.status, 201, "{}", whole.text());
    assert_eq!(recovery_of(&whole).len(), 10);
    let own = whole.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(believed(&stage, &own).await.assurance, 2);
    let again = signs_in(&stage, "tran.van.mau", "trống đánh xuôi").await;
    assert_eq!(again.json()["enrols"], false);
    let other = json!({ "ticket": again.json()["ticket"] });
    let other = stage
        .post("/identity/sessions/enrolment", None, &other)
        .await;
    assert_eq!(other.status, 401, "a confirmed seed is never shown again");
    // Without it the session ends: the next sign-in begins another.
    stage.advance(Duration::from_secs(30)).await;
    let right = code(&key, stage.now());
    let removed = removes(&stage, &own, "trống đánh xuôi", &right).await;
    assert_eq!(removed.status, 204);
    assert_eq!(stage.get("/identity/me", Some(&own)).await.status, 401);
    let half = signs_in(&stage, "tran.van.mau", "trống đánh xuôi").await;
    assert_eq!(half.json()["enrols"], true);
    // Citizens may go without.
    stage.post("/identity/accounts", None, &citizen()).await;
    assert_eq!(signs_in(&stage, "0912345678", PASSWORD).await.status, 201);
}
