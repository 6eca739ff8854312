//! Files that are two things at once: a picture that is also an archive, a page that runs or another document.

use contracts::Refused;
use memchr::{memchr_iter, memmem};

use crate::{
    domain::{MediaType, begins_foreign, unreadable},
    parts,
};

/// How far into a file programs look for the beginning of a PDF.
const SNIFFED: usize = 1024;
/// A ZIP's last record, and the longest comment behind it.
const ZIP_END: usize = 22;
const ZIP_COMMENT: usize = 65_535;

/// Refuses a file that is something else as well.
pub fn refuse(kind: MediaType, bytes: &[u8]) -> Result<(), Refused> {
    if is_archive(bytes) {
        return Err(Refused::new(
            "Tệp có giấu một tệp nén (ZIP, RAR hoặc 7z) bên trong; hãy chụp hoặc quét lại rồi gửi bản mới",
            "The file hides an archive (ZIP, RAR or 7z); take or scan it again and send that",
        ));
    }
    match kind {
        MediaType::Pdf => pdf(bytes),
        MediaType::Jpeg => jpeg(bytes),
        MediaType::Png => ends(bytes, parts::png(bytes)),
        MediaType::Webp => ends(bytes, parts::webp(bytes)),
        MediaType::Heic => ends(bytes, parts::boxes(bytes, 0..bytes.len())),
        MediaType::Tiff => Ok(()),
    }?;
    if kind != MediaType::Pdf {
        let beginning = bytes.get(..SNIFFED + 5).unwrap_or(bytes);
        if memmem::find(beginning, b"%PDF-").is_some() {
            return Err(appended());
        }
        if has_markup(bytes) {
            return Err(markup());
        }
    }
    Ok(())
}

/// The last bytes must be the end, and nothing may stand in front of the first object that another program would open.
fn pdf(bytes: &[u8]) -> Result<(), Refused> {
    let end = memmem::rfind(bytes, b"%%EOF").ok_or_else(unreadable)?;
    if !is_padding(bytes.get(end + 5..).unwrap_or_default()) {
        return Err(Refused::new(
            "Sau chỗ kết thúc của tệp PDF còn có dữ liệu lạ; hãy in ra PDF rồi gửi bản mới",
            "Something else follows the end of the PDF; print it to PDF and send that",
        ));
    }
    let beginning = bytes.get(..SNIFFED).unwrap_or(bytes);
    let before = memmem::find(beginning, b" obj").unwrap_or(beginning.len());
    if has_markup(&beginning[..before]) {
        return Err(markup());
    }
    Ok(())
}

/// Phones append depth maps, more pictures, and some seconds of film. What runs or opens as something else they don't.
fn jpeg(bytes: &[u8]) -> Result<(), Refused> {
    let found = parts::jpeg(bytes).ok_or_else(unreadable)?;
    let rest = bytes.get(found.end..).unwrap_or_default();
    let from = rest
        .iter()
        .position(|byte| !matches!(byte, 0 | 0xFF) && !byte.is_ascii_whitespace());
    let rest = from.and_then(|from| rest.get(from..)).unwrap_or_default();
    if begins_foreign(rest) || memmem::find(rest, b"%PDF-").is_some() {
        return Err(appended());
    }
    Ok(())
}

/// A file whose own lengths say where it ends must end there.
fn ends(bytes: &[u8], found: Option<parts::Parts>) -> Result<(), Refused> {
    let end = found.ok_or_else(unreadable)?.end;
    if is_padding(bytes.get(end..).unwrap_or_default()) {
        Ok(())
    } else {
        Err(appended())
    }
}

fn is_padding(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .all(|byte| byte.is_ascii_whitespace() || matches!(byte, 0 | 0x1A))
}

fn appended() -> Refused {
    Refused::new(
        "Trong ảnh có giấu một tệp khác; hãy chụp hoặc quét lại rồi gửi bản mới",
        "The picture hides another file; take or scan it again and send that",
    )
}

