//! Whether a picture shows its page well enough to be read: judged on the untouched picture, before the light is made
//! even, in a fraction of the time that reading takes.

#[cfg(test)]
mod tests;

use image::{GrayImage, RgbImage, imageops};
use imageproc::{filter::box_filter, geometric_transformations::Projection};

use super::{leaders::INK, light::Paper, marks::Mark, sheet::Sheet};
use crate::domain::{FlawKind, Weight};

/// Letters looked at closely.
const LOOKED_AT: usize = 400;
/// Contrast below which an edge says nothing.
const CONTRAST: f32 = 30.0;
/// Pixels that the sharpest edge takes.
const SHARP: f32 = 2.2;
/// From which part of a letter's height on the softness of its edges is blur: from there, reading suffers.
const BLURRED: f32 = 0.18;
/// The same, where nothing can be read any more.
const ILLEGIBLE: f32 = 0.42;
/// The height of letters in pixels below which reading suffers: 11 points at about 100 dpi.
const COARSE: f32 = 8.6;
/// The same, where nothing can be read any more.
const TOO_COARSE: f32 = 5.0;
/// The longer side in pixels below which no page can be read, letters or not.
const TINY: u32 = 700;
/// The shade of paper below which a page is dark, and too dark.
const DARK: u8 = 70;
const PITCH_DARK: u8 = 28;
/// Marks of the size of a letter that make a page that is not blank.
const WRITTEN: usize = 8;

/// A box on the small page, in its pixels: left, top, right, bottom.
pub type Span = (f32, f32, f32, f32);

/// Something wrong, on the small page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// What.
    pub kind: FlawKind,
    /// How much it matters.
    pub weight: Weight,
    /// Where.
    pub area: Span,
}

/// A page as the small picture shows it, and the way back to the picture it comes from.
pub struct Page<'a> {
    /// The untouched picture.
    pub picture: &'a RgbImage,
    /// The small page as the light fell on it.
    pub grey: &'a GrayImage,
    /// The small page in even light.
    pub flat: &'a GrayImage,
    /// The marks of the latter.
    pub marks: &'a [Mark],
    /// The height of letters on it, if there are letters.
    pub letter: Option<f32>,
    /// From the small page to the picture.
    pub back: Projection,
    /// Pixels of the picture to one of the small page.
    pub finer: f32,
    /// The sheet found in the picture.
    pub sheet: Option<Sheet>,
}

