//! Every hostile file of the benchmark's corpus is refused, and every odd one is taken: by table, through the service.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use bench::corpus::{Sample, Verdict as Expected, samples};
use contracts::scan::Verdict;
use testkit::Stage;

use super::{stage, upload, verdicts};

/// A refusal takes two seconds on a free machine; tests run on busy ones.
const PATIENCE: Duration = Duration::from_secs(10);

/// What became of a file, and why.
async fn said(stage: &mut Stage, sample: &Sample) -> (Expected, String) {
    let answer = upload(stage, &sample.expected.file, &sample.bytes).await;
    if answer.status.is_client_error() {
        return (Expected::Refused, answer.text());
    }
    assert_eq!(
        answer.status,
        StatusCode::CREATED,
        "{}: {}",
        sample.expected.file,
        answer.text()
    );
    stage.settle().await;
    let id = super::id(&answer);
    let all = verdicts(stage).await;
    let Some(checked) = all.iter().find(|checked| checked.document == id) else {
        panic!("{}: no verdict", sample.expected.file)
    };
    match &checked.verdict {
        Verdict::Accepted => (Expected::Taken, String::new()),
        Verdict::Rejected {
            reason_vi,
            reason_en,
        } => {
            // In both languages, or it is no reason.
            assert!(
                !reason_vi.is_empty() && !reason_en.is_empty(),
                "{}",
                sample.expected.file
            );
            (Expected::Refused, reason_en.clone())
        }
    }
}

async fn judged(expected: Expected) {
    let mut stage = stage().await;
    let (mut wrong, mut judged) = (Vec::new(), 0);
    for sample in samples().unwrap() {
        let file = sample.expected.file.as_str();
        if sample.expected.verdict != expected {
            continue;
        }
        let begun = Instant::now();
        let (said, reason) = said(&mut stage, &sample).await;
        let took = begun.elapsed();
        if said != expected {
            let why = &sample.expected.why;
            wrong.push(format!("{file} ({why}) is {said}: {reason}"));
        } else if said == Expected::Refused && took > PATIENCE {
            wrong.push(format!("{file} is {said} after {took:?} only"));
        }
        judged += 1;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(judged > 10, "{judged} files");
}

#[tokio::test]
async fn every_hostile_file_is_refused() {
    judged(Expected::Refused).await;
}

#[tokio::test]
async fn every_odd_file_is_taken() {
    judged(Expected::Taken).await;
}
