//! A small picture of the page to show people: what was made of it, and where something is wrong.

use image::{ImageEncoder, Rgb, RgbImage, codecs::jpeg::JpegEncoder, imageops};
use imageproc::{drawing::draw_hollow_rect_mut, rect::Rect};

use crate::domain::{Flaw, Place, Preview, Weight};

/// The most bytes it takes.
pub const MOST: usize = 60 * 1024;
/// The longer side, in pixels, and the quality tried first; then less and less.
const TRIES: [(u32, u8); 4] = [(1000, 70), (900, 50), (700, 40), (400, 30)];
const RED: Rgb<u8> = Rgb([214, 30, 30]);

/// A JPEG of at most 60 KB, without any metadata. Empty if it can't be made.
pub fn preview(page: &RgbImage, flaws: &[Flaw]) -> Preview {
    for (longest, quality) in TRIES {
        let scale = (longest as f32 / page.width().max(page.height()).max(1) as f32).min(1.0);
        let scaled = |side: u32| ((side as f32 * scale) as u32).max(1);
        let mut small = imageops::thumbnail(page, scaled(page.width()), scaled(page.height()));
        for flaw in flaws {
            mark(&mut small, flaw);
        }
        let mut file = Vec::new();
        let (width, height) = small.dimensions();
        let written = JpegEncoder::new_with_quality(&mut file, quality).write_image(
            &small,
            width,
            height,
            image::ExtendedColorType::Rgb8,
        );
        if written.is_ok() && file.len() <= MOST {
            return Preview(file);
        }
    }
    Preview(Vec::new())
}

/// A frame of three pixels around a place where there is something to do.
fn mark(page: &mut RgbImage, flaw: &Flaw) {
    if flaw.weight == Weight::Note {
        return;
    }
    let Place {
        left,
        top,
        width,
        height,
    } = flaw.place;
    let (across, down) = (page.width() as f32, page.height() as f32);
    for inset in 0..3 {
        let inset = inset as f32;
        let (x, y) = (left * across + inset, top * down + inset);
        let (wide, tall) = (width * across - inset * 2.0, height * down - inset * 2.0);
        if wide >= 1.0 && tall >= 1.0 {
            let frame = Rect::at(x as i32, y as i32).of_size(wide as u32, tall as u32);
            draw_hollow_rect_mut(page, frame, RED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FlawKind;

    #[test]
    fn even_noise_fits_and_the_flaw_is_framed() {
        let noise = RgbImage::from_fn(1200, 1700, |x, y| {
            let shade =
                (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)).wrapping_mul(2_654_435_761);
            Rgb([(shade >> 24) as u8, (shade >> 16) as u8, (shade >> 8) as u8])
        });
        assert!((1..=MOST).contains(&preview(&noise, &[]).0.len()));

        let white = RgbImage::from_pixel(800, 1000, Rgb([255; 3]));
        let flaw = Flaw {
            kind: FlawKind::Glare,
            weight: Weight::Advice,
            place: Place::clamped(0.25, 0.5, 0.5, 0.25),
        };
        let shown = image::load_from_memory(&preview(&white, &[flaw]).0)
            .unwrap()
            .into_rgb8();
        let at = |x: u32, y: u32| shown.get_pixel(x, y).0;
        let [red, green, _] = at(400, 501);
        assert!(red > green + 80, "{:?}", at(400, 501));
        assert!(at(400, 400).iter().all(|&shade| shade > 240));
    }
}
