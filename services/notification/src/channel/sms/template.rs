//! A body with places to be filled in. What is put into a place stays in it, whatever it is: each kind of body escapes in its
//! own way, and a body that does not hold together is refused when the configuration is read.

use std::collections::{BTreeMap, BTreeSet};

use form_urlencoded::Serializer;
use serde::Deserialize;
use serde_json::Value;

use crate::channel::xml;

/// What the body of a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A JSON document; places stand within its strings.
    #[default]
    Json,
    /// `a={x}&b={y}`.
    Form,
    /// XML, such as SOAP; places stand between tags or in attributes.
    Xml,
    /// No body: all stands in the address.
    None,
}

impl Kind {
    /// The media type it is sent as.
    pub const fn media_type(self) -> Option<&'static str> {
        match self {
            Self::Json => Some("application/json"),
            Self::Form => Some("application/x-www-form-urlencoded"),
            Self::Xml => Some("text/xml; charset=utf-8"),
            Self::None => None,
        }
    }
}

/// What places are filled in with, by name.
pub type Values<'a> = BTreeMap<&'a str, &'a str>;

/// A text with places `{name}`.
#[derive(Clone)]
pub struct Text(Vec<Piece>);

#[derive(Clone)]
enum Piece {
    Words(String),
    Place(String),
}

impl Text {
    /// Reads it. A brace that opens no name is a brace.
    pub fn read(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut words = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let (before, after) = rest.split_at(at);
            words.push_str(before);
            let name = after[1..]
                .split_once('}')
                .map(|(name, _)| name)
                .filter(|name| is_name(name));
            let Some(name) = name else {
                words.push('{');
                rest = &after[1..];
                continue;
            };
            pieces.push(Piece::Words(std::mem::take(&mut words)));
            pieces.push(Piece::Place(name.to_owned()));
            rest = &after[name.len() + 2..];
        }
        words.push_str(rest);
        pieces.push(Piece::Words(words));
        Self(pieces)
    }

    /// The names of its places.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Place(name) => Some(name.as_str()),
            Piece::Words(_) => None,
        })
    }

    /// Fills it in; a place that nobody knows stays empty (it is refused when the configuration is read).
    pub fn fill(&self, values: &Values, escape: impl Fn(&str) -> String) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Words(words) => text.push_str(words),
                Piece::Place(name) => text.push_str(&escape(
                    values.get(name.as_str()).copied().unwrap_or_default(),
                )),
            }
        }
        text
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// A body with places.
#[derive(Clone)]
pub enum Body {
    /// A JSON document.
    Json(Value),
    /// Pairs.
    Form(Vec<(String, Text)>),
    /// XML.
    Xml(Text),
    /// Nothing.
    None,
}

impl Body {
    /// Reads a body; the error says what does not hold together.
    pub fn read(kind: Kind, text: &str) -> Result<Self, String> {
        match kind {
            Kind::Json => serde_json::from_str(text)
                .map(Self::Json)
                .map_err(|error| format!("it is no JSON: {error}")),
            Kind::Form => {
                let pairs = form_urlencoded::parse(text.as_bytes());
                Ok(Self::Form(
                    pairs
                        .map(|(name, value)| (name.into_owned(), Text::read(&value)))
                        .collect(),
                ))
            }
            // Within these nothing is escaped.
            Kind::Xml if text.contains("<!") => {
                Err("it holds a comment, CDATA or a document type".to_owned())
            }
            Kind::Xml => {
                let body = Text::read(text);
                let tried = body.fill(&Values::new(), xml::escaped);
                xml::texts(&tried, "").ok_or_else(|| "it is no XML".to_owned())?;
                Ok(Self::Xml(body))
            }
            Kind::None if text.trim().is_empty() => Ok(Self::None),
            Kind::None => Err("there is a body, but its kind is none".to_owned()),
        }
    }

    /// The names of its places.
    pub fn places(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        match self {
            Self::Json(document) => in_document(document, &mut names),
            Self::Form(pairs) => names.extend(
                pairs
                    .iter()
                    .flat_map(|(_, text)| text.places().map(str::to_owned)),
            ),
            Self::Xml(text) => names.extend(text.places().map(str::to_owned)),
            Self::None => {}
        }
        names
    }

    /// Fills it in.
    pub fn fill(&self, values: &Values) -> Vec<u8> {
        match self {
            Self::Json(document) => filled(document, values).to_string().into_bytes(),
            Self::Form(pairs) => {
                let mut form = Serializer::new(String::new());
                for (name, text) in pairs {
                    form.append_pair(name, &text.fill(values, str::to_owned));
                }
                form.finish().into_bytes()
            }
            Self::Xml(text) => text.fill(values, xml::escaped).into_bytes(),
            Self::None => Vec::new(),
        }
    }
}

fn in_document(document: &Value, names: &mut BTreeSet<String>) {
    match document {
        Value::String(text) => names.extend(Text::read(text).places().map(str::to_owned)),
        Value::Array(items) => items.iter().for_each(|item| in_document(item, names)),
        Value::Object(fields) => fields.values().for_each(|field| in_document(field, names)),
        _ => {}
    }
}

fn filled(document: &Value, values: &Values) -> Value {
    match document {
        Value::String(text) => Value::String(Text::read(text).fill(values, str::to_owned)),
        Value::Array(items) => items.iter().map(|item| filled(item, values)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), filled(field, values)))
            .collect(),
        other => other.clone(),
    }
}

/// A text as it stands in the query of an address.
pub fn in_query(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn places(text: &str) -> Vec<String> {
        Text::read(text).places().map(str::to_owned).collect()
    }

    #[test]
    fn a_brace_that_opens_no_name_is_a_brace() {
        assert_eq!(places("{a} { b } {C} {} {d_e}{"), ["a", "d_e"]);
        let text = Text::read("{x} { {x} }");
        assert_eq!(
            text.fill(&Values::from([("x", "{x}")]), str::to_owned),
            "{x} { {x} }"
        );
    }

    #[test]
    fn a_body_that_does_not_hold_together_is_refused() {
        for (kind, text) in [
            (Kind::Json, "{\"a\": {text}}"),
            (Kind::Xml, "<a>{text}"),
            (Kind::Xml, "<a><![CDATA[{text}]]></a>"),
            (Kind::Xml, "<a><!-- {text} --></a>"),
            (Kind::None, "x"),
        ] {
            assert!(Body::read(kind, text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_put_into_a_place_stays_in_it(text in "[^\\p{Cc}\u{fffe}\u{ffff}]{0,60}") {
            let values = Values::from([("text", text.as_str())]);
            let json = Body::read(Kind::Json, r#"{"a":["{text}"],"b":"x"}"#).unwrap();
            let json: Value = serde_json::from_slice(&json.fill(&values)).unwrap();
            prop_assert_eq!(json, serde_json::json!({"a": [text], "b": "x"}));
            let form = Body::read(Kind::Form, "a={text}&b=x").unwrap().fill(&values);
            let form: Vec<(String, String)> = form_urlencoded::parse(&form).into_owned().collect();
            prop_assert_eq!(form, [("a".to_owned(), text.clone()), ("b".into(), "x".into())]);
            let xml = Body::read(Kind::Xml, r#"<a t="{text}"><b>{text}</b><c>x</c></a>"#).unwrap().fill(&values);
            let xml = String::from_utf8(xml).unwrap();
            prop_assert_eq!(xml::texts(&xml, "a/b"), Some(vec![text.trim().to_owned()]));
            prop_assert_eq!(xml::texts(&xml, "a/c"), Some(vec!["x".to_owned()]));
        }
    }
}
