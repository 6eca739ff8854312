//! Leaders: the rows of dots that forms are filled in on. A reading program takes them for words, and spoils the words on
//! and beside them.

use image::{GrayImage, Luma};

use super::{marks::Mark, rules};

/// What is darker is ink.
pub const INK: u8 = 160;
/// Dots in a row that make a leader.
const ROW: usize = 5;
/// The same, where a page's leaders are known and their steps agree.
const KNOWN_ROW: usize = 4;
/// Steps along a leader without a dot to be seen after which it is at its end.
const LOST: u32 = 4;

/// A row of dots, from left to right.
#[derive(Debug, Clone)]
struct Row {
    dots: Vec<Mark>,
}

impl Row {
    /// From each dot's middle to the next one's.
    fn steps(&self) -> Vec<f32> {
        let step = |pair: &[Mark]| pair[1].middle().0 - pair[0].middle().0;
        self.dots.windows(2).map(step).collect()
    }
}

/// How a page's leaders are made.
#[derive(Debug, Clone, Copy)]
struct Make {
    /// From dot to dot.
    step: f32,
    /// The size of a dot.
    dot: f32,
}

/// Paints leaders and rules white on an even page whose letters are `letter` pixels high.
pub fn erase(page: &mut GrayImage, marks: &[Mark], letter: f32) {
    let (colons, dots) = dots(marks, letter);
    let mut leaders = rows(&dots, letter, letter * 0.2);
    leaders.retain(|row| is_leader(page, row, letter));
    if let Some(make) = make(&leaders) {
        // Of a leader that is written on, a few dots are left between the letters.
        let taken: Vec<Mark> = leaders.iter().flat_map(|row| row.dots.clone()).collect();
        let alike = |dot: &&Mark| {
            let size = dot.width().max(dot.height()) as f32;
            size <= make.dot * 1.5 + 1.0 && size >= make.dot * 0.6 - 1.0 && !taken.contains(dot)
        };
        let left: Vec<Mark> = dots.iter().filter(alike).copied().collect();
        let mut written_on = rows(&left, letter * 2.2, (letter * 0.1).max(1.5));
        written_on.retain(|row| is_in_step(row, make) && !is_over_letters(page, row, letter));
        leaders.extend(written_on);
        for row in &leaders {
            erase_touching(page, row, make, &colons);
        }
    }
    let (width, height) = page.dimensions();
    for dot in leaders.iter().flat_map(|row| &row.dots) {
        for y in dot.top.saturating_sub(2)..(dot.bottom + 2).min(height) {
            for x in dot.left.saturating_sub(2)..(dot.right + 2).min(width) {
                page.put_pixel(x, y, Luma([255]));
            }
        }
    }
    rules::erase(page, letter);
}

/// Small marks from left to right: those that make up colons, and those that may be dots of a leader.
fn dots(marks: &[Mark], letter: f32) -> (Vec<Mark>, Vec<Mark>) {
    let mut dots: Vec<Mark> = marks
        .iter()
        .filter(|mark| {
            (mark.height() as f32) <= letter * 0.45 && (mark.width() as f32) <= letter * 2.0
        })
        .copied()
        .collect();
    dots.sort_unstable_by_key(|dot| dot.left);
    let is_colon = |at: usize| {
        let dot = dots[at];
        let near = |other: &&Mark| {
            let (x, y) = other.middle();
            (x - dot.middle().0).abs() <= letter * 0.12
                && (letter * 0.3..letter * 0.95).contains(&(y - dot.middle().1).abs())
                && other.width().abs_diff(dot.width()) <= 2
        };
        let close = |other: &&Mark| (other.middle().0 - dot.middle().0).abs() <= letter;
        let before = dots[..at].iter().rev().take_while(close);
        before
            .chain(dots[at + 1..].iter().take_while(close))
            .any(|other| near(&other))
    };
    let (colons, others): (Vec<usize>, Vec<usize>) = (0..dots.len()).partition(|&at| is_colon(at));
    let marks = |places: Vec<usize>| places.into_iter().map(|at| dots[at]).collect();
    (marks(colons), marks(others))
}

/// Dots that follow each other at most `apart` from edge to edge, and at most `level` up or down.
fn rows(dots: &[Mark], apart: f32, level: f32) -> Vec<Row> {
    let gap = |one: &Mark, next: &Mark| next.left as f32 - one.right as f32;
    let mut open: Vec<Row> = Vec::new();
    let mut rows = Vec::new();
    for dot in dots {
        let ended = |row: &mut Row| row.dots.last().is_none_or(|last| gap(last, dot) > apart);
        rows.extend(open.extract_if(.., ended));
        let off = |row: &Row| {
            row.dots
                .last()
                .filter(|last| gap(last, dot) > -1.0)
                .map_or(f32::MAX, |last| (last.middle().1 - dot.middle().1).abs())
        };
        match open
            .iter_mut()
            .filter(|row| off(row) <= level)
            .min_by(|one, other| off(one).total_cmp(&off(other)))
        {
            Some(row) => row.dots.push(*dot),
            None => open.push(Row { dots: vec![*dot] }),
        }
    }
    rows.extend(open);
    rows
}

