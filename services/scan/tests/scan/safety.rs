//! What is let in, what the virus scanner says of it, and what becomes of a document that turns out to be harmful.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::http::StatusCode;
use contracts::scan::{PaperReleased, Verdict};
use testkit::Stage;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{
    FORM, ONE, PHOTO, UPLOAD, filed,
    keeping::{consent, given},
    record::record,
    stage, taken, verdicts,
};

const HEIC: &[u8] = include_bytes!("../../../../examples/to-khai-trich-luc.heic");

/// How the pretend scanner feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    /// Says of every document that it knows it.
    Suspicious,
    /// Takes what it is given and says nothing.
    Silent,
    /// Has not looked: its limits are too narrow.
    Narrow,
    /// Hangs up in the midst of a document, having said why.
    Full,
    Senseless,
}

/// A scanner that speaks clamd's protocol and knows one thing: the word EICAR.
#[derive(Clone)]
struct Pretend {
    address: String,
    state: Arc<Mutex<(Mood, u32)>>,
}

impl Pretend {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let pretend = Self {
            address: listener.local_addr().unwrap().to_string(),
            state: Arc::new(Mutex::new((Mood::Well, 27_000))),
        };
        let serves = pretend.clone();
        tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                tokio::spawn(serves.clone().serve(line));
            }
        });
        pretend
    }

    fn feel(&self, mood: Mood) {
        self.state.lock().unwrap().0 = mood;
    }

    fn learn(&self) {
        self.state.lock().unwrap().1 += 1;
    }

    /// Ends with the line, whatever ends it.
    async fn serve(self, mut line: TcpStream) -> Option<()> {
        let (mood, signatures) = *self.state.lock().unwrap();
        let mut command = Vec::new();
        loop {
            match line.read_u8().await.ok()? {
                0 => break,
                byte => command.push(byte),
            }
        }
        let answer = match command.as_slice() {
            b"zVERSION" => format!("ClamAV 1.4.3/{signatures}/Thu Jan  1 00:00:00 2026"),
            b"zINSTREAM" => Self::opinion(&mut line, mood).await?,
            _ => "UNKNOWN COMMAND".to_owned(),
        };
        line.write_all(format!("{answer}\0").as_bytes()).await.ok()
    }

    async fn opinion(line: &mut TcpStream, mood: Mood) -> Option<String> {
        let mut document = Vec::new();
        loop {
            let length = line.read_u32().await.ok()?;
            if length == 0 {
                break;
            }
            if mood == Mood::Full {
                return Some("INSTREAM size limit exceeded. ERROR".to_owned());
            }
            let mut piece = vec![0; length as usize];
            line.read_exact(&mut piece).await.ok()?;
            document.extend(piece);
        }
        let is_known = document.windows(5).any(|word| word == b"EICAR");
        Some(match mood {
            Mood::Silent => std::future::pending().await,
            Mood::Narrow => "stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND".to_owned(),
            Mood::Senseless => "stream: perhaps".to_owned(),
            Mood::Suspicious => "stream: Doc.Dropper.Agent-1 FOUND".to_owned(),
            Mood::Well | Mood::Full if is_known => "stream: Eicar-Test-Signature FOUND".to_owned(),
            Mood::Well | Mood::Full => "stream: OK".to_owned(),
        })
    }
}

async fn scanned() -> (Stage, Pretend) {
    let clamd = Pretend::start().await;
    let variables = [
        ("SCAN__CLAMD", clamd.address.as_str()),
        ("SCAN__CLAMD_SECONDS", "1"),
    ];
    let stage = Stage::configured(vec![scan::service()], &variables).await;
    (stage, clamd)
}

/// The photo with a comment right after its beginning.
fn commented(comment: &[u8]) -> Vec<u8> {
    let length = u16::try_from(comment.len() + 2).unwrap().to_be_bytes();
    [&PHOTO[..2], b"\xFF\xFE", &length, comment, &PHOTO[2..]].concat()
}

async fn view(stage: &Stage, document: contracts::DocumentId, token: &str) -> serde_json::Value {
    let answer = stage
        .get(&format!("{UPLOAD}/{document}"), Some(token))
        .await;
    answer.json()
}

#[tokio::test]
async fn a_phones_own_picture_is_taken_and_read() {
    let mut stage = stage().await;
    let document = taken(&stage, "IMG_0001.HEIC", HEIC).await;
    stage.settle().await;
    let said = &verdicts(&stage).await[0];
    assert_eq!((&said.verdict, said.pages), (&Verdict::Accepted, 1));
    assert!(said.letters > 600, "{}", said.letters);
    let seen = view(&stage, document, &stage.citizen(ONE)).await;
    assert_eq!(
        (&seen["media_type"], &seen["signed"]),
        (&"image/heic".into(), &false.into())
    );
}

