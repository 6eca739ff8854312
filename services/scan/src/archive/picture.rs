//! A page's picture as the archive keeps it: black and white as fax (lossless for print on clean paper), the rest as JPEG,
//! without colour where there is none, and about as large as what was sent.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sides of pictures: small numbers"
)]

use fax::{Color, VecWriter, encoder::Encoder};
use image::{
    ExtendedColorType, GrayImage, ImageEncoder, RgbImage, codecs::jpeg::JpegEncoder, imageops,
};

/// How a picture's bytes are to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// JPEG of three colours.
    Colour,
    /// JPEG of shades.
    Grey,
    /// CCITT group 4, black and white.
    Fax,
}

/// A picture, encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its pixels across.
    pub width: u16,
    /// Its pixels down.
    pub height: u16,
    /// How its bytes are to be understood.
    pub coding: Coding,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The longest side kept, in pixels: A4 at 300 dots an inch.
const LONGEST: f32 = 3508.0;
/// Print loses nothing at this quality.
const FINE: u8 = 75;
/// The qualities for what takes more room than there is: where at most so many tenths of it, and where still more.
const SMALLER: [(usize, u8); 3] = [(15, 50), (22, 35), (usize::MAX, 22)];
/// One pixel in so many is looked at to tell what kind of picture it is: an odd number, to fall on every column.
const SAMPLE: usize = 13;
/// Up to which a sample is ink and from which on paper, in a picture of nothing but ink and paper.
const INK: u8 = 96;
const PAPER: u8 = 250;

impl Picture {
    /// Encodes a straightened page that was enlarged `scale` times to be read, in about `room` bytes. None of an empty page.
    pub fn of(page: &RgbImage, scale: f32, room: usize) -> Option<Self> {
        let longer = f32::from(u16::try_from(page.width().max(page.height())).ok()?);
        let smaller = (1.0 / scale.max(1.0)).min(LONGEST / longer.max(1.0));
        let side = |pixels: u32| ((pixels as f32 * smaller).round() as u32).max(1);
        let smaller = (smaller < 0.95)
            .then(|| imageops::thumbnail(page, side(page.width()), side(page.height())));
        let page = smaller.as_ref().unwrap_or(page);
        let (width, height) = (
            u16::try_from(page.width()).ok()?,
            u16::try_from(page.height()).ok()?,
        );
        let sides = page.dimensions();
        let (coding, bytes) = match kind(page) {
            kind @ Coding::Colour => (kind, jpeg(page, sides, ExtendedColorType::Rgb8, room)?),
            kind @ Coding::Grey => {
                let grey = imageops::grayscale(page);
                (kind, jpeg(&grey, sides, ExtendedColorType::L8, room)?)
            }
            kind @ Coding::Fax => (kind, fax(&imageops::grayscale(page), width)?),
        };
        Some(Self {
            width,
            height,
            coding,
            bytes,
        })
    }
}

/// What kind of picture it is.
fn kind(page: &RgbImage) -> Coding {
    let (mut all, mut coloured, mut paper, mut between) = (0u32, 0u32, 0u32, 0u32);
    for pixel in page.pixels().step_by(SAMPLE) {
        let [red, green, blue] = pixel.0;
        let (least, most) = (red.min(green).min(blue), red.max(green).max(blue));
        all += 1;
        coloured += u32::from(most - least > 64);
        paper += u32::from(least >= PAPER);
        between += u32::from(least < PAPER && most > INK);
    }
    // A signature in blue ink is a hair of the page, and is to stay blue.
    if coloured * 5000 > all {
        Coding::Colour
    } else if between * 12 < all && paper * 10 > all * 7 {
        // Where print was drawn there are shades at its edges; paper that was photographed is never white all over.
        Coding::Fax
    } else {
        Coding::Grey
    }
}

/// A JPEG in about so much room: of less quality where it takes more.
fn jpeg(
    pixels: &[u8],
    (width, height): (u32, u32),
    colours: ExtendedColorType,
    room: usize,
) -> Option<Vec<u8>> {
    let encoded = |quality| {
        let mut file = Vec::new();
        JpegEncoder::new_with_quality(&mut file, quality)
            .write_image(pixels, width, height, colours)
            .ok()?;
        Some(file)
    };
    let fine = encoded(FINE)?;
    let fits = |tenths: usize| fine.len() <= room.saturating_mul(tenths) / 10;
    if fits(10) {
        return Some(fine);
    }
    let quality = SMALLER.iter().find(|(tenths, _)| fits(*tenths));
    quality.map_or(Some(fine), |(_, quality)| encoded(*quality))
}

fn fax(page: &GrayImage, width: u16) -> Option<Vec<u8>> {
    let mut encoder = Encoder::new(VecWriter::new());
    for row in page.as_raw().chunks(usize::from(width)) {
        let ink = |shade: &u8| {
            if *shade < 160 {
                Color::Black
            } else {
                Color::White
            }
        };
        encoder.encode_line(row.iter().map(ink), width).ok()?;
    }
    Some(encoder.finish().ok()?.finish())
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    /// A page with lines of print in one colour on another.
    fn printed(ink: [u8; 3], paper: [u8; 3]) -> RgbImage {
        RgbImage::from_fn(600, 800, |x, y| {
            let is_ink = y % 40 < 8 && x % 10 < 4 && (60..540).contains(&x);
            Rgb(if is_ink { ink } else { paper })
        })
    }

    #[test]
    fn print_on_clean_paper_is_kept_as_fax_and_a_photo_as_jpeg() {
        let coding = |page: RgbImage| Picture::of(&page, 1.0, usize::MAX).unwrap().coding;
        assert_eq!(coding(printed([0; 3], [255; 3])), Coding::Fax);
        assert_eq!(coding(printed([40; 3], [225; 3])), Coding::Grey);
        assert_eq!(coding(printed([170, 20, 30], [255; 3])), Coding::Colour);
    }

    #[test]
    fn what_takes_more_room_than_there_is_is_made_smaller() {
        let noisy = RgbImage::from_fn(600, 800, |x, y| {
            Rgb([0, 1, 2].map(|n| u8::try_from((x * 7919 + y * 104_729 + n * 31) % 251).unwrap()))
        });
        let fine = Picture::of(&noisy, 1.0, usize::MAX).unwrap().bytes.len();
        let close = Picture::of(&noisy, 1.0, fine - 1).unwrap().bytes.len();
        let least = Picture::of(&noisy, 1.0, 1).unwrap().bytes.len();
        assert!(least < close && close < fine, "{least} {close} {fine}");
    }

    #[test]
    fn what_was_enlarged_to_be_read_is_kept_as_it_was() {
        let picture = Picture::of(&printed([0; 3], [255; 3]), 2.0, usize::MAX).unwrap();
        assert_eq!((picture.width, picture.height), (300, 400));
    }
}
