//! The archival copy of a document: one PDF/A-2b, its pages in order as they were straightened, and over each picture,
//! invisibly, the words that were read in it, where they stand. The same pages give the same bytes.
//!
//! What the standard (ISO 19005-2, level B) asks for and how it is met: every font is embedded, colours are of the device and
//! an output intent says which (sRGB), metadata is XMP and says what it is, and there is nothing else: no scripts, no
//! transparency, no encryption, no links to elsewhere.
#![expect(
    clippy::cast_precision_loss,
    reason = "pixels and points: small numbers"
)]

use std::{collections::BTreeMap, io::Write};

use flate2::{Compression, write::ZlibEncoder};
use pdf_writer::{
    Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr,
    types::{
        CidFontType, FontFlags, OutputIntentSubtype, SystemInfo, TextRenderingMode, UnicodeCmap,
    },
};

use crate::domain::Word;

mod font;
mod picture;

pub use picture::{Coding, Picture};

/// One page of the copy.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// What it looks like.
    pub picture: Picture,
    /// Its longer side, in points.
    pub longer: f32,
    /// What is written on it, in reading order.
    pub words: Vec<Word>,
}

/// The longer side of A4 in points: phone pictures don't know how large the paper was.
pub const A4: f32 = 841.89;
/// The bounds that PDF/A-2 sets to a page's sides, in points.
const SIDES: (f32, f32) = (3.0, 14_400.0);
/// The least place that a word can stand in, in points: what is smaller is no word, and its stretching no number.
const LEAST: f32 = 0.1;
/// sRGB, as small as a profile can be: from saucecontrol's Compact ICC Profiles (CC0).
const SRGB: &[u8] = include_bytes!("archive/srgb.icc");
const PICTURE: Name = Name(b"P");
const FONT: Name = Name(b"F");
const IDENTITY: SystemInfo = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// Numbers of the objects that there is one of.
const CATALOG: Ref = Ref::new(1);
const TREE: Ref = Ref::new(2);
const METADATA: Ref = Ref::new(3);
const PROFILE: Ref = Ref::new(4);
const TYPE0: Ref = Ref::new(5);
const CID_FONT: Ref = Ref::new(6);
const DESCRIPTOR: Ref = Ref::new(7);
const FONT_FILE: Ref = Ref::new(8);
const TO_GLYPHS: Ref = Ref::new(9);
const TO_UNICODE: Ref = Ref::new(10);
const FIRST_PAGE: i32 = 11;

/// Writes the copy of a document whose original has this SHA-256 (lower hex).
pub fn written(sheets: &[Sheet], original: &str) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let id = hex::decode(original).unwrap_or_else(|_| original.as_bytes().to_vec());
    pdf.set_file_id((id.clone(), id));
    let mut catalog = pdf.catalog(CATALOG);
    catalog.pages(TREE).metadata(METADATA).lang(TextStr("vi"));
    let mut intents = catalog.output_intents();
    let mut intent = intents.push();
    intent
        .subtype(OutputIntentSubtype::PDFA)
        .output_condition_identifier(TextStr("sRGB"))
        .info(TextStr("sRGB IEC61966-2.1"))
        .dest_output_profile(PROFILE);
    intent.finish();
    intents.finish();
    catalog.finish();
    pdf.metadata(METADATA, xmp(original).as_bytes());
    pdf.icc_profile(PROFILE, SRGB).n(3);
    let letters = letters(sheets);
    if !letters.is_empty() {
        write_font(&mut pdf, &letters);
    }
    let mut kids = Vec::with_capacity(sheets.len());
    for (sheet, at) in sheets.iter().zip((FIRST_PAGE..).step_by(3)) {
        kids.push(Ref::new(at));
        write_page(&mut pdf, sheet, &letters, at);
    }
    let count = i32::try_from(kids.len()).unwrap_or(i32::MAX);
    pdf.pages(TREE).kids(kids).count(count);
    pdf.finish()
}

/// The letters of all words, each with its number in the font: from 1, since 0 is the glyph that is none.
fn letters(sheets: &[Sheet]) -> BTreeMap<char, u16> {
    let all = sheets.iter().flat_map(|sheet| &sheet.words);
    let mut letters: BTreeMap<char, u16> = all
        .flat_map(|word| word.text.chars())
        // Byte-order marks and what is no letter at all: the standard forbids to map to them.
        .filter(|letter| !letter.is_control() && !matches!(letter, '\u{feff}' | '\u{fffe}'))
        .map(|letter| (letter, 0))
        .take(usize::from(u16::MAX) - 1)
        .collect();
    for (number, place) in letters.values_mut().zip(1..) {
        *number = place;
    }
    letters
}

