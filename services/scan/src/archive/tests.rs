//! What the standard asks for that can be seen in the file, and whether other programs find in it what was put there.

use std::{path::Path, process::Command};

use image::{Rgb, RgbImage};
use lopdf::{Dictionary, Document, Object};
use proptest::prelude::*;

use super::*;
use crate::domain::Place;

const ORIGINAL: &str = "03a1fdb5288deb3c891582e38b6e6c631fea84625a8cbdc07e3160b7fb265620";

fn word(text: &str, place: [f32; 4]) -> Word {
    let [left, top, width, height] = place;
    Word {
        text: text.to_owned(),
        confidence: 90.0,
        place: Place::clamped(left, top, width, height),
        line: 0,
    }
}

/// A page with a stroke of ink in its upper left quarter.
fn sheet(ink: [u8; 3], paper: [u8; 3], words: Vec<Word>) -> Sheet {
    let page = RgbImage::from_fn(600, 848, |x, y| {
        let is_ink = (100..200).contains(&x) && (100..120).contains(&y);
        Rgb(if is_ink { ink } else { paper })
    });
    Sheet {
        picture: Picture::of(&page, 1.0, usize::MAX).unwrap(),
        longer: A4,
        words,
    }
}

fn two_pages() -> Vec<Sheet> {
    let first = vec![
        word("Nguyễn", [0.1, 0.2, 0.2, 0.02]),
        word("Thị", [0.35, 0.2, 0.1, 0.02]),
        word("ĐƯỢC", [0.5, 0.5, 0.05, 0.04]),
    ];
    let second = vec![word("066190001234", [0.25, 0.75, 0.4, 0.015])];
    vec![
        sheet([0; 3], [255; 3], first),
        sheet([150, 0, 0], [240, 230, 220], second),
    ]
}

fn dictionary<'a>(pdf: &'a Document, of: &'a Dictionary, key: &[u8]) -> &'a Dictionary {
    let value = of.get(key).unwrap();
    let (_, value) = pdf.dereference(value).unwrap();
    match value {
        Object::Stream(stream) => &stream.dict,
        value => value.as_dict().unwrap(),
    }
}

#[test]
fn it_is_what_pdf_a_2b_asks_for() {
    let file = written(&two_pages(), ORIGINAL);
    assert!(file.starts_with(b"%PDF-1.7\n%"));
    assert!(
        file[10..14].iter().all(|byte| *byte > 127),
        "a line of bytes that are no text"
    );
    assert!(file.ends_with(b"%%EOF") || file.ends_with(b"%%EOF\n"));
    let pdf = Document::load_mem(&file).unwrap();
    assert!(pdf.trailer.get(b"Encrypt").is_err());
    assert!(
        pdf.trailer.get(b"Info").is_err(),
        "XMP alone says what it is"
    );
    assert_eq!(pdf.trailer.get(b"ID").unwrap().as_array().unwrap().len(), 2);

    let catalog = pdf.catalog().unwrap();
    let allowed: [&[u8]; 6] = [
        b"Type",
        b"Pages",
        b"Metadata",
        b"Lang",
        b"OutputIntents",
        b"Version",
    ];
    assert!(
        catalog
            .iter()
            .all(|(key, _)| allowed.contains(&key.as_slice())),
        "{catalog:?}"
    );
    let intents = catalog.get(b"OutputIntents").unwrap().as_array().unwrap();
    let intent = intents[0].as_dict().unwrap();
    assert_eq!(intent.get(b"S").unwrap().as_name().unwrap(), b"GTS_PDFA1");
    let profile = dictionary(&pdf, intent, b"DestOutputProfile");
    assert_eq!(profile.get(b"N").unwrap().as_i64().unwrap(), 3);
    let metadata = dictionary(&pdf, catalog, b"Metadata");
    assert!(
        metadata.get(b"Filter").is_err(),
        "metadata is to be found without a reader"
    );
    let text = String::from_utf8_lossy(&file);
    for said in [
        "<pdfaid:part>2</pdfaid:part>",
        "<pdfaid:conformance>B</pdfaid:conformance>",
        &format!("sha256:{ORIGINAL}"),
    ] {
        assert!(text.contains(said), "{said}");
    }
}

#[test]
fn nothing_acts_or_is_seen_through_or_lies_elsewhere() {
    let pdf = Document::load_mem(&written(&two_pages(), ORIGINAL)).unwrap();
    for object in pdf.objects.values() {
        let dictionary = match object {
            Object::Stream(stream) => &stream.dict,
            Object::Dictionary(dictionary) => dictionary,
            _ => continue,
        };
        for key in [
            "JS",
            "AA",
            "A",
            "SMask",
            "Group",
            "F",
            "Interpolate",
            "EmbeddedFiles",
            "ExtGState",
        ] {
            assert!(
                dictionary.get(key.as_bytes()).is_err(),
                "{key}: {dictionary:?}"
            );
        }
        let filter = dictionary
            .get(b"Filter")
            .and_then(Object::as_name)
            .unwrap_or_default();
        assert_ne!(filter, b"LZWDecode");
    }
}

