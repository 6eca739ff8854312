//! Which kind of file it is, told by its first bytes: names and declared types are the sender's word and not asked.

use contracts::Refused;
pub use procedure::paper::MediaType;

use super::{Fault, Refusal};

/// Bytes of the beginning that are enough to tell.
pub const HEAD: usize = 4096;

/// Tells the kind of file by its beginning: the first 4 KiB, or all of a shorter file.
pub fn media_of(head: &[u8]) -> Result<MediaType, Refusal> {
    if head.is_empty() {
        let reason = Refused::new("Tệp rỗng, không có dữ liệu", "The file is empty");
        return Err(Refusal::new(Fault::Malformed, reason));
    }
    let taken = match head {
        [b'%', b'P', b'D', b'F', b'-', ..] => MediaType::Pdf,
        [0xFF, 0xD8, 0xFF, ..] => MediaType::Jpeg,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => MediaType::Png,
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => MediaType::Tiff,
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => MediaType::Webp,
        _ if is_heic(head) => MediaType::Heic,
        _ => return Err(Refusal::new(Fault::NotTaken, refused(head))),
    };
    Ok(taken)
}

/// Whether bytes that follow a file's end are the beginning of something else that a program would open.
pub fn begins_foreign(bytes: &[u8]) -> bool {
    let known = OTHERS
        .iter()
        .filter(|other| other.at == 0 && other.begins.len() > 2)
        .any(|other| bytes.starts_with(other.begins));
    // Two letters are too little to go by, but for these two, which run.
    known
        || [b"PK\x03\x04".as_slice(), b"MZ", b"#!"]
            .iter()
            .any(|begins| bytes.starts_with(begins))
}

/// A kind of file that isn't taken: how it begins, and what people call it.
struct Other {
    at: usize,
    begins: &'static [u8],
    vi: &'static str,
    en: &'static str,
}

const fn other(begins: &'static [u8], vi: &'static str, en: &'static str) -> Other {
    Other {
        at: 0,
        begins,
        vi,
        en,
    }
}

const OTHERS: &[Other] = &[
    other(
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        "tài liệu Word hoặc Excel đời cũ",
        "an old Word or Excel document",
    ),
    other(b"{\\rtf", "tài liệu RTF", "an RTF document"),
    other(b"MZ", "chương trình Windows", "a Windows program"),
    other(b"\x7FELF", "chương trình máy tính", "a program"),
    other(b"#!", "tập lệnh", "a script"),
    other(b"Rar!\x1A\x07", "tệp nén RAR", "a RAR archive"),
    other(b"7z\xBC\xAF\x27\x1C", "tệp nén 7z", "a 7z archive"),
    other(b"\x1F\x8B", "tệp nén gzip", "a gzip archive"),
    other(b"GIF8", "ảnh GIF", "a GIF picture"),
    other(b"BM", "ảnh BMP", "a BMP picture"),
    other(b"II\x2B\x00", "ảnh BigTIFF", "a BigTIFF picture"),
    other(b"MM\x00\x2B", "ảnh BigTIFF", "a BigTIFF picture"),
    other(b"\xFF\x4F\xFF\x51", "ảnh JPEG 2000", "a JPEG 2000 picture"),
    other(
        b"\x00\x00\x00\x0CjP  ",
        "ảnh JPEG 2000",
        "a JPEG 2000 picture",
    ),
    other(b"8BPS", "ảnh Photoshop", "a Photoshop picture"),
    other(b"%!PS", "tệp PostScript", "a PostScript file"),
    other(b"ID3", "tệp âm thanh", "an audio file"),
    other(b"RIFF", "tệp âm thanh hoặc phim", "an audio or video file"),
    Other {
        at: 4,
        begins: b"ftyp",
        vi: "tệp phim",
        en: "a video file",
    },
];

