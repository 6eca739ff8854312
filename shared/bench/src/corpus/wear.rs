//! Eight ways in which a page reaches an office, from a clean scan to everything wrong at once.

use std::io::Cursor;

use chassis::StartError;
use image::{
    DynamicImage, ImageEncoder, RgbImage,
    codecs::jpeg::{JpegEncoder, PixelDensity},
    imageops::{rotate90, rotate180, rotate270},
};

use super::{
    camera::{Glare, Ground, Shadow, Shot, f},
    chance::Chance,
};

/// A class of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wear {
    /// A clean scan.
    Clean,
    /// A scan that lies 2.6 to 7.8 degrees askew.
    Skew,
    /// A photo from the side, on a darker table.
    Perspective,
    /// A photo out of focus, or moved.
    Blur,
    /// A photo with a hand's shadow and a lamp's glare.
    Shadow,
    /// On its side or upside down, in its pixels or by its EXIF tag.
    Turned,
    /// 75 to 150 dots an inch, compressed to quality 35 to 50.
    Coarse,
    /// All of it at once.
    Hard,
}

/// A worn page.
pub struct Worn {
    /// The JPEG.
    pub jpeg: Vec<u8>,
    /// What was done to it.
    pub done: String,
}

impl Wear {
    /// Every class, from the easiest to the hardest.
    pub const ALL: [Self; 8] = [
        Self::Clean,
        Self::Skew,
        Self::Perspective,
        Self::Blur,
        Self::Shadow,
        Self::Turned,
        Self::Coarse,
        Self::Hard,
    ];

    /// Its name in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Skew => "skew",
            Self::Perspective => "perspective",
            Self::Blur => "blur",
            Self::Shadow => "shadow",
            Self::Turned => "turned",
            Self::Coarse => "coarse",
            Self::Hard => "hard",
        }
    }

    /// Wears a page of A4. `turn` counts the pages of a class, so that each class has all its kinds.
    pub fn wear(self, page: &RgbImage, turn: u32, chance: &mut Chance) -> Result<Worn, StartError> {
        match self {
            Self::Clean => clean(page, chance),
            Self::Skew => skew(page, chance),
            Self::Perspective => perspective(page, chance),
            Self::Blur => blur(page, turn, chance),
            Self::Shadow => shadow(page, chance),
            Self::Turned => turned(page, turn, chance),
            Self::Coarse => coarse(page, turn, chance),
            Self::Hard => hard(page, turn, chance),
        }
    }
}

/// A4 at so many dots an inch.
fn a4(dpi: f32) -> (u32, u32) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some thousands"
    )]
    let size = |inches: f32| (inches * dpi).round() as u32;
    (size(8.268), size(11.693))
}

fn scan(dpi: f32, chance: &mut Chance) -> Shot {
    let white = chance.between(0.94, 1.0);
    Shot {
        paper: [white, white, white * chance.between(0.96, 1.0)],
        blur: chance.between(0.3, 0.6),
        noise: chance.between(1.5, 3.5),
        slope: (chance.either_side(0.0, 0.03), chance.either_side(0.0, 0.03)),
        ..Shot::plain(a4(dpi))
    }
}

const TABLES: [[f32; 3]; 5] = [
    [112.0, 78.0, 52.0],
    [74.0, 52.0, 38.0],
    [86.0, 90.0, 98.0],
    [58.0, 70.0, 84.0],
    [120.0, 104.0, 84.0],
];

fn photo(size: (u32, u32), chance: &mut Chance) -> Shot {
    let white = chance.between(0.86, 0.97);
    let table = TABLES[usize::try_from(chance.whole(0, 4)).unwrap_or_default()];
    Shot {
        paper: [
            white,
            white * chance.between(0.97, 1.0),
            white * chance.between(0.90, 1.0),
        ],
        fill: chance.between(0.86, 0.95),
        roll: chance.either_side(0.0, 1.5),
        tilt: (chance.either_side(0.0, 1.5), chance.either_side(0.0, 1.5)),
        ground: Ground::Table(table),
        blur: chance.between(0.5, 0.8),
        noise: chance.between(2.0, 5.0),
        slope: (
            chance.either_side(0.02, 0.10),
            chance.either_side(0.02, 0.10),
        ),
        ..Shot::plain(size)
    }
}

/// What a phone of some years ago takes: 8 megapixels, upright.
const PHONE: (u32, u32) = (2448, 3264);

fn clean(page: &RgbImage, chance: &mut Chance) -> Result<Worn, StartError> {
    let dpi = if chance.coin() { 200 } else { 300 };
    let quality = quality(chance, 82, 93);
    let shot = Shot {
        roll: chance.either_side(0.0, 0.4),
        ..scan(f32::from(dpi), chance)
    };
    let picture = shot.take(page, chance);
    let grey = chance.coin();
    let picture = if grey {
        DynamicImage::from(picture).into_luma8().into()
    } else {
        picture.into()
    };
    Ok(Worn {
        jpeg: jpeg(&picture, quality, Some(dpi), Vec::new())?,
        done: format!(
            "{dpi} dpi, quality {quality}{}",
            if grey { ", grey" } else { "" }
        ),
    })
}

