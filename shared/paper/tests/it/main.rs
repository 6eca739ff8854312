//! Papers as a reader of the PDF finds them: their words, their standard, their sameness, and what hostile input does.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod layouts;
mod samples;

use std::fs;
use std::path::Path;

use lopdf::{Document, Object};
use paper::{Block, Error, Field, LineReduction, Pdf};

/// The words of a paper without its spaces, which a PDF places rather than writes. Also leaves the file for a person to
/// look at.
fn words(name: &str, pdf: &Pdf) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("papers");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{name}.pdf")), pdf.bytes()).unwrap();
    let document = Document::load_mem(pdf.bytes()).unwrap();
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    assert_eq!(pages.len(), pdf.pages());
    close(&document.extract_text(&pages).unwrap())
}

fn close(text: &str) -> String {
    text.split_whitespace().collect()
}

#[track_caller]
fn says(words: &str, expected: &[&str]) {
    for text in expected {
        assert!(words.contains(&close(text)), "{text:?} is not in {words}");
    }
}

/// The XMP packet, which PDF/A keeps readable.
fn metadata(pdf: &Pdf) -> String {
    let document = Document::load_mem(pdf.bytes()).unwrap();
    let catalog = document.catalog().unwrap();
    let packet = catalog
        .get(b"Metadata")
        .and_then(Object::as_reference)
        .unwrap();
    let stream = document
        .get_object(packet)
        .and_then(Object::as_stream)
        .unwrap();
    String::from_utf8(stream.get_plain_content().unwrap()).unwrap()
}

#[test]
fn a_slip_says_everything_of_form_01() {
    let pdf = paper::appointment_slip(&samples::slip()).unwrap();
    assert_eq!(pdf.pages(), 1);
    says(
        &words("slip", &pdf),
        &[
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Độc lập - Tự do - Hạnh phúc",
            "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG",
            "Số: 0007/TNHS",
            "Bản Mây, ngày 05 tháng 02 năm 2026",
            "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
            "Mã hồ sơ: H99.01.02-260205-0007",
            "Tiếp nhận hồ sơ của: Lò Thị Ánh Nguyệt",
            "Giấy chứng sinh",
            "Bản sao có chứng thực",
            "08 giờ 35 phút, ngày 05 tháng 02 năm 2026",
            "08 giờ 35 phút, ngày 12 tháng 02 năm 2026",
            "24.000 đồng",
            "8.000 đồng, đã nộp",
            "16.000 đồng, chưa nộp",
            "quyển số: 01/2026, số thứ tự: 7",
            "https://motcua.example/tra-cuu/H99.01.02-260205-0007",
            "NGƯỜI TIẾP NHẬN HỒ SƠ",
            "Vừ A Sính",
        ],
    );
}

#[test]
fn a_receipt_says_its_total_in_figures_and_in_words() {
    let pdf = paper::receipt(&samples::receipt()).unwrap();
    assert_eq!(pdf.pages(), 1);
    says(
        &words("receipt", &pdf),
        &[
            "BIÊN LAI THU PHÍ, LỆ PHÍ",
            "Ký hiệu: MC-26T",
            "16.000",
            "Tổng cộng 24.000",
            "Hai mươi tư nghìn đồng",
            "Tiền mặt tại quầy",
            "08 giờ 40 phút",
            "Giàng Thị Mỷ",
            "7Q2M-KX4D-9TPA",
        ],
    );
}

#[test]
fn a_receipt_shows_what_was_taken_off_below_the_line() {
    let mut receipt = samples::receipt();
    receipt.lines[1].reduction = Some(LineReduction {
        by: 4_000,
        reason: "Hộ cận nghèo".into(),
    });
    let pdf = paper::receipt(&receipt).unwrap();
    says(
        &words("reduced", &pdf),
        &[
            "16.000",
            "Được miễn, giảm: Hộ cận nghèo",
            "−4.000",
            "Tổng cộng 20.000",
            "Hai mươi nghìn đồng",
        ],
    );
    for by in [-1, 16_001] {
        receipt.lines[1].reduction.as_mut().unwrap().by = by;
        assert!(matches!(
            paper::receipt(&receipt),
            Err(Error::Amount(field)) if field == "lines[1].reduction.by"
        ));
    }
}

#[test]
fn a_result_says_who_decided_what_and_how_to_check_it() {
    let pdf = paper::result(&samples::result()).unwrap();
    assert_eq!(pdf.pages(), 1);
    says(
        &words("result", &pdf),
        &[
            "ỦY BAN NHÂN DÂN XÃ BẢN MÂY",
            "Số: 12/2026/TLKS-BS",
            "TRÍCH LỤC KHAI SINH",
            "(Bản sao)",
            "LÒ VĂN BÌNH MINH",
            "KT. CHỦ TỊCH",
            "PHÓ CHỦ TỊCH",
            "Hoàng Đình Khuê",
            "Nơi nhận:",
            "Mã kiểm tra: 7Q2M-KX4D-9TPA",
            "https://motcua.example/kiem-tra/7Q2M-KX4D-9TPA",
        ],
    );
}

