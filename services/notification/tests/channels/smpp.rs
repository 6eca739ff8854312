//! Text messages over SMPP.

use std::{pin::Pin, time::Duration};

use futures::{Stream, StreamExt, future::join_all};
use notification::channel::{
    Outcome, Receipt, UNANSWERED,
    sandbox::{Day, smpp::Centre},
};

use super::*;

fn config(centre: &Centre) -> String {
    // What is tested here is the line, not when it is left alone.
    format!(
        "[failover]\nfailures = 10000\n[sms.providers.centre.smpp]\naddress = '{}'\nsystem_id = 'pretend'\npassword = 'pretend8'\nbrand = 'MOTCUA'\ntimeout_seconds = 1\n",
        centre.address()
    )
}

fn text(id: u128, text: &str) -> Outgoing {
    Outgoing {
        content: Content::Sms { text: text.into() },
        ..sms(id)
    }
}

async fn until(done: impl Fn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.expect("what is waited for happens");
}

/// Sends until the line is there again.
async fn send_again(providers: &Providers, id: u128) -> Taken {
    let sent = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            match send_sms(providers, id, 0).await {
                Ok(taken) => return taken,
                Err(Untaken::Down { .. }) => tokio::time::sleep(Duration::from_millis(20)).await,
                Err(other) => panic!("{other:?}"),
            }
        }
    });
    sent.await.expect("the line comes back")
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
    until(|| centre.acknowledged() == [0]).await;
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
    until(|| centre.acknowledged() == [0x64]).await;
    centre.hang_up();
    let mut reader = receipts(&providers);
    assert_eq!(reader.next().await.unwrap().reference, "a");
    let more = tokio::spawn(async move { reader.next().await });
    until(|| centre.acknowledged() == [0x64, 0]).await;
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
    // Asked again, it is not sent again: first nothing is known, then what the answer said.
    let known = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            match send_sms(&providers, 1, 1).await {
                Ok(taken) => return taken,
                Err(Untaken::Later { code, .. }) if code == UNANSWERED => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(other) => panic!("{other:?}"),
            }
        }
    });
    assert_eq!(known.await.unwrap().reference, reference);
    assert_eq!(centre.took().len(), 1);
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
        send_again(&providers, 2).await;
        assert_eq!(centre.took().len(), 2, "{day:?}");
    }
}

#[tokio::test]
async fn a_line_that_broke_is_held_again_and_a_wrong_password_is_told_without_it() {
    let centre = Centre::start().await.unwrap();
    let providers_ = providers(&config(&centre)).await;
    send_sms(&providers_, 1, 0).await.unwrap();
    centre.hang_up();
    until(|| centre.visits().0 == 2).await;
    send_again(&providers_, 2).await;
    assert_eq!(centre.took().len(), 2);
    let wrong = config(&centre).replace("'pretend8'", "'s3cr3t'");
    let stranger = providers(&wrong).await;
    let refused = send_sms(&stranger, 3, 0).await.unwrap_err();
    let Untaken::Down { reason, .. } = &refused else {
        panic!("{refused:?}")
    };
    assert!(
        reason.contains("0x0000000E") && !reason.contains("s3cr3t"),
        "{reason}"
    );
    let gone = config(&centre);
    drop(centre);
    let nobody = providers(&gone).await;
    assert!(matches!(
        send_sms(&nobody, 4, 0).await,
        Err(Untaken::Down { .. })
    ));
}

