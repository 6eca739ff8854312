//! What serde says about a body, a form or an address, as a refusal in both languages.
//!
//! A contract's value says both itself ([`Refused::from_serde`]). What serde says of its own accord is English with the
//! names of Rust types in it; its sentences are few and fixed, so they are told apart by how they begin.

use std::fmt::Display;

use contracts::Refused;
use serde_path_to_error::{Error, Path, Segment};

use super::{FieldError, Problem};

/// The most characters of the caller's own words that an answer repeats.
const MOST: usize = 200;

/// Fields that cannot be read (422): which, and why.
pub(super) fn problem<E: Display>(error: &Error<E>) -> Problem {
    let text = error.inner().to_string();
    let (field, reason) = (field(error.path(), &text), reason(&text));
    if field.is_empty() {
        return Problem::fields(Vec::new()).detail(&reason.vi, &reason.en);
    }
    Problem::fields(vec![FieldError::new(field, &reason)])
}

/// The field at fault as a path, `lines[0].amount`; empty for the whole.
///
/// A field that is missing, or there twice, is found wrong when what holds it has been read: serde's text names it, not the path.
fn field(path: &Path, text: &str) -> String {
    let held = ["missing field `", "duplicate field `"]
        .iter()
        .find_map(|begins| text.strip_prefix(begins)?.split('`').next());
    let path = if path
        .iter()
        .all(|segment| matches!(segment, Segment::Unknown))
    {
        String::new()
    } else {
        path.to_string()
    };
    let whole = match held {
        Some(name) if path.is_empty() => name.to_owned(),
        Some(name) => format!("{path}.{name}"),
        None => path,
    };
    whole.chars().take(MOST).collect()
}

/// Why, in both languages.
pub(super) fn reason(text: &str) -> Refused {
    Refused::from_serde(text)
        .or_else(|| of_field(text))
        .or_else(|| of_value(text))
        .unwrap_or_else(|| {
            let said = text.split(" at line ").next().unwrap_or_default();
            let said: String = said.chars().take(MOST).collect();
            Refused::because(
                "Không đọc được giá trị này",
                format!("This value cannot be read: {said}"),
            )
        })
}

fn of_field(text: &str) -> Option<Refused> {
    if text.starts_with("missing field ") {
        return Some(Refused::new("Thiếu mục này", "This field is missing"));
    }
    if text.starts_with("duplicate field ") {
        return Some(Refused::new(
            "Mục này có nhiều hơn một lần",
            "This field is there more than once",
        ));
    }
    if text.starts_with("unknown field ") {
        let known = choices(text);
        return Some(Refused::because(
            format!("Không có mục này. Các mục: {known}"),
            format!("There is no such field. The fields: {known}"),
        ));
    }
    let known = text
        .starts_with("unknown variant ")
        .then(|| choices(text))?;
    Some(Refused::because(
        format!("Chọn một trong: {known}"),
        format!("Choose one of: {known}"),
    ))
}

/// The names that serde says it expects: all in backquotes but the first, which is what came.
///
/// What came may hold backquotes itself; the names are the service's own and stand after the last `, expected`.
fn choices(text: &str) -> String {
    let (_, expected) = text.rsplit_once(", expected ").unwrap_or_default();
    let names: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    if names.is_empty() {
        "—".to_owned()
    } else {
        names.join(", ")
    }
}

fn of_value(text: &str) -> Option<Refused> {
    const OUT_OF_RANGE: Refused = Refused::new(
        "Giá trị ngoài phạm vi cho phép",
        "The value is out of range",
    );
    if text.starts_with("invalid length ") {
        return Some(Refused::new(
            "Số phần tử chưa đúng",
            "The number of elements is wrong",
        ));
    }
    if text.starts_with("invalid type: ") || text.starts_with("invalid value: ") {
        let (_, expected) = text.rsplit_once(", expected ")?;
        let expected = expected.split(" at line ").next()?;
        let of_right_kind = text.starts_with("invalid value: integer ");
        return Some(match wanted(expected)? {
            Wanted::Integer if of_right_kind => OUT_OF_RANGE,
            wanted => wanted.reason(),
        });
    }
    // serde_json's, for what can be no value of an enum.
    if text.starts_with("expected value") {
        return Some(Wanted::Choice.reason());
    }
    // A form and an address hold nothing but text: what is no number is found when it is read as one.
    match text {
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            Some(Wanted::Integer.reason())
        }
        "number too large to fit in target type" | "number too small to fit in target type" => {
            Some(OUT_OF_RANGE)
        }
        "invalid float literal" | "cannot parse float from empty string" => {
            Some(Wanted::Number.reason())
        }
        "provided string was not `true` or `false`" => Some(Wanted::Boolean.reason()),
        _ if text.starts_with("UUID parsing failed") => Some(Wanted::Id.reason()),
        _ if CHRONO.iter().any(|begins| text.starts_with(begins)) => Some(Wanted::Moment.reason()),
        _ => None,
    }
}

/// How chrono's errors begin.
const CHRONO: [&str; 6] = [
    "premature end of input",
    "input contains invalid characters",
    "input is out of range",
    "input is not enough for unique date and time",
    "no possible date and time matching input",
    "trailing input",
];

/// What kind of value is expected.
#[derive(Clone, Copy)]
enum Wanted {
    Text,
    Integer,
    Number,
    Boolean,
    List,
    Object,
    Choice,
    Id,
    Moment,
}

impl Wanted {
    const fn reason(self) -> Refused {
        let (vi, en) = match self {
            Self::Text => ("Cần một chuỗi ký tự", "A string is expected"),
            Self::Integer => ("Cần một số nguyên", "A whole number is expected"),
            Self::Number => ("Cần một số", "A number is expected"),
            Self::Boolean => ("Cần true hoặc false", "true or false is expected"),
            Self::List => ("Cần một danh sách", "A list is expected"),
            Self::Object => ("Cần một đối tượng", "An object is expected"),
            Self::Choice => (
                "Cần một trong các giá trị cho trước",
                "One of the given values is expected",
            ),
            Self::Id => ("Cần một mã UUID", "A UUID is expected"),
            Self::Moment => (
                "Cần ngày dạng 2026-10-08 hoặc thời điểm dạng 2026-10-08T09:15:00+07:00",
                "A date such as 2026-10-08 or a moment such as 2026-10-08T09:15:00+07:00 is expected",
            ),
        };
        Refused::new(vi, en)
    }
}

/// The kind of value behind serde's words for it, or behind a Rust type's name.
fn wanted(expected: &str) -> Option<Wanted> {
    Some(match expected {
        "a string" | "a borrowed string" | "a character" | "String" | "char" => Wanted::Text,
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128"
        | "usize" => Wanted::Integer,
        "f32" | "f64" => Wanted::Number,
        "a boolean" | "bool" => Wanted::Boolean,
        "a map" => Wanted::Object,
        "string or map" => Wanted::Choice,
        _ if expected.starts_with("struct ") || expected.starts_with("internally tagged enum ") => {
            Wanted::Object
        }
        _ if expected.starts_with("enum ") || expected.contains("variant ") => Wanted::Choice,
        _ if expected.starts_with("a sequence") || expected.contains("tuple") => Wanted::List,
        _ if expected.contains("UUID") => Wanted::Id,
        _ if expected.contains("date") => Wanted::Moment,
        _ => return None,
    })
}

/// The same for a Rust type's name, as axum names what a part of a path should be.
pub(super) fn expected(type_name: &str) -> Refused {
    wanted(type_name).map_or_else(|| reason(""), Wanted::reason)
}

#[cfg(test)]
mod tests;
