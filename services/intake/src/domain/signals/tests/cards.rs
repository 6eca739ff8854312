//! What a card says, held against who files with it.

use contracts::{
    CitizenId,
    scan::{PagePlace, ReadField},
};
use procedure::Paper;

use super::*;
use crate::domain::signals::card::{Applicant, Card, agrees, remarks};

const CARD: &str = include_str!("../../../../../../catalogue/papers/can-cuoc.yaml");
const NUMBER: &str = "066190001234";
const HUSBAND: &str = "066088004321";

fn read(name: &str, value: &str, confidence: u8, certain: bool) -> ReadField {
    ReadField {
        name: name.to_owned(),
        value: value.to_owned(),
        confidence,
        certain,
        disputed: false,
        page: 1,
        place: PagePlace {
            left: 100,
            top: 200,
            width: 300,
            height: 20,
        },
    }
}

fn by_code(name: &str, value: &str) -> ReadField {
    read(name, value, 99, true)
}

fn by_print(name: &str, value: &str) -> ReadField {
    read(name, value, 80, false)
}

fn disputed(field: ReadField) -> ReadField {
    ReadField {
        disputed: true,
        confidence: 50,
        certain: false,
        ..field
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn a_card_is_held_against_who_files_with_it() {
    type Case<'a> = (Vec<ReadField>, Option<bool>, &'a [CitizenId], Vec<Code>);
    let paper = Paper::from_yaml(CARD).unwrap();
    let (number, other): (CitizenId, CitizenId) =
        (NUMBER.parse().unwrap(), HUSBAND.parse().unwrap());
    let own = || by_code("so_dinh_danh", NUMBER);
    let his = || by_code("so_dinh_danh", HUSBAND);
    let named = [other];
    let cases: Vec<Case<'_>> = vec![
        (vec![], None, &[], vec![]),
        (vec![own()], None, &[], vec![]),
        (vec![his()], None, &[], vec![Code::CardOfAnother]),
        // The form is about him: his card belongs to it.
        (vec![his()], Some(false), &named, vec![]),
        (
            vec![own(), by_code("ho_ten", "Ai Khác")],
            Some(false),
            &[],
            vec![Code::CardName],
        ),
        (
            vec![own(), by_code("ho_ten", "Như Vậy")],
            Some(true),
            &[],
            vec![],
        ),
        // Print is misread.
        (
            vec![own(), by_print("ho_ten", "Nhu Vây")],
            Some(false),
            &[],
            vec![],
        ),
        (
            vec![by_print("so_dinh_danh", "066190001284")],
            None,
            &[],
            vec![],
        ),
        (
            vec![by_print("so_dinh_danh", HUSBAND)],
            None,
            &[],
            vec![Code::CardOfAnother],
        ),
        (
            vec![by_code("so_dinh_danh", "066190001284")],
            None,
            &[],
            vec![Code::CardOfAnother],
        ),
        (
            vec![
                own(),
                by_code("ngay_sinh", "1990-01-15"),
                by_code("gioi_tinh", "Nữ"),
            ],
            None,
            &[],
            vec![],
        ),
        (
            vec![own(), by_code("gioi_tinh", "Nam")],
            None,
            &[],
            vec![Code::CardAtOdds],
        ),
        (
            vec![own(), by_code("ngay_sinh", "1991-01-15")],
            None,
            &[],
            vec![Code::CardAtOdds],
        ),
        (vec![disputed(own())], None, &[], vec![Code::CardAtOdds]),
        (
            vec![disputed(by_code("noi_thuong_tru", "Hà Nội"))],
            None,
            &[],
            vec![],
        ),
        (
            vec![own(), by_print("co_gia_tri_den", "2026-10-07")],
            None,
            &[],
            vec![Code::CardExpired],
        ),
        (
            vec![own(), by_print("co_gia_tri_den", "2026-10-08")],
            None,
            &[],
            vec![],
        ),
        (
            vec![own(), read("co_gia_tri_den", "2020-01-01", 59, false)],
            None,
            &[],
            vec![],
        ),
        (
            vec![by_print("so_dinh_danh", "nonsense")],
            None,
            &[],
            vec![],
        ),
    ];
    for (fields, is_named_so, named, expected) in cases {
        let applicant = Applicant {
            number: &number,
            is_named_so,
            named,
            on: "2026-10-08".parse().unwrap(),
        };
        let found = remarks(&Card::read(&paper, &fields), applicant);
        let found: Vec<Code> = found.iter().map(Remark::code).collect();
        assert_eq!(found, expected, "{fields:?}");
    }
}

#[test]
fn a_number_tells_century_year_and_sex() {
    for (number, born, male, agree) in [
        ("066090001234", "1990-01-15", true, true),
        ("066190001234", "1990-01-15", false, true),
        ("001304005678", "2004-02-29", false, true),
        ("001204005678", "2004-02-29", true, true),
        ("066090001234", "1990-01-15", false, false),
        ("066090001234", "2090-01-15", true, false),
        ("066090001234", "1989-12-31", true, false),
    ] {
        let (number, born) = (number.parse().unwrap(), born.parse().ok());
        assert_eq!(agrees(&number, born, Some(male)), agree, "{number}");
        assert!(agrees(&number, None, None));
    }
}