/// Says what the file looks like instead, so that its sender knows what to change.
fn refused(head: &[u8]) -> Refused {
    if brands(head).any(|brand| matches!(brand, b"avif" | b"avis")) {
        return Refused::new(
            "Ảnh AVIF chưa đọc được; hãy lưu thành JPEG hoặc PDF rồi gửi lại",
            "AVIF pictures cannot be read: save it as JPEG or PDF and send that",
        );
    }
    let (vi, en) = looks_like(head);
    Refused::because(
        format!("Tệp này là {vi}; chỉ nhận PDF, JPEG, PNG, TIFF, WebP hoặc HEIC"),
        format!("This file is {en}; only PDF, JPEG, PNG, TIFF, WebP and HEIC are taken"),
    )
}

/// The brands of HEIF files whose pictures are coded as HEVC, as phones write them.
const HEVC: [&[u8; 4]; 6] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"];

/// `mif1` says only that it is a HEIF file; the brands behind it say how its pictures are coded.
fn is_heic(head: &[u8]) -> bool {
    let mut all = brands(head);
    match all.next() {
        Some(b"mif1" | b"msf1") => all.any(|brand| HEVC.contains(&brand)),
        Some(major) => HEVC.contains(&major),
        None => false,
    }
}

/// The brands an ISO base media file says it conforms to, the major one first.
fn brands(head: &[u8]) -> impl Iterator<Item = &[u8; 4]> {
    let is_one = matches!(head.get(4..8), Some(b"ftyp"));
    let length = head
        .first_chunk()
        .map_or(0, |length| u32::from_be_bytes(*length));
    let end = usize::try_from(length)
        .unwrap_or(usize::MAX)
        .min(head.len());
    let listed = head.get(8..end).filter(|_| is_one).unwrap_or_default();
    let (brands, _) = listed.as_chunks();
    // The second is the major one's version.
    brands
        .iter()
        .enumerate()
        .filter(|(at, _)| *at != 1)
        .map(|(_, brand)| brand)
        .take(16)
}

fn looks_like(head: &[u8]) -> (&'static str, &'static str) {
    if let Some(known) = OTHERS.iter().find(|other| {
        head.get(other.at..)
            .is_some_and(|rest| rest.starts_with(other.begins))
    }) {
        return (known.vi, known.en);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return zip(head);
    }
    if contains(head.get(..1024 + 5).unwrap_or(head), b"%PDF-") {
        return (
            "tệp PDF có dữ liệu lạ đứng trước",
            "a PDF with something else in front of it",
        );
    }
    let text = head
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(head)
        .trim_ascii_start();
    let begins =
        |tag: &[u8]| text.len() >= tag.len() && text[..tag.len()].eq_ignore_ascii_case(tag);
    if [
        b"<!doctype html".as_slice(),
        b"<html",
        b"<head",
        b"<body",
        b"<script",
    ]
    .into_iter()
    .any(begins)
    {
        ("trang web HTML", "an HTML page")
    } else if begins(b"<svg") || (begins(b"<?xml") && contains(head, b"<svg")) {
        ("hình vẽ SVG", "an SVG drawing")
    } else if begins(b"<?xml") {
        ("tệp XML", "an XML file")
    } else if readable_text(head) {
        ("tệp văn bản thuần", "a plain text file")
    } else {
        ("loại tệp không nhận ra", "of an unknown kind")
    }
}

