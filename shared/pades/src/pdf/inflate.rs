//! Streams that the file's own structure is kept in: cross-references and collections of objects. Nothing else is unpacked.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use super::{Dict, Malformed, Object};

/// What one such stream may unpack to.
const LIMIT: u64 = 16 << 20;

/// The data of a stream with no filter, or with Flate and at most a PNG predictor.
pub fn unpack(dict: &Dict, data: &[u8]) -> Result<Vec<u8>, Malformed> {
    let one = |key: &str| match dict.get(key) {
        Some(Object::Array(items)) if items.len() == 1 => Some(&items[0]),
        other => other,
    };
    match one("Filter") {
        None => return Ok(data.to_vec()),
        Some(Object::Name(name)) if name == b"FlateDecode" => {}
        Some(_) => return Err(Malformed::Unsupported("other filters than Flate")),
    }
    let mut out = Vec::new();
    ZlibDecoder::new(data)
        .take(LIMIT + 1)
        .read_to_end(&mut out)
        .map_err(|_| Malformed::Structure("a stream cannot be unpacked"))?;
    if out.len() as u64 > LIMIT {
        return Err(Malformed::TooLarge("an unpacked stream"));
    }
    let Some(parameters) = one("DecodeParms").and_then(Object::dict) else {
        return Ok(out);
    };
    match parameters.integer("Predictor").unwrap_or(1) {
        1 => Ok(out),
        10..=15 => {
            let number = |key, default| parameters.integer(key).unwrap_or(default);
            let bits = number("Colors", 1).saturating_mul(number("BitsPerComponent", 8));
            if bits != 8 {
                return Err(Malformed::Unsupported("predictors over more than bytes"));
            }
            let columns = usize::try_from(number("Columns", 1)).unwrap_or(0);
            if columns == 0 || columns > 1 << 16 {
                return Err(Malformed::Structure("a predictor has no sensible width"));
            }
            unpredict(&out, columns)
        }
        _ => Err(Malformed::Unsupported("predictors of TIFF")),
    }
}

/// Undoes PNG's predictors for rows of single bytes.
fn unpredict(data: &[u8], columns: usize) -> Result<Vec<u8>, Malformed> {
    let mut out = Vec::with_capacity(data.len());
    let mut above = vec![0u8; columns];
    for row in data.chunks(columns + 1) {
        let (&kind, row) = row.split_first().unwrap_or((&0, &[]));
        let mut now = vec![0u8; columns];
        let (mut left, mut corner) = (0u8, 0u8);
        for ((now, &byte), &up) in now.iter_mut().zip(row).zip(&above) {
            let base = match kind {
                0 => 0,
                1 => left,
                2 => up,
                3 => u8::midpoint(left, up),
                4 => paeth(left, up, corner),
                _ => return Err(Malformed::Structure("a row has an unknown predictor")),
            };
            *now = byte.wrapping_add(base);
            (left, corner) = (*now, up);
        }
        out.extend(&now[..row.len()]);
        above = now;
    }
    Ok(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(up) - i16::from(corner);
    let distance = |value: u8| (estimate - i16::from(value)).abs();
    if distance(left) <= distance(up) && distance(left) <= distance(corner) {
        left
    } else if distance(up) <= distance(corner) {
        up
    } else {
        corner
    }
}
