//! QR codes in the picture of a page. Called in a worker only: what a code holds is a stranger's.
#![expect(clippy::cast_precision_loss, reason = "pixels are small numbers")]

use image::{GrayImage, imageops};
use rxing::{
    BinaryBitmap, DecodeHints, Luma8LuminanceSource, RXingResult,
    common::HybridBinarizer,
    multi::{GenericMultipleBarcodeReader, MultipleBarcodeReader, qrcode::QRCodeMultiReader},
    qrcode::QRCodeReader,
};

use crate::domain::{Code, MOST_CODES, Place};

/// The longer side up to which a picture without a code is looked at enlarged too: modules of two pixels are read then.
const ENLARGED: u32 = 2000;

/// The codes in a picture, from its top down.
pub fn find(picture: &GrayImage) -> Vec<Code> {
    let mut found = look(picture);
    let (width, height) = picture.dimensions();
    if found.is_empty() && width.max(height) <= ENLARGED {
        let twice = imageops::resize(
            picture,
            width * 2,
            height * 2,
            imageops::FilterType::CatmullRom,
        );
        found = look(&twice);
    }
    found.sort_by(|one, other| one.place.top.total_cmp(&other.place.top));
    found.dedup_by(|one, other| one.text == other.text);
    found.truncate(MOST_CODES);
    found
}

fn look(picture: &GrayImage) -> Vec<Code> {
    let (width, height) = picture.dimensions();
    let Ok(source) = Luma8LuminanceSource::new(picture.as_raw().clone(), width, height) else {
        return Vec::new();
    };
    let hints = DecodeHints {
        TryHarder: Some(true),
        ..DecodeHints::default()
    };
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    let found = QRCodeMultiReader::new().decode_multiple_with_hints(&mut bitmap, &hints);
    // One thing that only looks like a code ends the search for many: then for one after the other.
    let found = found.or_else(|_| {
        GenericMultipleBarcodeReader::new(QRCodeReader::new())
            .decode_multiple_with_hints(&mut bitmap, &hints)
    });
    let code = |result: &RXingResult| Code {
        text: result.getText().to_owned(),
        place: place(result, width as f32, height as f32),
    };
    found.unwrap_or_default().iter().map(code).collect()
}

/// The box around the middles of a code's marks.
fn place(result: &RXingResult, width: f32, height: f32) -> Place {
    let points = result.getPoints();
    let least = |side: fn(&rxing::Point) -> f32| points.iter().map(side).fold(f32::MAX, f32::min);
    let most = |side: fn(&rxing::Point) -> f32| points.iter().map(side).fold(f32::MIN, f32::max);
    let (left, top) = (least(|point| point.x), least(|point| point.y));
    let (right, bottom) = (most(|point| point.x), most(|point| point.y));
    Place::clamped(
        left / width,
        top / height,
        (right - left) / width,
        (bottom - top) / height,
    )
}