/// A zip is most often an office document; its first entries tell.
fn zip(head: &[u8]) -> (&'static str, &'static str) {
    if contains(head, b"word/") {
        (
            "tài liệu Word; hãy lưu thành PDF",
            "a Word document: save it as PDF",
        )
    } else if contains(head, b"xl/") {
        (
            "bảng tính Excel; hãy lưu thành PDF",
            "an Excel sheet: save it as PDF",
        )
    } else if contains(head, b"ppt/") {
        (
            "bài trình chiếu PowerPoint; hãy lưu thành PDF",
            "a PowerPoint file: save it as PDF",
        )
    } else if contains(head, b"[Content_Types].xml")
        || contains(head, b"mimetypeapplication/vnd.oasis")
    {
        (
            "tài liệu văn phòng; hãy lưu thành PDF",
            "an office document: save it as PDF",
        )
    } else {
        (
            "tệp nén ZIP; hãy gửi từng tệp bên trong",
            "a ZIP archive: send the files in it one by one",
        )
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// UTF-8 without control characters; a letter cut in two by the end of the beginning is forgiven.
fn readable_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(cut) if cut.error_len().is_none() => {
            std::str::from_utf8(&head[..cut.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty()
        && !text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reason(head: &[u8]) -> String {
        media_of(head).map_or_else(
            |refusal| refusal.reason.en.into_owned(),
            |kind| kind.as_str().to_owned(),
        )
    }

    #[test]
    fn the_old_kinds_are_told_by_their_first_bytes() {
        assert_eq!(reason(b"%PDF-1.7\n%"), "application/pdf");
        assert_eq!(reason(b"\xFF\xD8\xFF\xE0\0\x10JFIF"), "image/jpeg");
        assert_eq!(reason(b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR"), "image/png");
        assert_eq!(reason(b"II*\0\x08\0\0\0"), "image/tiff");
        assert_eq!(reason(b"MM\0*\0\0\0\x08"), "image/tiff");
        assert_eq!(reason(b"RIFF\x24\0\0\0WEBPVP8 "), "image/webp");
    }

    #[test]
    fn a_refusal_names_what_the_file_is() {
        for (head, named) in [
            (
                b"PK\x03\x04....word/document.xml".as_slice(),
                "Word document",
            ),
            (b"PK\x03\x04....xl/workbook.xml", "Excel"),
            (b"PK\x03\x04....photo.jpg", "ZIP"),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "old Word"),
            (b"MZ\x90\0", "Windows program"),
            (b"\x7FELF\x02", "a program"),
            (b"  <!DOCTYPE HTML><html>", "HTML"),
            (b"\xEF\xBB\xBF<html>", "HTML"),
            (b"<?xml version='1.0'?><svg/>", "SVG"),
            (b"<?xml version='1.0'?><hoSo/>", "XML"),
            (b"GIF89a", "GIF"),
            (b"RIFF\x24\0\0\0AVI LIST", "video"),
            (b"\0\0\0\x20ftypisom\0\0\0\0", "video"),
            (b"junk\n%PDF-1.4", "in front of it"),
            ("Họ và tên".as_bytes(), "plain text"),
            (b"\0\x01\x02\x03", "unknown"),
        ] {
            assert!(reason(head).contains(named), "{named}: {}", reason(head));
        }
    }

    #[test]
    fn a_phone_picture_is_heic_and_its_neighbours_are_not() {
        for (head, told) in [
            (
                b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".as_slice(),
                "image/heic",
            ),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "image/heic"),
            (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", "AVIF"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "AVIF"),
            // A film whose version number is no brand, and one whose own words are no brands either.
            (b"\0\0\0\x14ftypisomheicmp42", "video"),
            (b"\0\0\0\x14ftypisom\0\0\0\0mp42heic", "video"),
        ] {
            assert!(reason(head).contains(told), "{told}: {}", reason(head));
        }
    }

    #[test]
    fn nothing_at_all_is_malformed_rather_than_a_wrong_kind() {
        assert_eq!(
            media_of(b"").map_err(|refusal| refusal.fault),
            Err(Fault::Malformed)
        );
        assert_eq!(
            media_of(b"x").map_err(|refusal| refusal.fault),
            Err(Fault::NotTaken)
        );
    }

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in MediaType::ALL {
            assert_eq!(MediaType::named(kind.as_str()), Some(kind));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_get_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = media_of(&bytes);
        }

        #[test]
        fn any_bytes_behind_a_known_beginning_get_an_answer(
            known in proptest::sample::select(OTHERS.iter().map(|other| other.begins).collect::<Vec<_>>()),
            rest in proptest::collection::vec(any::<u8>(), 0..64),
        ) {
            let _ = media_of(&[known, &rest].concat());
        }
    }
}