/// Many dots, evenly apart, that stand on the line.
fn is_leader(page: &GrayImage, row: &Row, letter: f32) -> bool {
    if row.dots.len() < ROW {
        return false;
    }
    let steps = row.steps();
    let step = middle(steps.clone());
    let even = steps
        .iter()
        .filter(|one| (step * 0.6..=step * 1.6).contains(*one))
        .count();
    even * 10 >= steps.len() * 6 && !is_over_letters(page, row, letter)
}

/// Whether there is ink right below: so it is under a row of tone marks.
fn is_over_letters(page: &GrayImage, row: &Row, letter: f32) -> bool {
    let over = |dot: &&Mark| {
        let x = dot.middle().0 as u32;
        let from = dot.bottom + 1;
        (from..from + (letter * 0.6) as u32).any(|y| is_ink(page, x, y))
    };
    row.dots.iter().filter(over).count() * 3 > row.dots.len()
}

fn is_ink(page: &GrayImage, x: u32, y: u32) -> bool {
    page.get_pixel_checked(x, y)
        .is_some_and(|shade| shade.0[0] < INK)
}

/// What most leaders of the page have in common.
fn make(leaders: &[Row]) -> Option<Make> {
    let steps: Vec<f32> = leaders.iter().flat_map(Row::steps).collect();
    let sizes = leaders.iter().flat_map(|row| &row.dots);
    let sizes: Vec<f32> = sizes
        .map(|dot| dot.width().max(dot.height()) as f32)
        .collect();
    (steps.len() >= 2 * ROW).then(|| Make {
        step: middle(steps),
        dot: middle(sizes),
    })
}

