//! Sets pages with Typst, in memory and with embedded faces alone: the same page everywhere.

use std::{fs, path::Path};

use chassis::StartError;
use image::{RgbImage, RgbaImage, buffer::ConvertBuffer};
use typst::{
    Library, LibraryExt, World,
    diag::{FileError, FileResult, SourceDiagnostic},
    foundations::{Bytes, Datetime, Duration},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;
use typst_render::RenderOptions;

use super::{
    chance::Chance,
    sheet::{Look, Sheet},
};

/// The letters that a face must have to set Vietnamese.
const LETTERS: &str = "ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ";

/// A template.
#[derive(Debug, Clone, Copy)]
pub enum Template {
    /// A page of A4.
    Sheet,
    /// The front of an identity card.
    Front,
    /// Its back.
    Back,
}

impl Template {
    const fn text(self) -> &'static str {
        match self {
            Self::Sheet => include_str!("../../templates/sheet.typ"),
            Self::Front => include_str!("../../templates/card-front.typ"),
            Self::Back => include_str!("../../templates/card-back.typ"),
        }
    }
}

/// Faces and everything else that stays from page to page.
pub struct Press {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    /// Families that can set all of Vietnamese, proportional ones only.
    families: Vec<String>,
}

/// The one embedded family of a fixed width, for machine-readable zones: it lacks half of Vietnamese.
const FIXED: &str = "DejaVu Sans Mono";

impl Press {
    /// With the embedded faces, and those of a folder beside them.
    pub fn new(folder: Option<&Path>) -> Result<Self, StartError> {
        let mut fonts: Vec<Font> = typst_assets::fonts()
            .flat_map(|face| Font::iter(Bytes::new(face)))
            .collect();
        if let Some(folder) = folder {
            let read = |error: std::io::Error| StartError::because("--fonts", &error);
            let mut paths: Vec<_> = fs::read_dir(folder)
                .map_err(read)?
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| {
                    path.extension()
                        .is_some_and(|end| end == "ttf" || end == "otf")
                })
                .collect();
            paths.sort();
            for path in paths {
                fonts.extend(Font::iter(Bytes::new(fs::read(path).map_err(read)?)));
            }
        }
        fonts.retain(|font| sets_vietnamese(font) || font.info().family == FIXED);
        let mut families: Vec<String> = fonts
            .iter()
            .map(|font| font.info().family.clone())
            .collect();
        families.sort();
        families.dedup();
        families.retain(|family| family != FIXED && !family.contains("Math"));
        Ok(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            families,
        })
    }

    /// How a page looks, by chance.
    pub fn look(&self, chance: &mut Chance) -> Look {
        let families: Vec<&str> = self.families.iter().map(String::as_str).collect();
        let print = chance.pick(&families).to_owned();
        // Mostly the form's own face, sometimes another's.
        let filled = match chance.whole(0, 3) {
            0 => chance.pick(&families).to_owned(),
            _ => print.clone(),
        };
        Look {
            print,
            filled,
            size: chance.between(12.0, 13.5),
            margin: chance.between(17.0, 25.0),
            leading: chance.between(0.62, 0.8),
            on_dots: chance.coin(),
        }
    }

    fn compile(
        &self,
        template: Template,
        data: String,
        qr: Option<String>,
    ) -> Result<PagedDocument, StartError> {
        let main = id("main.typ").ok_or_else(|| StartError::new("the template has no name"))?;
        let page = Page {
            press: self,
            source: Source::new(main, template.text().to_owned()),
            data: Bytes::from_string(data),
            qr: qr.map(Bytes::from_string),
        };
        typst::compile::<PagedDocument>(&page)
            .output
            .map_err(|errors| StartError::new(format!("{template:?}: {}", said(&errors))))
    }

    /// A form as a picture, in the largest print in which it is one page.
    pub fn sheet(&self, sheet: &mut Sheet, dpi: f32) -> Result<RgbImage, StartError> {
        for _ in 0..8 {
            let document = self.compile(Template::Sheet, super::json(sheet)?, None)?;
            if document.pages().len() == 1 {
                return drawn(&document, dpi);
            }
            sheet.look.size *= 0.95;
            sheet.look.leading *= 0.95;
        }
        Err(StartError::new("a form that fits no page"))
    }

    /// The first page as a picture, at so many dots an inch.
    pub fn picture(
        &self,
        template: Template,
        data: String,
        qr: Option<String>,
        dpi: f32,
    ) -> Result<RgbImage, StartError> {
        drawn(&self.compile(template, data, qr)?, dpi)
    }

    /// As a PDF that carries its text.
    pub fn pdf(&self, template: Template, data: String) -> Result<Vec<u8>, StartError> {
        let document = self.compile(template, data, None)?;
        typst_pdf::pdf(&document, &PdfOptions::default())
            .map_err(|errors| StartError::new(said(&errors)))
    }
}

fn drawn(document: &PagedDocument, dpi: f32) -> Result<RgbImage, StartError> {
    let page = document
        .pages()
        .first()
        .ok_or_else(|| StartError::new("the template drew no page"))?;
    let options = RenderOptions {
        pixel_per_pt: f64::from(dpi / 72.0).into(),
        ..RenderOptions::default()
    };
    let drawn = typst_render::render(page, &options);
    let (width, height) = (drawn.width(), drawn.height());
    let picture = RgbaImage::from_raw(width, height, drawn.take())
        .ok_or_else(|| StartError::new("a picture of the wrong size"))?;
    Ok(picture.convert())
}

fn sets_vietnamese(font: &Font) -> bool {
    let covered = |c: char| font.info().coverage.contains(u32::from(c));
    LETTERS
        .chars()
        .flat_map(|c| std::iter::once(c).chain(c.to_uppercase()))
        .all(covered)
}

fn said(diagnostics: &[SourceDiagnostic]) -> String {
    let messages: Vec<&str> = diagnostics
        .iter()
        .map(|diagnostic| diagnostic.message.as_str())
        .collect();
    messages.join("; ")
}

fn id(path: &str) -> Option<FileId> {
    let path = VirtualPath::new(path).ok()?;
    Some(RootedPath::new(VirtualRoot::Project, path).intern())
}

/// One page on its way through the compiler.
struct Page<'a> {
    press: &'a Press,
    source: Source,
    data: Bytes,
    qr: Option<Bytes>,
}

impl World for Page<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.press.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.press.book
    }

    fn main(&self) -> FileId {
        self.source.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        (id == self.source.id())
            .then(|| self.source.clone())
            .ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match (id.root(), id.vpath().get_without_slash()) {
            (VirtualRoot::Project, "data.json") => Ok(self.data.clone()),
            (VirtualRoot::Project, "qr.svg") => self.qr.clone().ok_or(FileError::AccessDenied),
            _ => Err(FileError::AccessDenied),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.press.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
