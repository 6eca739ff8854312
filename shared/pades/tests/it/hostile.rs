//! Bytes that anybody may have written.

use std::sync::OnceLock;

use proptest::prelude::*;

use crate::{authority, documents, grounds, request, signing_time};

fn judge(pdf: &[u8]) -> bool {
    let found = pades::verify(pdf, &grounds(), signing_time());
    found.is_ok_and(|found| pades::all_valid(&found))
}

fn signed() -> &'static [u8] {
    static SIGNED: OnceLock<Vec<u8>> = OnceLock::new();
    SIGNED.get_or_init(|| {
        let signer = authority().signer("Vừ A Sính").unwrap();
        let packed = documents::packed(&documents::plain());
        pades::sign(&packed, &signer, &request("ChuKy1")).unwrap()
    })
}

proptest! {
    #[test]
    fn any_bytes_are_judged(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(!judge(&bytes));
    }

    #[test]
    fn anything_that_begins_and_ends_like_a_document_is_judged(
        middle in "[ -~\\n]{0,400}",
        offset in 0usize..500,
    ) {
        let text = format!("%PDF-1.7\n{middle}\nstartxref\n{offset}\n%%EOF\n");
        prop_assert!(!judge(text.as_bytes()));
    }

    #[test]
    fn a_changed_stretch_is_never_believed(
        at in any::<prop::sample::Index>(),
        put in proptest::collection::vec(any::<u8>(), 1..12),
    ) {
        let mut bytes = signed().to_vec();
        let at = at.index(bytes.len() - put.len());
        bytes[at..at + put.len()].copy_from_slice(&put);
        // Only another spelling of the same hexadecimal digits, or the room behind them, says the same.
        prop_assert!(bytes == signed() || !judge(&bytes) || same_but_for_case(&bytes));
    }

    #[test]
    fn a_part_is_never_believed(at in any::<prop::sample::Index>()) {
        let bytes = &signed()[..at.index(signed().len())];
        prop_assert!(!judge(bytes));
    }
}

fn same_but_for_case(bytes: &[u8]) -> bool {
    bytes.eq_ignore_ascii_case(signed())
}

#[test]
fn the_deep_the_long_and_the_endless_are_refused() {
    let catalog = "<</Type/Catalog/Pages 2 0 R/AcroForm 3 0 R>>";
    let with =
        |object: String| documents::assemble(&[catalog.into(), "<</Type/Pages>>".into(), object]);
    let deep = with("[".repeat(100_000));
    let many = with("0 ".repeat(2_000_000));
    let itself = with("3 0 R".into());
    let ring = documents::assemble(&[
        catalog.into(),
        "<</Type/Pages/Kids[2 0 R]>>".into(),
        "<</Fields[4 0 R]>>".into(),
        "<</T(a)/Kids[4 0 R]>>".into(),
    ]);
    let mut loop_back = documents::plain();
    let at = loop_back
        .windows(5)
        .position(|window| window == b"/Root")
        .unwrap();
    loop_back.splice(at..at, b"/Prev 9 ".iter().copied());
    for (name, pdf) in [
        ("deep", deep),
        ("many", with(format!("[{}", "0 ".repeat(2_000_000)))),
        ("numbers", many),
        ("itself", itself),
        ("ring", ring),
        ("loop", loop_back),
        ("large", vec![b'%'; 65 << 20]),
    ] {
        assert!(
            pades::verify(&pdf, &grounds(), signing_time()).is_err(),
            "{name}"
        );
    }
}

#[test]
fn what_unpacks_to_too_much_is_refused() {
    use std::io::Write as _;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..64 {
        encoder.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let data = encoder.finish().unwrap();
    let mut pdf = b"%PDF-1.7\n".to_vec();
    let begin = pdf.len();
    let head = format!(
        "1 0 obj\n<</Type/XRef/Size 9/W[1 2 1]/Root 2 0 R/Filter/FlateDecode/Length {}>>\nstream\n",
        data.len()
    );
    pdf.extend(head.bytes());
    pdf.extend(&data);
    pdf.extend(format!("\nendstream\nendobj\nstartxref\n{begin}\n%%EOF\n").bytes());
    let refused = pades::verify(&pdf, &grounds(), signing_time()).unwrap_err();
    assert!(
        matches!(refused, pades::Malformed::TooLarge(_)),
        "{refused:?}"
    );
}

/// A list whose issuer's name is one huge set in the wrong order: sorting it would take hours.
#[test]
fn a_list_with_an_endless_name_is_left_aside() {
    let part = |tag: u8, content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x84][..], &length, content].concat()
    };
    // Attributes by the name of 2.5.4.3 with numbers that fall.
    let attributes: Vec<u8> = (0..300_000u32)
        .rev()
        .flat_map(|number| {
            let [a, b, c, d] = number.to_be_bytes();
            [0x30, 11, 6, 3, 0x55, 4, 3, 4, 4, a, b, c, d]
        })
        .collect();
    let name = part(0x30, &part(0x31, &attributes));
    let algorithm = [0x30, 3, 6, 1, 0x2a];
    let time = b"\x17\x0d260101000000Z";
    let signed = part(0x30, &[&[2, 1, 1][..], &algorithm, &name, time].concat());
    let list = part(0x30, &[&signed[..], &algorithm, &[3, 1, 0]].concat());

    let revocation = pades::Revocation {
        crls: vec![list.clone()],
        ..Default::default()
    };
    let refused = pades::embed(&documents::plain(), &revocation).unwrap_err();
    assert!(
        matches!(refused, pades::Error::Revocation(_)),
        "{refused:?}"
    );
    let mut grounds = grounds();
    grounds.crls = vec![list];
    assert_eq!(
        pades::verify(self::signed(), &grounds, signing_time())
            .unwrap()
            .len(),
        1
    );
}
