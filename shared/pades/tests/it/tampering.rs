//! A corpus of forgeries: everybody calls every one of them not valid.

use pades::{Addition, Extent, Protection, Signer};

use crate::documents::appended;
use crate::{authority, documents, grounds, judges, keys, request, signing_time};

fn signer() -> Signer {
    let made = keys::made(keys::RSA, "Vừ A Sính");
    Signer::from_pem(&made.key, &made.chain).unwrap()
}

/// Two plain pages, signed once.
fn signed(signer: &Signer) -> Vec<u8> {
    pades::sign(&documents::plain(), signer, &request("ChuKy1")).unwrap()
}

/// Where the hexadecimal digits of the last signature lie, and how many of them mean something.
fn contents(pdf: &[u8]) -> (usize, usize) {
    let at = rfind(pdf, b"/Contents <") + 11;
    let digits: Vec<u8> = pdf[at..]
        .iter()
        .copied()
        .take_while(|&byte| byte != b'>')
        .collect();
    let padding = digits
        .iter()
        .rev()
        .take_while(|&&byte| byte == b'0')
        .count();
    (at, digits.len() - padding)
}

fn rfind(pdf: &[u8], text: &[u8]) -> usize {
    pdf.windows(text.len())
        .rposition(|window| window == text)
        .unwrap()
}

fn find(pdf: &[u8], text: &[u8]) -> usize {
    pdf.windows(text.len())
        .position(|window| window == text)
        .unwrap()
}

fn replaced(pdf: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = find(pdf, from.as_bytes());
    let mut out = pdf.to_vec();
    out[at..at + to.len()].copy_from_slice(to.as_bytes());
    out
}

struct Corpus(Vec<(String, Vec<u8>)>);

impl Corpus {
    fn add(&mut self, name: impl Into<String>, pdf: Vec<u8>) {
        self.0.push((name.into(), pdf));
    }

    /// One bit in each of several bytes, evenly spread.
    fn flips(&mut self, what: &str, pdf: &[u8], range: std::ops::Range<usize>, count: usize) {
        for index in 0..count {
            let at = range.start + (range.len() - 1) * index / (count - 1);
            let mut out = pdf.to_vec();
            // A digit stays one, so that the digits still say something.
            out[at] = match out[at] {
                b'0'..=b'8' | b'a'..=b'e' => out[at] + 1,
                b'9' => b'a',
                b'f' => b'0',
                other => other ^ 1,
            };
            self.add(format!("{what}-{index:02}"), out);
        }
    }

    fn flipped_bytes(&mut self, pdf: &[u8]) {
        let (at, length) = contents(pdf);
        let end = at + pdf[at..].iter().position(|&byte| byte == b'>').unwrap();
        self.flips("flip-before", pdf, 20..at - 12, 24);
        self.flips("flip-after", pdf, end + 1..pdf.len() - 7, 8);
        // The signed attributes and the signature stand last.
        self.flips("flip-signature", pdf, at + length - 700..at + length, 18);
    }

    fn ranges(&mut self, pdf: &[u8]) {
        let at = find(pdf, b"/ByteRange [") + 12;
        let text = String::from_utf8_lossy(&pdf[at..at + 45]).into_owned();
        let numbers: Vec<usize> = text
            .trim_end_matches([' ', ']'])
            .split(' ')
            .map(|number| number.parse().unwrap())
            .collect();
        let (first, second, length) = (numbers[1], numbers[2], numbers[3]);
        for (name, range) in [
            ("starts-late", vec![1, first - 1, second, length]),
            ("gap-begins-early", vec![0, first - 1, second, length]),
            ("gap-begins-late", vec![0, first + 1, second, length]),
            ("gap-ends-late", vec![0, first, second + 1, length - 1]),
            ("ends-early", vec![0, first, second, length - 10]),
            ("ends-late", vec![0, first, second, length + 10]),
            ("nothing-behind", vec![0, first, second, 0]),
            ("nothing", vec![0, 0, 0, 0]),
            (
                "three-stretches",
                vec![0, first, second, 8, second + 8, length - 8],
            ),
            ("overlapping", vec![0, first, first, length]),
        ] {
            let mut text = range
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ");
            text.push(']');
            let mut out = pdf.to_vec();
            out[at..at + 45].fill(b' ');
            out[at..at + text.len()].copy_from_slice(text.as_bytes());
            self.add(format!("range-{name}"), out);
        }
    }

