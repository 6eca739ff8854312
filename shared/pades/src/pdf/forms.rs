//! Fields of a document's form, as far as signatures are concerned.

use std::collections::HashSet;

use super::{Dict, File, Malformed, Object, Reference};

/// Fields that are looked at.
const FIELDS: usize = 4096;

/// A field without fields below it.
#[derive(Debug, Clone)]
pub struct Field {
    pub reference: Reference,
    /// The names of all fields above and its own, with dots between.
    pub name: String,
    pub dict: Dict,
    /// It is for a signature.
    pub signature: bool,
}

impl Field {
    /// Where the signature lies that was put into it.
    pub fn signed(&self, file: &File<'_>) -> Result<Option<Reference>, Malformed> {
        match self.dict.get("V") {
            Some(Object::Reference(reference)) if file.get(*reference)? != Object::Null => {
                Ok(Some(*reference))
            }
            Some(Object::Dict(_)) => Err(Malformed::Unsupported(
                "signatures that do not lie in the file by themselves",
            )),
            _ => Ok(None),
        }
    }
}

/// The document's form; empty where it has none.
pub fn form(file: &File<'_>) -> Result<Dict, Malformed> {
    Ok(file
        .resolved_dict(&file.catalog()?, "AcroForm")?
        .unwrap_or_default())
}

pub fn fields(file: &File<'_>) -> Result<Vec<Field>, Malformed> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut stack: Vec<(Object, String, bool)> = file
        .resolved_array(&form(file)?, "Fields")?
        .into_iter()
        .rev()
        .map(|field| (field, String::new(), false))
        .collect();
    while let Some((field, above, signature)) = stack.pop() {
        let Object::Reference(reference) = field else {
            return Err(Malformed::Structure("a field is not referred to"));
        };
        if !seen.insert(reference) || seen.len() > FIELDS {
            return Err(Malformed::Structure("the tree of fields has no end"));
        }
        let dict = match file.get(reference)? {
            Object::Dict(dict) => dict,
            Object::Null => continue,
            _ => return Err(Malformed::Structure("a field is no dictionary")),
        };
        let signature = dict.name("FT").map_or(signature, |kind| kind == b"Sig");
        let own = text(dict.string("T").unwrap_or_default());
        let name = match (above.is_empty(), own.is_empty()) {
            (_, true) => above,
            (true, _) => own,
            _ => format!("{above}.{own}"),
        };
        let kids = file.resolved_array(&dict, "Kids")?;
        // A field's kids may be its looks on several pages, which have no name; then it is the field.
        let below = match kids.first() {
            Some(kid) => {
                matches!(file.resolve(kid)?, Object::Dict(kid) if kid.get("T").is_some())
            }
            None => false,
        };
        if below {
            stack.extend(
                kids.into_iter()
                    .rev()
                    .map(|kid| (kid, name.clone(), signature)),
            );
        } else {
            found.push(Field {
                reference,
                name,
                dict,
                signature,
            });
        }
    }
    Ok(found)
}

/// A text string.
pub fn text(bytes: &[u8]) -> String {
    match bytes.strip_prefix(&[0xfe, 0xff]) {
        Some(utf16) => {
            let units = utf16.chunks(2).map(|pair| match pair {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0xfffd,
            });
            char::decode_utf16(units)
                .map(|unit| unit.unwrap_or('\u{fffd}'))
                .collect()
        }
        None => match bytes.strip_prefix(&[0xef, 0xbb, 0xbf]) {
            Some(utf8) => String::from_utf8_lossy(utf8).into_owned(),
            None => bytes.iter().map(|&byte| char::from(byte)).collect(),
        },
    }
}
