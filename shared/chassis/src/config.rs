//! Configuration: one commented file with every default, overridden by a file and by the environment. A key that
//! nobody knows is refused by name.

mod files;
mod secret;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

pub use secret::{Secret, keep, kept_seed, seed};

use contracts::OrganisationCode;

use config::{Config, Environment, File, FileFormat, Map};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{bus::rabbit, database};

/// What every service needs to know about its ground. The defaults and what each key means: `chassis.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "each key is explained in chassis.toml, which is the manual"
)]
pub struct Settings {
    pub bus_url: String,
    pub bus_topology: String,
    pub database_url: String,
    pub database_connections: u32,
    pub data_dir: PathBuf,
    pub store_url: String,
    #[serde(skip)]
    store_variables: Secrets,
    pub catalogue_dir: PathBuf,
    pub organisation: OrganisationCode,
    pub http_listen: SocketAddr,
    pub http_body_limit: usize,
    pub http_timeout_seconds: u64,
    pub trusted_proxies: usize,
    pub public_url: String,
    pub jwks_url: String,
    pub audit_key: Secret,
    pub log_format: LogFormat,
    pub otel_exporter_otlp_endpoint: String,
    pub otel_traces_sample_ratio: f64,
    pub drain_seconds: u64,
    pub inbox_days: u32,
    pub outbox_days: u32,
    pub idempotency_days: u32,
}

/// A service's queues and the routing keys bound to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hearer {
    /// The service, which is also its queue.
    pub service: String,
    /// The routing keys.
    pub hears: Vec<String>,
    /// The routing keys that it hears apart, on a queue of their own (`payment.apart`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apart: Vec<String>,
}

/// The queue on which a service hears some messages apart.
pub(crate) fn apart(service: &str) -> String {
    format!("{service}.apart")
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For collectors.
    Json,
}

/// The bus of services in one process.
const LOCAL: &str = "local:";

/// The defaults, which are also the manual.
pub const DEFAULTS: &str = include_str!("../chassis.toml");

/// A configuration that cannot be used, as one sentence that names the key.
#[derive(Debug, thiserror::Error)]
#[error("configuration of {part}: {reason}")]
pub struct Error {
    part: String,
    reason: String,
}

impl Error {
    /// `reason` says which key is wrong and how.
    pub fn new(part: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            part: part.into(),
            reason: reason.into(),
        }
    }
}

/// The environment variables, as they are or as a test gives them.
pub type Variables = BTreeMap<String, String>;

/// The variables of this process.
pub fn process_variables() -> Variables {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

impl Settings {
    /// Reads the defaults, the file named by `MOTCUA_CONFIG`, and the variables.
    pub fn load(variables: &Variables) -> Result<Self, Error> {
        let known: toml::Table = toml::from_str(DEFAULTS)
            .map_err(|error| Error::new("the chassis", error.to_string()))?;
        let is_known = |name: &str| known.contains_key(&name.to_lowercase()) || name == AMQP_URL;
        let variables = &grounds(variables, is_known)?;
        let relevant: Map<String, String> = variables
            .iter()
            .filter(|(name, value)| known.contains_key(&name.to_lowercase()) && !value.is_empty())
            .map(|(name, value)| (name.clone(), value.clone()))
            .chain(amqp_url(variables))
            .collect();
        let mut builder = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(file) = variables
            .get("MOTCUA_CONFIG")
            .filter(|file| !file.is_empty())
        {
            builder = builder.add_source(File::new(file, FileFormat::Toml));
        }
        let mut settings: Self = read(
            "the chassis",
            builder.add_source(Environment::default().source(Some(relevant))),
        )?;
        settings.store_variables = Secrets::of_store(variables);
        let port = settings.http_listen.port().to_string();
        for url in [&mut settings.public_url, &mut settings.jwks_url] {
            *url = url.replace("{port}", &port);
        }
        // What is wrong with it is not repeated: it may hold a password.
        if settings.bus_url != LOCAL && rabbit::address(&settings.bus_url).is_none() {
            return Err(Error::new(
                "the chassis",
                "BUS_URL must be local: or like amqp://user:password@host:5672/vhost (amqps:// for TLS)",
            ));
        }
        if !database::is_address(&settings.database_url_of("service")) {
            return Err(Error::new(
                "the chassis",
                "DATABASE_URL must be like postgres://user:password@host:5432/database or sqlite://folder/{service}.db",
            ));
        }
        if !settings.store_url.contains("{service}") {
            return Err(Error::new(
                "the chassis",
                "STORE_URL must contain {service}: like file:{data_dir}/{service} or s3://bucket/{service}",
            ));
        }
        Ok(settings)
    }

    /// Who hears what, by queue. A file that cannot be read is refused; one that is missing is warned of, since it is only
    /// missed by hearers that have never run: read once a start.
    pub(crate) fn topology(&self) -> Result<Vec<Hearer>, Error> {
        let path = self
            .bus_topology
            .replace("{catalogue_dir}", &self.catalogue_dir.to_string_lossy());
        if path == "none" {
            return Ok(Vec::new());
        }
        let refuse =
            |reason: String| Error::new("the chassis", format!("BUS_TOPOLOGY ({path}): {reason}"));
        match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| refuse(error.to_string())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                // On the local bus nothing has a queue, and nothing is lost for want of one.
                if self.bus_url != LOCAL {
                    tracing::warn!(
                        file = path,
                        "BUS_TOPOLOGY names a file that is missing: queues of services that have never run are not declared, \
                         and events for them are lost; write it with `motcua generate`, or set BUS_TOPOLOGY=none"
                    );
                }
                Ok(Vec::new())
            }
            Err(error) => Err(refuse(error.to_string())),
        }
    }

    /// The database of one service: `{service}` and `{data_dir}` in the URL are filled in.
    pub fn database_url_of(&self, service: &str) -> String {
        self.fill_in(&self.database_url, service)
    }

    /// Where the files of one service are kept: `{service}` and `{data_dir}` in the URL are filled in.
    pub fn store_url_of(&self, service: &str) -> String {
        self.fill_in(&self.store_url, service)
    }

    /// The variables that lead to a store over the network, by name.
    pub fn store_variables(&self) -> &Variables {
        &self.store_variables.0
    }

    fn fill_in(&self, url: &str, service: &str) -> String {
        url.replace("{service}", service)
            .replace("{data_dir}", &self.data_dir.to_string_lossy())
    }

    /// The public address of `path`, which begins with a slash.
    pub fn public(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.trim_end_matches('/'))
    }
}