#[test]
fn a_notice_carries_its_table() {
    let pdf = paper::notice(&samples::notice()).unwrap();
    assert_eq!(pdf.pages(), 1);
    says(
        &words("notice", &pdf),
        &[
            "PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ",
            "Kính gửi: Lò Thị Ánh Nguyệt",
            "Văn bản ủy quyền",
            "NGƯỜI HƯỚNG DẪN",
        ],
    );
}

#[test]
fn every_paper_is_an_archive_copy_with_its_own_date() {
    for pdf in [
        paper::appointment_slip(&samples::slip()).unwrap(),
        paper::receipt(&samples::receipt()).unwrap(),
        paper::result(&samples::result()).unwrap(),
        paper::notice(&samples::notice()).unwrap(),
    ] {
        let packet = metadata(&pdf);
        assert!(packet.contains("<pdfaid:part>2</pdfaid:part>"), "{packet}");
        assert!(
            packet.contains("<pdfaid:conformance>B</pdfaid:conformance>"),
            "{packet}"
        );
        assert!(packet.contains("2026-02-05T"), "{packet}");
        assert!(packet.contains("+07:00"), "{packet}");
        let document = Document::load_mem(pdf.bytes()).unwrap();
        for font in document
            .objects
            .values()
            .filter_map(|object| object.as_dict().ok())
        {
            if font.get(b"Type").and_then(Object::as_name).ok() == Some(b"FontDescriptor") {
                let embedded = [&b"FontFile"[..], b"FontFile2", b"FontFile3"];
                assert!(
                    embedded.iter().any(|key| font.has(key)),
                    "a font is not embedded"
                );
            }
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (slip, result) = (samples::slip(), samples::result());
    let first = (
        paper::appointment_slip(&slip).unwrap(),
        paper::result(&result).unwrap(),
    );
    paper::receipt(&samples::receipt()).unwrap();
    let again = std::thread::spawn(move || {
        (
            paper::appointment_slip(&slip).unwrap(),
            paper::result(&result).unwrap(),
        )
    });
    assert!(first == again.join().unwrap());
}

#[test]
fn another_dossier_gives_another_paper() {
    let mut other = samples::slip();
    other.dossier_code = "H99.01.02-260205-0008".into();
    let first = paper::appointment_slip(&samples::slip()).unwrap();
    assert!(first != paper::appointment_slip(&other).unwrap());
}

#[test]
fn what_people_type_is_printed_and_never_run() {
    let hostile = [
        "#panic()",
        "#import \"/slip.typ\": *",
        "#read(\"/data.json\")",
        "$ x^2 $ *đậm* _nghiêng_ `mã`",
        "] } ) #[ #{ \\u{41}",
        "\"nháy\" 'đơn' \\ \\n // ghi chú /* */",
        "= Tiêu đề",
        "<nhan> @nhan",
        "{\"name\": null}",
        "a~b--c---d...e",
    ];
    for text in hostile {
        let mut paper = samples::result();
        paper.title = text.into();
        paper.signer.name = text.into();
        paper.body = vec![
            Block::Fields {
                fields: vec![Field {
                    label: text.into(),
                    value: text.into(),
                }],
            },
            Block::Paragraph { text: text.into() },
            Block::Table {
                columns: vec![text.into()],
                rows: vec![vec![text.into()]],
            },
        ];
        let pdf = paper::result(&paper).unwrap_or_else(|error| panic!("{text}: {error}"));
        says(&words("hostile", &pdf), &[text, &text.to_uppercase()]);
    }
}

#[test]
fn direction_marks_cannot_turn_a_number_around() {
    let mut slip = samples::slip();
    slip.applicant.name = "Lò\u{200f} \u{202e}Thị\u{202c} Mẫu\u{2066}\u{feff}".into();
    let found = words("marks", &paper::appointment_slip(&slip).unwrap());
    says(&found, &["Tiếp nhận hồ sơ của: Lò Thị Mẫu"]);
}

#[test]
fn what_the_font_cannot_draw_is_refused_by_name() {
    for (text, character) in [
        ("Lò 😀 Mẫu", '😀'),
        ("漢字", '漢'),
        ("\u{10FFFF}", '\u{10FFFF}'),
    ] {
        let mut slip = samples::slip();
        slip.papers[2].name = text.into();
        match paper::appointment_slip(&slip) {
            Err(Error::Unprintable {
                field,
                character: found,
            }) => {
                assert_eq!((field.as_str(), found), ("papers[2].name", character));
            }
            other => panic!("{text}: {other:?}"),
        }
        assert_eq!(paper::unprintable(text), Some(character));
    }
}

/// The 67 Vietnamese letters that ASCII lacks.
const LETTERS: &str = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ";

#[test]
fn all_134_vietnamese_letters_are_drawn_and_read_back() {
    let letters = format!("{LETTERS}{}", LETTERS.to_uppercase());
    assert_eq!(letters.chars().count(), 134);
    assert_eq!(paper::unprintable(&letters), None);
    let mut paper = samples::result();
    let spaced: Vec<String> = letters.chars().map(String::from).collect();
    paper.body = vec![
        Block::Paragraph {
            text: spaced.join(" "),
        },
        Block::Fields {
            fields: vec![Field {
                label: letters.clone(),
                value: letters.clone(),
            }],
        },
    ];
    let found = words("letters", &paper::result(&paper).unwrap());
    says(&found, &[&letters, &format!("{letters}:{letters}")]);
}

#[test]
fn names_of_other_peoples_of_vietnam_are_drawn() {
    for name in [
        "H’Mơ Niê Kđăm",
        "Y Čuăt Êban",
        "Rơ Châm H'Ƀlưh",
        "K'Sor Jơñ",
    ] {
        assert_eq!(paper::unprintable(name), None, "{name}");
    }
}

#[test]
fn very_long_text_stays_on_the_page_and_goes_over_to_the_next() {
    let mut paper = samples::result();
    let name = "Nguyễn".repeat(60);
    paper.body.push(Block::Fields {
        fields: vec![
            Field {
                label: "Tên".into(),
                value: name.clone(),
            },
            Field {
                label: "Tên khác".into(),
                value: name.clone(),
            },
        ],
    });
    paper.body.push(Block::Table {
        columns: vec!["Một".into(), "Hai".into()],
        rows: vec![vec![name.clone(), "hai".into()]; 12],
    });
    for _ in 0..4 {
        paper.body.push(Block::Paragraph {
            text: "xin chào ".repeat(440),
        });
    }
    let pdf = paper::result(&paper).unwrap();
    assert!(pdf.pages() > 3, "{} pages", pdf.pages());
    says(&words("long", &pdf), &[&name]);
}

#[test]
fn too_much_is_refused_with_the_bound() {
    let mut slip = samples::slip();
    slip.applicant.name = "x".repeat(paper::LIMIT_TEXT + 1);
    assert!(matches!(
        paper::appointment_slip(&slip),
        Err(Error::TooLong { field, length: 4_001, limit: 4_000 }) if field == "applicant.name"
    ));
    let mut slip = samples::slip();
    slip.papers = vec![slip.papers[0].clone(); paper::LIMIT_ITEMS + 1];
    assert!(matches!(
        paper::appointment_slip(&slip),
        Err(Error::TooMany { field, count: 201, limit: 200 }) if field == "papers"
    ));
    let mut notice = samples::notice();
    notice.body = vec![Block::Table {
        columns: vec!["một".into()],
        rows: vec![vec!["một".into(), "hai".into()]],
    }];
    assert!(matches!(
        paper::notice(&notice),
        Err(Error::TooMany { field, .. }) if field == "body[0].rows[0]"
    ));
}

#[test]
fn a_paper_of_empty_cells_is_bounded_too() {
    let mut notice = samples::notice();
    let table = Block::Table {
        columns: vec!["một".into(); 8],
        rows: vec![vec![String::new(); 8]; paper::LIMIT_ITEMS],
    };
    notice.body = vec![table; 5];
    assert!(matches!(
        paper::notice(&notice),
        Err(Error::TooMany { field, .. }) if field.starts_with("body[3].rows")
    ));
}

#[test]
fn a_paper_without_its_words_is_refused() {
    let mut slip = samples::slip();
    slip.applicant.name = " \u{200b}".into();
    assert!(matches!(
        paper::appointment_slip(&slip),
        Err(Error::Blank(field)) if field == "applicant.name"
    ));
    let mut slip = samples::slip();
    slip.tracking_url = "javascript:alert(1)".into();
    assert!(matches!(
        paper::appointment_slip(&slip),
        Err(Error::Link(field)) if field == "tracking_url"
    ));
}

#[test]
fn amounts_are_never_negative_and_never_overflow() {
    for (quantity, unit_price) in [(1, -1), (2, i64::MAX), (u32::MAX, i64::MAX)] {
        let mut receipt = samples::receipt();
        receipt.lines[1].quantity = quantity;
        receipt.lines[1].unit_price = unit_price;
        assert!(matches!(
            paper::receipt(&receipt),
            Err(Error::Amount(field)) if field == "lines[1].unit_price"
        ));
    }
}
