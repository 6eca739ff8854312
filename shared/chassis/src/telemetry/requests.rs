//! How long requests took, measured on the spans that they have anyway: what is counted and what is traced cannot differ.

use std::{fmt::Debug, time::Instant};

use opentelemetry::{KeyValue, metrics::Histogram, metrics::Meter};
use tracing::{
    Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, filter::FilterFn, layer::Context, registry::LookupSpan};

use super::DURATIONS;

/// The name of the span that `http` opens for a request.
const SPAN: &str = "request";

/// Records `http.server.request.duration`.
pub(super) struct Requests {
    duration: Histogram<f64>,
    scheme: &'static str,
}

/// A request that has no answer yet.
struct Begun {
    at: Instant,
    fields: Fields,
}

#[derive(Default)]
struct Fields {
    method: &'static str,
    route: String,
    status: Option<u16>,
}

impl Requests {
    /// `public_url` says by what scheme people call.
    pub fn new(meter: &Meter, public_url: &str) -> Self {
        let duration = meter
            .f64_histogram("http.server.request.duration")
            .with_unit("s")
            .with_description("Duration of HTTP server requests")
            .with_boundaries(DURATIONS.to_vec())
            .build();
        let secure = public_url.starts_with("https:");
        Self {
            duration,
            scheme: if secure { "https" } else { "http" },
        }
    }

    /// The same, seeing requests alone, whatever the log's filter says.
    pub fn layer<S>(self) -> impl Layer<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let requests = |metadata: &Metadata<'_>| metadata.is_span() && metadata.name() == SPAN;
        self.with_filter(FilterFn::new(requests).with_max_level_hint(LevelFilter::INFO))
    }

    fn measure(&self, begun: &Begun, status: u16) {
        let mut labels = vec![
            KeyValue::new("http.request.method", begun.fields.method),
            KeyValue::new("url.scheme", self.scheme),
            KeyValue::new("http.response.status_code", i64::from(status)),
        ];
        if !begun.fields.route.is_empty() {
            labels.push(KeyValue::new("http.route", begun.fields.route.clone()));
        }
        if status >= 500 {
            labels.push(KeyValue::new("error.type", status.to_string()));
        }
        self.duration
            .record(begun.at.elapsed().as_secs_f64(), &labels);
    }
}

impl<S> Layer<S> for Requests
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            let at = Instant::now();
            span.extensions_mut().insert(Begun { at, fields });
        }
    }

    /// The answer, not the end of the span: what a request leaves behind to be done may outlive it.
    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut answered = Fields::default();
        values.record(&mut answered);
        let Some((status, span)) = answered.status.zip(context.span(id)) else {
            return;
        };
        if let Some(begun) = span.extensions_mut().remove::<Begun>() {
            self.measure(&begun, status);
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "http.route" {
            value.clone_into(&mut self.route);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "http.response.status_code" {
            self.status = u16::try_from(value).ok();
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "http.request.method" {
            self.method = known(&format!("{value:?}"));
        }
    }
}

/// A method as the conventions count it: a stranger's own words must not become so many time series.
fn known(method: &str) -> &'static str {
    let all = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
    ];
    let found = all.into_iter().find(|known| *known == method);
    found.unwrap_or("_OTHER")
}
