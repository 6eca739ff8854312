//! A son files for his mother: she lets him, he does it under his own name, and it is over when she says so.

use all_in_one::services;
use axum::http::Request;
use chassis::auth::Role;
use contracts::{
    desk::DossierReceived, identity::Consent, intake::DossierSubmitted, notification::SendCode,
};
use serde_json::{Value, json};
use testkit::{Answer, Stage};

use crate::stage::{example, expect, id};

const PASSWORD: &str = "con trâu đi trước";

fn mother() -> Value {
    json!({ "name": "Phạm Thị Hiền", "citizen_id": "066165001234", "phone": "0912345678", "password": PASSWORD })
}

fn son() -> Value {
    json!({ "name": "Trần Văn Mẫu", "citizen_id": "066205004321", "phone": "0987654321", "password": PASSWORD })
}

struct Family {
    stage: Stage,
    mother: String,
    son: String,
    officer: String,
}

impl Family {
    async fn open() -> Self {
        let key = "2a".repeat(32);
        let variables = [
            ("IDENTITY__SIGNING_KEY", key.as_str()),
            ("IDENTITY__ARGON2__MEMORY_KIB", "64"),
        ];
        let stage = Stage::configured(services(), &variables).await;
        for person in [mother(), son()] {
            let opened = stage.post("/identity/accounts", None, &person).await;
            expect(opened, 201);
        }
        Self {
            mother: signs_in(&stage, "0912345678").await,
            son: signs_in(&stage, "0987654321").await,
            officer: stage.officer(),
            stage,
        }
    }

    async fn acts(&mut self, token: &str, path: &str, body: &Value) -> Answer {
        let answer = self.stage.post(path, Some(token), body).await;
        self.stage.settle().await;
        answer
    }

    /// What the mother lets her son do, once he has accepted it.
    async fn mandate(&mut self) -> String {
        let wanted = json!({
            "agent": "066205004321", "agent_name": "Trần Văn Mẫu", "relation": "relative",
            "acts": ["fill", "submit", "pay"], "procedures": ["2.000635"], "until": "2026-12-31",
            "password": PASSWORD,
        });
        let (mother, son) = (self.mother.clone(), self.son.clone());
        let given = self.acts(&mother, "/identity/mandates", &wanted).await;
        let mandate = id(&expect(given, 201), "mandate");
        let path = format!("/identity/mandates/{mandate}/accept");
        expect(self.acts(&son, &path, &json!({})).await, 200);
        mandate
    }

    /// The son opens, fills in and files under it.
    async fn filed(&mut self, mandate: &str) -> String {
        let son = self.son.clone();
        self.filed_by(&son, mandate).await
    }

    async fn filed_by(&mut self, son: &str, mandate: &str) -> String {
        let file = "to-khai-trich-luc.jpg";
        let uploaded = self
            .stage
            .upload("/scan/documents", Some(son), file, &example(file))
            .await;
        let paper = id(&expect(uploaded, 201), "id");
        self.stage.settle().await;
        let wanted = json!({ "procedure": "2.000635", "mandate": mandate });
        let opened = self.acts(son, "/intake/dossiers", &wanted).await;
        let dossier = id(&expect(opened, 201), "dossier");
        let path = format!("/intake/dossiers/{dossier}");
        let all = json!({
            "form": { "loai_giay_to": "khai_sinh", "ho_ten": "Phạm Thị Hiền", "ngay_sinh": "15/01/1965", "quan_he": "ban_than", "so_ban_sao": "1" },
            "documents": { "to-khai": paper }, "delivery": "portal",
        });
        let request = Request::put(&path)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {son}"))
            .body(all.to_string().into());
        let saved = self.stage.request(request.expect("a request")).await;
        expect(saved, 200);
        let filed = self.acts(son, &format!("{path}/submit"), &json!({})).await;
        expect(filed, 200);
        dossier
    }
}

async fn signs_in(stage: &Stage, login: &str) -> String {
    let credentials = json!({ "login": login, "password": PASSWORD });
    let session = stage.post("/identity/sessions", None, &credentials).await;
    id(&expect(session, 201), "token")
}

