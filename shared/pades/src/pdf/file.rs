//! A file whose objects are read when they are asked for.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use super::parse::{Parser, is_space};
use super::xref::{Entry, Section};
use super::{Dict, Malformed, Object, Reference, inflate};

/// Size of a file that is worked on, in bytes.
pub const FILE_LIMIT: usize = 64 << 20;
/// Revisions that a file may have.
const REVISIONS: usize = 64;
/// Cross-references that all revisions may have together.
const ENTRIES: usize = 1 << 19;
/// What all collections of objects that are asked for may unpack to, in bytes.
const UNPACKED: usize = 32 << 20;
/// How often one reference may lead to the next.
const HOPS: usize = 8;

/// The objects of an object stream with their numbers, in their order.
type Collection = Rc<Vec<(u32, Object)>>;

/// A PDF in its last revision.
pub struct File<'a> {
    pub bytes: &'a [u8],
    /// The last one first.
    pub sections: Vec<Section>,
    entries: HashMap<u32, Entry>,
    packed: RefCell<HashMap<u32, Collection>>,
    unpacked: Cell<usize>,
}

/// An object with the bytes it takes.
pub struct Indirect {
    pub reference: Reference,
    pub object: Object,
    /// See [`Parser::contents`].
    pub contents: Option<Range<usize>>,
}

impl<'a> File<'a> {
    pub fn open(bytes: &'a [u8]) -> Result<Self, Malformed> {
        if bytes.len() > FILE_LIMIT {
            return Err(Malformed::TooLarge("the file"));
        }
        if !bytes.starts_with(b"%PDF-") {
            return Err(Malformed::Structure("this does not begin like a PDF"));
        }
        let mut next = Some(last_startxref(bytes)?);
        let mut sections: Vec<Section> = Vec::new();
        let mut total = 0;
        while let Some(offset) = next {
            if sections.len() == REVISIONS {
                return Err(Malformed::TooLarge("the number of revisions"));
            }
            let section = Section::read(bytes, offset)?;
            next = section.previous()?;
            total += section.entries.len();
            if total > ENTRIES {
                return Err(Malformed::TooLarge("the number of objects"));
            }
            sections.push(section);
        }
        let mut entries = HashMap::new();
        for section in sections.iter().rev() {
            entries.extend(section.entries.iter().copied());
        }
        Ok(Self {
            bytes,
            sections,
            entries,
            packed: RefCell::default(),
            unpacked: Cell::new(0),
        })
    }

    pub fn trailer(&self) -> &Dict {
        // A file has at least the section that its last line names.
        &self.sections[0].trailer
    }

    /// The first number that no object has.
    pub fn size(&self) -> u32 {
        let stated = self
            .trailer()
            .integer("Size")
            .and_then(|size| u32::try_from(size).ok());
        let used = self.entries.keys().max().map_or(0, |number| number + 1);
        stated.unwrap_or(0).min(1 << 20).max(used)
    }

    pub fn entry(&self, number: u32) -> Entry {
        self.entries.get(&number).copied().unwrap_or(Entry::Free)
    }

    /// The object, or null where there is none: that is what the format says a dangling reference means.
    pub fn get(&self, reference: Reference) -> Result<Object, Malformed> {
        match self.entry(reference.0) {
            Entry::Free => Ok(Object::Null),
            Entry::At { generation, .. } if generation != reference.1 => Ok(Object::Null),
            Entry::At { .. } => Ok(self.indirect(reference)?.object),
            Entry::Within { .. } if reference.1 != 0 => Ok(Object::Null),
            Entry::Within { stream, index } => {
                let objects = self.unpacked(stream)?;
                match objects.get(index as usize) {
                    Some((number, object)) if *number == reference.0 => Ok(object.clone()),
                    _ => Err(Malformed::Structure(
                        "a collection has another object in its place",
                    )),
                }
            }
        }
    }

    /// The object with its place; only for one that lies in the file by itself.
    pub fn indirect(&self, reference: Reference) -> Result<Indirect, Malformed> {
        let Entry::At { offset, .. } = self.entry(reference.0) else {
            return Err(Malformed::Structure(
                "an object does not lie in the file by itself",
            ));
        };
        let indirect = read_indirect(self.bytes, offset, &|length| self.length(length))?;
        if indirect.reference != reference {
            return Err(Malformed::Structure("another object lies where one should"));
        }
        Ok(indirect)
    }

    /// Follows references to a value.
    pub fn resolve(&self, object: &Object) -> Result<Object, Malformed> {
        let mut object = object.clone();
        for _ in 0..HOPS {
            match object {
                Object::Reference(reference) => object = self.get(reference)?,
                value => return Ok(value),
            }
        }
        Err(Malformed::TooLarge("a chain of references"))
    }

    pub fn resolved(&self, dict: &Dict, key: &str) -> Result<Option<Object>, Malformed> {
        match dict.get(key) {
            None => Ok(None),
            Some(value) => Ok(Some(self.resolve(value)?).filter(|value| *value != Object::Null)),
        }
    }

    pub fn resolved_dict(&self, dict: &Dict, key: &str) -> Result<Option<Dict>, Malformed> {
        match self.resolved(dict, key)? {
            None => Ok(None),
            Some(Object::Dict(dict)) => Ok(Some(dict)),
            Some(_) => Err(Malformed::Structure("a dictionary was expected")),
        }
    }

    pub fn resolved_array(&self, dict: &Dict, key: &str) -> Result<Vec<Object>, Malformed> {
        match self.resolved(dict, key)? {
            None => Ok(Vec::new()),
            Some(Object::Array(items)) => Ok(items),
            Some(_) => Err(Malformed::Structure("an array was expected")),
        }
    }

