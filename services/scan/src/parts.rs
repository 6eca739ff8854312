//! The parts that picture files are made of, found by their lengths alone: nothing here decodes a pixel.

use std::ops::Range;

/// A part of a file: what it is called, and where it lies with its own header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name; of a JPEG's segment the marker, at the front.
    pub name: [u8; 4],
    /// Where it lies, header included.
    pub place: Range<usize>,
    /// Where its content lies.
    pub content: Range<usize>,
}

/// A file's parts in order, and where the last of them ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The parts.
    pub parts: Vec<Part>,
    /// The first byte that is none of theirs.
    pub end: usize,
}

/// The most parts a file is followed through: a JPEG of one scan has about twenty, a PNG of 80 megapixels some thousands.
const MOST: usize = 100_000;

/// A JPEG's segments up to its end; a scan's coded data belongs to its segment. None where the file stops before.
///
/// Decoders forgive a missing half and paint it grey, so this is also how a picture cut short is told.
pub fn jpeg(bytes: &[u8]) -> Option<Parts> {
    let mut parts = Vec::new();
    let mut at = 2;
    while let Some(&[0xFF, marker]) = bytes.get(at..at + 2) {
        let from = at;
        at += 2;
        match marker {
            0xD9 => return Some(Parts { parts, end: at }),
            0xFF => {
                at -= 1;
                continue;
            }
            0x01 | 0xD0..=0xD7 => {}
            _ => {
                let &[high, low] = bytes.get(at..at + 2)? else {
                    return None;
                };
                at += usize::from(u16::from_be_bytes([high, low])).max(2);
            }
        }
        let content = (from + 4).min(at)..at;
        if marker == 0xDA {
            at = after_scan(bytes, at);
        }
        if parts.len() == MOST {
            return None;
        }
        parts.push(Part {
            name: [marker, 0, 0, 0],
            place: from..at,
            content,
        });
    }
    None
}

/// The next marker after a scan's coded data, in which a stuffed zero or a restart follows each `FF`.
fn after_scan(bytes: &[u8], from: usize) -> usize {
    let coded = bytes.get(from..).unwrap_or_default();
    let marker = |at: &usize| {
        coded
            .get(at + 1)
            .is_some_and(|next| !matches!(next, 0x00 | 0xD0..=0xD7 | 0xFF))
    };
    memchr::memchr_iter(0xFF, coded)
        .find(marker)
        .map_or(bytes.len(), |at| from + at)
}

/// A PNG's chunks up to its end. None where the file stops before.
pub fn png(bytes: &[u8]) -> Option<Parts> {
    let mut parts = Vec::new();
    let mut at = 8;
    while parts.len() < MOST {
        let length = usize::try_from(u32::from_be_bytes(four(bytes, at)?)).ok()?;
        let name = four(bytes, at + 4)?;
        let end = at.checked_add(12)?.checked_add(length)?;
        bytes.get(at..end)?;
        parts.push(Part {
            name,
            place: at..end,
            content: at + 8..end - 4,
        });
        at = end;
        if &name == b"IEND" {
            return Some(Parts { parts, end });
        }
    }
    None
}

/// A WebP's chunks up to the length it gives itself. None where the file is shorter.
pub fn webp(bytes: &[u8]) -> Option<Parts> {
    let length = usize::try_from(u32::from_le_bytes(four(bytes, 4)?)).ok()?;
    let end = length.checked_add(8)?;
    bytes.get(..end)?;
    let mut parts = Vec::new();
    let mut at = 12;
    while at + 8 <= end && parts.len() < MOST {
        let length = usize::try_from(u32::from_le_bytes(four(bytes, at + 4)?)).ok()?;
        let content = at + 8..(at + 8).checked_add(length)?;
        if content.end > end {
            return None;
        }
        // Chunks begin at even places; the last one's filling byte is left out by some.
        let next = (content.end + length % 2).min(end);
        parts.push(Part {
            name: four(bytes, at)?,
            place: at..next,
            content,
        });
        at = next;
    }
    Some(Parts { parts, end })
}

/// The boxes of an ISO base media file (HEIF) between two places. They have to fill it: what is left over is no box.
pub fn boxes(bytes: &[u8], within: Range<usize>) -> Option<Parts> {
    let mut parts = Vec::new();
    let mut at = within.start;
    while at < within.end && parts.len() < MOST {
        let name = four(bytes, at + 4)?;
        let (header, length) = match u32::from_be_bytes(four(bytes, at)?) {
            0 => (8, within.end - at),
            1 => {
                let long: [u8; 8] = bytes.get(at + 8..at + 16)?.try_into().ok()?;
                (16, usize::try_from(u64::from_be_bytes(long)).ok()?)
            }
            length => (8, usize::try_from(length).ok()?),
        };
        let end = at.checked_add(length)?;
        if length < header || end > within.end {
            return None;
        }
        parts.push(Part {
            name,
            place: at..end,
            content: at + header..end,
        });
        at = end;
    }
    (at >= within.end).then_some(Parts { parts, end: at })
}

fn four(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PHOTO: &[u8] = include_bytes!("../../../examples/to-khai-trich-luc.jpg");

    #[test]
    fn a_photo_is_made_of_segments_from_end_to_end() {
        let found = jpeg(PHOTO).unwrap();
        assert_eq!(found.end, PHOTO.len());
        assert_eq!(found.parts[0].place.start, 2);
        for pair in found.parts.windows(2) {
            assert_eq!(pair[0].place.end, pair[1].place.start);
        }
        assert_eq!(found.parts.last().map(|part| part.name[0]), Some(0xDA));
        assert_eq!(jpeg(&PHOTO[..PHOTO.len() - 1]), None);
    }

    #[test]
    fn chunks_and_boxes_end_where_they_say() {
        let png_file = b"\x89PNG\r\n\x1A\n\0\0\0\x02tEXtab....\0\0\0\0IEND....rest";
        let found = png(png_file).unwrap();
        let names: Vec<_> = found.parts.iter().map(|part| &part.name).collect();
        assert_eq!(names, [b"tEXt", b"IEND"]);
        assert_eq!(&png_file[found.end..], b"rest");

        let webp_file = b"RIFF\x18\0\0\0WEBPEXIF\x03\0\0\0abc\0VP8 rest";
        assert_eq!(webp(webp_file), None, "the second chunk is cut");
        let webp_file = b"RIFF\x10\0\0\0WEBPEXIF\x03\0\0\0abc\0rest";
        let found = webp(webp_file).unwrap();
        assert_eq!(
            (found.parts.len(), &webp_file[found.end..]),
            (1, b"rest".as_slice())
        );

        let heif = b"\0\0\0\x0Cftypheicmif1\0\0\0\x08mdat";
        assert_eq!(boxes(heif, 0..heif.len()), None);
        let heif = b"\0\0\0\x0Cftypheic\0\0\0\0mdatpixels";
        assert_eq!(
            boxes(heif, 0..heif.len()).map(|found| found.parts.len()),
            Some(2)
        );
    }

    proptest! {
        #[test]
        fn any_bytes_have_parts_within_them_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let all = [jpeg(&bytes), png(&bytes), webp(&bytes), boxes(&bytes, 0..bytes.len())];
            for part in all.into_iter().flatten().flat_map(|found| found.parts) {
                prop_assert!(part.place.start < part.place.end && part.content.start <= part.content.end);
            }
        }
    }
}