fn markup() -> Refused {
    Refused::new(
        "Tệp có giấu trang web hoặc mã lệnh bên trong; hãy chụp hoặc quét lại rồi gửi bản mới",
        "The file hides a web page or a script; take or scan it again and send that",
    )
}

/// Archives are found by programs from their end (ZIP) or anywhere (RAR, 7z).
fn is_archive(bytes: &[u8]) -> bool {
    let from = bytes.len().saturating_sub(ZIP_END + ZIP_COMMENT);
    let tail = bytes.get(from..).unwrap_or_default();
    memmem::find_iter(tail, b"PK\x05\x06").any(|at| is_zip_end(bytes, from + at))
        || memmem::find(bytes, b"Rar!\x1A\x07").is_some()
        || memmem::find(bytes, b"7z\xBC\xAF\x27\x1C").is_some()
}

/// Four letters may stand anywhere by chance: a record that leads to the archive's list does not.
fn is_zip_end(bytes: &[u8], at: usize) -> bool {
    let Some(record) = bytes.get(at..at + ZIP_END) else {
        return false;
    };
    let long = |from: usize| {
        usize::try_from(u32::from_le_bytes([
            record[from],
            record[from + 1],
            record[from + 2],
            record[from + 3],
        ]))
        .unwrap_or(usize::MAX)
    };
    let (size, offset) = (long(12), long(16));
    let list = |from: Option<usize>| {
        from.and_then(|from| bytes.get(from..))
            .is_some_and(|rest| rest.starts_with(b"PK\x01\x02"))
    };
    let is_large = at
        .checked_sub(20)
        .and_then(|from| bytes.get(from..))
        .is_some_and(|rest| rest.starts_with(b"PK\x06\x07"));
    is_large || list(Some(offset)) || list(at.checked_sub(size))
}

