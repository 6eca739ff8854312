//! What is read on papers, as sentences over lines of print.

use procedure::Paper;
use proptest::prelude::*;

use super::*;
use crate::domain::{Code, Word};

const DECLARATION: &str =
    include_str!("../../../../../catalogue/papers/to-khai-ban-sao-trich-luc.yaml");
const BIRTH: &str = include_str!("../../../../../catalogue/papers/to-khai-khai-sinh.yaml");
const CARD: &str = include_str!("../../../../../catalogue/papers/can-cuoc.yaml");
const CERTIFICATE: &str = include_str!("../../../../../catalogue/papers/giay-khai-sinh.yaml");

fn paper(yaml: &str) -> Paper {
    Paper::from_yaml(yaml).unwrap()
}

/// A page with these lines of print, letters of one width, sure to so many hundredths.
#[expect(clippy::cast_precision_loss, reason = "letters of a line")]
fn page(lines: &[&str], confidence: f32) -> Page {
    let mut words = Vec::new();
    for (number, line) in (0..).zip(lines) {
        let mut at = 0;
        for word in line.split(' ') {
            let length = word.chars().count();
            words.push(Word {
                text: word.to_owned(),
                confidence,
                place: Place::clamped(
                    0.1 + at as f32 * 0.01,
                    0.05 + number as f32 * 0.03,
                    length as f32 * 0.01,
                    0.02,
                ),
                line: number,
            });
            at += length + 1;
        }
    }
    Page {
        words,
        ..Page::of(Source::Ocr)
    }
}

fn values(yaml: &str, lines: &[&str]) -> Vec<(String, String)> {
    let fields = read(&paper(yaml), &[page(lines, 92.0)]);
    fields
        .into_iter()
        .map(|field| (field.name, field.value))
        .collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn a_value_stands_behind_its_label_up_to_the_next_one() {
    let read = values(
        DECLARATION,
        &[
            "TỜ KHAI CẤP BẢN SAO TRÍCH LỤC HỘ TỊCH",
            "Họ, chữ đệm, tên người yêu cầu: TRẦN VĂN THỬ .......",
            "Nơi cư trú: (2) Số 12 đường Ví Dụ, phường Mẫu",
            "Giấy tờ tùy thân: (3) Căn cước công dân số 066090001234",
            "Đề nghị cơ quan cấp bản sao trích lục khai sinh (4) cho người có tên dưới đây:",
            "Họ, chữ đệm, tên: LÊ THỊ BÍCH NGỌC",
            "Ngày, tháng, năm sinh: 29/02/2004 Giới tính: Nữ",
            "Dân tộc: Kinh Quốc tịch: Việt Nam",
            "Nơi cư trú: (2) Thôn 2, xã A",
        ],
    );
    assert_eq!(
        read,
        pairs(&[
            ("ho_ten_nguoi_yeu_cau", "TRẦN VĂN THỬ"),
            ("noi_cu_tru_nguoi_yeu_cau", "Số 12 đường Ví Dụ, phường Mẫu"),
            ("so_dinh_danh_nguoi_yeu_cau", "066090001234"),
            ("ho_ten", "LÊ THỊ BÍCH NGỌC"),
            ("ngay_sinh", "2004-02-29"),
            ("gioi_tinh", "Nữ"),
            ("dan_toc", "Kinh"),
            ("quoc_tich", "Việt Nam"),
        ])
    );
}

#[test]
fn labels_are_known_when_misread_and_the_same_label_by_what_stands_above() {
    let read = values(
        BIRTH,
        &[
            "TỜ KHAI ĐĂNG KÝ KHAI SINH",
            "Họ, chữ đệm, tên ngươi cha: NGUYỄN VĂN A",
            "Số dịnh danh cá nhân: 0660 9000 1234",
            "Họ, chư đệm tên người mẹ: TRẦN THỊ B",
            "Số định danh cá nhan: O66190OO1235",
        ],
    );
    assert_eq!(
        read,
        pairs(&[
            ("ho_ten_cha", "NGUYỄN VĂN A"),
            ("so_dinh_danh_cha", "066090001234"),
            ("ho_ten_me", "TRẦN THỊ B"),
            ("so_dinh_danh_me", "066190001235"),
        ])
    );
}

#[test]
fn what_is_not_well_formed_is_not_told() {
    let read = values(
        CERTIFICATE,
        &[
            "Họ, chữ đệm, tên: 123",
            "Ngày, tháng, năm sinh: 31/02/2004",
            "Giới tính: N",
            "Số định danh cá nhân: 06609000123",
        ],
    );
    assert_eq!(read, []);
}

#[test]
fn a_value_may_stand_below_its_label_and_a_full_line_goes_on() {
    let read = values(
        CARD,
        &[
            "Họ và tên / Full name:",
            "TRẦN VĂN THỬ",
            "Ngày sinh / Date of birth: 15/01/1990",
            "Nơi thường trú / Place of residence: Số 12 đường Nguyễn Thị Minh Khai, khu phố 4,",
            "phường Mẫu, tỉnh Mẫu",
        ],
    );
    assert_eq!(
        read,
        pairs(&[
            ("ho_ten", "TRẦN VĂN THỬ"),
            ("ngay_sinh", "1990-01-15"),
            (
                "noi_thuong_tru",
                "Số 12 đường Nguyễn Thị Minh Khai, khu phố 4, phường Mẫu, tỉnh Mẫu"
            ),
        ])
    );
}

#[test]
fn print_is_never_certain() {
    let lines = ["Số định danh cá nhân: 066090001234", "Giới tính: Nam"];
    for field in read(&paper(CERTIFICATE), &[page(&lines, 100.0)]) {
        assert!(field.confidence < CERTAIN, "{field:?}");
    }
}

const SAYS: &str = "066090001234||Trần Văn Thử|15011990|Nam|Thôn 2, xã A|01072022";

fn with_code(lines: &[&str], says: &str) -> Page {
    Page {
        codes: vec![Code {
            text: says.to_owned(),
            place: Place::WHOLE,
        }],
        ..page(lines, 90.0)
    }
}

fn field<'a>(fields: &'a [Field], name: &str) -> &'a Field {
    fields.iter().find(|field| field.name == name).unwrap()
}

