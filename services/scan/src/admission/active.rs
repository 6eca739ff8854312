//! What a PDF may not hold: anything that acts by itself, other files, things that lie elsewhere, and more than it should
//! unpack to. Every object is looked at, reached from the pages or not: programs differ in what they reach.

use contracts::Refused;
use lopdf::{Dictionary, Document, Object, ObjectStream, Stream, xref::XrefEntry};

use crate::domain::{Limits, unreadable};

/// Objects of a PDF: a hundred tagged pages have some tens of thousands.
const OBJECTS: usize = 300_000;
/// How deep arrays and dictionaries lie in each other.
const DEPTH: usize = 64;
/// How often one object names another in place of itself.
const NAMED_IN_TURN: usize = 16;
/// The most one stream that is no picture may unpack to, and all of them.
const UNPACKED: usize = 64 * 1024 * 1024;
const UNPACKED_IN_ALL: usize = 256 * 1024 * 1024;

/// Something in a PDF that is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Script,
    Launch,
    File,
    Media,
    DynamicForm,
    Sends,
    Elsewhere,
    Deep,
    Swells,
}

impl Found {
    fn reason(self) -> Refused {
        let (vi, en) = match self {
            Self::Script => (
                "Tệp PDF có mã JavaScript, không nhận vì an toàn; hãy in ra PDF rồi gửi bản mới",
                "The PDF contains JavaScript and is not taken for safety; print it to PDF and send that",
            ),
            Self::Launch => (
                "Tệp PDF ra lệnh chạy chương trình khác, không nhận vì an toàn; hãy in ra PDF rồi gửi bản mới",
                "The PDF launches another program and is not taken for safety; print it to PDF and send that",
            ),
            Self::File => (
                "Tệp PDF có tệp khác đính kèm bên trong; hãy in ra PDF rồi gửi, và gửi riêng từng tệp đính kèm",
                "Other files are attached inside the PDF; print it to PDF and send that, and each attached file by itself",
            ),
            Self::Media => (
                "Tệp PDF có phim, âm thanh hoặc hình 3D; hãy in ra PDF rồi gửi bản mới",
                "The PDF contains film, sound or 3D; print it to PDF and send that",
            ),
            Self::DynamicForm => (
                "Tệp PDF là biểu mẫu động (XFA), chỉ phần mềm Adobe mở được; hãy in ra PDF rồi gửi bản mới",
                "The PDF is a dynamic form (XFA) that only Adobe's programs open; print it to PDF and send that",
            ),
            Self::Sends => (
                "Tệp PDF tự gửi hoặc tự lấy dữ liệu, không nhận vì an toàn; hãy in ra PDF rồi gửi bản mới",
                "The PDF sends or fetches data by itself and is not taken for safety; print it to PDF and send that",
            ),
            Self::Elsewhere => (
                "Một phần nội dung của tệp PDF nằm ở tệp khác; hãy in ra PDF rồi gửi bản mới",
                "Part of what the PDF shows lies in another file; print it to PDF and send that",
            ),
            Self::Deep => (
                "Tệp PDF quá phức tạp; hãy in ra PDF hoặc quét lại rồi gửi bản mới",
                "The PDF is too complicated; print it to PDF or scan it again, and send that",
            ),
            Self::Swells => (
                "Tệp PDF phình ra quá lớn khi mở; hãy in ra PDF hoặc quét lại rồi gửi bản mới",
                "The PDF unpacks to far more than its size; print it to PDF or scan it again, and send that",
            ),
        };
        Refused::new(vi, en)
    }
}

/// The refusal of what would take too long to make sense of.
pub fn too_complicated() -> Refused {
    Found::Deep.reason()
}

/// Refuses a PDF of too many objects before they are taken apart.
pub fn refuse_crowd(bytes: &[u8]) -> Result<(), Refused> {
    let objects = memchr::memmem::find_iter(bytes, b" obj").take(OBJECTS + 1);
    if objects.count() > OBJECTS {
        return Err(Found::Deep.reason());
    }
    Ok(())
}