impl Page<'_> {
    /// All that is wrong with it.
    pub fn flaws(&self) -> Vec<Seen> {
        let tiny = self.picture.width().max(self.picture.height()) < TINY;
        if self.is_blank() {
            let weight = if tiny { Weight::Unusable } else { Weight::Note };
            // Of a page in the dark nobody can say that it is blank, and what is smudged was print.
            let other = self.dark().or_else(|| {
                self.is_smudged()
                    .then(|| self.whole(FlawKind::Blur, Weight::Unusable))
            });
            return vec![other.unwrap_or_else(|| self.whole(FlawKind::Blank, weight))];
        }
        let coarse = self.coarse(tiny);
        let mut seen: Vec<Seen> = [coarse, self.dark(), self.glare(), self.cut()]
            .into_iter()
            .flatten()
            .collect();
        // Too few pixels make every edge soft: one reason is enough.
        if coarse.is_none_or(|coarse| coarse.weight < Weight::Unusable) {
            seen.extend(self.blur());
        }
        seen
    }

    fn whole(&self, kind: FlawKind, weight: Weight) -> Seen {
        let (width, height) = self.grey.dimensions();
        Seen {
            kind,
            weight,
            area: (0.0, 0.0, width as f32, height as f32),
        }
    }

    fn is_blank(&self) -> bool {
        let longer = self.flat.width().max(self.flat.height()) as f32;
        let like_letters = |mark: &&Mark| {
            let (width, height) = (mark.width() as f32, mark.height() as f32);
            height > longer / 330.0 && width > longer / 660.0 && height < longer / 4.0
        };
        self.letter.is_none() && self.marks.iter().filter(like_letters).count() < WRITTEN
    }

    /// Whether there are soft spots all over that are no shadow: print too blurred to leave marks.
    fn is_smudged(&self) -> bool {
        let spot = (self.grey.width().max(self.grey.height()) / 200).max(1);
        let (width, height) = (self.grey.width() / spot, self.grey.height() / spot);
        let rim = 4;
        if width <= 4 * rim || height <= 4 * rim {
            return false;
        }
        let spots = imageops::thumbnail(self.grey, width, height);
        let around = box_filter(&spots, 6, 6);
        let inner = || (rim..height - rim).flat_map(|y| (rim..width - rim).map(move |x| (x, y)));
        let soft = inner().filter(|&(x, y)| {
            let (spot, around) = (spots.get_pixel(x, y).0[0], around.get_pixel(x, y).0[0]);
            spot.abs_diff(around) > 5
        });
        soft.count() * 25 > inner().count()
    }

    fn coarse(&self, tiny: bool) -> Option<Seen> {
        let letter = self.letter.map(|letter| letter * self.finer);
        let weight = if tiny || letter.is_some_and(|letter| letter < TOO_COARSE) {
            Weight::Unusable
        } else if letter.is_some_and(|letter| letter < COARSE) {
            Weight::Advice
        } else {
            return None;
        };
        Some(self.whole(FlawKind::Coarse, weight))
    }

    fn dark(&self) -> Option<Seen> {
        let (squares, square) = self.squares();
        let mut shades: Vec<u8> = squares.iter().copied().collect();
        shades.sort_unstable();
        let middle = *shades.get(shades.len() / 2)?;
        if middle < DARK {
            let weight = if middle < PITCH_DARK {
                Weight::Unusable
            } else {
                Weight::Advice
            };
            return Some(self.whole(FlawKind::Dark, weight));
        }
        let dark = |x: u32, y: u32| squares.get_pixel(x, y).0[0] < DARK / 2;
        let group = largest(&squares, dark)?;
        (group.ink * 12 > squares.width() * squares.height()).then(|| Seen {
            kind: FlawKind::Dark,
            weight: Weight::Advice,
            area: scaled(group, square),
        })
    }

    /// The paper's shade by squares of about a hundredth of the page.
    fn squares(&self) -> (GrayImage, u32) {
        let square = (self.grey.width().max(self.grey.height()) / 100).max(4);
        (Paper::of(self.grey, square).into_shades(), square)
    }

    /// A spot much lighter than the paper around it, in which no print is left.
    fn glare(&self) -> Option<Seen> {
        let (squares, square) = self.squares();
        let mut shades: Vec<u8> = squares.iter().copied().collect();
        shades.sort_unstable();
        let paper = *shades.get(shades.len() / 2)?;
        if paper > 236 {
            return None;
        }
        let printed = |x: u32, y: u32| {
            let (left, top) = (x * square, y * square);
            let rows = top..(top + square).min(self.grey.height());
            rows.flat_map(|y| (left..(left + square).min(self.grey.width())).map(move |x| (x, y)))
                .any(|(x, y)| self.grey.get_pixel(x, y).0[0] < 150)
        };
        let bright = |x: u32, y: u32| squares.get_pixel(x, y).0[0] >= 251;
        let group = largest(&squares, |x, y| bright(x, y) && !printed(x, y))?;
        let (width, height) = squares.dimensions();
        // A spot ends within the page; a page that is lighter towards a window does not.
        let sides = [
            group.left == 0,
            group.top == 0,
            group.right == width,
            group.bottom == height,
        ];
        let open = sides.into_iter().filter(|&at_edge| at_edge).count();
        (group.ink * 90 > width * height && open <= 1).then(|| Seen {
            kind: FlawKind::Glare,
            weight: Weight::Advice,
            area: scaled(group, square),
        })
    }

    /// Print that runs into the edge of the picture.
    fn cut(&self) -> Option<Seen> {
        let letter = self.letter?;
        let (width, height) = (self.flat.width() as f32, self.flat.height() as f32);
        let near = match self.sheet {
            Some(_) => letter * 1.2,
            None => 2.0,
        };
        let like_letters = |mark: &&Mark| {
            let (width, height) = (mark.width() as f32, mark.height() as f32);
            (letter * 0.4..letter * 3.0).contains(&height)
                && (letter * 0.2..letter * 4.0).contains(&width)
        };
        let letters: Vec<&Mark> = self.marks.iter().filter(like_letters).collect();
        let strip = letter * 3.0;
        // Top, right, bottom, left.
        let touches = |mark: &Mark, side: usize| match side {
            0 => (mark.top as f32) < near,
            1 => mark.right as f32 > width - near,
            2 => mark.bottom as f32 > height - near,
            _ => (mark.left as f32) < near,
        };
        let areas = [
            (0.0, 0.0, width, strip),
            (width - strip, 0.0, width, height),
            (0.0, height - strip, width, height),
            (0.0, 0.0, strip, height),
        ];
        (0..4)
            .filter(|&side| self.sheet.is_none_or(|sheet| sheet.cut[side]))
            .find(|&side| letters.iter().filter(|mark| touches(mark, side)).count() >= 4)
            .map(|side| Seen {
                kind: FlawKind::Cut,
                weight: Weight::Advice,
                area: areas[side],
            })
    }

    /// Edges of letters that take up too much of the letters.
    fn blur(&self) -> Option<Seen> {
        let soft = self.softness();
        let mut all: Vec<f32> = soft.iter().map(|&(_, soft)| soft).collect();
        all.sort_unstable_by(f32::total_cmp);
        let middle = *all.get(all.len() / 2)?;
        if middle > BLURRED {
            let weight = if middle > ILLEGIBLE {
                Weight::Unusable
            } else {
                Weight::Advice
            };
            return Some(self.whole(FlawKind::Blur, weight));
        }
        // A part of the page out of focus.
        let (width, height) = self.grey.dimensions();
        let (across, down) = (6, 8);
        let mut parts = vec![Vec::new(); across * down];
        for ((x, y), soft) in soft {
            let column = (x / width as f32 * across as f32).clamp(0.0, (across - 1) as f32);
            let row = (y / height as f32 * down as f32).clamp(0.0, (down - 1) as f32);
            parts[row as usize * across + column as usize].push(soft);
        }
        let blurred = |part: &mut Vec<f32>| {
            part.sort_unstable_by(f32::total_cmp);
            part.len() >= 6 && part[part.len() / 2] > BLURRED * 1.15
        };
        let blurred: Vec<bool> = parts.iter_mut().map(blurred).collect();
        let count = blurred.iter().filter(|&&blurred| blurred).count();
        if count < 3 {
            return None;
        }
        let parts = GrayImage::from_fn(across as u32, down as u32, |x, y| {
            image::Luma([if blurred[y as usize * across + x as usize] {
                0
            } else {
                255
            }])
        });
        let group = largest(&parts, |x, y| parts.get_pixel(x, y).0[0] == 0)?;
        let (wide, tall) = (width as f32 / across as f32, height as f32 / down as f32);
        (group.ink >= 3).then_some(Seen {
            kind: FlawKind::Blur,
            weight: Weight::Advice,
            area: (
                group.left as f32 * wide,
                group.top as f32 * tall,
                group.right as f32 * wide,
                group.bottom as f32 * tall,
            ),
        })
    }

    /// How soft the edges of letters are, here and there: the part of a letter's height that an edge takes.
    pub fn softness(&self) -> Vec<((f32, f32), f32)> {
        let longer = self.grey.width().max(self.grey.height()) as f32;
        // On a page too blurred to have letters, marks are whole words: letters are as high as they usually are.
        let letter = self.letter.unwrap_or(longer / 135.0);
        let edgy = |mark: &&Mark| {
            let (width, height) = (mark.width() as f32, mark.height() as f32);
            if self.letter.is_some() {
                (letter * 0.7..letter * 2.2).contains(&height)
                    && (letter * 0.3..letter * 3.0).contains(&width)
            } else {
                height > letter * 0.7 && width > letter * 0.7
            }
        };
        let marks: Vec<&Mark> = self.marks.iter().filter(edgy).collect();
        let step = marks.len().div_ceil(LOOKED_AT).max(1);
        let letter = letter * self.finer;
        marks
            .into_iter()
            .step_by(step)
            .filter_map(|mark| {
                let (x, y) = mark.middle();
                let most = letter * 2.0;
                let wide = (mark.width() as f32 * self.finer / 2.0 + letter * 0.3).min(most);
                let tall = (mark.height() as f32 * self.finer / 2.0 + letter * 0.3).min(most);
                let width = edge(self.picture, self.back * (x, y), wide, tall)?;
                Some(((x, y), (width - SHARP).max(0.0) / letter))
            })
            .collect()
    }
}

