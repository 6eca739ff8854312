//! What reading a document brings to light, on real files with the real programs.

use std::io::Cursor;

use bench::corpus::of_scans;
use image::{DynamicImage, GrayImage};

use super::*;
use crate::domain::Source;

const PHOTO: &[u8] = include_bytes!("../../../../examples/to-khai-trich-luc.jpg");
const FORM: &[u8] = include_bytes!("../../../../examples/to-khai-trich-luc.pdf");
const LOCKED: &[u8] = include_bytes!("../../../../examples/co-mat-khau.pdf");
const CUT: &[u8] = include_bytes!("../../../../examples/anh-bi-cut.jpg");

fn reader() -> Reader {
    Reader {
        limits: Limits {
            bytes: 50 * 1024 * 1024,
            pages: 100,
            pixels: 80_000_000,
        },
        language: "vie".to_owned(),
        page_time: Duration::from_mins(2),
        document_time: Duration::from_mins(10),
        surroundings: Surroundings::default(),
        gate: Gate::of(0),
    }
}

fn somebody() -> Reading {
    Reading::of(uuid::Uuid::nil().into())
}

async fn pages(reader: &Reader, kind: MediaType, bytes: impl Into<Bytes>) -> Vec<Page> {
    match reader
        .check(&somebody(), kind, bytes.into())
        .await
        .unwrap()
        .finding
    {
        Finding::Readable(pages) => pages,
        Finding::Unreadable(reason) => panic!("{reason}"),
    }
}

async fn reason(kind: MediaType, bytes: &'static [u8]) -> String {
    match reader()
        .check(&somebody(), kind, Bytes::from_static(bytes))
        .await
        .unwrap()
        .finding
    {
        Finding::Readable(_) => "readable".to_owned(),
        Finding::Unreadable(reason) => reason.en.into_owned(),
    }
}

#[tokio::test]
async fn a_phone_photo_of_the_form_is_read_in_vietnamese() {
    let pages = pages(&reader(), MediaType::Jpeg, PHOTO).await;
    let [page] = pages.as_slice() else {
        panic!("{} pages", pages.len())
    };
    assert_eq!(page.source, Source::Ocr);
    for said in [
        "TỜ KHAI CẤP BẢN SAO TRÍCH LỤC HỘ TỊCH",
        "066190001234",
        "15/01/1990",
        "Độc lập - Tự do - Hạnh phúc",
    ] {
        assert!(page.text.contains(said), "{said} is not in: {}", page.text);
    }
    assert!(
        page.confidence.is_some_and(|mean| mean > 80.0),
        "{:?}",
        page.confidence
    );
    assert!(page.letters() > 600, "{}", page.letters());
}

#[tokio::test]
async fn a_born_digital_form_is_read_from_its_own_text() {
    let pages = pages(&reader(), MediaType::Pdf, FORM).await;
    assert_eq!(pages.len(), 2);
    assert!(
        pages
            .iter()
            .all(|page| page.source == Source::Embedded && page.confidence.is_none())
    );
    assert!(
        pages[0]
            .text
            .contains("Họ, chữ đệm, tên người yêu cầu: NGUYỄN THỊ VÍ DỤ"),
        "{}",
        pages[0].text
    );
    assert!(
        pages[1].text.contains("Lệ phí 8.000 đồng một bản"),
        "{}",
        pages[1].text
    );
}

#[tokio::test]
async fn a_scanned_pdf_is_drawn_and_read() {
    let pages = pages(
        &reader(),
        MediaType::Pdf,
        of_scans(&[PHOTO.to_vec()]).unwrap(),
    )
    .await;
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].source, Source::Ocr);
    assert!(pages[0].text.contains("066190001234"), "{}", pages[0].text);
}

#[tokio::test]
async fn every_page_of_a_tiff_is_read() {
    // Two one-page files joined: the second's directory is chained to the first's, its offsets moved.
    let photo = image::load_from_memory(PHOTO).unwrap().into_luma8();
    let white = GrayImage::from_pixel(800, 1100, image::Luma([255]));
    let one = |page: GrayImage| {
        let mut file = Cursor::new(Vec::new());
        DynamicImage::ImageLuma8(page)
            .write_to(&mut file, image::ImageFormat::Tiff)
            .unwrap();
        file.into_inner()
    };
    let file = joined(one(white), &one(photo));
    let pages = pages(&reader(), MediaType::Tiff, file).await;
    assert_eq!(pages.len(), 2);
    assert_eq!((pages[0].letters(), pages[0].confidence), (0, None));
    assert!(pages[1].text.contains("066190001234"), "{}", pages[1].text);
}

