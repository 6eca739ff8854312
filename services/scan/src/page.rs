//! A page made right: the sheet found and its perspective undone, turned and straightened, its light made even, and all
//! but the print taken away for whoever reads it. Pure functions from picture to picture.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pixels and shades: small numbers, and a rounded place is as good as an exact one"
)]

use image::{GrayImage, Rgb, RgbImage, imageops};
use imageproc::geometric_transformations::{Border, Interpolation, Projection, warp_into};

mod leaders;
mod light;
mod marks;
mod preview;
mod print;
mod quality;
mod rules;
mod sheet;
mod skew;
mod stamps;
mod upright;

pub use preview::preview;

use crate::domain::{Flaw, FlawKind, Lie, Place, Weight};
use print::Print;
use sheet::Corners;

/// The longer side beyond which an A4 page reads no better, only slower: about 340 dpi.
pub const LONGEST: u32 = 4000;
/// The longer side of the small picture that tells how the page lies.
const SMALL: f32 = 1600.0;
/// The height of letters that print is read best at, in pixels: that of 11 points at 300 dpi.
const LETTER: f32 = 26.0;
/// Mean confidence below which even a page that seems upright may be on its head.
const DOUBTFUL: f32 = 45.0;
/// Mean confidence from which on a page is upright, whatever it seemed.
const PLAIN: f32 = 80.0;
/// A lean too small to be worth another picture, in degrees.
const LEVEL: f32 = 0.12;

/// What a quick look at a picture tells: how the page lies in it, and what is wrong.
#[derive(Debug, Clone)]
pub struct Survey {
    /// From the picture to the straightened page.
    there: Projection,
    /// The size of the straightened page in pixels.
    size: (u32, u32),
    /// Whether nothing but turns of a quarter is needed.
    is_straight: bool,
    /// By how much the page is enlarged.
    scale: f32,
    /// How the page lies.
    pub lie: Lie,
    /// What is wrong with the picture.
    pub flaws: Vec<Flaw>,
    /// Whether it is certain that the page will be upright.
    is_certain: bool,
    /// Whether there is print that runs in lines.
    has_lines: bool,
}

/// Looks at a picture in small.
pub fn survey(picture: &RgbImage) -> Survey {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let sheets = sheet::find(picture);
    let print = (!sheets.is_empty()).then(|| Print::of(picture));
    let found = sheets.into_iter().find_map(|sheet| {
        let corners = sheet.corners.map(|(x, y)| (x * width, y * height));
        let (across, down) = size(&corners);
        let rectangle = [(0.0, 0.0), (across, 0.0), (across, down), (0.0, down)];
        let flat = Projection::from_control_points(corners, rectangle)?;
        let is_whole = |print: &Print| !print.goes_on_beyond(flat, across, down);
        print
            .as_ref()
            .is_some_and(is_whole)
            .then_some((Some(sheet), flat, across, down))
    });
    let as_it_is = (None, Projection::translate(0.0, 0.0), width, height);
    let (sheet, flat, across, down) = found.unwrap_or(as_it_is);
    let small = Small::of(picture, flat, across, down);
    let page = light::flatten(&small.grey);
    let marks = marks::of(&page, leaders::INK);
    let letter = marks::letter_height(&marks);
    let lines = letter.and_then(|letter| skew::lines(&marks, letter));
    let vote = match (letter, lines) {
        (Some(letter), Some(lines)) => upright::vote(&marks, letter, lines),
        _ => upright::Vote::NONE,
    };
    let seen = quality::Page {
        picture,
        grey: &small.grey,
        flat: &page,
        marks: &marks,
        letter,
        back: small.there.invert(),
        finer: 1.0 / small.scale,
        sheet,
    }
    .flaws();

    let sideways = lines.is_some_and(|lines| lines.sideways);
    let quarters = match (sideways, vote.on_its_head()) {
        (false, false) => 0,
        (true, false) => 3,
        (false, true) => 2,
        (true, true) => 1,
    };
    let lean = lines.map_or(0.0, |lines| lines.lean);
    let lean = if lean.abs() < LEVEL { 0.0 } else { lean };
    let scale = enlarged(letter.map(|letter| letter / small.scale), across.max(down));
    let (turned, (wide, tall)) = turn(across, down, quarters, lean, scale);
    let there = flat.and_then(turned);
    let back = there.invert();
    let corner = |x: f32, y: f32| {
        let (x, y) = back * (x, y);
        (x / width, y / height)
    };
    let on_page = Projection::scale(1.0 / small.scale, 1.0 / small.scale).and_then(turned);
    let mut flaws: Vec<Flaw> = seen
        .into_iter()
        .map(|seen| Flaw {
            kind: seen.kind,
            weight: seen.weight,
            place: place(on_page, seen.area, wide, tall),
        })
        .collect();
    if quarters != 0 {
        flaws.push(TURNED);
    }
    Survey {
        there,
        size: (wide.round().max(1.0) as u32, tall.round().max(1.0) as u32),
        is_straight: sheet.is_none() && lean == 0.0 && (scale - 1.0).abs() < f32::EPSILON,
        scale,
        lie: Lie {
            corners: [
                corner(0.0, 0.0),
                corner(wide, 0.0),
                corner(wide, tall),
                corner(0.0, tall),
            ],
            quarters,
            lean,
        },
        flaws,
        is_certain: lines.is_some_and(|lines| lines.certainty > 1.3) && vote.is_clear(),
        has_lines: lines.is_some(),
    }
}