#[test]
fn every_font_is_embedded_and_every_letter_has_its_meaning() {
    let pdf = Document::load_mem(&written(&two_pages(), ORIGINAL)).unwrap();
    let pages: Vec<_> = pdf.page_iter().collect();
    assert_eq!(pages.len(), 2);
    for page in pages {
        let fonts = pdf.get_page_fonts(page).unwrap();
        let font = fonts[&b"F".to_vec()];
        assert_eq!(
            font.get(b"Encoding").unwrap().as_name().unwrap(),
            b"Identity-H"
        );
        dictionary(&pdf, font, b"ToUnicode");
        let below = font.get(b"DescendantFonts").unwrap().as_array().unwrap();
        let below = pdf.dereference(&below[0]).unwrap().1.as_dict().unwrap();
        dictionary(&pdf, below, b"CIDToGIDMap");
        let descriptor = dictionary(&pdf, below, b"FontDescriptor");
        dictionary(&pdf, descriptor, b"FontFile2");
        // Number 0 is the glyph that is none, and is never shown; mode 3 is invisible.
        let content = pdf.get_page_content(page);
        let content = lopdf::content::Content::decode(&content).unwrap();
        for operation in &content.operations {
            match operation.operator.as_str() {
                "Tj" => {
                    let text = operation.operands[0].as_str().unwrap();
                    assert!(text.chunks(2).all(|number| number != [0, 0]));
                }
                "Tr" => assert_eq!(operation.operands[0].as_i64().unwrap(), 3),
                _ => {}
            }
        }
    }
}

#[test]
fn the_same_pages_give_the_same_bytes() {
    assert_eq!(
        written(&two_pages(), ORIGINAL),
        written(&two_pages(), ORIGINAL)
    );
}

/// What a program of Poppler's says of the file.
fn poppler(program: &str, arguments: &[&str], file: &Path) -> Vec<u8> {
    let output = Command::new(program)
        .args(arguments)
        .arg(file)
        .arg("-")
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complaint.is_empty(),
        "{program}: {complaint}"
    );
    output.stdout
}

#[test]
fn another_program_finds_the_words_where_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.pdf");
    let sheets = two_pages();
    std::fs::write(&path, written(&sheets, ORIGINAL)).unwrap();
    for (sheet, number) in sheets.iter().zip(["1", "2"]) {
        let table = poppler("pdftotext", &["-f", number, "-l", number, "-tsv"], &path);
        let found = crate::tesseract::page_of(&String::from_utf8(table).unwrap()).words;
        assert_eq!(found.len(), sheet.words.len(), "{found:?}");
        for (found, put) in found.iter().zip(&sheet.words) {
            assert_eq!(found.text, put.text);
            let (found, put) = (found.place, put.place);
            for (found, put) in [
                (found.left, put.left),
                (found.top, put.top),
                (found.width, put.width),
                (found.height, put.height),
            ] {
                // Three pixels of a page of 2,500.
                assert!((found - put).abs() < 0.0012, "{found} and {put}");
            }
        }
    }
}

#[test]
fn another_program_sees_the_pictures_and_none_of_the_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.pdf");
    let sheets = two_pages();
    assert_eq!(
        [sheets[0].picture.coding, sheets[1].picture.coding],
        [Coding::Fax, Coding::Colour]
    );
    std::fs::write(&path, written(&sheets, ORIGINAL)).unwrap();
    for (number, ink, paper) in [("1", [0; 3], [255; 3]), ("2", [150, 0, 0], [240, 230, 220])] {
        let output = Command::new("pdftoppm")
            .args(["-f", number, "-l", number, "-r", "72"])
            .arg(&path)
            .output()
            .unwrap();
        let page = crate::picture::Picture::from_ppm(&output.stdout).unwrap().0;
        assert_eq!(page.dimensions(), (596, 842), "A4");
        let near = |x: u32, y: u32, shade: [u8; 3]| {
            let seen = page.get_pixel(x, y).0;
            let far = seen
                .iter()
                .zip(shade)
                .map(|(seen, shade)| seen.abs_diff(shade))
                .max();
            assert!(far < Some(12), "{seen:?} at {x}, {y}");
        };
        near(150, 109, ink);
        near(300, 400, paper);
        // Where a word stands on the first page.
        near(310, 435, paper);
    }
}

#[test]
fn pages_without_a_word_need_no_font() {
    let file = written(&[sheet([0; 3], [255; 3], Vec::new())], ORIGINAL);
    let pdf = Document::load_mem(&file).unwrap();
    assert!(!String::from_utf8_lossy(&file).contains("FontDescriptor"));
    assert_eq!(pdf.page_iter().count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn whatever_was_read_gives_a_file_that_opens(
        words in proptest::collection::vec(("\\PC{0,8}|[\u{0}-\u{20}\u{feff}]{0,3}", any::<[f32; 4]>()), 0..12)
    ) {
        let words = words.iter().map(|(text, place)| word(text, *place)).collect();
        let file = written(&[sheet([0; 3], [255; 3], words)], ORIGINAL);
        let pdf = Document::load_mem(&file).unwrap();
        prop_assert_eq!(pdf.page_iter().count(), 1);
        let content = pdf.get_page_content(pdf.page_iter().next().unwrap());
        prop_assert!(!String::from_utf8_lossy(&content).contains("NaN"));
        prop_assert!(!String::from_utf8_lossy(&content).contains("inf"));
    }
}
