//! What was added to a document since a revision of it. Whatever is not known to be harmless counts as content.

use std::collections::{BTreeMap, BTreeSet};

use super::Addition;
use crate::field;
use crate::pdf::forms::{self, Field};
use crate::pdf::xref::Entry;
use crate::pdf::{Dict, File, Malformed, Object, Reference, inflate};

/// What a new field for a signature may say of itself. Nothing in it acts by itself.
const FIELD: [&[u8]; 12] = [
    b"Type", b"Subtype", b"FT", b"T", b"TU", b"V", b"F", b"P", b"Rect", b"AP", b"Lock", b"Ff",
];

/// What was added since `then`, in which this signature must stand as it does now.
pub fn between(
    then: &File<'_>,
    now: &File<'_>,
    signed: &Field,
    signature: Reference,
) -> Result<BTreeSet<Addition>, Malformed> {
    let signed = forms::fields(then)?
        .into_iter()
        .find(|field| field.reference == signed.reference)
        .filter(|field| field.dict.reference("V") == Some(signature))
        .ok_or(Malformed::Structure(
            "the signature was not there when it was made",
        ))?;
    let mut review = Review {
        then,
        now,
        changed: BTreeMap::new(),
        additions: BTreeSet::new(),
    };
    let known = review.goes_on()? && review.explain()?;
    let mut additions = review.additions;
    // Only the document as it was then says what it allows.
    let level = field::level(then, &signed, signature)?;
    let forbidden = level == Some(1) && additions.contains(&Addition::Signature);
    if !known || forbidden || additions.is_empty() {
        additions.insert(Addition::Content);
    }
    Ok(additions)
}

struct Review<'r, 'a> {
    then: &'r File<'a>,
    now: &'r File<'a>,
    /// Objects that are another than they were, not explained yet.
    changed: BTreeMap<u32, (Object, Object)>,
    additions: BTreeSet<Addition>,
}

impl Review<'_, '_> {
    /// Whether the later revisions stand on the earlier one, and take away nothing of it. Notes what they change.
    fn goes_on(&mut self) -> Result<bool, Malformed> {
        let border = self.then.bytes.len();
        let before = self
            .now
            .sections
            .iter()
            .find(|section| section.offset < border);
        let same = |key: &str| self.then.trailer().get(key) == self.now.trailer().get(key);
        if before.map(|section| section.offset) != Some(self.then.sections[0].offset)
            || !same("Root")
            || !same("Info")
        {
            return Ok(false);
        }
        let later = self
            .now
            .sections
            .iter()
            .filter(|section| section.offset >= border);
        let numbers: BTreeSet<u32> = later
            .flat_map(|section| section.entries.iter().map(|(number, _)| *number))
            .collect();
        for number in numbers {
            if let Some(old) = reference(self.then, number) {
                let Some(new) = reference(self.now, number).filter(|new| *new == old) else {
                    return Ok(false);
                };
                let (before, after) = (self.then.get(old)?, self.now.get(new)?);
                if before != after {
                    self.changed.insert(number, (before, after));
                }
            }
        }
        Ok(true)
    }

    /// Whether all that changed is known to be harmless.
    fn explain(&mut self) -> Result<bool, Malformed> {
        let root = self.then.root()?;
        let (before, after) = (self.then.catalog()?, self.now.catalog()?);
        if !differ_only(&before, &after, &["AcroForm", "DSS"]) {
            return Ok(false);
        }
        self.changed.remove(&root.0);
        self.validation_data(&before, &after)?;
        let Some(fields) = self.form(&before, &after)? else {
            return Ok(false);
        };
        let lists = self.lists_of_pages(&fields)?;
        let pages: Vec<u32> = self.changed.keys().copied().collect();
        for number in pages {
            if !self.page(number, &fields, &lists)? {
                return Ok(false);
            }
        }
        Ok(self.changed.is_empty())
    }

    fn validation_data(&mut self, before: &Dict, after: &Dict) -> Result<(), Malformed> {
        let store = self.now.resolved_dict(after, "DSS")?;
        if self.then.resolved_dict(before, "DSS")? != store {
            self.additions.insert(Addition::ValidationData);
        }
        // It may not lie where something else lay: an object that changed stays unexplained.
        Ok(())
    }

    fn forget(&mut self, before: &Dict, after: &Dict, key: &str) {
        match (before.reference(key), after.reference(key)) {
            (Some(old), Some(new)) if old == new => {
                self.changed.remove(&new.0);
            }
            _ => {}
        }
    }

