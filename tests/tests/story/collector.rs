//! A collector of traces, metrics and logs, as an operator would point OTEL_EXPORTER_OTLP_ENDPOINT at.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{Router, body::Bytes, extract::State, routing::post};
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::{KeyValue, any_value::Value},
    metrics::v1::{HistogramDataPoint, NumberDataPoint, metric::Data, number_data_point},
    resource::v1::Resource,
};
use prost::Message;

/// Attributes, their values as text.
pub type Attributes = BTreeMap<String, String>;

/// A span that has ended.
#[derive(Debug, Clone)]
pub struct Span {
    pub name: String,
    pub trace: String,
    pub id: String,
    /// As the protocol numbers them: 2 is a server's, 5 a consumer's.
    pub kind: i32,
    pub attributes: Attributes,
    /// The traces that it links to.
    pub links: BTreeSet<String>,
}

/// A line of a log.
#[derive(Debug, Clone)]
#[expect(
    dead_code,
    reason = "all of it is shown when a line is not as it should be"
)]
pub struct Line {
    pub service: String,
    pub severity: i32,
    pub severity_text: String,
    pub body: String,
    /// Empty outside every trace.
    pub trace: String,
    pub span: String,
    pub attributes: Attributes,
}

/// What a time series shows last.
#[derive(Debug, Clone, Default)]
pub struct Point {
    /// A counter's or gauge's value, the sum of a histogram.
    pub value: f64,
    /// How many values a histogram has seen.
    pub count: u64,
    /// Where its buckets end.
    pub bounds: Vec<f64>,
}

/// An instrument with all its time series.
#[derive(Debug, Clone, Default)]
pub struct Metric {
    pub unit: String,
    pub points: BTreeMap<Attributes, Point>,
}

impl Metric {
    /// The series that have all of these attributes.
    pub fn of(&self, wanted: &[(&str, &str)]) -> impl Iterator<Item = &Point> {
        let has = |attributes: &Attributes| {
            let mut wanted = wanted.iter();
            wanted.all(|(key, value)| attributes.get(*key).is_some_and(|is| is == value))
        };
        let points = self.points.iter().filter(move |(found, _)| has(found));
        points.map(|(_, point)| point)
    }

    /// The sum of a counter's series that have all of these attributes.
    pub fn sum(&self, wanted: &[(&str, &str)]) -> f64 {
        self.of(wanted).map(|point| point.value).sum()
    }

    /// How often a histogram was recorded with all of these attributes.
    pub fn count(&self, wanted: &[(&str, &str)]) -> u64 {
        self.of(wanted).map(|point| point.count).sum()
    }
}

#[derive(Default)]
struct Received {
    /// Every request as it came, by its path.
    raw: BTreeMap<&'static str, Vec<Bytes>>,
    resources: BTreeSet<Attributes>,
    spans: Vec<Span>,
    lines: Vec<Line>,
    metrics: BTreeMap<String, Metric>,
}

/// What came.
#[derive(Clone, Default)]
pub struct Collector(Arc<Mutex<Received>>);

const TRACES: &str = "/v1/traces";
const METRICS: &str = "/v1/metrics";
const LOGS: &str = "/v1/logs";

impl Collector {
    /// Listens at a free port; returns its address too.
    pub async fn start() -> (Self, String) {
        let collector = Self::default();
        let router = Router::new()
            .route(TRACES, post(take_traces))
            .route(METRICS, post(take_metrics))
            .route(LOGS, post(take_logs))
            .with_state(collector.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (collector, address)
    }

    fn received(&self) -> MutexGuard<'_, Received> {
        self.0.lock().expect("no panic while locked")
    }

    /// Keeps a request and reads it.
    fn take<R: Message + Default>(&self, path: &'static str, body: Bytes) -> R {
        let request = R::decode(body.clone()).expect("OTLP over HTTP");
        self.received().raw.entry(path).or_default().push(body);
        request
    }

    /// Who has sent anything.
    pub fn resources(&self) -> BTreeSet<Attributes> {
        self.received().resources.clone()
    }

    /// All spans.
    pub fn spans(&self) -> Vec<Span> {
        self.received().spans.clone()
    }

    /// All lines of the logs.
    pub fn lines(&self) -> Vec<Line> {
        self.received().lines.clone()
    }

    /// An instrument by its name; one without series when none of that name came.
    pub fn metric(&self, name: &str) -> Metric {
        let received = self.received();
        received.metrics.get(name).cloned().unwrap_or_default()
    }

