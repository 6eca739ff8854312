//! The manual of the configuration.

use super::*;

const MANUAL: &str = include_str!("../../src/channel/config.example.toml");

#[tokio::test]
async fn the_manual_is_the_default() {
    let read: Channels = toml::from_str(MANUAL).unwrap();
    let default = Channels::default();
    assert_eq!(
        (&read.mail.url, &read.mail.from, read.mail.timeout_seconds),
        (
            &default.mail.url,
            &default.mail.from,
            default.mail.timeout_seconds
        )
    );
    assert_eq!(
        (
            &read.zalo.url,
            &read.zalo.oauth_url,
            read.zalo.night_from,
            read.zalo.night_to
        ),
        (
            &default.zalo.url,
            &default.zalo.oauth_url,
            default.zalo.night_from,
            default.zalo.night_to
        )
    );
    assert_eq!(
        (&read.push.services, read.push.keep_seconds),
        (&default.push.services, default.push.keep_seconds)
    );
    assert_eq!(
        format!("{:?}", read.failover),
        format!("{:?}", default.failover)
    );
    let providers = providers(MANUAL).await;
    assert!(
        !providers.can(Channel::Sms)
            && !providers.can(Channel::Zalo)
            && !providers.can(Channel::Push)
    );
}

#[tokio::test]
async fn its_examples_hold() {
    let examples: String = MANUAL
        .lines()
        .map(|line| line.strip_prefix("#: ").unwrap_or(line).to_owned() + "\n")
        .collect();
    let providers = providers(&examples).await;
    assert!(providers.can(Channel::Sms));
    let read: Channels = toml::from_str(&examples).unwrap();
    assert_eq!(
        read.sms.providers.keys().collect::<Vec<_>>(),
        ["centre", "other", "viettel"]
    );
}
