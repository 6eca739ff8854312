//! A start without the file that says who hears what: it is said once, and a file that is there must be right.

use std::{
    io::{self, Write},
    path::Path,
    sync::{Arc, Mutex},
};

use chassis::{
    Clock, Ground, Running, Service, StartError,
    auth::{Jwks, Keys},
    config::{Settings, Variables},
};
use tokio_util::sync::CancellationToken;

/// What was logged.
#[derive(Default)]
struct Log(Mutex<Vec<u8>>);

impl Write for &Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts two services of one process in `folder`, and gives what was logged meanwhile.
async fn started(folder: &Path, more: &[(&str, &str)]) -> (Result<(), StartError>, String) {
    let folder = folder.to_string_lossy().into_owned();
    // Nobody listens there: starting does not wait for the broker.
    let mut variables = Variables::from(
        [
            ("BUS_URL", "amqp://127.0.0.1:1"),
            ("DATABASE_URL", "sqlite://{data_dir}/{service}.db"),
            ("DATA_DIR", &folder),
            ("CATALOGUE_DIR", &folder),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    variables.extend(
        more.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let ground = Ground {
        settings: Arc::new(Settings::load(&variables).unwrap()),
        variables,
        clock: Clock::system(),
        keys: Keys::fixed(&Jwks { keys: Vec::new() }),
        stopping: CancellationToken::new(),
    };
    let log = Arc::new(Log::default());
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false);
    let logging = tracing::subscriber::set_default(subscriber.finish());
    let services = [Service::new("till"), Service::new("echo")];
    let outcome = Running::start(&services, &ground).await.map(drop);
    drop(logging);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    (outcome, log)
}

#[tokio::test]
async fn a_missing_file_is_warned_of_once_with_what_follows() {
    let folder = tempfile::tempdir().unwrap();
    let (outcome, log) = started(folder.path(), &[]).await;
    assert!(outcome.is_ok());
    let warnings: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("BUS_TOPOLOGY"))
        .collect();
    assert_eq!(warnings.len(), 1, "{log}");
    assert!(warnings[0].contains("WARN"), "{log}");
    let file = folder.path().join("topology.json");
    assert!(warnings[0].contains(&*file.to_string_lossy()), "{log}");
    assert!(warnings[0].contains("events for them are lost"), "{log}");
}

#[tokio::test]
async fn where_nothing_is_to_be_declared_nothing_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    for variable in [("BUS_TOPOLOGY", "none"), ("BUS_URL", "local:")] {
        let (outcome, log) = started(folder.path(), &[variable]).await;
        assert!(outcome.is_ok());
        assert!(!log.contains("BUS_TOPOLOGY"), "{log}");
    }
    std::fs::write(
        folder.path().join("topology.json"),
        r#"[{ "service": "till", "hears": [] }]"#,
    )
    .unwrap();
    let (outcome, log) = started(folder.path(), &[]).await;
    assert!(outcome.is_ok());
    assert!(!log.contains("BUS_TOPOLOGY"), "{log}");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_or_understood_ends_the_start_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("topology.json");
    let named = |error: &StartError| {
        error
            .to_string()
            .contains(&format!("BUS_TOPOLOGY ({})", file.display()))
    };
    std::fs::create_dir(&file).unwrap();
    let (outcome, _) = started(folder.path(), &[]).await;
    let error = outcome.unwrap_err();
    assert!(named(&error), "a folder is no file: {error}");
    std::fs::remove_dir(&file).unwrap();
    for text in ["[{ \"service\": ", "[{ \"service\": \"till\" }]", "{}"] {
        std::fs::write(&file, text).unwrap();
        let (outcome, _) = started(folder.path(), &[]).await;
        let error = outcome.unwrap_err();
        assert!(named(&error), "{text}: {error}");
    }
}
