//! A counter scans a stack for two citizens in one go: each paper finds its dossier by the cover sheet before it, and what does not
//! waits for the officer.

use axum::{body::Body, http::Request};
use contracts::{
    intake::{PartPlaced, PartRefused},
    scan::{DocumentChecked, PartFiled},
};
use image::{DynamicImage, GrayImage, Luma, imageops};
use lopdf::{Document, Object, Stream, dictionary};
use serde_json::{Value, json};
use testkit::{Answer, Stage};

const ONE: &str = "066190001234";
const ANOTHER: &str = "066090004321";
/// A4 at 150 dots an inch, as a counter's scanner may be set.
const WIDE: u32 = 1240;
const TALL: u32 = 1754;

struct Counter {
    stage: Stage,
}

impl Counter {
    async fn json(&mut self, method: &str, path: &str, token: &str, body: Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"))
            .body(Body::from(body.to_string()))
            .expect("a request");
        let answer = self.stage.request(request).await;
        self.stage.settle().await;
        answer
    }

    /// A draft of a citizen's.
    async fn draft(&mut self, citizen: &str) -> String {
        let token = self.stage.citizen(citizen);
        let chosen = json!({ "procedure": "2.000635" });
        let opened = self.json("POST", "/intake/dossiers", &token, chosen).await;
        let id = opened.json()["dossier"].as_str().expect("an id").to_owned();
        // For a child, so that the proof of kinship is asked for too.
        let form = json!({
            "loai_giay_to": "khai_sinh", "ho_ten": "Nguyễn Thị Ví Dụ", "ngay_sinh": "15/01/1990", "quan_he": "con", "so_ban_sao": "1",
        });
        let path = format!("/intake/dossiers/{id}");
        let saved = self
            .json("PUT", &path, &token, json!({ "form": form }))
            .await;
        assert!(saved.status.is_success(), "{}", saved.text());
        id
    }

    /// The cover sheets of a draft as they come out of a scanner after they were printed.
    async fn sheets(&self, citizen: &str, dossier: &str) -> Vec<GrayImage> {
        let token = self.stage.citizen(citizen);
        let path = format!("/intake/dossiers/{dossier}/cover-sheets");
        let printed = self.stage.get(&path, Some(&token)).await;
        assert_eq!(printed.status, 200, "{}", printed.text());
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("sheets.pdf"), &printed.body).expect("the sheets");
        let drawn = std::process::Command::new("pdftoppm")
            .current_dir(folder.path())
            .args(["-r", "150", "-gray", "-png", "sheets.pdf", "s"])
            .status();
        assert!(drawn.expect("pdftoppm").success());
        let mut pages: Vec<_> = std::fs::read_dir(folder.path())
            .expect("the folder")
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|kind| kind == "png"))
            .collect();
        pages.sort();
        let read = |path: &std::path::PathBuf| {
            let page = image::open(path).expect("a page").to_luma8();
            imageops::blur(&page, 1.2)
        };
        pages.iter().map(read).collect()
    }

    async fn batch(&self, place: &str) -> Value {
        let officer = self.stage.officer();
        self.stage.get(place, Some(&officer)).await.json()
    }

    /// The state of each part and the pages it is of.
    async fn parts(&self, place: &str) -> Vec<(String, Value, Value)> {
        let batch = self.batch(place).await;
        assert_eq!(batch["state"], "split", "{batch}");
        let parts = batch["parts"].as_array().expect("parts").iter();
        parts
            .map(|part| {
                let state = part["state"].as_str().unwrap_or_default().to_owned();
                (state, part["first_page"].clone(), part["last_page"].clone())
            })
            .collect()
    }
}

fn blank() -> GrayImage {
    GrayImage::from_fn(WIDE, TALL, |x, y| {
        Luma([246 - ((x * 7 + y * 13) % 9) as u8])
    })
}

/// A page of print, unlike those of other numbers.
fn paper(number: u32) -> GrayImage {
    let path = format!(
        "{}/../examples/to-khai-trich-luc.jpg",
        env!("CARGO_MANIFEST_DIR")
    );
    let page = image::open(path).expect("an example").to_luma8();
    let mut page = imageops::resize(&page, WIDE, TALL, imageops::FilterType::Triangle);
    imageops::replace(
        &mut page,
        &GrayImage::from_pixel(20, 20, Luma([60])),
        i64::from(20 * number),
        4,
    );
    page
}

