//! The gate for everything that will be printed: bounded, normalised, and made only of characters the font can draw.

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use crate::{Error, typeset};

/// Characters in one text.
pub const LIMIT_TEXT: usize = 4_000;
/// Entries in one list.
pub const LIMIT_ITEMS: usize = 200;
/// Characters in one paper; every entry of a list counts as ten, since an empty cell has to be laid out too.
pub const LIMIT_TOTAL: usize = 60_000;
/// Characters in one link: at level M this still prints as modules a telephone can read at 24 mm.
pub const LIMIT_LINK: usize = 300;

/// What an entry of a list counts.
const ENTRY: usize = 10;

/// The first character of `text` that no paper can show, if any: for forms that want to say so early.
///
/// Invisible characters are no obstacle: they are left out of papers.
pub fn unprintable(text: &str) -> Option<char> {
    clean(text).chars().find(|&c| !typeset::draws(c))
}

/// Walks template data and makes every text in it fit to print, or names the field that is not.
pub fn admit(data: &mut Value) -> Result<(), Error> {
    let mut left = LIMIT_TOTAL;
    walk(data, &mut String::new(), &mut left)
}

fn walk(value: &mut Value, path: &mut String, left: &mut usize) -> Result<(), Error> {
    let length = path.len();
    match value {
        Value::String(text) => *text = admit_text(text, path, left)?,
        Value::Array(items) => {
            let limit = LIMIT_ITEMS.min(*left / ENTRY);
            if items.len() > limit {
                return Err(Error::TooMany {
                    field: path.clone(),
                    count: items.len(),
                    limit,
                });
            }
            *left -= items.len() * ENTRY;
            for (place, item) in items.iter_mut().enumerate() {
                path.push('[');
                path.push_str(&place.to_string());
                path.push(']');
                walk(item, path, left)?;
                path.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
                walk(field, path, left)?;
                path.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

fn admit_text(text: &str, path: &str, left: &mut usize) -> Result<String, Error> {
    let length = text.chars().count();
    let limit = LIMIT_TEXT.min(*left);
    if length > limit {
        return Err(Error::TooLong {
            field: path.to_owned(),
            length,
            limit,
        });
    }
    *left -= length;
    let text = clean(text);
    if text.is_empty() && !may_be_blank(path) {
        return Err(Error::Blank(path.to_owned()));
    }
    match text.chars().find(|&c| !typeset::draws(c)) {
        Some(character) => Err(Error::Unprintable {
            field: path.to_owned(),
            character,
        }),
        None => Ok(text),
    }
}

/// A value may be unknown (a birth without a known father) and a table may have empty cells; a name may not.
fn may_be_blank(path: &str) -> bool {
    path.rsplit('.').next() == Some("value") || path.contains(".rows[")
}

/// Composed letters (macOS sends them apart), single spaces, and nothing that cannot be seen.
fn clean(text: &str) -> String {
    let seen: String = text
        .nfc()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|&c| !is_invisible(c))
        .collect();
    let words: Vec<&str> = seen.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Controls, direction marks, joiners, selectors and tags: they have no look of their own and can only deceive, as when
/// U+202E turns the digits of a number around.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F
            | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A
            | 0xE0000..=0xE0FFF)
}

/// A link that may be printed, clicked and put into a QR code: `http` or `https`, visible ASCII, bounded.
pub fn admit_link(field: &str, link: &str) -> Result<(), Error> {
    let rest = link
        .strip_prefix("https://")
        .or_else(|| link.strip_prefix("http://"));
    let plain = link.len() <= LIMIT_LINK && link.bytes().all(|byte| byte.is_ascii_graphic());
    match rest {
        Some(rest) if plain && rest.starts_with(|c: char| c.is_ascii_alphanumeric()) => Ok(()),
        _ => Err(Error::Link(field.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn letters_sent_apart_are_put_together() {
        assert_eq!(
            clean("Nguye\u{302}\u{303}n  Thi\u{323}\tA\u{301}nh\n"),
            "Nguyễn Thị Ánh"
        );
    }

    #[test]
    fn what_cannot_be_seen_is_left_out() {
        assert_eq!(clean("\u{202e}12\u{200b}34\u{feff}\u{0}\u{7}"), "1234");
    }

    #[test]
    fn every_refusal_names_its_field() {
        let refusal = |mut data: Value| match admit(&mut data) {
            Ok(()) => String::from("admitted"),
            Err(error) => error.to_string(),
        };
        assert_eq!(
            refusal(json!({"a": {"name": " \u{200b} "}})),
            "a.name is blank"
        );
        assert_eq!(
            refusal(json!({"a": [{"name": "ok"}, {"name": "漢"}]})),
            "a[1].name holds U+6F22, which cannot be printed"
        );
        assert_eq!(
            refusal(json!({"a": "x".repeat(4_001)})),
            "a has 4001 characters, more than 4000"
        );
        assert_eq!(
            refusal(json!({"a": vec!["x"; 201]})),
            "a has 201 entries, more than 200"
        );
        assert_eq!(
            refusal(json!({"a": vec!["x".repeat(4_000); 16]})),
            "a[14] has 4000 characters, more than 3840"
        );
    }

    #[test]
    fn an_unknown_value_may_be_blank() {
        let mut data = json!({"body": [{"value": ""}, {"rows": [["", "x"]]}]});
        assert!(admit(&mut data).is_ok());
    }

    #[test]
    fn a_link_is_a_plain_web_address() {
        assert!(admit_link("url", "https://motcua.example/tra-cuu?ma=H99-1").is_ok());
        for bad in [
            "javascript:alert(1)",
            "https://",
            "https:// x",
            "ftp://motcua.example",
            "https://motcua.example/\u{202e}",
        ] {
            assert!(admit_link("url", bad).is_err(), "{bad}");
        }
        assert!(admit_link("url", &format!("https://a/{}", "x".repeat(300))).is_err());
    }
}
