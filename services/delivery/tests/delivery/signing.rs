//! The officer's signature and the body's seal through the whole service, and the three proofs of it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use chrono::TimeDelta;
use contracts::{
    Delivery,
    delivery::ResultIssued,
    desk::{DossierDecided, Outcome},
};
use pades::{Certificate, Extent, Grounds, testing::Authority};
use serde_json::json;
use testkit::Stage;

use super::{OWNER, SIGNER, decided, issued};

pub const OFFICER: &str = "Trần Văn Mẫu";
pub const BODY: &str = "Ủy ban nhân dân xã Sông Mây";

pub fn authority() -> Authority {
    Authority::new(testkit::start_of_play() - TimeDelta::days(30)).unwrap()
}

/// Folders of keys, as an operator furnishes them.
pub struct Keys(pub tempfile::TempDir);

impl Keys {
    pub fn new() -> Self {
        let keys = Self(tempfile::tempdir().unwrap());
        for folder in ["seals", "signers", "anchors"] {
            fs::create_dir(keys.path(folder)).unwrap();
        }
        keys
    }

    /// With the officer's key and the body's seal in it.
    pub fn by(authority: &Authority) -> Self {
        let keys = Self::new();
        keys.seal(authority);
        keys.signer(authority);
        keys
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, issued: &pades::testing::Issued) {
        fs::write(self.path(name), format!("{}{}", issued.key, issued.chain)).unwrap();
    }

    pub fn seal(&self, authority: &Authority) {
        self.put("seals/H15.50.05.pem", &authority.issue(BODY).unwrap());
    }

    pub fn signer(&self, authority: &Authority) {
        let name = format!("signers/tran-van-mau.{}.pem", Stage::account(SIGNER));
        self.put(&name, &authority.issue(OFFICER).unwrap());
    }

    pub async fn stage(&self, more: &[(&str, &str)]) -> Stage {
        let (seals, signers) = (self.path("seals"), self.path("signers"));
        let folders = [
            ("DELIVERY__SEALS", seals.to_str().unwrap()),
            ("DELIVERY__SIGNERS", signers.to_str().unwrap()),
        ];
        let all: Vec<_> = folders.into_iter().chain(more.iter().copied()).collect();
        Stage::configured(vec![delivery::service()], &all).await
    }
}

pub async fn pdf(stage: &Stage, paper: &ResultIssued) -> Vec<u8> {
    let file = format!("/delivery/results/{}/file", paper.result);
    let answer = stage.get(&file, Some(&stage.citizen(OWNER))).await;
    assert_eq!(answer.status, 200);
    answer.body
}

pub fn grounds(root: &Certificate) -> Grounds {
    Grounds {
        anchors: vec![root.clone()],
        ..Grounds::default()
    }
}

/// What Poppler says of each signature.
pub fn pdfsig(path: &Path) -> Vec<bool> {
    let said = Command::new("pdfsig").arg("-nocert").arg(path).output();
    let said = String::from_utf8(said.unwrap().stdout).unwrap();
    let verdicts = said
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- Signature Validation: "));
    verdicts
        .map(|verdict| verdict == "Signature is Valid.")
        .collect()
}

/// What pyHanko says of a file.
pub fn pyhanko(path: &Path, root: &Certificate) -> String {
    let anchor = path.with_extension("anchor.pem");
    fs::write(&anchor, root.to_pem().unwrap()).unwrap();
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let found = Command::new(shared.join("scripts/pyhanko"))
        .output()
        .unwrap();
    let python = String::from_utf8(found.stdout).unwrap();
    let said = Command::new(python.trim())
        .arg(shared.join("shared/pades/tests/it/judge.py"))
        .arg(&anchor)
        .arg(testkit::start_of_play().to_rfc3339())
        .arg(path)
        .output()
        .unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    said.trim().split_once('\t').unwrap().1.to_owned()
}

