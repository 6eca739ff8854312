//! The legal clock and the day's codes, through the whole desk.

use contracts::{
    agency::Verdict,
    desk::{DossierReceived, SupplementRequested},
};
use serde_json::{Value, json};

use crate::counter::{
    Counter, EXTRACT, MARITAL, assessed, at, examination, examined, grant, handed_over, paid,
    submitted, supplemented,
};

#[tokio::test]
async fn received_at_half_past_three_a_same_day_procedure_is_due_on_the_next_working_day() {
    let mut counter = Counter::open().await;
    counter.awaits_reception(1).await;
    counter.until("2026-10-08 15:30").await;
    counter.does(1, "receive", &json!({})).await;
    assert_eq!(counter.moment(1, "due_at").await, "Fri 2026-10-09 17:00");
}

#[tokio::test]
async fn a_make_up_saturday_counts() {
    let swap = "days:\n  - { date: 2026-10-10, kind: working, instead_of: 2026-10-12, decision: ví dụ, note: làm bù }\n";
    let mut counter = Counter::changed("calendars/vietnam.yaml", "days:\n", swap).await;
    counter.hears(&submitted(1, MARITAL)).await;
    counter.does(1, "receive", &json!({})).await;
    assert_eq!(counter.moment(1, "due_at").await, "Mon 2026-10-12 17:00");
    let mut counter = Counter::open().await;
    counter.hears(&submitted(1, MARITAL)).await;
    counter.does(1, "receive", &json!({})).await;
    assert_eq!(
        counter.moment(1, "due_at").await,
        "Tue 2026-10-13 17:00",
        "an ordinary Saturday doesn't"
    );
}

#[tokio::test]
async fn a_supplement_stops_the_clock_and_the_old_and_the_new_due_time_are_kept() {
    let mut counter = Counter::receiving_by_rule().await;
    counter.hears(&submitted(1, EXTRACT)).await;
    counter.hears(&assessed(1, 1, &[])).await;
    counter.hears(&paid(1)).await;
    counter.until("2026-10-08 16:00").await;
    let items = vec!["Gửi lại tờ khai rõ hơn.".to_owned()];
    counter
        .hears(&examined(
            1,
            1,
            Verdict::Supplement {
                items: items.clone(),
            },
        ))
        .await;
    let item = counter.item(1).await;
    assert_eq!(
        (item["state"].as_str(), item["paused"].as_bool()),
        (Some("supplement_requested"), Some(true))
    );
    assert_eq!(
        counter.stage.said::<SupplementRequested>("desk").await[0].items,
        items
    );
    // The due time goes by, and it isn't late: the clock stands still.
    counter.until("2026-10-12 08:00").await;
    assert_eq!(counter.item(1).await["overdue"], Value::Bool(false));
    counter
        .hears(&supplemented(1, EXTRACT, at("2026-10-09 10:30")))
        .await;
    // An hour was left on Thursday; it is left on Friday too, though the desk heard of it on Monday.
    assert_eq!(counter.moment(1, "due_at").await, "Fri 2026-10-09 11:30");
    assert_eq!(
        counter.moment(1, "promised_at").await,
        "Thu 2026-10-08 17:00"
    );
    let pause = counter.item(1).await["pauses"][0].clone();
    assert_eq!(pause["due_before"], "2026-10-08T10:00:00Z");
    assert_eq!(pause["due_after"], "2026-10-09T04:30:00Z");
    assert_eq!(pause["until"], "2026-10-09T03:30:00Z");

    counter.hears(&assessed(1, 2, &[])).await;
    let asked = counter
        .stage
        .said::<contracts::desk::ExamineDossier>("desk")
        .await;
    assert_eq!(asked.len(), 2, "it is examined again, without another fee");
    assert_eq!(asked[1].examination, examination(1, 2));
    counter.hears(&examined(1, 2, grant())).await;
    counter.until("2026-10-12 08:01").await;
    counter.does(1, "sign-off", &json!({})).await;
    counter.hears(&handed_over(1)).await;
    let item = counter.item(1).await;
    assert_eq!(
        (
            item["state"].as_str(),
            item["decision"]["on_time"].as_bool()
        ),
        (Some("returned"), Some(false))
    );
}

#[tokio::test]
async fn codes_count_the_day_in_vietnam() {
    let mut counter = Counter::open().await;
    for n in 1..=4 {
        counter.awaits_reception(n).await;
    }
    counter.until("2026-10-08 23:59").await;
    counter.does(1, "receive", &json!({})).await;
    counter.does(2, "receive", &json!({})).await;
    counter.until("2026-10-09 00:00").await;
    counter.does(3, "receive", &json!({})).await;
    counter.does(4, "receive", &json!({})).await;
    let received = counter.stage.said::<DossierReceived>("desk").await;
    let codes: Vec<_> = received
        .iter()
        .map(|received| received.code.as_str())
        .collect();
    assert_eq!(
        codes,
        [
            "H15.50.05.13-261008-0001",
            "H15.50.05.13-261008-0002",
            "H15.50.05.13-261009-0001",
            "H15.50.05.13-261009-0002"
        ]
    );
}

#[tokio::test]
async fn the_oldest_due_stands_first_and_what_is_not_received_last() {
    let mut counter = Counter::open().await;
    counter.awaits_reception(1).await;
    counter.hears(&submitted(2, MARITAL)).await;
    counter.awaits_reception(3).await;
    counter.does(2, "receive", &json!({})).await;
    counter.does(3, "receive", &json!({})).await;
    let list = async |query: &str| {
        let path = format!("/desk/dossiers{query}");
        let listed = counter
            .stage
            .get(&path, Some(&counter.officer()))
            .await
            .json();
        let lines = listed.as_array().cloned().unwrap_or_default();
        lines
            .iter()
            .map(|line| line["state"].as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        list("").await,
        [
            "awaiting_fee",
            "under_examination_by_officer",
            "awaiting_reception"
        ]
    );
    assert_eq!(list("?limit=1").await, ["awaiting_fee"]);
    assert_eq!(
        list("?state=awaiting_reception&limit=").await,
        Vec::<String>::new(),
        "a limit is a number"
    );
    assert_eq!(
        list("?state=awaiting_reception").await,
        ["awaiting_reception"]
    );
    let unknown = counter
        .stage
        .get("/desk/dossiers?state=lost", Some(&counter.officer()))
        .await;
    assert_eq!(unknown.status, 422);
}
