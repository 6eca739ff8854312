//! What is urgent is heard apart; and whoever stops takes leave of the providers.

use std::{sync::Arc, time::Duration};

use chassis::{
    Clock, Ground, Running,
    auth::{Jwks, Keys},
    config::{Settings, Variables},
};
use notification::{
    channel::{Channel, Content, Outgoing, Providers, sandbox::smpp::Centre},
    domain::news::{TOLD, Urgency, urgency},
};
use testkit::start_of_play;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::server::Server;

#[test]
fn all_urgent_news_and_the_bells_are_heard_apart_and_nothing_that_can_wait() {
    let hearer = notification::service().hearer();
    for event in TOLD {
        let is_apart = hearer.apart.iter().any(|key| key == event);
        assert_eq!(is_apart, urgency(event) == Urgency::Urgent, "{event}");
    }
    for bell in ["notification.send-message.v1", "notification.dispatch.v1"] {
        let is_bell = |key: &String| key.starts_with(bell);
        assert!(hearer.apart.iter().any(is_bell), "{bell}");
    }
}

fn message(channel: Channel, id: u128, to: &str) -> (Channel, Outgoing) {
    let text = "Hồ sơ cần bổ sung.".to_owned();
    let content = match channel {
        Channel::Sms => Content::Sms { text },
        _ => Content::Mail {
            subject: "Hồ sơ".to_owned(),
            text,
            html: None,
            unsubscribe: None,
            attachment: None,
        },
    };
    let outgoing = Outgoing {
        id: Uuid::from_u128(id),
        to: to.to_owned(),
        name: "Nguyễn Thị Ví Dụ".to_owned(),
        urgent: true,
        content,
        written_at: start_of_play(),
    };
    (channel, outgoing)
}

#[tokio::test]
async fn a_service_that_stops_takes_leave_of_its_providers() {
    let (centre, server) = (Centre::start().await.unwrap(), Server::open().await);
    let folder = tempfile::tempdir().unwrap();
    let smpp = |key: &str| format!("NOTIFICATION__SMS__PROVIDERS__CENTRE__SMPP__{key}");
    let named = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let variables = Variables::from([
        named("BUS_URL", "local:"),
        named("DATABASE_URL", "sqlite://{data_dir}/{service}.db"),
        named("DATA_DIR", &folder.path().to_string_lossy()),
        named(
            "CATALOGUE_DIR",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue"),
        ),
        named("NOTIFICATION__SMTP__URL", &server.url()),
        (smpp("ADDRESS"), centre.address()),
        (smpp("SYSTEM_ID"), "pretend".to_owned()),
        (smpp("PASSWORD"), "pretend8".to_owned()),
        (smpp("BRAND"), "MOTCUA".to_owned()),
    ]);
    let stopping = CancellationToken::new();
    let ground = Ground {
        settings: Arc::new(Settings::load(&variables).unwrap()),
        variables,
        clock: Clock::system(),
        keys: Keys::fixed(&Jwks { keys: Vec::new() }),
        stopping: stopping.clone(),
    };
    let services = [notification::service()];
    let running = Running::start(&services, &ground).await.unwrap().unwrap();
    let providers = running.apps()[0].part::<Providers>();
    for (channel, outgoing) in [
        message(Channel::Sms, 1, "+84912345678"),
        message(Channel::Mail, 2, "vi.du@example.vn"),
    ] {
        let sent = providers.send(channel, outgoing, Clock::system().now());
        sent.await.unwrap();
    }
    assert_eq!((centre.visits(), server.left()), ((1, 0), 0));
    stopping.cancel();
    running.drain(Duration::from_secs(20)).await;
    assert_eq!((centre.visits(), server.left()), ((1, 1), 1));
}
