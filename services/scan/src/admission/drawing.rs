//! How much a PDF makes a program draw. A form that draws another ten times, which draws a third ten times, is a small file
//! and an endless page: it is counted, not drawn.

use std::collections::{BTreeMap, HashMap};

use contracts::Refused;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream};
use memchr::memmem;

use crate::domain::Limits;

/// What one page may cost, in quarters of a kilobyte of its own words and the forms' each time they are drawn: a map of
/// thirty megabytes costs a little more than half of it.
const MOST: u64 = 200_000;
/// Pixels of a picture that cost as much as a quarter of a kilobyte of words.
const PIXELS: u64 = 65_536;
/// How deep forms are drawn in each other.
const DEPTH: usize = 28;
/// Bytes of words looked at, of one stream and in all.
const WORDS: usize = 64 * 1024 * 1024;
const WORDS_IN_ALL: usize = 512 * 1024 * 1024;
/// How far up the page tree resources are looked for.
const ABOVE: usize = 32;

/// Refuses a PDF of which a page, or what is laid over a page, costs more than it may.
pub fn refuse(document: &Document, limits: &Limits) -> Result<(), Refused> {
    let mut count = Count {
        document,
        known: HashMap::new(),
        above: Vec::new(),
        left: WORDS_IN_ALL,
    };
    let mut pages = document.page_iter().take(limits.pages as usize);
    let costs_too_much = pages.any(|page| count.page(page) > MOST)
        || document.objects.iter().any(|(id, object)| match object {
            Object::Stream(stream) if is(stream, b"Form") => count.form(*id, stream, None) > MOST,
            _ => false,
        });
    if costs_too_much {
        return Err(super::active::too_complicated());
    }
    Ok(())
}

fn is(stream: &Stream, kind: &[u8]) -> bool {
    let subtype = stream.dict.get(b"Subtype").and_then(Object::as_name);
    subtype.is_ok_and(|subtype| subtype == kind)
}

struct Count<'a> {
    document: &'a Document,
    /// What a form costs with these resources.
    known: HashMap<(ObjectId, usize), u64>,
    /// The forms that are being counted, each inside the one before.
    above: Vec<ObjectId>,
    /// Bytes that may still be looked at.
    left: usize,
}

impl<'a> Count<'a> {
    fn page(&mut self, page: ObjectId) -> u64 {
        let Ok(page) = self.document.get_dictionary(page) else {
            return 0;
        };
        let contents = match page.get_deref(b"Contents", self.document) {
            Ok(Object::Array(parts)) => parts.iter().collect(),
            Ok(one) => vec![one],
            Err(_) => Vec::new(),
        };
        let mut words = Vec::new();
        for part in contents {
            if let Ok((_, Object::Stream(stream))) = self.document.dereference(part) {
                words.extend(self.words(stream));
                words.push(b'\n');
            }
        }
        let resources = self.inherited(page);
        self.cost(&words, resources)
    }

