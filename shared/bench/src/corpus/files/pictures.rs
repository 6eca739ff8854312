//! Pictures that are cut, lie, or go round in circles; and good ones of kinds that readers stumble over.

use std::io::Cursor;

use chassis::StartError;
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgba, RgbaImage};
use tiff::encoder::{TiffEncoder, colortype};

use super::{Page, Sample, refused, taken};
use crate::corpus::wear;

fn because(error: impl std::error::Error) -> StartError {
    StartError::because("a picture", &error)
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Result<Vec<u8>, StartError> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).map_err(because)?;
    Ok(file.into_inner())
}

/// To be refused.
pub fn hostile(page: &Page) -> Result<Vec<Sample>, StartError> {
    let png = encoded(&page.picture.clone().into(), ImageFormat::Png)?;
    let tiff = encoded(
        &image::imageops::thumbnail(&page.picture, 200, 280).into(),
        ImageFormat::Tiff,
    )?;
    Ok(vec![
        refused(
            "half.jpg",
            "cut",
            "its second half is missing, as a broken line leaves it",
            page.jpeg[..page.jpeg.len() / 2].to_vec(),
        ),
        refused(
            "half.png",
            "cut",
            "its second half is missing",
            png[..png.len() / 2].to_vec(),
        ),
        refused(
            "half.tif",
            "cut",
            "its directory is beyond its end",
            tiff[..tiff.len() / 2].to_vec(),
        ),
        refused(
            "directories-in-a-ring.tif",
            "loop",
            "its last directory leads back to its first",
            ringed(tiff),
        ),
        refused(
            "jpeg-and-zip.jpg",
            "polyglot",
            "a picture to one program and an archive to another",
            [
                page.jpeg.as_slice(),
                &super::others::zip(&[("setup.exe", b"MZ")]),
            ]
            .concat(),
        ),
    ])
}

/// Its only directory leads to itself.
fn ringed(mut tiff: Vec<u8>) -> Vec<u8> {
    let place: Option<[u8; 4]> = tiff.get(4..8).and_then(|bytes| bytes.try_into().ok());
    if let Some(bytes) = place {
        let at = u32::from_le_bytes(bytes) as usize;
        if let Some(&[low, high]) = tiff.get(at..at + 2) {
            let link = at + 2 + usize::from(u16::from_le_bytes([low, high])) * 12;
            if let Some(next) = tiff.get_mut(link..link + 4) {
                next.copy_from_slice(&bytes);
            }
        }
    }
    tiff
}

/// To be taken.
pub fn odd(page: &Page) -> Result<Vec<Sample>, StartError> {
    let grey = DynamicImage::from(page.picture.clone()).into_luma8();
    // Letters of ink on nothing: readers that forget the nothing see black on black.
    let glass = RgbaImage::from_fn(grey.width(), grey.height(), |x, y| {
        Rgba([0, 0, 0, 255 - grey.get_pixel(x, y).0[0]])
    });
    let deep =
        image::ImageBuffer::<Luma<u16>, Vec<u16>>::from_fn(grey.width(), grey.height(), |x, y| {
            Luma([u16::from(grey.get_pixel(x, y).0[0]) * 257])
        });
    let film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".as_slice();
    Ok(vec![
        taken("photo.jpg", "nothing is odd about it", page.jpeg.clone()),
        taken(
            "photo-with-place.jpg",
            "it says where and with what it was taken",
            wear::jpeg(&page.picture.clone().into(), 80, None, wear::exif(1))?,
        ),
        taken(
            "photo-with-film.jpg",
            "seconds of film behind its end, as phones append them",
            [page.jpeg.as_slice(), film].concat(),
        ),
        taken(
            "four-inks.jpg",
            "a printer's colours: cyan, magenta, yellow, black",
            four_inks(&grey)?,
        ),
        taken(
            "on-nothing.png",
            "black ink on transparency",
            encoded(&glass.clone().into(), ImageFormat::Png)?,
        ),
        taken(
            "sixteen-bits.png",
            "65,536 levels of grey",
            encoded(&deep.into(), ImageFormat::Png)?,
        ),
        taken(
            "on-nothing.tif",
            "black ink on transparency",
            encoded(&glass.into(), ImageFormat::Tiff)?,
        ),
        taken("two-pages.tif", "two pages in one file", two_pages(&grey)?),
        taken(
            "photo.webp",
            "a lossless WebP",
            encoded(&page.picture.clone().into(), ImageFormat::WebP)?,
        ),
    ])
}

fn two_pages(page: &GrayImage) -> Result<Vec<u8>, StartError> {
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).map_err(because)?;
    for _ in 0..2 {
        encoder
            .write_image::<colortype::Gray8>(page.width(), page.height(), page.as_raw())
            .map_err(because)?;
    }
    Ok(file.into_inner())
}

/// A JPEG of four colours as Adobe's programs write it, every value turned over: four grey JPEGs of the same tables, one
/// scan behind the other.
fn four_inks(grey: &GrayImage) -> Result<Vec<u8>, StartError> {
    let wrong = || StartError::new("a JPEG without its parts");
    let blank = GrayImage::from_pixel(grey.width(), grey.height(), Luma([255]));
    let plane = |picture: &GrayImage| wear::jpeg(&picture.clone().into(), 85, None, Vec::new());
    // All is black ink: the other three are none.
    let (none, ink) = (plane(&blank)?, plane(grey)?);
    let find = |file: &[u8], marker: u8| {
        file.windows(2)
            .position(|pair| pair == [0xFF, marker])
            .ok_or_else(wrong)
    };
    let (frame, scan) = (find(&ink, 0xC0)?, find(&ink, 0xDA)?);
    let mut file = vec![0xFF, 0xD8];
    file.extend(b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0\0");
    // Quantisation tables, however the encoder orders its parts.
    for marker in [0xDB, 0xC4] {
        let mut at = 2;
        while at < scan {
            let length = usize::from(u16::from_be_bytes([ink[at + 2], ink[at + 3]]));
            if ink[at + 1] == marker {
                file.extend_from_slice(&ink[at..at + 2 + length]);
            }
            at += 2 + length;
        }
    }
    file.extend([0xFF, 0xC0, 0, 20, 8]);
    file.extend_from_slice(&ink[frame + 5..frame + 9]);
    file.push(4);
    for component in 1..=4 {
        file.extend([component, 0x11, 0]);
    }
    for (component, plane) in [(1, &none), (2, &none), (3, &none), (4, &ink)] {
        let coded = find(plane, 0xDA)? + 2 + 8;
        file.extend([0xFF, 0xDA, 0, 8, 1, component, 0, 0, 63, 0]);
        file.extend_from_slice(&plane[coded..plane.len() - 2]);
    }
    file.extend([0xFF, 0xD9]);
    Ok(file)
}
