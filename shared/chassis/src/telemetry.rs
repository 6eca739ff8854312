//! Traces, metrics and logs: to the console, to `/metrics`, and over OTLP when an endpoint is set. Never personal data.

use std::{sync::Arc, sync::OnceLock, time::Duration};

use chrono::TimeDelta;
use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Gauge, Histogram},
    propagation::{Extractor, TextMapPropagator},
    trace::{TraceContextExt, TracerProvider as _},
};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::{
    Resource,
    logs::SdkLoggerProvider,
    metrics::SdkMeterProvider,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider},
};
use prometheus::{Registry, TextEncoder};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    Envelope, StartError,
    config::{LogFormat, Settings},
};

static REGISTRY: OnceLock<Registry> = OnceLock::new();

/// Keeps the exporters alive; [`Guard::shutdown`] sends what they still hold.
pub struct Guard {
    tracers: SdkTracerProvider,
    meters: SdkMeterProvider,
    loggers: SdkLoggerProvider,
}

/// Installs logging, tracing and metrics for this process. `name` is `service.name`.
pub fn install(settings: &Settings, name: &'static str) -> Result<Guard, StartError> {
    let endpoint = settings
        .otel_exporter_otlp_endpoint
        .trim_end_matches('/')
        .to_owned();
    let resource = Resource::builder().with_service_name(name).build();
    let because =
        |what: &'static str| move |error: &dyn std::error::Error| StartError::because(what, error);
    let at = |path: &str| format!("{endpoint}/v1/{path}");

    let mut tracers = SdkTracerProvider::builder()
        .with_resource(resource.clone())
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(
            settings.otel_traces_sample_ratio,
        ))));
    let registry = Registry::new();
    let prometheus = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .build()
        .map_err(|error| because("/metrics")(&error))?;
    let mut meters = SdkMeterProvider::builder()
        .with_resource(resource.clone())
        .with_reader(prometheus);
    let mut loggers = SdkLoggerProvider::builder().with_resource(resource);
    if !endpoint.is_empty() {
        let refused = because("OTEL_EXPORTER_OTLP_ENDPOINT");
        let spans = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_endpoint(at("traces"))
            .build();
        tracers = tracers.with_batch_exporter(spans.map_err(|error| refused(&error))?);
        let metrics = opentelemetry_otlp::MetricExporter::builder()
            .with_http()
            .with_endpoint(at("metrics"))
            .build();
        meters = meters.with_periodic_exporter(metrics.map_err(|error| refused(&error))?);
        let logs = opentelemetry_otlp::LogExporter::builder()
            .with_http()
            .with_endpoint(at("logs"))
            .build();
        loggers = loggers.with_batch_exporter(logs.map_err(|error| refused(&error))?);
    }
    let guard = Guard {
        tracers: tracers.build(),
        meters: meters.build(),
        loggers: loggers.build(),
    };
    global::set_meter_provider(guard.meters.clone());
    global::set_text_map_propagator(TraceContextPropagator::new());
    let _ = REGISTRY.set(registry);

    let filter = || {
        let chosen = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
            EnvFilter::new("info,sqlx=warn,sea_orm=warn,lapin=warn,tower_http=warn")
        });
        // The exporters' own traffic must not feed them.
        ["hyper=off", "reqwest=off", "opentelemetry=off", "h2=off"]
            .into_iter()
            .filter_map(|directive| directive.parse().ok())
            .fold(chosen, EnvFilter::add_directive)
    };
    let console = match settings.log_format {
        LogFormat::Pretty => tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_target(false)
            .boxed(),
        LogFormat::Json => tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .with_writer(std::io::stderr)
            .boxed(),
    };
    let spans = tracing_opentelemetry::layer().with_tracer(guard.tracers.tracer("motcua"));
    let logs = (!endpoint.is_empty())
        .then(|| OpenTelemetryTracingBridge::new(&guard.loggers).with_filter(filter()));
    tracing_subscriber::registry()
        .with(console.with_filter(filter()))
        .with(spans.with_filter(filter()))
        .with(logs)
        .try_init()
        .map_err(|error| StartError::new(format!("logging: {error}")))?;
    Ok(guard)
}

impl Guard {
    /// Sends what the exporters still hold. Blocks: call it where blocking is allowed.
    pub fn shutdown(self) {
        // A collector that is away must not keep a service from stopping; there is nobody left to tell.
        let _ = self.tracers.shutdown_with_timeout(Duration::from_secs(3));
        let _ = self.loggers.shutdown_with_timeout(Duration::from_secs(3));
        let _ = self.meters.shutdown_with_timeout(Duration::from_secs(3));
    }
}

/// The metrics of this process in Prometheus's text format.
pub(crate) fn metrics_text() -> String {
    let families = REGISTRY.get().map(Registry::gather).unwrap_or_default();
    TextEncoder::new()
        .encode_to_string(&families)
        .unwrap_or_default()
}

