//! Operators, and the officers whom they give accounts.

use super::*;

#[tokio::test]
async fn only_an_operator_gives_officers_an_account() {
    let stage = stage().await;
    for token in [
        None,
        Some(stage.citizen("066190001234")),
        Some(stage.officer()),
    ] {
        let answer = stage
            .post("/identity/officers", token.as_deref(), &officer())
            .await;
        assert!(
            matches!(answer.status.as_u16(), 401 | 403),
            "{}",
            answer.text()
        );
    }
    let operator = stage.operator();
    assert_eq!(
        stage
            .post("/identity/officers", Some(&operator), &officer())
            .await
            .status,
        201
    );
    assert_eq!(
        stage
            .post("/identity/officers", Some(&operator), &officer())
            .await
            .status,
        409
    );
    let claims = believed(
        &stage,
        &token(&stage, "tran.van.mau", "trống đánh xuôi").await,
    )
    .await;
    assert_eq!(claims.roles, [Role::Officer, Role::Signer].into());
    assert_eq!(claims.title.as_deref(), Some("Chủ tịch"));
    for roles in [
        json!([]),
        json!(["citizen"]),
        json!(["citizen", "operator"]),
    ] {
        let mut wrong = officer();
        wrong["roles"] = roles;
        assert_eq!(
            errors(
                &stage
                    .post("/identity/officers", Some(&operator), &wrong)
                    .await
            ),
            ["roles"]
        );
    }
}

#[tokio::test]
async fn the_first_operator_has_the_password_that_is_given() {
    let stage = staged(&[("IDENTITY__OPERATOR_PASSWORD", "người đầu tiên")]).await;
    assert!(!stage.folder().join("operator-password").exists());
    let token = token(&stage, "operator", "người đầu tiên").await;
    assert_eq!(
        believed(&stage, &token).await.roles,
        [Role::Operator].into()
    );
    assert_eq!(
        stage
            .post("/identity/officers", Some(&token), &officer())
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn without_a_given_password_the_first_operators_is_kept_in_a_file_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let stage = stage().await;
    let file = stage.folder().join("operator-password");
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let password = std::fs::read_to_string(&file).unwrap();
    assert_eq!(password.trim().len(), 24);
    token(&stage, "operator", password.trim()).await;
}
