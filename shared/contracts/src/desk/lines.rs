//! A result as an officer types it: a line a field, `label: value`.

use super::Field;
use crate::{Refused, Text};

/// The most characters of a line that a refusal quotes.
const QUOTED: usize = 60;

/// Reads what was typed.
pub fn read(text: &str) -> Result<Vec<Field>, Refused> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(read_line).collect()
}

fn read_line(line: &str) -> Result<Field, Refused> {
    let tidy = |part: &str| part.parse::<Text>().map(String::from).ok();
    let parts = line.split_once(':');
    let parts = parts.and_then(|(label, value)| Some((tidy(label)?, tidy(value)?)));
    if let Some((label, value)) = parts {
        return Ok(Field { label, value });
    }
    let begins: String = line.trim().chars().take(QUOTED).collect();
    Err(Refused::because(
        format!("Mỗi dòng có dạng «Nhãn: nội dung», không phải «{begins}»"),
        format!("Each line is written \u{201c}label: value\u{201d}, not \u{201c}{begins}\u{201d}"),
    ))
}

/// The same the other way round; what takes several lines is written on one.
pub fn write<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let on_one_line = |text: &str| text.lines().collect::<Vec<_>>().join(" ");
    let lines: Vec<_> = fields
        .into_iter()
        .map(|(label, value)| format!("{label}: {}", on_one_line(value)))
        .collect();
    lines.join("\n")
}
