//! Amounts as official papers write them: figures with dots, and words, so that neither can be altered alone.
//!
//! Of the spellings in use, these are the ones of school books and of the treasury's own papers in the north:
//! *nghìn* (not ngàn), *tỷ* (not tỉ), *linh* (not lẻ) for an empty ten, *mốt* and *tư* after *mươi*, *lăm* after *mười*
//! and *mươi*, and the hundreds of a lower group always spoken (*một nghìn không trăm linh năm*).

const DIGITS: [&str; 10] = [
    "không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín",
];

/// Figures with a dot at every thousand: `8000` is `8.000`.
pub fn with_dots(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut text = String::from(if amount < 0 { "-" } else { "" });
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

/// The amount in Vietnamese words, as a sentence: `8000` is `Tám nghìn đồng`.
pub fn in_words(amount: i64) -> String {
    let mut words = Vec::new();
    if amount < 0 {
        words.push("âm");
    }
    number(amount.unsigned_abs(), &mut words);
    words.push("đồng");
    let text = words.join(" ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Speaks billions of billions first: above a thousand million, Vietnamese begins again with *tỷ*.
fn number(amount: u64, words: &mut Vec<&'static str>) {
    const BILLION: u64 = 1_000_000_000;
    if amount == 0 {
        words.push(DIGITS[0]);
        return;
    }
    let mut spoken = false;
    for (scale, tail) in [
        (BILLION * BILLION, &["tỷ", "tỷ"][..]),
        (BILLION, &["tỷ"]),
        (1, &[]),
    ] {
        let part = amount / scale % BILLION;
        if part > 0 {
            below_a_billion(part, spoken, words);
            words.extend(tail);
            spoken = true;
        }
    }
}

fn below_a_billion(amount: u64, mut spoken: bool, words: &mut Vec<&'static str>) {
    for (scale, name) in [
        (1_000_000, Some("triệu")),
        (1_000, Some("nghìn")),
        (1, None),
    ] {
        let group = amount / scale % 1_000;
        if group > 0 {
            below_a_thousand(group, spoken, words);
            words.extend(name);
            spoken = true;
        }
    }
}

/// Three digits; `spoken` says that a higher group came before, so that an empty hundred is said too.
fn below_a_thousand(amount: u64, spoken: bool, words: &mut Vec<&'static str>) {
    let (hundreds, tens, ones) = (amount / 100, amount / 10 % 10, amount % 10);
    let after_hundreds = hundreds > 0 || spoken;
    if after_hundreds {
        words.extend([digit(hundreds), "trăm"]);
    }
    match (tens, ones) {
        (0, 0) => {}
        (0, _) if after_hundreds => words.extend(["linh", digit(ones)]),
        (0, _) => words.push(digit(ones)),
        (1, _) => words.push("mười"),
        (_, _) => words.extend([digit(tens), "mươi"]),
    }
    match (tens, ones) {
        (0, _) | (_, 0) => {}
        (_, 5) => words.push("lăm"),
        (2.., 1) => words.push("mốt"),
        (2.., 4) => words.push("tư"),
        (_, _) => words.push(digit(ones)),
    }
}

fn digit(value: u64) -> &'static str {
    usize::try_from(value)
        .ok()
        .and_then(|place| DIGITS.get(place))
        .unwrap_or(&"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn figures_carry_a_dot_at_every_thousand() {
        for (amount, text) in [
            (0, "0"),
            (7, "7"),
            (999, "999"),
            (8_000, "8.000"),
            (1_234_567, "1.234.567"),
            (100_000, "100.000"),
            (-45_000, "-45.000"),
            (i64::MIN, "-9.223.372.036.854.775.808"),
        ] {
            assert_eq!(with_dots(amount), text);
        }
    }

    #[test]
    fn words_follow_the_house_spelling() {
        for (amount, text) in [
            (0, "Không đồng"),
            (1, "Một đồng"),
            (4, "Bốn đồng"),
            (5, "Năm đồng"),
            (10, "Mười đồng"),
            (11, "Mười một đồng"),
            (14, "Mười bốn đồng"),
            (15, "Mười lăm đồng"),
            (20, "Hai mươi đồng"),
            (21, "Hai mươi mốt đồng"),
            (24, "Hai mươi tư đồng"),
            (25, "Hai mươi lăm đồng"),
            (55, "Năm mươi lăm đồng"),
            (99, "Chín mươi chín đồng"),
            (100, "Một trăm đồng"),
            (101, "Một trăm linh một đồng"),
            (104, "Một trăm linh bốn đồng"),
            (105, "Một trăm linh năm đồng"),
            (110, "Một trăm mười đồng"),
            (115, "Một trăm mười lăm đồng"),
            (121, "Một trăm hai mươi mốt đồng"),
            (1_000, "Một nghìn đồng"),
            (1_005, "Một nghìn không trăm linh năm đồng"),
            (1_050, "Một nghìn không trăm năm mươi đồng"),
            (8_000, "Tám nghìn đồng"),
            (15_000, "Mười lăm nghìn đồng"),
            (21_000, "Hai mươi mốt nghìn đồng"),
            (75_500, "Bảy mươi lăm nghìn năm trăm đồng"),
            (100_000, "Một trăm nghìn đồng"),
            (
                1_234_567,
                "Một triệu hai trăm ba mươi tư nghìn năm trăm sáu mươi bảy đồng",
            ),
            (1_000_005, "Một triệu không trăm linh năm đồng"),
            (1_001_000, "Một triệu không trăm linh một nghìn đồng"),
            (1_000_000_000, "Một tỷ đồng"),
            (1_000_000_001, "Một tỷ không trăm linh một đồng"),
            (2_500_000_000, "Hai tỷ năm trăm triệu đồng"),
            (1_000_000_000_000, "Một nghìn tỷ đồng"),
            (1_005_000_000_000, "Một nghìn không trăm linh năm tỷ đồng"),
            (1_000_000_000_000_000_000, "Một tỷ tỷ đồng"),
            (-8_000, "Âm tám nghìn đồng"),
        ] {
            assert_eq!(in_words(amount), text);
        }
    }

    /// Reads words back the way a clerk does: an oracle that shares no code with the speaker.
    fn read(text: &str) -> Option<i128> {
        let (mut total, mut upper, mut group, mut digit) = (0_i128, 0_i128, 0_i128, None);
        let lower = text.to_lowercase();
        let (sign, rest) = lower
            .strip_prefix("âm ")
            .map_or((1, lower.as_str()), |rest| (-1, rest));
        for word in rest.strip_suffix(" đồng")?.split(' ') {
            match word {
                "linh" => {}
                "mười" => group += 10,
                "mươi" => group += 10 * digit.take()?,
                "trăm" => group += 100 * digit.take()?,
                "nghìn" | "triệu" => {
                    let scale = if word == "nghìn" { 1_000 } else { 1_000_000 };
                    upper += (group + digit.take().unwrap_or(0)) * scale;
                    group = 0;
                }
                "tỷ" => {
                    let block = upper + group + digit.take().unwrap_or(0);
                    total = (total + block) * 1_000_000_000;
                    (upper, group) = (0, 0);
                }
                _ => {
                    let value = match word {
                        "mốt" => 1,
                        "tư" => 4,
                        "lăm" => 5,
                        other => DIGITS.iter().position(|name| *name == other)?,
                    };
                    digit = Some(i128::try_from(value).ok()?);
                }
            }
        }
        Some(sign * (total + upper + group + digit.unwrap_or(0)))
    }

    proptest! {
        #[test]
        fn words_say_the_amount(
            // "a tỷ tỷ b tỷ": the simple reader above is exact below 10^18.
            amount in -999_999_999_999_999_999_i64..=999_999_999_999_999_999,
        ) {
            prop_assert_eq!(read(&in_words(amount)), Some(i128::from(amount)));
        }

        #[test]
        fn words_say_small_amounts(amount in 0_i64..2_000_000) {
            prop_assert_eq!(read(&in_words(amount)), Some(i128::from(amount)));
        }

        #[test]
        fn dots_change_no_figure(amount in any::<i64>()) {
            prop_assert_eq!(with_dots(amount).replace('.', ""), amount.to_string());
        }
    }
}
