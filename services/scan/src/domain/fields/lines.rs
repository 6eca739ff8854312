//! The lines of print on pages, the labels that stand in them, and what stands behind a label.

use procedure::fold;
use strsim::levenshtein;

use crate::domain::{Page, Place, Source, Word};

/// The share of a line that is its title, where it is one.
const OF_A_TITLE: usize = 60;
/// How far down a page its title may stand.
const HEAD: f32 = 0.5;
/// How far to the right a value reaches that goes on in the next line.
const FULL: f32 = 0.8;
/// How far to the right the rest of it reaches at most.
const REST: f32 = 0.65;
/// How far left of its label a value below it may begin.
const MARGIN: f32 = 0.04;

/// A word, or a part of one: what is before a colon and what is behind it are two.
#[derive(Debug, Clone, Copy)]
pub struct Token<'a> {
    pub text: &'a str,
    pub confidence: f32,
    pub place: Place,
}

/// A line of print.
#[derive(Debug)]
pub struct Line<'a> {
    /// The page, from 1.
    pub page: u32,
    /// How the page was read.
    pub source: Source,
    tokens: Vec<Token<'a>>,
    /// Each token's letters and digits, small and without marks.
    letters: Vec<String>,
}

/// A label in a line.
#[derive(Debug)]
pub struct Span<'a> {
    pub label: &'a str,
    /// How alike what was read is to it, up to 1.
    pub alike: f32,
    from: usize,
    to: usize,
}

/// The lines of some pages, and the labels that stand in each.
#[derive(Debug)]
pub struct Sheet<'a, 'l> {
    pub lines: Vec<Line<'a>>,
    pub spans: Vec<Vec<Span<'l>>>,
}

/// All lines of all pages, in reading order.
pub fn of(pages: &[Page]) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    for (number, page) in (1..).zip(pages) {
        let words = page.words.chunk_by(|one, other| one.line == other.line);
        lines.extend(words.map(|words| Line::of(number, page.source, words)));
    }
    lines
}

impl<'a> Line<'a> {
    fn of(page: u32, source: Source, words: &'a [Word]) -> Self {
        let tokens: Vec<Token<'a>> = words.iter().flat_map(split).collect();
        let letters = tokens.iter().map(|token| letters(token.text)).collect();
        Self {
            page,
            source,
            tokens,
            letters,
        }
    }

    /// The labels in it, from left to right. Where two overlap, the longer counts.
    fn spans<'l>(&self, labels: &[(&'l str, String)]) -> Vec<Span<'l>> {
        let mut found: Vec<(usize, Span<'l>)> = Vec::new();
        for (label, wanted) in labels {
            for from in 0..self.tokens.len() {
                if let Some((to, wrong)) = self.match_at(from, wanted) {
                    let right = wanted.len() - wrong;
                    let span = Span {
                        label,
                        alike: share(right, wanted.len()),
                        from,
                        to,
                    };
                    found.push((right, span));
                }
            }
        }
        found.sort_by_key(|(matched, _)| std::cmp::Reverse(*matched));
        let mut spans: Vec<Span<'l>> = Vec::new();
        for (_, span) in found {
            if spans
                .iter()
                .all(|other| span.to <= other.from || other.to <= span.from)
            {
                spans.push(span);
            }
        }
        spans.sort_by_key(|span| span.from);
        spans
    }

    /// How many letters are wrong, if it begins with this text, a number before it aside.
    fn begins_with(&self, wanted: &str) -> Option<usize> {
        let starts = 0..self.tokens.len().min(3);
        let found = starts.filter_map(|from| self.match_at(from, wanted));
        found.map(|(_, wrong)| wrong).min()
    }

    /// The tokens from one on whose letters are `wanted`, up to one letter in six: where they end, and how many letters are
    /// wrong. Words may have been torn apart or run together.
    fn match_at(&self, from: usize, wanted: &str) -> Option<(usize, usize)> {
        if self.letters[from].is_empty() {
            return None;
        }
        let bear = wanted.len() / 6;
        let mut read = String::new();
        let mut best: Option<(usize, usize)> = None;
        for (at, letters) in self.letters.iter().enumerate().skip(from) {
            read.push_str(letters);
            if read.len() > wanted.len() + bear {
                break;
            }
            if read.len() + bear < wanted.len() || letters.is_empty() {
                continue;
            }
            let wrong = levenshtein(&read, wanted);
            if wrong <= bear && best.is_none_or(|(_, least)| wrong < least) {
                best = Some((at + 1, wrong));
            }
        }
        best
    }

    fn left(&self) -> f32 {
        self.tokens.first().map_or(0.0, |token| token.place.left)
    }

    fn right(&self) -> f32 {
        right(&self.tokens)
    }
}

