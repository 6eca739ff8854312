//! Finds a page, and what it inherits.

use std::collections::HashSet;

use super::{Dict, File, Malformed, Object, Reference};

/// Pages and groups of pages that are looked at.
const NODES: usize = 1 << 14;

/// A page with its place.
pub struct Page {
    pub reference: Reference,
    pub dict: Dict,
    /// Left, bottom, right and top of what is shown, in points.
    pub shown: [f64; 4],
    /// What its content refers to by name.
    pub resources: Dict,
}

/// The page of this number, the first being 1.
pub fn page(file: &File<'_>, number: usize) -> Result<Page, Malformed> {
    let catalog = file.catalog()?;
    let root = catalog
        .reference("Pages")
        .ok_or(Malformed::Structure("the catalogue names no pages"))?;
    let mut left = number;
    let mut seen = HashSet::new();
    // Nodes still to visit, the next one last, each with what it inherits.
    let mut stack = vec![(root, Dict::default())];
    while let Some((reference, mut inherited)) = stack.pop() {
        if !seen.insert(reference) || seen.len() > NODES {
            return Err(Malformed::Structure("the tree of pages has no end"));
        }
        let Object::Dict(dict) = file.get(reference)? else {
            return Err(Malformed::Structure("a page is no dictionary"));
        };
        for key in ["MediaBox", "CropBox", "Resources"] {
            if let Some(value) = dict.get(key) {
                inherited.set(key, value.clone());
            }
        }
        if dict.name("Type") == Some(b"Pages") {
            for kid in file.resolved_array(&dict, "Kids")?.into_iter().rev() {
                let Object::Reference(kid) = kid else {
                    return Err(Malformed::Structure("a page is not referred to"));
                };
                stack.push((kid, inherited.clone()));
            }
            continue;
        }
        left = left.saturating_sub(1);
        if left == 0 {
            return finish(file, reference, dict, &inherited);
        }
    }
    Err(Malformed::Structure("there is no page of this number"))
}

fn finish(
    file: &File<'_>,
    reference: Reference,
    dict: Dict,
    inherited: &Dict,
) -> Result<Page, Malformed> {
    let mut sides = file.resolved_array(inherited, "CropBox")?;
    if sides.is_empty() {
        sides = file.resolved_array(inherited, "MediaBox")?;
    }
    let shown = sides
        .iter()
        .filter_map(Object::as_f64)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| Malformed::Structure("a page has no size"))?;
    let resources = file
        .resolved_dict(inherited, "Resources")?
        .unwrap_or_default();
    Ok(Page {
        reference,
        dict,
        shown,
        resources,
    })
}
