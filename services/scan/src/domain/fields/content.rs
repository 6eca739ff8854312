//! What a value says, by what it should look like: misread digits put right where only digits can stand, and nothing taken
//! that is not well-formed.

use chrono::NaiveDate;
use procedure::{description::FieldKind, fold, paper::Content};

use super::lines::Token;

/// The most letters of a text.
const MOST_LETTERS: u16 = 300;

/// The value, in the form in which a form's answer is kept, and the tokens that it stands in.
pub fn read<'t, 'a>(kind: Content, tokens: &'t [Token<'a>]) -> Option<(String, &'t [Token<'a>])> {
    match kind {
        Content::Name => {
            let is_name = |token: &Token<'_>| {
                token
                    .text
                    .chars()
                    .all(|c| c.is_alphabetic() || matches!(c, '\'' | '-' | '.'))
            };
            let count = tokens.iter().take_while(|token| is_name(token)).count();
            let used = &tokens[..count];
            let name = FieldKind::Name.normalise(&joined(used)).ok()?;
            (count >= 2).then_some((name, used))
        }
        Content::CitizenId => number(tokens, 12, FieldKind::CitizenId),
        Content::Phone => number(tokens, 10, FieldKind::Phone),
        Content::Date => Some((date(tokens)?.to_string(), tokens)),
        Content::Sex => {
            let first = tokens.first()?;
            let sex = match fold(first.text).as_str() {
                "nam" => "Nam",
                "nu" => "Nữ",
                _ => return None,
            };
            Some((sex.to_owned(), &tokens[..1]))
        }
        Content::Text => {
            let kind = FieldKind::Text {
                max_length: MOST_LETTERS,
            };
            Some((kind.normalise(&joined(tokens)).ok()?, tokens))
        }
    }
}

/// How sure the reader was, 0 to 100: of what must be right to the letter as sure as of its worst part.
pub fn confidence(kind: Content, used: &[Token<'_>]) -> f32 {
    let sure = used.iter().map(|token| token.confidence);
    match kind {
        Content::Name | Content::Text => {
            let letters = |token: &Token<'_>| token.text.chars().map(|_| 1.0f32).sum::<f32>();
            let all: f32 = used.iter().map(letters).sum();
            let sum: f32 = used
                .iter()
                .map(|token| token.confidence * letters(token))
                .sum();
            sum / all.max(1.0)
        }
        Content::CitizenId | Content::Date | Content::Sex | Content::Phone => {
            sure.fold(100.0, f32::min)
        }
    }
}

fn joined(tokens: &[Token<'_>]) -> String {
    let texts: Vec<&str> = tokens.iter().map(|token| token.text).collect();
    texts.join(" ")
}

/// A number of so many digits, with spaces in it or without; never one of more or fewer.
fn number<'t, 'a>(
    tokens: &'t [Token<'a>],
    length: usize,
    kind: FieldKind,
) -> Option<(String, &'t [Token<'a>])> {
    let mut digits = String::new();
    let mut used = 0;
    for token in tokens {
        let Some(more) = digits_of(token.text) else {
            break;
        };
        digits.push_str(&more);
        used += 1;
        if digits.len() >= length {
            break;
        }
    }
    if digits.len() != length {
        return None;
    }
    Some((kind.normalise(&digits).ok()?, &tokens[..used]))
}

/// The digits of a token, letters that look like digits among them; none where it is more letters than digits.
fn digits_of(text: &str) -> Option<String> {
    let plain = text.chars().filter(char::is_ascii_digit).count();
    let inner = text.chars().filter(|c| !matches!(c, '.' | '-' | ' ' | ','));
    let read: String = inner.map(digit).collect::<Option<_>>()?;
    (plain * 2 >= read.len()).then_some(read)
}

/// The digit that a letter is taken for.
fn digit(letter: char) -> Option<char> {
    Some(match letter {
        '0'..='9' => letter,
        'O' | 'o' | 'D' | 'Q' => '0',
        'l' | 'I' | 'i' => '1',
        'Z' | 'z' => '2',
        'S' | 's' => '5',
        'B' => '8',
        _ => return None,
    })
}

/// The first date: `15/01/1990`, or in words, `ngày 15 tháng 01 năm 1990`.
fn date(tokens: &[Token<'_>]) -> Option<NaiveDate> {
    let text = joined(tokens);
    let numbers: Vec<&str> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| !number.is_empty())
        .collect();
    numbers.windows(3).find_map(|three| {
        let [day, month, year] = [three[0], three[1], three[2]];
        if day.len() > 2 || month.len() > 2 || year.len() != 4 {
            return None;
        }
        let date =
            NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        date.filter(|_| (1900..=2200).contains(&year.parse().unwrap_or(0)))
    })
}
