//! How many pages a file has and how large they are, told by its structure before a single pixel is decoded.

use std::io::Cursor;

use contracts::Refused;
use image::{ImageFormat, ImageReader};
use lopdf::{Dictionary, Document, LoadOptions, Object};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{Limits, MediaType, unreadable},
    parts,
};

mod heif;
mod tiff;

pub use tiff::starting_at;

/// One page as the file lays it out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Leaf {
    /// A picture of so many pixels; in a TIFF, the place of its directory.
    Picture {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// Where its directory begins, for a TIFF.
        directory: u32,
    },
    /// A page of a PDF, in points (1/72 inch).
    Drawn {
        /// Width in points.
        width: f32,
        /// Height in points.
        height: f32,
    },
}

/// Lays out the pages of a file, or says why it can't be used. Takes time: call it where blocking is allowed.
pub fn pages_of(kind: MediaType, bytes: &[u8], limits: &Limits) -> Result<Vec<Leaf>, Refused> {
    let leaves = match kind {
        MediaType::Pdf => return pages_of_pdf(&open_pdf(bytes)?, limits),
        MediaType::Tiff => tiff::leaves(bytes, limits.pages)?,
        MediaType::Jpeg => {
            parts::jpeg(bytes).ok_or_else(unreadable)?;
            vec![picture(bytes, ImageFormat::Jpeg)?]
        }
        MediaType::Png => vec![picture(bytes, ImageFormat::Png)?],
        MediaType::Webp => vec![picture(bytes, ImageFormat::WebP)?],
        MediaType::Heic => vec![heif::leaf(bytes).ok_or_else(unreadable)?],
    };
    limits.take_pages(leaves.len())?;
    for leaf in &leaves {
        if let Leaf::Picture { width, height, .. } = *leaf {
            limits.take_pixels(width, height)?;
        }
    }
    Ok(leaves)
}

fn picture(bytes: &[u8], format: ImageFormat) -> Result<Leaf, Refused> {
    let (width, height) = ImageReader::with_format(Cursor::new(bytes), format)
        .into_dimensions()
        .map_err(|_| unreadable())?;
    Ok(Leaf::Picture {
        width,
        height,
        directory: 0,
    })
}

/// The most any one stream of a PDF's structure may unpack to.
const UNPACKED: usize = 64 * 1024 * 1024;
/// How far up the page tree a size is looked for.
const DEPTH: usize = 32;
/// A4 in points, for a page that does not say.
const A4: (f32, f32) = (595.0, 842.0);

/// Opens a PDF's structure. One that asks for a password can't be; one that only forbids printing can.
pub fn open_pdf(bytes: &[u8]) -> Result<Document, Refused> {
    let locked = || {
        Refused::new(
            "Tệp PDF có mật khẩu; hãy gỡ mật khẩu rồi gửi lại",
            "The PDF is protected by a password; remove it and send the file again",
        )
    };
    let options = LoadOptions {
        max_decompressed_size: Some(UNPACKED),
        ..LoadOptions::default()
    };
    match Document::load_mem_with_options(bytes, options) {
        Ok(document) if document.is_encrypted() => Err(locked()),
        Ok(document) => Ok(document),
        Err(lopdf::Error::InvalidPassword | lopdf::Error::Decryption(_)) => Err(locked()),
        Err(_) => Err(unreadable()),
    }
}

/// Lays out the pages of an opened PDF.
pub fn pages_of_pdf(document: &Document, limits: &Limits) -> Result<Vec<Leaf>, Refused> {
    let one_too_many = limits.pages as usize + 1;
    let leaves: Vec<_> = document
        .page_iter()
        .take(one_too_many)
        .map(|page| {
            let (width, height) = size(document, page).unwrap_or(A4);
            Leaf::Drawn { width, height }
        })
        .collect();
    limits.take_pages(leaves.len())?;
    Ok(leaves)
}

