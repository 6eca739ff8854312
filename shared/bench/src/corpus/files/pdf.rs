//! PDFs that do things, hide things, or never end; and two that only look as if.

use std::io::Cursor;

use chassis::StartError;
use image::{ImageFormat, ImageReader};
use lopdf::{
    Dictionary, Document, EncryptionState, EncryptionVersion, Object, ObjectId, Permissions,
    Stream, StringFormat, dictionary,
};

use super::{Page, Sample, refused, taken};

const ACTIVE: &str = "active";

fn because(error: impl std::error::Error) -> StartError {
    StartError::because("a PDF", &error)
}

/// A document of one empty page, and the page.
pub fn bare() -> (Document, ObjectId) {
    let mut pdf = Document::with_version("1.7");
    let tree = pdf.new_object_id();
    let page = pdf.add_object(dictionary! { "Type" => "Page", "Parent" => tree });
    pdf.objects.insert(
        tree,
        Object::Dictionary(dictionary! {
            "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1,
            "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        }),
    );
    let root = pdf.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    pdf.trailer.set("Root", root);
    (pdf, page)
}

/// The file.
pub fn saved(mut pdf: Document) -> Result<Vec<u8>, StartError> {
    let mut file = Vec::new();
    pdf.save_to(&mut file).map_err(because)?;
    Ok(file)
}

/// A page of text with something in its catalogue.
fn with(
    page: &Page,
    change: impl FnOnce(&mut Document) -> Dictionary,
) -> Result<Vec<u8>, StartError> {
    let mut pdf = Document::load_mem(&page.pdf).map_err(because)?;
    let entries = change(&mut pdf);
    let catalog = pdf.catalog_mut().map_err(because)?;
    for (key, value) in entries {
        catalog.set(key, value);
    }
    saved(pdf)
}

fn script() -> Dictionary {
    dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert('x');") }
}

/// To be refused.
pub fn hostile(page: &Page) -> Result<Vec<Sample>, StartError> {
    let mut samples = active(page)?;
    samples.extend(endless(page)?);
    samples.extend([
        refused(
            "locked.pdf",
            "encrypted",
            "nobody can open it without its password",
            locked(page, "mat-khau")?,
        ),
        refused(
            "pdf-and-zip.pdf",
            "polyglot",
            "a PDF to one program and an archive to another",
            [
                page.pdf.as_slice(),
                &super::others::zip(&[("setup.exe", b"MZ")]),
            ]
            .concat(),
        ),
        refused(
            "html-and-pdf.pdf",
            "polyglot",
            "a web page that some programs open as a PDF",
            [
                b"<html><script>alert(1)</script><!--\n".as_slice(),
                &page.pdf,
            ]
            .concat(),
        ),
        refused(
            "pdf-and-html.pdf",
            "polyglot",
            "a PDF with a web page behind its end",
            [
                page.pdf.as_slice(),
                b"\n<html><body><script>alert(1)</script></body></html>\n",
            ]
            .concat(),
        ),
        refused(
            "half.pdf",
            "cut",
            "its second half is missing, its table of objects with it",
            page.pdf[..page.pdf.len() / 2].to_vec(),
        ),
    ]);
    Ok(samples)
}

fn active(page: &Page) -> Result<Vec<Sample>, StartError> {
    let embedded = |pdf: &mut Document| {
        let file = dictionary! { "Type" => "EmbeddedFile" };
        let file = pdf.add_object(Stream::new(file, b"MZ not really a program".to_vec()));
        let name = Object::string_literal("setup.exe");
        let place = dictionary! {
            "Type" => "Filespec", "F" => name.clone(), "EF" => dictionary! { "F" => file },
        };
        let place = pdf.add_object(place);
        let names = dictionary! { "Names" => vec![name, place.into()] };
        dictionary! { "Names" => dictionary! { "EmbeddedFiles" => names } }
    };
    let named = |_: &mut Document| {
        let names = dictionary! { "Names" => vec![Object::string_literal("x"), script().into()] };
        dictionary! { "Names" => dictionary! { "JavaScript" => names } }
    };
    let launch = |_: &mut Document| {
        let program = dictionary! { "S" => "Launch", "F" => Object::string_literal("cmd.exe") };
        dictionary! { "OpenAction" => program }
    };
    Ok(vec![
        refused(
            "javascript-on-opening.pdf",
            ACTIVE,
            "it runs a script when it is opened",
            with(page, |_| dictionary! { "OpenAction" => script() })?,
        ),
        refused(
            "javascript-by-name.pdf",
            ACTIVE,
            "it holds a script by its name",
            with(page, named)?,
        ),
        refused(
            "javascript-on-a-page.pdf",
            ACTIVE,
            "a page runs a script when it is shown",
            on_a_page(page)?,
        ),
        refused(
            "launch.pdf",
            ACTIVE,
            "it starts a program",
            with(page, launch)?,
        ),
        refused(
            "embedded-file.pdf",
            ACTIVE,
            "it carries another file",
            with(page, embedded)?,
        ),
    ])
}

fn on_a_page(page: &Page) -> Result<Vec<u8>, StartError> {
    let mut pdf = Document::load_mem(&page.pdf).map_err(because)?;
    let first = pdf
        .page_iter()
        .next()
        .ok_or_else(|| StartError::new("a PDF without a page"))?;
    let action = pdf.add_object(script());
    pdf.get_object_mut(first)
        .and_then(Object::as_dict_mut)
        .map_err(because)?
        .set("AA", dictionary! { "O" => action });
    saved(pdf)
}

fn endless(page: &Page) -> Result<Vec<Sample>, StartError> {
    let (mut own, _) = bare();
    let tree = pages(&own)?;
    kids(&mut own, tree, vec![tree.into()]);
    let (mut ring, _) = bare();
    let tree = pages(&ring)?;
    let other = ring.add_object(
        dictionary! { "Type" => "Pages", "Parent" => tree, "Kids" => vec![tree.into()], "Count" => 1 },
    );
    kids(&mut ring, tree, vec![other.into(), other.into()]);
    let (mut none, _) = bare();
    let tree = pages(&none)?;
    kids(&mut none, tree, vec![]);
    let mut many = Document::load_mem(&page.pdf).map_err(because)?;
    let first = many
        .page_iter()
        .next()
        .ok_or_else(|| StartError::new("a PDF without a page"))?;
    let tree = pages(&many)?;
    let copy = many.get_object(first).map_err(because)?.clone();
    let all: Vec<Object> = (0..1500)
        .map(|_| many.add_object(copy.clone()).into())
        .collect();
    kids(&mut many, tree, all);
    Ok(vec![
        refused(
            "pages-in-themselves.pdf",
            "loop",
            "its pages are their own parent",
            saved(own)?,
        ),
        refused(
            "pages-in-a-ring.pdf",
            "loop",
            "two lists of pages hold each other",
            saved(ring)?,
        ),
        refused("no-pages.pdf", "empty", "it has no pages", saved(none)?),
        refused(
            "1500-pages.pdf",
            "too-many-pages",
            "more pages than anybody can check",
            saved(many)?,
        ),
    ])
}

fn pages(pdf: &Document) -> Result<ObjectId, StartError> {
    pdf.catalog()
        .and_then(|catalog| catalog.get(b"Pages"))
        .and_then(Object::as_reference)
        .map_err(because)
}

fn kids(pdf: &mut Document, tree: ObjectId, kids: Vec<Object>) {
    if let Ok(tree) = pdf.get_object_mut(tree).and_then(Object::as_dict_mut) {
        tree.set("Count", i64::try_from(kids.len()).unwrap_or_default());
        tree.set("Kids", kids);
    }
}

/// Encrypted, to be opened by that password; an empty one only forbids printing.
fn locked(page: &Page, password: &str) -> Result<Vec<u8>, StartError> {
    let mut pdf = Document::load_mem(&page.pdf).map_err(because)?;
    let id = Object::String(b"mot-cua-corpus-1".to_vec(), StringFormat::Hexadecimal);
    pdf.trailer.set("ID", vec![id.clone(), id]);
    let version = EncryptionVersion::V2 {
        document: &pdf,
        owner_password: "chu-so-huu",
        user_password: password,
        key_length: 128,
        permissions: Permissions::all()
            - Permissions::PRINTABLE
            - Permissions::PRINTABLE_IN_HIGH_QUALITY,
    };
    let state = EncryptionState::try_from(version).map_err(because)?;
    pdf.encrypt(&state).map_err(because)?;
    // The second half of the user's entry is padding, which anything may fill and no reader looks at.
    let entry = pdf
        .trailer
        .get(b"Encrypt")
        .and_then(Object::as_reference)
        .map_err(because)?;
    pdf.get_object_mut(entry)
        .and_then(Object::as_dict_mut)
        .and_then(|entries| entries.get_mut(b"U"))
        .and_then(Object::as_str_mut)
        .map_err(because)?[16..]
        .fill(0);
    saved(pdf)
}

/// A picture a page, as a copier makes it.
pub fn of_scans(scans: &[Vec<u8>]) -> Result<Vec<u8>, StartError> {
    let (mut pdf, _) = bare();
    let tree = pages(&pdf)?;
    let mut all: Vec<Object> = Vec::new();
    for scan in scans {
        let (width, height) = ImageReader::with_format(Cursor::new(scan), ImageFormat::Jpeg)
            .into_dimensions()
            .map_err(because)?;
        let picture = dictionary! {
            "Type" => "XObject", "Subtype" => "Image",
            "Width" => i64::from(width), "Height" => i64::from(height),
            "ColorSpace" => "DeviceRGB", "BitsPerComponent" => 8, "Filter" => "DCTDecode",
        };
        let picture = pdf.add_object(Stream::new(picture, scan.clone()).with_compression(false));
        let content = b"595 0 0 842 0 0 cm /P Do".to_vec();
        let content = pdf.add_object(Stream::new(dictionary! {}, content));
        let page = dictionary! {
            "Type" => "Page", "Parent" => tree, "Contents" => content,
            "Resources" => dictionary! { "XObject" => dictionary! { "P" => picture } },
        };
        all.push(pdf.add_object(page).into());
    }
    kids(&mut pdf, tree, all);
    saved(pdf)
}

/// To be taken.
pub fn odd(page: &Page) -> Result<Vec<Sample>, StartError> {
    Ok(vec![
        taken(
            "born-digital.pdf",
            "nothing is odd about it",
            page.pdf.clone(),
        ),
        taken(
            "scanned.pdf",
            "a picture is all that is on its page",
            of_scans(std::slice::from_ref(&page.jpeg))?,
        ),
        taken(
            "forbids-printing.pdf",
            "it opens without a password and forbids printing only",
            locked(page, "")?,
        ),
        taken(
            "signed.pdf",
            "it carries a signature, and is kept as it is",
            signed(page)?,
        ),
        taken(
            "appended.pdf",
            "line ends and zeros behind its end, as mail programs leave them",
            [page.pdf.as_slice(), b"\r\n\r\n\0\0\0\0"].concat(),
        ),
    ])
}

fn signed(page: &Page) -> Result<Vec<u8>, StartError> {
    with(page, |pdf| {
        let signature = pdf.add_object(dictionary! {
            "Type" => "Sig", "Filter" => "Adobe.PPKLite", "SubFilter" => "adbe.pkcs7.detached",
            "ByteRange" => vec![0.into(), 840.into(), 1_000.into(), 240.into()],
            "Contents" => Object::String(vec![0x30; 64], StringFormat::Hexadecimal),
            "M" => Object::string_literal("D:20261008091500+07'00'"),
        });
        let field = pdf.add_object(dictionary! {
            "FT" => "Sig", "T" => Object::string_literal("Signature1"), "V" => signature,
            "Type" => "Annot", "Subtype" => "Widget", "F" => 132,
            "Rect" => vec![0.into(), 0.into(), 0.into(), 0.into()],
        });
        dictionary! { "AcroForm" => dictionary! { "SigFlags" => 3, "Fields" => vec![field.into()] } }
    })
}