#[tokio::test]
async fn both_sides_ask_whether_the_other_is_there() {
    let centre = Centre::start().await.unwrap();
    let providers = providers(&(config(&centre) + "enquire_seconds = 1\n")).await;
    send_sms(&providers, 1, 0).await.unwrap();
    until(|| centre.enquiries().0 >= 1).await;
    centre.enquire();
    until(|| centre.enquiries().1 >= 1).await;
    assert_eq!(centre.visits().0, 1, "all the while it is one line");
    // Nobody answers, and the line is still open: it is given up and held anew.
    centre.be_deaf(true);
    let asked = centre.enquiries().0;
    tokio::time::timeout(Duration::from_secs(20), async {
        while !matches!(
            send_sms(&providers, 2, 0).await,
            Err(Untaken::Down { .. } | Untaken::Later { .. })
        ) {}
    })
    .await
    .unwrap();
    centre.be_deaf(false);
    until(|| centre.visits().0 == 2).await;
    assert_eq!(centre.enquiries().0, asked);
    send_again(&providers, 3).await;
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
async fn who_takes_leave_waits_for_what_was_asked() {
    let centre = Centre::start().await.unwrap();
    let providers = providers(&config(&centre)).await;
    centre.days().then([Day::Slow(Duration::from_millis(300))]);
    let (sent, ()) = tokio::join!(send_sms(&providers, 1, 0), async {
        until(|| centre.took().len() == 1).await;
        providers.close().await;
    });
    assert!(sent.is_ok(), "{sent:?}");
    assert_eq!(centre.visits(), (1, 1));
    assert!(matches!(
        send_sms(&providers, 2, 0).await,
        Err(Untaken::Down { .. })
    ));
    assert_eq!(centre.took().len(), 1);
}

#[tokio::test]
async fn without_a_line_messages_go_to_another_provider_and_come_back_with_it() {
    use notification::channel::sandbox::{smpp, sms};
    let gateway = sms::Gateway::start().await.unwrap();
    let centre = Centre::start().await.unwrap();
    let both = config(&centre).replace("timeout_seconds = 1", "reconnect_seconds = 1")
        + &format!(
            "[sms.providers.other]\nweight = 1\n[sms.providers.other.http]\npreset = 'esms'\nurl = '{}'\nvalues = {{ api_key = 'k', secret_key = '{}' }}\n",
            gateway.url("esms"),
            sms::PASSWORD
        );
    let wrong = both.replace(smpp::PASSWORD, "wrong");
    let without = providers(&wrong).await;
    for id in 1..=4 {
        assert_eq!(send_sms(&without, id, 0).await.unwrap().provider, "other");
    }
    let with = providers(&both).await;
    for id in 5..=8 {
        send_sms(&with, id, 0).await.unwrap();
    }
    assert_eq!((centre.took().len(), gateway.took().len()), (2, 6));
    // What the line may have taken is not sent by the other.
    centre.days().then([Day::Dropped]);
    let sent = join_all((9..=10).map(|id| send_sms(&with, id, 0))).await;
    let lost = sent
        .iter()
        .filter(|sent| matches!(sent, Err(Untaken::Later { code, .. }) if code == UNANSWERED));
    assert_eq!(lost.count(), 1, "{sent:?}");
    assert_eq!((centre.took().len(), gateway.took().len()), (3, 7));
}

#[tokio::test]
async fn what_a_person_answers_is_no_receipt() {
    let centre = Centre::start().await.unwrap();
    let providers = providers(&config(&centre)).await;
    send_sms(&providers, 1, 0).await.unwrap();
    centre.reply("id:1 stat:DELIVRD");
    until(|| centre.acknowledged() == [0]).await;
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

#[tokio::test]
async fn the_line_may_be_within_tls_and_only_who_is_trusted_hears_the_password() {
    use rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let own = CertificateDer::from_pem_slice(include_bytes!("tls/centre.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/centre.key")).unwrap();
    let server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![own], key)
        .unwrap();
    let centre = Centre::start_with(Some(std::sync::Arc::new(server).into()))
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    std::fs::write(&authority, include_bytes!("tls/ca.pem")).unwrap();
    let tls = config(&centre) + "tls = true\n";
    let trusting = tls.clone() + &format!("ca_file = '{}'\n", authority.display());
    send_sms(&providers(&trusting).await, 1, 0).await.unwrap();
    assert_eq!((centre.took().len(), centre.visits().0), (1, 1));
    // The machine's own authorities do not know it, and in the clear nobody understands.
    for other in [tls, config(&centre)] {
        let refused = send_sms(&providers(&other).await, 2, 0).await;
        assert!(matches!(refused, Err(Untaken::Down { .. })), "{refused:?}");
    }
    assert_eq!(centre.visits().0, 1);
}