    /// The fields that were added, or nothing where the form changed otherwise.
    fn form(&mut self, before: &Dict, after: &Dict) -> Result<Option<Vec<Reference>>, Malformed> {
        let old = self
            .then
            .resolved_dict(before, "AcroForm")?
            .unwrap_or_default();
        let new = self
            .now
            .resolved_dict(after, "AcroForm")?
            .unwrap_or_default();
        if !differ_only(&old, &new, &["Fields", "SigFlags"]) {
            return Ok(None);
        }
        let (listed, lists) = (
            self.then.resolved_array(&old, "Fields")?,
            self.now.resolved_array(&new, "Fields")?,
        );
        let Some(added) = lists.strip_prefix(listed.as_slice()) else {
            return Ok(None);
        };
        self.forget(before, after, "AcroForm");
        self.forget(&old, &new, "Fields");
        let mut fields = Vec::new();
        for field in added {
            let Object::Reference(reference) = field else {
                return Ok(None);
            };
            if self.then.get(*reference)? != Object::Null || !self.harmless(*reference)? {
                return Ok(None);
            }
            fields.push(*reference);
            self.additions.insert(Addition::Signature);
        }
        for field in forms::fields(self.then)? {
            if !self.filled(&field)? {
                return Ok(None);
            }
        }
        Ok(Some(fields))
    }

    /// Whether a field is as it was, or was empty and got a signature.
    fn filled(&mut self, field: &Field) -> Result<bool, Malformed> {
        let Some((_, Object::Dict(new))) = self.changed.get(&field.reference.0) else {
            return Ok(true);
        };
        let only = differ_only(&field.dict, new, &["V", "AP"]);
        let signed = self.is_signature(new)?;
        if !field.signature || field.dict.get("V").is_some() || !only || !signed {
            return Ok(false);
        }
        self.changed.remove(&field.reference.0);
        self.additions.insert(Addition::Signature);
        Ok(true)
    }

    /// Whether a new field is a signature's, and shows nothing before it is signed.
    fn harmless(&self, reference: Reference) -> Result<bool, Malformed> {
        let Object::Dict(field) = self.now.get(reference)? else {
            return Ok(false);
        };
        if field.name("FT") != Some(b"Sig") || field.keys().any(|key| !FIELD.contains(&key)) {
            return Ok(false);
        }
        if self.is_signature(&field)? {
            return Ok(true);
        }
        let look = self.now.resolved_dict(&field, "AP")?.unwrap_or_default();
        let blank = match self.now.resolved(&look, "N")? {
            None => true,
            Some(Object::Stream(dict, data)) if data.len() < 64 => inflate::unpack(&dict, &data)?
                .iter()
                .all(u8::is_ascii_whitespace),
            Some(_) => false,
        };
        Ok(blank && field.get("V").is_none())
    }

    fn is_signature(&self, field: &Dict) -> Result<bool, Malformed> {
        let signature = self.now.resolved_dict(field, "V")?;
        Ok(signature.is_some_and(|dict| dict.get("ByteRange").is_some()))
    }

    /// Whether all that changed about an object is that a page got the looks of new fields.
    fn page(
        &mut self,
        number: u32,
        fields: &[Reference],
        lists: &BTreeSet<u32>,
    ) -> Result<bool, Malformed> {
        let Some((Object::Dict(before), Object::Dict(after))) = self.changed.get(&number).cloned()
        else {
            // A page's list may lie apart; it is looked at with the page.
            return Ok(lists.contains(&number) && self.list_only(number, fields));
        };
        if before.name("Type") != Some(b"Page") || !differ_only(&before, &after, &["Annots"]) {
            return Ok(false);
        }
        let (old, new) = (
            self.then.resolved_array(&before, "Annots")?,
            self.now.resolved_array(&after, "Annots")?,
        );
        if !only_added(&old, &new, fields) {
            return Ok(false);
        }
        self.changed.remove(&number);
        Ok(true)
    }

    fn list_only(&mut self, number: u32, fields: &[Reference]) -> bool {
        match self.changed.remove(&number) {
            Some((Object::Array(old), Object::Array(new))) => only_added(&old, &new, fields),
            _ => false,
        }
    }

    /// The lists, where they lie apart, of the pages on which new fields stand.
    fn lists_of_pages(&self, fields: &[Reference]) -> Result<BTreeSet<u32>, Malformed> {
        let mut pages = BTreeSet::new();
        for field in fields {
            if let Object::Dict(field) = self.now.get(*field)? {
                pages.extend(field.reference("P"));
            }
        }
        let mut lists = BTreeSet::new();
        for page in pages {
            if let Object::Dict(page) = self.then.get(page)?
                && page.name("Type") == Some(b"Page")
            {
                lists.extend(page.reference("Annots").map(|list| list.0));
            }
        }
        Ok(lists)
    }
}

/// The object's reference, if there is one of that number.
fn reference(file: &File<'_>, number: u32) -> Option<Reference> {
    match file.entry(number) {
        Entry::Free => None,
        Entry::At { generation, .. } => Some(Reference(number, generation)),
        Entry::Within { .. } => Some(Reference(number, 0)),
    }
}

fn differ_only(before: &Dict, after: &Dict, keys: &[&str]) -> bool {
    let rest = |dict: &Dict| {
        let mut rest = dict.clone();
        rest.0
            .retain(|(key, _)| !keys.iter().any(|allowed| allowed.as_bytes() == key));
        rest
    };
    rest(before) == rest(after)
}

fn only_added(old: &[Object], new: &[Object], fields: &[Reference]) -> bool {
    new.strip_prefix(old).is_some_and(|added| {
        added
            .iter()
            .all(|item| matches!(item, Object::Reference(reference) if fields.contains(reference)))
    })
}
