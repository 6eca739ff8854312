//! The machine-readable zone on the back of an identity card (ICAO 9303, TD1, with the number as Vietnam divides it): three
//! lines of thirty letters, most of them under check digits.

use chrono::NaiveDate;
use contracts::CitizenId;
use mrz::{Date, Format, MrzData, Sex, check_digit, find_and_parse, parse_td1};

use super::Place;

/// The letters that a zone is written in.
pub const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<";

/// A zone whose every check digit agrees.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    /// Its three lines, as far as check digits could mend them.
    pub lines: [String; 3],
    /// The personal identification number.
    pub number: CitizenId,
    /// Date of birth.
    pub born: NaiveDate,
    /// Whether it says male; none where it says neither.
    pub male: Option<bool>,
    /// The last day on which the card is valid.
    pub until: Option<NaiveDate>,
    /// The full name without any marks. No check digit covers it.
    pub name: String,
    /// Where it stands on the straightened page.
    pub place: Place,
}

impl Zone {
    /// The zone of a Vietnamese identity card in what was read; none where a check digit contradicts.
    pub fn find(text: &str, place: Place) -> Option<Self> {
        let read = mended(text)
            .and_then(|[first, second, third]| parse_td1(&first, &second, &third).ok())
            .filter(MrzData::valid)
            .or_else(|| find_and_parse(text).ok())?;
        let is_ours = read.format == Format::Td1 && read.issuing_country == "VNM";
        if !is_ours || !read.valid() {
            return None;
        }
        let lines: Vec<&str> = read.mrz_lines.lines().collect();
        let [first, second, third] = <[&str; 3]>::try_from(lines).ok()?;
        let number = number(first)?;
        Some(Self {
            number: number.parse().ok()?,
            born: century(number, read.date_of_birth.calendar()?)?,
            male: match read.sex {
                Sex::Male => Some(true),
                Sex::Female => Some(false),
                _ => None,
            },
            until: read.date_of_expiry.calendar().and_then(day),
            name: name(&read),
            lines: [first, second, third].map(str::to_owned),
            place,
        })
    }
}

/// The three lines as they must have been: digits where only digits stand, letters where only letters do, as many fillers as
/// there is room for. Whether they were is for check digits to say.
fn mended(text: &str) -> Option<[String; 3]> {
    let lines: Vec<String> = text.lines().map(tidy).collect();
    lines
        .windows(3)
        .find_map(|lines| Some([first(&lines[0])?, second(&lines[1])?, third(&lines[2])]))
}

fn first(line: &str) -> Option<String> {
    let rest = line.strip_prefix(HEAD)?;
    let digits: String = rest.split('<').next()?.chars().map(digit).collect();
    let line = format!("{HEAD}{}<<{}", whole(&digits)?, last(line)?);
    (line.len() == 30).then_some(line)
}

/// Nine digits, their check digit, and the twelve that end in the nine; one too many of them was read twice.
fn whole(digits: &str) -> Option<String> {
    let repeats = |digits: &String| digits.get(..9).is_some_and(|nine| digits.ends_with(nine));
    match digits.len() {
        22 => Some(digits.to_owned()),
        23 => {
            let without = |at: usize| format!("{}{}", &digits[..at], &digits[at + 1..]);
            (0..23).map(without).find(repeats)
        }
        _ => None,
    }
}

fn second(line: &str) -> Option<String> {
    let digits = |from, to| Some(line.get(from..to)?.chars().map(digit).collect::<String>());
    let (born, sex, until, nation) = (
        digits(0, 7)?,
        line.get(7..8)?,
        digits(8, 15)?,
        line.get(15..18)?,
    );
    Some(format!(
        "{born}{sex}{until}{nation}{}{}",
        "<".repeat(11),
        last(line)?
    ))
}

/// Names have no digits: where there are too many letters a digit is one too many, else a letter misread.
fn third(line: &str) -> String {
    let mut spare = line.len().saturating_sub(30);
    let mut kept = String::new();
    for letter in line.chars() {
        if letter.is_ascii_digit() && spare > 0 {
            spare -= 1;
        } else {
            kept.push(self::letter(letter));
        }
    }
    format!("{kept:<<30.30}")
}

fn last(line: &str) -> Option<char> {
    line.chars().next_back().map(digit)
}

/// What the first line of every Vietnamese card begins with.
const HEAD: &str = "IDVNM";

/// Without spaces, and a letter that is never the first put right.
fn tidy(line: &str) -> String {
    let line: String = line.chars().filter(|c| LETTERS.contains(*c)).collect();
    match line.strip_prefix(['1', 'L', 'T']) {
        Some(rest) if rest.starts_with("DVNM") => format!("I{rest}"),
        _ => line,
    }
}

