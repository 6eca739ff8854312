//! Notes in the browser.

use chassis::Clock;
use notification::channel::{
    UNANSWERED,
    sandbox::{Day, push::Service},
};

use super::*;

const KEY: &str = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";

fn config(service: &Service) -> String {
    format!(
        "[push]\nkey = '{KEY}'\ncontact = 'mailto:mot-cua@example.vn'\nservices = ['{}']\ntimeout_seconds = 1\n",
        service.origin()
    )
}

fn note(id: u128, to: &str) -> Outgoing {
    Outgoing {
        to: to.into(),
        urgent: true,
        content: Content::Push {
            title: "Đã có kết quả".into(),
            body: "Hồ sơ H15-261008-0001".into(),
            link: "https://mot-cua.example.vn/d/1".into(),
        },
        ..sms(id)
    }
}

#[tokio::test]
async fn a_note_reaches_its_browser_and_nobody_else_can_read_it() {
    let service = Service::start(Clock::held_at(at(0))).await.unwrap();
    let providers = providers(&config(&service)).await;
    let subscription = service.subscribe(providers.push_key().unwrap());
    let taken = providers
        .send(Channel::Push, note(7, &subscription), at(0))
        .await
        .unwrap();
    assert_eq!(
        (taken.provider.as_str(), taken.confirmed),
        ("web-push", true)
    );
    assert!(taken.reference.unwrap().ends_with("/message/1"));
    let took = service.took().pop().unwrap();
    assert_eq!(took.note["title"], "Đã có kết quả");
    assert_eq!(took.note["link"], "https://mot-cua.example.vn/d/1");
    assert_eq!(
        (took.browser, took.urgency.as_str(), took.ttl.as_str()),
        (0, "high", "259200")
    );
    assert_eq!(took.topic, Uuid::from_u128(7).simple().to_string());
    assert_eq!(took.contact, "mailto:mot-cua@example.vn");
}

#[tokio::test]
async fn each_bad_day_is_told_for_what_it_is() {
    let service = Service::start(Clock::held_at(at(0))).await.unwrap();
    let providers = providers(&config(&service)).await;
    let subscription = service.subscribe(providers.push_key().unwrap());
    let send = async |id, to: &str| providers.send(Channel::Push, note(id, to), at(0)).await;
    service.days().then([
        Day::NoSuchPerson,
        Day::WrongCredentials,
        Day::Down,
        Day::Dropped,
    ]);
    assert!(
        matches!(send(1, &subscription).await, Err(Untaken::Refused { code, .. }) if code == "gone")
    );
    assert!(matches!(
        send(2, &subscription).await,
        Err(Untaken::Down { .. })
    ));
    assert!(matches!(
        send(3, &subscription).await,
        Err(Untaken::Down { .. })
    ));
    assert!(
        matches!(send(4, &subscription).await, Err(Untaken::Later { code, .. }) if code == UNANSWERED)
    );
    let others = service.subscribe("another key");
    assert!(matches!(send(5, &others).await, Err(Untaken::Refused { code, .. }) if code == "403"));
    for wrong in [
        "",
        "{}",
        "no",
        &subscription.replace("127.0.0.1", "localhost"),
        &subscription.replace("\"auth\":\"", "\"auth\":\"AA"),
    ] {
        assert!(
            matches!(send(6, wrong).await, Err(Untaken::Refused { code, .. }) if code == "subscription"),
            "{wrong}"
        );
    }
    let mut long = note(7, &subscription);
    long.content = Content::Push {
        title: String::new(),
        body: "a".repeat(4_000),
        link: String::new(),
    };
    assert!(matches!(
        providers.send(Channel::Push, long, at(0)).await,
        Err(Untaken::Malformed(_))
    ));
    // Its clock and ours agree on the day: a statement of long ago is not believed.
    let late = providers
        .send(Channel::Push, note(8, &subscription), at(-90_000))
        .await;
    assert!(matches!(late, Err(Untaken::Down { .. })), "{late:?}");
    service.days().then([Day::Throttled(60)]);
    let limited = send(9, &subscription).await;
    assert!(
        matches!(limited, Err(Untaken::Limited { until, .. }) if until >= at(60)),
        "{limited:?}"
    );
    assert_eq!(service.took().len(), 1);
}

#[tokio::test]
async fn what_cannot_work_is_refused_by_its_key() {
    for (line, key) in [
        ("key = 'short'", "push.key"),
        (
            "key = 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'\ncontact = 'me'",
            "push.contact",
        ),
        ("keys = 'a'", "keys"),
    ] {
        let refusal = refusal(&format!("[push]\n{line}\n")).await;
        assert!(
            refusal.contains(key) && !refusal.contains("yfWP"),
            "{line}: {refusal}"
        );
    }
}