fn skew(page: &RgbImage, chance: &mut Chance) -> Result<Worn, StartError> {
    let dpi = if chance.coin() { 200 } else { 250 };
    let quality = quality(chance, 75, 90);
    let roll = chance.either_side(2.6, 7.8);
    // The lid is white, grey, or open.
    let lid = [248.0, 225.0, 40.0][usize::try_from(chance.whole(0, 2)).unwrap_or_default()];
    let shot = Shot {
        roll,
        ground: Ground::Lid(lid),
        ..scan(f32::from(dpi), chance)
    };
    let picture = shot.take(page, chance).into();
    Ok(Worn {
        jpeg: jpeg(&picture, quality, Some(dpi), Vec::new())?,
        done: format!("{roll:.1} degrees, lid {lid}, {dpi} dpi, quality {quality}"),
    })
}

fn perspective(page: &RgbImage, chance: &mut Chance) -> Result<Worn, StartError> {
    let quality = quality(chance, 72, 88);
    let tilt = (chance.either_side(2.0, 8.0), chance.either_side(2.0, 8.0));
    let shot = Shot {
        tilt,
        roll: chance.either_side(0.0, 4.0),
        ..photo(PHONE, chance)
    };
    let picture = shot.take(page, chance).into();
    Ok(Worn {
        jpeg: jpeg(&picture, quality, None, Vec::new())?,
        done: format!(
            "tilt {:.1} and {:.1}, roll {:.1} degrees, quality {quality}",
            tilt.0, tilt.1, shot.roll
        ),
    })
}

fn blur(page: &RgbImage, turn: u32, chance: &mut Chance) -> Result<Worn, StartError> {
    let quality = quality(chance, 72, 88);
    // Mild, strong, moved: in turn.
    let (blur, moved) = match turn % 3 {
        0 => (chance.between(1.6, 2.1), (0.0, 0.0)),
        1 => (chance.between(2.5, 3.2), (0.0, 0.0)),
        _ => (
            chance.between(0.8, 1.2),
            (chance.either_side(4.0, 8.0), chance.either_side(1.0, 6.0)),
        ),
    };
    let shot = Shot {
        blur,
        moved,
        ..photo(PHONE, chance)
    };
    let picture = shot.take(page, chance).into();
    Ok(Worn {
        jpeg: jpeg(&picture, quality, None, Vec::new())?,
        done: format!(
            "blur {blur:.1}, moved {:.0} and {:.0} pixels, quality {quality}",
            moved.0, moved.1
        ),
    })
}

fn a_shadow(chance: &mut Chance) -> Shadow {
    Shadow {
        at: (chance.between(0.3, 0.7), chance.between(0.3, 0.7)),
        way: chance.between(0.0, 360.0),
        left: chance.between(0.38, 0.62),
        soft: chance.between(0.03, 0.14),
    }
}

fn shadow(page: &RgbImage, chance: &mut Chance) -> Result<Worn, StartError> {
    let quality = quality(chance, 72, 88);
    let shadow = a_shadow(chance);
    let glare = Glare {
        at: (chance.between(0.2, 0.8), chance.between(0.2, 0.8)),
        reach: chance.between(0.08, 0.18),
        adds: chance.between(80.0, 190.0),
    };
    let shot = Shot {
        shadow: Some(shadow),
        glare: Some(glare),
        ..photo(PHONE, chance)
    };
    let picture = shot.take(page, chance).into();
    Ok(Worn {
        jpeg: jpeg(&picture, quality, None, Vec::new())?,
        done: format!(
            "shadow leaves {:.2}, glare adds {:.0}, quality {quality}",
            shadow.left, glare.adds
        ),
    })
}

fn turned(page: &RgbImage, turn: u32, chance: &mut Chance) -> Result<Worn, StartError> {
    let quality = quality(chance, 78, 90);
    let by_scanner = chance.coin();
    let shot = if by_scanner {
        scan(200.0, chance)
    } else {
        photo(PHONE, chance)
    };
    let dpi = by_scanner.then_some(200);
    let picture = shot.take(page, chance);
    // A quarter in its pixels, a half in its pixels, by its tag: in turn.
    let (picture, tag, done) = match turn % 3 {
        0 if chance.coin() => (rotate90(&picture), None, "a quarter to the right"),
        0 => (rotate270(&picture), None, "a quarter to the left"),
        1 => (rotate180(&picture), None, "a half"),
        _ => match chance.whole(0, 2) {
            0 => (rotate270(&picture), Some(6), "EXIF tag 6"),
            1 => (rotate90(&picture), Some(8), "EXIF tag 8"),
            _ => (rotate180(&picture), Some(3), "EXIF tag 3"),
        },
    };
    let exif = tag.map(exif).unwrap_or_default();
    Ok(Worn {
        jpeg: jpeg(&picture.into(), quality, dpi, exif)?,
        done: format!("{done}, quality {quality}"),
    })
}

