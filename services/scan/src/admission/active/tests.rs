//! What a PDF is refused for, made by changing an ordinary one.

use lopdf::{dictionary, text_string};

use super::*;
use crate::pages_of::open_pdf;

const LIMITS: Limits = Limits {
    bytes: 50 * 1024 * 1024,
    pages: 100,
    pixels: 80_000_000,
};
const FORM: &[u8] = include_bytes!("../../../../../examples/to-khai-trich-luc.pdf");
const FORBIDS_PRINTING: &[u8] = include_bytes!("../../../../../examples/cam-in.pdf");

/// The form with one more object, named by its catalog under `key`; saved and opened again, as a stranger's would be.
fn with(key: &str, object: impl Into<Object>) -> Document {
    let mut document = open_pdf(FORM).unwrap();
    let id = document.add_object(object);
    document.catalog_mut().unwrap().set(key, id);
    saved(document)
}

fn saved(mut document: Document) -> Document {
    let mut file = Vec::new();
    document.save_to(&mut file).unwrap();
    open_pdf(&file).unwrap()
}

fn reason(document: &Document) -> String {
    match refuse(document, &LIMITS) {
        Ok(()) => "taken".to_owned(),
        Err(reason) => reason.en.into_owned(),
    }
}

#[test]
fn ordinary_documents_are_taken_and_are_not_signed() {
    for file in [FORM, FORBIDS_PRINTING] {
        let document = open_pdf(file).unwrap();
        assert_eq!(reason(&document), "taken");
        assert!(!is_signed(&document));
    }
    let link =
        dictionary! { "S" => "URI", "URI" => Object::string_literal("https://dichvucong.gov.vn/") };
    assert_eq!(reason(&with("OpenAction", link)), "taken");
}

#[test]
fn what_acts_by_itself_is_refused_with_its_reason() {
    let file = dictionary! { "Type" => "Filespec", "EF" => dictionary! { "F" => 1 } };
    let uri =
        |address: &str| dictionary! { "S" => "URI", "URI" => Object::string_literal(address) };
    for (action, why) in [
        (
            dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert(1)") },
            "JavaScript",
        ),
        (dictionary! { "S" => "JavaScript" }, "JavaScript"),
        (uri("JavaScript:alert(1)"), "JavaScript"),
        (uri("file:///c:/windows"), "JavaScript"),
        (
            dictionary! { "S" => "Launch", "F" => Object::string_literal("cmd.exe") },
            "launches",
        ),
        (file, "attached inside"),
        (dictionary! { "S" => "GoToE" }, "attached inside"),
        (
            dictionary! { "Type" => "Annot", "Subtype" => "FileAttachment" },
            "attached inside",
        ),
        (
            dictionary! { "Type" => "Annot", "Subtype" => "RichMedia" },
            "film",
        ),
        (dictionary! { "S" => "Rendition" }, "film"),
        (
            dictionary! { "S" => "SubmitForm", "F" => Object::string_literal("http://a.example") },
            "sends",
        ),
        (dictionary! { "S" => "ImportData" }, "sends"),
        (
            dictionary! { "S" => "GoToR", "F" => Object::string_literal("\\\\host\\a.pdf") },
            "another file",
        ),
        (dictionary! { "NeedsRendering" => true }, "dynamic form"),
    ] {
        let named = format!("{action:?}");
        let nested = dictionary! { "Next" => vec![Object::Array(vec![action.clone().into()])] };
        assert!(reason(&with("OpenAction", action)).contains(why), "{named}");
        assert!(reason(&with("AA", nested)).contains(why), "{named}, nested");
    }
}

