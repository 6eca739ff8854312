//! Stamps: what is printed under a red seal can be read again once the seal is gone. Red print is left alone.

use image::{GrayImage, Luma, Rgb, RgbImage};

use super::{leaders::INK, marks};

/// By how much red stands out in a pixel of a seal, and at its rim.
const RED: u8 = 45;
const REDDISH: u8 = 22;
/// The least a seal measures, as a part of the page's longer side: on A4 somewhat more than a centimetre.
const LEAST: u32 = 25;

/// Makes seals as light as the paper in the grey picture of a page.
pub fn fade(page: &RgbImage, grey: &mut GrayImage) {
    let (width, height) = page.dimensions();
    let mut red = GrayImage::new(width, height);
    let mut count = 0u32;
    for (mark, colour) in red.iter_mut().zip(page.pixels()) {
        let is_red = redness(*colour) > RED;
        count += u32::from(is_red);
        *mark = if is_red { 0 } else { 255 };
    }
    let longer = width.max(height);
    if count < longer {
        return;
    }
    for seal in marks::of(&red, INK) {
        let (wide, tall) = (seal.width(), seal.height());
        // A red field with print on it is no seal.
        if wide.min(tall) * LEAST < longer || seal.ink * 5 > wide * tall * 3 {
            continue;
        }
        let rim = 3;
        for y in seal.top.saturating_sub(rim)..(seal.bottom + rim).min(height) {
            for x in seal.left.saturating_sub(rim)..(seal.right + rim).min(width) {
                let colour = *page.get_pixel(x, y);
                if redness(colour) > REDDISH {
                    grey.put_pixel(x, y, Luma([colour.0[0]]));
                }
            }
        }
    }
}

fn redness(Rgb([red, green, blue]): Rgb<u8>) -> u8 {
    red.saturating_sub(green.max(blue))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::imageops;

    #[test]
    fn a_seal_goes_and_the_print_under_it_and_red_print_stay() {
        let page = RgbImage::from_fn(1000, 1400, |x, y| {
            let off = (x as f32 - 500.0).hypot(y as f32 - 1000.0);
            let print = (995..1010).contains(&y) && x % 20 < 8;
            let number = (100..130).contains(&y) && (100..400).contains(&x) && x % 20 < 8;
            Rgb(match () {
                () if print => [30, 25, 28],
                () if (120.0..128.0).contains(&off) || number => [205, 40, 50],
                () => [240, 238, 230],
            })
        });
        let mut grey = imageops::grayscale(&page);
        let before = grey.clone();
        fade(&page, &mut grey);
        assert!(grey.get_pixel(500, 876).0[0] > 190, "the seal");
        assert!(grey.get_pixel(380, 1000).0[0] < 60, "print under it");
        assert_eq!(
            grey.get_pixel(103, 110),
            before.get_pixel(103, 110),
            "red print"
        );
    }
}