/// How many pixels an edge around a place takes, in its softer direction. None where there is no edge to speak of.
fn edge(picture: &RgbImage, (x, y): (f32, f32), wide: f32, tall: f32) -> Option<f32> {
    let (width, height) = picture.dimensions();
    let range = |middle: f32, half: f32, most: u32| {
        let from = (middle - half).max(1.0) as u32;
        let to = ((middle + half).max(0.0) as u32).min(most.saturating_sub(1));
        from..to
    };
    let (columns, rows) = (range(x, wide, width), range(y, tall, height));
    let shade = |x: u32, y: u32| {
        let [red, green, blue] = picture.get_pixel(x, y).0.map(f32::from);
        (red * 2.0 + green * 5.0 + blue) / 8.0
    };
    let (mut darkest, mut lightest) = (f32::MAX, f32::MIN);
    let (mut across, mut down) = (0.0f32, 0.0f32);
    for y in rows {
        for x in columns.clone() {
            let here = shade(x, y);
            darkest = darkest.min(here);
            lightest = lightest.max(here);
            across = across.max((shade(x + 1, y) - shade(x - 1, y)).abs() / 2.0);
            down = down.max((shade(x, y + 1) - shade(x, y - 1)).abs() / 2.0);
        }
    }
    let contrast = lightest - darkest;
    (contrast > CONTRAST).then(|| contrast / across.min(down).max(1.0))
}

/// The largest group of neighbouring squares of which something is true; its ink is their number.
fn largest(squares: &GrayImage, is: impl Fn(u32, u32) -> bool) -> Option<Mark> {
    let mask = GrayImage::from_fn(squares.width(), squares.height(), |x, y| {
        image::Luma([if is(x, y) { 0 } else { 255 }])
    });
    super::marks::of(&mask, INK)
        .into_iter()
        .max_by_key(|mark| mark.ink)
}

fn scaled(group: Mark, square: u32) -> Span {
    let scaled = |side: u32| (side * square) as f32;
    (
        scaled(group.left),
        scaled(group.top),
        scaled(group.right),
        scaled(group.bottom),
    )
}
