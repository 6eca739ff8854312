//! 2.000635: a copy of a civil-status extract (cấp bản sao trích lục hộ tịch), granted from the register.

use chassis::{Failure, Tx};
use contracts::agency::Verdict;
use procedure::{Case, Procedure, fold, spelling};

use crate::{
    record::{Kind, Person, Record, number_key},
    store,
};

/// Granted at once to whoever asks for their own extract and stands in the register exactly once. Everything less sure
/// goes to a person: an extract of the wrong record tells a stranger about a family.
pub struct CopyOfExtract;

impl Procedure for CopyOfExtract {
    const CODE: &'static str = "2.000635";

    /// The records that could be meant: of the name without its accents, or of the number.
    type Facts = Vec<Record>;

    async fn facts(&self, case: &Case<'_>, tx: &Tx) -> Result<Vec<Record>, Failure> {
        let Some(kind) = kind(case) else {
            return Ok(Vec::new());
        };
        let number = case.form.get("so_dang_ky").map(number_key);
        Ok(store::near(
            tx.db(),
            kind,
            &fold(case.answer("ho_ten")),
            number.as_deref(),
        )
        .await?)
    }

    fn verdict(&self, case: &Case<'_>, records: Vec<Record>) -> Verdict {
        let meant: Vec<(&Record, &Person)> = records
            .iter()
            .filter_map(|record| Some((record, meant(case, record)?)))
            .collect();
        match meant.as_slice() {
            [] if records.is_empty() => not_in_the_register(case),
            [] => officer(format!(
                "Không có bản ghi khớp hoàn toàn; gần giống: {}.",
                numbers(&records)
            )),
            [(record, person)] => match doubt(case, person) {
                None => Verdict::Grant {
                    result: record.printed(),
                },
                Some(note) => officer(format!("Bản ghi số {}: {note}", record.number)),
            },
            several => officer(format!(
                "Có {} bản ghi cùng khớp: {}.",
                several.len(),
                numbers(&records)
            )),
        }
    }
}

fn kind(case: &Case<'_>) -> Option<Kind> {
    match case.answer("loai_giay_to") {
        "khai_sinh" => Some(Kind::Birth),
        "ket_hon" => Some(Kind::Marriage),
        "khai_tu" => Some(Kind::Death),
        _ => None,
    }
}

/// The person in `record` whom the applicant means: name, day of birth and, if given, number all agree.
fn meant<'a>(case: &Case<'_>, record: &'a Record) -> Option<&'a Person> {
    let number = case.form.get("so_dang_ky");
    let numbered = number.is_none_or(|number| number_key(number) == number_key(&record.number));
    let mut people = record.people.iter().filter(|_| numbered);
    people.find(|person| person.is(case.answer("ho_ten"), case.form.date("ngay_sinh")))
}

