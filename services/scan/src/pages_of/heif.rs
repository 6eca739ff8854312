//! The size of a HEIF picture, as its boxes tell it (ISO/IEC 23008-12): `meta` holds `iprp` holds `ipco` holds an `ispe` for
//! each picture in the file, tiles and previews among them. The largest is the page.

use super::Leaf;
use crate::parts::{Part, boxes};

/// The page; none where the file does not say how large it is.
pub fn leaf(bytes: &[u8]) -> Option<Leaf> {
    let meta = named(bytes, 0..bytes.len(), *b"meta")?;
    // A full box: a version and flags come before what it holds.
    let iprp = named(
        bytes,
        meta.content.start.checked_add(4)?..meta.content.end,
        *b"iprp",
    )?;
    let ipco = named(bytes, iprp.content, *b"ipco")?;
    boxes(bytes, ipco.content)?
        .parts
        .into_iter()
        .filter(|part| &part.name == b"ispe")
        .filter_map(|part| {
            let side = |at: usize| {
                let from = part.content.start + at;
                let four: [u8; 4] = bytes.get(from..from + 4)?.try_into().ok()?;
                Some(u32::from_be_bytes(four))
            };
            Some((side(4)?, side(8)?))
        })
        .max_by_key(|&(width, height)| u64::from(width) * u64::from(height))
        .map(|(width, height)| Leaf::Picture {
            width,
            height,
            directory: 0,
        })
}

fn named(bytes: &[u8], within: std::ops::Range<usize>, name: [u8; 4]) -> Option<Part> {
    if within.start > within.end {
        return None;
    }
    boxes(bytes, within)?
        .parts
        .into_iter()
        .find(|part| part.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn boxed(name: [u8; 4], content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len() + 8).unwrap().to_be_bytes();
        [length.as_slice(), &name, content].concat()
    }

    /// A file that says how large its pictures are, and holds none.
    fn file(sizes: &[(u32, u32)]) -> Vec<u8> {
        let sizes: Vec<u8> = sizes
            .iter()
            .flat_map(|(width, height)| {
                boxed(
                    *b"ispe",
                    &[[0; 4], width.to_be_bytes(), height.to_be_bytes()].concat(),
                )
            })
            .collect();
        let inner = boxed(*b"iprp", &boxed(*b"ipco", &sizes));
        let meta = boxed(*b"meta", &[&[0; 4], inner.as_slice()].concat());
        [boxed(*b"ftyp", b"heic\0\0\0\0"), meta].concat()
    }

    #[test]
    fn the_largest_picture_is_the_page() {
        let page = Leaf::Picture {
            width: 4032,
            height: 3024,
            directory: 0,
        };
        assert_eq!(
            leaf(&file(&[(512, 512), (4032, 3024), (320, 240)])),
            Some(page)
        );
        assert_eq!(leaf(&file(&[])), None);
        assert_eq!(leaf(b"\0\0\0\x0Cftypheic"), None);
    }

    proptest! {
        #[test]
        fn a_spoilt_file_gets_an_answer(at in any::<proptest::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = file(&[(4032, 3024)]);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = leaf(&bytes);
        }
    }
}
