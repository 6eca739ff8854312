//! A result that another one stands for: until when the old one counts, what is on record, and who is told what.

use axum::http::StatusCode;
use contracts::{
    Delivery, ResultId,
    delivery::{ResultHandedOver, ResultIssued, ResultRevoked},
};
use serde_json::{Value, json};
use testkit::{Answer, Stage};

use super::{OWNER, close, issued, post_form, stage, words};

async fn replaces(stage: &Stage, result: ResultId, outcome: &Value) -> Answer {
    let path = format!("/delivery/results/{result}/replace");
    let body = json!({ "reason": "Sai chữ đệm", "outcome": outcome });
    stage.post(&path, Some(&stage.officer()), &body).await
}

fn corrected() -> Value {
    json!({ "outcome": "granted",
        "result": [{ "label": "Họ, chữ đệm, tên", "value": "Nguyễn Thị Thí Dụ" }] })
}

async fn checked(stage: &Stage, code: &str) -> Value {
    let path = format!("/delivery/check/{code}");
    stage.get(&path, None).await.json()
}

#[tokio::test]
async fn the_old_one_counts_until_the_new_one_is_issued_and_then_says_what_stands_for_it() {
    let mut stage = stage().await;
    let old = issued(&mut stage, 1, Delivery::Portal).await;
    assert_eq!(replaces(&stage, old.result, &corrected()).await.status, 201);
    let twice = replaces(&stage, old.result, &corrected()).await;
    assert_eq!(twice.status, StatusCode::CONFLICT, "{}", twice.text());
    assert_eq!(checked(&stage, &old.check_code).await["standing"], "valid");
    stage.settle().await;

    let all = stage.said::<ResultIssued>("delivery").await;
    let new = all.last().unwrap();
    assert_eq!((all.len(), new.number.as_str()), (2, "02/TLHT-BS"));
    let before = checked(&stage, &old.check_code).await;
    assert_eq!(
        (&before["standing"], &before["replaced_by"]),
        (&json!("replaced"), &json!("02/TLHT-BS"))
    );
    assert_eq!(checked(&stage, &new.check_code).await["standing"], "valid");
    let said = stage.said::<ResultRevoked>("delivery").await;
    assert_eq!((said.len(), said[0].result), (1, old.result));
    assert_eq!(
        (said[0].replaced_by, said[0].reason.as_str()),
        (Some(new.result), "Sai chữ đệm")
    );
    // It is the dossier's result now, and in its owner's hands; the old file stays.
    let owner = stage.citizen(OWNER);
    let path = format!("/delivery/dossiers/{}/result", old.dossier);
    let shown = stage.get(&path, Some(&owner)).await.json();
    assert_eq!(shown["result"], json!(new.result));
    assert_eq!(shown["replaces"], json!(old.result));
    assert_eq!(stage.said::<ResultHandedOver>("delivery").await.len(), 2);
    for (result, word) in [
        (old.result, "Nguyễn Thị Ví Dụ"),
        (new.result, "Nguyễn Thị Thí Dụ"),
        (
            new.result,
            "(Thay thế văn bản số 01/TLHT-BS ngày 08/10/2026)",
        ),
    ] {
        let file = format!("/delivery/results/{result}/file");
        let pdf = stage.get(&file, Some(&owner)).await.body;
        assert!(words(&pdf).contains(&close(word)), "{word}");
    }
    let again = replaces(&stage, old.result, &corrected()).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert_eq!(replaces(&stage, new.result, &corrected()).await.status, 201);
}

#[tokio::test]
async fn only_a_signer_replaces_a_result_and_only_by_one_of_its_kind() {
    let mut stage = stage().await;
    let old = issued(&mut stage, 1, Delivery::Portal).await;
    let path = format!("/delivery/results/{}/replace", old.result);
    let body = json!({ "reason": "Sai", "outcome": corrected() });
    for token in [stage.operator(), stage.citizen(OWNER)] {
        let answer = stage.post(&path, Some(&token), &body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let refusal = json!({ "outcome": "refused", "reason": "Không có trong sổ" });
    assert_eq!(replaces(&stage, old.result, &refusal).await.status, 409);
    for empty in [json!([]), json!([{ "label": "Họ tên", "value": " " }])] {
        let blank = json!({ "outcome": "granted", "result": empty });
        assert_eq!(replaces(&stage, old.result, &blank).await.status, 422);
    }
    stage.settle().await;
    assert_eq!(stage.said::<ResultIssued>("delivery").await.len(), 1);
}

#[tokio::test]
async fn one_that_was_taken_back_meanwhile_stays_so() {
    let mut stage = stage().await;
    let old = issued(&mut stage, 1, Delivery::Portal).await;
    assert_eq!(replaces(&stage, old.result, &corrected()).await.status, 201);
    let path = format!("/delivery/results/{}/revoke", old.result);
    let reason = json!({ "reason": "Cấp nhầm người" });
    let taken_back = stage.post(&path, Some(&stage.officer()), &reason).await;
    assert_eq!(taken_back.status, StatusCode::NO_CONTENT);
    stage.settle().await;
    assert_eq!(
        checked(&stage, &old.check_code).await["standing"],
        "revoked"
    );
    let said = stage.said::<ResultRevoked>("delivery").await;
    assert_eq!((said.len(), said[0].replaced_by), (1, None));
    assert_eq!(stage.said::<ResultIssued>("delivery").await.len(), 2);
}

#[tokio::test]
async fn a_signer_finds_a_result_and_corrects_it_from_the_page_without_a_script() {
    let mut stage = stage().await;
    let old = issued(&mut stage, 1, Delivery::Portal).await;
    let officer = stage.officer();
    for sought in ["01/TLHT-BS", "H15.50.05.13-261008-0001", &old.check_code] {
        let path = format!("/delivery/desk?q={sought}");
        let page = stage.get(&path, Some(&officer)).await.text();
        assert!(
            page.contains(&format!("/delivery/results/{}/page", old.result)),
            "{sought}"
        );
    }
    let path = format!("/delivery/results/{}/page", old.result);
    let page = stage.get(&path, Some(&officer)).await.text();
    assert!(page.contains("value=\"Nguyễn Thị Ví Dụ\""), "{page}");
    let form = [
        ("key", "k-replace"),
        ("label", "Họ, chữ đệm, tên"),
        ("value", "Nguyễn Thị Thí Dụ"),
        ("label", "Ghi chú"),
        ("value", "Không"),
        ("reason", "Sai chữ đệm"),
    ];
    let answer = post_form(&stage, &format!("{path}/replace"), &officer, &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let new = answer.header("location").to_owned();
    stage.settle().await;
    let page = stage.get(&new, Some(&officer)).await.text();
    assert!(
        page.contains("Còn giá trị") && page.contains("Lý do: Sai chữ đệm"),
        "{page}"
    );
    assert!(page.contains("value=\"Không\""), "{page}");
    let page = stage.get(&path, Some(&officer)).await.text();
    assert!(
        page.contains("Đã được thay thế")
            && !page.contains("<form method=\"post\" action=\"/delivery")
    );
}
