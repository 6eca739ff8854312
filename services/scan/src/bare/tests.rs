//! What is left of a file when what it tells about its maker is taken out.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageEncoder, ImageFormat, Luma};
use lopdf::{Object, Stream, dictionary};
use proptest::prelude::*;

use super::*;
use crate::{
    domain::Limits,
    pages_of::{Leaf, open_pdf},
    picture::decode,
};

const PHOTO: &[u8] = include_bytes!("../../../../examples/to-khai-trich-luc.jpg");
const FORM: &[u8] = include_bytes!("../../../../examples/to-khai-trich-luc.pdf");
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
const SECRET: &[u8] = b"Nguyen Van Vi Du 10.7626N";

/// EXIF that tells a secret, and that the picture lies on its side.
fn exif() -> Vec<u8> {
    let mut exif =
        b"II*\0\x08\0\0\0\x02\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\x3B\x01\x02\0".to_vec();
    exif.extend(u32::try_from(SECRET.len()).unwrap().to_le_bytes());
    exif.extend(b"\x26\0\0\0\0\0\0\0");
    exif.extend(SECRET);
    exif
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker], length.as_slice(), content].concat()
}

fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let named = [name.as_slice(), content].concat();
    [length.as_slice(), &named, &crc(&named).to_be_bytes()].concat()
}

fn tells(file: &[u8]) -> bool {
    memchr::memmem::find(file, SECRET).is_some()
}

fn picture(format: ImageFormat) -> Vec<u8> {
    let page = GrayImage::from_fn(40, 20, |x, _| Luma([if x < 20 { 0 } else { 255 }]));
    let mut file = Cursor::new(Vec::new());
    DynamicImage::ImageLuma8(page)
        .to_rgb8()
        .write_to(&mut file, format)
        .unwrap();
    file.into_inner()
}

/// Decoded alike, and nothing told.
fn is_bare(kind: MediaType, told: &[u8]) -> Vec<u8> {
    assert!(tells(told));
    let left = bare(kind, told.to_vec()).unwrap();
    assert!(!tells(&left), "{kind:?}");
    let pixels = |file: &[u8]| {
        decode(kind, file.to_vec(), LEAF, &LIMITS)
            .unwrap()
            .into_ppm()
    };
    assert_eq!(pixels(&left), pixels(told), "{kind:?}");
    left
}

#[test]
fn a_jpeg_keeps_its_pixels_its_colours_and_which_way_up_it_is() {
    let profile = [b"ICC_PROFILE\0\x01\x01".as_slice(), b"a profile"].concat();
    let told = [
        &PHOTO[..2],
        &segment(0xE1, &[EXIF, &exif()].concat()),
        &segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat()),
        &segment(0xE2, &profile),
        &segment(0xED, SECRET),
        &segment(0xFE, SECRET),
        &PHOTO[2..],
        SECRET,
    ]
    .concat();
    let left = is_bare(MediaType::Jpeg, &told);
    assert!(memchr::memmem::find(&left, b"a profile").is_some());
    let grey = decode(MediaType::Jpeg, left, LEAF, &LIMITS)
        .unwrap()
        .into_ppm();
    assert!(grey.starts_with(b"P6\n2620 1900\n"), "turned");
}

#[test]
fn a_png_keeps_its_pixels_and_which_way_up_it_is() {
    let plain = picture(ImageFormat::Png);
    let told = [
        &plain[..33],
        &chunk(*b"eXIf", &exif()),
        &chunk(*b"tEXt", SECRET),
        &chunk(*b"prVt", SECRET),
        &plain[33..],
    ]
    .concat();
    let left = is_bare(MediaType::Png, &told);
    let names: Vec<_> = parts::png(&left)
        .unwrap()
        .parts
        .iter()
        .map(|part| part.name)
        .collect();
    assert!(
        names.contains(b"eXIf") && !names.contains(b"tEXt"),
        "{names:?}"
    );
}

