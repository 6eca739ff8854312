//! Small files that are huge once they are opened.

use std::io::Write;

use chassis::StartError;
use flate2::{Compress, Compression, Crc, FlushCompress, write::ZlibEncoder};
use lopdf::{Document, Object, Stream, dictionary};

use super::{
    Page, Sample,
    pdf::{bare, saved},
    refused,
};

const CLASS: &str = "bomb";

/// Pictures.
pub fn pictures(page: &Page) -> Result<Vec<Sample>, StartError> {
    Ok(vec![
        refused(
            "bomb-header.png",
            CLASS,
            "a header of 60,000 by 60,000 pixels and nothing behind it",
            png(60_000, &[]),
        ),
        refused(
            "bomb-zlib.png",
            CLASS,
            "900 megapixels that are really there, in less than a megabyte",
            png(30_000, &zeros(30_001 * 30_000)?),
        ),
        refused(
            "bomb-400-megapixels.jpg",
            CLASS,
            "a header of 20,000 by 20,000 pixels before an ordinary page",
            resized(page.jpeg.clone()),
        ),
        refused(
            "bomb-header.tif",
            CLASS,
            "a directory of 50,000 by 50,000 pixels in one strip",
            tiff(50_000),
        ),
        refused(
            "bomb-header.webp",
            CLASS,
            "a header of 16,384 by 16,384 pixels",
            webp(),
        ),
    ])
}

/// PDFs whose streams unpack to gigabytes, or whose drawing never ends.
pub fn pdfs() -> Result<Vec<Sample>, StartError> {
    let gigabyte = zeros(1 << 30)?;
    Ok(vec![
        refused(
            "bomb-object-stream.pdf",
            CLASS,
            "an object stream that unpacks to a gigabyte",
            with_object_stream(gigabyte.clone()),
        ),
        refused(
            "bomb-content.pdf",
            CLASS,
            "a page whose drawing unpacks to a gigabyte",
            with_content(gigabyte.clone(), "FlateDecode".into())?,
        ),
        refused(
            "bomb-twice-packed.pdf",
            CLASS,
            "the same, packed twice into a few kilobytes",
            with_content(
                packed(&gigabyte)?,
                vec!["FlateDecode".into(), "FlateDecode".into()].into(),
            )?,
        ),
        refused(
            "bomb-picture.pdf",
            CLASS,
            "a page with a picture of 3,600 megapixels",
            with_picture(zeros(60_000 * 60_000 / 4)?)?,
        ),
        refused(
            "bomb-forms.pdf",
            CLASS,
            "twelve drawings, each of which draws the next ten times",
            with_forms()?,
        ),
        refused(
            "bomb-nesting.pdf",
            "nesting",
            "lists in lists in its catalogue, 200,000 deep",
            with_nesting(),
        ),
    ])
}

/// So many zeros, packed by zlib into a thousandth without ever being there: the same flushed block again and again.
fn zeros(count: u64) -> Result<Vec<u8>, StartError> {
    const BLOCK: usize = 1 << 20;
    let because = |error: flate2::CompressError| StartError::because("a bomb", &error);
    let mut raw = Compress::new(Compression::best(), false);
    let mut block = Vec::with_capacity(BLOCK);
    raw.compress_vec(&vec![0; BLOCK], &mut block, FlushCompress::Full)
        .map_err(because)?;
    let mut file = vec![0x78, 0xDA];
    for _ in 0..count / BLOCK as u64 {
        file.extend_from_slice(&block);
    }
    let rest = usize::try_from(count % BLOCK as u64).unwrap_or_default();
    let mut raw = Compress::new(Compression::best(), false);
    let mut last = Vec::with_capacity(BLOCK);
    raw.compress_vec(&vec![0; rest], &mut last, FlushCompress::Finish)
        .map_err(because)?;
    file.extend_from_slice(&last);
    // Adler-32 of zeros: the first sum stays 1, the second counts them.
    let second = u32::try_from(count % 65_521).unwrap_or_default();
    file.extend(((second << 16) | 1).to_be_bytes());
    Ok(file)
}

fn packed(bytes: &[u8]) -> Result<Vec<u8>, StartError> {
    let because = |error: std::io::Error| StartError::because("a bomb", &error);
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).map_err(because)?;
    encoder.finish().map_err(because)
}

/// A grey PNG of `side` by `side` pixels.
fn png(side: u32, data: &[u8]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1A\n".to_vec();
    let mut header = [side.to_be_bytes(), side.to_be_bytes()].concat();
    header.extend([8, 0, 0, 0, 0]);
    for (name, body) in [
        (b"IHDR", header.as_slice()),
        (b"IDAT", data),
        (b"IEND", &[]),
    ] {
        file.extend(u32::try_from(body.len()).unwrap_or_default().to_be_bytes());
        let mut sum = Crc::new();
        sum.update(name);
        sum.update(body);
        file.extend_from_slice(name);
        file.extend_from_slice(body);
        file.extend(sum.sum().to_be_bytes());
    }
    file
}

/// A JPEG whose frame says 20,000 by 20,000.
fn resized(mut jpeg: Vec<u8>) -> Vec<u8> {
    if let Some(frame) = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]) {
        for at in [frame + 5, frame + 7] {
            jpeg[at..at + 2].copy_from_slice(&20_000u16.to_be_bytes());
        }
    }
    jpeg
}

