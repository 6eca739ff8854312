//! What the programs that read papers answer: drawn pages and tables of words, made from files of strangers.

use image::{Rgb, RgbImage};
use scan::decoders::{Picture, for_reading, page_of, preview, survey};

use super::storable;

/// A drawn page is taken whole or not at all.
pub fn ppm(bytes: &[u8]) {
    let Some(page) = Picture::from_ppm(bytes) else {
        return;
    };
    let written = page.clone().into_ppm();
    assert_eq!(Picture::from_ppm(&written), Some(page), "as written");
}

/// Any picture is made right or left as it is: no larger than helps, its flaws on the page, and small when shown.
pub fn page(bytes: &[u8]) {
    let [across, down, coarse, colours @ ..] = bytes else {
        return;
    };
    let (width, height) = (u32::from(*across) * 2, u32::from(*down) * 2);
    if width == 0 || height == 0 || colours.is_empty() {
        return;
    }
    // A few bytes make a picture: patches of so many pixels, in these shades over and over.
    let patch = u32::from(*coarse) + 1;
    let across = width.div_ceil(patch);
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let at = (y / patch * across + x / patch) as usize;
        let shade = |colour: usize| colours[(at + colour) % colours.len()];
        Rgb([shade(0), shade(at % 2), shade(0)])
    });
    let survey = survey(&picture);
    let straight = survey.straighten(picture);
    assert!(straight.width() <= 6000 && straight.height() <= 6000);
    let grey = for_reading(&straight);
    assert_eq!(grey.dimensions(), straight.dimensions());
    for survey in [survey.clone(), survey.turned()] {
        assert!(survey.flaws.iter().all(|flaw| flaw.place.is_within()));
        let corners = survey.lie.corners;
        assert!(corners.iter().all(|(x, y)| x.is_finite() && y.is_finite()));
        assert!((1..=60 * 1024).contains(&preview(&straight, &survey.flaws).0.len()));
    }
}

/// Any table becomes a page that can be kept, with a confidence that is one.
pub fn tsv(bytes: &[u8]) {
    let table = String::from_utf8_lossy(bytes);
    let page = page_of(&table);
    assert!(storable(&page.text));
    // Composing letters makes three bytes of one at most.
    assert!(page.text.len() <= 3 * table.len() + 3);
    assert!(page.letters() <= page.text.chars().count());
    for word in &page.words {
        assert!(storable(&word.text) && word.place.is_within());
        assert!(
            (0.0..=100.0).contains(&word.confidence),
            "{}",
            word.confidence
        );
    }
    if let Some(confidence) = page.confidence {
        assert!((0.0..=100.0).contains(&confidence), "{confidence}");
    }
}
