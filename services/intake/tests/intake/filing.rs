//! Opening, saving, filing.

use contracts::{Channel, Delivery, intake::DossierSubmitted};
use serde_json::json;
use testkit::Stage;

use crate::play::*;

#[tokio::test]
async fn a_complete_draft_is_filed_and_said_once() {
    let mut stage = stage().await;
    let id = filed(&mut stage).await;
    stage.settle().await;
    let said = stage.said::<DossierSubmitted>("intake").await;
    assert_eq!(said.len(), 1);
    let said = &said[0];
    assert_eq!(
        (said.dossier, said.channel, said.delivery),
        (id, Channel::Online, Delivery::Portal)
    );
    assert_eq!(
        (said.procedure.as_str(), said.procedure_version),
        ("2.000635", 1)
    );
    assert_eq!(said.applicant.citizen_id.as_str(), CITIZEN);
    assert_eq!(
        said.form["ngay_sinh"], "1990-01-15",
        "answers leave normalised"
    );
    assert_eq!(said.documents.len(), 1);
    assert_eq!(said.documents[0].component, "to-khai");
    assert_eq!(
        said.documents[0].sha256,
        "a".repeat(64),
        "sealed by its hash"
    );

    let again = submit(&stage, id).await;
    assert_eq!(again.status, 200, "filing twice is filing once");
    assert_eq!(again.json()["submitted_at"], json!(said.submitted_at));
    stage.settle().await;
    assert_eq!(stage.said::<DossierSubmitted>("intake").await.len(), 1);

    let shown = show(&stage, id).await;
    assert_eq!(shown["state"], "submitted");
    assert_eq!(shown["national_status"], 1);
    assert_eq!(shown["money"], json!({ "state": "none" }));
    assert_eq!(shown["delivery"]["state"], "not_issued");
    assert_eq!(shown["documents"][0]["state"], "accepted");
    assert_eq!(
        shown["time_line"][1]["text_vi"],
        "Bạn nộp hồ sơ trực tuyến. Phí, lệ phí: 16.000 đồng (Phí cấp bản sao trích lục hộ tịch: 2 × 8.000 đồng)."
    );
    let list = stage
        .get("/intake/dossiers", Some(&stage.citizen(CITIZEN)))
        .await
        .json();
    assert_eq!(list[0]["dossier"], json!(id));
    assert_eq!(list[0]["state"], "submitted");
}

#[tokio::test]
async fn one_key_is_one_act_and_stands_for_one_content() {
    let mut stage = stage().await;
    check(&mut stage).await;
    let token = stage.citizen(CITIZEN);
    let key = [("idempotency-key", "mot-lan")];
    let body = json!({ "procedure": "2.000635" });
    let first = stage
        .post_with("/intake/dossiers", Some(&token), &key, &body)
        .await;
    let second = stage
        .post_with("/intake/dossiers", Some(&token), &key, &body)
        .await;
    assert_eq!(
        (first.status, second.status),
        (201.try_into().unwrap(), 201.try_into().unwrap())
    );
    assert_eq!(first.json(), second.json());
    let other = json!({ "procedure": "1.004873" });
    let third = stage
        .post_with("/intake/dossiers", Some(&token), &key, &other)
        .await;
    assert_eq!(third.status, 422, "the same key with another content");

    let id: contracts::DossierId = first.json()["dossier"].as_str().unwrap().parse().unwrap();
    assert_eq!(save(&stage, id, &full()).await.status, 200);
    let path = format!("/intake/dossiers/{id}/submit");
    let key = [("idempotency-key", "nop")];
    let first = stage.post_with(&path, Some(&token), &key, &json!({})).await;
    let second = stage.post_with(&path, Some(&token), &key, &json!({})).await;
    assert_eq!((first.status, first.json()), (second.status, second.json()));
    stage.settle().await;
    assert_eq!(stage.said::<DossierSubmitted>("intake").await.len(), 1);
}

