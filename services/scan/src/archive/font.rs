//! The font of an invisible text layer: one blank glyph for all letters. PDF/A wants every font embedded, and this one takes
//! less than half a kilobyte.

/// How wide the glyph is, in thousandths of the letters' height.
pub const ADVANCE: f32 = 500.0;

/// A TrueType file with the tables that a PDF needs, in the order of their names.
pub fn blank() -> Vec<u8> {
    let tables: [(&[u8; 4], Vec<u8>); 6] = [
        // Both glyphs are empty: they begin and end at 0. Some readers mind a table without a byte.
        (b"glyf", vec![0; 4]),
        (b"head", head()),
        (b"hhea", hhea()),
        // One advance for all: 500, and two left bearings of 0.
        (b"hmtx", words(&[500, 0, 0])),
        (b"loca", words(&[0, 0, 0])),
        (b"maxp", maxp()),
    ];
    let mut file = Vec::new();
    // TrueType; six tables, and what makes a binary search among them quick.
    file.extend(words(&[1, 0, 6, 64, 2, 32]));
    let mut place = 12 + 16 * tables.len();
    for (name, table) in &tables {
        file.extend(*name);
        file.extend(sum(table).to_be_bytes());
        file.extend(number(place));
        file.extend(number(table.len()));
        place += table.len().next_multiple_of(4);
    }
    let head = file.len() + tables[0].1.len();
    for (_, table) in &tables {
        file.extend(table);
        file.resize(file.len().next_multiple_of(4), 0);
    }
    let adjustment = 0xB1B0_AFBA_u32.wrapping_sub(sum(&file));
    file[head + 8..head + 12].copy_from_slice(&adjustment.to_be_bytes());
    file
}

fn head() -> Vec<u8> {
    // Version and revision 1.0, the sum that is put in at the end, the magic number, no flags, 1000 units.
    let mut table = words(&[1, 0, 1, 0, 0, 0, 0x5F0F, 0x3CF5, 0, 1000]);
    // Made and changed at no time in particular.
    table.extend([0; 16]);
    // Bounds, no style, readable from 8 pixels on, left to right, short places, the only glyph format.
    table.extend(words(&[0, 0, 500, 1000, 0, 8, 2, 0, 0]));
    table
}

fn hhea() -> Vec<u8> {
    let (ascent, descent) = (1000, 0xFFFF);
    let mut table = words(&[1, 0, ascent, descent, 0, 500, 0, 0, 0, 1, 0, 0]);
    // Four reserved, the only format, one advance.
    table.extend(words(&[0, 0, 0, 0, 0, 1]));
    table
}

fn maxp() -> Vec<u8> {
    // Version 1.0, two glyphs, nothing in them, the usual two zones.
    let mut table = words(&[1, 0, 2, 0, 0, 0, 0, 2]);
    table.resize(32, 0);
    table
}

fn words(values: &[u16]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect()
}

fn number(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(0).to_be_bytes()
}

fn sum(bytes: &[u8]) -> u32 {
    let fours = bytes.chunks(4).map(|chunk| {
        let mut four = [0; 4];
        four[..chunk.len()].copy_from_slice(chunk);
        u32::from_be_bytes(four)
    });
    fours.fold(0, u32::wrapping_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_adds_up() {
        let file = blank();
        assert_eq!(sum(&file), 0xB1B0_AFBA);
        assert!(file.len() < 400, "{}", file.len());
        let magic: Vec<_> = file
            .windows(4)
            .filter(|four| *four == [0x5F, 0x0F, 0x3C, 0xF5])
            .collect();
        assert_eq!(magic.len(), 1);
    }
}