/// A page's size, its own or inherited.
fn size(document: &Document, page: lopdf::ObjectId) -> Option<(f32, f32)> {
    let mut node: &Dictionary = document.get_dictionary(page).ok()?;
    for _ in 0..DEPTH {
        if let Ok(corners) = node
            .get_deref(b"MediaBox", document)
            .and_then(Object::as_array)
        {
            let number = |at: usize| match corners.get(at) {
                Some(Object::Reference(id)) => {
                    document.get_object(*id).and_then(Object::as_float).ok()
                }
                Some(object) => object.as_float().ok(),
                None => None,
            };
            let (width, height) = (
                (number(2)? - number(0)?).abs(),
                (number(3)? - number(1)?).abs(),
            );
            let sane = |length: f32| length.is_finite() && length >= 1.0;
            return (sane(width) && sane(height)).then_some((width, height));
        }
        node = node
            .get_deref(b"Parent", document)
            .and_then(Object::as_dict)
            .ok()?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: Limits = Limits {
        bytes: 50 * 1024 * 1024,
        pages: 100,
        pixels: 80_000_000,
    };
    const PHOTO: &[u8] = include_bytes!("../../../examples/to-khai-trich-luc.jpg");
    const FORM: &[u8] = include_bytes!("../../../examples/to-khai-trich-luc.pdf");
    const LOCKED: &[u8] = include_bytes!("../../../examples/co-mat-khau.pdf");
    const CUT: &[u8] = include_bytes!("../../../examples/anh-bi-cut.jpg");

    fn reason(kind: MediaType, bytes: &[u8]) -> String {
        pages_of(kind, bytes, &LIMITS).map_or_else(
            |refused| refused.en.into_owned(),
            |leaves| format!("{leaves:?}"),
        )
    }

    #[test]
    fn a_photo_is_one_page_and_a_pdf_has_its_own_count() {
        let photo = Leaf::Picture {
            width: 1900,
            height: 2620,
            directory: 0,
        };
        assert_eq!(pages_of(MediaType::Jpeg, PHOTO, &LIMITS), Ok(vec![photo]));
        assert_eq!(
            pages_of(MediaType::Pdf, FORM, &LIMITS).map(|leaves| leaves.len()),
            Ok(2)
        );
    }

    #[test]
    fn a_photo_cut_short_is_unreadable_but_one_with_something_appended_is_not() {
        assert!(reason(MediaType::Jpeg, CUT).contains("damaged"));
        assert!(reason(MediaType::Jpeg, &[PHOTO, b"MotionPhoto_Data"].concat()).contains("1900"));
    }

    #[test]
    fn a_pdf_behind_a_password_is_refused_with_the_reason() {
        assert!(reason(MediaType::Pdf, LOCKED).contains("password"));
    }

    #[test]
    fn a_pdf_that_only_forbids_printing_is_taken() {
        let forbids_printing = include_bytes!("../../../examples/cam-in.pdf");
        assert_eq!(
            pages_of(MediaType::Pdf, forbids_printing, &LIMITS).map(|leaves| leaves.len()),
            Ok(1)
        );
    }

    #[test]
    fn a_pdf_that_is_not_one_is_unreadable() {
        assert!(reason(MediaType::Pdf, b"%PDF-1.7\nnothing").contains("damaged"));
        assert!(reason(MediaType::Pdf, &FORM[..2000]).contains("damaged"));
    }

    #[test]
    fn too_many_pages_are_refused() {
        let one = Limits { pages: 1, ..LIMITS };
        assert!(pages_of(MediaType::Pdf, FORM, &one).is_err());
    }

    #[test]
    fn a_picture_that_claims_to_be_huge_is_refused_unopened() {
        // A PNG header of 60,000 by 60,000 and nothing behind it.
        let mut png = b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR".to_vec();
        png.extend(60_000u32.to_be_bytes());
        png.extend(60_000u32.to_be_bytes());
        png.extend([8, 2, 0, 0, 0]);
        let mut sum = 0xFFFF_FFFFu32;
        for byte in &png[12..] {
            sum ^= u32::from(*byte);
            for _ in 0..8 {
                sum = if sum & 1 == 1 {
                    (sum >> 1) ^ 0xEDB8_8320
                } else {
                    sum >> 1
                };
            }
        }
        png.extend((!sum).to_be_bytes());
        png.extend(b"\0\0\0\0IDAT\x35\xAF\x06\x1E");
        assert!(
            reason(MediaType::Png, &png).contains("megapixels"),
            "{}",
            reason(MediaType::Png, &png)
        );
    }

    proptest! {
        #[test]
        fn any_bytes_of_any_kind_get_an_answer(
            kind in proptest::sample::select(MediaType::ALL.to_vec()),
            bytes in proptest::collection::vec(any::<u8>(), 0..600),
        ) {
            let _ = pages_of(kind, &bytes, &LIMITS);
        }

        #[test]
        fn a_spoilt_pdf_gets_an_answer(at in 0usize..2000, byte in any::<u8>()) {
            let mut bytes = LOCKED.to_vec();
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = pages_of(MediaType::Pdf, &bytes, &LIMITS);
        }

        #[test]
        fn a_spoilt_photo_gets_an_answer(at in 0usize..800, byte in any::<u8>()) {
            let mut bytes = PHOTO[..4000].to_vec();
            bytes[at] = byte;
            let _ = pages_of(MediaType::Jpeg, &bytes, &LIMITS);
        }
    }
}