pub fn keep(keys: &Keys, pdf: &[u8]) -> PathBuf {
    let path = keys.path("result.pdf");
    fs::write(&path, pdf).unwrap();
    path
}

#[tokio::test]
async fn a_result_is_signed_by_the_officer_and_then_sealed_by_the_body() {
    let authority = authority();
    let keys = Keys::by(&authority);
    let mut stage = keys.stage(&[]).await;
    let decision = DossierDecided {
        decided_at: testkit::start_of_play() - TimeDelta::hours(1),
        ..decided(1, Delivery::Portal)
    };
    stage.say("desk", &decision).await;
    let paper = issued(&mut stage, 1, Delivery::Portal).await;
    let pdf = pdf(&stage, &paper).await;

    let found = pades::verify(&pdf, &grounds(authority.root()), stage.now()).unwrap();
    assert!(pades::all_valid(&found), "{found:?}");
    let seen: Vec<_> = found
        .iter()
        .map(|one| (one.field.as_str(), one.name().unwrap(), one.signed_at))
        .collect();
    assert_eq!(
        seen,
        [
            ("NguoiKy", OFFICER.to_owned(), Some(decision.decided_at)),
            ("CoQuan", BODY.to_owned(), Some(stage.now())),
        ]
    );
    assert_eq!(found[1].extent, Extent::Whole);
    let path = keep(&keys, &pdf);
    assert_eq!(pdfsig(&path), [true, true]);
    assert_eq!(
        pyhanko(&path, authority.root()),
        "valid: NguoiKy B-B, CoQuan B-B"
    );
}

#[tokio::test]
async fn an_officers_key_may_lie_in_a_container_with_its_password_beside_it() {
    let authority = authority();
    let keys = Keys::by(&authority);
    let stem = format!("signers/{}", Stage::account(SIGNER));
    let pem = keys.path(&format!(
        "signers/tran-van-mau.{}.pem",
        Stage::account(SIGNER)
    ));
    let container = keys.path(&format!("{stem}.p12"));
    let made = Command::new("openssl")
        .args(["pkcs12", "-export", "-passout", "pass:mật khẩu", "-inkey"])
        .args([&pem, Path::new("-in"), &pem, Path::new("-out"), &container])
        .status();
    assert!(made.unwrap().success());
    fs::remove_file(&pem).unwrap();
    fs::write(keys.path(&format!("{stem}.password")), "mật khẩu\n").unwrap();
    let mut stage = keys.stage(&[]).await;
    let paper = issued(&mut stage, 1, Delivery::Portal).await;
    let pdf = pdf(&stage, &paper).await;
    let found = pades::verify(&pdf, &grounds(authority.root()), stage.now()).unwrap();
    assert!(pades::all_valid(&found) && found.len() == 2, "{found:?}");
}

#[tokio::test]
async fn the_three_proofs_are_shown_in_their_order() {
    let authority = authority();
    let keys = Keys::by(&authority);
    let mut stage = keys.stage(&[]).await;
    let paper = issued(&mut stage, 1, Delivery::Portal).await;

    let told = stage
        .get(&format!("/delivery/check/{}", paper.check_code), None)
        .await
        .json();
    let now = json!("2026-10-08T02:15:00Z");
    assert_eq!(
        told["proofs"],
        json!([
            { "deed": "signed", "by": OFFICER, "title": "Chủ tịch", "at": now, "level": "B-B" },
            { "deed": "numbered", "by": "Ủy ban nhân dân phường Mẫu", "title": null, "at": now, "level": null },
            { "deed": "sealed", "by": BODY, "title": null, "at": now, "level": "B-B" },
        ])
    );

    let page = format!("/delivery/results/{}/page", paper.result);
    let page = stage.get(&page, Some(&stage.officer())).await.text();
    let places: Vec<_> = [
        "Ký: Trần Văn Mẫu, Chủ tịch",
        "Cấp số lúc",
        "số thứ tự 1 trong sổ TLHT-BS/2026",
        "Đóng dấu số của",
    ]
    .map(|words| page.find(words))
    .into();
    assert!(
        places.iter().all(Option::is_some) && places.is_sorted(),
        "{places:?} {page}"
    );
    let pdf = pdf(&stage, &paper).await;
    let found = pades::verify(&pdf, &grounds(authority.root()), stage.now()).unwrap();
    for one in &found {
        let certificate = one.certificate.as_ref().unwrap();
        assert!(page.contains(&certificate.fingerprint()), "{page}");
    }
}

