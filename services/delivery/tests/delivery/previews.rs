//! What a result would look like before there is one.

use std::{fs, path::Path};

use axum::http::StatusCode;
use chassis::auth::Role;
use contracts::Delivery;
use delivery::{config::Config, layouts};
use procedure::Catalogue;
use testkit::Stage;

use super::{OWNER, close, decided, issued, post_form, stage, words};

fn ours() -> Catalogue {
    Catalogue::load(Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../catalogue"
    )))
    .unwrap()
}

fn config() -> Config {
    toml::from_str(include_str!("../../config.toml")).unwrap()
}

#[test]
fn every_example_of_every_procedure_is_drawn_by_its_layout_on_one_page() {
    let (catalogue, config, now) = (ours(), config(), testkit::start_of_play());
    let layouts = layouts::tried(&catalogue, &config).unwrap();
    let mut drawn = 0;
    for description in catalogue.versions() {
        for (place, lines) in description.result.examples.iter().enumerate() {
            let paper = layouts::example(&catalogue, description, place, now, &config).unwrap();
            let pdf = paper.typeset(&layouts).unwrap();
            assert_eq!(pdf.pages(), 1, "{} {place}", description.code);
            assert!(pdf.signature().is_some());
            let said = words(pdf.bytes());
            for line in lines {
                assert!(
                    said.contains(&close(&line.value)),
                    "{:?} is not in {said}",
                    line.value
                );
            }
            drawn += 1;
        }
    }
    assert!(drawn >= 4, "{drawn}");
}

#[test]
fn a_layout_that_cannot_be_drawn_is_refused_with_its_line_before_any_paper() {
    let folder = tempfile::tempdir().unwrap();
    let copy = std::process::Command::new("cp")
        .arg("-r")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue/."))
        .arg(folder.path())
        .status();
    assert!(copy.unwrap().success());
    let file = folder.path().join("layouts/xac-nhan-hon-nhan.typ");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("Họ, chữ đệm, tên", "Họ tên")).unwrap();
    let catalogue = Catalogue::load(folder.path()).unwrap();
    assert_eq!(
        layouts::tried(&catalogue, &config()).unwrap_err(),
        "1.004873 by its first example: the template xac-nhan-hon-nhan failed: line 6: panicked with: the decision has no \
         line «Họ tên»"
    );
    fs::remove_file(&file).unwrap();
    let refused = Catalogue::load(folder.path()).unwrap_err().to_string();
    assert!(
        refused.ends_with("result.layout: there is no layouts/xac-nhan-hon-nhan.typ"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_decision_is_previewed_without_taking_a_number() {
    let mut stage = stage().await;
    let signer = stage.officer();
    let officer = stage.token(Stage::account("a clerk"), &[Role::Officer], None);
    let draft = serde_json::to_string(&decided(1, Delivery::Portal)).unwrap();

    let shown = post_form(
        &stage,
        "/delivery/preview",
        &officer,
        &[("decided", &draft)],
    )
    .await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
    assert_eq!(shown.header("content-type"), "application/pdf");
    assert_eq!(shown.header("cache-control"), "private, no-store");
    let said = words(&shown.body);
    for part in [
        "BẢN XEM TRƯỚC",
        "…/TLHT-BS",
        "Nguyễn Thị Ví Dụ",
        "(họ tên người ký)",
    ] {
        assert!(said.contains(&close(part)), "{part} is not in {said}");
    }
    assert!(
        !said.contains("Mãkiểmtra") && !said.contains(&close("Trần Văn Mẫu")),
        "{said}"
    );

    let typed = [
        ("decided", draft.as_str()),
        ("result", "Nơi sinh: phường Mẫu: tỉnh Mẫu"),
    ];
    let shown = post_form(&stage, "/delivery/preview", &signer, &typed).await;
    let said = words(&shown.body);
    assert!(
        said.contains(&close("Nơi sinh: phường Mẫu: tỉnh Mẫu")),
        "{said}"
    );
    assert!(said.contains(&close("Trần Văn Mẫu")), "{said}");

    let refusal = [("decided", draft.as_str()), ("reason", "Không có trong sổ")];
    let shown = post_form(&stage, "/delivery/preview", &officer, &refusal).await;
    let said = words(&shown.body);
    assert!(
        said.contains(&close("Lý do từ chối: Không có trong sổ")),
        "{said}"
    );

    let first = issued(&mut stage, 1, Delivery::Portal).await;
    assert_eq!(first.number, "01/TLHT-BS");
}

#[tokio::test]
async fn what_cannot_be_previewed_is_refused_in_words() {
    let stage = stage().await;
    let officer = stage.officer();
    let mut draft = decided(1, Delivery::Portal);
    draft.procedure = "1.004873".parse().unwrap();
    let json = serde_json::to_string(&draft).unwrap();
    let none = [
        ("decided", json.as_str()),
        ("result", "Nơi sinh: phường Mẫu"),
    ];
    let told = [
        (
            vec![("decided", "{}")],
            "This is no decision: missing field",
        ),
        (
            vec![("decided", json.as_str()), ("result", "không có nhãn")],
            "label: value",
        ),
        (none.to_vec(), "the decision has no line «Họ, chữ đệm, tên»"),
    ];
    for (form, expected) in told {
        let answer = post_form(&stage, "/delivery/preview", &officer, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains(expected), "{}", answer.text());
    }
    draft.procedure_version = 9;
    let json = serde_json::to_string(&draft).unwrap();
    let answer = post_form(&stage, "/delivery/preview", &officer, &[("decided", &json)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let citizen = stage.citizen(OWNER);
    let answer = post_form(&stage, "/delivery/preview", &citizen, &[("decided", &json)]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn whoever_writes_layouts_sees_each_example() {
    let stage = stage().await;
    let officer = stage.officer();
    let page = stage.get("/delivery/layouts", Some(&officer)).await.text();
    let example = "/delivery/layouts/2.000635/1/2";
    assert!(
        page.contains(example) && page.contains("trich-luc-ho-tich"),
        "{page}"
    );
    let shown = stage.get(example, Some(&officer)).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(words(&shown.body).contains(&close("Họ, chữ đệm, tên vợ: Nguyễn Thị Ví Dụ")));
    for none in [
        "2.000635/1/0",
        "2.000635/1/99",
        "2.000635/7/1",
        "9.999999/1/1",
    ] {
        let answer = stage
            .get(&format!("/delivery/layouts/{none}"), Some(&officer))
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{none}");
    }
}