#[test]
fn a_webp_keeps_its_pixels_and_which_way_up_it_is() {
    let page = GrayImage::from_pixel(8, 8, Luma([9]));
    let mut file = Vec::new();
    let mut encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut file);
    encoder.set_exif_metadata(exif()).unwrap();
    let page = DynamicImage::ImageLuma8(page).to_rgb8();
    encoder
        .write_image(&page, 8, 8, image::ExtendedColorType::Rgb8)
        .unwrap();
    let left = is_bare(MediaType::Webp, &file);
    assert_eq!(parts::webp(&left).unwrap().end, left.len());
    assert!(memchr::memmem::find(&left, b"EXIF").is_some());
}

#[test]
fn a_tiff_keeps_its_pixels_and_loses_its_artist_and_its_place() {
    let plain = picture(ImageFormat::Tiff);
    let long = |at: usize| u32::from_le_bytes(plain[at..at + 4].try_into().unwrap()) as usize;
    let first = long(4);
    let count = usize::from(u16::from_le_bytes(
        plain[first..first + 2].try_into().unwrap(),
    ));
    // The directory once more at the end, with an artist and a place, which has a directory of its own.
    let mut told = plain.clone();
    let text = told.len();
    told.extend(SECRET);
    let gps = told.len();
    let entry = |tag: u16, kind: u16, count: usize, value: usize| {
        let four = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
        [
            tag.to_le_bytes().as_slice(),
            &kind.to_le_bytes(),
            &four(count),
            &four(value),
        ]
        .concat()
    };
    told.extend([1, 0]);
    told.extend(entry(2, 2, SECRET.len(), text));
    told.extend([0; 4]);
    let directory = told.len();
    told.extend(u16::try_from(count + 2).unwrap().to_le_bytes());
    told.extend(&plain[first + 2..first + 2 + count * 12]);
    told.extend(entry(315, 2, SECRET.len(), text));
    told.extend(entry(34_853, 4, 1, gps));
    told.extend([0; 4]);
    told[4..8].copy_from_slice(&u32::try_from(directory).unwrap().to_le_bytes());
    assert!(tells(&told));
    let left = bare(MediaType::Tiff, told.clone()).unwrap();
    assert!(!tells(&left));
    let pixels = |file: &[u8], directory: usize| {
        let leaf = Leaf::Picture {
            width: 40,
            height: 20,
            directory: u32::try_from(directory).unwrap(),
        };
        decode(MediaType::Tiff, file.to_vec(), leaf, &LIMITS).unwrap()
    };
    assert_eq!(pixels(&left, directory), pixels(&plain, first));
    assert_eq!(
        left[directory..directory + 2],
        u16::try_from(count).unwrap().to_le_bytes()
    );
    assert!(left[gps..gps + 18].iter().all(|byte| *byte == 0));
}

#[test]
fn a_pdf_keeps_its_pages_and_loses_its_author() {
    let mut document = open_pdf(FORM).unwrap();
    let info = document.add_object(dictionary! { "Author" => Object::string_literal(SECRET) });
    document.trailer.set("Info", info);
    let metadata = document.add_object(Stream::new(dictionary! {}, SECRET.to_vec()));
    document.catalog_mut().unwrap().set("Metadata", metadata);
    let photo = [&PHOTO[..2], &segment(0xFE, SECRET), &PHOTO[2..]].concat();
    let photo = Stream::new(dictionary! { "Filter" => "DCTDecode" }, photo).with_compression(false);
    document.add_object(photo);
    let mut told = Vec::new();
    document.save_to(&mut told).unwrap();
    assert!(tells(&told));

    let left = bare(MediaType::Pdf, told).unwrap();
    assert!(!tells(&left));
    let left = open_pdf(&left).unwrap();
    assert_eq!(left.page_iter().count(), 2);
    assert!(left.trailer.get(b"Info").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_spoilt_file_gets_an_answer(
        kind in proptest::sample::select(vec![MediaType::Png, MediaType::Webp, MediaType::Tiff, MediaType::Jpeg]),
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = match kind {
            MediaType::Png => picture(ImageFormat::Png),
            MediaType::Webp => picture(ImageFormat::WebP),
            MediaType::Tiff => picture(ImageFormat::Tiff),
            _ => picture(ImageFormat::Jpeg),
        };
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = bare(kind, bytes);
    }

    #[test]
    fn any_bytes_get_an_answer(
        kind in proptest::sample::select(MediaType::ALL.to_vec()),
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = bare(kind, bytes);
    }
}
