//! The pretend providers together.

use std::collections::BTreeMap;

use chassis::Clock;
use futures::StreamExt;
use notification::channel::{Outcome, sandbox::town::Town};

use super::*;

#[tokio::test]
async fn every_channel_is_carried_and_nobody_is_reached() {
    let town = Town::start(Clock::held_at(at(0))).await.unwrap();
    let mut config = Channels::default();
    town.settle(&mut config);
    let folder = tempfile::tempdir().unwrap();
    let providers = Providers::open(&config, folder.path().join("mail"))
        .await
        .unwrap();
    for id in 1..=4 {
        send_sms(&providers, id, 0).await.unwrap();
    }
    assert_eq!(
        (town.gateway.took().len(), town.centre.took().len()),
        (2, 2)
    );
    let mut receipts = Box::pin(providers.receipts());
    let references: Vec<String> = town
        .centre
        .took()
        .into_iter()
        .map(|took| took.reference)
        .collect();
    for reference in references {
        let receipt = receipts.next().await.unwrap();
        assert_eq!(
            (receipt.provider.as_str(), receipt.reference),
            ("pretend-centre", reference)
        );
        assert_eq!(receipt.outcome, Outcome::Delivered);
    }
    let zalo = Outgoing {
        content: Content::Zalo {
            template: "1".into(),
            data: BTreeMap::new(),
        },
        ..sms(5)
    };
    providers.send(Channel::Zalo, zalo, at(0)).await.unwrap();
    assert_eq!(town.zalo.took().len(), 1);
    // Zalo's tokens lie beside the folder of mails, for one process.
    assert!(folder.path().join("zalo.json").exists());
    let note = Outgoing {
        to: town.push.subscribe(providers.push_key().unwrap()),
        content: Content::Push {
            title: "t".into(),
            body: "b".into(),
            link: "l".into(),
        },
        ..sms(6)
    };
    providers.send(Channel::Push, note, at(0)).await.unwrap();
    assert_eq!(town.push.took().len(), 1);
    let mail = Outgoing {
        to: "vi.du@example.vn".into(),
        content: Content::Mail {
            subject: "Đã có kết quả".into(),
            text: "Kính gửi".into(),
            html: None,
            unsubscribe: None,
            attachment: None,
        },
        ..sms(7)
    };
    let taken = providers.send(Channel::Mail, mail, at(0)).await.unwrap();
    assert_eq!(taken.reference, Some(Uuid::from_u128(7).to_string()));
    assert_eq!(
        std::fs::read_dir(folder.path().join("mail"))
            .unwrap()
            .count(),
        1
    );
    // What is configured stays.
    let before = config.zalo.refresh_token.clone();
    Town::start(Clock::held_at(at(0)))
        .await
        .unwrap()
        .settle(&mut config);
    assert_eq!(config.zalo.refresh_token, before);
    assert_eq!(config.sms.providers.len(), 2);
    providers.close().await;
    assert_eq!(town.centre.visits(), (1, 1));
}
