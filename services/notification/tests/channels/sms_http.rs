//! Text messages over HTTP.

use notification::channel::{
    Outcome, UNANSWERED,
    sandbox::{Day, sms::Gateway},
    sms::webhook::{Called, Disbelieved},
};

use super::*;

fn config(gateway: &Gateway, names: &[&str]) -> String {
    let one = |name: &&str| {
        let values = match *name {
            "viettel" => "user = 'u', password = 'pretend-password', cpcode = 'c'",
            "vnpt" => {
                "user = 'u', password = 'pretend-password', account = 'a', agent = 'g', label = 'MOTCUA', contract_type = '1', contract = 'k', template = 't'"
            }
            _ => "api_key = 'k', secret_key = 'pretend-password'",
        };
        format!(
            "[sms.providers.{name}.http]\npreset = '{name}'\nurl = '{}'\nbrand = 'MOTCUA'\ntimeout_seconds = 1\nreports_secret = 'told'\nvalues = {{ {values} }}\n",
            gateway.url(name)
        )
    };
    names.iter().map(one).collect::<Vec<_>>().concat()
}

fn called(query: &str) -> Called<'_> {
    Called {
        query,
        headers: &[],
        body: b"",
    }
}

const ALL: [&str; 3] = ["esms", "viettel", "vnpt"];

#[tokio::test]
async fn every_preset_is_understood_by_its_provider() {
    let gateway = Gateway::start().await.unwrap();
    for (id, name) in (1..).zip(ALL) {
        let providers = providers(&config(&gateway, &[name])).await;
        let taken = send_sms(&providers, id, 0).await.unwrap();
        assert_eq!(taken.provider, name);
        let took = gateway.took().pop().unwrap();
        assert_eq!(took.id, Uuid::from_u128(id).to_string());
        assert_eq!(
            (took.phone.as_str(), took.text.as_str(), took.brand.as_str()),
            ("84912345678", PLAIN, "MOTCUA"),
            "{name}"
        );
        assert!(!took.unicode);
        // Only eSMS names what it took and tells what became of it.
        assert_eq!(
            taken.reference,
            (name == "esms").then_some(took.reference),
            "{name}"
        );
        assert_eq!(taken.confirmed, name != "esms");
    }
}

#[tokio::test]
async fn what_a_text_holds_does_not_change_its_request() {
    let gateway = Gateway::start().await.unwrap();
    let text = "a\"b\\c</Content>&<x>{password} 100% \u{1}|€ đ";
    for (id, name) in (1..).zip(ALL) {
        let accents = config(&gateway, &[name]).replace("brand", "accents = true\nbrand");
        let providers = providers(&accents).await;
        let mut message = sms(id);
        message.content = Content::Sms { text: text.into() };
        providers.send(Channel::Sms, message, at(0)).await.unwrap();
        let took = gateway.took().pop().unwrap();
        let expected = if name == "viettel" {
            text.replace('\u{1}', "")
        } else {
            text.to_owned()
        };
        assert_eq!(took.text, expected, "{name}");
        assert!(took.unicode, "{name}");
    }
}

