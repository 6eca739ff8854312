//! Text messages over SMPP.

use std::{pin::Pin, time::Duration};

use futures::{Stream, StreamExt, future::join_all};
use notification::channel::{
    Outcome, Receipt, UNANSWERED,
    sandbox::{Day, smpp::Centre},
};

use super::*;

pub fn config(centre: &Centre) -> String {
    // What is tested here is the line, not when it is left alone.
    format!(
        "[failover]\nfailures = 10000\n[sms.providers.centre.smpp]\naddress = '{}'\nsystem_id = 'pretend'\npassword = 'pretend8'\nbrand = 'MOTCUA'\ntimeout_seconds = 1\n",
        centre.address()
    )
}

/// Waits until something is so; for ever is not waited.
pub async fn until(centre: &Centre, done: impl Fn(&Centre) -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), centre.until(done));
    waited.await.expect("what is waited for happens");
}

fn text(id: u128, text: &str) -> Outgoing {
    Outgoing {
        content: Content::Sms { text: text.into() },
        ..sms(id)
    }
}

fn receipts(providers: &Providers) -> Pin<Box<dyn Stream<Item = Receipt> + Send>> {
    Box::pin(providers.receipts())
}

#[tokio::test]
async fn a_text_is_taken_and_its_receipt_comes_back() {
    let centre = Centre::start().await.unwrap();
    let providers = providers(&config(&centre)).await;
    let taken = send_sms(&providers, 1, 0).await.unwrap();
    let took = centre.took();
    assert_eq!(
        (
            took[0].to.as_str(),
            took[0].from.as_str(),
            took[0].text.as_str()
        ),
        ("84912345678", "MOTCUA", PLAIN)
    );
    assert!(took[0].wants_receipt && !took[0].unicode && took[0].part.is_none());
    assert_eq!(
        (taken.provider.as_str(), taken.confirmed),
        ("centre", false)
    );
    assert_eq!(taken.reference.as_deref(), Some(took[0].reference.as_str()));
    centre.tell(&took[0].reference, "DELIVRD", "000");
    let mut receipts = receipts(&providers);
    let receipt = receipts.next().await.unwrap();
    assert_eq!(
        (receipt.provider, receipt.reference, receipt.outcome),
        (
            "centre".into(),
            took[0].reference.clone(),
            Outcome::Delivered
        )
    );
    // It is acknowledged when the next one is asked for, and not before.
    assert!(centre.acknowledged().is_empty());
    centre.tell("nobody", "UNDELIV", "027");
    let stranger = receipts.next().await.unwrap();
    assert_eq!(stranger.reference, "nobody");
    assert!(
        matches!(stranger.outcome, Outcome::Undeliverable { code, .. } if code == "UNDELIV 027")
    );
    until(&centre, |centre| centre.acknowledged() == [0]).await;
}

#[tokio::test]
async fn a_receipt_that_is_not_written_down_comes_again() {
    let centre = Centre::start().await.unwrap();
    let providers = providers(&config(&centre)).await;
    send_sms(&providers, 1, 0).await.unwrap();
    centre.tell("a", "DELIVRD", "000");
    let mut reader = receipts(&providers);
    assert_eq!(reader.next().await.unwrap().reference, "a");
    // Who reads falls down before it is written.
    drop(reader);
    until(&centre, |centre| centre.acknowledged() == [0x64]).await;
    centre.hang_up();
    let mut reader = receipts(&providers);
    assert_eq!(reader.next().await.unwrap().reference, "a");
    let more = tokio::spawn(async move { reader.next().await });
    until(&centre, |centre| centre.acknowledged() == [0x64, 0]).await;
    more.abort();
}

#[tokio::test]
async fn each_bad_day_is_told_for_what_it_is() {
    let centre = Centre::start().await.unwrap();
    let providers = providers(&config(&centre)).await;
    centre
        .days()
        .then([Day::NoSuchPerson, Day::WrongCredentials, Day::Down]);
    assert!(
        matches!(send_sms(&providers, 1, 0).await, Err(Untaken::Refused { code, .. }) if code == "0x0000000B")
    );
    assert!(matches!(
        send_sms(&providers, 2, 0).await,
        Err(Untaken::Down { .. })
    ));
    assert!(
        matches!(send_sms(&providers, 3, 0).await, Err(Untaken::Later { code, .. }) if code == "0x00000008")
    );
    centre.days().then([Day::Throttled(1)]);
    assert!(matches!(
        send_sms(&providers, 4, 0).await,
        Err(Untaken::Limited { .. })
    ));
    assert!(
        matches!(
            send_sms(&providers, 4, 0).await,
            Err(Untaken::Limited { .. })
        ),
        "it is left alone for a second"
    );
    assert_eq!(centre.took(), []);
    send_sms(&providers, 4, 3).await.unwrap();
    assert_eq!(centre.took().len(), 1);
}

#[tokio::test]
async fn an_answer_that_comes_too_late_still_counts() {
    let centre = Centre::start().await.unwrap();
    let providers = providers(&config(&centre)).await;
    centre
        .days()
        .then([Day::Slow(Duration::from_millis(1_500))]);
    let lost = send_sms(&providers, 1, 0).await;
    assert!(
        matches!(&lost, Err(Untaken::Later { code, .. }) if code == UNANSWERED),
        "{lost:?}"
    );
    let reference = Some(centre.took()[0].reference.clone());
    until(&centre, |centre| centre.waiting() == 0).await;
    // What is said later is heard later: when the second is taken, the first answer was read.
    send_sms(&providers, 2, 2).await.unwrap();
    assert_eq!(
        send_sms(&providers, 1, 2).await.unwrap().reference,
        reference
    );
    assert_eq!(centre.took().len(), 2);
}

