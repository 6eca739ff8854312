//! What stands on a paper of a known kind, field by field: from an identity card's code and zone where it has them, else by the
//! labels that are printed before it. Pure: words and places in, fields out.

mod card;
mod content;
mod lines;

use procedure::paper::{Content, Paper, PaperField};

use super::{Page, Place, Source};
use lines::{Line, Sheet, Span};

/// From which confidence on a value is shown as certain. No value that only stands in print reaches it.
pub const CERTAIN: u8 = 95;
/// The most that reading from a picture is believed.
const PRINTED: f32 = 90.0;
/// The same for a number of twelve digits, which nothing on the paper confirms.
const UNCONFIRMED: f32 = 80.0;
/// The most fields that are told of one document.
const MOST_FIELDS: usize = 40;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The QR code of an identity card.
    Code,
    /// The machine-readable zone of an identity card, its check digits agreeing.
    Zone,
    /// Print in a picture.
    Print,
    /// The text that the file carried.
    Text,
}

impl Origin {
    /// Every origin there is.
    pub const ALL: [Self; 4] = [Self::Code, Self::Zone, Self::Print, Self::Text];

    /// The word it is stored and answered by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Zone => "zone",
            Self::Print => "print",
            Self::Text => "text",
        }
    }

    /// The origin of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.as_str() == word)
    }
}

/// Something that was read from a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Which field of its paper.
    pub name: String,
    /// What it says, in the form in which a form's answer is kept.
    pub value: String,
    /// How sure that is, 0 to 100.
    pub confidence: u8,
    /// Where it comes from.
    pub origin: Origin,
    /// The page, from 1.
    pub page: u32,
    /// Where on the straightened page.
    pub place: Place,
    /// Whether something else in the document says otherwise.
    pub disputed: bool,
}

/// What stands on the pages of such a paper.
pub fn read(paper: &Paper, pages: &[Page]) -> Vec<Field> {
    let labels = paper.fields.iter().flat_map(|field| &field.labels);
    let sheet = Sheet::of(pages, &labels.map(String::as_str).collect::<Vec<_>>());
    let printed = paper
        .fields
        .iter()
        .filter_map(|field| Some((field, printed(field, &sheet)?)));
    let mut found: Vec<(&PaperField, Field)> = printed.collect();
    if paper.is_identity_card() {
        found = card::confirmed(paper, pages, found);
    }
    let mut fields: Vec<Field> = found.into_iter().map(|(_, field)| field).collect();
    fields.truncate(MOST_FIELDS);
    fields
}

/// The kind of paper that the head of the first page says it is.
pub fn paper_of<'a>(
    papers: impl IntoIterator<Item = &'a Paper>,
    pages: &[Page],
) -> Option<&'a Paper> {
    let lines = lines::of(pages.get(..1)?);
    papers.into_iter().find(|paper| is_titled(paper, &lines))
}

/// The same, if it is another than the one expected; none where the head bears both.
pub fn other_paper<'a>(
    expected: &Paper,
    papers: impl IntoIterator<Item = &'a Paper>,
    pages: &[Page],
) -> Option<&'a Paper> {
    let lines = lines::of(pages.get(..1)?);
    if is_titled(expected, &lines) {
        return None;
    }
    paper_of(papers, pages)
}

fn is_titled(paper: &Paper, lines: &[Line<'_>]) -> bool {
    paper
        .titles
        .iter()
        .any(|title| lines::is_headed(lines, title))
}

/// The value behind the first label of a field, below the line that it is to be below.
fn printed(field: &PaperField, sheet: &Sheet<'_, '_>) -> Option<Field> {
    let begin = match &field.below {
        Some(above) => sheet.beginning_with(above)?,
        None => 0,
    };
    (begin..sheet.lines.len()).find_map(|at| {
        let span = sheet.label(at, &field.labels)?;
        let value = sheet.value(at, span, field.kind == Content::Text);
        field_of(field, &sheet.lines[at], &sheet.spans[at][span], &value)
    })
}

fn field_of(
    field: &PaperField,
    line: &Line<'_>,
    span: &Span<'_>,
    value: &[lines::Token<'_>],
) -> Option<Field> {
    let (said, used) = content::read(field.kind, value)?;
    let sure = content::confidence(field.kind, used) * span.alike;
    let most = match field.kind {
        Content::CitizenId => UNCONFIRMED,
        _ => PRINTED,
    };
    let places = used.iter().map(|token| token.place);
    Some(Field {
        name: field.id.clone(),
        value: said,
        confidence: percent(sure.min(most)),
        origin: match line.source {
            Source::Embedded => Origin::Text,
            Source::Ocr | Source::Unread => Origin::Print,
        },
        page: line.page,
        place: places.reduce(Place::around)?,
        disputed: false,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 100"
)]
fn percent(sure: f32) -> u8 {
    sure.clamp(0.0, 100.0).round() as u8
}

#[cfg(test)]
mod tests;
