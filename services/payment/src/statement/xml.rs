//! XML as a tree, within limits. What could be abused (document types, entities of one's own) is refused.

use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};

use super::Unreadable;

/// Deeper than any statement.
const DEEPEST: usize = 40;
/// More elements than the longest file of lines has.
const MOST_ELEMENTS: usize = 300_000;

/// One element, without its prefix.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    name: String,
    /// Its namespace where it is said here, and its currency: nothing else of a statement stands in attributes.
    namespace: String,
    currency: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The namespace that is declared on it.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Its attribute `Ccy`.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// Its text, trimmed.
    pub fn text(&self) -> &str {
        self.text.trim()
    }

    /// Its children of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first element down a path such as `Acct/Id/IBAN`.
    pub fn at(&self, path: &str) -> Option<&Self> {
        path.split('/').try_fold(self, |element, name| {
            element.children.iter().find(|child| child.name == name)
        })
    }

    /// The first text that is there down one of the paths; empty for none.
    pub fn first<'a>(&'a self, paths: &[&str]) -> &'a str {
        let texts = paths.iter().filter_map(|path| Some(self.at(path)?.text()));
        texts
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    }
}

/// Reads a whole document; gives its root.
pub fn read(text: &str) -> Result<Element, Unreadable> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let (mut open, mut root, mut elements): (Vec<Element>, Option<Element>, _) =
        (Vec::new(), None, 0);
    loop {
        match reader.read_event().map_err(|_| Unreadable::Xml)? {
            Event::Start(start) => {
                elements += 1;
                if open.len() == DEEPEST || elements > MOST_ELEMENTS || root.is_some() {
                    return Err(Unreadable::Xml);
                }
                open.push(begin(&start)?);
            }
            Event::End(_) => {
                let closed = open.pop().ok_or(Unreadable::Xml)?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(closed),
                    None => root = Some(closed),
                }
            }
            Event::Text(words) => say(&mut open, &words.decode().map_err(|_| Unreadable::Xml)?)?,
            Event::CData(words) => say(&mut open, &words.decode().map_err(|_| Unreadable::Xml)?)?,
            Event::GeneralRef(reference) => {
                let letter = letter(&reference)?;
                say(&mut open, letter.encode_utf8(&mut [0; 4]))?;
            }
            Event::Decl(declared) => {
                let encoding = declared
                    .encoding()
                    .transpose()
                    .map_err(|_| Unreadable::Xml)?;
                if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case(b"utf-8")) {
                    return Err(Unreadable::Encoding);
                }
            }
            Event::DocType(_) => return Err(Unreadable::Entities),
            Event::Comment(_) | Event::PI(_) | Event::Empty(_) => {}
            Event::Eof if open.is_empty() => return root.ok_or(Unreadable::Xml),
            Event::Eof => return Err(Unreadable::Xml),
        }
    }
}

fn begin(start: &BytesStart) -> Result<Element, Unreadable> {
    let utf8 = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| Unreadable::Xml);
    let mut element = Element {
        name: utf8(start.local_name().as_ref())?,
        ..Element::default()
    };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| Unreadable::Xml)?;
        match (attribute.key.as_ref(), start.name().prefix()) {
            (b"Ccy", _) => element.currency = utf8(&attribute.value)?,
            (b"xmlns", None) => element.namespace = utf8(&attribute.value)?,
            (name, Some(prefix)) if name.strip_prefix(b"xmlns:") == Some(prefix.as_ref()) => {
                element.namespace = utf8(&attribute.value)?;
            }
            _ => {}
        }
    }
    Ok(element)
}

/// Text belongs to the element that is open; around the root only white space may stand.
fn say(open: &mut [Element], words: &str) -> Result<(), Unreadable> {
    match open.last_mut() {
        Some(element) => element.text.push_str(words),
        None if words.trim().is_empty() => {}
        None => return Err(Unreadable::Xml),
    }
    Ok(())
}

/// The letter of `&#…;` or of one of the five names that XML itself knows.
fn letter(reference: &BytesRef) -> Result<char, Unreadable> {
    if let Some(letter) = reference.resolve_char_ref().map_err(|_| Unreadable::Xml)? {
        return Ok(letter);
    }
    let name: &[u8] = reference;
    match name {
        b"lt" => Ok('<'),
        b"gt" => Ok('>'),
        b"amp" => Ok('&'),
        b"apos" => Ok('\''),
        b"quot" => Ok('"'),
        _ => Err(Unreadable::Entities),
    }
}
