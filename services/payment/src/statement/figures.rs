//! Amounts and days as banks write them.

use chrono::NaiveDate;

/// Reads an amount in whole đồng, with its sign: `1.234.567`, `1,234,567.00`, `-8000`, `8.000 VND`. A fraction may only be
/// noughts, and what could be read in two ways is not read.
pub fn dong(text: &str) -> Option<i64> {
    let text = text.trim();
    let text = ["VND", "VNĐ", "đ"]
        .iter()
        .find_map(|unit| text.strip_suffix(unit))
        .unwrap_or(text)
        .trim_end();
    let (sign, figures) = match text.strip_prefix('-') {
        Some(figures) => (-1, figures),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let whole = whole(figures)?;
    let digits: String = whole.split(['.', ',']).collect();
    let plain = (1..=13).contains(&digits.len()) && all_digits(&digits);
    let amount: i64 = plain.then(|| digits.parse().ok()).flatten()?;
    Some(sign * amount)
}

/// The figures without a fraction of noughts. Marks between thousands are all the same and stand three digits apart.
fn whole(figures: &str) -> Option<&str> {
    let Some(first) = figures.find(['.', ',']) else {
        return Some(figures);
    };
    let last = figures.rfind(['.', ',']).unwrap_or(first);
    let (mark, tail) = (&figures[first..=first], &figures[last + 1..]);
    let other = &figures[last..=last] != mark;
    if other || (first == last && tail.len() != 3) {
        // The last mark begins a fraction.
        let nothing = (1..=5).contains(&tail.len()) && tail.bytes().all(|byte| byte == b'0');
        let before = &figures[..last];
        return (nothing && (before.find(mark).is_none() || grouped(before, mark)))
            .then_some(before);
    }
    grouped(figures, mark).then_some(figures)
}

fn grouped(figures: &str, mark: &str) -> bool {
    let mut groups = figures.split(mark);
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len())
        && all_digits(first)
        && groups.all(|group| group.len() == 3 && all_digits(group))
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads a day: `08/10/2026`, `08-10-2026`, `2026-10-08`, with or without a time behind it.
pub fn day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    if !(rest.is_empty() || rest.starts_with([' ', 'T', '+', 'Z'])) {
        return None;
    }
    let number = |part: &str, length| {
        (part.len() == length && all_digits(part))
            .then(|| part.parse().ok())
            .flatten()
    };
    let parts: Vec<&str> = date.split(['/', '-']).collect();
    let [one, two, three] = parts[..] else {
        return None;
    };
    let (year, month, day) = if one.len() == 4 {
        (one, two, three)
    } else {
        (three, two, one)
    };
    let year: u32 = number(year, 4)?;
    let date = NaiveDate::from_ymd_opt(year.try_into().ok()?, number(month, 2)?, number(day, 2)?)?;
    // A year that no statement is of is a column mistaken for another.
    (2000..2200).contains(&year).then_some(date)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_however_the_bank_groups_them() {
        for text in [
            "1234567",
            "1.234.567",
            "1,234,567",
            "1.234.567,00",
            "1,234,567.00",
            "1234567.0",
            " +1.234.567 VND",
            "1234567đ",
        ] {
            assert_eq!(dong(text), Some(1_234_567), "{text}");
        }
        assert_eq!(dong("8.000"), Some(8_000));
        assert_eq!(dong("8,00"), Some(8));
        assert_eq!(dong("-8.000"), Some(-8_000));
        assert_eq!(dong("0"), Some(0));
    }

    #[test]
    fn what_is_no_whole_amount_is_not_guessed() {
        let refused = [
            "",
            "-",
            "x",
            "8.50",
            "8.000.5",
            "1.23.456",
            "1234.567",
            "1.234,567",
            "1.234.567,50",
            "8..000",
            ".000",
            "8.",
            "1e3",
            "٣",
            "--8",
            "1.234.567.890.123.456",
            "8 000",
            "8.000,000000",
        ];
        for text in refused {
            assert_eq!(dong(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_read_as_banks_write_them() {
        let eighth = NaiveDate::from_ymd_opt(2026, 10, 8);
        for text in [
            "08/10/2026",
            "08-10-2026",
            "2026-10-08",
            "2026-10-08T09:15:00+07:00",
            "08/10/2026 09:15:33",
            "2026-10-08+07:00",
        ] {
            assert_eq!(day(text), eighth, "{text}");
        }
        for text in [
            "",
            "8/10/2026",
            "31/02/2026",
            "10/2026",
            "20261008xx",
            "08/10/20261",
            "08/10/1026",
            "2026/+1/08",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_amount_is_read_the_same_with_marks_and_without(amount in 0..=9_000_000_000_000_i64) {
            let vnd = contracts::Vnd::new(amount).map_err(|_| TestCaseError::fail("range"))?.to_string();
            let dots = vnd.trim_end_matches(" đồng");
            prop_assert_eq!(dong(&amount.to_string()), Some(amount));
            prop_assert_eq!(dong(dots), Some(amount));
            prop_assert_eq!(dong(&dots.replace('.', ",")), Some(amount));
        }

        #[test]
        fn whatever_comes_is_read_or_refused(text: String, figures in "[-+0-9.,/ TZ]{0,20}") {
            let _ = (dong(&text), day(&text), dong(&figures), day(&figures));
        }
    }
}
