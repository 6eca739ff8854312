//! The instruments of one service: OpenTelemetry's conventions for messaging where they have a name, `motcua.…` where not.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Gauge, Histogram, Meter},
};

use super::{DURATIONS, destination, system};
use crate::{Envelope, bus::Outcome};

/// Bounds for waiting, in seconds: usually milliseconds, in an outage hours.
const WAITS: [f64; 17] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0,
    7_200.0, 86_400.0,
];

/// The instruments of one service.
pub(crate) struct Meters {
    service: &'static str,
    handled: Counter<u64>,
    duplicates: Counter<u64>,
    failed: Counter<u64>,
    said: Counter<u64>,
    published: Counter<u64>,
    sent: Counter<u64>,
    sending: Histogram<f64>,
    consumed: Counter<u64>,
    processing: Histogram<f64>,
    outbox_lag: Histogram<f64>,
    queue_lag: Histogram<f64>,
    parked: Gauge<i64>,
    deferred: Gauge<i64>,
    backlog: Gauge<i64>,
}

impl Meters {
    pub fn new(service: &'static str) -> Self {
        let meter = global::meter("motcua");
        let count = |name, what| counter(&meter, name, what);
        let waiting = |name, what| gauge(&meter, name, what);
        let seconds = |name, what, bounds| histogram(&meter, name, what, bounds);
        Self {
            service,
            handled: count("motcua.messages.handled", "Messages that took effect"),
            duplicates: count("motcua.messages.duplicate", "Duplicates recognised"),
            failed: count("motcua.messages.failed", "Failed attempts by fate"),
            said: count("motcua.messages.said", "Messages committed to the outbox"),
            published: count("motcua.messages.published", "Messages confirmed"),
            sent: count(
                "messaging.client.sent.messages",
                "Number of messages producer attempted to send to the broker",
            ),
            sending: seconds(
                "messaging.client.operation.duration",
                "Duration of messaging operation initiated by a producer or consumer client",
                &DURATIONS,
            ),
            consumed: count(
                "messaging.client.consumed.messages",
                "Number of messages that were delivered to the application",
            ),
            processing: seconds(
                "messaging.process.duration",
                "Duration of processing operation: one batch, one transaction",
                &DURATIONS,
            ),
            outbox_lag: seconds("motcua.outbox.lag", "From said to confirmed", &WAITS),
            queue_lag: seconds("motcua.queue.lag", "From said to taken by a hearer", &WAITS),
            parked: waiting("motcua.parked", "Messages that wait for a person"),
            deferred: waiting("motcua.deferred", "Messages that wait for an attempt"),
            backlog: waiting(
                "motcua.outbox.backlog",
                "Messages said and not confirmed yet",
            ),
        }
    }

    fn service(&self) -> KeyValue {
        KeyValue::new("service", self.service)
    }

    /// What the conventions want of every messaging operation.
    fn operation(&self, name: &'static str, kind: &'static str, on: String) -> [KeyValue; 5] {
        [
            self.service(),
            KeyValue::new("messaging.system", system()),
            KeyValue::new("messaging.operation.name", name),
            KeyValue::new("messaging.operation.type", kind),
            KeyValue::new("messaging.destination.name", on),
        ]
    }

    /// A batch came off the bus, duplicates and all.
    pub fn taken(&self, queue: &str, envelopes: &[Envelope], now: DateTime<Utc>) {
        let mut counts: Vec<(&str, u64)> = Vec::new();
        for envelope in envelopes {
            // Other people's messages need not tell when they were said.
            if envelope.time > DateTime::UNIX_EPOCH {
                self.queue_lag
                    .record(seconds(now - envelope.time), &[self.service()]);
            }
            match counts
                .iter_mut()
                .find(|(key, _)| *key == envelope.routing_key)
            {
                Some((_, count)) => *count += 1,
                None => counts.push((&envelope.routing_key, 1)),
            }
        }
        for (key, count) in counts {
            let on = destination(&[key, queue]);
            self.consumed
                .add(count, &self.operation("deliver", "receive", on));
        }
    }

    /// A batch took effect.
    pub fn handled(
        &self,
        queue: &str,
        groups: &[(&str, usize)],
        duplicates: usize,
        took: Duration,
    ) {
        for (wire, count) in groups {
            let labels = [self.service(), KeyValue::new("type", (*wire).to_owned())];
            self.handled.add(*count as u64, &labels);
        }
        if duplicates > 0 {
            self.duplicates.add(duplicates as u64, &[self.service()]);
        }
        // A batch holds messages of several keys: only the queue is common to them.
        let on = destination(&[queue]);
        self.processing.record(
            took.as_secs_f64(),
            &self.operation("process", "process", on),
        );
    }

    pub fn failed(&self, wire: &str, fate: &'static str) {
        let labels = [
            self.service(),
            KeyValue::new("type", wire.to_owned()),
            KeyValue::new("fate", fate),
        ];
        self.failed.add(1, &labels);
    }

    pub fn said(&self, count: usize) {
        self.said.add(count as u64, &[self.service()]);
    }

    /// The broker answered a publish, or did not.
    pub fn sent(&self, key: &str, outcome: Outcome, took: Duration) {
        let error = match outcome {
            Outcome::Confirmed => None,
            Outcome::Unroutable => Some("unroutable"),
            Outcome::Failed => Some("unconfirmed"),
        };
        let mut labels = Vec::with_capacity(6);
        labels.extend(self.operation("publish", "send", destination(&[key])));
        labels.extend(error.map(|error| KeyValue::new("error.type", error)));
        self.sent.add(1, &labels);
        self.sending.record(took.as_secs_f64(), &labels);
    }

    pub fn published(&self, lag: TimeDelta) {
        self.published.add(1, &[self.service()]);
        self.outbox_lag.record(seconds(lag), &[self.service()]);
    }

    pub fn waiting(&self, parked: i64, deferred: i64, backlog: i64) {
        self.backlog.record(backlog, &[self.service()]);
        self.parked.record(parked, &[self.service()]);
        self.deferred.record(deferred, &[self.service()]);
    }
}

/// Clocks differ between machines: nothing is heard before it was said.
fn seconds(lag: TimeDelta) -> f64 {
    lag.as_seconds_f64().max(0.0)
}

fn counter(meter: &Meter, name: &'static str, what: &'static str) -> Counter<u64> {
    let counter = meter.u64_counter(name).with_unit("{message}");
    counter.with_description(what).build()
}

fn gauge(meter: &Meter, name: &'static str, what: &'static str) -> Gauge<i64> {
    let gauge = meter.i64_gauge(name).with_unit("{message}");
    gauge.with_description(what).build()
}

fn histogram(
    meter: &Meter,
    name: &'static str,
    what: &'static str,
    bounds: &[f64],
) -> Histogram<f64> {
    let histogram = meter.f64_histogram(name).with_unit("s");
    let histogram = histogram.with_boundaries(bounds.to_vec());
    histogram.with_description(what).build()
}
