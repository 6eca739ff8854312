//! What is told of pictures with little light, with a lamp in them, and of those that cut the page off.

use image::{RgbImage, imageops};

use crate::{
    domain::{Flaw, FlawKind, Weight},
    page::survey,
};

const PHOTO: &[u8] = include_bytes!("../../../../../examples/to-khai-trich-luc.jpg");

fn photo() -> RgbImage {
    image::load_from_memory(PHOTO).unwrap().into_rgb8()
}

/// The photo with every pixel's light changed, by where it is in parts of the picture.
fn lit(light: impl Fn(f32, f32, f32) -> f32) -> RgbImage {
    let mut picture = photo();
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        pixel.0 = pixel.0.map(|shade| {
            light(f32::from(shade), x as f32 / width, y as f32 / height).clamp(0.0, 255.0) as u8
        });
    }
    picture
}

fn told(picture: &RgbImage) -> Vec<(FlawKind, Weight)> {
    let flaws = survey(picture).flaws;
    flaws.iter().map(|flaw| (flaw.kind, flaw.weight)).collect()
}

fn the_one(picture: &RgbImage, kind: FlawKind) -> Flaw {
    let flaws = survey(picture).flaws;
    let found = flaws.iter().find(|flaw| flaw.kind == kind).copied();
    found.unwrap_or_else(|| panic!("no {kind:?} among {flaws:?}"))
}

#[test]
fn a_good_picture_has_no_flaw() {
    assert_eq!(told(&photo()), []);
}

#[test]
fn a_picture_in_the_dusk_is_dark_and_one_in_the_night_unusable() {
    for (light, weight) in [(0.22, Weight::Advice), (0.06, Weight::Unusable)] {
        let picture = lit(|shade, _, _| shade * light);
        let seen = the_one(&picture, FlawKind::Dark).weight;
        assert_eq!(seen, weight, "{:?}", told(&picture));
    }
}

#[test]
fn a_shadow_is_told_where_it_lies() {
    let shaded = lit(|shade, x, y| {
        if x < 0.5 && y > 0.5 {
            shade * 0.1
        } else {
            shade
        }
    });
    let place = the_one(&shaded, FlawKind::Dark).place;
    assert!(
        place.left < 0.1 && place.top > 0.35 && place.width < 0.65,
        "{place:?}"
    );
}

#[test]
fn a_lamp_in_the_page_is_glare_where_it_shines() {
    let lamp = lit(|shade, x, y| {
        let far = ((x - 0.6).powi(2) + (y - 0.4).powi(2)).sqrt();
        if far < 0.12 { 255.0 } else { shade * 0.8 }
    });
    let place = the_one(&lamp, FlawKind::Glare).place;
    let (x, y) = (
        place.left + place.width / 2.0,
        place.top + place.height / 2.0,
    );
    assert!((x - 0.6).abs() < 0.1 && (y - 0.4).abs() < 0.1, "{place:?}");
}

#[test]
fn print_beyond_the_edge_is_cut_on_that_side() {
    let whole = photo();
    let (width, height) = whole.dimensions();
    let right = imageops::crop_imm(&whole, 0, 0, width * 3 / 5, height).to_image();
    let place = the_one(&right, FlawKind::Cut).place;
    assert!(place.left > 0.8 && place.height > 0.9, "{place:?}");
    let left = imageops::crop_imm(&whole, width / 3, 0, width * 2 / 3, height).to_image();
    let place = the_one(&left, FlawKind::Cut).place;
    assert!(place.left < 0.05 && place.width < 0.2, "{place:?}");
}
