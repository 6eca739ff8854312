//! What the channels say to providers and what they make of the answers: over the real protocols, against the pretend
//! providers that ship, on good days and bad.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

#[path = "channels/lines.rs"]
mod lines;
#[path = "channels/manual.rs"]
mod manual;
#[path = "channels/push.rs"]
mod push;
#[path = "channels/smpp.rs"]
mod smpp;
#[path = "channels/sms_http.rs"]
mod sms_http;
#[path = "channels/town.rs"]
mod town;
#[path = "channels/zalo.rs"]
mod zalo;

use chrono::{DateTime, TimeDelta, Utc};
use notification::channel::{
    Channel, Content, Outgoing, Providers, Taken, Untaken, config::Channels,
};
use uuid::Uuid;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
}

/// Providers as a file of configuration would have them.
async fn providers(config: &str) -> Providers {
    let config: Channels = toml::from_str(config).unwrap();
    let folder = tempfile::tempdir().unwrap();
    Providers::open(&config, folder.path().to_owned())
        .await
        .unwrap()
}

/// Why a configuration is refused.
async fn refusal(config: &str) -> String {
    let config: Result<Channels, _> = toml::from_str(config);
    let config = match config {
        Ok(config) => config,
        Err(error) => return error.to_string(),
    };
    let folder = tempfile::tempdir().unwrap();
    let opened = Providers::open(&config, folder.path().to_owned()).await;
    opened
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default()
}

const PHONE: &str = "+84912345678";
const TEXT: &str = "Hồ sơ H15-261008-0001 đã có kết quả.";
const PLAIN: &str = "Ho so H15-261008-0001 da co ket qua.";

fn sms(id: u128) -> Outgoing {
    Outgoing {
        id: Uuid::from_u128(id),
        to: PHONE.into(),
        name: "Nguyễn Thị Ví Dụ".into(),
        urgent: false,
        content: Content::Sms { text: TEXT.into() },
        written_at: at(0),
    }
}

async fn send_sms(providers: &Providers, id: u128, now: i64) -> Result<Taken, Untaken> {
    let sent = providers.send(Channel::Sms, sms(id), at(now)).await;
    // Whatever happens, nothing that is said of it names the recipient or what it says.
    if let Err(untaken) = &sent {
        let said = format!("{untaken} {untaken:?}");
        for secret in ["912345678", "H15", "pretend-password"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
    sent
}