#[tokio::test]
async fn without_the_officers_key_a_result_waits_and_says_whose_is_missing() {
    let keys = Keys::new();
    keys.seal(&authority());
    let mut stage = keys.stage(&[]).await;
    stage.say("desk", &decided(1, Delivery::Portal)).await;
    stage.settle().await;
    assert!(stage.said::<ResultIssued>("delivery").await.is_empty());
    let parked = stage.parked("delivery").await;
    let reason = &parked[0].history.last().unwrap().reason;
    let account = Stage::account(SIGNER).to_string();
    assert!(
        reason.contains("no key of Trần Văn Mẫu") && reason.contains(&account),
        "{reason}"
    );
}

#[tokio::test]
async fn a_decision_without_an_account_is_sealed_and_pretends_no_signature() {
    let authority = authority();
    let keys = Keys::by(&authority);
    let mut stage = keys.stage(&[]).await;
    let older = DossierDecided {
        signer: None,
        ..decided(1, Delivery::Portal)
    };
    stage.say("desk", &older).await;
    let paper = issued(&mut stage, 1, Delivery::Portal).await;
    let pdf = pdf(&stage, &paper).await;
    let found = pades::verify(&pdf, &grounds(authority.root()), stage.now()).unwrap();
    assert_eq!((found.len(), found[0].field.as_str()), (1, "CoQuan"));
    let told = stage
        .get(&format!("/delivery/check/{}", paper.check_code), None)
        .await
        .json();
    assert_eq!(told["proofs"][0]["by"], OFFICER);
    assert_eq!(told["proofs"][0]["level"], json!(null));
    assert_eq!(told["proofs"][2]["level"], "B-B");
}

#[tokio::test]
async fn with_officers_keys_alone_the_officers_signature_closes_the_file() {
    let authority = authority();
    let keys = Keys::by(&authority);
    let mut stage = keys.stage(&[("DELIVERY__SEALS", "")]).await;
    let refused = DossierDecided {
        outcome: Outcome::Refused {
            reason: "Không có trong sổ hộ tịch".into(),
        },
        ..decided(1, Delivery::Portal)
    };
    stage.say("desk", &refused).await;
    let paper = issued(&mut stage, 1, Delivery::Portal).await;
    let pdf = pdf(&stage, &paper).await;
    let found = pades::verify(&pdf, &grounds(authority.root()), stage.now()).unwrap();
    assert_eq!((found.len(), found[0].is_valid()), (1, true));
    let more = pades::sign(
        &pdf,
        &authority.signer(BODY).unwrap(),
        &pades::Request::new("CoQuan", stage.now()),
    );
    assert!(matches!(more, Err(pades::Error::Locked)), "{more:?}");
}

#[tokio::test]
async fn a_replacement_is_signed_by_who_replaced_it() {
    let authority = authority();
    let keys = Keys::by(&authority);
    let mut stage = keys.stage(&[]).await;
    let old = issued(&mut stage, 1, Delivery::Portal).await;
    let path = format!("/delivery/results/{}/replace", old.result);
    let correction = json!({
        "reason": "Sai họ tên",
        "outcome": {
            "outcome": "granted",
            "result": [{ "label": "Họ, chữ đệm, tên", "value": "Nguyễn Thị Ví Dụ B" }],
        },
    });
    let answer = stage.post(&path, Some(&stage.officer()), &correction).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    stage.settle().await;
    let said = stage.said::<ResultIssued>("delivery").await;
    let new = said.iter().find(|one| one.result != old.result).unwrap();
    let pdf = pdf(&stage, new).await;
    let found = pades::verify(&pdf, &grounds(authority.root()), stage.now()).unwrap();
    assert!(pades::all_valid(&found) && found.len() == 2, "{found:?}");
}