#[tokio::test]
async fn wrong_answers_are_refused_by_name_in_both_languages_and_nothing_changes() {
    let mut stage = stage().await;
    check(&mut stage).await;
    let id = open(&stage, CITIZEN).await;
    let mut body = full();
    body["form"]["so_ban_sao"] = json!("0");
    body["form"].as_object_mut().unwrap().remove("ho_ten");
    assert_eq!(
        save(&stage, id, &body).await.status,
        200,
        "a draft may be incomplete"
    );
    let answer = submit(&stage, id).await;
    assert_eq!(
        wrong(&answer),
        [
            (
                "form.ho_ten",
                "Vui lòng điền mục này",
                "Please fill this in"
            ),
            (
                "form.so_ban_sao",
                "Cần một số nguyên từ 1 đến 20",
                "A whole number from 1 to 20 is needed"
            ),
        ]
        .map(|(field, vi, en)| (field.to_owned(), vi.to_owned(), en.to_owned()))
    );
    let before = show(&stage, id).await;
    assert_eq!(before["state"], "draft");
    body["form"]["mau_mat"] = json!("xanh");
    assert_eq!(
        wrong_fields(&save(&stage, id, &body).await),
        ["form.mau_mat"]
    );
    let beyond = json!({ "form": { "ly_do": "x".repeat(5_000) } });
    assert_eq!(
        wrong_fields(&save(&stage, id, &beyond).await),
        ["form.ly_do"]
    );
    assert_eq!(
        save(&stage, id, &json!({ "status": "decided" }))
            .await
            .status,
        422
    );
    let pigeon = save(&stage, id, &json!({ "delivery": "pigeon" })).await;
    assert_eq!(pigeon.status, 422);
    assert_eq!(
        show(&stage, id).await,
        before,
        "what is refused changes nothing"
    );
    assert!(stage.said_envelopes("intake").await.is_empty());
}

#[tokio::test]
async fn only_levels_three_and_four_are_filed_online() {
    let stage = stage().await;
    let token = stage.citizen(CITIZEN);
    for (code, status) in [
        ("1.001612", 422),
        ("2.000815", 422),
        ("9.999999", 422),
        ("1.004873", 201),
        ("2.000635", 201),
    ] {
        let answer = stage
            .post(
                "/intake/dossiers",
                Some(&token),
                &json!({ "procedure": code }),
            )
            .await;
        assert_eq!(answer.status, status, "{code}: {}", answer.text());
        if status == 422 {
            assert_eq!(wrong_fields(&answer), ["procedure"]);
        }
    }
    let nonsense = stage
        .post(
            "/intake/dossiers",
            Some(&token),
            &json!({ "procedure": "abc" }),
        )
        .await;
    assert_eq!(wrong_fields(&nonsense), ["procedure"]);
}

#[tokio::test]
async fn a_draft_is_its_owners_alone() {
    let stage = stage().await;
    let id = open(&stage, CITIZEN).await;
    let path = format!("/intake/dossiers/{id}");
    assert_eq!(
        stage.get(&path, Some(&stage.citizen(CITIZEN))).await.status,
        200
    );
    assert_eq!(stage.get(&path, Some(&stage.officer())).await.status, 404);
}

