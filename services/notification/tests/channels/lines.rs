//! The line to a message centre: held, lost, held again, and left.

use std::time::Duration;

use futures::future::join_all;
use notification::channel::{
    UNANSWERED,
    sandbox::{Day, smpp::Centre},
};

use super::{
    smpp::{config, until},
    *,
};

#[tokio::test]
async fn a_line_that_broke_is_held_again_and_a_wrong_password_is_told_without_it() {
    let centre = Centre::start().await.unwrap();
    let providers_ = providers(&config(&centre)).await;
    send_sms(&providers_, 1, 0).await.unwrap();
    centre.hang_up();
    until(&centre, |centre| centre.visits().0 == 2).await;
    send_sms(&providers_, 2, 0).await.unwrap();
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
    until(&centre, |centre| centre.enquiries().0 >= 1).await;
    centre.enquire();
    until(&centre, |centre| centre.enquiries().1 >= 1).await;
    assert_eq!(centre.visits().0, 1, "all the while it is one line");
    // Nobody answers, and the line is still open: it is given up and held anew.
    centre.be_deaf(true);
    for id in 2.. {
        match send_sms(&providers, id, 0).await {
            Err(Untaken::Later { .. }) => {}
            Err(Untaken::Down { .. }) => break,
            other => panic!("{other:?}"),
        }
    }
    centre.be_deaf(false);
    until(&centre, |centre| centre.visits().0 == 2).await;
    send_sms(&providers, 1_000, 0).await.unwrap();
}

#[tokio::test]
async fn who_takes_leave_waits_for_what_was_asked() {
    let centre = Centre::start().await.unwrap();
    let providers = providers(&config(&centre)).await;
    centre.days().then([Day::Slow(Duration::from_millis(300))]);
    let (sent, ()) = tokio::join!(send_sms(&providers, 1, 0), async {
        until(&centre, |centre| centre.took().len() == 1).await;
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
    use notification::channel::sandbox::{smpp as centre_of, sms as gateway_of};
    let gateway = gateway_of::Gateway::start().await.unwrap();
    let centre = Centre::start().await.unwrap();
    let both = config(&centre).replace("timeout_seconds = 1", "reconnect_seconds = 1")
        + &format!(
            "[sms.providers.other]\nweight = 1\n[sms.providers.other.http]\npreset = 'esms'\nurl = '{}'\nvalues = {{ api_key = 'k', secret_key = '{}' }}\n",
            gateway.url("esms"),
            gateway_of::PASSWORD
        );
    let wrong = both.replace(centre_of::PASSWORD, "wrong");
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
