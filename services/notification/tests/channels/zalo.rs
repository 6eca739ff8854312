//! Template messages in Zalo, and the tokens that are good for one use.

use std::{collections::BTreeMap, sync::Arc};

use futures::future::{BoxFuture, join_all};
use notification::channel::{
    Outcome, UNANSWERED,
    sandbox::{Day, zalo::Zalo},
    sms::webhook::Disbelieved,
    zalo::tokens::{OwnStore, TokenStore, Tokens, Unkept},
};

use super::*;

fn config(zalo: &Zalo, refresh: &str) -> String {
    format!(
        "[zalo]\napp_id = 'pretend-app'\napp_secret = 'pretend-app-secret'\nrefresh_token = '{refresh}'\nevent_secret = 'pretend-event-secret'\n\
         url = '{}'\noauth_url = '{}'\ntimeout_seconds = 1\nnight_from = 0\nnight_to = 0\n[failover]\nfailures = 100\n",
        zalo.url(),
        zalo.oauth_url()
    )
}

async fn opened(config: &str, store: &Arc<dyn TokenStore>) -> Providers {
    let config: Channels = toml::from_str(config).unwrap();
    let folder = tempfile::tempdir().unwrap();
    Providers::open_with(&config, folder.path().to_owned(), store.clone())
        .await
        .unwrap()
}

fn in_memory() -> Arc<dyn TokenStore> {
    Arc::new(OwnStore::in_memory())
}

