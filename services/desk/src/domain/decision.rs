//! What an officer may write into a decision.

use contracts::{
    Refused, Text,
    desk::{Field, Outcome},
};

/// The most lines of a result.
const LINES: usize = 60;
/// The most bytes of a result, so that it fits into one message.
const BYTES: usize = 24 * 1024;
/// The most characters of a line that a refusal quotes.
const QUOTED: usize = 60;

/// A decision to grant, with what stands on the result.
pub fn grant(result: Vec<Field>) -> Result<Outcome, Refused> {
    let bytes: usize = result
        .iter()
        .map(|field| field.label.len() + field.value.len())
        .sum();
    if result.is_empty() || result.len() > LINES || bytes > BYTES {
        return Err(Refused::new(
            "Kết quả gồm 1 đến 60 dòng, tổng cộng không quá 24 KB",
            "A result has 1 to 60 lines and at most 24 KB in all",
        ));
    }
    Ok(Outcome::Granted { result })
}

/// Reads a result as an officer types it: a line a field, `label: value`.
pub fn read_lines(text: &str) -> Result<Vec<Field>, Refused> {
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
pub fn write_lines<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let on_one_line = |text: &str| text.lines().collect::<Vec<_>>().join(" ");
    let lines: Vec<_> = fields
        .into_iter()
        .map(|(label, value)| format!("{label}: {}", on_one_line(value)))
        .collect();
    lines.join("\n")
}
