//! The environment that a service is started with.

use std::sync::LazyLock;

use chassis::{
    Service, StartError,
    config::{Settings, Variables},
    decoders,
};

use super::text;

static SERVICES: LazyLock<Vec<Service>> = LazyLock::new(all_in_one::services);

/// Variables that hold a password or a key.
const SECRET: [&str; 11] = [
    "AMQP_URL",
    "BUS_URL",
    "DATABASE_URL",
    "IDENTITY__OPERATOR_PASSWORD",
    "IDENTITY__SECRETS_KEY",
    "IDENTITY__SIGNING_KEY",
    "INTAKE__SIGNALS__KEY",
    "NOTIFICATION__SMTP__URL",
    "PAYMENT__PLATFORM__SECRET",
    "PAYMENT__TRANSFER__WEBHOOK_SECRET",
    "PAYMENT__VNPAY__HASH_SECRET",
];
/// What stands in each of them.
const MARK: &str = "lJ4vBw";

/// A variable a line, `NAME=value`. What is refused is told in a sentence without the secrets; what is taken makes sense.
pub fn configuration(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let variables = variables(text);
    let settings = match Settings::load(&variables) {
        Ok(settings) => settings,
        Err(error) => return told(&error.to_string()),
    };
    let bus = ["local:", "amqp://", "amqps://"];
    assert!(
        bus.iter()
            .any(|scheme| settings.bus_url.starts_with(scheme))
    );
    for service in SERVICES.iter() {
        match decoders::configuration(service, &variables) {
            Err(error) => told(&error.to_string()),
            Ok(config) => {
                if let Some(config) = config.downcast_ref::<payment::config::Config>() {
                    outcome(config.addresses(&settings));
                    outcome(config.platform_addresses(&settings));
                } else if let Some(config) = config.downcast_ref::<identity::config::Config>() {
                    outcome(config.seed());
                    outcome(config.lives());
                }
            }
        }
    }
}

fn variables(text: &str) -> Variables {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    // What names a file is not followed: the bytes alone decide what happens.
    let named = pairs.filter(|(name, _)| *name != "MOTCUA_CONFIG" && !name.ends_with("_FILE"));
    named
        .map(|(name, value)| {
            let mark = if SECRET.contains(&name) { MARK } else { "" };
            (name.to_owned(), format!("{value}{mark}"))
        })
        .collect()
}

fn outcome<T>(read: Result<T, StartError>) {
    if let Err(error) = read {
        told(&error.to_string());
    }
}

fn told(reason: &str) {
    assert!(!reason.trim().is_empty(), "a refusal without a reason");
    assert!(!reason.contains(MARK), "a secret is told: {reason}");
}
