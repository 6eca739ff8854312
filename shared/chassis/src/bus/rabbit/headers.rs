//! An envelope as AMQP properties and headers, and back: CloudEvents attributes under `cloudEvents_…`.

use chrono::{DateTime, SecondsFormat, Utc};
use lapin::{
    BasicProperties,
    message::Delivery,
    types::{AMQPValue, FieldTable},
};
use uuid::Uuid;

use crate::{Envelope, MAX_BODY};

/// What goes out with an envelope.
pub fn write(envelope: &Envelope) -> BasicProperties {
    let mut headers = FieldTable::default();
    let mut put = |name: &str, value: &str| {
        headers.insert(name.into(), AMQPValue::LongString(value.into()));
    };
    put("cloudEvents_specversion", "1.0");
    put("cloudEvents_id", &envelope.id.to_string());
    put("cloudEvents_type", &envelope.wire);
    put("cloudEvents_source", &envelope.source);
    put(
        "cloudEvents_time",
        &envelope.time.to_rfc3339_opts(SecondsFormat::Micros, true),
    );
    put("cloudEvents_dataschema", &envelope.dataschema());
    if let Some(subject) = envelope.subject {
        put("cloudEvents_subject", &subject.to_string());
    }
    if let Some(causation) = envelope.causation {
        put("cloudEvents_causationid", &causation.to_string());
    }
    if let Some(traceparent) = &envelope.traceparent {
        put("traceparent", traceparent);
    }
    BasicProperties::default()
        .with_delivery_mode(2)
        .with_content_type("application/json".into())
        .with_message_id(envelope.id.to_string().into())
        .with_type(envelope.wire.as_str().into())
        .with_app_id(envelope.source.as_str().into())
        .with_headers(headers)
}

/// Reads a delivery. What cannot be understood comes back as far as it can, with the reason, to be parked.
pub fn read(delivery: &Delivery) -> Result<Envelope, (Envelope, String)> {
    let headers = delivery.properties.headers();
    let header = |name: &str| {
        headers
            .as_ref()
            .and_then(|headers| headers.inner().get(name))
            .and_then(|value| match value {
                AMQPValue::LongString(text) => {
                    std::str::from_utf8(text.as_bytes()).ok().map(str::to_owned)
                }
                AMQPValue::ShortString(text) => Some(text.as_str().to_owned()),
                _ => None,
            })
            .filter(storable)
    };
    let property = |text: &Option<lapin::types::ShortString>| {
        text.as_ref()
            .map(|text| text.as_str().to_owned())
            .filter(storable)
    };
    let id_text = header("cloudEvents_id").or_else(|| property(delivery.properties.message_id()));
    let id = id_text
        .as_deref()
        .and_then(|text| text.parse::<Uuid>().ok());
    // Without a type it stands in for one, so it cannot count as missing.
    let routing_key = delivery.routing_key.as_str().replace('\0', "?");
    let wire = header("cloudEvents_type").or_else(|| property(delivery.properties.kind()));
    let body = String::from_utf8(delivery.data.clone());
    let time = header("cloudEvents_time").and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
    let bytes = delivery.data.len();
    let reason = match (&id, &wire, &body) {
        (None, ..) => Some("it has no cloudEvents_id (a UUID)".to_owned()),
        (_, None, _) => Some("it has no cloudEvents_type".to_owned()),
        (.., Err(_)) => Some("its body is not UTF-8".to_owned()),
        // What no service may say, none has to hear; an operator may still replay it.
        _ if bytes > MAX_BODY => Some(format!(
            "its body is {bytes} bytes long, over the limit of {MAX_BODY}"
        )),
        _ => None,
    };
    let envelope = Envelope {
        // Without an id of its own a message is known by its content, so that parking it twice parks it once.
        id: id.unwrap_or_else(|| Uuid::new_v5(&Uuid::NAMESPACE_OID, &delivery.data)),
        wire: wire.unwrap_or_else(|| routing_key.clone()),
        source: header("cloudEvents_source").unwrap_or_else(|| "unknown".to_owned()),
        routing_key,
        subject: header("cloudEvents_subject").and_then(|text| text.parse().ok()),
        time: time.map_or(DateTime::UNIX_EPOCH, |time| time.with_timezone(&Utc)),
        traceparent: header("traceparent"),
        causation: header("cloudEvents_causationid").and_then(|text| text.parse().ok()),
        body: body.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    };
    match reason {
        None => Ok(envelope),
        Some(reason) => Err((envelope, reason)),
    }
}

/// PostgreSQL keeps no NUL in a text. A header with one, stored as it is, would be refused each time it is to be written
/// down, even as parked: the queue would stand still behind it. So it counts as missing; and so does one that is longer than
/// the short strings in which ours travel as well.
#[expect(clippy::ptr_arg, reason = "what Option::filter hands over")]
fn storable(text: &String) -> bool {
    !text.contains('\0') && u8::try_from(text.len()).is_ok()
}