fn write_page(pdf: &mut Pdf, sheet: &Sheet, letters: &BTreeMap<char, u16>, at: i32) {
    let (page_id, content_id, picture_id) = (Ref::new(at), Ref::new(at + 1), Ref::new(at + 2));
    let Picture {
        width,
        height,
        coding,
        bytes,
    } = &sheet.picture;
    let (across, down) = (f32::from(*width), f32::from(*height));
    let scale = sheet.longer / across.max(down).max(1.0);
    let side = |pixels: f32| (pixels * scale).clamp(SIDES.0, SIDES.1);
    let (wide, tall) = (side(across), side(down));
    let mut page = pdf.page(page_id);
    page.parent(TREE)
        .media_box(Rect::new(0.0, 0.0, wide, tall))
        .contents(content_id);
    let mut resources = page.resources();
    resources.x_objects().pair(PICTURE, picture_id);
    if !letters.is_empty() {
        resources.fonts().pair(FONT, TYPE0);
    }
    resources.finish();
    page.finish();

    let content = deflated(&drawn(&sheet.words, letters, wide, tall));
    pdf.stream(content_id, &content).filter(Filter::FlateDecode);

    let mut image = pdf.image_xobject(picture_id, bytes);
    let (columns, rows) = (i32::from(*width), i32::from(*height));
    image.width(columns).height(rows);
    match coding {
        Coding::Colour => {
            image.filter(Filter::DctDecode);
            image.bits_per_component(8);
            image.color_space().device_rgb();
        }
        Coding::Grey => {
            image.filter(Filter::DctDecode);
            image.bits_per_component(8);
            image.color_space().device_gray();
        }
        Coding::Fax => {
            image.filter(Filter::CcittFaxDecode);
            image.bits_per_component(1);
            image.decode_parms().k(-1).columns(columns).rows(rows);
            image.color_space().device_gray();
        }
    }
}

/// The picture over the whole page, and the words over it.
fn drawn(words: &[Word], letters: &BTreeMap<char, u16>, wide: f32, tall: f32) -> Vec<u8> {
    let mut content = Content::new();
    content
        .save_state()
        .transform([wide, 0.0, 0.0, tall, 0.0, 0.0])
        .x_object(PICTURE)
        .restore_state();
    if !words.is_empty() {
        content
            .begin_text()
            .set_text_rendering_mode(TextRenderingMode::Invisible);
    }
    for word in words {
        let numbers: Vec<u16> = word
            .text
            .chars()
            .filter_map(|letter| letters.get(&letter).copied())
            .collect();
        let place = word.place;
        let (width, height) = (place.width * wide, place.height * tall);
        if numbers.is_empty() || width < LEAST || height < LEAST {
            continue;
        }
        // As tall as its place, and stretched or narrowed to be as wide.
        let natural = height * numbers.len() as f32 * font::ADVANCE / 1000.0;
        let bottom = tall - (place.top + place.height) * tall;
        let text: Vec<u8> = numbers.into_iter().flat_map(u16::to_be_bytes).collect();
        content
            .set_font(FONT, height)
            .set_horizontal_scaling(100.0 * width / natural)
            .set_text_matrix([1.0, 0.0, 0.0, 1.0, place.left * wide, bottom])
            .show(Str(&text));
    }
    if !words.is_empty() {
        content.end_text();
    }
    content.finish().to_vec()
}

fn write_font(pdf: &mut Pdf, letters: &BTreeMap<char, u16>) {
    let name = Name(b"Invisible");
    pdf.type0_font(TYPE0)
        .base_font(name)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(CID_FONT)
        .to_unicode(TO_UNICODE);
    pdf.cid_font(CID_FONT)
        .subtype(CidFontType::Type2)
        .base_font(name)
        .system_info(IDENTITY)
        .font_descriptor(DESCRIPTOR)
        .default_width(font::ADVANCE)
        .cid_to_gid_map_stream(TO_GLYPHS);
    // A reader that finds no descent guesses one: this is as good as none.
    pdf.font_descriptor(DESCRIPTOR)
        .name(name)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(0.0, -1.0, font::ADVANCE, 1000.0))
        .italic_angle(0.0)
        .ascent(1000.0)
        .descent(-1.0)
        .cap_height(1000.0)
        .stem_v(80.0)
        .font_file2(FONT_FILE);
    let file = font::blank();
    pdf.stream(FONT_FILE, &file)
        .pair(Name(b"Length1"), i32::try_from(file.len()).unwrap_or(0));
    // Every letter is the same blank glyph, 1; only number 0 is glyph 0.
    let glyphs: Vec<u8> = std::iter::once([0, 0])
        .chain(letters.iter().map(|_| [0, 1]))
        .flatten()
        .collect();
    pdf.stream(TO_GLYPHS, &deflated(&glyphs))
        .filter(Filter::FlateDecode);
    let mut unicode = UnicodeCmap::new(Name(b"Letters"), IDENTITY);
    for (letter, number) in letters {
        unicode.pair(*number, *letter);
    }
    let unicode = deflated(&unicode.finish());
    pdf.stream(TO_UNICODE, &unicode).filter(Filter::FlateDecode);
}

/// Says that it is PDF/A-2b, and of which file it is a copy.
fn xmp(original: &str) -> String {
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n\
         <rdf:Description rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n\
         <pdfaid:part>2</pdfaid:part>\n\
         <pdfaid:conformance>B</pdfaid:conformance>\n\
         <dc:format>application/pdf</dc:format>\n\
         <dc:source>sha256:{original}</dc:source>\n\
         </rdf:Description>\n\
         </rdf:RDF>\n\
         </x:xmpmeta>\n\
         <?xpacket end=\"r\"?>"
    )
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    // Into memory: nothing can fail.
    let _ = packed.write_all(bytes);
    packed.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests;
