//! The figures as tables.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use super::{
    Reading,
    score::{self, Rate, Values},
    weigh::Cost,
};
use crate::corpus::{Expected, Verdict};

/// Everything that was measured.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub cores: usize,
    pub load_before: String,
    pub load_after: String,
    /// The peer's version, if it was there.
    pub peer: Option<String>,
    pub pages: Vec<Page>,
    pub cards: Vec<Card>,
    pub files: Vec<File>,
    pub ten: Option<Ten>,
}

/// A page, read by us and by the peer.
#[derive(Debug, Serialize)]
pub struct Page {
    pub name: String,
    pub class: String,
    /// How many fields there are to be found.
    pub fields: usize,
    /// What was made out of them field by field.
    pub told: Values,
    pub ours: Read,
    pub theirs: Option<Read>,
}

/// How a page was read.
#[derive(Debug, Clone, Serialize)]
pub struct Read {
    pub characters: Rate,
    pub words: Rate,
    /// The fields that were found whole.
    pub found: Vec<String>,
    pub cost: Cost,
}

impl Read {
    pub fn scored(truth: &str, fields: &BTreeMap<String, String>, read: &str, cost: Cost) -> Self {
        Self {
            characters: score::characters(truth, read),
            words: score::by_word(truth, read),
            found: score::found(fields, read)
                .into_iter()
                .map(str::to_owned)
                .collect(),
            cost,
        }
    }
}

/// A side of a card.
#[derive(Debug, Serialize)]
pub struct Card {
    pub name: String,
    /// Whether its code was read to the letter.
    pub read: bool,
    /// What was read instead, or besides.
    pub codes: Vec<String>,
    pub cost: Cost,
}

/// A hostile or odd file.
#[derive(Debug, Serialize)]
pub struct File {
    pub name: String,
    pub class: String,
    pub expected: Verdict,
    /// What was said; none if the reader crashed or took too long.
    pub said: Option<Verdict>,
    /// The reason of a refusal.
    pub reason: Option<String>,
    pub cost: Cost,
}

impl File {
    pub fn judged(expected: &Expected, reading: Option<Reading>, cost: Cost) -> Self {
        let said = reading.as_ref().map(|reading| {
            if reading.refused.is_some() {
                Verdict::Refused
            } else {
                Verdict::Taken
            }
        });
        Self {
            name: expected.file.clone(),
            class: expected.class.clone(),
            expected: expected.verdict,
            said,
            reason: reading.and_then(|reading| reading.refused),
            cost,
        }
    }

    fn right(&self) -> bool {
        self.said == Some(self.expected)
    }
}

/// The clean file of ten pages.
#[derive(Debug, Serialize)]
pub struct Ten {
    pub pages: usize,
    pub cost: Cost,
}

/// Several pages together.
#[derive(Default)]
struct Sum {
    pages: u32,
    characters: Rate,
    words: Rate,
    found: usize,
    fields: usize,
    cpu: f64,
    wall: f64,
    peak: f64,
}

impl Sum {
    fn of<'a>(pages: impl Iterator<Item = (&'a Page, &'a Read)>) -> Self {
        pages.fold(Self::default(), |mut sum, (page, read)| {
            sum.pages += 1;
            sum.characters += read.characters;
            sum.words += read.words;
            sum.found += read.found.len();
            sum.fields += page.fields;
            sum.cpu += read.cost.cpu;
            sum.wall += read.cost.wall;
            sum.peak = sum.peak.max(read.cost.peak);
            sum
        })
    }

    fn a_page(&self, of: f64) -> f64 {
        of / f64::from(self.pages.max(1))
    }

    fn line(&self, name: &str, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "| {name:<22} | {:>5} | {:>6.2} % | {:>6.2} % | {:>7} | {:>6.2} | {:>6.2} | {:>8.0} |",
            self.pages,
            self.characters.share() * 100.0,
            self.words.share() * 100.0,
            format!("{}/{}", self.found, self.fields),
            self.a_page(self.cpu),
            self.a_page(self.wall),
            self.peak,
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{} cores, load {} before and {} after; the peer: {}\n",
            self.cores,
            self.load_before,
            self.load_after,
            self.peer.as_deref().map_or_else(
                || "none".to_owned(),
                |version| format!("OCRmyPDF {version}")
            ),
        )?;
        self.page_table(out)?;
        self.told_line(out)?;
        self.card_table(out)?;
        self.file_table(out)?;
        if let Some(ten) = &self.ten {
            writeln!(
                out,
                "A clean file of ten pages: {} pages read in {:.1} s (CPU {:.1} s, peak {:.0} MiB)",
                ten.pages, ten.cost.wall, ten.cost.cpu, ten.cost.peak
            )?;
        }
        Ok(())
    }
}