/// Tags and schemes that no picture needs, long enough not to come about by chance.
fn has_markup(bytes: &[u8]) -> bool {
    memchr_iter(b'<', bytes).any(|at| {
        let rest = bytes.get(at + 1..).unwrap_or_default();
        let is = |tag: &[u8]| {
            rest.get(..tag.len())
                .is_some_and(|begins| begins.eq_ignore_ascii_case(tag))
        };
        let ended = |tag: &[u8]| {
            is(tag)
                && rest
                    .get(tag.len())
                    .is_some_and(|next| matches!(next, b'>' | b'/') || next.is_ascii_whitespace())
        };
        is(b"script") || is(b"iframe") || is(b"!doctype") || ended(b"html") || ended(b"?php")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PHOTO: &[u8] = include_bytes!("../../../../examples/to-khai-trich-luc.jpg");
    const FORM: &[u8] = include_bytes!("../../../../examples/to-khai-trich-luc.pdf");
    /// An archive of one empty file, `a`.
    const ZIP: &[u8] = b"PK\x03\x04\x0A\0\0\0\0\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0aPK\x01\x02\x0A\0\x0A\0\0\0\0\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0aPK\x05\x06\0\0\0\0\x01\0\x01\0\x2F\0\0\0\x1F\0\0\0\0\0";

    fn reason(kind: MediaType, bytes: &[u8]) -> String {
        match refuse(kind, bytes) {
            Ok(()) => "taken".to_owned(),
            Err(reason) => reason.en.into_owned(),
        }
    }

    /// A JPEG with a comment right after its beginning.
    fn commented(comment: &[u8]) -> Vec<u8> {
        let length = u16::try_from(comment.len() + 2).unwrap().to_be_bytes();
        [&PHOTO[..2], b"\xFF\xFE", &length, comment, &PHOTO[2..]].concat()
    }

    #[test]
    fn a_file_that_is_two_things_is_refused() {
        let eof = FORM.len();
        let in_the_middle = [&FORM[..eof], ZIP, b"\n%%EOF\n"].concat();
        for (kind, bytes, why) in [
            (MediaType::Jpeg, [PHOTO, ZIP].concat(), "archive"),
            (MediaType::Pdf, [FORM, ZIP].concat(), "archive"),
            (MediaType::Pdf, in_the_middle, "archive"),
            (
                MediaType::Jpeg,
                [PHOTO, b"Rar!\x1A\x07\x01\0"].concat(),
                "archive",
            ),
            (
                MediaType::Pdf,
                [FORM, b"7z\xBC\xAF\x27\x1C"].concat(),
                "archive",
            ),
            (
                MediaType::Pdf,
                [FORM, b"<html>".as_slice()].concat(),
                "follows the end",
            ),
            (
                MediaType::Pdf,
                [b"%PDF-1.4\n<script>alert(1)</script>\n", FORM].concat(),
                "web page",
            ),
            (
                MediaType::Jpeg,
                [PHOTO, b"%PDF-1.4"].concat(),
                "another file",
            ),
            (
                MediaType::Jpeg,
                [PHOTO, b"MZ\x90\0"].concat(),
                "another file",
            ),
            (
                MediaType::Jpeg,
                [PHOTO, b"#!/bin/sh\n"].concat(),
                "another file",
            ),
            (
                MediaType::Jpeg,
                commented(b"%PDF-1.4 1 0 obj"),
                "another file",
            ),
            (MediaType::Jpeg, commented(b"<SCRIPT src=x>"), "script"),
            (
                MediaType::Jpeg,
                commented(b"<?php system($_GET[0]);"),
                "script",
            ),
        ] {
            let found = reason(kind, &bytes);
            assert!(found.contains(why), "{why}: {found}");
        }
    }

    #[test]
    fn what_phones_and_printers_append_is_taken() {
        for (kind, bytes) in [
            (MediaType::Jpeg, PHOTO.to_vec()),
            (MediaType::Jpeg, [PHOTO, b"\0\0\0\x18ftypmp42"].concat()),
            (MediaType::Jpeg, [PHOTO, PHOTO].concat()),
            (
                MediaType::Jpeg,
                commented(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"),
            ),
            (MediaType::Pdf, FORM.to_vec()),
            (MediaType::Pdf, [FORM, b"\r\n\0\0\x1A"].concat()),
        ] {
            assert_eq!(reason(kind, &bytes), "taken");
        }
    }

    #[test]
    fn the_letters_of_an_archive_that_lead_nowhere_are_chance() {
        let chance = commented(b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x2F\0\0\0\x1F\0\0\0\0\0");
        assert_eq!(reason(MediaType::Jpeg, &chance), "taken");
    }

    #[test]
    fn bytes_after_a_pictures_end_are_refused() {
        let png = b"\x89PNG\r\n\x1A\n\0\0\0\0IEND\xAE\x42\x60\x82";
        assert_eq!(reason(MediaType::Png, png), "taken");
        assert!(reason(MediaType::Png, &[png.as_slice(), b"x"].concat()).contains("another file"));
        let webp = b"RIFF\x04\0\0\0WEBP";
        assert!(
            reason(MediaType::Webp, &[webp.as_slice(), b"x"].concat()).contains("another file")
        );
        let heic = b"\0\0\0\x0Cftypheic";
        assert_eq!(reason(MediaType::Heic, heic), "taken");
        assert!(reason(MediaType::Heic, &[heic.as_slice(), b"xx"].concat()).contains("damaged"));
    }

    proptest! {
        #[test]
        fn any_bytes_get_an_answer(
            kind in proptest::sample::select(MediaType::ALL.to_vec()),
            bytes in proptest::collection::vec(any::<u8>(), 0..400),
        ) {
            let _ = refuse(kind, &bytes);
            let _ = refuse(kind, &[bytes.as_slice(), b"PK\x05\x06", &bytes].concat());
        }
    }
}
