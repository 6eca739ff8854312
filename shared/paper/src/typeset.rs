//! The whole of Typst that anybody needs: embedded fonts and templates, one compile, one export.

use std::iter;
use std::sync::OnceLock;

use typst::diag::{FileError, FileResult, SourceDiagnostic, Warned};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{DiagSpan, FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook, FontStyle, FontWeight};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, WorldExt, comemo};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::places::{self, Place};
use crate::view::View;
use crate::{Error, dates};

/// The one family that papers are set in: a Times-like serif, as Decree 30/2020 asks for, with all Vietnamese letters.
const FAMILY: &str = "Libertinus Serif";

/// Compiles after which an unused piece of Typst's process-wide memory is dropped.
const KEEP_FOR: usize = 16;

/// Finished papers as PDF/A-2b.
#[derive(Debug, Clone, PartialEq)]
pub struct Pdf {
    bytes: Vec<u8>,
    pages: usize,
    signature: Option<Place>,
}

impl Pdf {
    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The file, given away.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// How many pages it has.
    pub fn pages(&self) -> usize {
        self.pages
    }

    /// The room for the signature of whoever signs the paper; nothing for papers that have none or keep it for ink.
    pub fn signature(&self) -> Option<Place> {
        self.signature
    }
}

/// Which of the house's own templates draws the paper.
#[derive(Debug, Clone, Copy)]
pub enum Template {
    Slip,
    Receipt,
    Result,
    Notice,
    Covers,
}

impl Template {
    fn path(self) -> &'static str {
        match self {
            Self::Slip => "slip.typ",
            Self::Receipt => "receipt.typ",
            Self::Result => "result.typ",
            Self::Notice => "notice.typ",
            Self::Covers => "covers.typ",
        }
    }
}

/// Every file that a template may import. Data and QR code come from the paper itself, and there is no other file.
const SOURCES: [(&str, &str); 7] = [
    ("house.typ", include_str!("../templates/house.typ")),
    ("layout.typ", include_str!("../templates/layout.typ")),
    ("slip.typ", include_str!("../templates/slip.typ")),
    ("receipt.typ", include_str!("../templates/receipt.typ")),
    ("result.typ", include_str!("../templates/result.typ")),
    ("notice.typ", include_str!("../templates/notice.typ")),
    ("covers.typ", include_str!("../templates/covers.typ")),
];

/// What does not change from paper to paper: read once, on the first paper.
struct Ground {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    sources: Vec<Source>,
}

fn ground() -> &'static Ground {
    static GROUND: OnceLock<Ground> = OnceLock::new();
    GROUND.get_or_init(|| {
        let fonts: Vec<Font> = typst_assets::fonts()
            .flat_map(|face| Font::iter(Bytes::new(face)))
            .filter(|font| font.info().family == FAMILY && draws_well(font))
            .collect();
        Ground {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            sources: SOURCES
                .iter()
                .filter_map(|(path, text)| Some(Source::new(id(path)?, (*text).to_owned())))
                .collect(),
            fonts,
        }
    })
}

/// Leaves out the two bold faces: the upright one sets the hat of `Ệ` and `Ộ` too high and `ẳ` too low, the italic one
/// has no `ơ` and no `ư`. Typst then takes the semibold faces, which draw them all well.
fn draws_well(font: &Font) -> bool {
    font.info().variant.weight < FontWeight::BOLD
}

/// The upright face that papers are set in, as a font file (OpenType): for words that are added to a finished paper.
pub fn font() -> Option<&'static [u8]> {
    let upright = |font: &&Font| {
        let variant = font.info().variant;
        variant.style == FontStyle::Normal && variant.weight == FontWeight::REGULAR
    };
    let face = ground().fonts.iter().find(upright)?;
    Some(face.data().as_slice())
}

fn id(path: &str) -> Option<FileId> {
    let path = VirtualPath::new(path).ok()?;
    Some(RootedPath::new(VirtualRoot::Project, path).intern())
}

/// A template's text, read once; `path` names it in what is said of its faults.
pub fn source(path: &str, text: String) -> Option<Source> {
    let source = Source::new(id(path)?, text);
    Some(source)
}

