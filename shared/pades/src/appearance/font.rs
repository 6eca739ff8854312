//! Text as outlines: it looks the same everywhere, and no font has to go into a document that may have been signed before.

use std::fmt::Write as _;

use ttf_parser::{Face, GlyphId, OutlineBuilder};
use unicode_normalization::UnicodeNormalization as _;

use super::Rect;
use crate::Error;
use crate::pdf::object::decimal;

/// Characters that an appearance may show.
const LIMIT: usize = 2000;
/// Distance from line to line, in sizes of the font.
const LEADING: f64 = 1.25;

/// A TrueType or OpenType font.
pub struct Font {
    data: Vec<u8>,
}

impl std::fmt::Debug for Font {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Font({} bytes)", self.data.len())
    }
}

impl Font {
    /// The first face of a font file.
    pub fn new(data: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let data = data.into();
        Face::parse(&data, 0).map_err(|_| Error::Font)?;
        Ok(Self { data })
    }

    /// Paths that fill the lines' letters.
    pub(super) fn outlines(&self, lines: &[String], size: f64, at: Rect) -> Result<String, Error> {
        let face = Face::parse(&self.data, 0).map_err(|_| Error::Font)?;
        let em = f64::from(face.units_per_em());
        let lines = lines
            .iter()
            .map(|line| glyphs(&face, line))
            .collect::<Result<Vec<_>, _>>()?;
        if lines.iter().map(Vec::len).sum::<usize>() > LIMIT {
            return Err(Error::Appearance("its text is too long"));
        }
        let width = |line: &[GlyphId]| -> f64 {
            line.iter()
                .map(|&glyph| f64::from(face.glyph_hor_advance(glyph).unwrap_or(0)))
                .sum()
        };
        let widest = lines.iter().map(|line| width(line)).fold(0.0, f64::max) / em;
        #[expect(clippy::cast_precision_loss, reason = "a handful of lines")]
        let tallest = lines.len() as f64 * LEADING;
        if widest == 0.0 || size <= 0.0 || at.width <= 0.0 || at.height <= 0.0 {
            return Ok(String::new());
        }
        let size = size.min(at.width / widest).min(at.height / tallest);
        let mut pen = Pen {
            out: String::new(),
            scale: size / em,
            x: 0.0,
            y: at.y + at.height,
            last: (0.0, 0.0),
        };
        for line in &lines {
            pen.x = at.x;
            // Capitals with two marks reach almost a size above the line.
            pen.y -= size * LEADING;
            let baseline = pen.y;
            pen.y += size * (LEADING - 1.0);
            for &glyph in line {
                face.outline_glyph(glyph, &mut pen);
                pen.x += f64::from(face.glyph_hor_advance(glyph).unwrap_or(0)) * pen.scale;
            }
            pen.y = baseline;
        }
        if !pen.out.is_empty() {
            pen.out += "f\n";
        }
        Ok(pen.out)
    }
}

fn glyphs(face: &Face<'_>, line: &str) -> Result<Vec<GlyphId>, Error> {
    // Letters with their marks are one character each in a font.
    line.nfc()
        .map(|letter| face.glyph_index(letter).ok_or(Error::Glyph(letter)))
        .collect()
}

struct Pen {
    out: String,
    scale: f64,
    x: f64,
    y: f64,
    /// Where the path has come to, in units of the font.
    last: (f64, f64),
}

impl Pen {
    fn point(&mut self, x: f64, y: f64) {
        let (x, y) = (
            decimal(self.x + x * self.scale),
            decimal(self.y + y * self.scale),
        );
        let _ = write!(self.out, "{x} {y} ");
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.last = (x.into(), y.into());
        self.point(x.into(), y.into());
        self.out += "m\n";
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.last = (x.into(), y.into());
        self.point(x.into(), y.into());
        self.out += "l\n";
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        // PDF has cubic curves only: the two control points lie two thirds of the way to the one.
        let (x1, y1, x, y) = (f64::from(x1), f64::from(y1), f64::from(x), f64::from(y));
        let toward = |from: f64, to: f64| from + (to - from) * 2.0 / 3.0;
        let (from_x, from_y) = self.last;
        self.point(toward(from_x, x1), toward(from_y, y1));
        self.point(toward(x, x1), toward(y, y1));
        self.point(x, y);
        self.out += "c\n";
        self.last = (x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.point(x1.into(), y1.into());
        self.point(x2.into(), y2.into());
        self.point(x.into(), y.into());
        self.out += "c\n";
        self.last = (x.into(), y.into());
    }

    fn close(&mut self) {
        self.out += "h\n";
    }
}
