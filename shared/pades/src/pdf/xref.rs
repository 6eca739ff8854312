//! Cross-references: where each object lies, revision by revision.

use super::file::read_indirect;
use super::parse::Parser;
use super::{Dict, Malformed, Object, inflate};

/// Objects that a file may have.
const OBJECTS: u64 = 1 << 18;

/// Where an object lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    Free,
    At { offset: usize, generation: u16 },
    Within { stream: u32, index: u32 },
}

/// The cross-references that one revision wrote.
#[derive(Debug, Clone)]
pub struct Section {
    pub offset: usize,
    /// Written as a stream, not as a table.
    pub stream: bool,
    pub entries: Vec<(u32, Entry)>,
    pub trailer: Dict,
}

impl Section {
    pub fn read(bytes: &[u8], offset: usize) -> Result<Self, Malformed> {
        let mut parser = Parser::new(bytes, offset);
        let section = if parser.keyword("xref") {
            Self::table(offset, &mut parser)?
        } else {
            Self::stream(bytes, offset)?
        };
        if section.trailer.get("Encrypt").is_some() {
            return Err(Malformed::Unsupported("encrypted files"));
        }
        if section.trailer.get("XRefStm").is_some() {
            return Err(Malformed::Unsupported(
                "files with both kinds of cross-references",
            ));
        }
        Ok(section)
    }

    /// Offset of the revision before.
    pub fn previous(&self) -> Result<Option<usize>, Malformed> {
        let Some(value) = self.trailer.get("Prev") else {
            return Ok(None);
        };
        let offset = match value {
            Object::Integer(number) => usize::try_from(*number).ok(),
            _ => None,
        };
        match offset {
            Some(offset) if offset < self.offset => Ok(offset.into()),
            Some(_) => Err(Malformed::Unsupported(
                "files written for the web (linearised)",
            )),
            None => Err(Malformed::Structure("Prev is no offset")),
        }
    }

    fn table(offset: usize, parser: &mut Parser<'_>) -> Result<Self, Malformed> {
        let mut entries = Vec::new();
        loop {
            parser.skip_space();
            if parser.keyword("trailer") {
                break;
            }
            let first = parser.unsigned()?;
            let count = parser.unsigned()?;
            check_range(first, count, entries.len())?;
            for number in first..first + count {
                let place = parser.unsigned()?;
                let generation = u16::try_from(parser.unsigned()?)
                    .map_err(|_| Malformed::Structure("a generation is out of range"))?;
                parser.skip_space();
                let entry = if parser.keyword("n") {
                    Entry::At {
                        offset: as_offset(place)?,
                        generation,
                    }
                } else {
                    parser.expect("f", "an entry is either n or f")?;
                    Entry::Free
                };
                entries.push((as_number(number)?, entry));
            }
        }
        let Object::Dict(trailer) = parser.object()? else {
            return Err(Malformed::Structure("the trailer is no dictionary"));
        };
        Ok(Self {
            offset,
            stream: false,
            entries,
            trailer,
        })
    }

    fn stream(bytes: &[u8], offset: usize) -> Result<Self, Malformed> {
        let indirect = read_indirect(bytes, offset, &|_| None)?;
        let Object::Stream(trailer, data) = indirect.object else {
            return Err(Malformed::Structure(
                "no cross-references lie where they should",
            ));
        };
        if trailer.name("Type") != Some(b"XRef") {
            return Err(Malformed::Structure(
                "the cross-references are of another type",
            ));
        }
        let data = inflate::unpack(&trailer, &data)?;
        let widths = integers(trailer.get("W"))?;
        let widths: [usize; 3] = widths
            .iter()
            .filter_map(|&width| usize::try_from(width).ok().filter(|&width| width <= 8))
            .collect::<Vec<_>>()
            .try_into()
            .map_err(|_| Malformed::Structure("W has three small widths"))?;
        let row = widths.iter().sum::<usize>();
        if row == 0 {
            return Err(Malformed::Structure("W has no width"));
        }
        let index = match trailer.get("Index") {
            Some(index) => integers(Some(index))?,
            None => vec![0, number_of(&trailer, "Size")?],
        };
        let mut rows = data.chunks_exact(row);
        let mut entries = Vec::new();
        for pair in index.chunks(2) {
            let &[first, count] = pair else {
                return Err(Malformed::Structure("Index is made of pairs"));
            };
            check_range(first, count, entries.len())?;
            for number in first..first + count {
                let row = rows
                    .next()
                    .ok_or(Malformed::Structure("cross-references are missing"))?;
                entries.push((as_number(number)?, entry(row, widths)?));
            }
        }
        Ok(Self {
            offset,
            stream: true,
            entries,
            trailer,
        })
    }
}

fn entry(row: &[u8], [first, second, third]: [usize; 3]) -> Result<Entry, Malformed> {
    let value = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0u64, |value, &byte| value << 8 | u64::from(byte))
    };
    let kind = if first == 0 { 1 } else { value(&row[..first]) };
    let (one, two) = (
        value(&row[first..first + second]),
        value(&row[first + second..][..third]),
    );
    Ok(match kind {
        0 => Entry::Free,
        1 => Entry::At {
            offset: as_offset(one)?,
            generation: u16::try_from(two)
                .map_err(|_| Malformed::Structure("a generation is out of range"))?,
        },
        2 => Entry::Within {
            stream: as_number(one)?,
            index: as_number(two)?,
        },
        _ => {
            return Err(Malformed::Structure(
                "a cross-reference is of an unknown kind",
            ));
        }
    })
}

fn check_range(first: u64, count: u64, already: usize) -> Result<(), Malformed> {
    let fits = |value: u64| value <= OBJECTS;
    if fits(first) && fits(count) && fits(first + count) && fits(already as u64 + count) {
        Ok(())
    } else {
        Err(Malformed::TooLarge("the number of objects"))
    }
}

fn as_number(value: u64) -> Result<u32, Malformed> {
    u32::try_from(value).map_err(|_| Malformed::Structure("an object's number is out of range"))
}

fn as_offset(value: u64) -> Result<usize, Malformed> {
    usize::try_from(value).map_err(|_| Malformed::Structure("an offset is out of range"))
}

fn number_of(dict: &Dict, key: &str) -> Result<u64, Malformed> {
    dict.integer(key)
        .and_then(|number| u64::try_from(number).ok())
        .ok_or(Malformed::Structure("a number is missing"))
}

fn integers(value: Option<&Object>) -> Result<Vec<u64>, Malformed> {
    let Some(Object::Array(items)) = value else {
        return Err(Malformed::Structure("a list of numbers is missing"));
    };
    items
        .iter()
        .map(|item| match item {
            Object::Integer(number) => u64::try_from(*number).ok(),
            _ => None,
        })
        .collect::<Option<_>>()
        .ok_or(Malformed::Structure("a list has another than numbers"))
}
