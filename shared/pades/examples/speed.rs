//! How long signing takes: `speed DOCUMENT.pdf FONT.ttf [KEY.pem CHAIN.pem]`. Without a key it makes one over P-256.

use std::error::Error;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Instant;

use pades::testing::Authority;
use pades::{
    Appearance, Area, Font, Grounds, Layer, Picture, Protection, Rect, Request, Signer, signed_by,
    signing_time,
};

const TIMES: u32 = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [document, font, key @ ..] = arguments.as_slice() else {
        return Err("which document, and which font?".into());
    };
    let pdf = std::fs::read(document)?;
    let at = "2026-02-05T07:03:07Z".parse()?;
    let authority = Authority::new("2026-01-01T00:00:00Z".parse()?)?;
    let signer = match key {
        [key, chain] => Signer::from_pem(
            &std::fs::read_to_string(key)?,
            &std::fs::read_to_string(chain)?,
        )?,
        _ => authority.signer("Hoàng Đình Khuê")?,
    };
    let plain = Request::new("NguoiKy", at);
    let mut first = plain.clone();
    first.appearance = Some(look(vec![words(at, Font::new(std::fs::read(font)?)?)]));
    let mut last = Request::new("CoQuan", at);
    last.appearance = Some(look(vec![seal()?]));
    last.protection = Protection::Final;
    let grounds = Grounds {
        anchors: vec![authority.root().clone()],
        ..Grounds::default()
    };

    let once = pades::sign(&pdf, &signer, &first)?;
    let twice = pades::sign(&once, &signer, &last)?;
    println!(
        "{} bytes, signed {}, sealed {}",
        pdf.len(),
        once.len(),
        twice.len()
    );
    time("an invisible signature", || {
        pades::sign(&pdf, &signer, &plain).map(drop)
    })?;
    time("one with words", || {
        pades::sign(&pdf, &signer, &first).map(drop)
    })?;
    time("a seal after it", || {
        pades::sign(&once, &signer, &last).map(drop)
    })?;
    time("a check of both", || {
        pades::verify(&twice, &grounds, at).map(drop)
    })?;
    Ok(())
}

const PLACE: Rect = Rect {
    x: 0.0,
    y: 0.0,
    width: 150.0,
    height: 100.0,
};

fn look(layers: Vec<Layer>) -> Appearance {
    Appearance {
        page: 1,
        area: Area::At(Rect {
            x: 300.0,
            y: 300.0,
            ..PLACE
        }),
        layers,
    }
}

fn words(at: chrono::DateTime<chrono::Utc>, font: Font) -> Layer {
    Layer::Text {
        lines: vec![signed_by("Hoàng Đình Khuê"), signing_time(at)],
        font: Arc::new(font),
        size: 9.0,
        colour: [0, 0, 0],
        at: PLACE,
    }
}

/// A red disc of 300 by 300 pixels.
fn seal() -> Result<Layer, Box<dyn Error>> {
    let disc = image::RgbaImage::from_fn(300, 300, |x, y| {
        let (x, y) = (i64::from(x) - 150, i64::from(y) - 150);
        image::Rgba([200, 20, 20, if x * x + y * y < 150 * 150 { 255 } else { 0 }])
    });
    let mut png = Cursor::new(Vec::new());
    disc.write_to(&mut png, image::ImageFormat::Png)?;
    let picture = Arc::new(Picture::from_png(&png.into_inner())?);
    Ok(Layer::Picture { picture, at: PLACE })
}

fn time<E: Error + 'static>(
    what: &str,
    mut job: impl FnMut() -> Result<(), E>,
) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    for _ in 0..TIMES {
        job()?;
    }
    println!(
        "{what}: {:.2} ms",
        begun.elapsed().as_secs_f64() * 1000.0 / f64::from(TIMES)
    );
    Ok(())
}
