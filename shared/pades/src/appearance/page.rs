//! A page of another document, taken over as a form.

use std::collections::HashMap;

use crate::Error;
use crate::pdf::{Dict, File, Malformed, Object, Reference, Update, inflate, pages, update};

/// Objects that are taken over for one page.
const OBJECTS: usize = 2000;
/// How deeply they may hang on each other.
const DEPTH: usize = 32;

/// The first page as a form, and the sides of what it shows.
pub fn import(update: &mut Update<'_, '_>, pdf: &[u8]) -> Result<(Reference, [f64; 4]), Error> {
    let file = File::open(pdf)?;
    let page = pages::page(&file, 1)?;
    let [left, bottom, right, top] = page.shown;
    if right - left < 1.0 || top - bottom < 1.0 {
        return Err(Error::Appearance("the page has no size"));
    }
    let mut content = Vec::new();
    let contents = match file.resolved(&page.dict, "Contents")? {
        Some(Object::Array(items)) => items,
        Some(one) => vec![one],
        None => Vec::new(),
    };
    for item in contents {
        let Object::Stream(dict, data) = file.resolve(&item)? else {
            return Err(Malformed::Structure("a page's content is no stream").into());
        };
        content.extend(inflate::unpack(&dict, &data)?);
        content.push(b'\n');
    }
    let mut copy = Copy {
        from: &file,
        known: HashMap::new(),
    };
    let resources = copy.value(update, &Object::Dict(page.resources), 0)?;
    let mut dict = Dict::default()
        .with("Type", Object::name("XObject"))
        .with("Subtype", Object::name("Form"))
        .with("BBox", Vec::from(page.shown.map(Object::real)))
        .with("Resources", resources);
    if let Some(group) = page.dict.get("Group") {
        dict.set("Group", copy.value(update, group, 0)?);
    }
    Ok((update.add(update::stream(dict, &content)), page.shown))
}

struct Copy<'f, 'a> {
    from: &'f File<'a>,
    known: HashMap<Reference, Reference>,
}

impl Copy<'_, '_> {
    fn value(
        &mut self,
        update: &mut Update<'_, '_>,
        value: &Object,
        depth: usize,
    ) -> Result<Object, Error> {
        if depth == DEPTH || self.known.len() == OBJECTS {
            return Err(Malformed::TooLarge("the page of the appearance").into());
        }
        Ok(match value {
            Object::Array(items) => {
                let items = items.iter().map(|item| self.value(update, item, depth + 1));
                Object::Array(items.collect::<Result<_, _>>()?)
            }
            Object::Dict(dict) => self.dict(update, dict, depth)?.into(),
            Object::Stream(dict, data) => {
                Object::Stream(self.dict(update, dict, depth)?, data.clone())
            }
            Object::Reference(reference) => {
                if let Some(known) = self.known.get(reference) {
                    return Ok((*known).into());
                }
                let own = update.reserve();
                self.known.insert(*reference, own);
                let object = self.from.get(*reference)?;
                let object = self.value(update, &object, depth + 1)?;
                update.put(own, object);
                own.into()
            }
            plain => plain.clone(),
        })
    }

    fn dict(
        &mut self,
        update: &mut Update<'_, '_>,
        dict: &Dict,
        depth: usize,
    ) -> Result<Dict, Error> {
        let mut out = Dict::default();
        for (key, value) in &dict.0 {
            // What leads back to the document that it comes from.
            if matches!(
                key.as_slice(),
                b"Parent" | b"P" | b"StructParent" | b"StructParents"
            ) {
                continue;
            }
            out.set(key, self.value(update, value, depth + 1)?);
        }
        Ok(out)
    }
}
