//! A statement as a table. Each bank calls its columns otherwise, so the configuration lists their names.

use contracts::Vnd;
use csv::{ReaderBuilder, StringRecord};
use serde::Deserialize;

use super::{Direction, Draft, Line, MOST_LINES, Statement, Unreadable, Wrong, figures, tidy};

/// The most lines above the header: banks put their name, the account and the period there.
const PREAMBLE: usize = 40;

/// The names that one column goes by, with `|` between them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "String")]
pub struct Names(Vec<String>);

impl From<String> for Names {
    fn from(names: String) -> Self {
        let names = names.split('|').map(named);
        Self(names.filter(|name| !name.is_empty()).collect())
    }
}

/// A column's name, for comparing.
fn named(name: &str) -> String {
    tidy(name).to_lowercase()
}

/// What the columns are called. Amounts stand in a column for what came and one for what went, or in one with a sign.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// The bank's own reference.
    pub reference: Names,
    /// The booking day.
    pub booked: Names,
    /// What came.
    pub credit: Names,
    /// What went.
    pub debit: Names,
    /// What came or, with a minus, went.
    pub amount: Names,
    /// Who sent it.
    pub remitter: Names,
    /// What for.
    pub purpose: Names,
    /// What the payer's bank called it.
    pub end_to_end: Names,
}

impl Columns {
    /// Whether a table could be read with them.
    pub fn are_whole(&self) -> bool {
        let has = |names: &Names| !names.0.is_empty();
        has(&self.reference)
            && has(&self.booked)
            && has(&self.purpose)
            && (has(&self.credit) || has(&self.amount))
    }
}

/// Where the columns are in one table.
#[derive(Debug)]
struct Places {
    cells: usize,
    reference: usize,
    booked: usize,
    amounts: Amounts,
    remitter: Option<usize>,
    purpose: usize,
    end_to_end: Option<usize>,
}

#[derive(Debug)]
enum Amounts {
    Signed(usize),
    Apart { credit: usize, debit: Option<usize> },
}

impl Places {
    /// Finds the columns in what may be the header.
    fn find(header: &StringRecord, columns: &Columns) -> Option<Self> {
        let cells: Vec<String> = header.iter().map(named).collect();
        let place = |names: &Names| cells.iter().position(|cell| names.0.contains(cell));
        let amounts = match (place(&columns.credit), place(&columns.amount)) {
            (Some(credit), _) => Amounts::Apart {
                credit,
                debit: place(&columns.debit),
            },
            (None, Some(amount)) => Amounts::Signed(amount),
            (None, None) => return None,
        };
        Some(Self {
            cells: header.len(),
            reference: place(&columns.reference)?,
            booked: place(&columns.booked)?,
            amounts,
            remitter: place(&columns.remitter),
            purpose: place(&columns.purpose)?,
            end_to_end: place(&columns.end_to_end),
        })
    }

    fn line(&self, row: &StringRecord) -> Result<Line, Wrong> {
        if row.len() != self.cells {
            return Err(Wrong::Cells);
        }
        let cell = |at: usize| row.get(at).unwrap_or_default();
        let signed = match self.amounts {
            Amounts::Signed(at) => figures::dong(cell(at)).ok_or(Wrong::Amount)?,
            Amounts::Apart { credit, debit } => {
                let came = moved(cell(credit))?;
                let went = debit.map_or(Ok(0), |debit| moved(cell(debit)))?;
                if came != 0 && went != 0 {
                    return Err(Wrong::Nothing);
                }
                came - went
            }
        };
        let direction = if signed < 0 {
            Direction::Debit
        } else {
            Direction::Credit
        };
        Line::new(&Draft {
            reference: cell(self.reference),
            booked_on: figures::day(cell(self.booked)).ok_or(Wrong::Day)?,
            direction,
            amount: Vnd::new(signed.abs()).map_err(|_| Wrong::Amount)?,
            remitter: self.remitter.map_or("", cell),
            purpose: cell(self.purpose),
            end_to_end: self.end_to_end.map_or("", cell),
            reversal: false,
        })
    }
}

/// An amount in a column of its own; an empty cell moves nothing. Some banks write what went with a minus.
fn moved(cell: &str) -> Result<i64, Wrong> {
    match cell.trim() {
        "" | "-" => Ok(0),
        cell => figures::dong(cell).map(i64::abs).ok_or(Wrong::Amount),
    }
}

/// Reads a table: what stands above its header is left out, and so are empty lines.
pub fn read(text: &str, columns: &Columns) -> Result<Statement, Unreadable> {
    let mut rows = ReaderBuilder::new()
        .delimiter(delimiter(text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let (mut places, mut above, mut lines) = (None::<Places>, 0, Vec::new());
    for row in rows.records() {
        let row = row.map_err(|_| Unreadable::Table)?;
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let Some(found) = &places else {
            places = Places::find(&row, columns);
            above += 1;
            if places.is_none() && above == PREAMBLE {
                break;
            }
            continue;
        };
        let at = row.position().map_or(0, csv::Position::line);
        let at = usize::try_from(at).unwrap_or_default();
        lines.push(
            found
                .line(&row)
                .map_err(|wrong| Unreadable::Line(at, wrong))?,
        );
        if lines.len() > MOST_LINES {
            return Err(Unreadable::TooManyLines);
        }
    }
    if places.is_none() {
        return Err(Unreadable::Header(wanted(columns)));
    }
    Ok(Statement {
        account: None,
        lines,
    })
}

/// The columns that a header must have, by the first of their names.
fn wanted(columns: &Columns) -> String {
    let Columns {
        reference,
        booked,
        credit,
        purpose,
        ..
    } = columns;
    let first = |names: &Names| names.0.first().map(|name| format!("“{name}”"));
    let wanted = [reference, booked, credit, purpose]
        .into_iter()
        .filter_map(first);
    wanted.collect::<Vec<_>>().join(", ")
}

/// What stands between cells: of comma, semicolon and tab the one that the file has most of.
fn delimiter(text: &str) -> u8 {
    let count = |mark: u8| text.bytes().filter(|byte| *byte == mark).count();
    let most = [b',', b';', b'\t']
        .into_iter()
        .rev()
        .max_by_key(|mark| count(*mark));
    most.unwrap_or(b',')
}