#[test]
fn a_cards_code_goes_before_its_print() {
    let page = with_code(
        &[
            "Họ và tên / Full name: TRẦN VĂN THƯ",
            "Số / No.: 066090001284",
        ],
        SAYS,
    );
    let fields = read(&paper(CARD), &[page]);
    let name = field(&fields, "ho_ten");
    assert_eq!(
        (name.value.as_str(), name.origin, name.disputed),
        ("Trần Văn Thử", Origin::Code, false)
    );
    assert!(name.confidence >= CERTAIN);
    // A number printed otherwise than the code says may be a misreading or a forgery: a person looks.
    let number = field(&fields, "so_dinh_danh");
    assert_eq!(number.value, "066090001234");
    assert!(number.disputed && number.confidence < CERTAIN);
}

#[test]
fn a_number_that_contradicts_its_holder_is_disputed() {
    let woman = SAYS.replace("|Nam|", "|Nữ|");
    let fields = read(&paper(CARD), &[with_code(&[], &woman)]);
    assert!(field(&fields, "so_dinh_danh").disputed);
    assert!(!field(&read(&paper(CARD), &[with_code(&[], SAYS)]), "so_dinh_danh").disputed);
}

#[test]
fn front_and_back_of_two_cards_dispute_each_other() {
    let zone = crate::domain::Zone::find(
        "IDVNM3040056781001304005678<<2\n0402291F2902290VNM<<<<<<<<<<<8\nLE<<THI<BICH<NGOC<<<<<<<<<<<<<",
        Place::WHOLE,
    );
    let back = Page {
        zone,
        ..page(&[], 90.0)
    };
    let alone = read(&paper(CARD), std::slice::from_ref(&back));
    let number = field(&alone, "so_dinh_danh");
    assert_eq!(
        (number.value.as_str(), number.origin),
        ("001304005678", Origin::Zone)
    );
    assert!(number.confidence >= CERTAIN);
    let both = read(&paper(CARD), &[with_code(&[], SAYS), back]);
    assert!(
        both.iter()
            .all(|field| field.disputed || field.name == "co_gia_tri_den"),
        "{both:?}"
    );
}

#[test]
fn another_paper_is_known_by_its_head_and_not_by_its_text() {
    let papers = [
        paper(DECLARATION),
        paper(BIRTH),
        paper(CERTIFICATE),
        paper(CARD),
    ];
    let other = |expected: &Paper, lines: &[&str]| {
        let pages = [page(lines, 90.0)];
        other_paper(expected, &papers, &pages).map(|paper| paper.id.clone())
    };
    let declaration = [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "TỜ KHAI CẤP BẢN SAO TRÍCH LỤC HỘ TỊCH",
    ];
    assert_eq!(other(&papers[0], &declaration), None);
    assert_eq!(
        other(&papers[2], &declaration).as_deref(),
        Some("to-khai-ban-sao-trich-luc")
    );
    // Torn over two lines, and misread.
    assert_eq!(
        other(&papers[2], &["TỜ KHAI CẤP BẢN SAO", "TRICH LỤC HỘ TICH"]).as_deref(),
        Some("to-khai-ban-sao-trich-luc")
    );
    assert_eq!(
        other(
            &papers[0],
            &["theo Giấy khai sinh số: 12/2015, quyển số 01/2015 của xã"]
        ),
        None
    );
    assert_eq!(other(&papers[0], &["Một trang không có tên"]), None);
}

proptest! {
    #[test]
    fn any_words_get_an_answer(lines in proptest::collection::vec("[A-Za-zễ0-9:/(). ]{0,60}", 0..12)) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let pages = [page(&lines, 80.0)];
        for yaml in [DECLARATION, CARD] {
            for field in read(&paper(yaml), &pages) {
                prop_assert!(field.place.is_within());
                prop_assert!(field.confidence <= 100);
            }
            let _ = other_paper(&paper(yaml), &[paper(CERTIFICATE)], &pages);
        }
    }
}
