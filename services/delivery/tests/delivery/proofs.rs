//! What a paper says of itself in its QR code, and who can believe it.

use chassis::auth::{Jwks, Keys, Signer, Unbelieved};
use contracts::{
    Delivery,
    delivery::ResultIssued,
    desk::{DossierDecided, Outcome},
};
use delivery::domain::proof::{Statement, TYPE};
use testkit::qr;

use super::{OWNER, decided, issued, stage};

#[tokio::test]
async fn the_qr_code_says_what_the_paper_says_and_is_signed_by_a_listed_key() {
    let mut stage = stage().await;
    let paper = issued(&mut stage, 1, Delivery::Portal).await;
    let refusal = DossierDecided {
        outcome: Outcome::Refused {
            reason: "Không có trong sổ".into(),
        },
        ..decided(2, Delivery::Portal)
    };
    stage.say("desk", &refusal).await;
    stage.settle().await;
    let notice = stage.said::<ResultIssued>("delivery").await.pop().unwrap();
    let listed = stage.get("/delivery/check/keys", None).await.json();
    let jwks: Jwks = serde_json::from_value(listed).unwrap();
    let token = stage.citizen(OWNER);
    for (issued, title) in [
        (paper, "Bản sao trích lục hộ tịch"),
        (notice, "Thông báo từ chối giải quyết hồ sơ"),
    ] {
        let file = format!("/delivery/results/{}/file", issued.result);
        let pdf = stage.get(&file, Some(&token)).await.body;
        let text = qr::on_paper(&pdf);
        let (address, proof) = text.split_once('#').unwrap();
        assert!(address.ends_with(&format!("/delivery/check/{}", issued.check_code)));
        let said: Statement = Keys::fixed(&jwks).open(TYPE, proof).await.unwrap();
        assert_eq!(said.number, issued.number);
        assert_eq!(said.holder, "Nguyễn Thị Ví Dụ");
        assert_eq!(
            (said.issuer.as_str(), said.title.as_str()),
            ("H15.50.05", title)
        );
        let other = Keys::fixed(&Jwks {
            keys: vec![Signer::new(&[9; 32]).jwk()],
        });
        let unknown = other.open::<Statement>(TYPE, proof).await;
        assert_eq!(unknown, Err(Unbelieved::UnknownKey));
    }
}
