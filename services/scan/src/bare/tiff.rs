//! A TIFF's directories without the entries that tell about its maker. Pixels stay where they are; what an entry pointed to is
//! wiped.

/// Entries taken out: description, maker, model, software, date, artist, host, XMP, copyright, IPTC, Photoshop's, and the
/// directories of EXIF and GPS.
const TAKEN_OUT: [u16; 14] = [
    269, 270, 271, 272, 305, 306, 315, 316, 700, 33_432, 33_723, 34_377, 34_665, 34_853,
];
const DIRECTORIES: [u16; 2] = [34_665, 34_853];
/// Directories followed: as many as a file has pages and previews, and then some.
const MOST: usize = 2000;

struct File {
    bytes: Vec<u8>,
    big: bool,
}

impl File {
    fn short(&self, at: usize) -> Option<u16> {
        let two: [u8; 2] = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big {
            u16::from_be_bytes(two)
        } else {
            u16::from_le_bytes(two)
        })
    }

    fn long(&self, at: usize) -> Option<usize> {
        let four: [u8; 4] = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        let long = if self.big {
            u32::from_be_bytes(four)
        } else {
            u32::from_le_bytes(four)
        };
        usize::try_from(long).ok()
    }

    fn wipe(&mut self, from: usize, length: usize) {
        let end = from.saturating_add(length).min(self.bytes.len());
        if let Some(wiped) = self.bytes.get_mut(from..end) {
            wiped.fill(0);
        }
    }

    /// Wipes what an entry points to; a value of four bytes lies in the entry itself.
    fn wipe_value(&mut self, entry: usize, depth: usize) -> Option<()> {
        let size = match self.short(entry + 2)? {
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => 1,
        };
        let length = self.long(entry + 4)?.checked_mul(size)?;
        let place = self.long(entry + 8)?;
        if DIRECTORIES.contains(&self.short(entry)?) && depth > 0 {
            self.wipe_directory(place, depth - 1);
        } else if length > 4 {
            self.wipe(place, length);
        }
        Some(())
    }

    fn wipe_directory(&mut self, at: usize, depth: usize) -> Option<()> {
        let entries = usize::from(self.short(at)?);
        for entry in 0..entries {
            self.wipe_value(at + 2 + entry * 12, depth);
        }
        self.wipe(at, 2 + entries * 12 + 4);
        Some(())
    }

    /// Closes the gaps that taken entries leave, and gives the place of the next directory.
    fn thin(&mut self, at: usize) -> Option<usize> {
        let entries = usize::from(self.short(at)?);
        let end = at + 2 + entries * 12;
        let next = self.bytes.get(end..end + 4)?.to_vec();
        let place = self.long(end)?;
        let mut kept = Vec::new();
        for entry in (0..entries).map(|entry| at + 2 + entry * 12) {
            if TAKEN_OUT.contains(&self.short(entry)?) {
                self.wipe_value(entry, 1);
            } else {
                kept.extend_from_slice(self.bytes.get(entry..entry + 12)?);
            }
        }
        let count = u16::try_from(kept.len() / 12).ok()?;
        let count = if self.big {
            count.to_be_bytes()
        } else {
            count.to_le_bytes()
        };
        let directory = [count.as_slice(), &kept, &next].concat();
        self.wipe(at, end + 4 - at);
        self.bytes
            .get_mut(at..at + directory.len())?
            .copy_from_slice(&directory);
        Some(place)
    }
}

/// The file with its directories thinned; none where one leads nowhere.
pub fn bare(bytes: Vec<u8>) -> Option<Vec<u8>> {
    let mut file = File {
        big: bytes.starts_with(b"MM"),
        bytes,
    };
    let mut at = file.long(4)?;
    for _ in 0..MOST {
        if at == 0 {
            return Some(file.bytes);
        }
        at = file.thin(at)?;
    }
    None
}
