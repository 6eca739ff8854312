//! The seal of the body that decides, on every result's file.

use std::{path::Path, process::Command};

use chrono::TimeDelta;
use contracts::{Delivery, delivery::ResultIssued};
use pades::{Extent, Grounds, testing::Authority};
use testkit::Stage;

use super::{OWNER, decided, issued};

const NAME: &str = "Ủy ban nhân dân xã Sông Mây";

fn authority() -> Authority {
    Authority::new(testkit::start_of_play() - TimeDelta::days(30)).unwrap()
}

async fn stage(folder: &Path) -> Stage {
    let seals = folder.to_str().unwrap();
    Stage::configured(vec![delivery::service()], &[("DELIVERY__SEALS", seals)]).await
}

fn pdfsig(pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("result.pdf");
    std::fs::write(&file, pdf).unwrap();
    let said = Command::new("pdfsig").arg("-nocert").arg(&file).output();
    String::from_utf8(said.unwrap().stdout).unwrap()
}

#[tokio::test]
async fn every_result_bears_the_seal_of_the_body_that_decides() {
    let (authority, folder) = (authority(), tempfile::tempdir().unwrap());
    let seal = authority.issue(NAME).unwrap();
    let text = format!("{}{}", seal.key, seal.chain);
    std::fs::write(folder.path().join("H15.50.05.pem"), text).unwrap();
    let mut stage = stage(folder.path()).await;
    let paper = issued(&mut stage, 1, Delivery::Portal).await;
    let token = stage.citizen(OWNER);
    let file = format!("/delivery/results/{}/file", paper.result);
    let pdf = stage.get(&file, Some(&token)).await.body;

    let grounds = Grounds {
        anchors: vec![authority.root().clone()],
        ..Grounds::default()
    };
    let found = pades::verify(&pdf, &grounds, testkit::start_of_play()).unwrap();
    assert!(pades::all_valid(&found), "{found:?}");
    assert_eq!((found.len(), found[0].name().as_deref()), (1, Some(NAME)));
    assert_eq!(found[0].extent, Extent::Whole);
    assert_eq!(found[0].signed_at, Some(testkit::start_of_play()));
    let said = pdfsig(&pdf);
    assert!(said.contains("Signature is Valid"), "{said}");

    let check = format!("/delivery/check/{}", paper.check_code);
    assert_eq!(stage.get(&check, None).await.json()["sealed_by"], NAME);
    let page = format!("/delivery/results/{}/page", paper.result);
    let page = stage.get(&page, Some(&stage.officer())).await.text();
    assert!(page.contains(&format!("Đóng dấu số của {NAME}")), "{page}");
}

#[tokio::test]
async fn without_its_seal_a_result_waits_for_an_operator() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = stage(folder.path()).await;
    stage.say("desk", &decided(1, Delivery::Portal)).await;
    stage.settle().await;
    assert!(stage.said::<ResultIssued>("delivery").await.is_empty());
    let parked = stage.parked("delivery").await;
    assert_eq!(parked.len(), 1);
    let last = parked[0].history.last().unwrap();
    assert!(
        last.reason.contains("no seal of H15.50.05"),
        "{}",
        last.reason
    );
}

#[test]
fn a_seal_that_cannot_be_read_is_refused_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let seal = authority().issue(NAME).unwrap();
    let refused = |name: &str, text: &str| {
        let folder = folder.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join(name), text).unwrap();
        let toml = include_str!("../../config.toml");
        let seals = format!("seals = {:?}", folder.to_str().unwrap());
        let config = toml::from_str(&toml.replacen("seals = \"\"", &seals, 1)).unwrap();
        delivery::signing::Signing::open(&config)
            .unwrap_err()
            .to_string()
    };
    for (name, text, why) in [
        ("H15.50.05.pem", seal.chain.as_str(), "no private key"),
        ("H15.50.06.pem", seal.key.as_str(), ""),
        ("H15.50.07.p12", "no container", "password"),
    ] {
        let said = refused(name, text);
        assert!(said.contains(name) && said.contains(why), "{said}");
        assert!(!said.contains("PRIVATE KEY-----"), "{said}");
    }
}
