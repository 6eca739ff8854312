//! EMVCo's fields: an id of two digits, a length of two digits, a value of so many bytes.

use super::Unreadable;

/// One field. Values come from types that keep them below a hundred bytes of ASCII.
pub fn write(id: &str, value: &str) -> String {
    format!("{id}{:02}{value}", value.len())
}

/// The fields of one level, in the order in which they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Fields<'a> {
    /// Reads all of `text`, which is ASCII: no field is cut short, is empty or is there twice, and nothing is left over.
    pub fn read(mut text: &'a str) -> Result<Self, Unreadable> {
        let mut fields: Vec<(&str, &str)> = Vec::new();
        while !text.is_empty() {
            let (id, rest) = digits(text)?;
            let (length, rest) = digits(rest)?;
            let length: usize = length.parse().map_err(|_| Unreadable::Parts)?;
            let (value, rest) = rest.split_at_checked(length).ok_or(Unreadable::Parts)?;
            if value.is_empty() || fields.iter().any(|(known, _)| *known == id) {
                return Err(Unreadable::Parts);
            }
            fields.push((id, value));
            text = rest;
        }
        Ok(Self(fields))
    }

    /// The field that stands first.
    pub fn first(&self) -> Option<(&'a str, &'a str)> {
        self.0.first().copied()
    }

    /// A field's value.
    pub fn get(&self, id: &str) -> Option<&'a str> {
        let found = self.0.iter().find(|(known, _)| *known == id);
        found.map(|(_, value)| *value)
    }
}

/// The two digits in front, and what follows them.
fn digits(text: &str) -> Result<(&str, &str), Unreadable> {
    text.split_at_checked(2)
        .filter(|(two, _)| two.bytes().all(|byte| byte.is_ascii_digit()))
        .ok_or(Unreadable::Parts)
}
