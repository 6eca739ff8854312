//! What is told of a result that is to be in its owner's hands: a code in time or not at all, and that it waits.

use std::time::Duration;

use chrono::TimeDelta;
use contracts::{
    Delivery, ResultId,
    delivery::{CollectionCodeMade, ResultHandedOver, ResultUnclaimed, WaitsFor},
};
use testkit::Stage;
use uuid::Uuid;

use super::{CODE, DOSSIER, after, files, received, stage_with, submitted, told, told_of};

const RESULT: ResultId = ResultId(Uuid::from_u128(3));

fn code_made(minutes: i64) -> CollectionCodeMade {
    CollectionCodeMade {
        result: RESULT,
        dossier: DOSSIER,
        code: "042195".into(),
        made_at: after(minutes),
        expires_at: after(minutes) + TimeDelta::minutes(10),
    }
}

fn unclaimed(waits_for: WaitsFor, days: u32) -> ResultUnclaimed {
    ResultUnclaimed {
        result: RESULT,
        dossier: DOSSIER,
        number: "01/TLHT-BS".into(),
        waits_for,
        days,
        is_last: false,
        noticed_at: after(i64::from(days)),
    }
}

async fn known(variables: &[(&str, &str)]) -> Stage {
    let mut stage = stage_with(variables).await;
    stage
        .say("intake", &submitted(Some("vi.du@example.vn")))
        .await;
    stage.say("desk", &received()).await;
    stage.settle().await;
    stage
}

#[tokio::test]
async fn a_code_is_told_at_once_and_says_until_when_it_is_good() {
    let mut stage = known(&[]).await;
    let before = files(&stage).len();
    stage.say("delivery", &code_made(2)).await;
    stage.settle().await;
    let told = told(&stage).await;
    assert_eq!(told[0]["title"], "Mã nhận kết quả");
    let body = told[0]["body"].as_str().unwrap();
    assert!(
        body.contains("là 042195") && body.contains("09:27 ngày 08/10/2026"),
        "{body}"
    );
    let files = files(&stage);
    assert_eq!(files.len(), before + 1);
    assert!(files.iter().any(|file| file.contains("042195")));
    assert!(stage.parked("notification").await.is_empty());
}

#[tokio::test]
async fn a_code_that_is_good_no_more_is_told_nobody_and_nobody_calls_for_it() {
    // Mails that nobody takes: the ladder would go on for half an hour and end in a call.
    let away = [("NOTIFICATION__SMTP__URL", "smtp://127.0.0.1:9")];
    let mut stage = known(&away).await;
    stage.say("delivery", &code_made(2)).await;
    stage.settle().await;
    for _ in 0..8 {
        stage.advance(Duration::from_mins(10)).await;
    }
    let all = told_of(&stage).await;
    let code = all
        .iter()
        .find(|one| one["event"] == "delivery.collection-code-made.v1");
    let code = code.unwrap();
    assert_eq!(code["state"], "superseded", "{code}");
}

#[tokio::test]
async fn what_waits_is_told_in_its_own_words_and_no_more_once_it_is_taken() {
    let mut stage = known(&[]).await;
    let all = [
        (WaitsFor::Collection, 3, "Mời ông (bà) đến quầy một cửa"),
        (WaitsFor::Opening, 7, "Mời ông (bà) mở xem"),
        (WaitsFor::AnotherWay, 10, "Bưu điện không phát được"),
    ];
    for (waits_for, days, words) in all {
        let event = stage.seal("delivery", &unclaimed(waits_for, days));
        stage.deliver(event.clone()).await;
        stage.deliver(event).await;
        stage.settle().await;
        let told = told(&stage).await;
        let body = told[0]["body"].as_str().unwrap();
        assert!(body.contains(words), "{body}");
        assert!(body.contains(&format!("đã {days} ngày")), "{body}");
        assert_eq!(told[0]["code"], CODE);
    }
    assert_eq!(told(&stage).await.len(), 5);
    // It was taken before this reminder was heard.
    let handed_over = ResultHandedOver {
        result: RESULT,
        dossier: DOSSIER,
        delivery: Delivery::Counter,
        handed_over_at: after(30),
    };
    stage.say("delivery", &handed_over).await;
    stage.settle().await;
    let before = files(&stage).len();
    stage
        .say("delivery", &unclaimed(WaitsFor::Collection, 20))
        .await;
    stage.settle().await;
    assert_eq!(files(&stage).len(), before, "nobody is told of it");
    assert_eq!(told_of(&stage).await.len(), 7);
}