impl Survey {
    /// How many times larger than in its picture the straightened page is.
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// Where on the straightened page a place in the picture of so many pixels is.
    pub fn straightened(&self, place: Place, (width, height): (u32, u32)) -> Place {
        let (width, height) = (width as f32, height as f32);
        let (left, top) = (place.left * width, place.top * height);
        let span = (
            left,
            top,
            left + place.width * width,
            top + place.height * height,
        );
        self::place(self.there, span, self.size.0 as f32, self.size.1 as f32)
    }

    /// The page as it should have been photographed: upright, as far as can be told without reading it, and straight.
    pub fn straighten(&self, picture: RgbImage) -> RgbImage {
        match self.lie.quarters {
            0 if self.is_straight => picture,
            1 if self.is_straight => imageops::rotate90(&picture),
            2 if self.is_straight => imageops::rotate180(&picture),
            3 if self.is_straight => imageops::rotate270(&picture),
            _ => drawn(&picture, self.there, self.size, self.scale),
        }
    }

    /// Whether there is no need to read the page the other way up too, after it was read with a mean confidence of so much.
    pub fn is_settled_by(&self, confidence: Option<f32>) -> bool {
        let least = if self.is_certain { DOUBTFUL } else { PLAIN };
        match confidence {
            Some(confidence) => confidence >= least,
            // Nothing was read: no wonder where there are no lines.
            None => !self.has_lines,
        }
    }

    /// What is known once reading has shown that the straightened page is on its head.
    #[must_use]
    pub fn turned(mut self) -> Self {
        self.lie.quarters = (self.lie.quarters + 2) % 4;
        self.lie.corners.rotate_left(2);
        self.flaws.retain(|flaw| flaw.kind != FlawKind::Turned);
        for flaw in &mut self.flaws {
            flaw.place = flaw.place.turned();
        }
        if self.lie.quarters != 0 {
            self.flaws.push(TURNED);
        }
        self
    }
}

const TURNED: Flaw = Flaw {
    kind: FlawKind::Turned,
    weight: Weight::Note,
    place: Place::WHOLE,
};

/// The box around a box of the small page, on the straightened one.
fn place(
    there: Projection,
    (left, top, right, bottom): quality::Span,
    wide: f32,
    tall: f32,
) -> Place {
    let corners =
        [(left, top), (right, top), (right, bottom), (left, bottom)].map(|corner| there * corner);
    let least = |pick: fn(&(f32, f32)) -> f32| corners.iter().map(pick).fold(f32::MAX, f32::min);
    let most = |pick: fn(&(f32, f32)) -> f32| corners.iter().map(pick).fold(f32::MIN, f32::max);
    let (left, top) = (least(|corner| corner.0), least(|corner| corner.1));
    let (right, bottom) = (most(|corner| corner.0), most(|corner| corner.1));
    Place::clamped(
        left / wide,
        top / tall,
        (right - left) / wide,
        (bottom - top) / tall,
    )
}

/// A small picture of the page, its perspective undone.
struct Small {
    grey: GrayImage,
    /// From the picture to it.
    there: Projection,
    /// Its pixels to one of the page's.
    scale: f32,
}

impl Small {
    fn of(picture: &RgbImage, flat: Projection, across: f32, down: f32) -> Self {
        let scale = (SMALL / across.max(down)).min(1.0);
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        let thumbnail = imageops::thumbnail(
            picture,
            (width * scale).max(1.0) as u32,
            (height * scale).max(1.0) as u32,
        );
        let grey = imageops::grayscale(&thumbnail);
        let there = flat.and_then(Projection::scale(scale, scale));
        let enlarge = Projection::scale(width / grey.width() as f32, height / grey.height() as f32);
        let size = (
            (across * scale).max(1.0) as u32,
            (down * scale).max(1.0) as u32,
        );
        let mut page = GrayImage::from_pixel(size.0, size.1, image::Luma([255]));
        let white = Border::Constant(image::Luma([255]));
        warp_into(
            &grey,
            enlarge.and_then(there),
            Interpolation::Bilinear,
            white,
            &mut page,
        );
        Self {
            grey: page,
            there,
            scale,
        }
    }
}

