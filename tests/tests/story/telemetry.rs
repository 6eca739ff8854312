//! What an operator's tools must have seen of the story: by the conventions' names, in agreement with the tables, and nobody's data.

use std::collections::BTreeSet;

use crate::collector::{Attributes, Collector, Metric, Span};

/// Every service that hears messages.
pub const HEARERS: [&str; 7] = [
    "scan",
    "intake",
    "desk",
    "payment",
    "delivery",
    "notification",
    "agency-civil-status",
];

/// The bounds that the conventions set for durations, in seconds.
const DURATIONS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

const SERVER: i32 = 2;
const CONSUMER: i32 = 5;

/// How many rows a service's tables have.
#[derive(Debug, Clone)]
pub struct Tables {
    pub service: &'static str,
    pub inbox: u64,
    pub outbox: u64,
    pub parked: u64,
    pub deferred: u64,
}

/// What a story of which the collector has heard everything must show.
pub struct Heard<'a> {
    pub collector: &'a Collector,
    /// `messaging.system`.
    pub system: &'static str,
    /// The story's trace.
    pub trace: String,
}

impl Heard<'_> {
    /// One dossier, one trace: handled by all services, and each handling linked to what caused it.
    pub fn one_trace_crosses_all_services(&self) {
        let spans = self.spans(CONSUMER);
        let service = |span: &Span| span.attributes["service"].clone();
        let mine = spans.iter().filter(|span| span.trace == self.trace);
        let crossed: BTreeSet<String> = mine.map(service).collect();
        assert_eq!(crossed, HEARERS.map(str::to_owned).into());
        for span in &spans {
            let by = service(span);
            let operation = [
                ("messaging.system", self.system),
                ("messaging.operation.name", "process"),
                ("messaging.operation.type", "process"),
            ];
            has(&span.attributes, &operation);
            let on = &span.attributes["messaging.destination.name"];
            let wire = span.name.strip_prefix("process ").expect("operation, type");
            let queues = [format!(":{by}"), format!(":{by}.apart")];
            assert!(
                on.starts_with(&format!("motcua:{wire}"))
                    && queues.iter().any(|queue| on.ends_with(queue)),
                "{on} is not the exchange, key and queue of {wire} in {by}"
            );
            let one = span.attributes.contains_key("messaging.message.id");
            let many = span
                .attributes
                .contains_key("messaging.batch.message_count");
            assert!(one != many, "a message or a batch: {span:?}");
            assert!(!span.links.is_empty(), "linked to its cause: {span:?}");
            assert!(many || span.links.contains(&span.trace), "{span:?}");
        }
    }

    /// Durations of requests, one for each span of a request, by route and not by path.
    pub fn every_request_is_measured(&self) {
        let duration = self.collector.metric("http.server.request.duration");
        seconds(&duration, &DURATIONS);
        let spans = self.spans(SERVER);
        assert_eq!(duration.count(&[]), spans.len() as u64);
        for (method, route, status) in [
            ("POST", "/scan/documents", "201"),
            ("POST", "/intake/dossiers", "201"),
            ("POST", "/intake/dossiers/{id}/submit", "200"),
            ("POST", "/desk/dossiers/{id}/receive", "200"),
            ("POST", "/payment/orders/{id}/pay", "201"),
            ("POST", "/desk/dossiers/{id}/sign-off", "200"),
            ("GET", "/delivery/results/{id}/file", "200"),
        ] {
            let answered = [
                ("http.request.method", method),
                ("http.route", route),
                ("http.response.status_code", status),
            ];
            assert_eq!(duration.count(&answered), 1, "{method} {route} {status}");
            let mut spans = spans.iter();
            let span = spans.find(|span| span.name == format!("{method} {route}"));
            has(&span.expect(route).attributes, &answered);
        }
        for attributes in duration.points.keys() {
            has(attributes, &[("url.scheme", "http")]);
            let failed = attributes["http.response.status_code"].starts_with('5');
            assert_eq!(attributes.contains_key("error.type"), failed);
        }
    }

    /// Messages counted and timed under the conventions' names, and each by its fate.
    pub fn every_message_is_counted(&self, tables: &[Tables]) {
        let [handled, duplicates, failed, said, published, consumed] = [
            "motcua.messages.handled",
            "motcua.messages.duplicate",
            "motcua.messages.failed",
            "motcua.messages.said",
            "motcua.messages.published",
            "messaging.client.consumed.messages",
        ]
        .map(|name| self.collector.metric(name));
        let process = self.collector.metric("messaging.process.duration");
        seconds(&process, &DURATIONS);
        for rows in tables {
            let of = [("service", rows.service)];
            let is = |metric: &Metric| whole(metric.sum(&of));
            assert_eq!(is(&handled), rows.inbox, "handled = inbox of {rows:?}");
            assert_eq!(is(&said), rows.outbox, "said = outbox of {rows:?}");
            assert_eq!(
                is(&published),
                rows.outbox,
                "published = outbox of {rows:?}"
            );
            let parked = whole(failed.sum(&[("service", rows.service), ("fate", "parked")]));
            assert_eq!(parked, rows.parked, "parked of {rows:?}");
            let all = is(&handled) + is(&duplicates) + parked;
            assert_eq!(
                is(&consumed),
                all,
                "every delivery has its fate in {rows:?}"
            );
            assert!(process.count(&of) > 0, "processing in {rows:?} is timed");
            for attributes in consumed.points.keys() {
                self.operation(attributes, "deliver", "receive");
            }
        }
        for metric in [&handled, &failed, &said, &published, &consumed] {
            // One that nothing moved does not come at all.
            let silent = metric.points.is_empty();
            assert!(silent || metric.unit == "{message}", "{metric:?}");
        }
        for (attributes, on) in process.points.keys().map(|all| (all, &all["service"])) {
            self.operation(attributes, "process", "process");
            let queue = &attributes["messaging.destination.name"];
            let queue = queue.strip_suffix(".apart").unwrap_or(queue);
            assert_eq!(queue, format!("motcua:{on}"), "{attributes:?}");
        }
    }

    /// What a client of a broker says of its publishing. The local bus is nobody's client.
    pub fn every_publish_is_timed(&self, tables: &[Tables]) {
        let [sent, duration] = [
            "messaging.client.sent.messages",
            "messaging.client.operation.duration",
        ]
        .map(|name| self.collector.metric(name));
        seconds(&duration, &DURATIONS);
        assert_eq!(sent.unit, "{message}");
        let confirmed = |attributes: &Attributes| !attributes.contains_key("error.type");
        for rows in tables {
            let of = |attributes: &Attributes| attributes["service"] == rows.service;
            let points = sent.points.iter().filter(|(a, _)| of(a) && confirmed(a));
            let times = duration
                .points
                .iter()
                .filter(|(a, _)| of(a) && confirmed(a));
            assert_eq!(
                points.map(|(_, p)| whole(p.value)).sum::<u64>(),
                rows.outbox
            );
            assert_eq!(times.map(|(_, p)| p.count).sum::<u64>(), rows.outbox);
        }
        for attributes in sent.points.keys().chain(duration.points.keys()) {
            self.operation(attributes, "publish", "send");
        }
    }

    /// The four places where a message can wait: the outbox, the queue, for another attempt, for a person.
    pub fn every_wait_is_shown(&self, tables: &[Tables]) {
        let [outbox, queue] = ["motcua.outbox.lag", "motcua.queue.lag"].map(|name| {
            let lag = self.collector.metric(name);
            assert_eq!(lag.unit, "s", "{name}");
            lag
        });
        let [consumed, backlog, deferred, parked] = [
            "messaging.client.consumed.messages",
            "motcua.outbox.backlog",
            "motcua.deferred",
            "motcua.parked",
        ]
        .map(|name| self.collector.metric(name));
        for rows in tables {
            let of = [("service", rows.service)];
            assert_eq!(outbox.count(&of), rows.outbox, "outbox lags of {rows:?}");
            assert_eq!(queue.count(&of), whole(consumed.sum(&of)), "{rows:?}");
            // A story takes seconds; a lag in another unit, or from another clock, would not fit.
            for lag in outbox.of(&of).chain(queue.of(&of)) {
                assert!((0.0..60.0 * messages(lag.count.max(1))).contains(&lag.value));
                assert!(lag.bounds.contains(&86_400.0), "an outage is hours long");
            }
            for (gauge, waiting) in [(&deferred, rows.deferred), (&parked, rows.parked)] {
                let shown: Vec<u64> = gauge.of(&of).map(|point| whole(point.value)).collect();
                assert_eq!(shown, [waiting], "{rows:?}");
                assert_eq!(gauge.unit, "{message}");
            }
            assert_eq!(backlog.of(&of).count(), 1, "backlog of {rows:?}");
        }
    }

    /// Logs say who, how bad, and in which span that came too.
    pub fn logs_go_with_spans(&self) {
        let spans = self.collector.spans();
        let known: BTreeSet<(&str, &str)> = spans
            .iter()
            .map(|span| (span.trace.as_str(), span.id.as_str()))
            .collect();
        let lines = self.collector.lines();
        for line in &lines {
            assert_eq!(line.service, "motcua", "{line:?}");
            // The protocol's numbers go by fours: debug from 5, info from 9, warn from 13, error from 17.
            let level = match line.severity {
                5..=8 => "DEBUG",
                9..=12 => "INFO",
                13..=16 => "WARN",
                17..=20 => "ERROR",
                _ => "none that is asked for",
            };
            assert_eq!(line.severity_text, level, "{line:?}");
            let place = (line.trace.as_str(), line.span.as_str());
            assert!(line.trace.is_empty() || known.contains(&place), "{line:?}");
        }
        let of_the_story = lines.iter().filter(|line| line.trace == self.trace);
        let spans_with_lines: BTreeSet<&str> = of_the_story.map(|l| l.span.as_str()).collect();
        for span in spans
            .iter()
            .filter(|span| span.trace == self.trace && span.kind == CONSUMER)
        {
            assert!(
                spans_with_lines.contains(span.id.as_str()),
                "no line in {span:?}"
            );
        }
    }

    /// None of these stands anywhere in what was sent.
    pub fn nobody_is_named(&self, personal: &[&str]) {
        // The search finds what is there: in each of the three signals a service's name.
        assert_eq!(self.collector.naming("motcua").len(), 3);
        for text in personal {
            let found = self.collector.naming(text);
            assert!(found.is_empty(), "{text} stands in {found:?}");
        }
        let resources = self.collector.resources();
        assert_eq!(resources.len(), 1, "one process: {resources:?}");
        for resource in resources {
            has(&resource, &[("service.name", "motcua")]);
            assert!(!resource["service.instance.id"].is_empty());
        }
    }

    fn spans(&self, kind: i32) -> Vec<Span> {
        let mut spans = self.collector.spans();
        spans.retain(|span| span.kind == kind);
        spans
    }

    /// What the conventions require of every messaging operation.
    fn operation(&self, attributes: &Attributes, name: &str, kind: &str) {
        let required = [
            ("messaging.system", self.system),
            ("messaging.operation.name", name),
            ("messaging.operation.type", kind),
        ];
        has(attributes, &required);
        let on = &attributes["messaging.destination.name"];
        assert!(on.starts_with("motcua:"), "{on} names the exchange");
    }
}

fn has(attributes: &Attributes, wanted: &[(&str, &str)]) {
    for (key, value) in wanted {
        let found = attributes.get(*key).map(String::as_str);
        assert_eq!(found, Some(*value), "{key} of {attributes:?}");
    }
}

/// A histogram in seconds whose buckets tell seconds apart.
fn seconds(metric: &Metric, bounds: &[f64]) {
    assert_eq!(metric.unit, "s");
    assert!(!metric.points.is_empty());
    for point in metric.points.values() {
        assert_eq!(point.bounds, bounds);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a story counts to hundreds")]
fn messages(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of messages, checked to be whole"
)]
fn whole(value: f64) -> u64 {
    assert!(value >= 0.0 && value.fract() == 0.0, "{value} is no count");
    value as u64
}
