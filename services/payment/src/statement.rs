//! What the bank says of its account: a statement's lines, read from a file whose kind is seen from its beginning. Pure.

mod camt053;
mod csv;
mod figures;
mod unreadable;
mod xml;

use std::collections::HashSet;

use chrono::NaiveDate;
use contracts::{Refused, Vnd};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use unicode_normalization::UnicodeNormalization;

pub use csv::Columns;
pub use unreadable::{Unreadable, Wrong};

/// The largest file, in bytes: a hundred times a busy day's statement.
pub const LARGEST: usize = 4 << 20;
/// The most lines of one file.
pub const MOST_LINES: usize = 5_000;
/// The longest reference a bank gives a line, in characters.
const LONGEST_REFERENCE: usize = 70;
/// What is kept of a text that comes with a line, in characters.
const KEPT: usize = 500;

/// Whether money came or went.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Direction {
    /// Into the account.
    Credit,
    /// Out of it.
    Debit,
}

impl Direction {
    /// The name it is stored by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}

/// What is written down of a line before it is looked at: texts as the bank has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft<'a> {
    /// The bank's own reference.
    pub reference: &'a str,
    /// The booking day.
    pub booked_on: NaiveDate,
    /// Whether money came or went.
    pub direction: Direction,
    /// How much.
    pub amount: Vnd,
    /// Who sent it, or got it.
    pub remitter: &'a str,
    /// What for, in the payer's words and the bank's.
    pub purpose: &'a str,
    /// What the payer's bank called it, all the way through.
    pub end_to_end: &'a str,
    /// Whether it takes an earlier line back.
    pub reversal: bool,
}

/// One booked movement on the account. Its texts can be shown and kept as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The bank's own reference: the same line never has two.
    pub reference: String,
    /// The booking day.
    pub booked_on: NaiveDate,
    /// Whether money came or went.
    pub direction: Direction,
    /// How much, never nothing.
    pub amount: Vnd,
    /// Who sent it, or got it.
    pub remitter: String,
    /// What for, in the payer's words and the bank's.
    pub purpose: String,
    /// What the payer's bank called it, all the way through; empty where nobody said.
    pub end_to_end: String,
    /// Whether it takes an earlier line back.
    pub reversal: bool,
}

impl Line {
    /// Takes a line in, or says what is wrong with it.
    pub fn new(draft: &Draft) -> Result<Self, Wrong> {
        let reference = tidy(draft.reference);
        if reference.is_empty() || reference.chars().count() > LONGEST_REFERENCE {
            return Err(Wrong::Reference);
        }
        if draft.amount.is_zero() {
            return Err(Wrong::Nothing);
        }
        let kept = |text: &str| tidy(text).chars().take(KEPT).collect::<String>();
        Ok(Self {
            reference,
            booked_on: draft.booked_on,
            direction: draft.direction,
            amount: draft.amount,
            remitter: kept(draft.remitter),
            purpose: kept(draft.purpose),
            end_to_end: kept(draft.end_to_end),
            reversal: draft.reversal,
        })
    }
}

/// Composed letters, one space between words, nothing that cannot be seen.
fn tidy(text: &str) -> String {
    let seen = text
        .nfc()
        .map(|letter| if letter.is_control() { ' ' } else { letter });
    let seen: String = seen.collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The lines of one account, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Whose, where the file says so.
    pub account: Option<String>,
    /// Its booked lines, in the bank's order.
    pub lines: Vec<Line>,
}

/// What kind of file was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Kind {
    /// A table.
    Csv,
    /// ISO 20022's bank-to-customer statement.
    Camt053,
}

impl Kind {
    /// The name it is stored by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}

/// Reads a file of statements, all of it or nothing.
pub fn read(file: &[u8], columns: &Columns) -> Result<(Kind, Vec<Statement>), Unreadable> {
    let text = text(file)?;
    let (kind, statements) = if text.trim_start().starts_with('<') {
        (Kind::Camt053, camt053::read(text)?)
    } else {
        (Kind::Csv, vec![csv::read(text, columns)?])
    };
    let lines = || statements.iter().flat_map(|statement| &statement.lines);
    if lines().next().is_none() {
        return Err(Unreadable::Empty);
    }
    if lines().count() > MOST_LINES {
        return Err(Unreadable::TooManyLines);
    }
    let mut known = HashSet::new();
    match lines().find(|line| !known.insert(&line.reference)) {
        Some(twice) => Err(Unreadable::Repeated(twice.reference.clone())),
        None => Ok((kind, statements)),
    }
}

/// The file as text: UTF-8, with or without a mark at its beginning.
fn text(file: &[u8]) -> Result<&str, Unreadable> {
    if file.len() > LARGEST {
        return Err(Unreadable::TooLarge);
    }
    let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
    let text = std::str::from_utf8(file).map_err(|_| Unreadable::Encoding)?;
    // UTF-16 without a mark is UTF-8 full of nothing.
    if text.contains('\0') {
        return Err(Unreadable::Encoding);
    }
    Ok(text)
}

/// The refusal of a file, for a form.
pub fn refused(unreadable: &Unreadable) -> Refused {
    Refused::because(unreadable.vietnamese(), unreadable.to_string())
}

#[cfg(test)]
mod tests;
