//! What comes off the wire: AMQP headers that become an envelope, bodies that become messages.

use std::{collections::BTreeMap, sync::LazyLock};

use chassis::{Envelope, MAX_BODY, decoders};
use chrono::SubsecRound;
use contracts::Message;
use jsonschema::Validator;
use lapin::{
    BasicProperties,
    message::Delivery,
    types::{AMQPValue, FieldTable},
};
use payment::own::{CheckAttempt, ExpireOrder, NotifyMerchant};
use serde_json::Value;

use super::{parts, storable, text};

type RoundTrip = fn(&str) -> serde_json::Result<Value>;

/// How a type is read and said again, and its published schema; what a service says to itself has none.
static KNOWN: LazyLock<BTreeMap<&'static str, (RoundTrip, Option<Validator>)>> =
    LazyLock::new(|| {
        let contracts = contracts::all().into_iter().map(|message| {
            let schema = (message.schema)();
            let schema = jsonschema::validator_for(schema.as_value()).expect("a published schema");
            (message.wire, (message.round_trip, Some(schema)))
        });
        let own: [(&str, RoundTrip); 3] = [
            (CheckAttempt::TYPE, round_trip::<CheckAttempt>),
            (ExpireOrder::TYPE, round_trip::<ExpireOrder>),
            (NotifyMerchant::TYPE, round_trip::<NotifyMerchant>),
        ];
        let own = own.into_iter().map(|(wire, trip)| (wire, (trip, None)));
        contracts.chain(own).collect()
    });

fn round_trip<M: Message>(body: &str) -> serde_json::Result<Value> {
    serde_json::to_value(serde_json::from_str::<M>(body)?)
}

/// A wire name, a line end, a body. What is understood is understood the same when it is said again, and said as the
/// published schema has it.
pub fn message(bytes: &[u8]) {
    let (wire, body) = parts(bytes, b"\n");
    let (Some(wire), Some(body)) = (text(wire), text(body)) else {
        return;
    };
    let Some((trip, schema)) = KNOWN.get(wire).filter(|_| body.len() <= MAX_BODY) else {
        return;
    };
    let Ok(said) = trip(body) else { return };
    let again = trip(&said.to_string()).expect("what is said is understood");
    assert_eq!(again, said, "{wire}");
    if let Some(schema) = schema {
        let wrong: Vec<_> = schema
            .iter_errors(&said)
            .map(|error| error.to_string())
            .collect();
        assert!(wrong.is_empty(), "{wire}: {wrong:?}");
    }
}

/// A routing key; a line for each header (`L name text`, `S name text`, `I name number`, `B name`) or property (`P id text`,
/// `P type text`); an empty line; a body. Whatever comes can be stored, and keeps its id however often it comes.
pub fn envelope(bytes: &[u8]) {
    let delivery = delivery(bytes);
    match decoders::envelope(&delivery) {
        Ok(envelope) => {
            assert!(envelope.body.len() <= MAX_BODY, "a body without an end");
            keeps(&envelope);
            let again = said_again(&envelope);
            let time = envelope.time.trunc_subsecs(6);
            assert_eq!(again, Ok(Envelope { time, ..envelope }));
        }
        Err((envelope, reason)) => {
            assert!((1..=200).contains(&reason.len()), "{reason}");
            keeps(&envelope);
            let again = decoders::envelope(&delivery);
            assert_eq!(again, Err((envelope, reason)), "it is parked once");
        }
    }
}

fn keeps(envelope: &Envelope) {
    let texts = [&envelope.wire, &envelope.source, &envelope.routing_key];
    for text in texts.into_iter().chain(&envelope.traceparent) {
        assert!(storable(text), "{text:?}");
    }
    let kept = serde_json::to_string(envelope).expect("an envelope is JSON");
    assert!(storable(&kept), "{kept:?}");
    let read: Envelope = serde_json::from_str(&kept).expect("a kept envelope is read");
    assert_eq!(&read, envelope, "as kept");
}

fn said_again(envelope: &Envelope) -> Result<Envelope, (Envelope, String)> {
    let (key, body) = (envelope.routing_key.as_str(), envelope.body.as_bytes());
    let mut delivery = Delivery::mock(1, "motcua".into(), key.into(), false, body.to_vec());
    delivery.properties = decoders::properties(envelope);
    decoders::envelope(&delivery)
}

fn delivery(bytes: &[u8]) -> Delivery {
    let (head, body) = parts(bytes, b"\n\n");
    let mut lines = head.split(|byte| *byte == b'\n');
    let key = short(lines.next().unwrap_or_default());
    let mut delivery = Delivery::mock(
        1,
        "motcua".into(),
        key.as_str().into(),
        false,
        body.to_vec(),
    );
    let (mut headers, mut properties) = (FieldTable::default(), BasicProperties::default());
    for line in lines {
        let (kind, rest) = parts(line, b" ");
        let (name, value) = parts(rest, b" ");
        let name = short(name);
        let number = || text(value).and_then(|text| text.parse().ok());
        let header = match kind {
            b"L" => AMQPValue::LongString(value.into()),
            b"S" => AMQPValue::ShortString(short(value).into()),
            b"I" => AMQPValue::LongLongInt(number().unwrap_or_default()),
            b"B" => AMQPValue::Boolean(true),
            b"P" if name == "id" => {
                properties = properties.with_message_id(short(value).into());
                continue;
            }
            b"P" => {
                properties = properties.with_type(short(value).into());
                continue;
            }
            _ => continue,
        };
        headers.insert(name.into(), header);
    }
    delivery.properties = properties.with_headers(headers);
    delivery
}

/// A short string of the protocol has at most 255 bytes.
fn short(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let most = text.floor_char_boundary(255);
    text[..most].to_owned()
}
