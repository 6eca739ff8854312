//! The whole story on a Stage: every service, no Docker, a clock that stands still, counted at the end.

use std::time::Duration;

use all_in_one::services;
use axum::{
    body::Body,
    http::{Request, request::Builder},
};
use contracts::{
    delivery::{ResultHandedOver, ResultIssued},
    desk::{DossierDecided, DossierReceived},
    intake::DossierSubmitted,
    payment::{FeeOrdered, FeePaid},
};
use serde_json::{Value, json};
use testkit::{Answer, Stage};

const CITIZEN: &str = "066190001234";

pub fn example(name: &str) -> Vec<u8> {
    let path = format!("{}/../examples/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn expect(answer: Answer, status: u16) -> Value {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    answer.json()
}

pub fn id(value: &Value, field: &str) -> String {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("no {field} in {value}"))
        .to_owned()
}

/// Who acts.
#[derive(Clone, Copy)]
enum By {
    Citizen,
    Officer,
}

struct Play {
    stage: Stage,
    citizen: String,
    officer: String,
}

impl Play {
    async fn open() -> Self {
        let stage = Stage::with(services()).await;
        let (citizen, officer) = (stage.citizen(CITIZEN), stage.officer());
        Self {
            stage,
            citizen,
            officer,
        }
    }

    async fn get(&self, path: &str) -> Value {
        expect(self.stage.get(path, Some(&self.citizen)).await, 200)
    }

    /// The dossier as its citizen sees it.
    async fn dossier(&self, dossier: &str) -> Value {
        self.get(&format!("/intake/dossiers/{dossier}")).await
    }

    /// Posts, and waits until all that follows from it has happened.
    async fn act(&mut self, path: &str, by: By, body: Value, status: u16) -> Value {
        let token = match by {
            By::Citizen => &self.citizen,
            By::Officer => &self.officer,
        };
        let answer = self.stage.post(path, Some(token), &body).await;
        self.stage.settle().await;
        expect(answer, status)
    }

    /// The officer's act at the desk on a dossier.
    async fn at_desk(&mut self, dossier: &str, act: &str) {
        let path = format!("/desk/dossiers/{dossier}/{act}");
        self.act(&path, By::Officer, json!({}), 200).await;
    }

    /// Sends what the shorthands have no word for.
    async fn send(&self, request: Builder, body: impl Into<Body>) -> Answer {
        let request = request.body(body.into());
        let request = request.unwrap_or_else(|error| panic!("{error}"));
        self.stage.request(request).await
    }