/// Whether a title stands at the head of a page, over one line or two.
pub fn is_headed(lines: &[Line<'_>], title: &str) -> bool {
    let wanted = letters(title);
    let text = |line: &Line<'_>| line.letters.concat();
    let bear = wanted.len() / 6;
    let top = |line: &Line<'_>| line.tokens.first().map_or(1.0, |token| token.place.top);
    let head: Vec<&Line<'_>> = lines.iter().filter(|line| top(line) <= HEAD).collect();
    let alone = |line: &&Line<'_>| {
        let found = (0..line.tokens.len()).any(|from| line.match_at(from, &wanted).is_some());
        found && wanted.len() * 100 >= text(line).len() * OF_A_TITLE
    };
    let over_two =
        |pair: &[&Line<'_>]| levenshtein(&(text(pair[0]) + &text(pair[1])), &wanted) <= bear;
    head.iter().any(alone) || head.windows(2).any(over_two)
}

impl<'a, 'l> Sheet<'a, 'l> {
    /// The lines of some pages, and which of these labels stand in them.
    pub fn of(pages: &'a [Page], labels: &[&'l str]) -> Self {
        let lines = of(pages);
        let wanted: Vec<(&str, String)> = labels
            .iter()
            .map(|label| (*label, letters(label)))
            .collect();
        let spans = lines.iter().map(|line| line.spans(&wanted)).collect();
        Self { lines, spans }
    }

    /// The line that begins most like this text.
    pub fn beginning_with(&self, text: &str) -> Option<usize> {
        let wanted = letters(text);
        let lines = self.lines.iter().enumerate();
        let found = lines.filter_map(|(at, line)| Some((line.begins_with(&wanted)?, at)));
        Some(found.min()?.1)
    }

    /// Which of a line's spans is one of these labels.
    pub fn label(&self, at: usize, labels: &[String]) -> Option<usize> {
        let spans = self.spans[at].iter();
        spans
            .clone()
            .position(|span| labels.iter().any(|label| label == span.label))
    }

    /// What stands behind a label: up to the next one, else in the line below; a text goes on there when its line is full.
    pub fn value(&self, at: usize, span: usize, is_text: bool) -> Vec<Token<'a>> {
        let (line, spans) = (&self.lines[at], &self.spans[at]);
        let end = spans
            .get(span + 1)
            .map_or(line.tokens.len(), |next| next.from);
        let mut value = tidy(&line.tokens[spans[span].to..end]);
        let below = self
            .lines
            .get(at + 1)
            .filter(|below| below.page == line.page && self.spans[at + 1].is_empty());
        if value.is_empty() {
            let left = line.tokens[spans[span].from].place.left - MARGIN;
            let under = |below: &Line<'a>| {
                let tokens = below.tokens.iter().copied();
                let under = tokens.filter(|token| token.place.left >= left);
                tidy(&under.collect::<Vec<_>>())
            };
            // Beside another label there is no telling whose the line below is.
            let is_alone = spans.len() == 1;
            value = below.filter(|_| is_alone).map_or_else(Vec::new, under);
        } else if is_text
            && right(&value) >= FULL
            && let Some(rest) = below.filter(|below| below.right() <= REST && below.left() <= FULL)
        {
            value.extend(tidy(&rest.tokens));
        }
        value
    }
}

/// Without dots that lead somewhere, the numbers of footnotes at the beginning, and stray strokes.
fn tidy<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let is_footnote = |token: &Token<'_>| {
        let inner = token.text.trim_end_matches(':');
        let inner = inner
            .strip_prefix('(')
            .and_then(|text| text.strip_suffix(')'));
        inner.is_some_and(|text| text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let trimmed = tokens.iter().map(|token| Token {
        text: token
            .text
            .trim_matches(|c: char| matches!(c, '.' | '…' | '_' | ':' | '·' | '|' | '-')),
        ..*token
    });
    trimmed
        .skip_while(is_footnote)
        .filter(|token| token.text.chars().any(char::is_alphanumeric))
        .collect()
}

/// A word, parted behind its colon.
fn split(word: &Word) -> Vec<Token<'_>> {
    let token = |text, place| Token {
        text,
        confidence: word.confidence,
        place,
    };
    match word.text.split_once(':') {
        Some((before, behind)) if !behind.is_empty() => {
            let width = word.place.width;
            let first = width * share(before.len() + 1, word.text.len());
            let left = Place {
                width: first,
                ..word.place
            };
            let right = Place {
                left: word.place.left + first,
                width: width - first,
                ..word.place
            };
            vec![token(before, left), token(behind, right)]
        }
        _ => vec![token(&word.text, word.place)],
    }
}

fn letters(text: &str) -> String {
    fold(text).replace(' ', "")
}

fn right(tokens: &[Token<'_>]) -> f32 {
    tokens
        .last()
        .map_or(0.0, |token| token.place.left + token.place.width)
}

#[expect(clippy::cast_precision_loss, reason = "letters of a line")]
fn share(part: usize, whole: usize) -> f32 {
    part as f32 / whole.max(1) as f32
}