async fn send(providers: &Providers, id: u128, now: i64) -> Result<Taken, Untaken> {
    let data = BTreeMap::from([("ma_ho_so".to_owned(), "H15-261008-0001".to_owned())]);
    let message = Outgoing {
        content: Content::Zalo {
            template: "12345".into(),
            data,
        },
        ..sms(id)
    };
    let sent = providers.send(Channel::Zalo, message, at(now)).await;
    if let Err(untaken) = &sent {
        let said = format!("{untaken} {untaken:?}");
        for secret in ["912345678", "H15", "pretend-"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
    sent
}

#[tokio::test]
async fn a_message_is_taken_and_its_event_is_a_receipt() {
    let zalo = Zalo::start().await.unwrap();
    let providers = opened(&config(&zalo, "pretend-refresh-0"), &in_memory()).await;
    let taken = send(&providers, 1, 0).await.unwrap();
    let took = zalo.took().pop().unwrap();
    assert_eq!(
        (took.phone.as_str(), took.template.as_str()),
        ("84912345678", "12345")
    );
    assert_eq!(took.tracking_id, Uuid::from_u128(1).to_string());
    assert_eq!(took.data["ma_ho_so"], "H15-261008-0001");
    assert_eq!((taken.provider.as_str(), taken.confirmed), ("zalo", false));
    assert_eq!(taken.reference.as_ref(), Some(&took.reference));
    let (signature, body) = zalo.received(&took.reference);
    let receipt = providers
        .zalo_event(&signature, body.as_bytes())
        .unwrap()
        .unwrap();
    assert_eq!(
        (receipt.reference, receipt.outcome),
        (took.reference, Outcome::Delivered)
    );
    assert_eq!(
        providers.zalo_event("mac=00", body.as_bytes()),
        Err(Disbelieved::Forged)
    );
    for id in 2..=5 {
        send(&providers, id, 3_600).await.unwrap();
    }
    assert_eq!(zalo.spent(), 1, "the access token is used while it is good");
    // Before it ends it is had anew.
    send(&providers, 6, 89_900).await.unwrap();
    assert_eq!(zalo.spent(), 2);
}

#[tokio::test]
async fn errors_are_told_for_what_they_are() {
    let zalo = Zalo::start().await.unwrap();
    let providers = opened(&config(&zalo, "pretend-refresh-0"), &in_memory()).await;
    zalo.fail(&[-108, -118, -132, -115, -999]);
    assert!(
        matches!(send(&providers, 1, 0).await, Err(Untaken::Refused { code, .. }) if code == "-108")
    );
    assert!(
        matches!(send(&providers, 2, 0).await, Err(Untaken::Refused { code, .. }) if code == "-118")
    );
    assert!(matches!(
        send(&providers, 3, 0).await,
        Err(Untaken::Malformed(_))
    ));
    assert!(matches!(
        send(&providers, 4, 0).await,
        Err(Untaken::Down { .. })
    ));
    assert!(
        matches!(send(&providers, 5, 0).await, Err(Untaken::Later { code, .. }) if code == "-999")
    );
    zalo.days().then([Day::Dropped]);
    assert!(
        matches!(send(&providers, 6, 0).await, Err(Untaken::Later { code, .. }) if code == UNANSWERED)
    );
    assert!(
        matches!(send(&providers, 6, 1).await, Err(Untaken::Later { code, .. }) if code == UNANSWERED)
    );
    assert_eq!(zalo.took().len(), 1);
    // The quota is for a day: 20,000 days after 1970 it is 7 o'clock in Vietnam, 17 hours before the next.
    zalo.fail(&[-144]);
    let limited = send(&providers, 7, 0).await;
    assert_eq!(
        limited,
        Err(Untaken::Limited {
            provider: "zalo".into(),
            until: at(17 * 3_600)
        })
    );
    assert!(matches!(
        send(&providers, 8, 17 * 3_600 - 60).await,
        Err(Untaken::Limited { .. })
    ));
    send(&providers, 8, 17 * 3_600).await.unwrap();
}

#[tokio::test]
async fn at_night_nobody_is_asked() {
    let zalo = Zalo::start().await.unwrap();
    let night = config(&zalo, "pretend-refresh-0").replace("night_to = 0", "night_to = 8");
    let providers = opened(&night, &in_memory()).await;
    assert_eq!(
        send(&providers, 1, 0).await,
        Err(Untaken::Limited {
            provider: "zalo".into(),
            until: at(3_600)
        })
    );
    assert_eq!((zalo.took().len(), zalo.spent()), (0, 0));
    send(&providers, 1, 3_600).await.unwrap();
}

#[tokio::test]
async fn a_refused_access_token_is_had_anew_once() {
    let zalo = Zalo::start().await.unwrap();
    let providers = opened(&config(&zalo, "pretend-refresh-0"), &in_memory()).await;
    send(&providers, 1, 0).await.unwrap();
    zalo.revoke();
    send(&providers, 2, 1).await.unwrap();
    assert_eq!((zalo.took().len(), zalo.spent()), (2, 2));
    zalo.days()
        .then([Day::WrongCredentials, Day::WrongCredentials]);
    assert!(matches!(
        send(&providers, 3, 2).await,
        Err(Untaken::Down { .. })
    ));
    assert_eq!(zalo.spent(), 3);
}

#[tokio::test]
async fn replicas_do_not_spend_the_same_token() {
    let zalo = Zalo::start().await.unwrap();
    let store = in_memory();
    let mut replicas = Vec::new();
    for _ in 0..5 {
        replicas.push(opened(&config(&zalo, "pretend-refresh-0"), &store).await);
    }
    let sent = join_all(
        replicas
            .iter()
            .zip(1..)
            .map(|(replica, id)| send(replica, id, 0)),
    )
    .await;
    assert!(sent.iter().any(Result::is_ok));
    for sent in sent {
        // Who found another one renewing waits for a moment.
        assert!(
            matches!(&sent, Ok(_) | Err(Untaken::Limited { .. })),
            "{sent:?}"
        );
    }
    for (replica, id) in replicas.iter().zip(1..) {
        send(replica, id, 6).await.unwrap();
    }
    assert_eq!((zalo.spent(), zalo.took().len()), (1, 5));
    // One that starts anew finds what was saved; the configured token is spent long since.
    let later = opened(&config(&zalo, "pretend-refresh-0"), &store).await;
    send(&later, 9, 100_000).await.unwrap();
    assert_eq!(zalo.spent(), 2);
}

/// A store whose saving fails a few times.
struct Failing {
    store: OwnStore,
    failures: std::sync::atomic::AtomicI32,
}

impl TokenStore for Failing {
    fn load(&self) -> BoxFuture<'_, Result<Option<Tokens>, Unkept>> {
        self.store.load()
    }
    fn lock(
        &self,
        by: Uuid,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'_, Result<bool, Unkept>> {
        self.store.lock(by, now, until)
    }
    fn save(&self, by: Uuid, tokens: &Tokens) -> BoxFuture<'_, Result<(), Unkept>> {
        if self
            .failures
            .fetch_sub(1, std::sync::atomic::Ordering::SeqCst)
            > 0
        {
            return Box::pin(async { Err(Unkept("it is away".into())) });
        }
        self.store.save(by, tokens)
    }
    fn unlock(&self, by: Uuid) -> BoxFuture<'_, Result<(), Unkept>> {
        self.store.unlock(by)
    }
}

