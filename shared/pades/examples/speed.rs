//! How long signing takes: `speed DOCUMENT.pdf [KEY.pem CHAIN.pem]`. Without a key it makes one over P-256.

use std::error::Error;
use std::time::Instant;

use pades::testing::Authority;
use pades::{Grounds, Protection, Request, Signer};

const TIMES: u32 = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let pdf = std::fs::read(arguments.first().ok_or("which document?")?)?;
    let at = "2026-02-05T07:03:07Z".parse()?;
    let authority = Authority::new("2026-01-01T00:00:00Z".parse()?)?;
    let signer = match &arguments[1..] {
        [key, chain] => Signer::from_pem(
            &std::fs::read_to_string(key)?,
            &std::fs::read_to_string(chain)?,
        )?,
        _ => authority.signer("Hoàng Đình Khuê")?,
    };
    let mut last = Request::new("CoQuan", at);
    last.protection = Protection::Final;
    let grounds = Grounds {
        anchors: vec![authority.root().clone()],
        ..Grounds::default()
    };

    let once = pades::sign(&pdf, &signer, &Request::new("NguoiKy", at))?;
    let twice = pades::sign(&once, &signer, &last)?;
    println!(
        "{} bytes, signed {}, signed twice {}",
        pdf.len(),
        once.len(),
        twice.len()
    );
    time("first signature", || {
        pades::sign(&pdf, &signer, &Request::new("NguoiKy", at)).map(drop)
    })?;
    time("second signature", || {
        pades::sign(&once, &signer, &last).map(drop)
    })?;
    time("check of both", || {
        pades::verify(&twice, &grounds, at).map(drop)
    })?;
    Ok(())
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
