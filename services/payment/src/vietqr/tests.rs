use proptest::prelude::*;

use super::*;

/// Made by npm vietnam-qr-pay 1.5.1 and, the last, by PyPI vietqr-emvco 1.0.0.
const Q1: &str = "00020101021138570010A00000072701270006970436011300110012345670208QRIBFTTA53037045802VN6304E8DB";
const Q2: &str = "00020101021238570010A00000072701270006970436011300110012345670208QRIBFTTA5303704540480005802VN62250821H1526100809751 LE PHI63048743";
const Q3: &str = "00020101021238560010A0000007270126000697041501121133666688880208QRIBFTTA530370454061500005802VN62240820LE PHI HKD TT000000263043BE3";
const Q4: &str = "00020101021238600010A00000072701300006970405011697040500000000010208QRIBFTTC53037045405200005802VN62100806TT 20k63040C2F";
const Q5: &str = "00020101021238570010A00000072701270006970436011300110012345670208QRIBFTTA520400005303704540480005802VN5913TT PVHCC TEST62250821H1526100809751 LE PHI630408ED";

fn transfer(
    bank: &str,
    number: &str,
    service: Service,
    dong: Option<i64>,
    purpose: Option<&str>,
) -> Transfer {
    Transfer {
        to: Beneficiary::new(bank, number, service).unwrap(),
        amount: dong.map(|dong| Vnd::new(dong).unwrap()),
        purpose: purpose.map(|words| Purpose::read(words).unwrap()),
        name: None,
    }
}

/// The payload with a right checksum, whatever it says.
fn sealed(body: &str) -> String {
    let checksum = CRC.checksum(format!("{body}6304").as_bytes());
    format!("{body}6304{checksum:04X}")
}

#[test]
fn the_checksum_is_the_one_that_the_standard_names() {
    assert_eq!(CRC.checksum(b"123456789"), 0x29B1);
}

#[test]
fn codes_are_written_and_read_as_others_write_and_read_them() {
    let (account, card) = (Service::Account, Service::Card);
    let known = [
        (Q1, transfer("970436", "0011001234567", account, None, None)),
        (
            Q2,
            transfer(
                "970436",
                "0011001234567",
                account,
                Some(8_000),
                Some("H1526100809751 LE PHI"),
            ),
        ),
        (
            Q3,
            transfer(
                "970415",
                "113366668888",
                account,
                Some(150_000),
                Some("LE PHI HKD TT0000002"),
            ),
        ),
        (
            Q4,
            transfer(
                "970405",
                "9704050000000001",
                card,
                Some(20_000),
                Some("TT 20k"),
            ),
        ),
    ];
    for (payload, transfer) in known {
        assert_eq!(transfer.payload(), payload);
        assert_eq!(Transfer::read(payload), Ok(transfer));
    }
    let named = Transfer {
        name: Some("TT PVHCC TEST".into()),
        ..Transfer::read(Q2).unwrap()
    };
    assert_eq!(Transfer::read(Q5), Ok(named));
}

#[test]
fn a_checksum_in_small_letters_is_read_and_never_written() {
    let (body, checksum) = Q1.split_at(Q1.len() - 4);
    let small = format!("{body}{}", checksum.to_lowercase());
    assert_eq!(Transfer::read(&small).unwrap().payload(), Q1);
}

#[test]
fn each_refusal_says_what_is_wrong() {
    let changed = |from: &str, to: &str| {
        let body = &Q2[..Q2.len() - 8];
        assert!(body.contains(from), "{from}");
        Transfer::read(&sealed(&body.replace(from, to))).unwrap_err()
    };
    assert_eq!(Transfer::read(""), Err(Unreadable::NoChecksum));
    assert_eq!(
        Transfer::read(&Q2[..Q2.len() - 1]),
        Err(Unreadable::NoChecksum)
    );
    assert_eq!(
        Transfer::read(&Q2.replace("8743", "8744")),
        Err(Unreadable::Checksum)
    );
    assert_eq!(
        Transfer::read(&Q2.replace("LE PHI", "LỆ PHÍ")),
        Err(Unreadable::Text)
    );
    assert_eq!(Transfer::read(&"0".repeat(513)), Err(Unreadable::Text));
    assert_eq!(changed("62250821", "62260821"), Unreadable::Parts);
    assert_eq!(changed("0821H", "0822H"), Unreadable::Parts);
    assert_eq!(changed("5802VN", "5802VN5802VN"), Unreadable::Parts);
    assert_eq!(changed("5802VN", "5802VN5900"), Unreadable::Parts);
    assert_eq!(changed("000201", "000202"), Unreadable::Format);
    assert_eq!(changed("000201010212", "010212000201"), Unreadable::Format);
    assert_eq!(changed("010212", "010213"), Unreadable::Format);
    assert_eq!(changed("A000000727", "A000000775"), Unreadable::Scheme);
    assert_eq!(changed("3857", "2657"), Unreadable::Scheme);
    assert_eq!(changed("QRIBFTTA", "QRPUSHAA"), Unreadable::Service);
    assert_eq!(changed("970436", "97043X"), Unreadable::Beneficiary);
    assert_eq!(
        changed("0011001234567", "001100123456 "),
        Unreadable::Beneficiary
    );
    assert_eq!(changed("5303704", "5303840"), Unreadable::Currency);
    assert_eq!(changed("5802VN", "5802LA"), Unreadable::Country);
    for amount in ["0000", "0800", "8.00", "-800", "8e03"] {
        assert_eq!(
            changed("54048000", &format!("5404{amount}")),
            Unreadable::Amount
        );
    }
    let beyond = changed("54048000", "54139000000000001");
    assert_eq!(beyond, Unreadable::Amount);
    let long = "62300826H1526100809751 LE PHI12345";
    assert_eq!(
        changed("62250821H1526100809751 LE PHI", long),
        Unreadable::Purpose
    );
    assert_eq!(changed("QRIBFTTA", "QRIBFTTC"), Unreadable::Beneficiary);
    let refused = Refused::from(Unreadable::Checksum);
    assert!(refused.vi.contains("Tổng kiểm tra sai") && refused.en.contains("checksum"));
}