/// Appends a little-endian one-page TIFF to another.
fn joined(mut first: Vec<u8>, second: &[u8]) -> Vec<u8> {
    let long =
        |file: &[u8], at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    let short = |file: &[u8], at: usize| {
        usize::from(u16::from_le_bytes(file[at..at + 2].try_into().unwrap()))
    };
    let shift = first.len();
    let mut moved = second.to_vec();
    let mut put = |at: usize, value: usize| {
        moved[at..at + 4].copy_from_slice(&u32::try_from(value).unwrap().to_le_bytes());
    };
    let directory = long(second, 4);
    for entry in (0..short(second, directory)).map(|entry| directory + 2 + entry * 12) {
        let (tag, kind, count) = (
            short(second, entry),
            short(second, entry + 2),
            long(second, entry + 4),
        );
        let size = count * [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8][kind];
        let value = long(second, entry + 8);
        if size > 4 {
            put(entry + 8, value + shift);
            // Where the strips are: places themselves.
            for place in (0..count)
                .map(|strip| value + strip * 4)
                .filter(|_| tag == 273)
            {
                put(place, long(second, place) + shift);
            }
        } else if tag == 273 {
            put(entry + 8, value + shift);
        }
    }
    let last = long(&first, 4);
    let link = last + 2 + short(&first, last) * 12;
    first[link..link + 4].copy_from_slice(&u32::try_from(directory + shift).unwrap().to_le_bytes());
    first.extend(moved);
    first
}

#[tokio::test]
async fn what_cannot_be_opened_is_unreadable_with_its_reason() {
    assert!(reason(MediaType::Pdf, LOCKED).await.contains("password"));
    assert!(reason(MediaType::Jpeg, CUT).await.contains("damaged"));
    assert!(
        reason(MediaType::Tiff, b"II*\0\x08\0\0\0\0\0\0\0\0\0")
            .await
            .contains("no pages")
            || reason(MediaType::Tiff, b"II*\0\x08\0\0\0\0\0\0\0\0\0")
                .await
                .contains("damaged")
    );
}

#[tokio::test]
async fn a_missing_program_is_no_verdict() {
    let reader = Reader {
        surroundings: Surroundings {
            path: "/nonexistent".into(),
            ..Surroundings::default()
        },
        ..reader()
    };
    for (kind, bytes, package) in [
        (MediaType::Jpeg, PHOTO, "tesseract-ocr"),
        (MediaType::Pdf, FORM, "poppler-utils"),
    ] {
        let error = reader
            .check(&somebody(), kind, Bytes::from_static(bytes))
            .await
            .unwrap_err();
        let cause = std::error::Error::source(&error)
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!(cause.contains(package), "{cause}");
    }
}

#[tokio::test]
async fn a_missing_language_model_is_no_verdict() {
    let reader = Reader {
        language: "xyz".to_owned(),
        ..reader()
    };
    let error = reader
        .check(&somebody(), MediaType::Jpeg, Bytes::from_static(PHOTO))
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Program(Child::Missing { package, .. }) if package == "tesseract-ocr-xyz")
    );
}

#[tokio::test]
async fn pages_there_is_no_time_for_stay_unread_and_say_so() {
    let hasty = Reader {
        document_time: Duration::ZERO,
        ..reader()
    };
    assert_eq!(
        pages(&hasty, MediaType::Pdf, FORM).await,
        [Page::unread(), Page::unread()]
    );
    // That a picture took too long to read is no reason not to show it.
    let impatient = Reader {
        page_time: Duration::from_millis(1),
        ..reader()
    };
    let pages = pages(&impatient, MediaType::Jpeg, PHOTO).await;
    assert_eq!(pages.len(), 1);
    assert_eq!(
        (pages[0].source, pages[0].text.as_str()),
        (Source::Unread, "")
    );
    assert!(!pages[0].preview.0.is_empty());
}
