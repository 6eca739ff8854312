//! Values of the format and how they are written.

use std::io::Write as _;

/// Number and generation of an indirect object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(pub u32, pub u16);

/// A value. Equality is that of what is written, so that two revisions can be compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Object {
    Null,
    Bool(bool),
    Integer(i64),
    /// As it was written.
    Real(Vec<u8>),
    Name(Vec<u8>),
    String(Vec<u8>),
    Array(Vec<Object>),
    Dict(Dict),
    /// The data as they lie in the file, filters and all.
    Stream(Dict, Vec<u8>),
    Reference(Reference),
    /// Text of our own for the writer; no reader makes it.
    Raw(Vec<u8>),
}

/// A dictionary in the order in which it was written. No key stands in it twice.
#[derive(Debug, Clone, Default)]
pub struct Dict(pub Vec<(Vec<u8>, Object)>);

/// The order of keys means nothing.
impl PartialEq for Dict {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.sorted() == other.sorted()
    }
}

impl Dict {
    /// The entries in the order of their keys. Finding each by itself would take long where a stranger wrote many.
    pub fn sorted(&self) -> Vec<(&[u8], &Object)> {
        let mut entries: Vec<_> = self
            .0
            .iter()
            .map(|(key, value)| (key.as_slice(), value))
            .collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        entries
    }

    pub fn get(&self, key: impl AsRef<[u8]>) -> Option<&Object> {
        let key = key.as_ref();
        self.0.iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    pub fn set(&mut self, key: impl AsRef<[u8]>, value: impl Into<Object>) {
        let (key, value) = (key.as_ref(), value.into());
        match self.0.iter_mut().find(|(k, _)| k == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key.to_vec(), value)),
        }
    }

    pub fn with(mut self, key: impl AsRef<[u8]>, value: impl Into<Object>) -> Self {
        self.set(key, value);
        self
    }

    pub fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|(k, _)| k.as_slice())
    }

    pub fn name(&self, key: impl AsRef<[u8]>) -> Option<&[u8]> {
        match self.get(key)? {
            Object::Name(name) => Some(name),
            _ => None,
        }
    }

    pub fn integer(&self, key: impl AsRef<[u8]>) -> Option<i64> {
        match self.get(key)? {
            Object::Integer(number) => Some(*number),
            _ => None,
        }
    }

    pub fn string(&self, key: impl AsRef<[u8]>) -> Option<&[u8]> {
        match self.get(key)? {
            Object::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn reference(&self, key: impl AsRef<[u8]>) -> Option<Reference> {
        match self.get(key)? {
            Object::Reference(reference) => Some(*reference),
            _ => None,
        }
    }
}

impl Object {
    pub fn name(text: &str) -> Self {
        Self::Name(text.as_bytes().to_vec())
    }

    /// A text string: plain where it can be, else UTF-16 with its mark.
    pub fn text(text: &str) -> Self {
        if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            return Self::String(text.as_bytes().to_vec());
        }
        let mut bytes = vec![0xfe, 0xff];
        bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        Self::String(bytes)
    }

    /// A length, in units of the page, to a thousandth.
    pub fn real(value: f64) -> Self {
        Self::Real(decimal(value).into_bytes())
    }

    /// A number of a colour space, to a hundred-thousandth.
    pub fn fine(value: f64) -> Self {
        Self::Real(format!("{value:.5}").into_bytes())
    }

    pub fn as_f64(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "sizes of pages")]
            Self::Integer(number) => Some(*number as f64),
            Self::Real(text) => std::str::from_utf8(text).ok()?.parse().ok(),
            _ => None,
        }
    }

    pub fn dict(&self) -> Option<&Dict> {
        match self {
            Self::Dict(dict) | Self::Stream(dict, _) => Some(dict),
            _ => None,
        }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend(b"null"),
            Self::Bool(value) => out.extend(if *value { &b"true"[..] } else { b"false" }),
            Self::Integer(number) => push(out, format_args!("{number}")),
            Self::Real(text) | Self::Raw(text) => out.extend(text),
            Self::Name(name) => write_name(name, out),
            Self::String(text) => write_string(text, out),
            Self::Array(items) => {
                out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(b' ');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Self::Dict(dict) => write_dict(dict, out),
            Self::Stream(dict, data) => {
                write_dict(dict, out);
                out.extend(b"\nstream\n");
                out.extend(data);
                out.extend(b"\nendstream");
            }
            Self::Reference(Reference(number, generation)) => {
                push(out, format_args!("{number} {generation} R"));
            }
        }
    }
}

impl From<Reference> for Object {
    fn from(reference: Reference) -> Self {
        Self::Reference(reference)
    }
}

impl From<i64> for Object {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<Dict> for Object {
    fn from(dict: Dict) -> Self {
        Self::Dict(dict)
    }
}

impl From<Vec<Object>> for Object {
    fn from(items: Vec<Object>) -> Self {
        Self::Array(items)
    }
}

/// Writing to memory cannot fail.
pub fn push(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

pub fn decimal(value: f64) -> String {
    let text = format!("{value:.3}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" {
        "0".into()
    } else {
        short.into()
    }
}

fn write_dict(dict: &Dict, out: &mut Vec<u8>) {
    out.extend(b"<<");
    for (key, value) in &dict.0 {
        write_name(key, out);
        out.push(b' ');
        value.write(out);
    }
    out.extend(b">>");
}

fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for &byte in name {
        if (b'!'..=b'~').contains(&byte) && !b"#()<>[]{}/%".contains(&byte) {
            out.push(byte);
        } else {
            push(out, format_args!("#{byte:02X}"));
        }
    }
}

fn write_string(text: &[u8], out: &mut Vec<u8>) {
    if text
        .iter()
        .all(|byte| (b' '..=b'~').contains(byte) && !b"()\\".contains(byte))
    {
        out.push(b'(');
        out.extend(text);
        out.push(b')');
        return;
    }
    out.push(b'<');
    for byte in text {
        push(out, format_args!("{byte:02X}"));
    }
    out.push(b'>');
}
