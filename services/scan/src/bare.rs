//! A file without what it tells about its maker: where the picture was taken, with what, when and by whom. Officers get this;
//! the owner gets the original. No pixel is coded again, and a picture lying on its side still says so.

use contracts::Refused;
use image::metadata::Orientation;

use crate::{
    domain::{MediaType, unreadable},
    parts::{self, Part},
};

mod pdf;
mod tiff;

/// Leaves out what nobody else needs. Takes time, and meets whatever strangers make up: only a worker calls it.
///
/// A HEIC picture is turned into a JPEG before; a signed PDF is not to be touched, and must not come here.
pub fn bare(kind: MediaType, bytes: Vec<u8>) -> Result<Vec<u8>, Refused> {
    match kind {
        MediaType::Jpeg => jpeg(&bytes, true).ok_or_else(unreadable),
        MediaType::Png => png(&bytes).ok_or_else(unreadable),
        MediaType::Webp => webp(&bytes).ok_or_else(unreadable),
        MediaType::Tiff => tiff::bare(bytes).ok_or_else(unreadable),
        MediaType::Pdf => pdf::bare(&bytes),
        MediaType::Heic => Err(unreadable()),
    }
}

/// EXIF that says which way up and nothing else: one entry (orientation), and no further directory.
fn turned(orientation: Orientation) -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation.to_exif(), 0, 0, 0, 0, 0, 0, 0]);
    exif
}

/// Which way up it is, if it lies otherwise.
fn lying(exif: &[u8]) -> Option<Orientation> {
    let orientation = Orientation::from_exif_chunk(exif);
    orientation.filter(|way| *way != Orientation::NoTransforms)
}

const EXIF: &[u8] = b"Exif\0\0";

/// Keeps what the picture is drawn by: JFIF, the colour profile, Adobe's colour transform, and all that is no application's own.
fn jpeg(bytes: &[u8], keeps_turn: bool) -> Option<Vec<u8>> {
    let found = parts::jpeg(bytes)?;
    let mut bare = vec![0xFF, 0xD8];
    let mut turn = None;
    for part in &found.parts {
        let content = bytes.get(part.content.clone())?;
        let keeps = match part.name[0] {
            0xE0 => content.starts_with(b"JFIF\0"),
            0xE2 => content.starts_with(b"ICC_PROFILE\0"),
            0xEE => content.starts_with(b"Adobe"),
            0xE1 => {
                turn = turn.or_else(|| lying(content.strip_prefix(EXIF)?));
                false
            }
            0xE3..=0xEF | 0xFE => false,
            0xDA => {
                // Before the first scan: readers look no further.
                if let Some(turn) = turn.take().filter(|_| keeps_turn) {
                    let exif = [EXIF, &turned(turn)].concat();
                    bare.extend([0xFF, 0xE1]);
                    bare.extend(u16::try_from(exif.len() + 2).ok()?.to_be_bytes());
                    bare.extend(exif);
                }
                true
            }
            _ => true,
        };
        if keeps {
            bare.extend_from_slice(bytes.get(part.place.clone())?);
        }
    }
    bare.extend([0xFF, 0xD9]);
    Some(bare)
}

/// Chunks that change how a PNG looks.
const PNG_KEPT: [&[u8; 4]; 17] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP",
    b"sBIT", b"bKGD", b"pHYs", b"hIST", b"acTL", b"fcTL", b"fdAT",
];

fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let found = parts::png(bytes)?;
    let mut bare = bytes.get(..8)?.to_vec();
    let of = |name: &[u8; 4]| found.parts.iter().find(|part| &part.name == name);
    let exif = of(b"eXIf").and_then(|part| bytes.get(part.content.clone()));
    let mut turn = exif.and_then(lying);
    for part in found
        .parts
        .iter()
        .filter(|part| PNG_KEPT.contains(&&part.name))
    {
        if &part.name == b"IDAT"
            && let Some(turn) = turn.take()
        {
            let exif = turned(turn);
            bare.extend(u32::try_from(exif.len()).ok()?.to_be_bytes());
            let from = bare.len();
            bare.extend(b"eXIf");
            bare.extend(exif);
            let sum = crc(&bare[from..]);
            bare.extend(sum.to_be_bytes());
        }
        bare.extend_from_slice(bytes.get(part.place.clone())?);
    }
    Some(bare)
}

/// The check sum of PNG's chunks (ISO/IEC 15948, annex D), for some bytes at a time.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ if sum & 1 == 1 { 0xEDB8_8320 } else { 0 }
        })
    })
}

const WEBP_KEPT: [&[u8; 4]; 7] = [
    b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP",
];
/// The extended header's bits that announce EXIF and XMP.
const WEBP_EXIF: u8 = 0x08;
const WEBP_XMP: u8 = 0x04;

fn webp(bytes: &[u8]) -> Option<Vec<u8>> {
    let found = parts::webp(bytes)?;
    let content = |part: &Part| bytes.get(part.content.clone());
    let exif = found.parts.iter().find(|part| &part.name == b"EXIF");
    // Some write it as JPEG does.
    let exif = exif
        .and_then(content)
        .map(|exif| exif.strip_prefix(EXIF).unwrap_or(exif));
    let turn = exif.and_then(lying);
    let mut bare = b"RIFF\0\0\0\0WEBP".to_vec();
    for part in found
        .parts
        .iter()
        .filter(|part| WEBP_KEPT.contains(&&part.name))
    {
        let from = bare.len();
        bare.extend_from_slice(bytes.get(part.place.clone())?);
        if &part.name == b"VP8X" {
            let flags = bare.get_mut(from + 8)?;
            *flags &= !(WEBP_EXIF | WEBP_XMP);
            if turn.is_some() {
                *flags |= WEBP_EXIF;
            }
        }
    }
    if bare.len() % 2 == 1 {
        bare.push(0);
    }
    // Without the extended header there is no EXIF to be read.
    let is_extended = found
        .parts
        .first()
        .is_some_and(|part| &part.name == b"VP8X");
    if let Some(turn) = turn.filter(|_| is_extended) {
        let exif = turned(turn);
        bare.extend(b"EXIF");
        bare.extend(u32::try_from(exif.len()).ok()?.to_le_bytes());
        bare.extend(exif);
    }
    let length = u32::try_from(bare.len() - 8).ok()?.to_le_bytes();
    bare[4..8].copy_from_slice(&length);
    Some(bare)
}

#[cfg(test)]
mod tests;