    /// The signals in which `text` stands anywhere, whatever the field.
    pub fn naming(&self, text: &str) -> Vec<&'static str> {
        let bytes = text.as_bytes();
        let names = |body: &Bytes| body.windows(bytes.len()).any(|window| window == bytes);
        let received = self.received();
        let all = received.raw.iter();
        all.filter(|(_, bodies)| bodies.iter().any(names))
            .map(|(path, _)| *path)
            .collect()
    }
}

async fn take_traces(State(collector): State<Collector>, body: Bytes) {
    let request: ExportTraceServiceRequest = collector.take(TRACES, body);
    let mut received = collector.received();
    for group in request.resource_spans {
        received.resources.insert(attributes_of(group.resource));
        let spans = group.scope_spans.into_iter().flat_map(|scope| scope.spans);
        received.spans.extend(spans.map(|span| {
            Span {
                name: span.name,
                trace: hex::encode(span.trace_id),
                id: hex::encode(span.span_id),
                kind: span.kind,
                attributes: texts(span.attributes),
                links: span
                    .links
                    .iter()
                    .map(|link| hex::encode(&link.trace_id))
                    .collect(),
            }
        }));
    }
}

async fn take_logs(State(collector): State<Collector>, body: Bytes) {
    let request: ExportLogsServiceRequest = collector.take(LOGS, body);
    let mut received = collector.received();
    for group in request.resource_logs {
        let resource = attributes_of(group.resource);
        let service = resource.get("service.name").cloned().unwrap_or_default();
        received.resources.insert(resource);
        let records = group.scope_logs.into_iter().flat_map(|s| s.log_records);
        received.lines.extend(records.map(|record| {
            Line {
                service: service.clone(),
                severity: record.severity_number,
                severity_text: record.severity_text,
                body: record
                    .body
                    .and_then(|body| body.value)
                    .map(text)
                    .unwrap_or_default(),
                trace: hex::encode(record.trace_id),
                span: hex::encode(record.span_id),
                attributes: texts(record.attributes),
            }
        }));
    }
}

async fn take_metrics(State(collector): State<Collector>, body: Bytes) {
    let request: ExportMetricsServiceRequest = collector.take(METRICS, body);
    let mut received = collector.received();
    for group in request.resource_metrics {
        received.resources.insert(attributes_of(group.resource));
        let metrics = group.scope_metrics.into_iter().flat_map(|s| s.metrics);
        for metric in metrics {
            let points: Vec<(Attributes, Point)> = match metric.data {
                Some(Data::Sum(sum)) => sum.data_points.into_iter().map(number).collect(),
                Some(Data::Gauge(gauge)) => gauge.data_points.into_iter().map(number).collect(),
                Some(Data::Histogram(all)) => all.data_points.into_iter().map(histogram).collect(),
                other => panic!(
                    "{} is no kind that the services use: {other:?}",
                    metric.name
                ),
            };
            let kept = received.metrics.entry(metric.name).or_default();
            kept.unit = metric.unit;
            // Every export tells the whole since the start: the last word counts.
            kept.points.extend(points);
        }
    }
}

fn number(point: NumberDataPoint) -> (Attributes, Point) {
    let value = match point.value {
        Some(number_data_point::Value::AsDouble(value)) => value,
        #[expect(clippy::cast_precision_loss, reason = "a story counts to hundreds")]
        Some(number_data_point::Value::AsInt(value)) => value as f64,
        None => f64::NAN,
    };
    let point_of_one = Point {
        value,
        ..Point::default()
    };
    (texts(point.attributes), point_of_one)
}

fn histogram(point: HistogramDataPoint) -> (Attributes, Point) {
    let seen = Point {
        value: point.sum.unwrap_or(f64::NAN),
        count: point.count,
        bounds: point.explicit_bounds,
    };
    (texts(point.attributes), seen)
}

fn attributes_of(resource: Option<Resource>) -> Attributes {
    texts(resource.unwrap_or_default().attributes)
}

fn texts(attributes: Vec<KeyValue>) -> Attributes {
    let pairs = attributes.into_iter().map(|pair| {
        let value = pair.value.and_then(|value| value.value);
        (pair.key, value.map(text).unwrap_or_default())
    });
    pairs.collect()
}

fn text(value: Value) -> String {
    match value {
        Value::StringValue(text) => text,
        Value::IntValue(number) => number.to_string(),
        Value::DoubleValue(number) => number.to_string(),
        Value::BoolValue(truth) => truth.to_string(),
        other => format!("{other:?}"),
    }
}