    fn updates(&mut self, pdf: &[u8]) {
        let words = "BT /F 18 Tf 40 120 Td (The fee is 9000 dong) Tj ET";
        let stream = format!("<</Length {}>>\nstream\n{words}\nendstream", words.len());
        let page = |content: &str, more: &str| {
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents {content}/Resources<</Font<</F 7 0 R>>>>{more}>>"
            )
        };
        let form = number_of(pdf, b"/AcroForm ");
        let note =
            "<</Type/Annot/Subtype/FreeText/Rect[40 110 260 140]/Contents(9000)/DA(/Helv 18 Tf)>>";
        let field = "<</Type/Annot/Subtype/Widget/FT/Tx/T(Fee)/V(9000)/Rect[40 110 260 140]>>";
        let catalog =
            |more: &str| format!("<</Type/Catalog/Pages 2 0 R/AcroForm {form} 0 R{more}>>");
        let listed = format!("<</Fields[{} 0 R 30 0 R]/SigFlags 3>>", field_of(pdf, form));
        let first = page("5 0 R", "/Annots[30 0 R]");
        for (name, objects) in [
            ("content", vec![(5, stream.clone())]),
            ("page", vec![(3, page("30 0 R", "")), (30, stream)]),
            ("page-turned", vec![(3, page("5 0 R", "/Rotate 180"))]),
            (
                "page-cut",
                vec![(3, page("5 0 R", "/CropBox[0 0 100 100]"))],
            ),
            (
                "pages-swapped",
                vec![(2, "<</Type/Pages/Kids[4 0 R 3 0 R]/Count 2>>".into())],
            ),
            (
                "page-removed",
                vec![(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".into())],
            ),
            (
                "page-twice",
                vec![(2, "<</Type/Pages/Kids[3 0 R 4 0 R 3 0 R]/Count 3>>".into())],
            ),
            ("note", vec![(3, first.clone()), (30, note.into())]),
            (
                "field",
                vec![(3, first), (30, field.into()), (form, listed)],
            ),
            (
                "font",
                vec![(
                    7,
                    "<</Type/Font/Subtype/Type1/BaseFont/ZapfDingbats>>".into(),
                )],
            ),
            ("action", vec![(1, catalog("/OpenAction[4 0 R/Fit]"))]),
            ("no-form", vec![(1, "<</Type/Catalog/Pages 2 0 R>>".into())]),
            ("no-fields", vec![(form, "<</Fields[]/SigFlags 3>>".into())]),
            (
                "other-pages",
                vec![
                    (1, catalog("").replace("2 0 R", "30 0 R")),
                    (30, "<</Type/Pages/Kids[4 0 R]/Count 1>>".into()),
                ],
            ),
            (
                "stores",
                vec![(1, catalog("/DSS<</Certs 5 0 R>>")), (5, "[]".into())],
            ),
        ] {
            let objects: Vec<(u32, &str)> = objects
                .iter()
                .map(|(number, text)| (*number, text.as_str()))
                .collect();
            self.add(format!("update-{name}"), appended(pdf, &objects, ""));
        }
        self.add(
            "update-root",
            appended(
                pdf,
                &[
                    (30, "<</Type/Catalog/Pages 31 0 R>>"),
                    (31, "<</Type/Pages/Kids[4 0 R]/Count 1>>"),
                ],
                "/Root 30 0 R",
            ),
        );
        self.add("behind-end", [pdf, b"%%EOF\n"].concat());
    }

    fn cut(&mut self, pdf: &[u8]) {
        for (name, length) in [
            ("byte", pdf.len() - 1),
            ("end", pdf.len() - 8),
            ("table", rfind(pdf, b"xref\n0") + 3),
            ("signature", contents(pdf).0 + 100),
            ("half", pdf.len() / 2),
            ("head", 100),
        ] {
            self.add(format!("cut-{name}"), pdf[..length].to_vec());
        }
    }

    /// Signatures that are somebody's, but not of this document.
    fn transplanted(&mut self, pdf: &[u8], signer: &Signer) {
        let other = documents::plain();
        let other = replaced(&other, "8000", "9000");
        let mut request = request("ChuKy1");
        let (at, _) = contents(pdf);
        let end = at + pdf[at..].iter().position(|&byte| byte == b'>').unwrap();
        let mut graft = |name: &str, from: &[u8]| {
            assert_eq!(from.len(), pdf.len());
            let mut out = pdf.to_vec();
            out[at..end].copy_from_slice(&from[at..end]);
            self.add(format!("graft-{name}"), out);
        };
        graft(
            "other-document",
            &pades::sign(&other, signer, &request).unwrap(),
        );
        request.signed_at += chrono::TimeDelta::seconds(1);
        graft(
            "other-time",
            &pades::sign(&documents::plain(), signer, &request).unwrap(),
        );
        let mut zeros = pdf.to_vec();
        zeros[at..end].fill(b'0');
        self.add("graft-zeros", zeros);
        let mut none = pdf.to_vec();
        none[at..end].fill(b' ');
        self.add("graft-nothing", none);
    }

    fn swapped(&mut self, pdf: &[u8]) {
        self.add(
            "swap-pages",
            replaced(pdf, "[3 0 R 4 0 R]", "[4 0 R 3 0 R]"),
        );
        self.add(
            "swap-contents",
            replaced(pdf, "/Contents 5 0 R", "/Contents 6 0 R"),
        );
        self.add("swap-amount", replaced(pdf, "8000 dong", "9000 dong"));
        let line = |number: u32| {
            let at = find(pdf, format!("{number} 0 obj").as_bytes());
            format!("{at:010} 00000 n ")
        };
        self.add("swap-places", replaced(pdf, &line(5), &line(6)));
    }
}

/// The number of the object that follows a key.
fn number_of(pdf: &[u8], key: &[u8]) -> u32 {
    let at = rfind(pdf, key) + key.len();
    let digits: String = pdf[at..]
        .iter()
        .map(|&byte| char::from(byte))
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap()
}

fn field_of(pdf: &[u8], form: u32) -> u32 {
    let at = rfind(pdf, format!("{form} 0 obj").as_bytes());
    number_of(&pdf[..at + 60], b"/Fields [")
}

fn corpus() -> Vec<(String, Vec<u8>)> {
    let signer = signer();
    let pdf = signed(&signer);
    let mut corpus = Corpus(Vec::new());
    corpus.flipped_bytes(&pdf);
    corpus.ranges(&pdf);
    corpus.updates(&pdf);
    corpus.cut(&pdf);
    corpus.transplanted(&pdf, &signer);
    corpus.swapped(&pdf);
    let result = pades::sign(&documents::result(), &signer, &request("ChuKy1")).unwrap();
    let (at, _) = contents(&result);
    corpus.flips("result-flip", &result, 20..at - 12, 12);
    corpus.0
}

#[test]
fn the_originals_are_valid() {
    judges::valid("original", &signed(&signer()), "ChuKy1 B-B");
}

#[test]
fn every_forgery_is_found_by_everybody() {
    let corpus = corpus();
    assert!(corpus.len() >= 100, "{}", corpus.len());
    let mut believed = Vec::new();
    let mut paths = Vec::new();
    for (name, pdf) in &corpus {
        let path = judges::keep(&format!("forged-{name}"), pdf);
        let (signatures, total) = judges::pdfsig(&path);
        if !signatures.is_empty() && signatures.iter().all(|valid| *valid) && total {
            believed.push(format!("pdfsig believes {name}"));
        }
        if let Ok(found) = pades::verify(pdf, &grounds(), signing_time())
            && pades::all_valid(&found)
        {
            believed.push(format!("we believe {name}"));
        }
        paths.push(path);
    }
    for ((name, _), verdict) in corpus.iter().zip(judges::pyhanko(&paths)) {
        if verdict.starts_with("valid") {
            believed.push(format!("pyHanko believes {name}"));
        }
    }
    assert!(believed.is_empty(), "{believed:#?}");
}

/// pyHanko lets these pass: they change nothing that is shown. We do not ask what a byte is good for that nobody signed.
#[test]
fn what_shows_nowhere_is_refused_all_the_same() {
    let pdf = signed(&signer());
    for (name, pdf) in [
        (
            "title",
            appended(&pdf, &[(30, "<</Title(Other)>>")], "/Info 30 0 R"),
        ),
        ("comment", [&pdf[..], b"% a word\n"].concat()),
        ("zeros", [&pdf[..], &[0; 64][..]].concat()),
        ("orphan", appended(&pdf, &[(30, "(a word)")], "")),
    ] {
        let (signatures, total) = judges::pdfsig(&judges::keep(&format!("silent-{name}"), &pdf));
        assert!(signatures.is_empty() || !total, "{name}");
        let found = pades::verify(&pdf, &grounds(), signing_time());
        assert!(!found.is_ok_and(|found| pades::all_valid(&found)), "{name}");
    }
}

#[test]
fn a_forgery_between_two_signatures_is_found() {
    let signer = signer();
    let once = signed(&signer);
    let words = "BT /F 18 Tf 40 120 Td (The fee is 9000 dong) Tj ET";
    let stream = format!("<</Length {}>>\nstream\n{words}\nendstream", words.len());
    let forged = appended(&once, &[(5, &stream)], "");
    let twice = pades::sign(&forged, &signer, &request("ChuKy2")).unwrap();
    let found = pades::verify(&twice, &grounds(), signing_time()).unwrap();
    let Extent::Followed(additions) = &found[0].extent else {
        panic!("{:?}", found[0].extent);
    };
    assert!(additions.contains(&Addition::Content));
    assert!(!found[0].is_valid() && found[1].is_valid());
    assert!(judges::pyhanko(&[judges::keep("between", &twice)])[0].starts_with("ChuKy1: "));
}

#[test]
fn what_a_signature_forbids_is_found() {
    let signer = signer();
    for protection in [Protection::Final, Protection::CertifyFinal] {
        let mut last = request("ChuKy1");
        last.protection = protection;
        let closed = pades::sign(&documents::plain(), &signer, &last).unwrap();
        let refused = pades::sign(&closed, &signer, &request("ChuKy2")).unwrap_err();
        assert!(matches!(refused, pades::Error::Locked), "{refused:?}");

        // Somebody else's program may not ask.
        let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 5 0 R/Resources<</Font<</F 7 0 R>>>>/Rotate 90>>";
        let changed = appended(&closed, &[(3, page)], "");
        let found = pades::verify(&changed, &grounds(), signing_time()).unwrap();
        assert!(!pades::all_valid(&found));
        assert!(!judges::pyhanko(&[judges::keep("forbidden", &changed)])[0].starts_with("valid"));
    }
}

#[test]
fn a_stranger_is_not_believed() {
    let stranger = pades::testing::Authority::new(crate::at("2026-01-01T00:00:00Z")).unwrap();
    let signed = pades::sign(
        &documents::plain(),
        &stranger.signer("Vừ A Sính").unwrap(),
        &request("ChuKy1"),
    )
    .unwrap();
    let found = pades::verify(&signed, &grounds(), signing_time()).unwrap();
    assert!(found[0].intact && found[0].authentic);
    assert_eq!(found[0].trust, pades::Trust::Unknown);
    assert!(!found[0].is_valid());
}

#[test]
fn certificates_that_ran_out_or_were_taken_back_are_not_believed() {
    let signer = authority().signer("Vừ A Sính").unwrap();
    let document = pades::sign(&documents::plain(), &signer, &request("ChuKy1")).unwrap();
    let years_later = crate::at("2028-06-01T00:00:00Z");
    let found = pades::verify(&document, &grounds(), years_later).unwrap();
    assert_eq!(found[0].trust, pades::Trust::Expired);

    let taken_back = crate::at("2026-02-01T00:00:00Z");
    let mut grounds = grounds();
    grounds.crls = authority()
        .revoked(&[signer.chain().own().clone()], taken_back)
        .unwrap();
    let found = pades::verify(&document, &grounds, signing_time()).unwrap();
    assert_eq!(found[0].trust, pades::Trust::Revoked(taken_back));
    assert!(!found[0].is_valid());
}
