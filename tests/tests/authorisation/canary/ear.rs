//! Hears all that our own crates log and trace, at every level, and of the others what is heard in production.

use std::{
    fmt::{Debug, Write as _},
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

/// Crates of ours that are no services.
const OWN: [&str; 9] = [
    "chassis",
    "contracts",
    "files",
    "paper",
    "pades",
    "procedure",
    "calendar",
    "web",
    "testkit",
];

/// What was heard.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    /// All of it.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().expect("what was heard").clone()
    }

    fn note(&self, line: String) {
        self.0.lock().expect("what was heard").push(line);
    }
}

/// Begins to listen, in the whole process.
pub fn listen() -> Heard {
    let services = all_in_one::services();
    let services = services
        .iter()
        .map(|service| service.name().replace('-', "_"));
    let own = OWN.iter().map(|name| (*name).to_owned()).chain(services);
    let targets = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_targets(own.map(|name| (name, Level::TRACE)));
    let heard = Heard::default();
    tracing_subscriber::registry()
        .with(Ear(heard.clone()).with_filter(targets))
        .try_init()
        .expect("nobody else listens in this process");
    heard
}

struct Ear(Heard);

/// A line being written: what it is of, and each field with its value.
struct Line(String);

impl Line {
    fn of(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }

    // As it is, without the escapes of its debug form.
    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, " {field}={value}");
    }
}

impl<S: Subscriber> Layer<S> for Ear {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let mut line = Line::of(attributes.metadata().name());
        attributes.record(&mut line);
        self.0.note(line.0);
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut line = Line::of("…");
        values.record(&mut line);
        self.0.note(line.0);
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::of(event.metadata().target());
        event.record(&mut line);
        self.0.note(line.0);
    }
}
