//! The whole of Typst that anybody needs: embedded fonts and templates, one compile, one export.

use std::iter;
use std::sync::OnceLock;

use typst::diag::{FileError, FileResult, SourceDiagnostic, Warned};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook, FontWeight};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, comemo};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::papers::View;
use crate::{Error, dates};

/// The one family that papers are set in: a Times-like serif, as Decree 30/2020 asks for, with all Vietnamese letters.
const FAMILY: &str = "Libertinus Serif";

/// Compiles after which an unused piece of Typst's process-wide memory is dropped.
const KEEP_FOR: usize = 16;

/// Finished papers as PDF/A-2b.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdf {
    bytes: Vec<u8>,
    pages: usize,
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
}

/// Which template draws the paper.
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
const SOURCES: [(&str, &str); 6] = [
    ("house.typ", include_str!("../templates/house.typ")),
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

fn id(path: &str) -> Option<FileId> {
    let path = VirtualPath::new(path).ok()?;
    Some(RootedPath::new(VirtualRoot::Project, path).intern())
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
struct Sheet {
    main: FileId,
    data: Bytes,
    qr: Option<Bytes>,
}

impl World for Sheet {
    fn library(&self) -> &LazyHash<Library> {
        &ground().library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &ground().book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        ground()
            .sources
            .iter()
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

/// Draws one paper. Busy on this thread for some milliseconds (more on the first call, which reads the fonts).
pub fn render(template: Template, view: &View) -> Result<Pdf, Error> {
    let path = template.path();
    let fault = |reason: String| Error::Template {
        template: path,
        reason,
    };
    let sheet = Sheet {
        main: id(path).ok_or_else(|| fault("no such file".into()))?,
        data: Bytes::from_string(serde_json::to_string(&view.data)?),
        qr: view.qr.clone().map(Bytes::from_string),
    };
    let Warned { output, warnings } = typst::compile::<PagedDocument>(&sheet);
    let rendered = output
        .map_err(|errors| fault(said(&errors)))
        .and_then(|document| {
            if !warnings.is_empty() {
                return Err(fault(said(&warnings)));
            }
            let options = options(template, view).map_err(fault)?;
            let bytes =
                typst_pdf::pdf(&document, &options).map_err(|errors| fault(said(&errors)))?;
            Ok(Pdf {
                bytes,
                pages: document.pages().len(),
            })
        });
    comemo::evict(KEEP_FOR);
    rendered
}

fn options(template: Template, view: &View) -> Result<PdfOptions, String> {
    let stamp = dates::stamp(view.issued)
        .and_then(|at| Timestamp::new_local(at, dates::OFFSET_MINUTES))
        .ok_or("the date of issue is outside the calendar")?;
    Ok(PdfOptions {
        ident: Smart::Custom(format!("{}\n{}", template.path(), view.ident)),
        creator: Smart::Custom(Some("Một Cửa".into())),
        timestamp: Some(stamp),
        standards: PdfStandards::new(&[PdfStandard::A_2b])
            .map_err(|error| error.message().to_string())?,
        ..PdfOptions::default()
    })
}

fn said(diagnostics: &[SourceDiagnostic]) -> String {
    let messages: Vec<&str> = diagnostics
        .iter()
        .map(|diagnostic| diagnostic.message.as_str())
        .collect();
    messages.join("; ")
}
