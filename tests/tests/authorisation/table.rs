//! The table of who is answered what: `tests/authorisation.csv`, one line a route, read and judged by people.

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf};

use crate::callers::Caller;

/// What each caller is answered, and the reason where it needs one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// By caller: `in`, or the status.
    pub cells: BTreeMap<Caller, String>,
    /// Why somebody is let in who is not signed in, or not the owner.
    pub why: String,
}

/// By method and path.
pub type Table = BTreeMap<(String, String), Line>;

fn place() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("authorisation.csv")
}

/// The table as it is committed.
pub fn committed() -> Table {
    let text = std::fs::read_to_string(place()).unwrap_or_default();
    text.lines().skip(1).map(line).collect()
}

fn line(text: &str) -> ((String, String), Line) {
    let mut fields = text.splitn(Caller::ALL.len() + 3, ',').map(str::to_owned);
    let mut next = || fields.next().unwrap_or_else(|| panic!("too short: {text}"));
    // The path first, so that what belongs together stands together.
    let (path, method) = (next(), next());
    let cells = Caller::ALL.map(|caller| (caller, next()));
    let why = next().trim_matches('"').to_owned();
    let cells = BTreeMap::from(cells);
    ((path, method), Line { cells, why })
}

/// Writes what was found, with the reasons that stood there.
pub fn renew(table: &Table) {
    let mut text = "path,method".to_owned();
    for caller in Caller::ALL {
        let _ = write!(text, ",{}", caller.name());
    }
    text.push_str(",why\n");
    for ((path, method), line) in table {
        let _ = write!(text, "{path},{method}");
        for cell in line.cells.values() {
            let _ = write!(text, ",{cell}");
        }
        let why = if line.why.contains(',') {
            format!("\"{}\"", line.why)
        } else {
            line.why.clone()
        };
        let _ = writeln!(text, ",{why}");
    }
    std::fs::write(place(), text).expect("the table is written");
}