#[test]
fn a_word_written_elsewhere_or_in_hexadecimal_is_still_read() {
    let mut document = open_pdf(FORM).unwrap();
    let word = document.add_object(Object::Name(b"Launch".to_vec()));
    let again = document.add_object(Object::Reference(word));
    let action = document.add_object(dictionary! { "S" => again });
    document.catalog_mut().unwrap().set("OpenAction", action);
    assert!(reason(&saved(document)).contains("launches"));

    let mut file =
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/J#61vaScript>>>>endobj\n"
            .to_vec();
    let second = file.len();
    file.extend(b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n");
    let table = file.len();
    file.extend(format!("xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n{second:010} 00000 n \ntrailer<</Size 3/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n").bytes());
    assert!(reason(&open_pdf(&file).unwrap()).contains("JavaScript"));
}

#[test]
fn content_that_lies_elsewhere_is_refused() {
    let elsewhere = Stream::new(dictionary! { "F" => text_string("other.bin") }, vec![]);
    assert!(reason(&with("Metadata", elsewhere)).contains("another file"));
}

#[test]
fn a_form_of_adobes_is_taken_unless_it_runs() {
    let form = |text: &str| {
        let mut document = open_pdf(FORM).unwrap();
        let template = document.add_object(Stream::new(dictionary! {}, text.as_bytes().to_vec()));
        let parts = vec![Object::string_literal("template"), template.into()];
        document
            .catalog_mut()
            .unwrap()
            .set("AcroForm", dictionary! { "XFA" => parts });
        saved(document)
    };
    assert_eq!(reason(&form("<template><subform/></template>")), "taken");
    assert!(
        reason(&form(
            "<template><script>xfa.host.exit()</script></template>"
        ))
        .contains("JavaScript")
    );
}

#[test]
fn what_swells_is_refused_before_it_is_drawn() {
    let packed = |bytes: usize| {
        let mut stream = Stream::new(dictionary! {}, vec![b' '; bytes]);
        stream.compress().unwrap();
        stream
    };
    assert_eq!(reason(&with("Metadata", packed(1024 * 1024))), "taken");
    let large = packed(UNPACKED + 1);
    assert!(large.content.len() < 100_000);
    assert!(reason(&with("Metadata", large)).contains("unpacks to far more"));

    let mut in_all = open_pdf(FORM).unwrap();
    let one = packed(UNPACKED - 1);
    for _ in 0..5 {
        in_all.add_object(one.clone());
    }
    assert!(reason(&in_all).contains("unpacks to far more"));

    let image = dictionary! { "Subtype" => "Image", "Width" => 60_000, "Height" => 60_000 };
    assert!(reason(&with("Metadata", Stream::new(image, vec![]))).contains("megapixels"));
}

#[test]
fn too_many_objects_are_refused_uncounted() {
    assert_eq!(refuse_crowd(FORM), Ok(()));
    let crowd = b"1 0 obj ".repeat(OBJECTS + 1);
    assert!(refuse_crowd(&crowd).is_err());
}

#[test]
fn what_lies_too_deep_is_refused() {
    let mut deep = Object::Null;
    for _ in 0..DEPTH + 2 {
        deep = Object::Array(vec![deep]);
    }
    let mut document = open_pdf(FORM).unwrap();
    document.add_object(deep);
    assert!(reason(&document).contains("too complicated"));
}

#[test]
fn a_signature_is_noted() {
    let signature = dictionary! {
        "Type" => "Sig", "Filter" => "Adobe.PPKLite", "SubFilter" => "adbe.pkcs7.detached",
        "ByteRange" => vec![0.into(), 10.into(), 20.into(), 30.into()],
        "Contents" => Object::string_literal("30800609"),
    };
    let document = with("Perms", signature);
    assert_eq!(reason(&document), "taken");
    assert!(is_signed(&document));
}

#[test]
fn a_packed_stream_that_cannot_be_opened_hides_nothing() {
    let mut document = open_pdf(FORM).unwrap();
    let packed = Stream::new(
        dictionary! { "Type" => "ObjStm", "N" => 1, "First" => 4 },
        b"no such thing".to_vec(),
    );
    let (container, _) = document.add_object(packed);
    let entry = XrefEntry::Compressed {
        container,
        index: 0,
    };
    document.reference_table.insert(9_999, entry);
    assert_eq!(
        refuse(&document, &LIMITS),
        Ok(()),
        "it opens, and says that it holds nothing of ours"
    );
    document.reference_table.insert(
        9_998,
        XrefEntry::Compressed {
            container: 9_997,
            index: 0,
        },
    );
    assert_eq!(refuse(&document, &LIMITS), Err(unreadable()));
}
