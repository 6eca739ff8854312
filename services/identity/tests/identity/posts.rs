//! Where officers work: what a token says of it, mergers, and what an operator may do about it.

use chassis::auth::Post;

use super::*;

const LOGIN: &str = "tran.van.mau";
const SECRET: &str = "trống đánh xuôi";
const POSTS: &str = "/identity/officers/tran.van.mau/posts";

fn post(organisation: &str, roles: &[Role]) -> Post {
    Post {
        organisation: organisation.parse().unwrap(),
        roles: roles.iter().copied().collect(),
    }
}

/// With an officer who was appointed at `organisation`.
async fn appointed(stage: &Stage, organisation: &str) -> Answer {
    let mut officer = officer();
    officer["organisation"] = organisation.into();
    let operator = stage.operator();
    stage
        .post("/identity/officers", Some(&operator), &officer)
        .await
}

async fn held(stage: &Stage) -> (Vec<Role>, Vec<Post>) {
    let claims = believed(stage, &token(stage, LOGIN, SECRET).await).await;
    (claims.roles.into_iter().collect(), claims.posts.unwrap())
}

#[tokio::test]
async fn an_officer_is_appointed_to_an_office_and_to_this_one_when_nobody_says() {
    let stage = stage().await;
    assert_eq!(appointed(&stage, "H15.50.06").await.status, 201);
    let both = [Role::Officer, Role::Signer];
    assert_eq!(
        held(&stage).await,
        (both.to_vec(), vec![post("H15.50.06", &both)])
    );
    let mut other = officer();
    other["login"] = "khac.nguoi".into();
    let operator = stage.operator();
    stage
        .post("/identity/officers", Some(&operator), &other)
        .await;
    let token = token(&stage, "khac.nguoi", SECRET).await;
    let claims = believed(&stage, &token).await;
    assert_eq!(claims.posts, Some(vec![post("H15.50.05.13", &both)]));
    let me = stage.get("/identity/me", Some(&token)).await.json();
    assert_eq!(me["posts"][0]["organisation"], "H15.50.05.13");
}

#[tokio::test]
async fn citizens_and_operators_have_no_posts() {
    let stage = registered().await;
    let claims = believed(&stage, &token(&stage, "066190001234", PASSWORD).await).await;
    assert_eq!(claims.posts, None);
    let password = std::fs::read_to_string(stage.folder().join("operator-password")).unwrap();
    let claims = believed(&stage, &token(&stage, "operator", password.trim()).await).await;
    assert_eq!(claims.posts, Some(vec![]));
    assert_eq!(claims.roles, [Role::Operator].into());
}

#[tokio::test]
async fn whoever_worked_at_a_commune_that_was_merged_works_at_its_successor() {
    let stage = stage().await;
    appointed(&stage, "H15.50.05.13").await;
    let operator = stage.operator();
    let old = json!({ "organisation": "H15.12.07", "roles": ["officer"], "from": "2020-03-01" });
    let given = stage.post(POSTS, Some(&operator), &old).await;
    assert_eq!(given.status, 201, "{}", given.text());
    assert_eq!(given.json()["organisation"], "H15.12.07");
    assert_eq!(given.json()["today"], json!(["H15.50.05"]));
    let (_, posts) = held(&stage).await;
    assert_eq!(
        posts,
        [
            post("H15.50.05", &[Role::Officer]),
            post("H15.50.05.13", &[Role::Officer, Role::Signer])
        ]
    );
}