/// By how much to enlarge a page so that its letters have the height that is read best.
fn enlarged(letter: Option<f32>, longer: f32) -> f32 {
    let scale = letter.map_or(1.0, |letter| (LETTER / letter).clamp(0.5, 3.0));
    let scale = if (0.85..1.25).contains(&scale) {
        1.0
    } else {
        scale
    };
    scale.min(LONGEST as f32 / longer)
}

/// How wide and tall a sheet is, seen from above: the mean of opposite sides, and the proportions of a known format
/// where they are near.
fn size(corners: &Corners) -> (f32, f32) {
    let side = |one: usize, two: usize| {
        let (one, two) = (corners[one], corners[two]);
        (one.0 - two.0).hypot(one.1 - two.1)
    };
    let across = f32::midpoint(side(0, 1), side(3, 2)).max(1.0);
    let down = f32::midpoint(side(0, 3), side(1, 2)).max(1.0);
    let proportion = across.max(down) / across.min(down);
    // A4 and its kin; an identity card.
    let known = [std::f32::consts::SQRT_2, 85.6 / 53.98];
    let nearest = known.into_iter().min_by(|one, other| {
        let far = |known: &f32| (known / proportion).ln().abs();
        far(one).total_cmp(&far(other))
    });
    match nearest {
        Some(known) if (known / proportion).ln().abs() < 0.13 => {
            let more = (known / proportion).sqrt();
            if across > down {
                (across * more, down / more)
            } else {
                (across / more, down * more)
            }
        }
        _ => (across, down),
    }
}

/// Turns a page of so many pixels by quarters and by its lean, enlarges it, and moves it back into view.
fn turn(across: f32, down: f32, quarters: u8, lean: f32, scale: f32) -> (Projection, (f32, f32)) {
    let angle = f32::from(quarters) * std::f32::consts::FRAC_PI_2 - lean.to_radians();
    let turned = Projection::scale(scale, scale).and_then(Projection::rotate(angle));
    let corners =
        [(0.0, 0.0), (across, 0.0), (across, down), (0.0, down)].map(|corner| turned * corner);
    let range = |pick: &dyn Fn((f32, f32)) -> f32| {
        let values = corners.map(pick);
        (
            values.into_iter().fold(f32::MAX, f32::min),
            values.into_iter().fold(f32::MIN, f32::max),
        )
    };
    let (left, right) = range(&|corner| corner.0);
    let (top, bottom) = range(&|corner| corner.1);
    (
        turned.and_then(Projection::translate(-left, -top)),
        (right - left, bottom - top),
    )
}

/// The picture seen through a projection.
fn drawn(picture: &RgbImage, there: Projection, target: (u32, u32), scale: f32) -> RgbImage {
    let mut drawn = RgbImage::from_pixel(target.0, target.1, Rgb([255; 3]));
    let white = Border::Constant(Rgb([255; 3]));
    let how = if scale > 1.2 {
        Interpolation::Bicubic
    } else {
        Interpolation::Bilinear
    };
    if scale < 0.7 {
        // Every pixel counts, not every second one.
        let (width, height) = (
            (picture.width() as f32 * scale).max(1.0),
            (picture.height() as f32 * scale).max(1.0),
        );
        let smaller = imageops::thumbnail(picture, width as u32, height as u32);
        let back = Projection::scale(
            picture.width() as f32 / smaller.width() as f32,
            picture.height() as f32 / smaller.height() as f32,
        );
        warp_into(&smaller, back.and_then(there), how, white, &mut drawn);
    } else {
        warp_into(picture, there, how, white, &mut drawn);
    }
    drawn
}

/// A page in the grey that a reading program wants: even light, no seals, no leaders, no rules.
pub fn for_reading(page: &RgbImage) -> GrayImage {
    let mut grey = imageops::grayscale(page);
    stamps::fade(page, &mut grey);
    let mut grey = light::flatten(&grey);
    let marks = marks::of(&grey, leaders::INK);
    if let Some(letter) = marks::letter_height(&marks) {
        leaders::erase(&mut grey, &marks, letter);
    }
    grey
}
