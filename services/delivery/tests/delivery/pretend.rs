//! The pretend authority: results are signed and sealed out of the box, and say that it is a trial.

use contracts::Delivery;
use pades::Certificate;
use testkit::Stage;

use super::{
    issued,
    signing::{Keys, grounds, keep, pdf, pdfsig, pyhanko},
};

const PRETEND: [(&str, &str); 2] = [
    ("DELIVERY__SEALS", "pretend"),
    ("DELIVERY__SIGNERS", "pretend"),
];

async fn roots(stage: &Stage) -> Vec<Certificate> {
    let listed = stage.get("/delivery/check/roots", None).await;
    Certificate::from_pem(&listed.text()).unwrap()
}

#[tokio::test]
async fn a_newcomers_result_is_signed_and_sealed_and_says_that_it_is_a_trial() {
    let mut stage = Stage::configured(vec![delivery::service()], &PRETEND).await;
    let paper = issued(&mut stage, 1, Delivery::Portal).await;
    let pdf = pdf(&stage, &paper).await;
    let root = roots(&stage).await.remove(0);
    let found = pades::verify(&pdf, &grounds(&root), stage.now()).unwrap();
    assert!(pades::all_valid(&found), "{found:?}");
    let names: Vec<_> = found.iter().map(|one| one.name().unwrap()).collect();
    assert_eq!(
        names,
        [
            "Thử nghiệm: Trần Văn Mẫu",
            "Thử nghiệm: Ủy ban nhân dân phường Mẫu"
        ]
    );
    let keys = Keys::new();
    let path = keep(&keys, &pdf);
    assert_eq!(pdfsig(&path), [true, true]);
    assert_eq!(pyhanko(&path, &root), "valid: NguoiKy B-B, CoQuan B-B");
    let told = stage
        .upload("/delivery/check", None, "a.pdf", &pdf)
        .await
        .json();
    assert_eq!(told["file"]["verdict"], "valid");
}

#[tokio::test]
async fn the_authority_is_the_same_one_after_a_restart() {
    let mut stage = Stage::configured(vec![delivery::service()], &PRETEND).await;
    let first = issued(&mut stage, 1, Delivery::Portal).await;
    let first = pdf(&stage, &first).await;
    let root = roots(&stage).await.remove(0);
    stage.open_again(vec![delivery::service()]).await;
    assert_eq!(roots(&stage).await, std::slice::from_ref(&root));
    let second = issued(&mut stage, 2, Delivery::Portal).await;
    let second = pdf(&stage, &second).await;
    for pdf in [&first, &second] {
        let told = stage
            .upload("/delivery/check", None, "a.pdf", pdf)
            .await
            .json();
        assert_eq!(told["file"]["verdict"], "valid");
    }
}

#[tokio::test]
async fn nobody_pretends_by_default() {
    let stage = Stage::with(vec![delivery::service()]).await;
    assert!(roots(&stage).await.is_empty());
}
