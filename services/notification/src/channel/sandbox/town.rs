//! All pretend providers together, for development: one call, and every channel is carried by somebody who reaches nobody.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chassis::Clock;

use super::{push, smpp, sms, zalo};
use crate::channel::config::{self, Channels, Smpp, SmsHttp, SmsProvider};

/// The pretend providers. They end when this is dropped.
pub struct Town {
    /// Text messages over HTTP.
    pub gateway: sms::Gateway,
    /// Text messages over SMPP; it tells of each that it arrived.
    pub centre: smpp::Centre,
    /// Zalo.
    pub zalo: zalo::Zalo,
    /// The push service.
    pub push: push::Service,
}

impl Town {
    /// Starts them.
    pub async fn start(clock: Clock) -> std::io::Result<Self> {
        let town = Self {
            gateway: sms::Gateway::start().await?,
            centre: smpp::Centre::start().await?,
            zalo: zalo::Zalo::start().await?,
            push: push::Service::start(clock).await?,
        };
        town.centre.tell_all();
        Ok(town)
    }

    /// Has every channel that nobody is configured for carried by them. What is configured stays as it is.
    pub fn settle(&self, config: &mut Channels) {
        if config.sms.providers.is_empty() {
            let values = [
                ("user", "pretend"),
                ("account", "pretend"),
                ("agent", "1"),
                ("label", "1"),
            ];
            let values = values.into_iter().chain([
                ("contract_type", "1"),
                ("contract", "1"),
                ("template", "1"),
            ]);
            let values = values.chain([("password", sms::PASSWORD)]);
            let http = SmsHttp {
                preset: "vnpt".into(),
                url: self.gateway.url("vnpt"),
                brand: "MOTCUA".into(),
                values: values
                    .map(|(name, value)| (name.to_owned(), value.into()))
                    .collect(),
                ..SmsHttp::default()
            };
            let smpp = Smpp {
                address: self.centre.address(),
                system_id: smpp::SYSTEM_ID.into(),
                password: smpp::PASSWORD.into(),
                brand: "MOTCUA".into(),
                ..Smpp::default()
            };
            let by_http = SmsProvider {
                http: Some(http),
                ..SmsProvider::default()
            };
            let by_smpp = SmsProvider {
                smpp: Some(smpp),
                ..SmsProvider::default()
            };
            let both = [("pretend-gateway", by_http), ("pretend-centre", by_smpp)];
            config.sms.providers = both
                .into_iter()
                .map(|(name, provider)| (name.to_owned(), provider))
                .collect();
        }
        if config.zalo.app_id.is_empty() {
            config.zalo = config::Zalo {
                app_id: zalo::APP_ID.into(),
                app_secret: zalo::APP_SECRET.into(),
                refresh_token: zalo::REFRESH_TOKEN.into(),
                event_secret: zalo::EVENT_SECRET.into(),
                url: self.zalo.url(),
                oauth_url: self.zalo.oauth_url(),
                ..config.zalo.clone()
            };
        }
        if config.push.key.is_empty() {
            config.push = config::Push {
                key: BASE64.encode(chassis::random::<32>()).into(),
                contact: "mailto:mot-cua@example.vn".into(),
                services: vec![self.push.origin()],
                ..config.push.clone()
            };
        }
    }
}
