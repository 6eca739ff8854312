//! What is said to the post office and what it says, as JSON.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::outside::cut;

/// An order (NGSP).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the post office's own")]
pub struct Order<'a> {
    pub customer_code: &'a str,
    pub order_number: &'a str,
    pub cod_amount: u64,
    pub sender_province: &'a str,
    pub sender_district: &'a str,
    pub sender_address: &'a str,
    pub sender_name: &'a str,
    pub sender_email: &'a str,
    pub sender_tel: &'a str,
    pub sender_desc: &'a str,
    pub description: String,
    pub receiver_name: &'a str,
    pub receiver_address: &'a str,
    pub receiver_tel: String,
    pub receiver_province: &'a str,
    pub receiver_district: &'a str,
    pub receiver_email: &'a str,
}

/// An order taken back.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the post office's own")]
pub struct Cancellation<'a> {
    pub customer_code: &'a str,
    pub order_number: &'a str,
}

/// A token (OAuth 2.0, client credentials).
#[derive(Deserialize)]
pub struct Token {
    /// The token.
    pub access_token: String,
}

/// What it says to an order or a cancellation.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Said {
    /// Whether it is done.
    pub status: bool,
    #[serde(default, deserialize_with = "word")]
    code: String,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    item_code: Option<String>,
}

impl Said {
    /// The code of its answer.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Why it is not done.
    pub fn reason(&self) -> String {
        let told = cut(self.message.as_deref().unwrap_or_default(), 300);
        match (told.is_empty(), self.code.is_empty()) {
            (false, _) => told,
            (true, false) => format!("Mã {}", cut(&self.code, 50)),
            (true, true) => "Bưu điện không nói lý do".to_owned(),
        }
    }

    /// What the post office calls the parcel.
    pub fn item_code(&self) -> Option<String> {
        item(self.item_code.as_deref())
    }
}

fn item(code: Option<&str>) -> Option<String> {
    let code = cut(code?, 50);
    (!code.is_empty()).then_some(code)
}

/// One page of statuses.
#[derive(Deserialize)]
pub struct Page {
    items: Vec<Value>,
}

/// What it says of a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Its own number of it.
    pub id: i64,
    /// Our number of the parcel.
    pub order_number: String,
    /// The status.
    #[serde(deserialize_with = "word")]
    pub status_code: String,
    /// The status in words.
    #[serde(default)]
    pub status_message: String,
    /// When, in RFC 3339, if it says so.
    #[serde(default, deserialize_with = "moment")]
    pub status_time: Option<DateTime<Utc>>,
    /// What it calls the parcel.
    #[serde(default)]
    item_code: Option<String>,
}

impl Status {
    /// What the post office calls the parcel.
    pub fn item_code(&self) -> Option<String> {
        item(self.item_code.as_deref())
    }
}

impl Page {
    /// How many statuses there are, and those that can be read: one that cannot holds up no other.
    pub fn read(self) -> (usize, Vec<Status>) {
        let all = self.items.len();
        let read = self.items.into_iter().filter_map(|item| {
            let status = serde_json::from_value::<Status>(item);
            status
                .inspect_err(|_| tracing::warn!("a status of the post office's cannot be read"))
                .ok()
        });
        (all, read.filter(|status| status.id > 0).collect())
    }
}

/// A code that is written as a text or as a number.
fn word<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match Value::deserialize(from)? {
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null => Ok(String::new()),
        _ => Err(serde::de::Error::custom("a code is a text or a number")),
    }
}

/// A time that cannot be read is as good as none.
fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let value = Value::deserialize(from)?;
    let read = value.as_str().map(DateTime::parse_from_rfc3339);
    Ok(read.and_then(Result::ok).map(|at| at.to_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_status_that_cannot_be_read_holds_up_no_other() {
        let page = r#"{"items": [{"id": 4}, 7, null, {"id": 5, "orderNumber": "A-1", "statusCode": 100, "statusTime": "soon"},
            {"id": -1, "orderNumber": "A-1", "statusCode": "1"}]}"#;
        let (all, read) = serde_json::from_str::<Page>(page).unwrap().read();
        assert_eq!((all, read.len()), (5, 1));
        assert_eq!((read[0].id, read[0].status_code.as_str()), (5, "100"));
        assert_eq!((read[0].status_time, read[0].item_code()), (None, None));
    }
}
