//! The pages of a TIFF: its chain of directories, walked without decoding any of them.

use contracts::Refused;

use super::Leaf;
use crate::domain::unreadable;

const SUBFILE: u16 = 254;
const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;

/// Reads numbers in the file's own byte order.
struct Reader<'a> {
    bytes: &'a [u8],
    big: bool,
}

impl Reader<'_> {
    fn short(&self, at: usize) -> Option<u16> {
        let two: [u8; 2] = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big {
            u16::from_be_bytes(two)
        } else {
            u16::from_le_bytes(two)
        })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let four: [u8; 4] = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.big {
            u32::from_be_bytes(four)
        } else {
            u32::from_le_bytes(four)
        })
    }

    /// A directory's page, none for a reduced preview, and the place of the next directory.
    fn directory(&self, at: u32) -> Option<(Option<Leaf>, u32)> {
        let start = usize::try_from(at).ok()?;
        let entries = usize::from(self.short(start)?);
        let (mut width, mut height, mut preview) = (0, 0, false);
        for entry in 0..entries {
            let entry = start + 2 + entry * 12;
            let value = match self.short(entry + 2)? {
                3 => u32::from(self.short(entry + 8)?),
                _ => self.long(entry + 8)?,
            };
            match self.short(entry)? {
                SUBFILE => preview = value & 1 == 1,
                WIDTH => width = value,
                HEIGHT => height = value,
                _ => {}
            }
        }
        let next = self.long(start + 2 + entries * 12)?;
        let leaf = Leaf::Picture {
            width,
            height,
            directory: at,
        };
        Some(((!preview).then_some(leaf), next))
    }
}

/// The pages, at most one more than `most`: so a chain that bites its own tail ends as too many.
pub fn leaves(bytes: &[u8], most: u32) -> Result<Vec<Leaf>, Refused> {
    let reader = Reader {
        bytes,
        big: bytes.starts_with(b"MM"),
    };
    let mut leaves = Vec::new();
    let mut at = reader.long(4).ok_or_else(unreadable)?;
    // Previews are not pages, so they get a bound of their own.
    for _ in 0..=most.saturating_mul(4) {
        if at == 0 || leaves.len() > most as usize {
            break;
        }
        let (leaf, next) = reader.directory(at).ok_or_else(unreadable)?;
        leaves.extend(leaf);
        at = next;
    }
    Ok(leaves)
}

/// The file with another directory first, for decoders that know only the first page. A file too short to have one is
/// left as it is.
pub fn starting_at(mut bytes: Vec<u8>, directory: u32) -> Vec<u8> {
    let first = if bytes.starts_with(b"MM") {
        directory.to_be_bytes()
    } else {
        directory.to_le_bytes()
    };
    if let Some(place) = bytes.get_mut(4..8) {
        place.copy_from_slice(&first);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A TIFF of directories alone: each one's width, height and whether it is a preview.
    fn file(pages: &[(u32, u32, u32)], ring: bool) -> Vec<u8> {
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        for (number, &(width, height, preview)) in pages.iter().enumerate() {
            bytes.extend(3u16.to_le_bytes());
            for (tag, value) in [(SUBFILE, preview), (WIDTH, width), (HEIGHT, height)] {
                bytes.extend(tag.to_le_bytes());
                bytes.extend(4u16.to_le_bytes());
                bytes.extend(1u32.to_le_bytes());
                bytes.extend(value.to_le_bytes());
            }
            let last = number + 1 == pages.len();
            let next = if !last {
                u32::try_from(bytes.len() + 4).unwrap_or_default()
            } else if ring {
                8
            } else {
                0
            };
            bytes.extend(next.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn every_directory_is_a_page_but_a_preview_is_not() {
        let bytes = file(&[(2480, 3508, 0), (160, 226, 1), (2480, 3508, 2)], false);
        let found = leaves(&bytes, 100).map(|leaves| leaves.len());
        assert_eq!(found, Ok(2));
    }

    #[test]
    fn a_chain_that_bites_its_tail_ends() {
        let found =
            leaves(&file(&[(10, 10, 0), (10, 10, 0)], true), 100).map(|leaves| leaves.len());
        assert_eq!(found, Ok(101));
        let previews = leaves(&file(&[(10, 10, 1)], true), 100).map(|leaves| leaves.len());
        assert_eq!(previews, Ok(0));
    }

    #[test]
    fn a_chain_that_leads_nowhere_is_unreadable() {
        assert!(leaves(b"II*\0\xFF\xFF\xFF\xFF", 100).is_err());
        assert!(leaves(b"II*\0", 100).is_err());
    }

    proptest! {
        #[test]
        fn any_chain_gets_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = leaves(&[b"II*\0\x08\0\0\0", bytes.as_slice()].concat(), 100);
            let _ = leaves(&[b"MM\0*\0\0\0\x08", bytes.as_slice()].concat(), 100);
        }
    }
}
