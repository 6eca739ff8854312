//! Results as agencies lay them out: their words around the lines of a decision, and what a faulty layout is told.

use paper::{Block, Error, Field, Layout, Layouts, ResultPaper};

use crate::{samples, says, words};

const LAYOUT: &str = r#"
#import "/layout.typ": *
#show: result.with(subtitle: "(Bản chính)")

#value("Cơ quan") xác nhận ông (bà) #value("Họ, chữ đệm, tên"), sinh ngày #value("Ngày sinh"), hiện cư trú tại
#value("Nơi cư trú", default: [nơi không rõ]).

#lines(except: ("Cơ quan", "Họ, chữ đệm, tên"))

Giấy này có giá trị trong sáu tháng.
"#;

fn result() -> ResultPaper {
    let line = |label: &str, value: &str| Block::Fields {
        fields: vec![Field {
            label: label.into(),
            value: value.into(),
        }],
    };
    ResultPaper {
        body: vec![
            line("Cơ quan", "Ủy ban nhân dân xã Bản Mây"),
            line("Họ, chữ đệm, tên", "#panic() Lò Văn *Bình* Minh"),
            line("Ngày sinh", "05/02/2026"),
        ],
        subtitle: None,
        layout: Some("xac-nhan".into()),
        ..samples::result()
    }
}

fn layouts(text: &str) -> Layouts {
    let layout = Layout::new("xac-nhan", text.to_owned()).unwrap();
    [layout].into_iter().collect()
}

fn refusal(text: &str) -> String {
    layouts(text).result(&result()).unwrap_err().to_string()
}

#[test]
fn an_agencys_words_stand_around_the_lines_of_the_decision() {
    let pdf = layouts(LAYOUT).result(&result()).unwrap();
    let words = words("layout", &pdf);
    says(
        &words,
        &[
            "(Bản chính)",
            "Ủy ban nhân dân xã Bản Mây xác nhận ông (bà) #panic() Lò Văn *Bình* Minh, sinh ngày 05/02/2026,",
            "hiện cư trú tại nơi không rõ.",
            "Ngày sinh: 05/02/2026",
            "Giấy này có giá trị trong sáu tháng.",
            "Hoàng Đình Khuê",
            "Mã kiểm tra: 7Q2M-KX4D-9TPA",
        ],
    );
    assert!(
        !words.contains("Cơquan:"),
        "a line that is said is not listed: {words}"
    );
}

#[test]
fn a_preview_says_that_it_is_none_and_cannot_be_checked() {
    let pdf = layouts(LAYOUT).preview(&result()).unwrap();
    let words = words("preview", &pdf);
    says(
        &words,
        &["BẢN XEM TRƯỚC", "KHÔNG CÓ GIÁ TRỊ", "sinh ngày 05/02/2026"],
    );
    assert!(!words.contains("Mãkiểmtra"), "{words}");
}

#[test]
fn a_faulty_layout_is_told_its_line() {
    let head = "#import \"/layout.typ\": *\n#show: result\n";
    let told = [
        (
            "#value(\"Quê quán\")",
            "the template xac-nhan failed: line 3: panicked with: the decision has no line «Quê quán»",
        ),
        (
            "\n#value(\"Ngày sinh\", nth: 2)",
            "the template xac-nhan failed: line 4: panicked with: the decision has no line «Ngày sinh» number 2",
        ),
        (
            "#so-nha",
            "the template xac-nhan failed: line 3: unknown variable: so-nha",
        ),
        (
            "#value(",
            "the template xac-nhan failed: line 3: unclosed delimiter",
        ),
    ];
    for (wrong, expected) in told {
        assert_eq!(refusal(&format!("{head}{wrong}\n")), expected);
    }
}

#[test]
fn a_layout_reaches_nothing_but_its_paper() {
    let head = "#import \"/layout.typ\": *\n#show: result\n";
    for reach in [
        "#read(\"/etc/passwd\")",
        "#image(\"../../secret.png\")",
        "#import \"@preview/tablex:0.0.9\": *",
        "#read(\"/layouts/other.typ\")",
        "#datetime.today().display()",
        "#while true {}",
    ] {
        let error = layouts(&format!("{head}{reach}\n")).result(&result());
        assert!(
            matches!(error, Err(Error::Template { .. })),
            "{reach}: {error:?}"
        );
    }
}

#[test]
fn a_layout_that_is_not_there_or_too_long_is_refused() {
    let error = Layouts::default().result(&result()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the template xac-nhan failed: there is no such layout"
    );
    let error = Layout::new("dai", "x".repeat(70_000)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the template dai failed: it has more than 65536 bytes"
    );
}

#[test]
fn the_room_for_the_signature_is_told_and_empty_of_words() {
    let pdf = layouts(LAYOUT).result(&result()).unwrap();
    let place = pdf.signature().unwrap();
    assert_eq!(place.page, 1);
    // In the right half of the page, within its margins; twenty millimetres high.
    assert!(
        place.x > 595.0 / 2.0 && place.x + place.width < 595.0 - 47.0,
        "{place:?}"
    );
    assert!((place.height - 56.7).abs() < 0.1, "{place:?}");
    assert!(place.y > 100.0 && place.y < 600.0, "{place:?}");

    assert_eq!(
        paper::receipt(&samples::receipt()).unwrap().signature(),
        None
    );
    assert_eq!(
        paper::appointment_slip(&samples::slip())
            .unwrap()
            .signature(),
        None
    );
    assert!(
        paper::notice(&samples::notice())
            .unwrap()
            .signature()
            .is_some()
    );
    let face = paper::font().unwrap();
    assert!(face.len() > 10_000);
}
