//! A provider of text messages that is asked over HTTP, in whatever shape it wants.

use std::{collections::BTreeSet, time::Duration};

use chassis::{StartError, config::Secret};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{
    Method,
    header::{CONTENT_TYPE, HeaderName, HeaderValue},
};
use serde_json::Value;

use super::{
    shape::{Document, Meaning, Shape},
    template::{Body, Text, Values, in_query},
    text,
    webhook::{Called, Disbelieved, field, in_json},
};
use crate::channel::{
    Outgoing, Receipt, Taken, Untaken,
    config::SmsHttp,
    http::{self, Answer},
    xml,
};

/// What every shape may name beside the configured values.
const OWN_PLACES: [&str; 6] = ["phone", "text", "id", "brand", "unicode", "coding"];

/// A provider with its shape read and found to hold together.
pub struct Gateway {
    name: String,
    http: reqwest::Client,
    method: Method,
    url: Text,
    headers: Vec<(HeaderName, Text)>,
    body: Body,
    shape: Shape,
    config: SmsHttp,
}

impl Gateway {
    /// Reads the configuration.
    pub fn open(name: &str, config: &SmsHttp) -> Result<Self, StartError> {
        let refuse = |key: &str, why: &str| {
            StartError::new(format!(
                "notification: the SMS provider {name}: http.{key} {why}"
            ))
        };
        let shape = match (&config.shape, config.preset.as_str()) {
            (Some(shape), "") => shape.clone(),
            (None, preset) => {
                let known = Shape::preset(preset)
                    .ok_or_else(|| refuse("preset", "is none of viettel, vnpt, esms"))?;
                known.map_err(|error| refuse("preset", &error.to_string()))?
            }
            (Some(_), _) => return Err(refuse("preset", "and shape cannot both be set")),
        };
        if !http::is_address(&config.url) {
            return Err(refuse("url", "is no http:// or https:// address"));
        }
        let method = shape.method.parse();
        let header = |(name, value): (&String, &String)| {
            Some((name.parse::<HeaderName>().ok()?, Text::read(value)))
        };
        let headers: Option<Vec<_>> = shape.headers.iter().map(header).collect();
        let body = Body::read(shape.kind, &shape.body);
        let gateway = Self {
            name: name.to_owned(),
            http: http::client(Duration::from_secs(config.timeout_seconds))?,
            method: method.map_err(|_| refuse("shape.method", "is none"))?,
            url: Text::read(&config.url),
            headers: headers
                .ok_or_else(|| refuse("shape.headers", "has a name that cannot be one"))?,
            body: body.map_err(|why| refuse("shape.body", &why))?,
            config: config.clone(),
            shape,
        };
        for place in gateway.places() {
            let unset = config.values.get(&place).is_none_or(Secret::is_empty);
            if unset && !OWN_PLACES.contains(&place.as_str()) {
                return Err(refuse(&format!("values.{place}"), "is not set"));
            }
        }
        Ok(gateway)
    }

    fn places(&self) -> BTreeSet<String> {
        let mut places = self.body.places();
        let texts = self.headers.iter().map(|(_, text)| text).chain([&self.url]);
        places.extend(texts.flat_map(Text::places).map(str::to_owned));
        places
    }

    /// Asks the provider to send a text.
    pub async fn send(
        &self,
        outgoing: &Outgoing,
        text: &str,
        now: DateTime<Utc>,
    ) -> Result<Taken, Untaken> {
        let request = self.request(outgoing, text)?;
        let answer = http::ask(request, &self.name, now).await?;
        self.read(&answer, now)
    }

    fn request(&self, outgoing: &Outgoing, text: &str) -> Result<reqwest::RequestBuilder, Untaken> {
        let malformed = |why: &str| Untaken::Malformed(why.to_owned());
        let phone = self
            .shape
            .phone
            .write(&outgoing.to)
            .ok_or_else(|| Untaken::Refused {
                provider: self.name.clone(),
                code: "number".into(),
                reason: "it is no telephone number".into(),
            })?;
        let text = if self.config.accents {
            text.to_owned()
        } else {
            text::unaccented(text)
        };
        let unicode = text::needs_ucs2(&text);
        let id = outgoing.id.to_string();
        let mut values: Values = self
            .config
            .values
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose()))
            .collect();
        values.extend([
            ("phone", phone.as_str()),
            ("text", text.as_str()),
            ("id", id.as_str()),
            ("brand", self.config.brand.as_str()),
            ("unicode", if unicode { "1" } else { "0" }),
            ("coding", if unicode { "8" } else { "0" }),
        ]);
        let mut request = self
            .http
            .request(self.method.clone(), self.url.fill(&values, in_query));
        if let Some(media_type) = self.shape.kind.media_type() {
            request = request
                .header(CONTENT_TYPE, media_type)
                .body(self.body.fill(&values));
        }
        for (name, value) in &self.headers {
            let mut value = HeaderValue::from_str(&value.fill(&values, str::to_owned))
                .map_err(|_| malformed("a header cannot hold what is put into it"))?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        Ok(request)
    }

    /// What an answer means. One whose code cannot be found is read by its status.
    fn read(&self, answer: &Answer, now: DateTime<Utc>) -> Result<Taken, Untaken> {
        let place = &self.shape.answer;
        let Some(code) = self
            .at(&answer.body, &place.code)
            .filter(|code| !code.is_empty())
        else {
            return Err(http::by_status(answer, &self.name, now));
        };
        let said = self.at(&answer.body, &place.reason).unwrap_or_default();
        let provider = self.name.clone();
        let meaning = self.shape.meaning(&code, &said);
        // What it says may quote the number: only the code is passed on.
        let reason = format!("the provider's code {code}");
        Err(match meaning {
            Meaning::Taken => {
                let reference = self
                    .at(&answer.body, &place.reference)
                    .filter(|reference| !reference.is_empty());
                return Ok(Taken {
                    provider,
                    confirmed: self.shape.reports.is_none() || reference.is_none(),
                    reference,
                });
            }
            Meaning::Refused => Untaken::Refused {
                provider,
                code,
                reason,
            },
            Meaning::Later => Untaken::Later {
                provider,
                code,
                reason,
            },
            Meaning::Limited => Untaken::Limited {
                provider,
                until: answer
                    .again
                    .unwrap_or(now + TimeDelta::seconds(self.shape.limited_seconds.into())),
            },
            Meaning::Down => Untaken::Down { provider, reason },
            Meaning::Malformed => Untaken::Malformed(format!("{provider}: {reason}")),
        })
    }

    fn at(&self, body: &[u8], place: &str) -> Option<String> {
        if place.is_empty() {
            return None;
        }
        match self.shape.answer.kind {
            Document::Json => in_json(&serde_json::from_slice::<Value>(body).ok()?, place),
            Document::Form => field(body, place),
            Document::Xml => xml::texts(std::str::from_utf8(body).ok()?, place)?
                .into_iter()
                .next(),
        }
    }

    /// What a call of the provider's says about messages that it took.
    pub fn reports(&self, called: Called, now: DateTime<Utc>) -> Result<Vec<Receipt>, Disbelieved> {
        let reports = self.shape.reports.as_ref().ok_or(Disbelieved::Unexpected)?;
        reports.read(&self.name, &self.config.reports_secret, called, now)
    }
}
