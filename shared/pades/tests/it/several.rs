//! The signer, then the agency's seal.

use std::collections::BTreeSet;
use std::sync::Arc;

use pades::{
    Addition, Appearance, Area, Error, Extent, Font, Layer, Picture, Protection, Rect, Request,
    Reserved, Signer,
};

use crate::{authority, documents, grounds, judges, request, signing_time};

fn signer() -> Signer {
    authority().signer("Hoàng Đình Khuê").unwrap()
}

fn seal() -> Signer {
    authority().signer("Ủy ban nhân dân xã Bản Mây").unwrap()
}

/// A round seal, or a stroke of a pen, on nothing.
pub fn drawing(colour: [u8; 3], inked: impl Fn(f64, f64) -> bool) -> Vec<u8> {
    let image = image::RgbaImage::from_fn(300, 300, |x, y| {
        let (x, y) = (f64::from(x) / 150.0 - 1.0, f64::from(y) / 150.0 - 1.0);
        let [red, green, blue] = colour;
        image::Rgba([red, green, blue, if inked(x, y) { 255 } else { 0 }])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    image.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

pub fn seal_picture() -> Arc<Picture> {
    let png = drawing([200, 20, 20], |x, y| {
        let distance = x.hypot(y);
        (0.88..0.96).contains(&distance) || (0.6..0.64).contains(&distance)
    });
    Arc::new(Picture::from_png(&png).unwrap())
}

pub fn pen_picture() -> Arc<Picture> {
    let png = drawing([20, 40, 180], |x, y| {
        (y - 0.5 * (x * 9.0).sin()).abs() < 0.15
    });
    Arc::new(Picture::from_png(&png).unwrap())
}

pub fn font() -> Arc<Font> {
    let data = std::fs::read("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf").unwrap();
    Arc::new(Font::new(data).unwrap())
}

pub const SIGNER: Rect = Rect {
    x: 300.0,
    y: 400.0,
    width: 240.0,
    height: 90.0,
};
/// To the left of the signer's, over a third of it.
pub const SEAL: Rect = Rect {
    x: 260.0,
    y: 390.0,
    width: 100.0,
    height: 100.0,
};

pub fn words(name: &str) -> Vec<String> {
    vec![pades::signed_by(name), pades::signing_time(signing_time())]
}

pub fn signers_look() -> Appearance {
    Appearance {
        page: 1,
        area: Area::At(SIGNER),
        layers: vec![
            Layer::Picture {
                picture: pen_picture(),
                at: Rect {
                    x: 30.0,
                    y: 30.0,
                    width: 90.0,
                    height: 60.0,
                },
            },
            Layer::Text {
                lines: words("Hoàng Đình Khuê"),
                font: font(),
                size: 9.0,
                colour: [0, 0, 0],
                at: Rect {
                    x: 65.0,
                    y: 0.0,
                    width: 175.0,
                    height: 28.0,
                },
            },
        ],
    }
}

pub fn seals_look() -> Appearance {
    let whole = Rect {
        x: 0.0,
        y: 0.0,
        width: 100.0,
        height: 100.0,
    };
    Appearance {
        page: 1,
        area: Area::At(SEAL),
        layers: vec![Layer::Picture {
            picture: seal_picture(),
            at: whole,
        }],
    }
}

fn first(protection: Protection) -> Request {
    let mut first = request("NguoiKy");
    first.appearance = Some(signers_look());
    first.protection = protection;
    first
}

fn second() -> Request {
    let mut second = request("CoQuan");
    second.appearance = Some(seals_look());
    second.protection = Protection::Final;
    second
}

#[test]
fn signer_and_seal_are_both_valid() {
    for (name, pdf) in [
        ("two", documents::result()),
        ("two-packed", documents::packed(&documents::result())),
        ("two-plain", documents::plain()),
    ] {
        let once = pades::sign(&pdf, &signer(), &first(Protection::Open)).unwrap();
        let twice = pades::sign(&once, &seal(), &second()).unwrap();
        assert!(twice.starts_with(&once));
        judges::well_formed(&twice);
        judges::valid(name, &twice, "NguoiKy B-B, CoQuan B-B");
        let found = pades::verify(&twice, &grounds(), signing_time()).unwrap();
        assert_eq!(
            found[0].extent,
            Extent::Followed(BTreeSet::from([Addition::Signature]))
        );
        assert_eq!(found[1].extent, Extent::Whole);
    }
}

#[test]
fn a_certifying_signature_lets_the_reserved_seal_follow() {
    let mut first = first(Protection::Certify);
    first.reserve = vec![Reserved {
        field: "CoQuan".into(),
        page: 1,
        area: Area::At(SEAL),
        last: true,
    }];
    let once = pades::sign(&documents::result(), &signer(), &first).unwrap();
    judges::valid("certified", &once, "NguoiKy B-B");
    let twice = pades::sign(&once, &seal(), &second()).unwrap();
    judges::well_formed(&twice);
    judges::valid("certified-two", &twice, "NguoiKy B-B, CoQuan B-B");
}

#[test]
fn invisible_signatures_follow_each_other() {
    let once = pades::sign(&documents::result(), &signer(), &request("NguoiKy")).unwrap();
    let mut last = request("CoQuan");
    last.protection = Protection::Final;
    let twice = pades::sign(&once, &seal(), &last).unwrap();
    judges::valid("invisible-two", &twice, "NguoiKy B-B, CoQuan B-B");
}

#[test]
fn a_document_is_certified_first_or_never() {
    let once = pades::sign(&documents::plain(), &signer(), &request("NguoiKy")).unwrap();
    let refused = pades::sign(&once, &seal(), &first(Protection::Certify)).unwrap_err();
    assert!(
        matches!(refused, Error::FieldTaken(_) | Error::CertifiedTooLate),
        "{refused:?}"
    );
}

#[test]
fn a_reserved_field_gets_what_it_was_reserved_for() {
    for last in [true, false] {
        let mut first = first(Protection::Certify);
        first.reserve = vec![Reserved {
            field: "CoQuan".into(),
            page: 1,
            area: Area::At(SEAL),
            last,
        }];
        let once = pades::sign(&documents::plain(), &signer(), &first).unwrap();
        let mut other = second();
        other.protection = if last {
            Protection::Open
        } else {
            Protection::Final
        };
        let refused = pades::sign(&once, &seal(), &other).unwrap_err();
        assert!(
            matches!(refused, Error::ReservedOtherwise(_)),
            "{refused:?}"
        );
    }
}

#[test]
fn nothing_is_reserved_behind_a_closed_door() {
    let mut request = first(Protection::CertifyFinal);
    request.reserve = vec![Reserved {
        field: "CoQuan".into(),
        page: 1,
        area: Area::At(SEAL),
        last: true,
    }];
    let refused = pades::sign(&documents::plain(), &signer(), &request).unwrap_err();
    assert!(matches!(refused, Error::ReservedInVain), "{refused:?}");
}
