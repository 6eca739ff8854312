//! The strip of a page on which a machine-readable zone may stand.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pixels: small numbers"
)]

use image::{RgbImage, imageops};

use crate::{
    domain::{Page, Place, Word},
    picture::Grey,
};

/// How many times as wide as it is high an identity card is: 85.6 by 54 mm, give or take a tenth.
const CARD: std::ops::Range<f32> = 1.42..1.75;
/// Where on a card's back the zone stands, and some more.
const ON_A_CARD: Place = Place {
    left: 0.0,
    top: 0.6,
    width: 1.0,
    height: 0.4,
};

/// Where a zone is to be looked for; nowhere on most pages.
pub fn place(page: &Page, (width, height): (u32, u32)) -> Option<Place> {
    let lines = page.words.chunk_by(|one, other| one.line == other.line);
    let zone = lines.filter(|line| is_of_zone(line)).flatten();
    let (top, bottom) = zone.fold((f32::MAX, f32::MIN), |(top, bottom), word| {
        let place = word.place;
        (top.min(place.top), bottom.max(place.top + place.height))
    });
    if top < bottom {
        // One of the three lines may not have been taken for one.
        let more = (bottom - top).clamp(0.02, 0.12);
        return Some(Place::clamped(
            0.0,
            (top - more).max(0.0),
            1.0,
            bottom - top + 2.0 * more,
        ));
    }
    CARD.contains(&(width as f32 / height as f32))
        .then_some(ON_A_CARD)
}

/// Whether a line looks like one of a zone: long, without small letters, with fillers.
fn is_of_zone(line: &[Word]) -> bool {
    let text: String = line.iter().map(|word| word.text.as_str()).collect();
    let count = |is: fn(char) -> bool| text.chars().filter(|c| is(*c)).count();
    let fillers = count(|c| matches!(c, '<' | '«' | '‹'));
    let small = count(char::is_lowercase);
    text.chars().count() >= 15 && fillers >= 2 && small * 4 <= text.chars().count()
}

/// That strip of a page, in shades of grey.
pub fn cut(page: &RgbImage, place: Place) -> Grey {
    let (width, height) = (page.width() as f32, page.height() as f32);
    let (left, top) = ((place.left * width) as u32, (place.top * height) as u32);
    let (wide, tall) = ((place.width * width) as u32, (place.height * height) as u32);
    let strip = imageops::crop_imm(page, left, top, wide.max(1), tall.max(1));
    Grey(imageops::grayscale(&*strip))
}