fn coarse(page: &RgbImage, turn: u32, chance: &mut Chance) -> Result<Worn, StartError> {
    let quality = quality(chance, 35, 50);
    // Coarse, middling, nearly good enough: in turn.
    let dpi = 75 + 30 * (turn % 3) + chance.whole(0, 15);
    let shot = Shot {
        roll: chance.either_side(0.0, 0.8),
        ..scan(f(dpi), chance)
    };
    let picture = shot.take(page, chance).into();
    Ok(Worn {
        jpeg: jpeg(&picture, quality, u16::try_from(dpi).ok(), Vec::new())?,
        done: format!("{dpi} dpi, quality {quality}"),
    })
}

fn hard(page: &RgbImage, turn: u32, chance: &mut Chance) -> Result<Worn, StartError> {
    let quality = quality(chance, 48, 65);
    let shot = Shot {
        roll: chance.either_side(3.0, 7.5),
        tilt: (chance.either_side(2.0, 6.0), chance.either_side(2.0, 6.0)),
        blur: chance.between(0.8, 1.2),
        shadow: Some(a_shadow(chance)),
        glare: Some(Glare {
            at: (chance.between(0.2, 0.8), chance.between(0.2, 0.8)),
            reach: chance.between(0.06, 0.12),
            adds: chance.between(60.0, 130.0),
        }),
        ..photo((2016, 2688), chance)
    };
    let picture = shot.take(page, chance);
    let (picture, way) = match turn % 3 {
        0 => (rotate90(&picture), "a quarter to the right"),
        1 => (rotate180(&picture), "a half"),
        _ => (rotate270(&picture), "a quarter to the left"),
    };
    Ok(Worn {
        jpeg: jpeg(&picture.into(), quality, None, exif(1))?,
        done: format!(
            "turned {way}, roll {:.1}, tilt {:.1} and {:.1} degrees, blur {:.1}, shadow, glare, quality {quality}",
            shot.roll, shot.tilt.0, shot.tilt.1, shot.blur
        ),
    })
}

fn quality(chance: &mut Chance, low: u32, high: u32) -> u8 {
    u8::try_from(chance.whole(low, high)).unwrap_or(80)
}

/// Encodes, with its density if it comes from a scanner.
pub fn jpeg(
    picture: &DynamicImage,
    quality: u8,
    dpi: Option<u16>,
    exif: Vec<u8>,
) -> Result<Vec<u8>, StartError> {
    let because = |error: image::ImageError| StartError::because("a JPEG", &error);
    let mut file = Cursor::new(Vec::new());
    let mut encoder = JpegEncoder::new_with_quality(&mut file, quality);
    if let Some(dpi) = dpi {
        encoder.set_pixel_density(PixelDensity::dpi(dpi));
    }
    if !exif.is_empty() {
        encoder
            .set_exif_metadata(exif)
            .map_err(|error| StartError::because("EXIF", &error))?;
    }
    encoder
        .write_image(
            picture.as_bytes(),
            picture.width(),
            picture.height(),
            picture.color().into(),
        )
        .map_err(because)?;
    Ok(file.into_inner())
}

/// What a phone writes beside a picture: which way is up, its make, and where it was: far out at sea.
pub fn exif(orientation: u16) -> Vec<u8> {
    const MAKE: [u8; 8] = *b"Example\0";
    // Two directories of 2 bytes, 12 an entry and 4; what is longer than 4 bytes stands behind each.
    let (make, gps) = (50u32, 58u32);
    let angles = gps + 54;
    let [high, low] = orientation.to_be_bytes();
    let mut tiff = b"MM\0*\0\0\0\x08\0\x03".to_vec();
    tiff.extend(entry(0x010F, 2, 8, make.to_be_bytes()));
    tiff.extend(entry(0x0112, 3, 1, [high, low, 0, 0]));
    tiff.extend(entry(0x8825, 4, 1, gps.to_be_bytes()));
    tiff.extend([0; 4]);
    tiff.extend(MAKE);
    tiff.extend([0, 4]);
    tiff.extend(entry(1, 2, 2, *b"N\0\0\0"));
    tiff.extend(entry(2, 5, 3, angles.to_be_bytes()));
    tiff.extend(entry(3, 2, 2, *b"E\0\0\0"));
    tiff.extend(entry(4, 5, 3, (angles + 24).to_be_bytes()));
    tiff.extend([0; 4]);
    for degrees in [12u32, 114] {
        for part in [degrees, 30, 0] {
            tiff.extend(part.to_be_bytes());
            tiff.extend(1u32.to_be_bytes());
        }
    }
    tiff
}

/// An entry of a TIFF directory.
fn entry(tag: u16, kind: u16, count: u32, value: [u8; 4]) -> Vec<u8> {
    let mut entry = [tag.to_be_bytes(), kind.to_be_bytes()].concat();
    entry.extend(count.to_be_bytes());
    entry.extend(value);
    entry
}