#[tokio::test]
async fn a_file_that_hides_another_is_rejected_with_the_reason() {
    let mut stage = stage().await;
    for (name, bytes, why) in [
        ("a.jpg", commented(b"<script>alert(1)</script>"), "script"),
        ("b.pdf", [FORM, b"<html>"].concat(), "follows the end"),
    ] {
        taken(&stage, name, &bytes).await;
        stage.settle().await;
        let said = verdicts(&stage).await;
        let said = &said.last().unwrap().verdict;
        assert!(
            matches!(said, Verdict::Rejected { reason_en, .. } if reason_en.contains(why)),
            "{said:?}"
        );
    }
}

#[tokio::test]
async fn an_infected_file_is_rejected_and_only_officers_hear_its_name() {
    let (mut stage, _clamd) = scanned().await;
    let document = taken(&stage, "a.jpg", &commented(b"EICAR")).await;
    stage.settle().await;
    let said = verdicts(&stage).await;
    assert!(
        matches!(&said[0].verdict, Verdict::Rejected { reason_vi, reason_en }
            if reason_vi.contains("mã độc") && !reason_en.contains("Eicar")),
        "{said:?}"
    );
    assert_eq!(
        view(&stage, document, &stage.citizen(ONE))
            .await
            .get("threat"),
        None
    );
    let seen = view(&stage, document, &stage.officer()).await;
    assert_eq!(seen["threat"], "Eicar-Test-Signature");
}

#[tokio::test]
async fn what_the_scanner_has_not_looked_through_is_never_clean() {
    for mood in [Mood::Silent, Mood::Narrow, Mood::Full, Mood::Senseless] {
        let (mut stage, clamd) = scanned().await;
        clamd.feel(mood);
        let document = taken(&stage, "a.pdf", FORM).await;
        stage.settle().await;
        assert!(verdicts(&stage).await.is_empty(), "{mood:?}");
        assert_eq!(
            view(&stage, document, &stage.officer()).await["state"],
            "stored"
        );
        let file = format!("{UPLOAD}/{document}/file");
        let file = stage.get(&file, Some(&stage.officer())).await;
        assert_eq!(file.status, StatusCode::CONFLICT, "{mood:?}");

        clamd.feel(Mood::Well);
        stage.advance(Duration::from_mins(1)).await;
        assert_eq!(
            verdicts(&stage).await[0].verdict,
            Verdict::Accepted,
            "{mood:?}"
        );
    }
}

#[tokio::test]
async fn while_no_scanner_answers_a_document_waits_however_long() {
    // A port that was free a moment ago.
    let nobody = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let nobody = nobody.to_string();
    let mut stage = Stage::configured(vec![scan::service()], &[("SCAN__CLAMD", &nobody)]).await;
    taken(&stage, "a.pdf", FORM).await;
    for _ in 0..12 {
        stage.advance(Duration::from_hours(8)).await;
    }
    assert!(verdicts(&stage).await.is_empty());
    assert!(stage.parked("scan").await.is_empty());
}

#[tokio::test]
async fn what_newer_signatures_know_is_taken_back_and_shown_no_more() {
    let (mut stage, clamd) = scanned().await;
    let document = taken(&stage, "a.pdf", FORM).await;
    stage.settle().await;
    filed(&mut stage, document).await;
    let file = format!("{UPLOAD}/{document}/file");
    assert_eq!(
        stage.get(&file, Some(&stage.officer())).await.status,
        StatusCode::OK
    );

    // As long as its signatures are the same, nobody asks it again.
    clamd.feel(Mood::Suspicious);
    stage.advance(Duration::from_hours(25)).await;
    assert_eq!(verdicts(&stage).await.len(), 1);

    clamd.feel(Mood::Well);
    clamd.learn();
    stage.advance(Duration::from_hours(25)).await;
    assert_eq!(verdicts(&stage).await.len(), 1, "still clean");

    clamd.feel(Mood::Suspicious);
    clamd.learn();
    stage.advance(Duration::from_hours(25)).await;
    let said = verdicts(&stage).await;
    assert_eq!(said.len(), 2);
    assert!(
        matches!(said[1].verdict, Verdict::Rejected { .. }),
        "{said:?}"
    );
    assert_eq!((said[1].document, said[1].pages), (document, 2));
    assert!(said[1].checked_at > said[0].checked_at);
    assert_eq!(
        stage.get(&file, Some(&stage.citizen(ONE))).await.status,
        StatusCode::CONFLICT
    );
    assert_eq!(
        view(&stage, document, &stage.officer()).await["threat"],
        "Doc.Dropper.Agent-1"
    );

    // And a round later there is nothing left to take back.
    stage.advance(Duration::from_hours(25)).await;
    assert_eq!(verdicts(&stage).await.len(), 2);
}

