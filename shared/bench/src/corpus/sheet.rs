//! A page as a list of what stands on it, from which both its picture and its truth are made.

use std::collections::BTreeMap;

use serde::Serialize;

use super::people::Person;

/// One page before it is set.
#[derive(Debug, Clone, Serialize)]
pub struct Sheet {
    pub look: Look,
    pub blocks: Vec<Block>,
    /// What is to be read from it, by name.
    #[serde(skip)]
    pub fields: BTreeMap<&'static str, String>,
}

/// How it is set.
#[derive(Debug, Clone, Serialize)]
pub struct Look {
    /// The family of the print.
    pub print: String,
    /// The family of what was filled in.
    pub filled: String,
    /// In points.
    pub size: f32,
    /// In millimetres.
    pub margin: f32,
    /// Between lines, in em.
    pub leading: f32,
    /// What was filled in stands on the dots rather than before them.
    pub on_dots: bool,
}

/// One thing on the page.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Block {
    /// Two columns of centred lines; `true` is bold.
    Head {
        left: Vec<(String, bool)>,
        right: Vec<(String, bool)>,
    },
    /// Centred lines; `true` is bold.
    Title { lines: Vec<(String, bool)> },
    /// Running text.
    Paragraph { text: String },
    /// A line of labels with what was filled in, and dots up to the end.
    Fields { cells: Vec<Cell> },
    /// A line of dots that nobody filled in.
    Dots,
    /// A table with a row of headings.
    Table {
        widths: Vec<u32>,
        rows: Vec<Vec<String>>,
    },
    /// A question with boxes to tick.
    Choice {
        label: String,
        options: Vec<(String, bool)>,
    },
    /// Two columns of centred lines below each other, `true` bold, with room before the last; a stamp over the right one.
    Signatures {
        left: Vec<(String, bool)>,
        right: Vec<(String, bool)>,
        stamp: Option<f32>,
    },
    /// Room, in points.
    Gap { points: f32 },
}

/// A label and what was filled in after it.
#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    pub label: String,
    pub value: String,
    /// Its share of the line.
    pub share: u32,
}

/// A cell that has the line's share of `share`.
pub fn cell(label: &str, value: impl Into<String>, share: u32) -> Cell {
    Cell {
        label: label.to_owned(),
        value: value.into(),
        share,
    }
}

/// A line with one field.
pub fn line(label: &str, value: impl Into<String>) -> Block {
    Block::Fields {
        cells: vec![cell(label, value, 1)],
    }
}

/// Plain lines of a column or title.
pub fn plain(text: &str) -> (String, bool) {
    (text.to_owned(), false)
}

/// A bold line of a column or title.
pub fn bold(text: &str) -> (String, bool) {
    (text.to_owned(), true)
}

impl Sheet {
    pub fn new(look: Look, blocks: Vec<Block>) -> Self {
        Self {
            look,
            blocks,
            fields: BTreeMap::new(),
        }
    }

    /// Adds what is to be read from it.
    pub fn field(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.insert(name, value.into());
        self
    }

    /// Adds a person's usual fields.
    pub fn of_person(self, person: &Person, name_as_printed: String) -> Self {
        self.field("ho_ten", name_as_printed)
            .field("so_dinh_danh", person.number.clone())
            .field("ngay_sinh", person.born.slashed())
    }

    /// What a person reads on it, in the order in which one reads: row by row, dots left out.
    pub fn truth(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        for block in &self.blocks {
            match block {
                Block::Head { left, right } | Block::Signatures { left, right, .. } => {
                    rows(&mut lines, left, right);
                }
                Block::Title { lines: titles } => {
                    lines.extend(titles.iter().map(|(text, _)| text.clone()));
                }
                Block::Paragraph { text } => lines.push(text.clone()),
                Block::Fields { cells } => lines.push(
                    cells
                        .iter()
                        .map(|cell| {
                            format!("{} {}", cell.label, cell.value)
                                .trim_end()
                                .to_owned()
                        })
                        .collect::<Vec<_>>()
                        .join(" "),
                ),
                Block::Table { rows, .. } => {
                    lines.extend(rows.iter().map(|row| row.join(" ").trim().to_owned()));
                }
                Block::Choice { label, options } => {
                    let options: Vec<&str> =
                        options.iter().map(|(text, _)| text.as_str()).collect();
                    lines.push(format!("{label} {}", options.join(" ")));
                }
                Block::Dots | Block::Gap { .. } => {}
            }
        }
        let mut text = lines.join("\n");
        text.push('\n');
        text
    }
}

/// Two columns, read across.
fn rows(lines: &mut Vec<String>, left: &[(String, bool)], right: &[(String, bool)]) {
    for at in 0..left.len().max(right.len()) {
        let both = [left.get(at), right.get(at)];
        let texts: Vec<&str> = both
            .into_iter()
            .flatten()
            .map(|(text, _)| text.as_str())
            .filter(|text| !text.is_empty())
            .collect();
        if !texts.is_empty() {
            lines.push(texts.join(" "));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_truth_is_what_one_reads_row_by_row() {
        let look = Look {
            print: String::new(),
            filled: String::new(),
            size: 12.0,
            margin: 20.0,
            leading: 0.6,
            on_dots: false,
        };
        let sheet = Sheet::new(
            look,
            vec![
                Block::Head {
                    left: vec![bold("UBND XÃ A"), plain("Số: 1")],
                    right: vec![bold("CỘNG HÒA"), plain("Độc lập"), plain("xa")],
                },
                Block::Fields {
                    cells: vec![cell("Họ tên:", "NGỌC", 1), cell("Giới tính:", "", 1)],
                },
                Block::Dots,
                Block::Table {
                    widths: vec![1, 1],
                    rows: vec![
                        vec!["TT".into(), "Tên".into()],
                        vec!["1".into(), String::new()],
                    ],
                },
            ],
        );
        assert_eq!(
            sheet.truth(),
            "UBND XÃ A CỘNG HÒA\nSố: 1 Độc lập\nxa\nHọ tên: NGỌC Giới tính:\nTT Tên\n1\n"
        );
    }
}