/// What a letter is taken for where only digits stand.
const fn digit(letter: char) -> char {
    match letter {
        'O' | 'Q' | 'D' | 'U' => '0',
        'I' | 'L' => '1',
        'Z' => '2',
        'A' => '4',
        'S' => '5',
        'G' => '6',
        'T' => '7',
        'B' => '8',
        other => other,
    }
}

/// What a digit is taken for where only letters stand.
const fn letter(digit: char) -> char {
    match digit {
        '0' => 'O',
        '1' => 'I',
        '2' => 'Z',
        '4' => 'A',
        '5' => 'S',
        '6' => 'G',
        '7' => 'T',
        '8' => 'B',
        other => other,
    }
}

/// The twelve digits, which have a check digit of Vietnam's own at the end of the line and repeat the nine before them.
fn number(line: &str) -> Option<&str> {
    let (document, number) = (line.get(5..14)?, line.get(15..27)?);
    let check: u32 = line.get(29..30)?.parse().ok()?;
    let agrees = number.ends_with(document) && check_digit(number) == Ok(check);
    agrees.then_some(number)
}

/// Two digits of a year are in the century that the number's fourth digit tells.
fn century(number: &str, born: Date) -> Option<NaiveDate> {
    let digit = number.get(3..4)?.parse::<i32>().ok()?;
    let year = 1900 + 100 * (digit / 2) + born.year.rem_euclid(100);
    NaiveDate::from_ymd_opt(year, born.month, born.day)
}

fn day(date: Date) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(date.year, date.month, date.day)
}

fn name(read: &MrzData) -> String {
    let name = format!("{} {}", read.surname, read.given_names);
    name.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CARDS: [[&str; 3]; 2] = [
        [
            "IDVNM0900012345066090001234<<9",
            "9001158M3001156VNM<<<<<<<<<<<6",
            "TRAN<<VAN<THU<<<<<<<<<<<<<<<<<",
        ],
        [
            "IDVNM3040056781001304005678<<2",
            "0402291F2902290VNM<<<<<<<<<<<8",
            "LE<<THI<BICH<NGOC<<<<<<<<<<<<<",
        ],
    ];

    fn found(text: &str) -> Option<Zone> {
        Zone::find(text, Place::WHOLE)
    }

    #[test]
    fn known_cards_are_read() {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        let told = CARDS.map(|card| found(&card.join("\n")).unwrap());
        let [thu, ngoc] = told;
        assert_eq!(thu.lines, CARDS[0]);
        assert_eq!(
            (
                thu.number.to_string(),
                thu.born,
                thu.male,
                thu.until,
                thu.name
            ),
            (
                "066090001234".to_owned(),
                day(1990, 1, 15),
                Some(true),
                Some(day(2030, 1, 15)),
                "TRAN VAN THU".to_owned()
            )
        );
        assert_eq!(
            (ngoc.born, ngoc.male, ngoc.name.as_str()),
            (day(2004, 2, 29), Some(false), "LE THI BICH NGOC")
        );
    }

    #[test]
    fn lost_fillers_and_letters_for_digits_are_mended() {
        for read in [
            "IDVNMO900012345O66090001234<<9\n9001158M3001156VNM<<<<<<<<<<6\nTRAN<<VAN<THU<<<<<<<<<<<",
            "1DVNM0O900012345066090001234<<9\n90011S8M3001156VNM<<<<<<<<<<<6\nTRAN<<VAN<THU0<<<<<<<<<<<<<<<<<",
        ] {
            assert_eq!(
                found(read).map(|zone| zone.lines),
                Some(CARDS[0].map(str::to_owned)),
                "{read}"
            );
        }
    }

    #[test]
    fn a_zone_of_another_country_or_kind_is_none_of_ours() {
        let passport = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10";
        assert_eq!(found(passport), None);
        assert_eq!(found(""), None);
    }

    proptest! {
        /// One wrong digit is mended or told, and never taken for another number.
        #[test]
        fn a_wrong_digit_makes_no_other_number(card in 0..2usize, at in 5..27usize, digit in 0..10u32) {
            let mut lines = CARDS[card].map(str::to_owned);
            lines[0].replace_range(at..=at, &digit.to_string());
            if let Some(zone) = found(&lines.join("\n")) {
                prop_assert_eq!(&zone.lines[0], CARDS[card][0]);
            }
        }

        #[test]
        fn any_text_gets_an_answer(text in "[A-Z0-9< \n]{0,140}") {
            if let Some(zone) = found(&text) {
                prop_assert!(zone.lines.iter().all(|line| line.len() == 30));
            }
        }
    }
}