#[tokio::test]
async fn a_kept_paper_that_is_taken_back_is_kept_no_more() {
    let (mut stage, clamd) = scanned().await;
    let document = given(&mut stage, ONE, "giay-to-quan-he", "a.pdf", FORM).await;
    consent(&mut stage, ONE, "PUT", document).await;
    clamd.feel(Mood::Suspicious);
    clamd.learn();
    stage.advance(Duration::from_hours(25)).await;
    assert_eq!(verdicts(&stage).await.len(), 2);
    assert_eq!(stage.said::<PaperReleased>("scan").await.len(), 1);
    let line = ("taken_back".to_owned(), "system".to_owned());
    assert_eq!(record(&stage, document).await[0], line);
    let refused = consent(&mut stage, ONE, "PUT", document).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn more_documents_than_are_looked_at_in_one_go_are_all_looked_at() {
    let (mut stage, clamd) = scanned().await;
    for number in 0..23u8 {
        let one = [FORM, format!("\n%{number}\n%%EOF\n").as_bytes()].concat();
        taken(&stage, "a.pdf", &one).await;
    }
    stage.settle().await;
    assert_eq!(verdicts(&stage).await.len(), 23);
    clamd.feel(Mood::Suspicious);
    clamd.learn();
    stage.advance(Duration::from_hours(25)).await;
    assert_eq!(verdicts(&stage).await.len(), 46);
}

#[tokio::test]
async fn officers_get_a_file_without_what_it_tells_about_its_maker_and_the_owner_every_byte() {
    let mut stage = stage().await;
    let photo = commented(b"taken at 10.7626N 106.6602E");
    let told = |bytes: &[u8]| bytes.windows(8).any(|some| some == b"10.7626N");
    for (name, bytes, kind, kind_for_officers) in [
        ("a.jpg", photo.as_slice(), "image/jpeg", "image/jpeg"),
        ("b.heic", HEIC, "image/heic", "image/jpeg"),
        ("c.pdf", FORM, "application/pdf", "application/pdf"),
    ] {
        let document = taken(&stage, name, bytes).await;
        stage.settle().await;
        let path = format!("{UPLOAD}/{document}/file");
        let own = stage.get(&path, Some(&stage.citizen(ONE))).await;
        assert_eq!(
            (own.header("content-type"), own.body.as_slice()),
            (kind, bytes)
        );
        filed(&mut stage, document).await;
        let seen = stage.get(&path, Some(&stage.officer())).await;
        assert_eq!(seen.status, StatusCode::OK, "{}", seen.text());
        assert_eq!(seen.header("content-type"), kind_for_officers);
        assert!(seen.body != bytes && !told(&seen.body), "{name}");
        assert_eq!(seen.header("content-length"), seen.body.len().to_string());
        let ending = if kind_for_officers == "image/jpeg" {
            ".jpg"
        } else {
            ".pdf"
        };
        assert!(
            seen.header("content-disposition").contains(ending),
            "{name}"
        );
    }
    assert!(told(&photo));
}

/// The form with a dictionary like a signature's behind it, as an incremental update.
fn signed() -> Vec<u8> {
    let mut file = FORM.to_vec();
    let end = String::from_utf8_lossy(&FORM[FORM.len() - 300..]).into_owned();
    let after = |word: &str| {
        let rest = end.rsplit(word).next().unwrap_or_default();
        rest.split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let (root, last) = (after("/Root "), after("startxref"));
    let place = file.len();
    file.extend(b"\n9000 0 obj<</Type/Sig/Filter/Adobe.PPKLite/ByteRange[0 10 20 30]/Contents<308006>/M(D:20260101)>>endobj\n");
    let table = file.len();
    file.extend(format!("xref\n9000 1\n{:010} 00000 n \ntrailer<</Size 9001/Root {root} 0 R/Prev {last}>>\nstartxref\n{table}\n%%EOF\n", place + 1).bytes());
    file
}

#[tokio::test]
async fn a_signed_pdf_is_noted_and_handed_to_everybody_as_it_is() {
    let mut stage = stage().await;
    let bytes = signed();
    let document = taken(&stage, "a.pdf", &bytes).await;
    stage.settle().await;
    let seen = view(&stage, document, &stage.citizen(ONE)).await;
    assert_eq!(
        (&seen["state"], &seen["signed"]),
        (&"accepted".into(), &true.into()),
        "{seen}"
    );
    filed(&mut stage, document).await;
    let path = format!("{UPLOAD}/{document}/file");
    let file = stage.get(&path, Some(&stage.officer())).await;
    assert_eq!(file.body, bytes);
}
