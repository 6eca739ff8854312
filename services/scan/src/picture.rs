//! Pictures decoded to what a page is made right from: in colour, upright as the camera says, on white, not larger than it
//! helps.

use std::io::Cursor;

use contracts::Refused;
use image::{
    DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Rgb, RgbImage, imageops,
};

use crate::{
    domain::{Limits, MediaType, unreadable},
    page::LONGEST,
    pages_of::{Leaf, starting_at},
};

/// The most memory one decoder may ask for.
const MEMORY: u64 = 512 * 1024 * 1024;
/// The longer side of A4, in tenths of an inch.
const A4_LONG_SIDE: u32 = 117;

/// A page in shades of grey, for a reading program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grey(pub GrayImage);

impl Grey {
    /// The page as a binary PGM, the plainest picture file there is.
    pub fn into_pgm(self) -> Vec<u8> {
        let mut file = format!("P5\n{} {}\n255\n", self.0.width(), self.0.height()).into_bytes();
        file.extend_from_slice(&self.0);
        file
    }

    /// Reads a binary PGM of 256 shades.
    pub fn from_pgm(file: &[u8]) -> Option<Self> {
        let (width, height, shades) = netpbm(file, b"P5", 1)?;
        GrayImage::from_raw(width, height, shades.to_vec()).map(Self)
    }

    /// The same page on its head.
    #[must_use]
    pub fn turned(&self) -> Self {
        Self(imageops::rotate180(&self.0))
    }

    /// Dots an inch, were the page A4: phone pictures don't know.
    pub fn dpi(&self) -> u32 {
        (self.0.width().max(self.0.height()) * 10 / A4_LONG_SIDE).clamp(70, 600)
    }
}

/// A page in colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture(pub RgbImage);

impl Picture {
    /// The page in shades of grey.
    pub fn grey(&self) -> Grey {
        Grey(imageops::grayscale(&self.0))
    }

    /// The page as a binary PPM.
    pub fn into_ppm(self) -> Vec<u8> {
        let mut file = format!("P6\n{} {}\n255\n", self.0.width(), self.0.height()).into_bytes();
        file.extend_from_slice(&self.0);
        file
    }

    /// Reads a binary PPM of 256 shades, as `pdftoppm` writes it.
    pub fn from_ppm(file: &[u8]) -> Option<Self> {
        let (width, height, shades) = netpbm(file, b"P6", 3)?;
        RgbImage::from_raw(width, height, shades.to_vec()).map(Self)
    }
}

/// Width, height and pixels of a binary picture of 256 shades, of so many bytes each.
fn netpbm<'a>(file: &'a [u8], magic: &[u8], depth: u64) -> Option<(u32, u32, &'a [u8])> {
    let mut rest = file.strip_prefix(magic)?;
    let mut number = || -> Option<u32> {
        let from = rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        let digits = rest
            .get(from..)?
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let number = std::str::from_utf8(rest.get(from..from + digits)?)
            .ok()?
            .parse()
            .ok()?;
        rest = rest.get(from + digits..)?;
        Some(number)
    };
    let (width, height, shades) = (number()?, number()?, number()?);
    let pixels = rest.get(1..)?;
    let whole = u64::from(width)
        .checked_mul(u64::from(height))
        .and_then(|pixels| pixels.checked_mul(depth))?
        == u64::try_from(pixels.len()).ok()?;
    (shades == 255 && whole && !pixels.is_empty()).then_some((width, height, pixels))
}

/// Decodes one page of a picture file. Takes time: call it where blocking is allowed.
pub fn decode(
    kind: MediaType,
    bytes: Vec<u8>,
    leaf: Leaf,
    limits: &Limits,
) -> Result<Picture, Refused> {
    let (format, bytes) = match (kind, leaf) {
        (MediaType::Jpeg, _) => (ImageFormat::Jpeg, bytes),
        (MediaType::Png, _) => (ImageFormat::Png, bytes),
        (MediaType::Webp, _) => (ImageFormat::WebP, bytes),
        (MediaType::Tiff, Leaf::Picture { directory, .. }) => {
            (ImageFormat::Tiff, starting_at(bytes, directory))
        }
        (MediaType::Tiff | MediaType::Pdf | MediaType::Heic, _) => return Err(unreadable()),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut memory = image::Limits::default();
    memory.max_alloc = Some(MEMORY);
    reader.limits(memory);
    let mut decoder = reader.into_decoder().map_err(|_| unreadable())?;
    let (width, height) = decoder.dimensions();
    limits.take_pixels(width, height)?;
    let turn = decoder.orientation().map_err(|_| unreadable())?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| unreadable())?;
    picture.apply_orientation(turn);
    Ok(Picture(shrink(on_white(picture))))
}

/// In colour, with whatever is transparent turned to paper.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let colours = picture.into_rgba8();
    RgbImage::from_fn(colours.width(), colours.height(), |x, y| {
        let [red, green, blue, opacity] = colours.get_pixel(x, y).0.map(u16::from);
        let mixed = |shade: u16| (shade * opacity + 255 * (255 - opacity)) / 255;
        Rgb([red, green, blue].map(|shade| u8::try_from(mixed(shade)).unwrap_or(u8::MAX)))
    })
}