#[test]
fn a_purpose_is_what_banks_carry_over_whole() {
    let plain = |words: &str| Purpose::plain(words).map(|purpose| purpose.as_str().to_owned());
    assert_eq!(
        plain("Lệ phí: Đăng ký  HỘ").as_deref(),
        Ok("Le phi Dang ky HO")
    );
    assert_eq!(plain("hòa đ").as_deref(), Ok("hoa d"));
    assert_eq!(plain("…"), Err(Unreadable::Purpose));
    assert_eq!(plain(&"x".repeat(26)), Err(Unreadable::Purpose));
    assert_eq!(
        plain(&"x".repeat(25)).as_deref(),
        Ok("x".repeat(25).as_str())
    );
}

/// The picture as a camera sees it: each module some points wide.
fn seen(picture: &qr::Picture, points: usize) -> (Vec<u8>, u32) {
    let side = picture.side * points;
    let mut luma = vec![255; side * side];
    for run in picture.outline.split_terminator('z') {
        let words = run.strip_prefix('M').unwrap().replace(['h', 'v', '-'], " ");
        let numbers: Vec<usize> = words
            .split_whitespace()
            .map(|word| word.parse().unwrap())
            .collect();
        let (x, y, length) = (
            numbers[0] * points,
            numbers[1] * points,
            numbers[2] * points,
        );
        for row in y..y + points {
            luma[row * side + x..row * side + x + length].fill(0);
        }
    }
    (luma, side.try_into().unwrap())
}

#[test]
fn a_reader_reads_from_the_picture_what_was_drawn() {
    for payload in [Q1, Q2, Q3, Q4, Q5] {
        let (luma, side) = seen(&qr::Picture::of(payload).unwrap(), 3);
        let read = rxing::helpers::detect_in_luma(luma, side, side, None).unwrap();
        assert_eq!(read.getText(), payload);
    }
}

fn any_transfer() -> impl Strategy<Value = Transfer> {
    let account = ("[0-9]{6}", "[0-9A-Za-z]{1,19}", Just(Service::Account));
    let card = ("[0-9]{6}", "[0-9]{16,19}", Just(Service::Card));
    let to = prop_oneof![account, card];
    let amount = proptest::option::of(1..=Vnd::MAX.dong());
    let purpose = proptest::option::of("[ -~]{1,25}");
    let name = proptest::option::of("[ -~]{1,25}");
    (to, amount, purpose, name).prop_map(|((bank, number, service), dong, purpose, name)| {
        Transfer {
            name,
            ..transfer(&bank, &number, service, dong, purpose.as_deref())
        }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(transfer in any_transfer()) {
        let payload = transfer.payload();
        prop_assert_eq!(Transfer::read(&payload), Ok(transfer));
    }

    #[test]
    fn no_change_of_one_character_is_taken(
        transfer in any_transfer(), at: proptest::sample::Index, other in b' '..=b'~',
    ) {
        let payload = transfer.payload();
        let at = at.index(payload.len());
        let mut changed = payload.clone().into_bytes();
        prop_assume!(!changed[at].eq_ignore_ascii_case(&other));
        changed[at] = other;
        let changed = String::from_utf8(changed).unwrap();
        prop_assert!(Transfer::read(&changed).is_err(), "{}", changed);
    }

    #[test]
    fn whatever_comes_is_read_or_refused(text: String, body in "[0-9A-Za-z ]{0,80}") {
        let _ = Transfer::read(&text);
        let _ = Transfer::read(&sealed(&body));
    }
}

#[test]
fn no_changed_digit_of_a_code_is_taken() {
    for (at, _) in Q2
        .char_indices()
        .filter(|(_, letter)| letter.is_ascii_digit())
    {
        for digit in '0'..='9' {
            let changed = format!("{}{digit}{}", &Q2[..at], &Q2[at + 1..]);
            assert_eq!(Transfer::read(&changed).is_ok(), changed == Q2, "{changed}");
        }
    }
}
