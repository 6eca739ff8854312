//! Identity cards of people who do not exist: a front with its QR code, a back with its machine-readable zone.

use std::path::Path;

use chassis::StartError;
use image::{RgbImage, imageops::rotate90};
use qr::Picture;
use serde_json::json;

use super::{
    CardTruth,
    camera::{Glare, Ground, Shot},
    chance::Chance,
    json,
    people::{Address, Day, Person},
    press::{Press, Template},
    wear, write,
};

/// How many.
const CARDS: u32 = 6;
/// Drawn at so many dots an inch: 2,022 pixels wide.
const DRAWN: f32 = 600.0;

/// Makes them.
pub fn make(press: &Press, seed: u64, folder: &Path) -> Result<(), StartError> {
    for number in 0..CARDS {
        let mut chance = Chance::new(seed, &format!("card-{number}"));
        let look = press.look(&mut chance);
        let person = Person::adult(&mut chance);
        let home = Address::invent(&mut chance);
        let issued = Day::within(&mut chance, 2021, 2024);
        let valid = Day {
            year: issued.year + 15,
            ..person.born
        };
        let payload = payload(&person, issued, &mut chance);
        let zone = zone(&person, valid);
        let front = json!({
            "face": look.print, "number": person.number, "name": person.capitals(), "born": person.born.slashed(),
            "sex": person.sex(), "home": format!("{}, {}", home.commune_name(), home.province),
            "residence": person.address.whole(), "valid": valid.slashed(),
        });
        let back = json!({
            "face": look.print, "issued": issued.slashed(), "zone": zone,
            "mark": chance.pick(&["Nốt ruồi cách 2cm dưới trước mắt phải", "Sẹo chấm cách 1cm trên đuôi mày trái"]),
        });
        let code = Picture::of(&payload).map_err(|error| StartError::because("a QR code", &error));
        let code = code?.svg();
        for (side, template, data, code, truth) in [
            ("front", Template::Front, front, Some(code), payload),
            ("back", Template::Back, back, None, zone.join("\n")),
        ] {
            let drawn = press.picture(template, data.to_string(), code, DRAWN)?;
            let (jpeg, done) = photographed(&drawn, number, &mut chance)?;
            let name = format!("card-{:02}-{side}", number + 1);
            println!("{name}: {done}");
            write(folder.join(format!("{name}.jpg")), jpeg)?;
            write(
                folder.join(format!("{name}.json")),
                json(&CardTruth { code: truth, done })?,
            )?;
        }
    }
    Ok(())
}

/// What the QR code of a card says, in seven fields.
fn payload(person: &Person, issued: Day, chance: &mut Chance) -> String {
    // The old number of nine digits is empty on the cards of those who never had one.
    let old = if chance.coin() {
        chance.digits(9)
    } else {
        String::new()
    };
    format!(
        "{}|{old}|{}|{}|{}|{}|{}",
        person.number,
        person.name,
        person.born.packed(),
        person.sex(),
        person.address.whole(),
        issued.packed()
    )
}

/// The three lines of the zone (ICAO 9303, TD1), with the number as Vietnam divides it.
fn zone(person: &Person, valid: Day) -> [String; 3] {
    let number = &person.number;
    let (document, born, until) = (&number[3..], person.born.short(), valid.short());
    let first = format!(
        "IDVNM{document}{}{number}<<{}",
        check(document),
        check(number)
    );
    let sex = if person.male { 'M' } else { 'F' };
    let (born, until) = (
        format!("{born}{}", check(&born)),
        format!("{until}{}", check(&until)),
    );
    let whole = check(&format!("{}{born}{until}{}", &first[5..], "<".repeat(11)));
    let second = format!("{born}{sex}{until}VNM{}{whole}", "<".repeat(11));
    let plain: String = person.name.to_uppercase().chars().map(bare).collect();
    let mut names = plain.split(' ');
    let family = names.next().unwrap_or_default();
    let given: Vec<&str> = names.collect();
    let third = format!("{family}<<{}", given.join("<"));
    [first, second, format!("{third:<<30.30}")]
}

/// The check digit: weights 7, 3 and 1.
fn check(text: &str) -> u32 {
    let value = |c: char| c.to_digit(36).unwrap_or_default();
    text.chars()
        .zip([7, 3, 1].into_iter().cycle())
        .map(|(c, weight)| value(c) * weight)
        .sum::<u32>()
        % 10
}

/// A capital without its marks.
fn bare(letter: char) -> char {
    use unicode_normalization::UnicodeNormalization;
    if letter == 'Đ' {
        return 'D';
    }
    std::iter::once(letter).nfd().next().unwrap_or(letter)
}