fn shrink(page: RgbImage) -> RgbImage {
    let longer = page.width().max(page.height());
    if longer <= LONGEST {
        return page;
    }
    let scaled = |side: u32| {
        let side = u64::from(side) * u64::from(LONGEST) / u64::from(longer);
        u32::try_from(side).unwrap_or(LONGEST).max(1)
    };
    // Every pixel counts, and nothing is held in between: a resize of 80 megapixels in floats is a gigabyte.
    imageops::thumbnail(&page, scaled(page.width()), scaled(page.height()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ExtendedColorType, ImageEncoder, Luma, LumaA};
    use proptest::prelude::*;

    const LIMITS: Limits = Limits {
        bytes: 50 * 1024 * 1024,
        pages: 100,
        pixels: 80_000_000,
    };
    const LEAF: Leaf = Leaf::Picture {
        width: 0,
        height: 0,
        directory: 8,
    };

    fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    #[test]
    fn every_kind_of_picture_is_decoded() {
        let picture = DynamicImage::ImageRgb8(RgbImage::from_pixel(40, 30, Rgb([250, 240, 230])));
        for (kind, format) in [
            (MediaType::Jpeg, ImageFormat::Jpeg),
            (MediaType::Png, ImageFormat::Png),
            (MediaType::Webp, ImageFormat::WebP),
        ] {
            let page = decode(kind, file(&picture, format), LEAF, &LIMITS).unwrap();
            assert_eq!(page.0.dimensions(), (40, 30), "{kind:?}");
            let [red, _, blue] = page.0.get_pixel(20, 15).0;
            assert!(red > 240 && blue < 240, "{kind:?}: {red} {blue}");
        }
    }

    #[test]
    fn what_is_transparent_becomes_paper() {
        let clear = DynamicImage::ImageLumaA8(image::ImageBuffer::from_pixel(8, 8, LumaA([0, 0])));
        let page = decode(
            MediaType::Png,
            file(&clear, ImageFormat::Png),
            LEAF,
            &LIMITS,
        )
        .unwrap();
        assert_eq!(page.0.get_pixel(4, 4), &Rgb([255; 3]));
    }

    #[test]
    fn a_picture_taken_sideways_is_turned_upright() {
        let picture = GrayImage::from_fn(40, 20, |x, _| Luma([if x < 20 { 0 } else { 255 }]));
        let mut file = Vec::new();
        let mut encoder = image::codecs::jpeg::JpegEncoder::new(&mut file);
        // A TIFF header with one entry: orientation 6, "turn right to see it".
        let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
        encoder.set_exif_metadata(exif).unwrap();
        encoder
            .write_image(&picture, 40, 20, ExtendedColorType::L8)
            .unwrap();
        let page = decode(MediaType::Jpeg, file, LEAF, &LIMITS).unwrap();
        assert_eq!(page.0.dimensions(), (20, 40));
        assert!(page.0.get_pixel(10, 5).0[0] < 30 && page.0.get_pixel(10, 35).0[0] > 220);
    }

    #[test]
    fn a_page_larger_than_helps_is_made_smaller() {
        let picture = DynamicImage::ImageLuma8(GrayImage::from_pixel(6000, 300, Luma([255])));
        let page = decode(
            MediaType::Png,
            file(&picture, ImageFormat::Png),
            LEAF,
            &LIMITS,
        )
        .unwrap();
        assert_eq!(page.0.dimensions(), (4000, 200));
        assert_eq!(Grey(imageops::grayscale(&page.0)).dpi(), 341);
    }

    #[test]
    fn what_is_written_as_ppm_is_read_again() {
        let page = Picture(RgbImage::from_fn(3, 2, |x, _| {
            Rgb([u8::try_from(x).unwrap_or(0) + 10, 7, 0])
        }));
        assert_eq!(Picture::from_ppm(&page.clone().into_ppm()), Some(page));
        for broken in [
            b"".as_slice(),
            b"P6",
            b"P6\n1 2\n255\n12345",
            b"P6\n0 0\n255\n",
            b"P5\n1 1\n255\n1",
            b"P6\n4294967295 4294967295\n255\n1",
            b"P6\n3",
        ] {
            assert_eq!(Picture::from_ppm(broken), None);
        }
    }

    #[test]
    fn half_a_picture_is_unreadable() {
        let noise = DynamicImage::ImageLuma8(GrayImage::from_fn(200, 200, |x, y| {
            Luma([u8::try_from((x * 7919 + y * 104_729) % 251).unwrap_or(0)])
        }));
        for (kind, format) in [
            (MediaType::Png, ImageFormat::Png),
            (MediaType::Webp, ImageFormat::WebP),
            (MediaType::Tiff, ImageFormat::Tiff),
        ] {
            let whole = file(&noise, format);
            let half = whole[..whole.len() / 2].to_vec();
            assert_eq!(
                decode(kind, half, LEAF, &LIMITS),
                Err(unreadable()),
                "{kind:?}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn a_spoilt_picture_gets_an_answer(
            kind in proptest::sample::select(vec![MediaType::Jpeg, MediaType::Png, MediaType::Webp, MediaType::Tiff]),
            at in any::<proptest::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let format = match kind {
                MediaType::Jpeg => ImageFormat::Jpeg,
                MediaType::Png => ImageFormat::Png,
                MediaType::Webp => ImageFormat::WebP,
                _ => ImageFormat::Tiff,
            };
            let picture = DynamicImage::ImageRgb8(RgbImage::from_fn(9, 7, |x, y| {
                Rgb([u8::try_from(x * 20).unwrap_or(0), u8::try_from(y * 30).unwrap_or(0), 9])
            }));
            let mut bytes = file(&picture, format);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let small = Limits { pixels: 1_000_000, ..LIMITS };
            let _ = decode(kind, bytes, LEAF, &small);
        }
    }
}
