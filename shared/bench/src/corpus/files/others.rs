//! What is no paper at all, whatever its name says.

use flate2::Crc;

use super::{Page, Sample, refused};

const NO_PAPER: &str = "wrong-kind";

/// To be refused.
pub fn hostile(page: &Page) -> Vec<Sample> {
    let web =
        b"<!DOCTYPE html>\n<html><head><title>x</title></head><body>Trang web</body></html>\n";
    let drawing = b"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>\n";
    let word: [(&str, &[u8]); 2] = [
        ("[Content_Types].xml", b"<?xml version=\"1.0\"?><Types/>"),
        ("word/document.xml", b"<?xml version=\"1.0\"?><document/>"),
    ];
    let old_word = [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".as_slice(), &[0; 504]].concat();
    let program = [b"MZ\x90\0\x03\0\0\0".as_slice(), &[0; 120]].concat();
    let film = [b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".as_slice(), &[0; 64]].concat();
    vec![
        refused("nothing.pdf", "empty", "it has no bytes", Vec::new()),
        refused(
            "web-page.pdf",
            NO_PAPER,
            "a web page that calls itself a PDF",
            web.to_vec(),
        ),
        refused(
            "drawing.svg",
            NO_PAPER,
            "a drawing that can hold scripts",
            drawing.to_vec(),
        ),
        refused(
            "drawing.png",
            NO_PAPER,
            "the same, named a picture",
            drawing.to_vec(),
        ),
        refused(
            "papers.zip",
            "archive",
            "an archive of papers",
            zip(&[("a.jpg", &page.jpeg)]),
        ),
        refused(
            "papers.pdf",
            "archive",
            "the same, named a PDF",
            zip(&[("a.jpg", &page.jpeg)]),
        ),
        refused("form.docx", "office", "a Word document", zip(&word)),
        refused("form.doc", "office", "an old Word document", old_word),
        refused(
            "photo.exe.jpg",
            "program",
            "a Windows program named a picture",
            program,
        ),
        refused(
            "script.pdf",
            "program",
            "a shell script named a PDF",
            b"#!/bin/sh\nexit 0\n".to_vec(),
        ),
        refused("film.jpg", NO_PAPER, "a film named a picture", film),
        refused("animation.jpg", NO_PAPER, "a GIF named a JPEG", gif()),
        refused(
            "test-virus.pdf",
            "malware",
            "the string by which virus scanners are tried",
            eicar(),
        ),
        refused(
            "noise.pdf",
            "cut",
            "a PDF's first line and then noise",
            noise(),
        ),
    ]
}

/// EICAR's test string, put together only here: written out, it would have this very source taken for a virus.
fn eicar() -> Vec<u8> {
    [
        "X5O!P%@AP[4\\PZX54(P^)7CC)7}",
        "$EICAR-STANDARD-",
        "ANTIVIRUS-TEST-",
        "FILE!$H+H*",
    ]
    .concat()
    .into_bytes()
}

/// One black pixel.
fn gif() -> Vec<u8> {
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;".to_vec()
}

fn noise() -> Vec<u8> {
    let mut chance = super::Chance::new(0, "noise");
    let mut file = b"%PDF-1.7\n".to_vec();
    for _ in 0..512 {
        file.extend(chance.bits().to_le_bytes());
    }
    file
}

/// An archive of those files, stored as they are.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    let long = |number: usize| u32::try_from(number).unwrap_or_default().to_le_bytes();
    for (name, content) in files {
        let place = archive.len();
        let mut sum = Crc::new();
        sum.update(content);
        // Version 2.0, no flags, stored, at the beginning of 1980.
        let mut head = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        head.extend(sum.sum().to_le_bytes());
        head.extend(long(content.len()));
        head.extend(long(content.len()));
        head.extend(u16::try_from(name.len()).unwrap_or_default().to_le_bytes());
        head.extend([0, 0]);
        archive.extend(b"PK\x03\x04");
        archive.extend(&head);
        archive.extend(name.as_bytes());
        archive.extend_from_slice(content);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend(long(place));
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(files.len()).unwrap_or_default().to_le_bytes();
    let begins = archive.len();
    archive.extend(&directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([count, count].concat());
    archive.extend(long(directory.len()));
    archive.extend(long(begins));
    archive.extend([0, 0]);
    archive
}