/// Refuses a PDF that holds what it may not, with the first reason found.
pub fn refuse(document: &Document, limits: &Limits) -> Result<(), Refused> {
    if document.objects.len() > OBJECTS {
        return Err(Found::Deep.reason());
    }
    hides_nothing(document)?;
    let mut left = UNPACKED_IN_ALL;
    search(document, &document.trailer).map_err(Found::reason)?;
    for object in document.objects.values() {
        look(document, object).map_err(Found::reason)?;
        if let Object::Stream(stream) = object {
            if names(document, &stream.dict, b"Subtype", &[b"Image"]) {
                let side = |key| whole(document, &stream.dict, key);
                limits.take_pixels(side(b"Width"), side(b"Height"))?;
            } else {
                unpack(stream, &mut left).map_err(Found::reason)?;
            }
        }
    }
    Ok(())
}

/// Whether an electronic signature covers some of the file (ISO 32000, 12.8).
pub fn is_signed(document: &Document) -> bool {
    let mut left: Vec<(&Object, usize)> = document
        .objects
        .values()
        .map(|object| (object, 0))
        .collect();
    while let Some((object, depth)) = left.pop() {
        if let Some(dictionary) = dictionary(object)
            && dictionary.has(b"ByteRange")
            && dictionary.has(b"Contents")
        {
            return true;
        }
        left.extend(
            inner(object)
                .filter(|_| depth < DEPTH)
                .map(|inner| (inner, depth + 1)),
        );
    }
    false
}

/// An object that the table says lies in a packed stream, and that isn't there, is hidden from us and maybe not from others.
fn hides_nothing(document: &Document) -> Result<(), Refused> {
    let mut checked = std::collections::BTreeSet::new();
    for (&number, entry) in &document.reference_table.entries {
        let XrefEntry::Compressed { container, .. } = *entry else {
            continue;
        };
        if document.objects.contains_key(&(number, 0)) || !checked.insert(container) {
            continue;
        }
        let packed = document
            .get_object((container, 0))
            .and_then(Object::as_stream);
        let opened = packed.and_then(|stream| ObjectStream::new_with_limit(stream, Some(UNPACKED)));
        opened.map_err(|_| unreadable())?;
    }
    Ok(())
}

/// Looks at an object and all that lies in it; what it refers to is looked at in its own turn.
fn look(document: &Document, object: &Object) -> Result<(), Found> {
    let mut left = vec![(object, 0)];
    while let Some((object, depth)) = left.pop() {
        if depth > DEPTH {
            return Err(Found::Deep);
        }
        if let Object::Stream(stream) = object
            && (stream.dict.has(b"F") || stream.dict.has(b"Ref") || stream.dict.has(b"OPI"))
        {
            return Err(Found::Elsewhere);
        }
        if let Some(dictionary) = dictionary(object) {
            search(document, dictionary)?;
        }
        left.extend(inner(object).map(|inner| (inner, depth + 1)));
    }
    Ok(())
}

fn dictionary(object: &Object) -> Option<&Dictionary> {
    match object {
        Object::Dictionary(dictionary) => Some(dictionary),
        Object::Stream(stream) => Some(&stream.dict),
        _ => None,
    }
}

fn inner(object: &Object) -> Box<dyn Iterator<Item = &Object> + '_> {
    match object {
        Object::Array(items) => Box::new(items.iter()),
        object => match dictionary(object) {
            Some(dictionary) => Box::new(dictionary.iter().map(|(_, value)| value)),
            None => Box::new(std::iter::empty()),
        },
    }
}

