//! A collector of traces, as an operator would point OTEL_EXPORTER_OTLP_ENDPOINT at.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::State, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value, trace::v1::Span,
};
use prost::Message;

/// Spans that came.
#[derive(Clone, Default)]
pub struct Collector {
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Collector {
    /// Listens at a free port; returns its address too.
    pub async fn start() -> (Self, String) {
        let collector = Self::default();
        let router = Router::new()
            .route("/v1/traces", post(take))
            .route("/v1/metrics", post(|| async {}))
            .route("/v1/logs", post(|| async {}))
            .with_state(collector.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (collector, address)
    }

    /// The services that have a span in the trace `trace_id` (hex).
    pub fn services_in(&self, trace_id: &str) -> BTreeSet<String> {
        let spans = self.spans.lock().expect("no panic while locked");
        let service = |span: &Span| {
            let value = span
                .attributes
                .iter()
                .find(|attribute| attribute.key == "service")?
                .value
                .clone()?
                .value?;
            if let Value::StringValue(text) = value {
                Some(text)
            } else {
                None
            }
        };
        spans
            .iter()
            .filter(|span| hex::encode(&span.trace_id) == trace_id)
            .filter_map(service)
            .collect()
    }
}

async fn take(State(collector): State<Collector>, body: Bytes) {
    let request = ExportTraceServiceRequest::decode(body).expect("OTLP over HTTP");
    let spans = request
        .resource_spans
        .into_iter()
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans);
    collector
        .spans
        .lock()
        .expect("no panic while locked")
        .extend(spans);
}