fn middle(mut values: Vec<f32>) -> f32 {
    values.sort_unstable_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Whether dots stand where a leader of that make would have them, some missing.
fn is_in_step(row: &Row, make: Make) -> bool {
    let steps = row.steps();
    let fits = |step: &&f32| {
        let count = (*step / make.step).round();
        count >= 1.0 && (*step / make.step - count).abs() <= 0.18
    };
    row.dots.len() >= KNOWN_ROW && steps.iter().filter(fits).count() * 4 >= steps.len() * 3
}

/// Goes along a leader, beyond its ends and between its dots, and takes away the dots that letters stand on.
fn erase_touching(page: &mut GrayImage, row: &Row, make: Make, colons: &[Mark]) {
    let known: Vec<(f32, f32)> = row.dots.iter().map(Mark::middle).collect();
    for pair in known.windows(2) {
        let count = ((pair[1].0 - pair[0].0) / make.step).round();
        for at in 1..count as u32 {
            let share = at as f32 / count;
            let x = pair[0].0 + (pair[1].0 - pair[0].0) * share;
            let y = pair[0].1 + (pair[1].1 - pair[0].1) * share;
            erase_foot(page, x, y, make.dot);
        }
    }
    let ends = [(known.first(), -make.step), (known.last(), make.step)];
    for (end, step) in ends {
        let Some(&(mut x, y)) = end else { continue };
        let mut lost = 0;
        while lost < LOST {
            x += step;
            // It begins behind its colon.
            if colons.iter().any(|colon| is_at(colon, x, y, make.dot)) {
                break;
            }
            match erase_foot(page, x, y, make.dot) {
                Some(found) => (x, lost) = (found, 0),
                None => lost += 1,
            }
        }
    }
}

/// Whether a place is within a dot's breadth of a mark.
fn is_at(mark: &Mark, x: f32, y: f32, dot: f32) -> bool {
    let (across, down) = mark.middle();
    (across - x).abs() <= dot && (down - y).abs() <= dot
}

/// Takes away a dot under a letter, row by row from below, as far as it is no wider than a dot. None where nothing hangs
/// below the letter there.
fn erase_foot(page: &mut GrayImage, x: f32, y: f32, dot: f32) -> Option<f32> {
    let half = dot / 2.0;
    let lowest = (y + half - 0.5).max(0.0) as u32;
    let reach = (half * 0.6).ceil() as i64;
    let middle = x as i64;
    // Where the dot is, to a pixel or two.
    let x = (0..=reach)
        .flat_map(|step| [middle - step, middle + step])
        .filter_map(|x| u32::try_from(x).ok())
        .find(|&x| is_ink(page, x, lowest))?;
    let below = lowest + (half * 0.8).ceil() as u32 + 1;
    let most = dot as u32 + 2;
    let wide = |page: &GrayImage, y: u32| {
        let (from, to) = stretch(page, x, y, most);
        (from, to, to - from > most)
    };
    if is_ink(page, x, below) || wide(page, lowest).2 {
        return None;
    }
    let (last_column, last_row) = (page.width() - 1, page.height() - 1);
    for row in ((y - half).max(0.0) as u32..=below.min(last_row)).rev() {
        let (from, to, is_letter) = wide(page, row);
        if is_letter {
            break;
        }
        for column in from.saturating_sub(1)..=to.min(last_column) {
            page.put_pixel(column, row, Luma([255]));
        }
    }
    Some(x as f32)
}

/// The stretch of ink around a place in its row, followed a little beyond `most` pixels either way.
fn stretch(page: &GrayImage, x: u32, y: u32, most: u32) -> (u32, u32) {
    let left = (1..=most.min(x))
        .take_while(|&step| is_ink(page, x - step, y))
        .count() as u32;
    let right = (0..=most)
        .take_while(|&step| is_ink(page, x + step, y))
        .count() as u32;
    (x - left, x + right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::marks;
    use proptest::prelude::*;

    fn sheet() -> GrayImage {
        GrayImage::from_pixel(600, 120, Luma([255]))
    }

    fn paint(page: &mut GrayImage, left: u32, top: u32, width: u32, height: u32) {
        for y in top..top + height {
            for x in left..left + width {
                page.put_pixel(x, y, Luma([0]));
            }
        }
    }

    fn erased(mut page: GrayImage) -> GrayImage {
        let marks = marks::of(&page, INK);
        erase(&mut page, &marks, 20.0);
        page
    }

    fn is_white(page: &GrayImage) -> bool {
        page.iter().all(|&shade| shade > 250)
    }

    #[test]
    fn a_leader_goes_and_the_letters_before_it_stay() {
        let mut page = sheet();
        for letter in 0..6 {
            paint(&mut page, 20 + letter * 22, 40, 14, 20);
        }
        let letters = page.clone();
        for dot in 0..40 {
            paint(&mut page, 160 + dot * 10, 57, 3, 3);
        }
        assert_eq!(erased(page), letters);
    }

    #[test]
    fn the_colon_before_a_leader_stays_whole() {
        let mut page = sheet();
        paint(&mut page, 100, 45, 4, 4);
        paint(&mut page, 100, 57, 4, 4);
        let colon = page.clone();
        for dot in 0..40 {
            paint(&mut page, 110 + dot * 10, 57, 4, 4);
        }
        assert_eq!(erased(page), colon);
    }

    #[test]
    fn a_leader_that_is_written_on_goes_from_under_the_letters() {
        let mut page = GrayImage::from_pixel(600, 220, Luma([255]));
        for letter in 0..12 {
            // Stems with a gap between them, standing on the dots.
            paint(&mut page, 20 + letter * 24, 140, 16, 20);
        }
        let letters = page.clone();
        for dot in 0..55 {
            paint(&mut page, 14 + dot * 10, 40, 4, 4);
        }
        for dot in 0..33 {
            paint(&mut page, 14 + dot * 10, 158, 4, 4);
        }
        let left = erased(page);
        for letter in 0..12 {
            let x = 20 + letter * 24;
            assert!((x..x + 16).all(|x| left.get_pixel(x, 150) == letters.get_pixel(x, 150)));
        }
        let below = (0..600).flat_map(|x| (161..175).map(move |y| (x, y)));
        let inked = below
            .filter(|&(x, y)| left.get_pixel(x, y).0[0] < INK)
            .count();
        assert_eq!(inked, 0);
    }

    #[test]
    fn a_row_of_tone_marks_stays() {
        let mut page = sheet();
        for letter in 0..20 {
            paint(&mut page, 20 + letter * 18, 40, 12, 20);
            paint(&mut page, 23 + letter * 18, 30, 6, 5);
        }
        assert_eq!(erased(page.clone()), page);
    }

    #[test]
    fn a_rule_goes_but_not_where_a_letter_crosses_it() {
        let mut page = sheet();
        paint(&mut page, 10, 80, 500, 3);
        assert!(is_white(&erased(page.clone())));
        paint(&mut page, 100, 60, 6, 40);
        let left = erased(page);
        assert!((62..98).all(|y| left.get_pixel(103, y).0[0] == 0));
        assert_eq!(left.get_pixel(300, 81).0[0], 255);
    }

    #[test]
    fn the_lines_of_a_table_go() {
        let mut page = sheet();
        paint(&mut page, 10, 5, 500, 2);
        paint(&mut page, 10, 110, 500, 2);
        paint(&mut page, 200, 5, 2, 105);
        assert!(is_white(&erased(page)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_page_gets_an_answer(width in 1u32..90, height in 0u32..60, seed in any::<u32>(), letter in 1.0f32..40.0) {
            let page = GrayImage::from_fn(width, height, |x, y| {
                Luma([(seed.wrapping_mul(x * 31 + y * 17 + 1) >> 13) as u8])
            });
            let marks = marks::of(&page, INK);
            let mut page = page;
            erase(&mut page, &marks, letter);
        }
    }
}
