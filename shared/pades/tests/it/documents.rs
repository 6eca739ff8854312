//! Documents to sign.

use std::fmt::Write as _;
use std::process::Command;

use paper::{Block, Check, Letterhead, ResultPaper, Signer};

/// A result as the delivery service makes it: PDF/A-2b by Typst.
pub fn result() -> Vec<u8> {
    let paper = ResultPaper {
        head: Letterhead {
            parent: Some("Tỉnh Sông Mây".into()),
            agency: "Ủy ban nhân dân xã Bản Mây".into(),
            number: Some("12/2026/TLKS-BS".into()),
            place: "Bản Mây".into(),
            issued_at: crate::at("2026-02-05T07:00:00Z"),
        },
        title: "Trích lục khai sinh".into(),
        subtitle: Some("(Bản sao)".into()),
        dossier_code: "H99.01.02-260205-0007".into(),
        body: vec![Block::Paragraph {
            text: "Họ, chữ đệm, tên: LÒ VĂN BÌNH MINH".into(),
        }],
        recipients: vec!["Như trên".into(), "Lưu: HT".into()],
        signer: Signer {
            on_behalf: Some("KT. Chủ tịch".into()),
            title: "Phó Chủ tịch".into(),
            name: "Hoàng Đình Khuê".into(),
        },
        check: Check {
            code: "7Q2M-KX4D-9TPA".into(),
            proof: None,
            url: "https://motcua.example/kiem-tra/7Q2M-KX4D-9TPA".into(),
        },
        layout: None,
    };
    paper::result(&paper).unwrap().into_bytes()
}

/// Two plain pages with a table of cross-references, written by hand.
pub fn plain() -> Vec<u8> {
    let page = |content| {
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents {content} 0 R/Resources<</Font<</F 7 0 R>>>>>>"
        )
    };
    let content = |words: &str| {
        let text = format!("BT /F 18 Tf 40 120 Td ({words}) Tj ET");
        format!("<</Length {}>>\nstream\n{text}\nendstream", text.len())
    };
    assemble(&[
        "<</Type/Catalog/Pages 2 0 R>>".into(),
        "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>".into(),
        page(5),
        page(6),
        content("The fee is 8000 dong"),
        content("Second page"),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".into(),
    ])
}

/// A file of these objects, numbered from 1, of which the first is the catalogue.
pub fn assemble(objects: &[String]) -> Vec<u8> {
    let mut text = String::from("%PDF-1.7\n");
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(text.len());
        write!(text, "{} 0 obj\n{object}\nendobj\n", index + 1).unwrap();
    }
    let begin = text.len();
    write!(text, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for offset in offsets {
        writeln!(text, "{offset:010} 00000 n ").unwrap();
    }
    write!(
        text,
        "trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{begin}\n%%EOF\n",
        objects.len() + 1
    )
    .unwrap();
    text.into_bytes()
}

/// What somebody appends to a file with a table of cross-references, so that it shows something else.
pub fn appended(pdf: &[u8], objects: &[(u32, &str)], more: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(pdf);
    let tail = &text[text.rfind("startxref").unwrap()..];
    let previous: usize = tail.lines().nth(1).unwrap().parse().unwrap();
    let mut out = pdf.to_vec();
    let mut table = String::new();
    for (number, object) in objects {
        writeln!(table, "{number} 1\n{:010} 00000 n ", out.len()).unwrap();
        out.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let begin = out.len();
    out.extend(
        format!(
            "xref\n{table}trailer\n<</Size 40/Root 1 0 R/Prev {previous}{more}>>\nstartxref\n{begin}\n%%EOF\n"
        )
        .bytes(),
    );
    out
}

/// The same document with its objects in collections, as qpdf packs them.
pub fn packed(pdf: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from.pdf"), folder.path().join("to.pdf"));
    std::fs::write(&from, pdf).unwrap();
    let status = Command::new("qpdf")
        .args(["--object-streams=generate", "--deterministic-id"])
        .args([&from, &to])
        .status()
        .unwrap();
    assert!(status.success());
    std::fs::read(to).unwrap()
}