struct Parent<'a>(&'a str);

impl Extractor for Parent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == "traceparent").then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}

/// The W3C trace context of the current span, if it is part of a trace. Calls to other systems carry it as `traceparent`.
pub fn traceparent() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| {
        format!(
            "00-{}-{}-{:02x}",
            span.trace_id(),
            span.span_id(),
            span.trace_flags().to_u8()
        )
    })
}

/// A trace context for what begins outside every trace.
pub fn new_traceparent() -> String {
    format!(
        "00-{}-{}-01",
        hex::encode(crate::random::<16>()),
        hex::encode(crate::random::<8>())
    )
}

/// Makes `span` go on with the trace that `traceparent` names.
pub(crate) fn continue_trace(span: &Span, traceparent: &str) {
    let context = TraceContextPropagator::new().extract(&Parent(traceparent));
    // Fails only where no tracing is installed, as in tests.
    let _ = span.set_parent(context);
}

/// The span of handling messages of one type: it goes on with the trace of a single message and links to all of them.
pub(crate) fn process_span(service: &'static str, wire: &str, envelopes: &[Arc<Envelope>]) -> Span {
    let first = envelopes.first();
    let span = tracing::info_span!(
        "process",
        otel.name = format!("process {wire}"),
        otel.kind = "consumer",
        service,
        messaging.operation.name = "process",
        messaging.batch.message_count = envelopes.len(),
        message = first.map(|envelope| tracing::field::display(envelope.id)),
        dossier = first
            .and_then(|envelope| envelope.subject)
            .map(tracing::field::display),
        trace_id = first
            .and_then(|envelope| envelope.traceparent.as_deref())
            .and_then(|parent| parent.get(3..35)),
    );
    if let [only] = envelopes
        && let Some(parent) = &only.traceparent
    {
        continue_trace(&span, parent);
    }
    for parent in envelopes
        .iter()
        .filter_map(|envelope| envelope.traceparent.as_deref())
    {
        let context = TraceContextPropagator::new().extract(&Parent(parent));
        span.add_link(context.span().span_context().clone());
    }
    span
}

/// The instruments of one service.
pub(crate) struct Meters {
    service: &'static str,
    handled: Counter<u64>,
    duplicates: Counter<u64>,
    failed: Counter<u64>,
    said: Counter<u64>,
    published: Counter<u64>,
    batch: Histogram<f64>,
    lag: Histogram<f64>,
    parked: Gauge<i64>,
    deferred: Gauge<i64>,
    backlog: Gauge<i64>,
}

impl Meters {
    pub fn new(service: &'static str) -> Self {
        let meter = global::meter("motcua");
        Self {
            service,
            handled: meter
                .u64_counter("motcua.messages.handled")
                .with_description("Messages that took effect")
                .build(),
            duplicates: meter
                .u64_counter("motcua.messages.duplicate")
                .with_description("Duplicates recognised")
                .build(),
            failed: meter
                .u64_counter("motcua.messages.failed")
                .with_description("Failed attempts by fate")
                .build(),
            said: meter
                .u64_counter("motcua.messages.said")
                .with_description("Messages committed to the outbox")
                .build(),
            published: meter
                .u64_counter("motcua.messages.published")
                .with_description("Messages confirmed")
                .build(),
            batch: meter
                .f64_histogram("messaging.process.duration")
                .with_unit("s")
                .with_description("One batch")
                .build(),
            lag: meter
                .f64_histogram("motcua.outbox.lag")
                .with_unit("s")
                .with_description("From said to confirmed")
                .build(),
            parked: meter
                .i64_gauge("motcua.parked")
                .with_description("Messages that wait for a person")
                .build(),
            deferred: meter
                .i64_gauge("motcua.deferred")
                .with_description("Messages that wait for an attempt")
                .build(),
            backlog: meter
                .i64_gauge("motcua.outbox.backlog")
                .with_description("Messages said and not confirmed yet")
                .build(),
        }
    }

    fn service(&self) -> KeyValue {
        KeyValue::new("service", self.service)
    }

    pub fn handled(&self, groups: &[(&str, usize)], duplicates: usize, took: Duration) {
        for (wire, count) in groups {
            let labels = [self.service(), KeyValue::new("type", (*wire).to_owned())];
            self.handled.add(*count as u64, &labels);
        }
        if duplicates > 0 {
            self.duplicates.add(duplicates as u64, &[self.service()]);
        }
        self.batch.record(took.as_secs_f64(), &[self.service()]);
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

    pub fn published(&self, lag: TimeDelta) {
        self.published.add(1, &[self.service()]);
        self.lag
            .record(lag.as_seconds_f64().max(0.0), &[self.service()]);
    }

    pub fn waiting(&self, parked: i64, deferred: i64, backlog: i64) {
        self.backlog.record(backlog, &[self.service()]);
        self.parked.record(parked, &[self.service()]);
        self.deferred.record(deferred, &[self.service()]);
    }
}
