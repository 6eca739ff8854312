//! Print anywhere in a picture: a sheet that leaves lines of it out is none, but the part of one that light falls on.

use image::{RgbImage, imageops};
use imageproc::geometric_transformations::Projection;

use super::{
    leaders, light,
    marks::{self, Mark},
    skew,
};

/// The longer side of the picture in which print is looked for.
const LOOKED_AT: u32 = 1600;
/// Letters outside a sheet that are no chance.
const MANY: usize = 60;
/// How much more sharply lines of print stand apart than what only looks like letters: the grain of a table.
const LINES: f32 = 1.3;
/// The part of a sheet's width and height that lies beyond its edge and still is its edge.
const MARGIN: f32 = 0.02;

/// What may be letters in a picture.
pub struct Print {
    marks: Vec<Mark>,
    letter: Option<f32>,
    /// Its pixels to one of the picture's.
    scale: (f32, f32),
}

impl Print {
    /// Everything in a picture that may be a letter.
    pub fn of(picture: &RgbImage) -> Self {
        let (width, height) = picture.dimensions();
        let longer = width.max(height).max(1);
        let scaled = |side: u32| match longer {
            ..=LOOKED_AT => side.max(1),
            longer => (side * LOOKED_AT).div_ceil(longer).max(1),
        };
        let small = imageops::thumbnail(picture, scaled(width), scaled(height));
        let page = light::flatten(&imageops::grayscale(&small));
        let marks = marks::of(&page, leaders::INK);
        Self {
            letter: marks::letter_height(&marks),
            marks,
            scale: (
                small.width() as f32 / width.max(1) as f32,
                small.height() as f32 / height.max(1) as f32,
            ),
        }
    }

    /// Whether lines of it lie outside a sheet, which `flat` lays out `across` by `down`.
    pub fn goes_on_beyond(&self, flat: Projection, across: f32, down: f32) -> bool {
        let Some(letter) = self.letter else {
            return false;
        };
        let beyond = |at: f32, most: f32| !(-MARGIN..=1.0 + MARGIN).contains(&(at / most));
        let outside = |mark: &&Mark| {
            let (x, y) = mark.middle();
            let (x, y) = flat * (x / self.scale.0, y / self.scale.1);
            beyond(x, across) || beyond(y, down)
        };
        let outside: Vec<Mark> = self.marks.iter().filter(outside).copied().collect();
        outside.len() >= MANY
            && skew::lines(&outside, letter).is_some_and(|lines| lines.certainty > LINES)
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    /// Lines of print on a sheet that fills the picture but for a margin, on a table with a grain.
    fn photo() -> RgbImage {
        RgbImage::from_fn(900, 1200, |x, y| {
            let on_paper = (100..800).contains(&x) && (100..1100).contains(&y);
            let ink =
                y % 30 < 9 && x % 17 < 9 && (150..750).contains(&x) && (150..1050).contains(&y);
            let grain = (x * 7919 + y * 104_729) % 97 < 9;
            Rgb(match (on_paper, ink) {
                (true, true) => [50; 3],
                (true, false) => [225; 3],
                (false, _) => [if grain { 60 } else { 110 }; 3],
            })
        })
    }

    #[test]
    fn a_sheet_that_leaves_lines_of_print_out_is_told() {
        let print = Print::of(&photo());
        let from = |left: f32, top: f32| Projection::translate(-left, -top);
        assert!(!print.goes_on_beyond(from(100.0, 100.0), 700.0, 1000.0));
        assert!(print.goes_on_beyond(from(100.0, 500.0), 700.0, 600.0));
        assert!(print.goes_on_beyond(from(100.0, 100.0), 350.0, 1000.0));
        assert!(!Print::of(&RgbImage::new(0, 0)).goes_on_beyond(from(0.0, 0.0), 1.0, 1.0));
    }
}