    async fn put(&self, path: &str, body: &Value) -> Value {
        let request = Request::put(path)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.citizen));
        expect(self.send(request, body.to_string()).await, 200)
    }

    /// Uploads the form and files a dossier of `procedure` with these answers.
    async fn submit(&mut self, procedure: &str, form: Value) -> String {
        self.submit_with(procedure, form, &[("to-khai", "to-khai-trich-luc.jpg")])
            .await
    }

    /// The same with these papers: component and example.
    async fn submit_with(
        &mut self,
        procedure: &str,
        form: Value,
        papers: &[(&str, &str)],
    ) -> String {
        let mut documents = json!({});
        for (paper, file) in papers {
            let uploaded = self
                .stage
                .upload("/scan/documents", Some(&self.citizen), file, &example(file))
                .await;
            documents[paper] = id(&expect(uploaded, 201), "id").into();
        }
        self.stage.settle().await;
        let chosen = json!({ "procedure": procedure });
        let draft = self.act("/intake/dossiers", By::Citizen, chosen, 201).await;
        let dossier = id(&draft, "dossier");
        let path = format!("/intake/dossiers/{dossier}");
        self.put(
            &path,
            &json!({ "form": form, "documents": documents, "delivery": "portal" }),
        )
        .await;
        self.act(&format!("{path}/submit"), By::Citizen, json!({}), 200)
            .await;
        dossier
    }

    /// Files a copy of the citizen's own birth certificate, and has it received.
    async fn received(&mut self) -> String {
        let dossier = self.submit("2.000635", own_birth_certificate()).await;
        self.at_desk(&dossier, "receive").await;
        dossier
    }

    /// The same, paid and signed off.
    async fn granted(&mut self) -> String {
        let dossier = self.received().await;
        self.pay(&dossier).await;
        self.at_desk(&dossier, "sign-off").await;
        dossier
    }

    async fn order(&self, dossier: &str) -> String {
        let path = format!("/payment/dossiers/{dossier}/order");
        id(&self.get(&path).await, "order")
    }

    /// Pays at the sandbox bank, whose notice the test carries over itself: there is no network on a Stage.
    async fn pay(&mut self, dossier: &str) {
        let path = format!("/payment/orders/{}/pay", self.order(dossier).await);
        let paying = self.act(&path, By::Citizen, json!({}), 201).await;
        let url = id(&paying, "pay_url");
        let path = url
            .split_once("/payment/")
            .map(|(_, rest)| format!("/payment/{rest}"))
            .unwrap_or_default();
        let press =
            Request::post(&path).header("content-type", "application/x-www-form-urlencoded");
        let back = self.send(press, "choice=pay").await;
        assert_eq!(back.status, 303, "{}", back.text());
        self.stage.settle().await;
        let said = self.stage.said_envelopes("payment").await;
        let notice = said
            .iter()
            .rfind(|said| said.wire == "payment.notify-merchant.v1")
            .map(|said| said.body.clone());
        let notice: Value = serde_json::from_str(&notice.unwrap_or_default()).unwrap_or_default();
        // The bank says it twice, as banks do.
        for code in ["00", "02"] {
            let answer = self
                .stage
                .get(
                    &format!("/payment/vnpay/ipn?{}", id(&notice, "query")),
                    None,
                )
                .await;
            assert_eq!(answer.json()["RspCode"], code, "{}", answer.text());
            self.stage.settle().await;
        }
    }

    async fn nothing_is_parked(&self) {
        for service in services() {
            let parked = self.stage.parked(service.name()).await;
            assert_eq!(parked.len(), 0, "{}", service.name());
        }
    }
}

fn own_birth_certificate() -> Value {
    json!({
        "loai_giay_to": "khai_sinh", "ho_ten": "Nguyễn Thị Ví Dụ", "ngay_sinh": "15/01/1990",
        "quan_he": "ban_than", "so_ban_sao": "2",
    })
}

#[tokio::test]
async fn a_copy_of_a_birth_certificate_from_upload_to_handed_over_result() {
    let mut play = Play::open().await;
    let dossier = play.submit("2.000635", own_birth_certificate()).await;
    assert_eq!(play.dossier(&dossier).await["state"], "submitted");

    play.at_desk(&dossier, "receive").await;
    let received = play.dossier(&dossier).await;
    assert_eq!(received["code"], "H15.50.05.13-261008-0001");
    assert_eq!(received["money"]["total"], 16_000);

    play.pay(&dossier).await;
    play.at_desk(&dossier, "sign-off").await;

    let ended = play.dossier(&dossier).await;
    assert_eq!(
        (&ended["state"], &ended["national_status"]),
        (&json!("returned"), &json!(10))
    );
    assert_eq!(ended["money"]["state"], "paid");
    assert_eq!(ended["delivery"]["state"], "handed_over");
    let result = play
        .get(&format!("/delivery/dossiers/{dossier}/result"))
        .await;
    let file = play
        .stage
        .get(
            &format!("/delivery/results/{}/file", id(&result, "result")),
            Some(&play.citizen),
        )
        .await;
    assert!(file.body.starts_with(b"%PDF-"));
    let check = play
        .stage
        .get(
            &format!("/delivery/check/{}", id(&result, "check_code")),
            None,
        )
        .await;
    assert_eq!(check.json()["number"], result["number"]);

    // Counted: everything was said once, nothing is parked, the ledger sums to zero.
    assert_eq!(play.stage.said::<DossierSubmitted>("intake").await.len(), 1);
    assert_eq!(play.stage.said::<DossierReceived>("desk").await.len(), 1);
    assert_eq!(play.stage.said::<FeeOrdered>("payment").await.len(), 1);
    assert_eq!(play.stage.said::<FeePaid>("payment").await.len(), 1);
    assert_eq!(play.stage.said::<DossierDecided>("desk").await.len(), 1);
    assert_eq!(play.stage.said::<ResultIssued>("delivery").await.len(), 1);
    assert_eq!(
        play.stage.said::<ResultHandedOver>("delivery").await.len(),
        1
    );
    play.nothing_is_parked().await;
    let ledger = play
        .stage
        .get("/payment/ops/ledger", Some(&play.stage.operator()))
        .await;
    assert_eq!(ledger.status, 200, "{}", ledger.text());
}