/// Laid on a table and photographed, worse from card to card.
fn photographed(
    card: &RgbImage,
    number: u32,
    chance: &mut Chance,
) -> Result<(Vec<u8>, String), StartError> {
    // About 1,500, 1,300, 1,200, 1,100, 1,000 and 1,250 pixels of card.
    let width =
        [1700, 1600, 1500, 1400, 1300, 1600][usize::try_from(number).unwrap_or_default() % 6];
    let base = Shot {
        fill: chance.between(0.76, 0.88),
        ground: Ground::Table([88.0, 74.0, 62.0]),
        blur: chance.between(0.4, 0.7),
        noise: chance.between(2.0, 4.0),
        slope: (chance.either_side(0.02, 0.1), chance.either_side(0.02, 0.1)),
        paper: [0.94, 0.94, 0.92],
        ..Shot::plain((width, width * 3 / 4))
    };
    let (shot, quality, turned, what) = match number {
        0 => (base, 88, false, "straight"),
        1 => (
            Shot {
                roll: chance.either_side(4.0, 12.0),
                ..base
            },
            82,
            false,
            "askew",
        ),
        2 => {
            let tilt = (chance.either_side(6.0, 14.0), chance.either_side(6.0, 14.0));
            (
                Shot {
                    tilt,
                    roll: chance.either_side(2.0, 6.0),
                    noise: 7.0,
                    ..base
                },
                78,
                false,
                "from the side",
            )
        }
        3 => (
            Shot {
                blur: chance.between(1.2, 1.6),
                ..base
            },
            80,
            false,
            "blurred",
        ),
        4 => {
            let glare = Glare {
                at: (0.72, 0.3),
                reach: 0.14,
                adds: chance.between(70.0, 110.0),
            };
            (
                Shot {
                    glare: Some(glare),
                    blur: 0.8,
                    ..base
                },
                76,
                false,
                "glare",
            )
        }
        _ => (
            Shot {
                roll: chance.either_side(2.0, 6.0),
                noise: 5.0,
                ..base
            },
            60,
            true,
            "on its side, quality 60",
        ),
    };
    let mut picture = shot.take(card, chance);
    if turned {
        picture = rotate90(&picture);
    }
    Ok((
        wear::jpeg(&picture.into(), quality, None, Vec::new())?,
        what.to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, male: bool, born: Day, number: &str) -> Person {
        Person {
            name: name.to_owned(),
            male,
            born,
            number: number.to_owned(),
            phone: String::new(),
            address: Address {
                detail: "Thôn 2".to_owned(),
                commune: "xã A".to_owned(),
                province: "tỉnh B".to_owned(),
            },
        }
    }

    /// Two cards that were made by other programs.
    #[test]
    fn the_zone_agrees_with_known_cards() {
        let day = |day, month, year| Day { day, month, year };
        let thu = person("Trần Văn Thử", true, day(15, 1, 1990), "066090001234");
        assert_eq!(
            zone(&thu, day(15, 1, 2030)),
            [
                "IDVNM0900012345066090001234<<9",
                "9001158M3001156VNM<<<<<<<<<<<6",
                "TRAN<<VAN<THU<<<<<<<<<<<<<<<<<"
            ]
        );
        let ngoc = person("Lê Thị Bích Ngọc", false, day(29, 2, 2004), "001304005678");
        assert_eq!(
            zone(&ngoc, day(29, 2, 2029)),
            [
                "IDVNM3040056781001304005678<<2",
                "0402291F2902290VNM<<<<<<<<<<<8",
                "LE<<THI<BICH<NGOC<<<<<<<<<<<<<"
            ]
        );
    }

    #[test]
    fn the_code_has_seven_fields() {
        let mut chance = Chance::new(1, "card");
        let somebody = Person::adult(&mut chance);
        let issued = Day::within(&mut chance, 2022, 2022);
        let payload = payload(&somebody, issued, &mut chance);
        let fields: Vec<&str> = payload.split('|').collect();
        assert_eq!(
            (fields.len(), fields[0], fields[2]),
            (7, somebody.number.as_str(), somebody.name.as_str())
        );
    }

    /// What another program reads from the code, or nothing.
    fn read(front: &Path) -> Option<String> {
        let picture = image::open(front).unwrap().into_luma8();
        let (width, height) = picture.dimensions();
        let mut hints = rxing::DecodeHints {
            TryHarder: Some(true),
            ..rxing::DecodeHints::default()
        };
        rxing::helpers::detect_in_luma_with_hints(
            picture.into_raw(),
            width,
            height,
            Some(rxing::BarcodeFormat::QR_CODE),
            &mut hints,
        )
        .ok()
        .map(|code| code.getText().to_owned())
    }

    #[test]
    fn a_code_says_its_truth_to_another_program() {
        let folder = tempfile::tempdir().unwrap();
        make(&Press::new(None).unwrap(), 1, folder.path()).unwrap();
        let mut read_well = 0;
        for number in 1..=CARDS {
            let front = folder.path().join(format!("card-{number:02}-front.jpg"));
            let truth: CardTruth =
                serde_json::from_slice(&std::fs::read(front.with_extension("json")).unwrap())
                    .unwrap();
            if let Some(said) = read(&front) {
                assert_eq!(said, truth.code, "card {number}");
                read_well += 1;
            }
        }
        // The worst of them may be unreadable.
        assert!(read_well >= 4, "{read_well} of {CARDS}");
    }
}