/// A stack as a scanner writes it: a PDF of one picture a page.
fn scanned(pages: &[GrayImage]) -> Vec<u8> {
    let mut pdf = Document::with_version("1.5");
    let root = pdf.new_object_id();
    let mut kids = Vec::new();
    for page in pages {
        let mut jpeg = Vec::new();
        let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 60);
        DynamicImage::from(page.clone())
            .write_with_encoder(encoder)
            .expect("a JPEG");
        let (wide, tall) = (i64::from(page.width()), i64::from(page.height()));
        let picture = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => wide, "Height" => tall,
            "ColorSpace" => "DeviceGray", "BitsPerComponent" => 8, "Filter" => "DCTDecode",
        };
        let picture = pdf.add_object(Stream::new(picture, jpeg));
        let (across, down) = (wide * 72 / 150, tall * 72 / 150);
        let drawn = format!("q {across} 0 0 {down} 0 0 cm /P Do Q");
        let drawn = pdf.add_object(Stream::new(dictionary! {}, drawn.into_bytes()));
        let page = pdf.add_object(dictionary! {
            "Type" => "Page", "Parent" => root, "Contents" => drawn,
            "MediaBox" => vec![0.into(), 0.into(), across.into(), down.into()],
            "Resources" => dictionary! { "XObject" => dictionary! { "P" => picture } },
        });
        kids.push(Object::Reference(page));
    }
    let count = i64::try_from(kids.len()).expect("few pages");
    let tree = dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count };
    pdf.objects.insert(root, Object::Dictionary(tree));
    let catalog = pdf.add_object(dictionary! { "Type" => "Catalog", "Pages" => root });
    pdf.trailer.set("Root", catalog);
    let mut written = Vec::new();
    pdf.save_to(&mut written).expect("a PDF");
    written
}

/// The document that a dossier has for a component.
fn enclosed(dossier: &Value, component: &str) -> Value {
    let papers = dossier["documents"].as_array().expect("papers").iter();
    let mut papers = papers.filter(|paper| paper["component"] == component);
    papers
        .next()
        .map_or(Value::Null, |paper| paper["document"].clone())
}

fn state(name: &str, pages: Option<(u32, u32)>) -> (String, Value, Value) {
    let (first, last) = pages.map_or((Value::Null, Value::Null), |(first, last)| {
        (first.into(), last.into())
    });
    (name.to_owned(), first, last)
}

/// A stack that an officer has sent, with the drafts of two citizens that its papers belong to.
struct Scanned {
    counter: Counter,
    one: String,
    another: String,
    stack: Vec<u8>,
    place: String,
}

impl Scanned {
    async fn sent() -> Self {
        let stage = Stage::with(vec![scan::service(), intake::service()]).await;
        let mut counter = Counter { stage };
        let one = counter.draft(ONE).await;
        let another = counter.draft(ANOTHER).await;
        let stack = stack(&mut counter, &one, &another).await;
        let (token, officer) = (counter.stage.citizen(ONE), counter.stage.officer());
        let upload = async |token| {
            let path = "/scan/batches";
            counter
                .stage
                .upload(path, Some(token), "xap.pdf", &stack)
                .await
        };
        assert_eq!(upload(&token).await.status, 403);
        let sent = upload(&officer).await;
        assert_eq!(sent.status, 201, "{}", sent.text());
        let place = sent.header("location").to_owned();
        let file = format!("{place}/file");
        let early = counter.stage.get(&file, Some(&officer)).await;
        assert_eq!(early.status, 409, "it was not looked through yet");
        counter.stage.settle().await;
        Self {
            counter,
            one,
            another,
            stack,
            place,
        }
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.counter.stage.get(path, Some(token)).await
    }

    /// The first citizen's draft, as they see it.
    async fn draft(&self) -> Value {
        let token = self.counter.stage.citizen(ONE);
        let path = format!("/intake/dossiers/{}", self.one);
        self.get(&path, &token).await.json()
    }

    async fn filed(&self) -> Vec<PartFiled> {
        self.counter.stage.said::<PartFiled>("scan").await
    }

    /// What is said of a part, by its number.
    async fn part(&self, number: usize) -> Value {
        self.counter.batch(&self.place).await["parts"][number - 1].clone()
    }