#[tokio::test]
async fn who_is_exempt_and_proves_it_gets_the_result_without_paying() {
    let mut play = Play::open().await;
    let mut form = own_birth_certificate();
    form["dien_mien"] = "ho_ngheo".into();
    let papers = [
        ("to-khai", "to-khai-trich-luc.jpg"),
        ("giay-ho-ngheo", "to-khai-trich-luc.pdf"),
    ];
    let dossier = play.submit_with("2.000635", form, &papers).await;
    play.at_desk(&dossier, "receive").await;
    play.at_desk(&dossier, "sign-off").await;
    let ended = play.dossier(&dossier).await;
    assert_eq!(ended["state"], "returned");
    assert_eq!(ended["money"], json!({ "state": "none" }));
    assert_eq!(
        (
            &ended["fee"]["total"],
            &ended["fee"]["lines"][0]["reduction"]
        ),
        (&json!(0), &json!({ "by": 16_000, "reason": "Hộ nghèo" }))
    );
    let path = format!("/desk/dossiers/{dossier}");
    let shown = expect(play.stage.get(&path, Some(&play.officer)).await, 200);
    assert_eq!(shown["fee"]["lines"], ended["fee"]["lines"]);
    assert!(play.stage.said::<FeeOrdered>("payment").await.is_empty());
    play.nothing_is_parked().await;
}

#[tokio::test]
async fn every_message_twice_and_backwards_ends_the_same() {
    let mut play = Play::open().await;
    let dossier = play.granted().await;
    let before = play.dossier(&dossier).await;
    let mut all = Vec::new();
    for service in services() {
        all.extend(play.stage.said_envelopes(service.name()).await);
    }
    // What payment says to the bank is a call to the outside, which a Stage has not.
    all.retain(|said| {
        said.wire != "payment.notify-merchant.v1" && said.wire != "payment.check-attempt.v1"
    });
    for said in all.into_iter().rev() {
        assert!(play.stage.deliver(said).await);
    }
    play.stage.settle().await;
    assert_eq!(play.dossier(&dossier).await, before);
    assert_eq!(play.stage.said::<ResultIssued>("delivery").await.len(), 1);
}

#[tokio::test]
async fn a_fee_may_be_paid_in_cash_at_the_counter() {
    let mut play = Play::open().await;
    let dossier = play.received().await;
    let path = format!("/payment/orders/{}/cash", play.order(&dossier).await);
    play.act(&path, By::Officer, json!({}), 200).await;
    play.at_desk(&dossier, "sign-off").await;
    assert_eq!(play.dossier(&dossier).await["state"], "returned");
}

#[tokio::test]
async fn what_the_register_does_not_hold_is_not_granted() {
    let mut play = Play::open().await;
    let mut form = own_birth_certificate();
    form["ngay_sinh"] = "16/01/1990".into();
    let dossier = play.submit("2.000635", form).await;
    play.at_desk(&dossier, "receive").await;
    play.pay(&dossier).await;
    let shown = expect(
        play.stage
            .get(&format!("/desk/dossiers/{dossier}"), Some(&play.officer))
            .await,
        200,
    );
    assert_ne!(
        shown["state"], "awaiting_sign_off",
        "nothing is granted that the register does not hold: {shown}"
    );
    play.stage.advance(Duration::from_hours(1)).await;
    play.nothing_is_parked().await;
}