    pub fn root(&self) -> Result<Reference, Malformed> {
        self.trailer()
            .reference("Root")
            .ok_or(Malformed::Structure("the trailer names no catalogue"))
    }

    pub fn catalog(&self) -> Result<Dict, Malformed> {
        match self.get(self.root()?)? {
            Object::Dict(catalog) => Ok(catalog),
            _ => Err(Malformed::Structure("the catalogue is no dictionary")),
        }
    }

    /// A stream's length, kept elsewhere: a number that lies in the file by itself, so that no stream is needed to read it.
    fn length(&self, reference: Reference) -> Option<usize> {
        let Entry::At { offset, .. } = self.entry(reference.0) else {
            return None;
        };
        let indirect = read_indirect(self.bytes, offset, &|_| None).ok()?;
        match indirect.object {
            Object::Integer(number) if indirect.reference == reference => {
                usize::try_from(number).ok()
            }
            _ => None,
        }
    }

    fn unpacked(&self, stream: u32) -> Result<Collection, Malformed> {
        if let Some(known) = self.packed.borrow().get(&stream) {
            return Ok(Rc::clone(known));
        }
        let indirect = self.indirect(Reference(stream, 0))?;
        let Object::Stream(dict, data) = indirect.object else {
            return Err(Malformed::Structure("a collection of objects is no stream"));
        };
        let data = inflate::unpack(&dict, &data)?;
        self.unpacked.set(self.unpacked.get() + data.len());
        if self.unpacked.get() > UNPACKED {
            return Err(Malformed::TooLarge("what is unpacked"));
        }
        let objects = Rc::new(collection(&dict, &data)?);
        self.packed.borrow_mut().insert(stream, Rc::clone(&objects));
        Ok(objects)
    }
}

/// The objects of an object stream, in their order.
fn collection(dict: &Dict, data: &[u8]) -> Result<Vec<(u32, Object)>, Malformed> {
    let missing = Malformed::Structure("a collection of objects does not say what it holds");
    let number = |key| {
        dict.integer(key)
            .and_then(|number| usize::try_from(number).ok())
    };
    let (Some(count), Some(first)) = (number("N"), number("First")) else {
        return Err(missing);
    };
    if dict.name("Type") != Some(b"ObjStm") {
        return Err(missing);
    }
    let mut head = Parser::new(data, 0);
    let mut objects = Vec::new();
    for _ in 0..count {
        let number = u32::try_from(head.unsigned()?).map_err(|_| missing.clone())?;
        let offset = usize::try_from(head.unsigned()?).map_err(|_| missing.clone())?;
        let at = first.checked_add(offset).ok_or_else(|| missing.clone())?;
        // Each is at least a byte long: more are not there.
        if objects.len() > data.len() {
            return Err(missing);
        }
        objects.push((number, Parser::new(data, at).object()?));
    }
    Ok(objects)
}

/// The number on the last line but one, with nothing behind the end but one line's end.
fn last_startxref(bytes: &[u8]) -> Result<usize, Malformed> {
    let fails = Malformed::Structure("the file does not end like a PDF");
    let text = bytes
        .strip_suffix(b"\r\n")
        .or(bytes.strip_suffix(b"\n"))
        .or(bytes.strip_suffix(b"\r"))
        .unwrap_or(bytes);
    let text = text.strip_suffix(b"%%EOF").ok_or_else(|| fails.clone())?;
    let tail = &text[text.len().saturating_sub(64)..];
    let begin = tail
        .windows(9)
        .rposition(|window| window == b"startxref")
        .ok_or_else(|| fails.clone())?;
    let mut parser = Parser::new(tail, begin + 9);
    let offset = parser.unsigned()?;
    if parser.rest().iter().any(|&byte| !is_space(byte)) {
        return Err(fails);
    }
    usize::try_from(offset).map_err(|_| fails)
}

/// The object that begins at an offset. A stream's length, where it is kept elsewhere, is asked for.
pub fn read_indirect(
    bytes: &[u8],
    offset: usize,
    length_of: &dyn Fn(Reference) -> Option<usize>,
) -> Result<Indirect, Malformed> {
    let fails = |at, rule| Err(Malformed::Syntax { at, rule });
    let mut parser = Parser::new(bytes, offset);
    let number = parser.unsigned()?;
    let generation = parser.unsigned()?;
    let (Ok(number), Ok(generation)) = (u32::try_from(number), u16::try_from(generation)) else {
        return fails(offset, "an object's number is out of range");
    };
    parser.expect("obj", "an object begins with its number and obj")?;
    let mut object = parser.object()?;
    parser.skip_space();
    if let Object::Dict(dict) = &object
        && parser.keyword("stream")
    {
        let begin = match parser.rest() {
            [b'\r', b'\n', ..] => parser.at + 2,
            [b'\n', ..] => parser.at + 1,
            _ => return fails(parser.at, "a stream begins on a line of its own"),
        };
        let length = match dict.get("Length") {
            Some(Object::Integer(number)) => usize::try_from(*number).ok(),
            Some(Object::Reference(reference)) => length_of(*reference),
            _ => None,
        };
        let end = length.and_then(|length| begin.checked_add(length));
        let Some((end, data)) = end.and_then(|end| Some((end, bytes.get(begin..end)?))) else {
            return fails(begin, "a stream has no length that fits");
        };
        parser.at = end;
        parser.expect("endstream", "a stream ends where its length says")?;
        object = Object::Stream(dict.clone(), data.to_vec());
    }
    parser.expect("endobj", "an object ends with endobj")?;
    let contents = parser.contents.take();
    Ok(Indirect {
        reference: Reference(number, generation),
        object,
        contents,
    })
}