#[tokio::test]
async fn each_bad_day_is_told_for_what_it_is() {
    for name in ALL {
        let gateway = Gateway::start().await.unwrap();
        let providers = providers(&config(&gateway, &[name])).await;
        gateway.days().then([
            Day::NoSuchPerson,
            Day::WrongCredentials,
            Day::Down,
            Day::Throttled(30),
        ]);
        assert!(
            matches!(send_sms(&providers, 1, 0).await, Err(Untaken::Refused { provider, .. }) if provider == name)
        );
        assert!(
            matches!(send_sms(&providers, 2, 0).await, Err(Untaken::Down { .. })),
            "{name}: credentials"
        );
        assert!(
            matches!(send_sms(&providers, 3, 0).await, Err(Untaken::Down { .. })),
            "{name}: down"
        );
        let limited = send_sms(&providers, 4, 0).await;
        let Err(Untaken::Limited { until, .. }) = limited else {
            panic!("{name}: {limited:?}")
        };
        assert!(until >= at(30) && until < at(60));
        assert_eq!(gateway.took(), []);
        // It is left alone until then, without being asked.
        gateway.days().then([Day::NoSuchPerson]);
        assert!(matches!(
            send_sms(&providers, 5, 20).await,
            Err(Untaken::Limited { .. })
        ));
        assert!(matches!(
            send_sms(&providers, 5, 61).await,
            Err(Untaken::Refused { .. })
        ));
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_is_not_asked_for_again_at_once() {
    for day in [Day::Dropped, Day::Silent, Day::Nonsense] {
        let gateway = Gateway::start().await.unwrap();
        let providers = providers(&config(&gateway, &["esms", "vnpt"])).await;
        gateway.days().then([day]);
        let lost = send_sms(&providers, 1, 0).await;
        assert!(
            matches!(&lost, Err(Untaken::Later { code, .. }) if code == UNANSWERED),
            "{day:?}: {lost:?}"
        );
        assert_eq!(gateway.took().len(), 1, "{day:?}: the provider took it");
        // Neither by this provider nor by the other.
        let again = send_sms(&providers, 1, 600).await;
        assert!(matches!(&again, Err(Untaken::Later { code, .. }) if code == UNANSWERED));
        assert_eq!(gateway.took().len(), 1);
        // After its time the same provider is asked, and knows the message by its id.
        let taken = send_sms(&providers, 1, 1_000).await.unwrap();
        assert_eq!(taken.provider, "esms");
        assert_eq!(gateway.took().len(), 1);
        // What was taken is not sent again, whoever asks.
        assert_eq!(send_sms(&providers, 1, 100_000).await.unwrap(), taken);
    }
}

#[tokio::test]
async fn who_gives_up_waiting_does_not_make_it_be_sent_twice() {
    let gateway = Gateway::start().await.unwrap();
    let providers = providers(&config(&gateway, &["vnpt"])).await;
    gateway.days().then([Day::Silent]);
    let waiting = send_sms(&providers, 1, 0);
    let took = async {
        while gateway.took().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        sent = waiting => panic!("{sent:?}"),
        () = took => {}
    }
    let again = send_sms(&providers, 1, 1).await;
    assert!(
        matches!(&again, Err(Untaken::Later { code, .. }) if code == UNANSWERED),
        "{again:?}"
    );
    assert_eq!(gateway.took().len(), 1);
}

#[tokio::test]
async fn a_provider_that_is_down_is_passed_over_and_left_alone() {
    let gateway = Gateway::start().await.unwrap();
    let gone = Gateway::start().await.unwrap();
    let mut both = config(&gone, &["esms"]) + &config(&gateway, &["vnpt"]);
    both += "[failover]\nfailures = 2\nrest_seconds = 10\n";
    drop(gone);
    let providers = providers(&both).await;
    for id in 1..=10 {
        let taken = send_sms(&providers, id, 0).await.unwrap();
        assert_eq!(taken.provider, "vnpt");
    }
    assert_eq!(gateway.took().len(), 10);
    // When the other one fails too, it is said of both.
    gateway.days().then([Day::Down, Day::Down]);
    for id in 11..=12 {
        assert!(matches!(
            send_sms(&providers, id, 1).await,
            Err(Untaken::Down { .. })
        ));
    }
    let resting = send_sms(&providers, 13, 1).await;
    assert!(
        matches!(&resting, Err(Untaken::Down { provider, .. }) if provider == "esms, vnpt"),
        "{resting:?}"
    );
    assert_eq!(send_sms(&providers, 13, 12).await.unwrap().provider, "vnpt");
}

#[tokio::test]
async fn messages_are_shared_by_weight_and_held_to_the_rate() {
    let gateway = Gateway::start().await.unwrap();
    let mut both = config(&gateway, &["esms", "viettel"]);
    both += "[sms.providers.esms]\nweight = 3\nrate = { messages = 5, seconds = 60 }\n";
    let providers = providers(&both).await;
    let mut by_esms = 0;
    for id in 1..=4 {
        by_esms += usize::from(send_sms(&providers, id, 0).await.unwrap().provider == "esms");
    }
    assert_eq!(by_esms, 3);
    // Of five, one is kept for the urgent: the fifth ordinary one goes to the other.
    for id in 5..=9 {
        by_esms += usize::from(send_sms(&providers, id, 0).await.unwrap().provider == "esms");
    }
    assert_eq!(by_esms, 4);
    let urgent = (10..=13).map(|id| Outgoing {
        urgent: true,
        ..sms(id)
    });
    for message in urgent {
        by_esms += usize::from(
            providers
                .send(Channel::Sms, message, at(0))
                .await
                .unwrap()
                .provider
                == "esms",
        );
    }
    assert_eq!(by_esms, 5);
}

#[tokio::test]
async fn reports_are_believed_by_their_secret_and_may_be_about_anything() {
    let gateway = Gateway::start().await.unwrap();
    let providers = providers(&config(&gateway, &["esms", "vnpt"])).await;
    for id in 1..=4 {
        send_sms(&providers, id, 0).await.unwrap();
    }
    let calls = gateway.reports("told");
    let mut told = Vec::new();
    for query in &calls {
        told.extend(providers.reports("esms", called(query), at(5)).unwrap());
    }
    assert_eq!(told.len(), gateway.took().len() + 2);
    assert!(
        told.iter()
            .all(|receipt| receipt.outcome == Outcome::Delivered && receipt.at == at(5))
    );
    assert_eq!(told.last().unwrap().reference, "nobody");
    let forged = gateway.reports("guessed");
    assert_eq!(
        providers.reports("esms", called(&forged[0]), at(5)),
        Err(Disbelieved::Forged)
    );
    for stranger in ["vnpt", "viettel", ""] {
        let told = providers.reports(stranger, called("token=told"), at(5));
        assert_eq!(told, Err(Disbelieved::Unexpected), "{stranger}");
    }
}

#[tokio::test]
async fn what_cannot_work_is_refused_by_its_key_and_without_a_secret() {
    let shape = "answer = { code = '/c' }\ncodes = {}\n";
    for (config, key) in [
        ("[sms.providers.a]\nweight = 1".to_owned(), "http"),
        (
            "[sms.providers.a.http]\npreset = 'none'".into(),
            "http.preset",
        ),
        (
            "[sms.providers.a.http]\npreset = 'esms'\nurl = 'ftp://x'".into(),
            "http.url",
        ),
        (
            "[sms.providers.a.http]\npreset = 'esms'\nurl = 'http://x'".into(),
            "http.values.api_key",
        ),
        ("[sms.providers.a.http]\npresets = 'esms'".into(), "presets"),
        (
            format!(
                "[sms.providers.a.http]\npreset = 'esms'\nurl = 'http://x'\n[sms.providers.a.http.shape]\n{shape}"
            ),
            "http.preset",
        ),
        (
            format!(
                "[sms.providers.a.http]\nurl = 'http://x'\n[sms.providers.a.http.shape]\nbody = '{{'\n{shape}"
            ),
            "http.shape.body",
        ),
        (
            format!(
                "[sms.providers.a.http]\nurl = 'http://x?p={{secret}}'\nvalues = {{ other = 'hidden' }}\n[sms.providers.a.http.shape]\nkind = 'none'\n{shape}"
            ),
            "http.values.secret",
        ),
    ] {
        let refusal = refusal(&config).await;
        assert!(
            refusal.contains(key) && !refusal.contains("hidden"),
            "{config}: {refusal}"
        );
    }
}

#[tokio::test]
async fn without_a_provider_nothing_is_carried() {
    let providers = providers("").await;
    assert!(providers.can(Channel::Mail));
    for channel in [Channel::Sms, Channel::Zalo, Channel::Push] {
        assert!(!providers.can(channel));
    }
    assert_eq!(
        send_sms(&providers, 1, 0).await,
        Err(Untaken::NotConfigured)
    );
    let other = providers.send(Channel::Mail, sms(1), at(0)).await;
    assert!(matches!(other, Err(Untaken::Malformed(_))));
}
