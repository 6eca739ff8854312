//! What is appended to a file: new and changed objects, and the cross-references to them.

use std::collections::{BTreeMap, HashMap};

use super::object::push;
use super::{Dict, File, Malformed, Object, Reference};

/// An update in the making.
pub struct Update<'f, 'a> {
    pub file: &'f File<'a>,
    objects: BTreeMap<u32, (u16, Object)>,
    next: u32,
}

/// A file with an update, and where the update's objects lie in it.
pub struct Written {
    pub bytes: Vec<u8>,
    pub offsets: HashMap<u32, usize>,
}

impl<'f, 'a> Update<'f, 'a> {
    pub fn new(file: &'f File<'a>) -> Self {
        Self {
            file,
            objects: BTreeMap::new(),
            next: file.size().max(1),
        }
    }

    pub fn reserve(&mut self) -> Reference {
        let reference = Reference(self.next, 0);
        self.next += 1;
        reference
    }

    pub fn add(&mut self, object: impl Into<Object>) -> Reference {
        let reference = self.reserve();
        self.put(reference, object);
        reference
    }

    /// A stream, packed.
    pub fn add_stream(&mut self, dict: Dict, data: &[u8]) -> Reference {
        self.add(stream(dict, data))
    }

    pub fn put(&mut self, reference: Reference, object: impl Into<Object>) {
        self.objects
            .insert(reference.0, (reference.1, object.into()));
    }

    /// The object as this update leaves it.
    pub fn get(&self, reference: Reference) -> Result<Object, Malformed> {
        match self.objects.get(&reference.0) {
            Some((_, object)) => Ok(object.clone()),
            None => self.file.get(reference),
        }
    }

    /// The original bytes, then what is new. `mark` tells this update from others of the same file.
    pub fn write(mut self, mark: &[u8]) -> Written {
        let file = self.file;
        let last = &file.sections[0];
        let mut bytes = Vec::with_capacity(file.bytes.len() + (64 << 10));
        bytes.extend(file.bytes);
        if !bytes.ends_with(b"\n") {
            bytes.push(b'\n');
        }
        let mut entries: Vec<(u32, u16, usize)> = Vec::new();
        for (&number, (generation, object)) in &self.objects {
            entries.push((number, *generation, bytes.len()));
            push(&mut bytes, format_args!("{number} {generation} obj\n"));
            object.write(&mut bytes);
            bytes.extend(b"\nendobj\n");
        }
        let begin = bytes.len();
        if last.stream {
            let own = self.reserve().0;
            entries.push((own, 0, begin));
        }
        let mut trailer = Dict::default();
        trailer.set("Size", i64::from(self.next));
        for key in ["Root", "Info"] {
            if let Some(value) = last.trailer.get(key) {
                trailer.set(key, value.clone());
            }
        }
        trailer.set("Prev", i64::try_from(last.offset).unwrap_or(i64::MAX));
        trailer.set("ID", self.identifier(mark));
        if last.stream {
            write_stream(&mut bytes, trailer, &entries);
        } else {
            write_table(&mut bytes, &trailer, &entries);
        }
        push(&mut bytes, format_args!("startxref\n{begin}\n%%EOF\n"));
        let offsets = entries
            .iter()
            .map(|&(number, _, offset)| (number, offset))
            .collect();
        Written { bytes, offsets }
    }

    /// The file keeps its first identifier for life; the second is that of the revision.
    fn identifier(&self, mark: &[u8]) -> Object {
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        context.update(&self.file.bytes[self.file.sections[0].offset..]);
        context.update(mark);
        let revision = context.finish().as_ref()[..16].to_vec();
        let first = match self.file.resolved_array(self.file.trailer(), "ID") {
            Ok(items) if items.len() == 2 => items[0].clone(),
            _ => Object::String(revision.clone()),
        };
        Object::Array(vec![first, Object::String(revision)])
    }
}

/// A stream object, packed.
pub fn stream(mut dict: Dict, data: &[u8]) -> Object {
    use std::io::Write as _;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(data);
    let packed = encoder.finish().unwrap_or_default();
    dict.set("Filter", Object::name("FlateDecode"));
    dict.set("Length", i64::try_from(packed.len()).unwrap_or(i64::MAX));
    Object::Stream(dict, packed)
}

/// Runs of neighbouring numbers.
fn runs(entries: &[(u32, u16, usize)]) -> Vec<&[(u32, u16, usize)]> {
    entries
        .chunk_by(|left, right| left.0 + 1 == right.0)
        .collect()
}

fn write_table(bytes: &mut Vec<u8>, trailer: &Dict, entries: &[(u32, u16, usize)]) {
    bytes.extend(b"xref\n");
    for run in runs(entries) {
        push(bytes, format_args!("{} {}\n", run[0].0, run.len()));
        for (_, generation, offset) in run {
            push(bytes, format_args!("{offset:010} {generation:05} n \n"));
        }
    }
    bytes.extend(b"trailer\n");
    Object::Dict(trailer.clone()).write(bytes);
    bytes.push(b'\n');
}

fn write_stream(bytes: &mut Vec<u8>, mut trailer: Dict, entries: &[(u32, u16, usize)]) {
    let mut data = Vec::new();
    for (_, generation, offset) in entries {
        data.push(1);
        data.extend(u32::try_from(*offset).unwrap_or(u32::MAX).to_be_bytes());
        data.extend(generation.to_be_bytes());
    }
    let index = runs(entries)
        .into_iter()
        .flat_map(|run| {
            [
                i64::from(run[0].0),
                i64::try_from(run.len()).unwrap_or(i64::MAX),
            ]
        })
        .map(Object::Integer)
        .collect::<Vec<_>>();
    trailer.set("Type", Object::name("XRef"));
    trailer.set("Index", index);
    trailer.set(
        "W",
        vec![Object::Integer(1), Object::Integer(4), Object::Integer(2)],
    );
    trailer.set("Length", i64::try_from(data.len()).unwrap_or(i64::MAX));
    // The stream's own entry comes last.
    let own = entries.last().map_or(0, |entry| entry.0);
    push(bytes, format_args!("{own} 0 obj\n"));
    Object::Stream(trailer, data).write(bytes);
    bytes.extend(b"\nendobj\n");
}