impl Report {
    fn page_table(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pages.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "| {:<22} | pages |      CER |      WER |  fields | CPU s  | wall s | peak MiB |",
            "class"
        )?;
        writeln!(
            out,
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
        )?;
        let mut classes: Vec<&str> = self.pages.iter().map(|page| page.class.as_str()).collect();
        classes.dedup();
        let ours = |class: Option<&str>| {
            let pages = self
                .pages
                .iter()
                .filter(|page| class.is_none_or(|class| page.class == class));
            Sum::of(pages.map(|page| (page, &page.ours)))
        };
        let theirs = |class: Option<&str>| {
            let pages = self
                .pages
                .iter()
                .filter(|page| class.is_none_or(|class| page.class == class));
            Sum::of(pages.filter_map(|page| Some((page, page.theirs.as_ref()?))))
        };
        for class in classes {
            ours(Some(class)).line(class, out)?;
            if self.peer.is_some() {
                theirs(Some(class)).line(&format!("{class}, the peer"), out)?;
            }
        }
        let (all, others) = (ours(None), theirs(None));
        all.line("all", out)?;
        if self.peer.is_some() {
            others.line("all, the peer", out)?;
            writeln!(
                out,
                "\nours to the peer's: CPU {:.2}, CER {:.2}",
                all.cpu / others.cpu,
                all.characters.share() / others.characters.share()
            )?;
        }
        writeln!(out)
    }

    fn told_line(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pages.is_empty() {
            return Ok(());
        }
        let sum = |count: fn(&Values) -> usize| {
            self.pages
                .iter()
                .map(|page| count(&page.told))
                .sum::<usize>()
        };
        let fields: usize = self.pages.iter().map(|page| page.fields).sum();
        writeln!(
            out,
            "Made out field by field: {} of {fields} values; {} numbers of twelve digits that nobody has, {} of them certain\n",
            sum(|told| told.right),
            sum(|told| told.wrong),
            sum(|told| told.certainly_wrong),
        )
    }

    fn card_table(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.cards.is_empty() {
            return Ok(());
        }
        for (side, what) in [("front", "QR codes"), ("back", "machine-readable zones")] {
            let of: Vec<&Card> = self
                .cards
                .iter()
                .filter(|card| card.name.ends_with(side))
                .collect();
            let read = of.iter().filter(|card| card.read).count();
            let missed: Vec<&str> = of
                .iter()
                .filter(|card| !card.read)
                .map(|card| card.name.as_str())
                .collect();
            write!(out, "{what} read to the letter: {read} of {}", of.len())?;
            if missed.is_empty() {
                writeln!(out)?;
            } else {
                writeln!(out, " (not {})", missed.join(", "))?;
            }
        }
        writeln!(out)
    }

    fn file_table(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.files.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "| file | class | expected | said | | s | CPU s | peak MiB |"
        )?;
        writeln!(out, "| --- | --- | --- | --- | --- | ---: | ---: | ---: |")?;
        for file in &self.files {
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {:.2} | {:.2} | {:.0} |",
                file.name,
                file.class,
                file.expected,
                file.said
                    .map_or_else(|| "nothing".to_owned(), |said| said.to_string()),
                if file.right() { "right" } else { "WRONG" },
                file.cost.wall,
                file.cost.cpu,
                file.cost.peak,
            )?;
        }
        for verdict in [Verdict::Refused, Verdict::Taken] {
            let of: Vec<&File> = self
                .files
                .iter()
                .filter(|file| file.expected == verdict)
                .collect();
            let right = of.iter().filter(|file| file.right()).count();
            let most =
                |cost: fn(&Cost) -> f64| of.iter().map(|file| cost(&file.cost)).fold(0.0, f64::max);
            writeln!(
                out,
                "\nto be {verdict}: {right} of {} right; the slowest {:.2} s, the largest {:.0} MiB",
                of.len(),
                most(|cost| cost.wall),
                most(|cost| cost.peak)
            )?;
        }
        writeln!(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(class: &str, wrong: usize, theirs: bool) -> Page {
        let read = Read {
            characters: Rate { wrong, of: 100 },
            words: Rate { wrong, of: 20 },
            found: vec!["ho_ten".to_owned()],
            cost: Cost {
                wall: 2.0,
                cpu: 1.0,
                peak: 100.0,
            },
        };
        let other = Read {
            cost: Cost {
                cpu: 4.0,
                ..read.cost
            },
            characters: Rate {
                wrong: wrong * 10,
                of: 100,
            },
            ..read.clone()
        };
        Page {
            name: format!("{class}-01"),
            class: class.to_owned(),
            fields: 2,
            told: Values {
                right: 1,
                wrong: 1,
                certainly_wrong: 0,
            },
            ours: read,
            theirs: theirs.then_some(other),
        }
    }

    #[test]
    fn the_table_has_every_class_and_the_ratios() {
        let report = Report {
            cores: 2,
            peer: Some("17".to_owned()),
            pages: vec![page("clean", 2, true), page("hard", 4, true)],
            ..Report::default()
        };
        let text = report.to_string();
        assert!(
            text.contains("| clean                  |     1 |   2.00 % |  10.00 % |     1/2 |"),
            "{text}"
        );
        assert!(
            text.contains("| all, the peer          |     2 |  30.00 % |"),
            "{text}"
        );
        assert!(text.contains("CPU 0.25, CER 0.10"), "{text}");
        assert!(text.contains("2 of 4 values; 2 numbers"), "{text}");
    }

    #[test]
    fn without_a_peer_there_is_no_ratio() {
        let report = Report {
            pages: vec![page("clean", 2, false)],
            ..Report::default()
        };
        let text = report.to_string();
        assert!(text.contains("the peer: none"), "{text}");
        assert!(!text.contains("ours to the peer's"), "{text}");
    }

    #[test]
    fn a_crash_is_not_a_right_refusal() {
        let expected = Expected {
            file: "bomb.png".to_owned(),
            class: "bomb".to_owned(),
            verdict: Verdict::Refused,
            why: String::new(),
        };
        assert!(!File::judged(&expected, None, Cost::default()).right());
        let refused = Reading {
            refused: Some("too large".to_owned()),
            ..Reading::default()
        };
        assert!(File::judged(&expected, Some(refused), Cost::default()).right());
    }
}