    async fn why(&self, number: usize) -> String {
        let part = self.part(number).await;
        part["reason_en"].as_str().unwrap_or_default().to_owned()
    }

    /// What an officer does with a part.
    async fn act(&mut self, number: usize, act: &str, body: Value) -> u16 {
        let id = self.part(number).await["id"].clone();
        let path = format!("/scan/batches/parts/{}/{act}", id.as_str().expect("an id"));
        let officer = self.counter.stage.officer();
        self.counter
            .json("POST", &path, &officer, body)
            .await
            .status
            .as_u16()
    }
}

/// Papers of two drafts and some that belong nowhere, in one go.
async fn stack(counter: &mut Counter, one: &str, another: &str) -> Vec<u8> {
    let ones = counter.sheets(ONE, one).await;
    let others = counter.sheets(ANOTHER, another).await;
    assert_eq!((ones.len(), others.len()), (2, 2));
    let given_up = counter.draft(ONE).await;
    let gone = counter.sheets(ONE, &given_up).await;
    let (path, token) = (
        format!("/intake/dossiers/{given_up}"),
        counter.stage.citizen(ONE),
    );
    let withdrawn = counter.json("DELETE", &path, &token, json!({})).await;
    assert!(withdrawn.status.is_success(), "{}", withdrawn.text());
    scanned(&[
        paper(1),                      // 1: before any sheet
        imageops::rotate180(&ones[0]), // 2
        blank(),                       // 3: the sheet's back
        paper(2),                      // 4
        paper(3),                      // 5
        imageops::rotate90(&ones[1]),  // 6
        paper(4),                      // 7
        others[0].clone(),             // 8
        paper(5),                      // 9
        blank(),                       // 10: the paper's back
        gone[0].clone(),               // 11: of a draft that was given up
        paper(6),                      // 12
        ones[0].clone(),               // 13: again
        paper(7),                      // 14
        others[1].clone(),             // 15: with nothing behind it
    ])
}

#[tokio::test]
async fn a_stack_is_divided_and_each_paper_finds_its_dossier() {
    let mut scanned = Scanned::sent().await;
    assert_eq!(
        scanned.counter.parts(&scanned.place).await,
        [
            state("open", Some((1, 1))),
            state("filed", Some((4, 5))),
            state("filed", Some((7, 7))),
            state("filed", Some((9, 10))),
            state("open", Some((12, 12))),
            state("open", Some((14, 14))),
            state("empty", None),
        ]
    );
    let stage = &scanned.counter.stage;
    let (one, officer) = (stage.citizen(ONE), stage.officer());
    let original = scanned
        .get(&format!("{}/file", scanned.place), &officer)
        .await;
    assert!(original.body == scanned.stack);
    assert_eq!(scanned.get(&scanned.place, &one).await.status, 403);

    // Each paper is its owner's, read like any other, and on record.
    let filed = scanned.filed().await;
    let draft = scanned.draft().await;
    let documents: Vec<String> = filed
        .iter()
        .map(|filed| filed.document.to_string())
        .collect();
    assert_eq!(enclosed(&draft, "to-khai"), documents[0]);
    assert_eq!(enclosed(&draft, "giay-to-quan-he"), documents[1]);
    let line = draft["time_line"].as_array().expect("a time line").iter();
    assert_eq!(line.filter(|entry| entry["event"] == "scanned").count(), 2);
    let checked = stage.said::<DocumentChecked>("scan").await;
    let pages = filed.iter().map(|filed| {
        let checked = checked
            .iter()
            .find(|checked| checked.document == filed.document);
        checked.map(|checked| checked.pages)
    });
    assert_eq!(pages.collect::<Vec<_>>(), [Some(2), Some(1), Some(2)]);
    let others = format!("/scan/documents/{}", documents[2]);
    assert_eq!(scanned.get(&others, &one).await.status, 404);

    answers_that_come_late_change_nothing(&mut scanned, &filed[0]).await;
}

