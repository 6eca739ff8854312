//! The fields that signatures stand in: found, made, reserved, filled.

use crate::appearance::{self, Rect};
use crate::pdf::forms::{self, Field};
use crate::pdf::{Dict, File, Malformed, Object, Reference, Update, pages};
use crate::{Error, Protection, Request, Reserved};

/// Signatures that a document may have.
pub const SIGNATURES: usize = 32;
/// An annotation that is printed and that nobody moves.
const PRINT_LOCKED: i64 = 4 | 128;
/// The form has signatures, and is only ever added to.
const SIGNATURES_EXIST_APPEND_ONLY: i64 = 3;

/// The field that a signature goes into.
pub struct Own {
    pub reference: Reference,
    pub width: f64,
    pub height: f64,
}

/// A document's fields.
pub struct Fields<'f, 'a> {
    file: &'f File<'a>,
    all: Vec<Field>,
}

impl<'f, 'a> Fields<'f, 'a> {
    pub fn read(file: &'f File<'a>) -> Result<Self, Error> {
        Ok(Self {
            file,
            all: forms::fields(file)?,
        })
    }

    /// Refuses what the signatures that are there forbid.
    pub fn permit(&self, request: &Request) -> Result<(), Error> {
        let mut signed = 0;
        for field in self.all.iter().filter(|field| field.signature) {
            let Some(reference) = field.signed(self.file)? else {
                continue;
            };
            signed += 1;
            if level(self.file, field, reference)? == Some(1) {
                return Err(Error::Locked);
            }
        }
        if signed > 0 && request.protection.certifies() {
            return Err(Error::CertifiedTooLate);
        }
        if signed >= SIGNATURES {
            return Err(Malformed::TooLarge("the number of signatures").into());
        }
        if request.protection.is_final() && !request.reserve.is_empty() {
            return Err(Error::ReservedInVain);
        }
        Ok(())
    }

    /// The reserved field of the request's name, or a new one, with the signature in it.
    pub fn own(
        &self,
        update: &mut Update<'_, '_>,
        request: &Request,
        signature: Reference,
    ) -> Result<Own, Error> {
        let last = request.protection == Protection::Final;
        if let Some(field) = self.all.iter().find(|field| field.name == request.field) {
            if !field.signature || field.dict.get("V").is_some() || field.dict.get("Kids").is_some()
            {
                return Err(Error::FieldTaken(request.field.clone()));
            }
            if field.dict.get("Lock").is_some() != last {
                return Err(Error::ReservedOtherwise(request.field.clone()));
            }
            let sides = self.file.resolved_array(&field.dict, "Rect")?;
            let &[left, bottom, right, top] = sides
                .iter()
                .filter_map(Object::as_f64)
                .collect::<Vec<_>>()
                .as_slice()
            else {
                return Err(Malformed::Structure("a field has no place").into());
            };
            edit(update, field.reference, |field| field.set("V", signature))?;
            let (width, height) = ((right - left).abs(), (top - bottom).abs());
            return Ok(Own {
                reference: field.reference,
                width,
                height,
            });
        }
        let (page, rect) = match &request.appearance {
            Some(appearance) => {
                let page = pages::page(self.file, appearance.page)?;
                let rect = appearance.area.on(page.shown)?;
                (page, rect)
            }
            None => (
                pages::page(self.file, 1)?,
                Rect {
                    x: 0.0,
                    y: 0.0,
                    width: 0.0,
                    height: 0.0,
                },
            ),
        };
        let mut field = Self::widget(&request.field, page.reference, rect)?;
        field.set("V", signature);
        if last {
            field.set("Lock", update.add(lock()));
        }
        let reference = self.add(update, page.reference, field)?;
        Ok(Own {
            reference,
            width: rect.width,
            height: rect.height,
        })
    }

    /// An empty field for a signature to come.
    pub fn reserve(&self, update: &mut Update<'_, '_>, reserved: &Reserved) -> Result<(), Error> {
        if self.all.iter().any(|field| field.name == reserved.field) {
            return Err(Error::FieldTaken(reserved.field.clone()));
        }
        let page = pages::page(self.file, reserved.page)?;
        let rect = reserved.area.on(page.shown)?;
        let mut field = Self::widget(&reserved.field, page.reference, rect)?;
        // For the archive, all that has a place has a look too.
        let blank = update.add_stream(
            appearance::form(rect.width, rect.height).with("Resources", Dict::default()),
            b"",
        );
        field.set("AP", Dict::default().with("N", blank));
        if reserved.last {
            field.set("Lock", update.add(lock()));
        }
        self.add(update, page.reference, field)?;
        Ok(())
    }