#[tokio::test]
async fn nobody_else_sees_or_touches_a_dossier_but_officers_read_it() {
    let mut stage = stage().await;
    let id = filed(&mut stage).await;
    let path = format!("/intake/dossiers/{id}");
    let other = stage.citizen(OTHER);
    assert_eq!(stage.get(&path, Some(&other)).await.status, 404);
    assert_eq!(
        send(&stage, "PUT", &path, &other, &full()).await.status,
        404
    );
    assert_eq!(
        send(&stage, "DELETE", &path, &other, &json!({}))
            .await
            .status,
        404
    );
    assert_eq!(
        stage
            .post(&format!("{path}/submit"), Some(&other), &json!({}))
            .await
            .status,
        404
    );
    assert_eq!(
        stage
            .post(&format!("{path}/supplement"), Some(&other), &json!({}))
            .await
            .status,
        404
    );
    assert_eq!(stage.get(&path, None).await.status, 401);
    assert_eq!(stage.get(&path, Some(&stage.officer())).await.status, 200);
    assert_eq!(
        send(&stage, "PUT", &path, &stage.officer(), &full())
            .await
            .status,
        404
    );
    assert_eq!(
        stage
            .get("/intake/dossiers/nonsense", Some(&other))
            .await
            .status,
        404
    );
    let list = stage.get("/intake/dossiers", Some(&other)).await.json();
    assert_eq!(list, json!([]));
}

#[tokio::test]
async fn a_filed_dossier_is_not_changed_any_more() {
    let mut stage = stage().await;
    let id = filed(&mut stage).await;
    assert_eq!(save(&stage, id, &full()).await.status, 409);
    let path = format!("/intake/dossiers/{id}");
    let token = stage.citizen(CITIZEN);
    assert_eq!(
        send(&stage, "DELETE", &path, &token, &json!({}))
            .await
            .status,
        409
    );
}

#[tokio::test]
async fn a_draft_that_is_given_up_is_gone() {
    let stage = stage().await;
    let id = open(&stage, CITIZEN).await;
    save(&stage, id, &full()).await;
    let (path, token) = (format!("/intake/dossiers/{id}"), stage.citizen(CITIZEN));
    assert_eq!(
        send(&stage, "DELETE", &path, &token, &json!({}))
            .await
            .status,
        204
    );
    assert_eq!(
        send(&stage, "DELETE", &path, &token, &json!({}))
            .await
            .status,
        204,
        "again: nothing more"
    );
    let shown = show(&stage, id).await;
    assert_eq!(
        (&shown["state"], &shown["form"]),
        (&json!("withdrawn"), &json!({}))
    );
    assert_eq!(submit(&stage, id).await.status, 410);
    assert_eq!(
        stage.get("/intake/dossiers", Some(&token)).await.json(),
        json!([])
    );
}

#[tokio::test]
async fn filing_needs_an_identification_number() {
    let mut stage = stage().await;
    check(&mut stage).await;
    let id = open(&stage, CITIZEN).await;
    save(&stage, id, &full()).await;
    let token = stage.token(
        Stage::account(CITIZEN),
        &[chassis::auth::Role::Citizen],
        None,
    );
    let answer = stage
        .post(
            &format!("/intake/dossiers/{id}/submit"),
            Some(&token),
            &json!({}),
        )
        .await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("số định danh"), "{}", answer.text());
}

#[tokio::test]
async fn drafts_are_not_without_number() {
    let stage = Stage::configured(vec![intake::service()], &[("INTAKE__MOST_DRAFTS", "2")]).await;
    open(&stage, CITIZEN).await;
    open(&stage, CITIZEN).await;
    let token = stage.citizen(CITIZEN);
    let answer = stage
        .post(
            "/intake/dossiers",
            Some(&token),
            &json!({ "procedure": "2.000635" }),
        )
        .await;
    assert_eq!(answer.status, 409);
    open(&stage, OTHER).await;
}

#[tokio::test]
#[should_panic(expected = "2.000635.yaml")]
async fn a_catalogue_that_cannot_be_right_keeps_intake_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["calendars", "papers", "procedures"] {
        std::fs::create_dir(folder.path().join(part)).unwrap();
    }
    std::fs::write(folder.path().join("organisations.yaml"), "[]").unwrap();
    std::fs::write(
        folder.path().join("procedures/2.000635.yaml"),
        "code: \"2.000635\"\nfees: none\n",
    )
    .unwrap();
    let dir = folder.path().to_string_lossy().into_owned();
    Stage::configured(vec![intake::service()], &[("CATALOGUE_DIR", &dir)]).await;
}