fn tiff(side: u32) -> Vec<u8> {
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    let entries: [(u16, u32); 9] = [
        (256, side),
        (257, side),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, side),
        (279, side.wrapping_mul(side)),
    ];
    file.extend(9u16.to_le_bytes());
    for (tag, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(4u16.to_le_bytes());
        file.extend(1u32.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file
}

/// A lossless WebP's header: 14 bits for each side, less one.
fn webp() -> Vec<u8> {
    let mut file = b"RIFF\x1A\0\0\0WEBPVP8L\x0E\0\0\0\x2F".to_vec();
    file.extend(0x0FFF_FFFFu32.to_le_bytes());
    file.extend([0; 9]);
    file
}

/// Objects one after the other, without a table of where they are: readers look for them.
fn plain(objects: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = b"%PDF-1.5\n".to_vec();
    let mut places = Vec::new();
    for (number, (head, stream)) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n{head}\n", number + 1).into_bytes());
        if !stream.is_empty() {
            file.extend_from_slice(b"stream\n");
            file.extend_from_slice(stream);
            file.extend_from_slice(b"\nendstream\n");
        }
        file.extend_from_slice(b"endobj\n");
    }
    let table = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).into_bytes());
    for place in &places {
        file.extend(format!("{place:010} 00000 n \n").into_bytes());
    }
    let size = places.len() + 1;
    file.extend(
        format!("trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n").into_bytes(),
    );
    file
}

const CATALOG: &str = "<</Type/Catalog/Pages 2 0 R>>";
const PAGES: &str = "<</Type/Pages/Kids[3 0 R]/Count 1>>";
const PAGE: &str = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>";

fn with_object_stream(gigabyte: Vec<u8>) -> Vec<u8> {
    let head = format!(
        "<</Type/ObjStm/N 1000/First 8000/Filter/FlateDecode/Length {}>>",
        gigabyte.len()
    );
    plain(&[
        (CATALOG, &[]),
        (PAGES, &[]),
        (PAGE, &[]),
        (&head, &gigabyte),
    ])
}

fn with_nesting() -> Vec<u8> {
    let deep = "[".repeat(200_000) + &"]".repeat(200_000);
    let catalog = format!("<</Type/Catalog/Pages 2 0 R/Deep{deep}>>");
    plain(&[(&catalog, &[]), (PAGES, &[]), (PAGE, &[])])
}

fn with_content(content: Vec<u8>, filter: Object) -> Result<Vec<u8>, StartError> {
    let (mut pdf, page) = bare();
    let stream = Stream::new(dictionary! { "Filter" => filter }, content).with_compression(false);
    let stream = pdf.add_object(stream);
    put(&mut pdf, page, "Contents", stream.into());
    saved(pdf)
}

/// Sets a page's entry.
fn put(pdf: &mut Document, page: lopdf::ObjectId, key: &str, value: Object) {
    if let Ok(page) = pdf.get_object_mut(page).and_then(Object::as_dict_mut) {
        page.set(key, value);
    }
}

fn with_picture(data: Vec<u8>) -> Result<Vec<u8>, StartError> {
    let (mut pdf, page) = bare();
    let picture = dictionary! {
        "Type" => "XObject", "Subtype" => "Image", "Width" => 60_000, "Height" => 60_000,
        "ColorSpace" => "DeviceGray", "BitsPerComponent" => 2, "Filter" => "FlateDecode",
    };
    let picture = pdf.add_object(Stream::new(picture, data).with_compression(false));
    let content = pdf.add_object(Stream::new(
        dictionary! {},
        b"595 0 0 842 0 0 cm /P Do".to_vec(),
    ));
    put(&mut pdf, page, "Contents", content.into());
    let resources = dictionary! { "XObject" => dictionary! { "P" => picture } };
    put(&mut pdf, page, "Resources", resources.into());
    saved(pdf)
}

fn with_forms() -> Result<Vec<u8>, StartError> {
    let (mut pdf, page) = bare();
    let mut last = pdf.add_object(form(b"0 0 9 9 re f".to_vec(), None));
    for _ in 0..12 {
        last = pdf.add_object(form(b"/F Do ".repeat(10), Some(last)));
    }
    let content = pdf.add_object(Stream::new(dictionary! {}, b"/F Do".to_vec()));
    put(&mut pdf, page, "Contents", content.into());
    put(&mut pdf, page, "Resources", resources(last).into());
    saved(pdf)
}

fn resources(form: lopdf::ObjectId) -> lopdf::Dictionary {
    dictionary! { "XObject" => dictionary! { "F" => form } }
}

fn form(content: Vec<u8>, draws: Option<lopdf::ObjectId>) -> Stream {
    let mut head = dictionary! {
        "Type" => "XObject", "Subtype" => "Form",
        "BBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    };
    if let Some(draws) = draws {
        head.set("Resources", resources(draws));
    }
    Stream::new(head, content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn the_zeros_are_really_there() {
        for count in [0, 1, 1 << 20, 3_000_001] {
            let mut unpacked = Vec::new();
            flate2::read::ZlibDecoder::new(zeros(count).unwrap().as_slice())
                .read_to_end(&mut unpacked)
                .unwrap();
            assert_eq!(unpacked.len() as u64, count);
            assert!(unpacked.iter().all(|&byte| byte == 0));
        }
    }
}