#[tokio::test]
async fn a_post_counts_from_its_first_day_to_its_last() {
    let mut stage = stage().await;
    appointed(&stage, "H15.50.05.13").await;
    let operator = stage.operator();
    let acting = json!({ "organisation": "H15.50.06", "roles": ["signer"], "from": "2026-10-10", "until": "2026-10-11" });
    assert_eq!(
        stage.post(POSTS, Some(&operator), &acting).await.status,
        201
    );
    let there = async |stage: &Stage| {
        let (_, posts) = held(stage).await;
        posts.contains(&post("H15.50.06", &[Role::Signer]))
    };
    assert!(!there(&stage).await, "on the 8th");
    stage.advance(std::time::Duration::from_hours(48)).await;
    assert!(there(&stage).await, "on the 10th");
    stage.advance(std::time::Duration::from_hours(24)).await;
    assert!(there(&stage).await, "on the 11th");
    stage.advance(std::time::Duration::from_hours(24)).await;
    assert!(!there(&stage).await, "on the 12th");
}

#[tokio::test]
async fn a_post_that_is_ended_ends_the_sessions_and_leaves_nothing_to_do() {
    let stage = stage().await;
    appointed(&stage, "H15.50.05.13").await;
    let operator = stage.operator();
    let signed_in = token(&stage, LOGIN, SECRET).await;
    let listed = stage.get(POSTS, Some(&operator)).await.json();
    let id = listed[0]["post"].as_str().unwrap();
    let path = format!("{POSTS}/{id}");
    let ended = asks(&stage, Method::DELETE, &path, Some(&operator), &Value::Null).await;
    assert_eq!(ended.status, 204, "{}", ended.text());
    let again = asks(&stage, Method::DELETE, &path, Some(&operator), &Value::Null).await;
    assert_eq!(again.status, 404);
    assert_eq!(
        stage.get("/identity/me", Some(&signed_in)).await.status,
        401
    );
    assert_eq!(held(&stage).await, (vec![], vec![]));
    let entries = chassis::audit::entries(stage.app("identity").db(), None, 0, 1_000).await;
    let entries = entries.unwrap();
    let given = entries
        .iter()
        .find(|entry| entry.action == "identity.post-given");
    assert!(given.unwrap().detail.contains("H15.50.05.13"));
    assert_eq!(acts(&stage).await, ["post-ended"]);
}

#[tokio::test]
async fn a_post_that_cannot_be_is_refused_by_its_field() {
    let stage = stage().await;
    assert_eq!(errors(&appointed(&stage, "H99").await), ["organisation"]);
    assert_eq!(
        errors(&appointed(&stage, "nowhere at all").await),
        ["organisation"]
    );
    assert_eq!(appointed(&stage, "H15.50.05.13").await.status, 201);
    let operator = stage.operator();
    let cases = [
        (
            json!({ "organisation": "H99", "roles": ["officer"] }),
            "organisation",
        ),
        // There was no such ward then.
        (
            json!({ "organisation": "H15.50.05", "roles": ["officer"], "from": "2020-01-01" }),
            "organisation",
        ),
        (json!({ "organisation": "H15", "roles": [] }), "roles"),
        (
            json!({ "organisation": "H15", "roles": ["operator"] }),
            "roles",
        ),
        (
            json!({ "organisation": "H15", "roles": ["officer", "citizen"] }),
            "roles",
        ),
        (
            json!({ "organisation": "H15", "roles": ["officer"], "from": "2026-10-02", "until": "2026-10-01" }),
            "until",
        ),
    ];
    for (wrong, field) in cases {
        let answer = stage.post(POSTS, Some(&operator), &wrong).await;
        assert_eq!(errors(&answer), [field], "{wrong}");
    }
    let nobody = "/identity/officers/khong.co.ai/posts";
    let right = json!({ "organisation": "H15", "roles": ["officer"] });
    assert_eq!(
        stage.post(nobody, Some(&operator), &right).await.status,
        404
    );
    for token in [
        None,
        Some(stage.officer()),
        Some(stage.citizen("066190001234")),
    ] {
        let answer = stage.post(POSTS, token.as_deref(), &right).await;
        assert!(matches!(answer.status.as_u16(), 401 | 403));
        assert!(matches!(
            stage.get(POSTS, token.as_deref()).await.status.as_u16(),
            401 | 403
        ));
    }
}