    fn widget(name: &str, page: Reference, rect: Rect) -> Result<Dict, Error> {
        if name.is_empty() || name.len() > 100 || name.contains('.') {
            return Err(Error::FieldName);
        }
        let sides = [rect.x, rect.y, rect.x + rect.width, rect.y + rect.height];
        Ok(Dict::default()
            .with("Type", Object::name("Annot"))
            .with("Subtype", Object::name("Widget"))
            .with("FT", Object::name("Sig"))
            .with("T", Object::text(name))
            .with("F", PRINT_LOCKED)
            .with("P", page)
            .with("Rect", Vec::from(sides.map(Object::real))))
    }

    /// Adds a field to the form and its look to the page.
    fn add(
        &self,
        update: &mut Update<'_, '_>,
        page: Reference,
        field: Dict,
    ) -> Result<Reference, Error> {
        let reference = update.add(field);
        append(update, page, "Annots", reference)?;
        let root = self.file.root()?;
        let Object::Dict(catalog) = update.get(root)? else {
            return Err(Malformed::Structure("the catalogue is no dictionary").into());
        };
        match catalog.get("AcroForm") {
            Some(Object::Reference(form)) => {
                append(update, *form, "Fields", reference)?;
                edit(update, *form, |form| {
                    form.set("SigFlags", SIGNATURES_EXIST_APPEND_ONLY);
                })?;
            }
            inline => {
                let form = inline.and_then(Object::dict).cloned().unwrap_or_default();
                let form = update.add(form);
                append(update, form, "Fields", reference)?;
                edit(update, form, |form| {
                    form.set("SigFlags", SIGNATURES_EXIST_APPEND_ONLY);
                })?;
                edit(update, root, |catalog| catalog.set("AcroForm", form))?;
            }
        }
        Ok(reference)
    }
}

/// Which changes a signature allows after it: 1 for none, 2 for signatures, 3 for annotations too; nothing where it does not say.
pub fn level(
    file: &File<'_>,
    field: &Field,
    signature: Reference,
) -> Result<Option<i64>, Malformed> {
    let mut levels = Vec::new();
    if let Some(lock) = file.resolved_dict(&field.dict, "Lock")? {
        levels.extend(lock.integer("P"));
    }
    let Object::Dict(signature) = file.get(signature)? else {
        return Err(Malformed::Structure("a signature is no dictionary"));
    };
    for reference in file.resolved_array(&signature, "Reference")? {
        let Object::Dict(reference) = file.resolve(&reference)? else {
            return Err(Malformed::Structure(
                "a signature's reference is no dictionary",
            ));
        };
        if reference.name("TransformMethod") == Some(b"DocMDP") {
            let parameters = file
                .resolved_dict(&reference, "TransformParams")?
                .unwrap_or_default();
            levels.push(parameters.integer("P").unwrap_or(2));
        }
    }
    Ok(levels.into_iter().min())
}

/// Closes all fields, and the document.
fn lock() -> Dict {
    Dict::default()
        .with("Type", Object::name("SigFieldLock"))
        .with("Action", Object::name("All"))
        .with("P", Protection::Final.level())
}

/// Changes a dictionary that others refer to.
pub fn edit(
    update: &mut Update<'_, '_>,
    reference: Reference,
    change: impl FnOnce(&mut Dict),
) -> Result<(), Error> {
    let Object::Dict(mut dict) = update.get(reference)? else {
        return Err(Malformed::Structure("a dictionary was expected").into());
    };
    change(&mut dict);
    update.put(reference, dict);
    Ok(())
}

/// Appends to a list in a dictionary, wherever the list lies.
pub fn append(
    update: &mut Update<'_, '_>,
    holder: Reference,
    key: &str,
    item: Reference,
) -> Result<(), Error> {
    let Object::Dict(dict) = update.get(holder)? else {
        return Err(Malformed::Structure("a dictionary was expected").into());
    };
    let (list, apart) = match dict.get(key) {
        Some(Object::Reference(reference)) => (update.get(*reference)?, Some(*reference)),
        Some(list) => (list.clone(), None),
        None => (Object::Null, None),
    };
    let mut items = match list {
        Object::Array(items) => items,
        Object::Null => Vec::new(),
        _ => return Err(Malformed::Structure("an array was expected").into()),
    };
    items.push(item.into());
    match apart {
        Some(reference) => update.put(reference, items),
        None => edit(update, holder, |dict| dict.set(key, items))?,
    }
    Ok(())
}