    /// A page's resources, its own or of what it lies in.
    fn inherited(&self, page: &'a Dictionary) -> Option<&'a Dictionary> {
        let mut node = page;
        for _ in 0..ABOVE {
            if let Some(resources) = self.inner(node, b"Resources") {
                return Some(resources);
            }
            node = self.inner(node, b"Parent")?;
        }
        None
    }

    fn inner(&self, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a Dictionary> {
        let inner = dictionary.get_deref(key, self.document);
        inner.and_then(Object::as_dict).ok()
    }

    fn words(&mut self, stream: &Stream) -> Vec<u8> {
        let words = stream.get_plain_content_with_limit(WORDS.min(self.left));
        // What can't be unpacked isn't drawn; what swells has been refused.
        let words = words.unwrap_or_default();
        self.left -= words.len().min(self.left);
        words
    }

    fn cost(&mut self, words: &[u8], resources: Option<&'a Dictionary>) -> u64 {
        let mut calls: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
        for name in called(words) {
            *calls.entry(name).or_default() += 1;
        }
        let own = 1 + words.len() as u64 / 256;
        calls.into_iter().fold(own, |sum, (name, times)| {
            let each = self.called_thing(&name, resources);
            sum.saturating_add(times.saturating_mul(each))
        })
    }

    fn called_thing(&mut self, name: &[u8], resources: Option<&'a Dictionary>) -> u64 {
        let things = resources.and_then(|resources| self.inner(resources, b"XObject"));
        let Some(thing) = things.and_then(|things| things.get(name).ok()) else {
            return 0;
        };
        match self.document.dereference(thing) {
            Ok((Some(id), Object::Stream(stream))) if is(stream, b"Form") => {
                self.form(id, stream, resources)
            }
            Ok((_, Object::Stream(stream))) => {
                let side = |key| {
                    let side = stream.dict.get_deref(key, self.document);
                    let side = side.and_then(Object::as_i64).unwrap_or(1);
                    u64::try_from(side).unwrap_or(1)
                };
                1 + side(b"Width").saturating_mul(side(b"Height")) / PIXELS
            }
            _ => 0,
        }
    }

    /// A form with resources of its own, or else those of what draws it.
    fn form(&mut self, id: ObjectId, stream: &'a Stream, outer: Option<&'a Dictionary>) -> u64 {
        let resources = self.inner(&stream.dict, b"Resources").or(outer);
        let place = resources.map_or(0, |resources| std::ptr::from_ref(resources).addr());
        if let Some(known) = self.known.get(&(id, place)) {
            return *known;
        }
        // One that draws itself is drawn once.
        if self.above.contains(&id) {
            return 0;
        }
        if self.above.len() == DEPTH || self.left == 0 {
            return MOST + 1;
        }
        let words = self.words(stream);
        self.above.push(id);
        let cost = self.cost(&words, resources);
        self.above.pop();
        self.known.insert((id, place), cost);
        cost
    }
}

/// The names of what is drawn, as often as it is: whatever stands before a `Do`.
fn called(words: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    memmem::find_iter(words, b"Do").filter_map(|at| {
        if words.get(at + 2).is_some_and(|next| is_regular(*next)) {
            return None;
        }
        let before = words.get(..at)?;
        let end = before.iter().rposition(|byte| !is_space(*byte))? + 1;
        let slash = before
            .get(..end)?
            .iter()
            .rposition(|byte| !is_regular(*byte))?;
        let apart = end < at && before.get(slash) == Some(&b'/');
        apart.then(|| name(&before[slash + 1..end]))
    })
}

/// A name as it is meant: `#41` is an A.
fn name(written: &[u8]) -> Vec<u8> {
    let mut name = Vec::with_capacity(written.len());
    let mut rest = written;
    while let Some((&first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| first == b'#');
        let byte = escaped.and_then(|digits| hex::decode(digits).ok()?.pop());
        name.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    name
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !b"()<>[]{}/%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use lopdf::dictionary;
    use proptest::prelude::*;

    use super::*;

    const LIMITS: Limits = Limits {
        bytes: 50 * 1024 * 1024,
        pages: 100,
        pixels: 80_000_000,
    };
    const FORM: &[u8] = include_bytes!("../../../../examples/to-khai-trich-luc.pdf");

    /// Forms that draw the next one so often, so many of them; the first is drawn by a page.
    fn nested(levels: usize, words: &[u8], own_resources: bool) -> Document {
        let mut document = crate::pages_of::open_pdf(FORM).unwrap();
        let mut inner = document.add_object(Stream::new(
            dictionary! { "Subtype" => "Form" },
            b"0 0 m 9 9 l S".to_vec(),
        ));
        for _ in 0..levels {
            let mut form = dictionary! { "Subtype" => "Form" };
            if own_resources {
                form.set(
                    "Resources",
                    dictionary! { "XObject" => dictionary! { "F" => inner } },
                );
            }
            inner = document.add_object(Stream::new(form, words.to_vec()));
        }
        document
    }

    #[test]
    fn ordinary_documents_are_drawn() {
        let document = crate::pages_of::open_pdf(FORM).unwrap();
        assert_eq!(refuse(&document, &LIMITS), Ok(()));
        assert_eq!(refuse(&nested(3, b"/F Do", true), &LIMITS), Ok(()));
    }

    #[test]
    fn forms_that_draw_each_other_ten_times_are_counted_and_refused() {
        let ten = b"/F Do ".repeat(10);
        assert_eq!(refuse(&nested(4, &ten, true), &LIMITS), Ok(()));
        assert!(refuse(&nested(6, &ten, true), &LIMITS).is_err());
        assert!(refuse(&nested(20, &b"/#46\0Do/F\nDo".repeat(2), true), &LIMITS).is_err());
    }

    #[test]
    fn a_form_without_resources_uses_the_pages() {
        let mut document = nested(0, b"", true);
        let ids: Vec<_> = (0..8).map(|_| document.new_object_id()).collect();
        let mut things = Dictionary::new();
        for (at, id) in ids.iter().enumerate() {
            things.set(format!("F{at}"), *id);
            let words = format!("/F{} Do ", at + 1).repeat(10).into_bytes();
            let form = Stream::new(dictionary! { "Subtype" => "Form" }, words);
            document.objects.insert(*id, Object::Stream(form));
        }
        let words = document.add_object(Stream::new(dictionary! {}, b"/F0 Do".to_vec()));
        let page = document.page_iter().next().unwrap();
        let page = document
            .get_object_mut(page)
            .unwrap()
            .as_dict_mut()
            .unwrap();
        page.set("Resources", dictionary! { "XObject" => things });
        page.set("Contents", words);
        assert!(refuse(&document, &LIMITS).is_err());
    }

    #[test]
    fn one_that_draws_itself_is_drawn_once() {
        let mut document = nested(0, b"", true);
        let id = document.new_object_id();
        let resources = dictionary! { "XObject" => dictionary! { "F" => id } };
        let form = dictionary! { "Subtype" => "Form", "Resources" => resources };
        let form = Stream::new(form, b"/F Do ".repeat(100));
        document.objects.insert(id, Object::Stream(form));
        assert_eq!(refuse(&document, &LIMITS), Ok(()));
    }

    #[test]
    fn what_is_drawn_stands_before_its_do() {
        let names = |words: &[u8]| called(words).collect::<Vec<_>>();
        assert_eq!(
            names(b"q /A Do Q/B\nDo/C#20 Do"),
            [b"A".as_slice(), b"B", b"C "]
        );
        assert!(names(b"Do /ADo /A Dox (A) Do 1 Do").is_empty());
    }

    proptest! {
        #[test]
        fn any_words_get_an_answer(words in "[/ADo #4\n()]{0,60}") {
            let _ = called(words.as_bytes()).count();
        }
    }
}