/// What a person must look at before this extract is given to this applicant.
fn doubt(case: &Case<'_>, person: &Person) -> Option<&'static str> {
    let applicant = &case.application.applicant;
    match case.answer("quan_he") {
        "ban_than" if case.answer("loai_giay_to") == "khai_tu" => {
            Some("người nộp ghi là chính người đã khai tử.")
        }
        "ban_than" if spelling(applicant.name.as_str()) != spelling(person.name.as_str()) => {
            Some("người nộp ghi là chính mình nhưng họ tên khác tài khoản.")
        }
        "ban_than"
            if person
                .citizen_id
                .as_ref()
                .is_some_and(|id| *id != applicant.citizen_id) =>
        {
            Some("số định danh trong sổ khác số của người nộp.")
        }
        "ban_than" => None,
        "uy_quyen" => Some("kiểm tra văn bản ủy quyền."),
        _ => Some("kiểm tra quan hệ thân thích với người nộp."),
    }
}

/// Nothing even near. The first time the citizen is asked for the register number: a misspelt name is the usual reason,
/// and the number finds the record. With the number given and still nothing near, the event isn't in this register, so no
/// further question helps (the law allows one supplement); the refusal says where else to ask, and a person signs it.
fn not_in_the_register(case: &Case<'_>) -> Verdict {
    if case.form.get("so_dang_ky").is_none() {
        let item = "Xem lại họ tên và ngày sinh, và ghi số đăng ký trên giấy tờ cũ (nếu không có, ghi “không rõ”).";
        return Verdict::Supplement {
            items: vec![item.to_owned()],
        };
    }
    let reason = "Sổ hộ tịch của cơ quan này không có bản ghi nào khớp với họ tên, ngày sinh và số đăng ký đã nêu. Bạn có thể \
                  xin bản sao tại nơi đã đăng ký, hoặc xin đăng ký lại.";
    Verdict::Refuse {
        reason: reason.to_owned(),
    }
}

fn officer(note: String) -> Verdict {
    Verdict::Officer { note }
}

fn numbers(records: &[Record]) -> String {
    records
        .iter()
        .map(|record| record.number.as_str())
        .collect::<Vec<_>>()
        .join("; ")
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::LazyLock};

    use contracts::desk::Application;
    use procedure::{Catalogue, sample};
    use proptest::prelude::*;

    use super::*;

    const MINE: [(&str, &str); 5] = [
        ("loai_giay_to", "khai_sinh"),
        ("ho_ten", "Nguyễn Thị Ví Dụ"),
        ("ngay_sinh", "15/01/1990"),
        ("quan_he", "ban_than"),
        ("so_ban_sao", "2"),
    ];

    fn record(number: &str, name: &str, born_on: &str) -> Record {
        let person = Person {
            name: name.parse().unwrap(),
            born_on: born_on.parse().unwrap(),
            citizen_id: None,
        };
        Record {
            kind: Kind::Birth,
            number: number.to_owned(),
            registered_on: "1990-02-01".parse().unwrap(),
            office: "Ủy ban nhân dân phường Mẫu".to_owned(),
            people: vec![person],
            particulars: Vec::new(),
        }
    }

    /// The examples that layouts are tried with say what this service writes, label by label.
    #[test]
    fn what_is_printed_stands_in_the_examples_of_the_catalogue() {
        let described = with(&application(&[]), |case| {
            case.description.result.examples.clone()
        });
        for (kind, example) in [Kind::Birth, Kind::Marriage, Kind::Death]
            .into_iter()
            .zip(described)
        {
            let one = mine();
            let people = match kind {
                Kind::Marriage => [one.people.clone(), one.people.clone()].concat(),
                Kind::Birth | Kind::Death => one.people.clone(),
            };
            let printed = Record {
                kind,
                people,
                ..one
            }
            .printed();
            let title = &printed[0];
            assert_eq!(Some(title), example.first());
            for field in &printed {
                let known = example.iter().any(|line| line.label == field.label);
                assert!(known, "{kind:?}: {}", field.label);
            }
        }
    }

    fn mine() -> Record {
        record("12/1990", "Nguyễn Thị Ví Dụ", "1990-01-15")
    }

    fn application(changes: &[(&str, &str)]) -> Application {
        let answers: Vec<_> = MINE.iter().chain(changes).copied().collect();
        sample::application("2.000635", &answers, &["to-khai"]).unwrap()
    }

    fn with<T>(application: &Application, ask: impl Fn(&Case<'_>) -> T) -> T {
        static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
            Catalogue::load(Path::new(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../catalogue"
            )))
            .unwrap()
        });
        let description = CATALOGUE.version(&application.procedure, 1).unwrap();
        ask(&Case::open(application, description).unwrap())
    }

    fn verdict(changes: &[(&str, &str)], records: &[Record]) -> Verdict {
        with(&application(changes), |case| {
            CopyOfExtract.verdict(case, records.to_vec())
        })
    }

    fn is_officer(verdict: &Verdict, because: &str) -> bool {
        matches!(verdict, Verdict::Officer { note } if note.contains(because))
    }

    #[test]
    fn two_copies_cost_sixteen_thousand_and_need_the_form() {
        let complete = application(&[]);
        assert_eq!(
            with(&complete, |case| CopyOfExtract
                .fee(case)
                .unwrap()
                .total
                .dong()),
            16_000
        );
        assert!(with(&complete, |case| CopyOfExtract.missing(case)).is_empty());
        let bare = Application {
            documents: Vec::new(),
            ..complete
        };
        assert_eq!(with(&bare, |case| CopyOfExtract.missing(case)).len(), 1);
    }

    #[test]
    fn ones_own_extract_is_granted_with_what_the_register_says() {
        let Verdict::Grant { result } = verdict(&[], &[mine()]) else {
            panic!("granted")
        };
        let printed: Vec<_> = result
            .iter()
            .map(|field| format!("{}: {}", field.label, field.value))
            .collect();
        assert_eq!(
            printed,
            [
                "Loại giấy tờ: Giấy khai sinh (bản sao)",
                "Số: 12/1990",
                "Ngày đăng ký: 01/02/1990",
                "Nơi đăng ký: Ủy ban nhân dân phường Mẫu",
                "Họ, chữ đệm, tên: Nguyễn Thị Ví Dụ",
                "Ngày, tháng, năm sinh: 15/01/1990",
            ]
        );
    }

    #[test]
    fn case_spaces_and_leading_zeros_make_no_difference() {
        let changes = [
            ("ho_ten", " NGUYỄN  thị ví dụ"),
            ("so_dang_ky", "012 / 1990"),
        ];
        assert!(matches!(
            verdict(&changes, &[mine()]),
            Verdict::Grant { .. }
        ));
    }

    #[test]
    fn what_is_only_near_goes_to_an_officer() {
        let another_day = record("12/1990", "Nguyễn Thị Ví Dụ", "1990-01-16");
        let another_accent = record("12/1990", "Nguyễn Thị Vi Du", "1990-01-15");
        for near in [another_day, another_accent] {
            assert!(is_officer(&verdict(&[], &[near]), "gần giống: 12/1990"));
        }
        assert!(is_officer(
            &verdict(&[("so_dang_ky", "13/1990")], &[mine()]),
            "gần giống: 12/1990"
        ));
    }

    #[test]
    fn two_records_that_match_go_to_an_officer_unless_the_number_tells_them_apart() {
        let twice = [
            mine(),
            Record {
                number: "99/1999".to_owned(),
                ..mine()
            },
        ];
        assert!(is_officer(&verdict(&[], &twice), "Có 2 bản ghi"));
        assert!(matches!(
            verdict(&[("so_dang_ky", "99/1999")], &twice),
            Verdict::Grant { .. }
        ));
    }

    #[test]
    fn an_extract_of_somebody_else_goes_to_an_officer() {
        assert!(is_officer(
            &verdict(&[("quan_he", "con")], &[mine()]),
            "quan hệ"
        ));
        assert!(is_officer(
            &verdict(&[("quan_he", "uy_quyen")], &[mine()]),
            "ủy quyền"
        ));
        let other = record("1/1991", "Trần Văn Mẫu", "1991-01-01");
        let claim = [("ho_ten", "Trần Văn Mẫu"), ("ngay_sinh", "1991-01-01")];
        assert!(is_officer(&verdict(&claim, &[other]), "khác tài khoản"));
        let mut namesake = mine();
        namesake.people[0].citizen_id = "001190000001".parse().ok();
        assert!(is_officer(&verdict(&[], &[namesake]), "số định danh"));
    }

    #[test]
    fn who_is_nowhere_is_asked_for_the_number_and_then_refused() {
        assert!(matches!(verdict(&[], &[]), Verdict::Supplement { items } if items.len() == 1));
        assert!(matches!(
            verdict(&[("so_dang_ky", "không rõ")], &[]),
            Verdict::Refuse { .. }
        ));
    }

    proptest! {
        #[test]
        fn nothing_is_granted_but_an_exact_record(name in "[NVn][gi]u?y?[ễeê]n T?h?[iị] ?V?[ií]? ?D?[uụ]?", day in 14..17) {
            let found = name.parse().map(|name: contracts::PersonName| record("12/1990", name.as_str(), &format!("1990-01-{day}")));
            let Ok(found) = found else { return Ok(()) };
            let exact = found.people[0].is("Nguyễn Thị Ví Dụ", "1990-01-15".parse().ok());
            let granted = matches!(verdict(&[], &[found]), Verdict::Grant { .. });
            prop_assert_eq!(granted, exact);
        }
    }
}