/// Variables that are not to be printed.
#[derive(Clone, Default)]
struct Secrets(Variables);

impl Secrets {
    /// `AWS_…`, as S3's programs know them.
    fn of_store(variables: &Variables) -> Self {
        let all = variables
            .iter()
            .filter(|(name, value)| name.starts_with("AWS_") && !value.is_empty());
        Self(
            all.map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The variables of the ground: those that `is_known` or a store over the network takes, as values or as files.
fn grounds(variables: &Variables, is_known: impl Fn(&str) -> bool) -> Result<Variables, Error> {
    let own = |name: &str| is_known(name) || name == "MOTCUA_CONFIG" || name.starts_with("AWS_");
    let takes_file = |name: &str| {
        let plain = name.strip_suffix("_FILE");
        plain.is_some_and(|plain| is_known(plain) || STORE_SECRETS.contains(&plain))
    };
    let all = variables.iter();
    let ours = all.filter(|(name, _)| own(name) || takes_file(name));
    let ours = ours.map(|(name, value)| (name.clone(), value.clone()));
    files::filled_in("the chassis", ours.collect(), |name| !takes_file(name))
}

/// `AMQP_URL`, as many platforms name it, stands for `BUS_URL` where that is not set.
const AMQP_URL: &str = "AMQP_URL";
/// What a store over the network keeps secret.
const STORE_SECRETS: [&str; 3] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

fn amqp_url(variables: &Variables) -> Option<(String, String)> {
    let url = variables.get(AMQP_URL).filter(|url| !url.is_empty())?;
    (!variables.contains_key("BUS_URL")).then(|| ("BUS_URL".to_owned(), url.clone()))
}

/// Reads a service's own configuration: its embedded defaults, then variables such as `PAYMENT__VNPAY__TMN_CODE`.
pub(crate) fn of_service<C: DeserializeOwned>(
    service: &str,
    defaults: &str,
    variables: &Variables,
) -> Result<C, Error> {
    let prefix = service.replace('-', "_").to_uppercase();
    let part = format!("{service} (variables begin with {prefix}__)");
    let known: toml::Table =
        toml::from_str(defaults).map_err(|error| Error::new(&part, error.to_string()))?;
    let begin = format!("{prefix}__");
    let is_key = |name: &str| {
        let path = name.strip_prefix(&begin).map(str::to_lowercase);
        path.is_some_and(|path| has(&known, &path))
    };
    let own = variables
        .iter()
        .filter(|(name, _)| name.starts_with(&begin))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let relevant: Map<String, String> = files::filled_in(&part, own, is_key)?.into_iter().collect();
    let environment = Environment::with_prefix(&prefix)
        .prefix_separator("__")
        .separator("__")
        .source(Some(relevant));
    let builder = Config::builder()
        .add_source(File::from_str(defaults, FileFormat::Toml))
        .add_source(environment);
    read(&part, builder)
}

/// Whether a table has a key, given as its path with `__` between the parts.
fn has(table: &toml::Table, path: &str) -> bool {
    match path.split_once("__") {
        None => table.contains_key(path),
        Some((first, rest)) => {
            let inner = table.get(first).and_then(toml::Value::as_table);
            inner.is_some_and(|inner| has(inner, rest))
        }
    }
}

/// A service that has nothing to be set takes no variables of its own either: one it gets is a mistake that is told.
pub(crate) fn of_service_without(service: &str, variables: &Variables) -> Result<(), Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    of_service::<Nothing>(service, "", variables).map(|Nothing {}| ())
}

fn read<C: DeserializeOwned>(
    part: &str,
    builder: config::ConfigBuilder<config::builder::DefaultState>,
) -> Result<C, Error> {
    let refuse = |error: config::ConfigError| Error::new(part, error.to_string());
    builder
        .build()
        .map_err(refuse)?
        .try_deserialize()
        .map_err(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        port: u16,
        gateway: Gateway,
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Gateway {
        secret: String,
    }
    const SAMPLE: &str = "port = 1\n[gateway]\nsecret = \"s\"\n";

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn the_defaults_are_complete() {
        assert!(Settings::load(&Variables::new()).is_ok());
    }

    #[test]
    fn addresses_of_this_process_follow_its_port() {
        let settings = Settings::load(&variables(&[("HTTP_LISTEN", "127.0.0.1:8099")])).unwrap();
        assert_eq!(settings.public("/x"), "http://localhost:8099/x");
        assert_eq!(
            settings.jwks_url,
            "http://127.0.0.1:8099/identity/.well-known/jwks.json"
        );
    }

    #[test]
    fn the_environment_wins() {
        let settings = Settings::load(&variables(&[
            ("BUS_URL", "amqp://broker"),
            ("HTTP_BODY_LIMIT", "9"),
        ]))
        .unwrap();
        assert_eq!(
            (settings.bus_url.as_str(), settings.http_body_limit),
            ("amqp://broker", 9)
        );
        let sample: Sample = of_service(
            "civil-status",
            SAMPLE,
            &variables(&[("CIVIL_STATUS__GATEWAY__SECRET", "t")]),
        )
        .unwrap();
        assert_eq!((sample.port, sample.gateway.secret.as_str()), (1, "t"));
    }

    #[test]
    fn a_secret_may_stand_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.to_string_lossy().into_owned()
        };
        let (database, broker) = ("postgres://u:s@host/motcua", "amqps://u:s@host/%2f");
        let settings = Settings::load(&variables(&[
            (
                "DATABASE_URL_FILE",
                &write("database", &format!("{database}\n")),
            ),
            ("AMQP_URL_FILE", &write("broker", broker)),
            ("AWS_SECRET_ACCESS_KEY_FILE", &write("store", "key")),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"),
            ("PAYMENT__GATEWAY__SECRET_FILE", "/of/payment/alone"),
        ]))
        .unwrap();
        assert_eq!(
            (settings.database_url.as_str(), settings.bus_url.as_str()),
            (database, broker)
        );
        let store: Vec<_> = settings.store_variables().iter().collect();
        assert_eq!(
            store
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>(),
            [
                "AWS_SECRET_ACCESS_KEY=key",
                "AWS_WEB_IDENTITY_TOKEN_FILE=/token"
            ]
        );
        let of = |name: &str, file: &str| {
            of_service::<Sample>("payment", SAMPLE, &variables(&[(name, file)]))
        };
        let sample = of("PAYMENT__GATEWAY__SECRET_FILE", &write("secret", "t\n")).unwrap();
        assert_eq!((sample.port, sample.gateway.secret.as_str()), (1, "t"));
        let refused = |name| of(name, "/gone").unwrap_err().to_string();
        assert!(
            refused("PAYMENT__GATEWAY__SECRET_FILE")
                .contains("PAYMENT__GATEWAY__SECRET_FILE: No such file")
        );
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let refused = of_service::<Sample>(
            "payment",
            SAMPLE,
            &variables(&[("PAYMENT__GATEWAY__SECRETT", "t")]),
        );
        assert!(refused.unwrap_err().to_string().contains("secrett"));
    }

    #[test]
    fn a_service_without_settings_refuses_any_by_name() {
        let of = |pairs| of_service_without("civil-status", &variables(pairs));
        assert!(of(&[("PAYMENT__PORT", "1")]).is_ok());
        let refused = of(&[("CIVIL_STATUS__PORT", "1")]).unwrap_err().to_string();
        assert!(refused.contains("port"), "{refused}");
    }

    #[test]
    fn a_wrong_value_is_refused_by_name() {
        let refused =
            of_service::<Sample>("payment", SAMPLE, &variables(&[("PAYMENT__PORT", "many")]));
        assert!(refused.unwrap_err().to_string().contains("port"));
    }

    #[test]
    fn an_address_that_is_none_is_refused_by_its_key_and_no_password_is_repeated() {
        for (key, value) in [
            ("BUS_URL", "kafka://u:secret@host"),
            ("BUS_URL", "amqp:u:secret@host"),
            ("BUS_URL", "amqp://u:secret@host:many/%2f"),
            ("BUS_URL", "amqp://u:secret@host/%2f?frame_max=large"),
            ("DATABASE_URL", "mysql://u:secret@host/motcua"),
            ("DATABASE_URL", "postgres://u:secret@host:many/motcua"),
            (
                "DATABASE_URL",
                "postgres://u:secret@host/motcua?sslmode=maybe",
            ),
        ] {
            let refused = Settings::load(&variables(&[(key, value)])).unwrap_err();
            let said = refused.to_string();
            assert!(said.contains(key), "{value}: {said}");
            assert!(!said.contains("secret"), "{value}: {said}");
        }
    }
}
