//! Traces, metrics and logs: to the console, to `/metrics`, and over OTLP when an endpoint is set. Never personal data.
//!
//! Names, units and attributes are those of OpenTelemetry's semantic conventions where they have one, `motcua.…` where not.

mod meters;
mod requests;
mod trace;

use std::{sync::OnceLock, time::Duration};

use opentelemetry::{KeyValue, global, metrics::MeterProvider, trace::TracerProvider};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    logs::SdkLoggerProvider,
    metrics::SdkMeterProvider,
    propagation::TraceContextPropagator,
    resource::{EnvResourceDetector, ResourceDetector, TelemetryResourceDetector},
    trace::{Sampler, SdkTracerProvider},
};
use prometheus::{Registry, TextEncoder};
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    StartError,
    bus::rabbit::EXCHANGE,
    config::{LogFormat, Settings},
};

pub(crate) use meters::Meters;
pub(crate) use trace::{continue_trace, process_span};
pub use trace::{new_traceparent, traceparent};

/// Bounds that the conventions set for durations of requests and of messaging operations, in seconds.
const DURATIONS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

static REGISTRY: OnceLock<Registry> = OnceLock::new();
static SYSTEM: OnceLock<&str> = OnceLock::new();

/// Keeps the exporters alive; [`Guard::shutdown`] sends what they still hold.
pub struct Guard {
    tracers: SdkTracerProvider,
    meters: SdkMeterProvider,
    loggers: SdkLoggerProvider,
}

/// Installs logging, tracing and metrics for this process. `name` is `service.name`.
pub fn install(settings: &Settings, name: &'static str) -> Result<Guard, StartError> {
    let local = settings.bus_url.starts_with("local:");
    let _ = SYSTEM.set(if local { "local" } else { "rabbitmq" });
    let guard = Guard::open(settings, &resource(name))?;
    global::set_meter_provider(guard.meters.clone());
    global::set_text_map_propagator(TraceContextPropagator::new());

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
    let logs = (!settings.otel_exporter_otlp_endpoint.is_empty())
        .then(|| OpenTelemetryTracingBridge::new(&guard.loggers).with_filter(filter()));
    let requests = requests::Requests::new(&guard.meters.meter("motcua"), &settings.public_url);
    tracing_subscriber::registry()
        .with(console.with_filter(filter()))
        .with(spans.with_filter(filter()))
        .with(logs)
        .with(requests.layer())
        .try_init()
        .map_err(|error| StartError::new(format!("logging: {error}")))?;
    Ok(guard)
}

/// What is chosen by `RUST_LOG`, without the exporters' own traffic: it must not feed them.
fn filter() -> EnvFilter {
    let chosen = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        EnvFilter::new("info,sqlx=warn,sea_orm=warn,lapin=warn,tower_http=warn")
    });
    ["hyper=off", "reqwest=off", "opentelemetry=off", "h2=off"]
        .into_iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(chosen, EnvFilter::add_directive)
}

/// Who is telling. `OTEL_RESOURCE_ATTRIBUTES` may name the instance; by itself each process is one.
fn resource(name: &'static str) -> Resource {
    let detectors: [Box<dyn ResourceDetector>; 2] = [
        Box::new(TelemetryResourceDetector),
        Box::new(EnvResourceDetector::new()),
    ];
    let instance = uuid::Builder::from_random_bytes(crate::random()).into_uuid();
    Resource::builder_empty()
        .with_attribute(KeyValue::new("service.instance.id", instance.to_string()))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_detectors(&detectors)
        .with_service_name(name)
        .build()
}

impl Guard {
    fn open(settings: &Settings, resource: &Resource) -> Result<Self, StartError> {
        let registry = Registry::new();
        let prometheus = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .build()
            .map_err(|error| StartError::because("/metrics", &error))?;
        let _ = REGISTRY.set(registry);
        let ratio = Sampler::TraceIdRatioBased(settings.otel_traces_sample_ratio);
        let mut tracers = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_sampler(Sampler::ParentBased(Box::new(ratio)));
        let mut meters = SdkMeterProvider::builder()
            .with_resource(resource.clone())
            .with_reader(prometheus);
        let mut loggers = SdkLoggerProvider::builder().with_resource(resource.clone());
        let endpoint = settings.otel_exporter_otlp_endpoint.trim_end_matches('/');
        if !endpoint.is_empty() {
            let at = |path: &str| format!("{endpoint}/v1/{path}");
            let spans = SpanExporter::builder().with_http();
            let spans = spans.with_endpoint(at("traces")).build();
            let metrics = MetricExporter::builder().with_http();
            let metrics = metrics.with_endpoint(at("metrics")).build();
            let logs = LogExporter::builder().with_http();
            let logs = logs.with_endpoint(at("logs")).build();
            tracers = tracers.with_batch_exporter(spans.map_err(refused)?);
            meters = meters.with_periodic_exporter(metrics.map_err(refused)?);
            loggers = loggers.with_batch_exporter(logs.map_err(refused)?);
        }
        Ok(Self {
            tracers: tracers.build(),
            meters: meters.build(),
            loggers: loggers.build(),
        })
    }

    /// Sends what the exporters still hold. Blocks: call it where blocking is allowed.
    pub fn shutdown(self) {
        // A collector that is away must not keep a service from stopping; there is nobody left to tell.
        let _ = self.tracers.shutdown_with_timeout(Duration::from_secs(3));
        let _ = self.loggers.shutdown_with_timeout(Duration::from_secs(3));
        let _ = self.meters.shutdown_with_timeout(Duration::from_secs(3));
    }
}

fn refused(error: opentelemetry_otlp::ExporterBuildError) -> StartError {
    StartError::because("OTEL_EXPORTER_OTLP_ENDPOINT", &error)
}

/// The metrics of this process in Prometheus's text format.
pub(crate) fn metrics_text() -> String {
    let families = REGISTRY.get().map(Registry::gather).unwrap_or_default();
    TextEncoder::new()
        .encode_to_string(&families)
        .unwrap_or_default()
}

/// `messaging.system`: what carries this process's messages.
fn system() -> &'static str {
    SYSTEM.get().copied().unwrap_or("local")
}

/// `messaging.destination.name` as the conventions write it for RabbitMQ: exchange, then routing key, queue, or both.
fn destination(parts: &[&str]) -> String {
    format!("{EXCHANGE}:{}", parts.join(":"))
}
