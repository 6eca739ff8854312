//! What is seen of signatures on the paper.

use std::{fs, path::Path, process::Command};

use contracts::Delivery;
use image::{Rgba, RgbaImage};
use testkit::Stage;

use super::{
    SIGNER, issued,
    signing::{Keys, authority, keep, pdf, pdfsig, pyhanko},
};

/// A picture of one colour with a hole in its middle.
fn picture(path: &Path, colour: [u8; 3]) {
    let [red, green, blue] = colour;
    let drawn = RgbaImage::from_fn(90, 90, |x, y| {
        let edge = !(20..70).contains(&x) || !(20..70).contains(&y);
        Rgba([red, green, blue, if edge { 255 } else { 0 }])
    });
    drawn.save(path).unwrap();
}

/// The last page as people see it, with the signatures' looks.
fn seen(path: &Path) -> image::RgbImage {
    let to = path.with_extension("");
    let drawn = Command::new("pdftoppm")
        .args(["-r", "72", "-png", "-singlefile"])
        .args([path, &to])
        .status();
    assert!(drawn.unwrap().success());
    image::open(path.with_extension("png")).unwrap().into_rgb8()
}

/// The columns in which some colour is seen: the first and the last.
fn columns(image: &image::RgbImage, is: impl Fn([u8; 3]) -> bool) -> Option<(u32, u32)> {
    let of_it = image
        .enumerate_pixels()
        .filter(|(_, _, pixel)| is(pixel.0))
        .map(|(x, _, _)| x);
    let of_it: Vec<u32> = of_it.collect();
    Some((*of_it.iter().min()?, *of_it.iter().max()?))
}

fn red([red, green, blue]: [u8; 3]) -> bool {
    red > 150 && green < 110 && blue < 110
}

fn blue([red, green, blue]: [u8; 3]) -> bool {
    blue > 130 && red < 110 && green < 130
}

#[tokio::test]
async fn the_seal_is_seen_in_red_left_of_the_hand_in_blue_and_over_it() {
    let authority = authority();
    let keys = Keys::by(&authority);
    picture(&keys.path("seals/H15.50.05.png"), [220, 20, 20]);
    let hand = format!("signers/tran-van-mau.{}.png", Stage::account(SIGNER));
    picture(&keys.path(&hand), [20, 40, 200]);
    let mut stage = keys.stage(&[]).await;
    let paper = issued(&mut stage, 1, Delivery::Portal).await;
    let pdf = pdf(&stage, &paper).await;
    let path = keep(&keys, &pdf);
    assert_eq!(pdfsig(&path), [true, true]);
    assert_eq!(
        pyhanko(&path, authority.root()),
        "valid: NguoiKy B-B, CoQuan B-B"
    );
    let page = seen(&path);
    let (seal, hand) = (columns(&page, red).unwrap(), columns(&page, blue).unwrap());
    assert!(seal.0 < hand.0, "{seal:?} {hand:?}");
    assert!(seal.1 < hand.1, "{seal:?} {hand:?}");
}

#[tokio::test]
async fn the_words_of_a_signature_are_drawn_into_the_room_of_the_paper() {
    let authority = authority();
    let keys = Keys::by(&authority);
    let mut stage = keys.stage(&[]).await;
    let paper = issued(&mut stage, 1, Delivery::Portal).await;
    let signed = pdf(&stage, &paper).await;
    let drawn = keep(&keys, &signed);
    let ink = |path: &Path| {
        let page = seen(path);
        let dark = page
            .pixels()
            .filter(|pixel| pixel.0.iter().all(|&part| part < 140));
        dark.count()
    };
    let with_words = ink(&drawn);
    let end = signed
        .windows(5)
        .position(|window| window == b"%%EOF")
        .unwrap();
    let before = keys.path("before.pdf");
    fs::write(&before, &signed[..end + 5]).unwrap();
    let without = ink(&before);
    assert!(with_words > without + 100, "{with_words} {without}");
}