/// Answers to another question, and one that comes again.
async fn answers_that_come_late_change_nothing(scanned: &mut Scanned, filed: &PartFiled) {
    let stage = &mut scanned.counter.stage;
    for question in [0, 2] {
        let late = PartRefused {
            part: filed.part,
            question,
            reason_vi: "Muộn".to_owned(),
            reason_en: "Late".to_owned(),
            choices: Vec::new(),
            refused_at: stage.now(),
        };
        stage.say("intake", &late).await;
    }
    let again = PartPlaced {
        part: filed.part,
        question: filed.question,
        dossier: filed.dossier,
        component: filed.component.clone(),
        kind: filed.component.clone(),
        paper_vi: "Tờ khai".to_owned(),
        paper_en: "Form".to_owned(),
        owner: Stage::account(ANOTHER),
        placed_at: stage.now(),
    };
    stage.say("intake", &again).await;
    stage.settle().await;
    assert_eq!(scanned.part(2).await["state"], "filed");
    assert_eq!(scanned.filed().await.len(), 3);
}

#[tokio::test]
async fn what_found_no_place_waits_until_an_officer_says_where_it_belongs() {
    let mut scanned = Scanned::sent().await;
    assert_eq!(
        scanned.why(1).await,
        "No cover sheet lay before these pages"
    );
    assert_eq!(scanned.act(1, "settle", json!({})).await, 422);
    let dossier = json!({ "dossier": scanned.another });
    assert_eq!(scanned.act(1, "settle", dossier).await, 200);
    let choices = scanned.part(1).await["choices"].clone();
    let choice = |number: usize| {
        let choice = &choices[number];
        (choice["component"].clone(), choice["is_there"].clone())
    };
    assert_eq!(choice(0), (json!("to-khai"), json!(true)));
    assert_eq!(choice(1), (json!("giay-to-quan-he"), json!(false)));
    let chosen = json!({ "component": "giay-to-quan-he" });
    scanned.act(1, "settle", chosen).await;
    assert_eq!(scanned.part(1).await["state"], "filed");

    let closed =
        "The dossier is filed and nothing is asked to be added to it, so it takes no papers";
    assert_eq!(scanned.why(5).await, closed);
    assert_eq!(scanned.act(5, "set-aside", json!({})).await, 200);
    assert_eq!(scanned.act(5, "set-aside", json!({})).await, 409);
    assert_eq!(scanned.part(5).await["state"], "dropped");

    let repeated = "Two cover sheets of the stack are the same, please see which part is right";
    assert_eq!(scanned.why(6).await, repeated);
    scanned
        .act(6, "settle", json!({ "component": "to-khai" }))
        .await;
    let there = "The dossier has this paper already, please see whether to replace it";
    assert_eq!(scanned.why(6).await, there);
    let instead = json!({ "component": "to-khai", "replaces": true });
    scanned.act(6, "settle", instead).await;
    assert_eq!(scanned.part(6).await["state"], "filed");
    let newest = scanned.filed().await.pop().expect("the newest");
    let draft = scanned.draft().await;
    assert_eq!(enclosed(&draft, "to-khai"), newest.document.to_string());
}

#[tokio::test]
async fn a_stack_that_cannot_be_used_says_why_and_is_shown_to_nobody() {
    let mut counter = Counter {
        stage: Stage::with(vec![scan::service(), intake::service()]).await,
    };
    let officer = counter.stage.officer();
    for (name, why) in [
        ("to-khai-trich-luc.jpg", "A stack has to be one PDF"),
        ("co-mat-khau.pdf", "password"),
    ] {
        let path = format!("{}/../examples/{name}", env!("CARGO_MANIFEST_DIR"));
        let file = std::fs::read(path).expect("an example");
        let sent = counter
            .stage
            .upload("/scan/batches", Some(&officer), name, &file)
            .await;
        assert_eq!(sent.status, 201, "{}", sent.text());
        let place = sent.header("location").to_owned();
        counter.stage.settle().await;
        let batch = counter.batch(&place).await;
        assert_eq!(batch["state"], "refused", "{batch}");
        let reason = batch["reason_en"].as_str().unwrap_or_default();
        assert!(reason.contains(why), "{reason}");
        for what in ["file", "pages/1/preview"] {
            let shown = counter
                .stage
                .get(&format!("{place}/{what}"), Some(&officer))
                .await;
            assert_eq!(shown.status, 409);
        }
    }
    let nothing = counter
        .stage
        .upload("/scan/batches", Some(&officer), "a.pdf", b"")
        .await;
    assert_eq!(nothing.status, 400, "{}", nothing.text());
}
