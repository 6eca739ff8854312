//! What signatures show.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use pades::{Appearance, Area, Error, Font, Layer, Picture, Rect};

use crate::several::{self, font};
use crate::{authority, documents, judges, request};

/// The first page, a pixel a point.
fn seen(path: &Path) -> image::RgbImage {
    let to = path.with_extension("");
    let status = Command::new("pdftoppm")
        .args(["-r", "72", "-png", "-singlefile"])
        .args([path, &to])
        .status()
        .unwrap();
    assert!(status.success());
    image::open(path.with_extension("png")).unwrap().into_rgb8()
}

/// Pixels within a rectangle, measured from the page's lower left corner, that pass.
fn count(image: &image::RgbImage, rect: Rect, passes: impl Fn([u8; 3]) -> bool) -> usize {
    image
        .enumerate_pixels()
        .filter(|(x, y, pixel)| {
            let (x, y) = (f64::from(*x), f64::from(image.height() - y));
            (rect.x..rect.x + rect.width).contains(&x)
                && (rect.y..rect.y + rect.height).contains(&y)
                && passes(pixel.0)
        })
        .count()
}

fn red([red, green, blue]: [u8; 3]) -> bool {
    red > 150 && green < 110 && blue < 110
}

fn blue([red, green, blue]: [u8; 3]) -> bool {
    blue > 130 && red < 110 && green < 130
}

fn dark(pixel: [u8; 3]) -> bool {
    pixel.iter().all(|&part| part < 110)
}

fn signed(appearance: Appearance) -> Vec<u8> {
    let mut request = request("ChuKy1");
    request.appearance = Some(appearance);
    let signer = authority().signer("Hoàng Đình Khuê").unwrap();
    pades::sign(&documents::plain(), &signer, &request).unwrap()
}

fn only(layer: Layer, rect: Rect) -> Appearance {
    Appearance {
        page: 1,
        area: Area::At(rect),
        layers: vec![layer],
    }
}

const PLACE: Rect = Rect {
    x: 20.0,
    y: 10.0,
    width: 250.0,
    height: 60.0,
};
const WHOLE: Rect = Rect {
    x: 0.0,
    y: 0.0,
    width: 250.0,
    height: 60.0,
};

#[test]
fn pen_seal_and_words_are_seen_where_they_belong() {
    let mut first = request("NguoiKy");
    first.appearance = Some(several::signers_look());
    let mut second = request("CoQuan");
    second.appearance = Some(several::seals_look());
    let signer = authority().signer("Hoàng Đình Khuê").unwrap();
    let once = pades::sign(&documents::result(), &signer, &first).unwrap();
    let twice = pades::sign(&once, &signer, &second).unwrap();
    let page = seen(&judges::keep("seen", &twice));
    assert!(count(&page, several::SEAL, red) > 300);
    assert!(count(&page, several::SIGNER, blue) > 150);
    assert!(count(&page, several::SIGNER, dark) > 200);
    // Above the words, the seal lies over the signature, and not beside it.
    let shared = Rect {
        x: 300.0,
        y: 400.0,
        width: 60.0,
        height: 90.0,
    };
    assert!(count(&page, shared, red) > 50);
    // Nothing else turned red or blue.
    let whole = Rect {
        x: 0.0,
        y: 0.0,
        width: 600.0,
        height: 850.0,
    };
    assert_eq!(count(&page, whole, red), count(&page, several::SEAL, red));
}

#[test]
fn an_annex_shows_words_in_the_upper_right_corner() {
    let place = Rect {
        x: 0.0,
        y: 0.0,
        width: 150.0,
        height: 30.0,
    };
    let layer = Layer::Text {
        lines: several::words("Ủy ban nhân dân xã Bản Mây"),
        font: font(),
        size: 8.0,
        colour: [0, 0, 0],
        at: place,
    };
    let area = Area::TopRight {
        width: 150.0,
        height: 30.0,
        margin: 10.0,
    };
    let annex = signed(Appearance {
        page: 1,
        area,
        layers: vec![layer],
    });
    let page = seen(&judges::keep("annex", &annex));
    let corner = Rect {
        x: 140.0,
        y: 160.0,
        width: 150.0,
        height: 30.0,
    };
    assert!(count(&page, corner, dark) > 50);
    judges::valid("annex", &annex, "ChuKy1 B-B");
}

#[test]
fn every_vietnamese_letter_is_drawn() {
    let letters = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđ";
    let lines = vec![letters.into(), letters.to_uppercase()];
    let text = Layer::Text {
        lines,
        font: font(),
        size: 9.0,
        colour: [0, 0, 0],
        at: WHOLE,
    };
    let page = seen(&judges::keep("letters", &signed(only(text, PLACE))));
    assert!(count(&page, PLACE, dark) > 300);
}

#[test]
fn letters_in_parts_are_the_same_as_whole_ones() {
    let text = |line: &str| Layer::Text {
        lines: vec![line.into()],
        font: font(),
        size: 9.0,
        colour: [0, 0, 0],
        at: WHOLE,
    };
    let whole = seen(&judges::keep("whole", &signed(only(text("Ký bởi"), PLACE))));
    let parts = seen(&judges::keep(
        "parts",
        &signed(only(text("Ky\u{301} bo\u{31b}\u{309}i"), PLACE)),
    ));
    assert_eq!(whole, parts);
}

#[test]
fn a_page_made_elsewhere_is_shown() {
    let pdf: Arc<[u8]> = documents::result().into();
    let signed = signed(only(Layer::Page { pdf, at: WHOLE }, PLACE));
    judges::well_formed(&signed);
    judges::valid("page", &signed, "ChuKy1 B-B");
    let page = seen(&judges::keep("page", &signed));
    assert!(count(&page, PLACE, |pixel| pixel[0] < 200) > 50);
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let refusal = |layer| {
        let mut request = request("ChuKy1");
        request.appearance = Some(only(layer, PLACE));
        let signer = authority().signer("Hoàng Đình Khuê").unwrap();
        pades::sign(&documents::plain(), &signer, &request).unwrap_err()
    };
    let text = |line: String| Layer::Text {
        lines: vec![line],
        font: font(),
        size: 9.0,
        colour: [0, 0, 0],
        at: WHOLE,
    };
    assert!(matches!(refusal(text("字".into())), Error::Glyph('字')));
    assert!(matches!(
        refusal(text("a".repeat(3000))),
        Error::Appearance(_)
    ));
    let pdf: Arc<[u8]> = b"%PDF-1.7 hello".to_vec().into();
    assert!(matches!(
        refusal(Layer::Page { pdf, at: WHOLE }),
        Error::Document(_)
    ));
    assert!(matches!(
        Picture::from_png(b"GIF89a"),
        Err(Error::Picture(_))
    ));
    assert!(matches!(Font::new(b"no font".to_vec()), Err(Error::Font)));
    let nowhere = Rect {
        width: 0.0,
        ..PLACE
    };
    let mut request = request("ChuKy1");
    request.appearance = Some(only(text("a".into()), nowhere));
    let signer = authority().signer("Hoàng Đình Khuê").unwrap();
    let refused = pades::sign(&documents::plain(), &signer, &request).unwrap_err();
    assert!(matches!(refused, Error::Appearance(_)));
}
