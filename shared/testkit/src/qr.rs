//! What stands in a QR code on paper.

use std::process::Command;

/// What the QR code on the first page of a PDF says, read from a picture of it at 200 dots per inch, as a scanner would.
/// Wants `pdftoppm`.
pub fn on_paper(pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("paper.pdf");
    std::fs::write(&file, pdf).expect("the PDF is written");
    let drawn = Command::new("pdftoppm")
        .args(["-r", "200", "-gray", "-singlefile"])
        .args([&file, &folder.path().join("page")])
        .status();
    assert!(drawn.expect("pdftoppm runs").success(), "it is drawn");
    let picture = std::fs::read(folder.path().join("page.pgm")).expect("a picture");
    // P5, its size, its greatest value: a line each.
    let head: Vec<&[u8]> = picture.splitn(4, |byte| *byte == b'\n').collect();
    let size = std::str::from_utf8(head[1]).expect("a size");
    let mut size = size
        .split(' ')
        .map(|number| number.parse().expect("a number"));
    let (width, height) = (
        size.next().expect("a width"),
        size.next().expect("a height"),
    );
    let read = rxing::helpers::detect_in_luma(head[3].to_vec(), width, height, None);
    read.expect("a QR code").getText().to_owned()
}