#[tokio::test]
async fn a_token_that_is_not_saved_is_not_used_and_none_is_spent_until_it_is() {
    let zalo = Zalo::start().await.unwrap();
    let failing = Failing {
        store: OwnStore::in_memory(),
        failures: 5.into(),
    };
    let store: Arc<dyn TokenStore> = Arc::new(failing);
    let providers = opened(&config(&zalo, "pretend-refresh-0"), &store).await;
    for _ in 0..3 {
        assert!(matches!(
            send(&providers, 1, 0).await,
            Err(Untaken::Down { .. })
        ));
        assert_eq!((zalo.spent(), zalo.took().len()), (1, 0));
    }
    assert_eq!(store.load().await.unwrap(), None);
    send(&providers, 1, 0).await.unwrap();
    assert_eq!(zalo.spent(), 1);
    assert!(store.load().await.unwrap().is_some());
}

#[tokio::test]
async fn who_gives_up_waiting_does_not_lose_the_token() {
    let zalo = Zalo::start().await.unwrap();
    let store = in_memory();
    let providers = opened(&config(&zalo, "pretend-refresh-0"), &store).await;
    zalo.renewals()
        .then([Day::Slow(std::time::Duration::from_millis(200))]);
    tokio::select! {
        sent = send(&providers, 1, 0) => panic!("{sent:?}"),
        () = async {
            while zalo.spent() == 0 {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    assert_eq!(store.load().await.unwrap(), None);
    providers.close().await;
    assert!(store.load().await.unwrap().is_some());
    // It was not sent, but might have been: it waits for its time.
    assert!(
        matches!(send(&providers, 1, 1).await, Err(Untaken::Later { code, .. }) if code == UNANSWERED)
    );
    send(&providers, 2, 1).await.unwrap();
    assert_eq!(zalo.spent(), 1);
}

#[tokio::test]
async fn a_spent_refresh_token_wants_a_person_and_a_new_one_is_taken_up() {
    let zalo = Zalo::start().await.unwrap();
    let store = in_memory();
    let providers = opened(&config(&zalo, "pretend-refresh-0"), &store).await;
    // It was spent, and the answer was lost.
    zalo.renewals().then([Day::Dropped]);
    assert!(matches!(
        send(&providers, 1, 0).await,
        Err(Untaken::Down { .. })
    ));
    let stuck = send(&providers, 1, 10).await;
    assert!(
        matches!(&stuck, Err(Untaken::Down { reason, .. }) if reason.contains("zalo.refresh_token")),
        "{stuck:?}"
    );
    assert_eq!(zalo.took(), []);
    zalo.grant("given-by-a-person");
    let providers = opened(&config(&zalo, "given-by-a-person"), &store).await;
    send(&providers, 1, 20).await.unwrap();
    // Where the renewal is not even heard, nothing is lost.
    zalo.revoke();
    zalo.renewals().then([Day::Down, Day::Throttled(5)]);
    assert!(send(&providers, 2, 30).await.is_err());
    assert!(send(&providers, 2, 31).await.is_err());
    send(&providers, 2, 100).await.unwrap();
}

#[tokio::test]
async fn what_cannot_work_is_refused_by_its_key() {
    for (line, key) in [
        ("app_id = 'a'", "zalo.app_secret"),
        ("app_id = 'a'\nurl = 'x'", "zalo.url"),
        (
            "app_id = 'a'\napp_secret = 's'\nnight_from = 24",
            "night_from",
        ),
        ("app = 'a'", "app"),
    ] {
        let refusal = refusal(&format!("[zalo]\n{line}\n")).await;
        assert!(refusal.contains(key), "{line}: {refusal}");
    }
}