/// Whether every face can draw the character and its capital.
pub fn draws(character: char) -> bool {
    character == ' '
        || character.is_ascii_graphic()
        || ground().fonts.iter().all(|font| {
            let covered = |c: char| font.info().coverage.contains(u32::from(c));
            iter::once(character)
                .chain(character.to_uppercase())
                .all(covered)
        })
}

/// One paper on its way through the compiler.
struct Sheet<'a> {
    main: &'a Source,
    data: Bytes,
    qr: Option<Bytes>,
}

impl World for Sheet<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &ground().library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &ground().book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        iter::once(self.main)
            .chain(&ground().sources)
            .find(|source| source.id() == id)
            .cloned()
            .ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match (id.root(), id.vpath().get_without_slash()) {
            (VirtualRoot::Project, "data.json") => Ok(self.data.clone()),
            (VirtualRoot::Project, "qr.svg") => self.qr.clone().ok_or(FileError::AccessDenied),
            _ => self
                .source(id)
                .map(|source| Bytes::from_string(source.text().to_owned())),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        ground().fonts.get(index).cloned()
    }

    /// No template may ask what day it is: a paper's date is part of its input.
    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// Draws one paper by a template of the house. Busy on this thread for some milliseconds (more on the first call, which reads
/// the fonts).
pub fn render(template: Template, view: &View) -> Result<Pdf, Error> {
    let path = template.path();
    let own = |source: &&Source| source.id().vpath().get_without_slash() == path;
    let main = ground().sources.iter().find(own);
    let main = main.ok_or_else(|| fault(path, "no such file".to_owned()))?;
    compile(main, path, view)
}

/// Draws one paper by a template, which `name` tells apart from others.
pub fn compile(main: &Source, name: &str, view: &View) -> Result<Pdf, Error> {
    let sheet = Sheet {
        main,
        data: Bytes::from_string(serde_json::to_string(&view.data)?),
        qr: view.qr.clone().map(Bytes::from_string),
    };
    let fault = |reason| fault(name, reason);
    let Warned { output, warnings } = typst::compile::<PagedDocument>(&sheet);
    let rendered = output
        .map_err(|errors| fault(said(&sheet, &errors)))
        .and_then(|document| {
            if !warnings.is_empty() {
                return Err(fault(said(&sheet, &warnings)));
            }
            let options = options(name, view).map_err(fault)?;
            let bytes = typst_pdf::pdf(&document, &options)
                .map_err(|errors| fault(said(&sheet, &errors)))?;
            Ok(Pdf {
                bytes,
                pages: document.pages().len(),
                signature: places::signature(&document),
            })
        });
    comemo::evict(KEEP_FOR);
    rendered
}

fn fault(name: &str, reason: String) -> Error {
    Error::Template {
        template: name.to_owned(),
        reason,
    }
}

fn options(name: &str, view: &View) -> Result<PdfOptions, String> {
    let stamp = dates::stamp(view.issued)
        .and_then(|at| Timestamp::new_local(at, dates::OFFSET_MINUTES))
        .ok_or("the date of issue is outside the calendar")?;
    Ok(PdfOptions {
        ident: Smart::Custom(format!("{name}\n{}", view.ident)),
        creator: Smart::Custom(Some("Một Cửa".into())),
        timestamp: Some(stamp),
        standards: PdfStandards::new(&[PdfStandard::A_2b])
            .map_err(|error| error.message().to_string())?,
        ..PdfOptions::default()
    })
}

/// What the compiler says, each with the line of the template at which it went wrong, where that is known.
fn said(sheet: &Sheet<'_>, diagnostics: &[SourceDiagnostic]) -> String {
    let line = |span: DiagSpan| {
        let own = (span.id() == Some(sheet.main.id())).then_some(span)?;
        sheet.main.lines().byte_to_line(sheet.range(own)?.start)
    };
    let message = |diagnostic: &SourceDiagnostic| {
        let mut calls = diagnostic.trace.iter().map(|call| call.span);
        match line(diagnostic.span).or_else(|| calls.find_map(|call| line(call.into()))) {
            Some(line) => format!("line {}: {}", line + 1, diagnostic.message),
            None => diagnostic.message.to_string(),
        }
    };
    let messages: Vec<String> = diagnostics.iter().map(message).collect();
    messages.join("; ")
}