/// What one dictionary is, by the keys that make it so.
fn search(document: &Document, dictionary: &Dictionary) -> Result<(), Found> {
    let is = |key: &[u8], words: &[&[u8]]| names(document, dictionary, key, words);
    if dictionary.has(b"JS")
        || is(b"S", &[b"JavaScript"])
        || has_running_address(document, dictionary)
    {
        return Err(Found::Script);
    }
    if is(b"S", &[b"Launch"]) || is(b"Subtype", &[b"PS"]) || is(b"Subtype2", &[b"PS"]) {
        return Err(Found::Launch);
    }
    if dictionary.has(b"EF")
        || is(b"Type", &[b"EmbeddedFile"])
        || is(b"Subtype", &[b"FileAttachment"])
        || is(b"S", &[b"GoToE"])
        || (dictionary.has(b"Collection") && is(b"Type", &[b"Catalog"]))
    {
        return Err(Found::File);
    }
    let media: [&[u8]; 5] = [b"RichMedia", b"Movie", b"Sound", b"Screen", b"3D"];
    let plays: [&[u8]; 5] = [
        b"Rendition",
        b"Movie",
        b"Sound",
        b"RichMediaExecute",
        b"GoTo3DView",
    ];
    if is(b"Subtype", &media) || is(b"S", &plays) {
        return Err(Found::Media);
    }
    if is(b"S", &[b"SubmitForm", b"ImportData"]) {
        return Err(Found::Sends);
    }
    if is(b"S", &[b"GoToR"]) {
        return Err(Found::Elsewhere);
    }
    if matches!(
        direct(document, dictionary, b"NeedsRendering"),
        Some(Object::Boolean(true))
    ) {
        return Err(Found::DynamicForm);
    }
    match direct(document, dictionary, b"XFA") {
        Some(form) => static_form(document, form),
        None => Ok(()),
    }
}

/// A value, followed to where it lies: programs follow it too.
fn direct<'a>(
    document: &'a Document,
    dictionary: &'a Dictionary,
    key: &[u8],
) -> Option<&'a Object> {
    follow(document, dictionary.get(key).ok()?)
}

fn follow<'a>(document: &'a Document, mut object: &'a Object) -> Option<&'a Object> {
    for _ in 0..NAMED_IN_TURN {
        let Object::Reference(id) = object else {
            return Some(object);
        };
        object = document.objects.get(id)?;
    }
    None
}

fn names(document: &Document, dictionary: &Dictionary, key: &[u8], words: &[&[u8]]) -> bool {
    match direct(document, dictionary, key) {
        Some(Object::Name(name)) => words.contains(&name.as_slice()),
        _ => false,
    }
}

/// A link to a web page is harmless; one to a script or a file of the reader's own computer isn't.
fn has_running_address(document: &Document, dictionary: &Dictionary) -> bool {
    let Some(Object::String(address, _)) = direct(document, dictionary, b"URI") else {
        return false;
    };
    let address = address.trim_ascii_start();
    [b"javascript:".as_slice(), b"vbscript:", b"data:", b"file:"]
        .iter()
        .any(|scheme| {
            address
                .get(..scheme.len())
                .is_some_and(|begins| begins.eq_ignore_ascii_case(scheme))
        })
}

/// A static XFA form draws like any other page; what it may not have is a script of its own.
fn static_form(document: &Document, form: &Object) -> Result<(), Found> {
    let parts: Vec<&Object> = match form {
        Object::Array(parts) => parts.iter().collect(),
        form => vec![form],
    };
    for part in parts {
        if let Some(Object::Stream(stream)) = follow(document, part) {
            let text = stream
                .get_plain_content_with_limit(UNPACKED)
                .map_err(|_| Found::Swells)?;
            if memchr::memmem::find(&text, b"<script").is_some() {
                return Err(Found::Script);
            }
        }
    }
    Ok(())
}

fn whole(document: &Document, dictionary: &Dictionary, key: &[u8]) -> u32 {
    let number = direct(document, dictionary, key).and_then(|value| value.as_i64().ok());
    // What says nothing of its size isn't drawn, so that it counts as small.
    number.map_or(1, |number| u32::try_from(number).unwrap_or(u32::MAX))
}

/// Unpacks a stream of the page's own words. How it is packed and whether all of it can be is nobody's concern here.
fn unpack(stream: &Stream, left: &mut usize) -> Result<(), Found> {
    use lopdf::{DecompressError, Error};
    match stream.get_plain_content_with_limit(UNPACKED.min(*left)) {
        Ok(content) => {
            *left -= content.len().min(*left);
            Ok(())
        }
        Err(Error::Decompress(
            DecompressError::MemoryLimitExceeded { .. } | DecompressError::TooManyFilters { .. },
        )) => Err(Found::Swells),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
