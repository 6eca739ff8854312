//! Signed PDFs that anybody may bring to be judged.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use pades::{Grounds, Protection, Request, testing::Authority};

/// A page with no words on it.
const PAGE: &[u8] = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n\
3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>\nendobj\nxref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n\
0000000054 00000 n \n0000000105 00000 n \ntrailer\n<</Size 4/Root 1 0 R>>\nstartxref\n170\n%%EOF\n";

/// A document that somebody known signed, and by what it is judged.
struct Signed {
    pdf: Vec<u8>,
    grounds: Grounds,
    at: DateTime<Utc>,
}

static SIGNED: LazyLock<Signed> = LazyLock::new(|| {
    let at = DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000);
    let authority = Authority::new(at - chrono::TimeDelta::days(1)).expect("an authority");
    let signer = authority.signer("Ủy ban nhân dân xã Bản Mây");
    let request = Request {
        protection: Protection::CertifyFinal,
        ..Request::new("CoQuan", at)
    };
    let pdf = pades::sign(PAGE, &signer.expect("a signer"), &request).expect("a signed page");
    let grounds = Grounds {
        anchors: vec![authority.root().clone()],
        ..Grounds::default()
    };
    Signed { pdf, grounds, at }
});

/// The place of the last signature's digits, which no signature covers.
fn digits(pdf: &[u8]) -> std::ops::Range<usize> {
    let mark = b"/Contents <";
    let begin = pdf.windows(mark.len()).rposition(|part| part == mark);
    let begin = begin.expect("a signature") + mark.len();
    let length = pdf[begin..].iter().position(|byte| *byte == b'>');
    begin..begin + length.expect("its end")
}

/// The signed document with some of its bytes replaced, and others behind it: each change has a place in two bytes (the last there is
/// for the end), a length in one, and its bytes.
fn changed(original: &[u8], mut changes: &[u8]) -> Vec<u8> {
    let mut pdf = original.to_vec();
    while let [high, low, length, rest @ ..] = changes {
        let (bytes, left) = rest.split_at(usize::from(*length).min(rest.len()));
        let place = usize::from(u16::from_be_bytes([*high, *low]));
        match pdf.get_mut(place..place + bytes.len()) {
            Some(old) if place != usize::from(u16::MAX) => old.copy_from_slice(bytes),
            _ => pdf.extend_from_slice(bytes),
        }
        changes = left;
    }
    pdf
}

/// A PDF as it is, or else changes to one that is signed. Whatever is judged valid begins with what was signed, to the byte.
pub fn signatures(bytes: &[u8]) {
    let Signed { pdf, grounds, at } = &*SIGNED;
    let brought = if bytes.starts_with(b"%PDF") {
        bytes.to_vec()
    } else {
        changed(pdf, bytes)
    };
    let Ok(found) = pades::verify(&brought, grounds, *at) else {
        return;
    };
    if !pades::all_valid(&found) {
        assert!(!bytes.is_empty(), "what nobody changed is valid: {found:?}");
        return;
    }
    let free = digits(pdf);
    let covered = |pdf: &[u8]| {
        let before = pdf.get(..free.start).map(<[u8]>::to_vec);
        before.zip(pdf.get(free.end..).map(<[u8]>::to_vec))
    };
    let kept = brought.get(..pdf.len()).and_then(covered);
    assert!(
        kept.is_some() && kept == covered(pdf),
        "a change that is judged valid: {found:?}"
    );
}
