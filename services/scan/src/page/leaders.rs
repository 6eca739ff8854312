//! Leaders and rules: the dots and lines that forms are filled in on. A reading program takes them for words, and spoils
//! the words beside them.

use image::{GrayImage, Luma};

use super::marks::Mark;

/// What is darker is ink.
pub const INK: u8 = 160;
/// Dots in a row that make a leader.
const ROW: usize = 5;

/// A row of dots being followed to the right.
struct Row {
    dots: Vec<Mark>,
}

/// Paints leaders and rules white on an even page whose letters are `letter` pixels high.
pub fn erase(page: &mut GrayImage, marks: &[Mark], letter: f32) {
    for dot in leaders(page, marks, letter) {
        let (width, height) = page.dimensions();
        for y in dot.top.saturating_sub(2)..(dot.bottom + 2).min(height) {
            for x in dot.left.saturating_sub(2)..(dot.right + 2).min(width) {
                page.put_pixel(x, y, Luma([255]));
            }
        }
    }
    erase_rules(page, letter);
}

/// The dots of all leaders.
fn leaders(page: &GrayImage, marks: &[Mark], letter: f32) -> Vec<Mark> {
    let mut dots: Vec<Mark> = marks
        .iter()
        .filter(|mark| {
            (mark.height() as f32) <= letter * 0.45 && (mark.width() as f32) <= letter * 2.0
        })
        .copied()
        .collect();
    dots.sort_unstable_by_key(|dot| dot.left);
    let mut open: Vec<Row> = Vec::new();
    let mut found = Vec::new();
    for dot in dots {
        let mut ended = open.extract_if(.., |row| {
            row.dots.last().is_none_or(|last| gap(*last, dot) > letter)
        });
        found.extend(
            ended
                .by_ref()
                .filter(|row| is_leader(page, row, letter))
                .flat_map(|row| row.dots),
        );
        drop(ended);
        let level = |last: Mark| (last.middle().1 - dot.middle().1).abs();
        let follows = |row: &&mut Row| {
            row.dots
                .last()
                .is_some_and(|&last| level(last) <= letter * 0.2 && gap(last, dot) > -1.0)
        };
        match open.iter_mut().filter(follows).min_by(|one, other| {
            let level = |row: &Row| row.dots.last().map_or(f32::MAX, |&last| level(last));
            level(one).total_cmp(&level(other))
        }) {
            Some(row) => row.dots.push(dot),
            None => open.push(Row { dots: vec![dot] }),
        }
    }
    found.extend(
        open.into_iter()
            .filter(|row| is_leader(page, row, letter))
            .flat_map(|row| row.dots),
    );
    found
}

fn gap(one: Mark, next: Mark) -> f32 {
    next.left as f32 - one.right as f32
}

/// Many dots, evenly apart, that stand on the line: a row of tone marks has letters right below.
fn is_leader(page: &GrayImage, row: &Row, letter: f32) -> bool {
    if row.dots.len() < ROW {
        return false;
    }
    let mut steps: Vec<f32> = row
        .dots
        .windows(2)
        .map(|pair| pair[1].middle().0 - pair[0].middle().0)
        .collect();
    steps.sort_unstable_by(f32::total_cmp);
    let step = steps[steps.len() / 2];
    let even = steps
        .iter()
        .filter(|one| (step * 0.6..=step * 1.6).contains(*one))
        .count();
    let over_letters = row
        .dots
        .iter()
        .filter(|dot| {
            let x = dot.middle().0 as u32;
            let from = dot.bottom + 1;
            (from..from + (letter * 0.6) as u32).any(|y| {
                page.get_pixel_checked(x, y)
                    .is_some_and(|shade| shade.0[0] < INK)
            })
        })
        .count();
    even * 10 >= steps.len() * 6 && over_letters * 3 <= row.dots.len()
}

/// A stretch of ink along a row or a column.
struct Stretch {
    line: u32,
    from: u32,
    to: u32,
}

/// Paints long thin lines white, but not where a letter crosses them.
fn erase_rules(page: &mut GrayImage, letter: f32) {
    let length = (letter * 4.0) as u32;
    let thick = ((letter * 0.3) as u32).max(3);
    let (across, down) = stretches(page, length);
    let mut white: Vec<(u32, u32)> = Vec::new();
    for Stretch { line: y, from, to } in across {
        for x in from..to {
            if extent(page, x, y, thick, false) <= thick {
                white.push((x, y));
            }
        }
    }
    for Stretch { line: x, from, to } in down {
        for y in from..to {
            if extent(page, x, y, thick, true) <= thick {
                white.push((x, y));
            }
        }
    }
    // Also the grey rim, which would be read as a fainter line.
    let (width, height) = page.dimensions();
    for (x, y) in white {
        for y in y.saturating_sub(1)..(y + 2).min(height) {
            for x in x.saturating_sub(1)..(x + 2).min(width) {
                page.put_pixel(x, y, Luma([255]));
            }
        }
    }
}

/// Stretches of ink of at least `length`: along rows, and along columns.
fn stretches(page: &GrayImage, length: u32) -> (Vec<Stretch>, Vec<Stretch>) {
    let (mut across, mut down) = (Vec::new(), Vec::new());
    let width = page.width();
    let mut begun = vec![0u32; width as usize];
    let mut y = 0;
    let mut end_column = |x: usize, begun: u32, y: u32| {
        if y - begun >= length {
            down.push(Stretch {
                line: x as u32,
                from: begun,
                to: y,
            });
        }
    };
    for row in page.chunks_exact(width.max(1) as usize) {
        let mut from = 0;
        for (x, &shade) in row.iter().enumerate() {
            if shade < INK {
                continue;
            }
            let at = x as u32;
            if at - from >= length {
                across.push(Stretch {
                    line: y,
                    from,
                    to: at,
                });
            }
            from = at + 1;
            end_column(x, begun[x], y);
            begun[x] = y + 1;
        }
        if width - from >= length {
            across.push(Stretch {
                line: y,
                from,
                to: width,
            });
        }
        y += 1;
    }
    for (x, &begun) in begun.iter().enumerate() {
        end_column(x, begun, y);
    }
    (across, down)
}

/// How thick the ink is at a place, up or down (or left and right), counted a little beyond `most`.
fn extent(page: &GrayImage, x: u32, y: u32, most: u32, sideways: bool) -> u32 {
    let ink = |step: i64| {
        let (x, y) = if sideways {
            (i64::from(x) + step, i64::from(y))
        } else {
            (i64::from(x), i64::from(y) + step)
        };
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else {
            return false;
        };
        page.get_pixel_checked(x, y)
            .is_some_and(|shade| shade.0[0] < INK)
    };
    let most = i64::from(most);
    let one_way = (1..=most).take_while(|&step| ink(step)).count();
    let other_way = (1..=most).take_while(|&step| ink(-step)).count();
    (1 + one_way + other_way) as u32
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