#[tokio::test]
async fn a_son_files_and_pays_for_his_mother_until_she_ends_it() {
    let mut family = Family::open().await;
    let mandate = family.mandate().await;
    let dossier = family.filed(&mandate).await;
    let said = family.stage.said::<DossierSubmitted>("intake").await;
    assert_eq!(said[0].applicant.name.as_str(), "Phạm Thị Hiền");
    assert_eq!(said[0].applicant.citizen_id.as_str(), "066165001234");

    // The officer at the desk sees who typed, and receives it as hers.
    let (mother, son, officer) = (
        family.mother.clone(),
        family.son.clone(),
        family.officer.clone(),
    );
    let desk = format!("/desk/dossiers/{dossier}");
    let seen = expect(family.stage.get(&desk, Some(&officer)).await, 200);
    assert_eq!(seen["filed_by"]["name"], "Trần Văn Mẫu");
    assert_eq!(seen["application"]["applicant"]["name"], "Phạm Thị Hiền");
    let received = family
        .acts(&officer, &format!("{desk}/receive"), &json!({}))
        .await;
    expect(received, 200);
    assert_eq!(family.stage.said::<DossierReceived>("desk").await.len(), 1);

    // She sees who did what, and the paper that he has sent in for her.
    let path = format!("/intake/dossiers/{dossier}");
    let hers = expect(family.stage.get(&path, Some(&mother)).await, 200);
    let line = hers["time_line"].to_string();
    assert!(
        line.contains("Trần Văn Mẫu theo ủy quyền nộp hồ sơ"),
        "{line}"
    );
    let paper = id(&hers["documents"][0], "document");
    let file = format!("/scan/documents/{paper}/file");
    for who in [&mother, &son] {
        assert_eq!(family.stage.get(&file, Some(who)).await.status, 200);
    }

    // Either may pay; the receipt is hers.
    let order = format!("/payment/dossiers/{dossier}/order");
    for who in [&mother, &son] {
        let seen = expect(family.stage.get(&order, Some(who)).await, 200);
        let pay = format!("/payment/orders/{}/pay", id(&seen, "order"));
        let begun = family.stage.post(&pay, Some(who), &json!({})).await;
        assert!(
            matches!(begun.status.as_u16(), 201 | 409),
            "{}",
            begun.text()
        );
    }

    let end = format!("/identity/mandates/{mandate}/end");
    expect(family.acts(&mother, &end, &json!({})).await, 204);
    for over in [&path, &order] {
        assert_eq!(family.stage.get(over, Some(&son)).await.status, 404);
        assert_eq!(family.stage.get(over, Some(&mother)).await.status, 200);
    }
    let again = json!({ "procedure": "2.000635", "mandate": mandate });
    let refused = family.acts(&son, "/intake/dossiers", &again).await;
    assert_eq!(refused.status, 422);
}

#[tokio::test]
async fn a_helper_files_for_whoever_sits_before_them_once_they_have_told_their_code() {
    let mut family = Family::open().await;
    let boss = family.stage.operator();
    let account = json!({ "name": "Lê Thị Giúp", "login": "to.cong.nghe", "password": PASSWORD, "roles": ["helper"] });
    let appointed = family.acts(&boss, "/identity/officers", &account).await;
    assert_eq!(expect(appointed, 201)["roles"], json!([Role::Helper]));
    let helper = signs_in(&family.stage, "to.cong.nghe").await;
    let (son, officer) = (family.son.clone(), family.officer.clone());

    // Without anybody's consent a helper opens nothing, for anybody.
    let bare = json!({ "procedure": "2.000635" });
    let path = "/intake/dossiers";
    assert_eq!(family.acts(&helper, path, &bare).await.status, 403);
    let made_up =
        json!({ "procedure": "2.000635", "mandate": "0199e3a0-0000-7000-8000-00000000ffff" });
    assert_eq!(family.acts(&helper, path, &made_up).await.status, 422);

    let person = json!({ "name": "Hồ Thị Xa", "citizen_id": "066155001234", "phone": "0398765432", "procedure": "2.000635" });
    // Read before it is sent: what was sent is erased.
    let path_of_helping = "/identity/assistances";
    let begun = family
        .stage
        .post(path_of_helping, Some(&helper), &person)
        .await;
    let ticket = id(&expect(begun, 202), "ticket");
    let code = family.stage.said::<SendCode>("identity").await;
    let told = json!({ "ticket": ticket, "code": code.last().expect("a code").code });
    let consent = "/identity/assistances/consent";
    let agreed = family.acts(&helper, consent, &told).await;
    let mandate = id(&expect(agreed, 201), "mandate");
    // It is this helper's alone.
    let theirs = json!({ "procedure": "2.000635", "mandate": mandate });
    assert_eq!(family.acts(&son, path, &theirs).await.status, 422);
    assert_eq!(family.acts(&officer, path, &theirs).await.status, 422);

    let dossier = family.filed_by(&helper, &mandate).await;
    let said = family.stage.said::<DossierSubmitted>("intake").await;
    assert_eq!(said[0].applicant.name.as_str(), "Hồ Thị Xa");
    assert_eq!(said[0].applicant.citizen_id.as_str(), "066155001234");
    let by = said[0].filed_by.as_ref().expect("somebody typed");
    assert_eq!(
        (by.name.as_str(), by.consent),
        ("Lê Thị Giúp", Consent::Assisted)
    );
    let desk = format!("/desk/dossiers/{dossier}");
    let desk = expect(family.stage.get(&desk, Some(&officer)).await, 200);
    assert_eq!(desk["filed_by"]["consent"], "assisted");

    // Filed, it is the helper's no more; nor is a second one when the time is over.
    let path = format!("/intake/dossiers/{dossier}");
    assert_eq!(family.stage.get(&path, Some(&helper)).await.status, 404);
    let opened = family.acts(&helper, "/intake/dossiers", &theirs).await;
    let second = id(&expect(opened, 201), "dossier");
    let second = format!("/intake/dossiers/{second}");
    assert_eq!(family.stage.get(&second, Some(&helper)).await.status, 200);
    family
        .stage
        .advance(std::time::Duration::from_hours(2))
        .await;
    assert_eq!(family.stage.get(&second, Some(&helper)).await.status, 404);
    let late = family.acts(&helper, "/intake/dossiers", &theirs).await;
    assert_eq!(late.status, 422);
}
