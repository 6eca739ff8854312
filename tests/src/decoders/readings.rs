//! What the programs that read papers answer: drawn pages and tables of words, made from files of strangers.

use std::sync::LazyLock;

use image::{Rgb, RgbImage};
use procedure::Paper;
use scan::decoders::{
    CERTAIN, CardCode, Grey, Origin, Picture, Place, Zone, codes_in, fields_on, for_reading,
    page_of, preview, survey,
};

use super::{fenced, parts, storable, text};

/// The most bytes that a made picture of grey may have here.
const SMALL: usize = 200_000;

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

/// Codes are found on the picture or not at all. The library that looks for them is fenced in, as it is in the service.
pub fn codes(bytes: &[u8]) {
    let picture = Grey::from_pgm(bytes).filter(|picture| picture.0.len() <= SMALL);
    let Some(picture) = picture else { return };
    let written = picture.clone().into_pgm();
    assert_eq!(
        Grey::from_pgm(&written).as_ref(),
        Some(&picture),
        "as written"
    );
    let found = fenced(|| codes_in(&picture.0)).unwrap_or_default();
    assert!(found.len() <= 16 && found.iter().all(|code| code.place.is_within()));
}

/// What a card's code or zone says is whole and well-formed, or is not told.
pub fn card(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if let Some(card) = CardCode::parse(text) {
        assert!(storable(&card.residence) || text.contains('\0'));
        assert!(card.old_number.is_none_or(|old| old.len() == 9));
    }
    if let Some(zone) = Zone::find(text, Place::WHOLE) {
        assert!(
            zone.lines.iter().all(|line| line.len() == 30),
            "{:?}",
            zone.lines
        );
        assert_eq!(zone.lines[0].get(15..27), Some(zone.number.as_str()));
        let again = Zone::find(&zone.lines.join("\n"), Place::WHOLE);
        assert_eq!(again, Some(zone), "its own lines say the same");
    }
}

/// A paper's file, a line `---`, Tesseract's table of a page: what is told is of the file's fields, well-formed, on the page, and
/// never certain where it only stands in print.
pub fn paper(bytes: &[u8]) {
    static CARD: LazyLock<Paper> = LazyLock::new(|| {
        let yaml = include_str!("../../../catalogue/papers/can-cuoc.yaml");
        Paper::from_yaml(yaml).expect("the card's file")
    });
    let (yaml, table) = parts(bytes, b"\n---\n");
    let pages = [page_of(&String::from_utf8_lossy(table))];
    let read = text(yaml).map(Paper::from_yaml);
    let paper = match &read {
        Some(Ok(paper)) => paper,
        Some(Err(invalid)) => {
            assert!(!invalid.to_string().trim().is_empty());
            &CARD
        }
        None => &CARD,
    };
    let told = fields_on(paper, &pages);
    assert!(told.len() <= 40);
    for field in told {
        assert!(paper.field(&field.name).is_some(), "{}", field.name);
        assert!(storable(&field.value) && !field.value.is_empty());
        assert!(field.place.is_within());
        let printed = matches!(field.origin, Origin::Print | Origin::Text);
        assert!(
            !printed || field.confidence < CERTAIN,
            "{}",
            field.confidence
        );
    }
}
