//! The trace that a message carries on, and the span of handling it.

use std::sync::Arc;

use opentelemetry::{
    propagation::{Extractor, TextMapPropagator},
    trace::TraceContextExt,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{destination, system};
use crate::{App, Envelope};

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
pub(crate) fn process_span(app: &App, wire: &str, envelopes: &[Arc<Envelope>]) -> Span {
    let service = app.name();
    let first = envelopes.first();
    let only = first.filter(|_| envelopes.len() == 1);
    let on = first.map(|envelope| destination(&[&envelope.routing_key, &app.queue_of(wire)]));
    let span = tracing::info_span!(
        "process",
        otel.name = format!("process {wire}"),
        otel.kind = "consumer",
        service,
        messaging.system = system(),
        messaging.operation.name = "process",
        messaging.operation.type = "process",
        messaging.destination.name = on,
        messaging.message.id = only.map(|envelope| display(envelope.id)),
        messaging.batch.message_count = only.is_none().then_some(envelopes.len()),
        dossier = first.and_then(|envelope| envelope.subject).map(display),
        trace_id = first
            .and_then(|envelope| envelope.traceparent.as_deref())
            .and_then(|parent| parent.get(3..35)),
    );
    if let Some(parent) = only.and_then(|only| only.traceparent.as_deref()) {
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