#[test]
fn an_officers_key_is_named_by_an_account() {
    let keys = Keys::new();
    let issued = authority().issue(OFFICER).unwrap();
    keys.put("signers/tran-van-mau.pem", &issued);
    let toml = include_str!("../../config.toml");
    let signers = format!("signers = {:?}", keys.path("signers").to_str().unwrap());
    let config = toml::from_str(&toml.replacen("signers = \"\"", &signers, 1)).unwrap();
    let said = delivery::signing::Signing::open(&config)
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("DELIVERY__SIGNERS") && said.contains("an account's number"),
        "{said}"
    );
}

#[tokio::test]
async fn what_was_sealed_before_proofs_were_kept_has_them_too() {
    use sea_orm::ConnectionTrait;

    let mut stage = Stage::with(vec![delivery::service()]).await;
    let paper = issued(&mut stage, 1, Delivery::Portal).await;
    let path = format!("/delivery/check/{}", paper.check_code);
    let mut kept = stage.get(&path, None).await.json()["proofs"].take();
    let app = stage.app("delivery");
    let copy = include_str!("../../src/migrations/m0006_attestations.sqlite.sql");
    let older = "DELETE FROM attestations WHERE deed = 'numbered'; DELETE FROM attestations; \
                 UPDATE results SET sealed_by = 'Dấu cũ', sealed_at = numbered_at;";
    let copied = app.transact(async |tx: chassis::Tx| {
        tx.db().execute_unprepared(older).await?;
        tx.db().execute_unprepared(copy).await?;
        Ok::<_, chassis::Failure>(())
    });
    copied.await.unwrap();
    let told = stage.get(&path, None).await.json();
    let kept = kept.as_array_mut().unwrap();
    kept.push(json!({
        "deed": "sealed", "by": "Dấu cũ", "title": null, "at": "2026-10-08T02:15:00Z", "level": "B-B",
    }));
    assert_eq!(told["proofs"].as_array().unwrap(), kept);
    assert_eq!(told["sealed_by"], "Dấu cũ");
}

#[tokio::test]
async fn the_database_takes_no_seal_without_a_number_and_no_number_without_the_act_of_signing() {
    use sea_orm::ConnectionTrait;

    let mut stage = Stage::with(vec![delivery::service()]).await;
    let paper = issued(&mut stage, 1, Delivery::Portal).await;
    let app = stage.app("delivery");
    let does = async |sql: &str| {
        let done = app.transact(async |tx: chassis::Tx| {
            tx.db().execute_unprepared(sql).await?;
            Ok::<_, chassis::Failure>(())
        });
        done.await.is_ok()
    };
    assert!(!does("DELETE FROM attestations WHERE deed = 'signed'").await);
    assert!(does("DELETE FROM attestations WHERE deed = 'numbered'").await);
    let put = |deed: &str, follows: &str| {
        format!(
            "INSERT INTO attestations (result, deed, follows, done_by, done_at) \
             SELECT id, '{deed}', {follows}, 'x', numbered_at FROM results"
        )
    };
    for (deed, follows) in [
        ("sealed", "'numbered'"),
        ("sealed", "'signed'"),
        ("sealed", "NULL"),
        ("numbered", "NULL"),
        ("filed", "NULL"),
    ] {
        assert!(!does(&put(deed, follows)).await, "{deed} after {follows}");
    }
    assert!(does(&put("numbered", "'signed'")).await);
    assert!(does(&put("sealed", "'numbered'")).await);
    let told = stage
        .get(&format!("/delivery/check/{}", paper.check_code), None)
        .await;
    assert_eq!(told.json()["proofs"].as_array().unwrap().len(), 3);
}