#[tokio::test]
async fn a_message_whose_answer_is_lost_is_not_sent_again_within_its_time() {
    for day in [Day::Dropped, Day::Silent, Day::Nonsense] {
        let centre = Centre::start().await.unwrap();
        let providers = providers(&config(&centre)).await;
        centre.days().then([day]);
        for now in [0, 600] {
            let lost = send_sms(&providers, 1, now).await;
            assert!(
                matches!(&lost, Err(Untaken::Later { code, .. }) if code == UNANSWERED),
                "{day:?}: {lost:?}"
            );
        }
        assert_eq!(centre.took().len(), 1, "{day:?}");
        if day != Day::Silent {
            until(&centre, |centre| centre.visits().0 == 2).await;
        }
        send_sms(&providers, 2, 0).await.unwrap();
        assert_eq!(centre.took().len(), 2, "{day:?}");
    }
}

#[tokio::test]
async fn no_more_messages_wait_than_the_window_holds() {
    let centre = Centre::start().await.unwrap();
    let providers = providers(&(config(&centre) + "window = 3\n")).await;
    centre
        .days()
        .then([Day::Slow(Duration::from_millis(50)); 12]);
    let sent = join_all((1..=12).map(|id| send_sms(&providers, id, 0))).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    assert_eq!(centre.most_waiting(), 3);
    assert_eq!(centre.took().len(), 12);
}

#[tokio::test]
async fn a_long_text_goes_in_parts_or_as_one() {
    let centre = Centre::start().await.unwrap();
    let long = "Kính gửi ông bà, hồ sơ đã có kết quả. ".repeat(10);
    let accents = config(&centre) + "accents = true\n";
    let in_parts = providers(&accents).await;
    // The provider is at its limit in the middle: what is missing goes after it.
    centre.days().then([Day::Good, Day::Throttled(1)]);
    let taken = in_parts
        .send(Channel::Sms, text(1, &long), at(0))
        .await
        .unwrap();
    let took = centre.took();
    let count = u8::try_from(took.len()).unwrap();
    assert!(count > 1);
    let numbers: Vec<_> = took.iter().map(|took| took.part.unwrap()).collect();
    assert_eq!(
        numbers,
        (1..=count)
            .map(|at| (numbers[0].0, count, at))
            .collect::<Vec<_>>()
    );
    assert_eq!(
        took.iter()
            .map(|took| took.text.as_str())
            .collect::<String>(),
        long
    );
    assert_eq!(
        took.iter()
            .map(|took| took.wants_receipt)
            .collect::<Vec<_>>(),
        [vec![false; took.len() - 1], vec![true]].concat()
    );
    assert_eq!(
        taken.reference.as_deref(),
        took.last().map(|took| took.reference.as_str())
    );
    let as_one = providers(&(accents + "long = 'payload'\n")).await;
    as_one
        .send(Channel::Sms, text(2, &long), at(0))
        .await
        .unwrap();
    assert_eq!(centre.took().last().unwrap().text, long);
    assert_eq!(centre.took().len(), took.len() + 1);
}

#[tokio::test]
async fn a_text_of_which_only_the_beginning_went_is_not_begun_again_at_once() {
    let centre = Centre::start().await.unwrap();
    let providers = providers(&config(&centre)).await;
    centre.days().then([Day::Good, Day::Down]);
    let long = text(1, &"a".repeat(400));
    for _ in 0..2 {
        let half = providers.send(Channel::Sms, long.clone(), at(0)).await;
        assert!(
            matches!(&half, Err(Untaken::Later { code, .. }) if code == UNANSWERED),
            "{half:?}"
        );
    }
    assert_eq!(centre.took().len(), 1);
}

#[tokio::test]
async fn what_a_person_answers_is_no_receipt() {
    let centre = Centre::start().await.unwrap();
    let providers = providers(&config(&centre)).await;
    send_sms(&providers, 1, 0).await.unwrap();
    centre.reply("id:1 stat:DELIVRD");
    until(&centre, |centre| centre.acknowledged() == [0]).await;
    centre.tell("a", "EXPIRED", "000");
    assert_eq!(receipts(&providers).next().await.unwrap().reference, "a");
}

#[tokio::test]
async fn what_cannot_work_is_refused_by_its_key() {
    for (line, key) in [
        ("address = 'nowhere'", "smpp.address"),
        (
            "address = 'h:1'\npassword = 'longer than eight'",
            "smpp.password",
        ),
        (
            "address = 'h:1'\nsystem_id = 'longer than fifteen'",
            "smpp.system_id",
        ),
        ("address = 'h:1'\nbrand = 'Một Cửa'", "smpp.brand"),
        (
            "address = 'h:1'\ntls = true\nca_file = '/nowhere'",
            "smpp.ca_file",
        ),
        ("adress = 'h:1'", "adress"),
    ] {
        let refusal = refusal(&format!("[sms.providers.a.smpp]\n{line}\n")).await;
        assert!(
            refusal.contains(key) && !refusal.contains("longer than eight"),
            "{line}: {refusal}"
        );
    }
}
