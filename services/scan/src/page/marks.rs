//! Marks: patches of ink that hang together, such as a letter, a dot of a leader, or a rule.

use image::GrayImage;

/// A patch of ink and the box around it, in pixels; `right` and `bottom` are the first column and row beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// First column.
    pub left: u32,
    /// First row.
    pub top: u32,
    /// The column after the last.
    pub right: u32,
    /// The row after the last.
    pub bottom: u32,
    /// Pixels of ink.
    pub ink: u32,
}

impl Mark {
    /// Columns.
    pub const fn width(&self) -> u32 {
        self.right - self.left
    }

    /// Rows.
    pub const fn height(&self) -> u32 {
        self.bottom - self.top
    }

    /// The middle, in columns and rows.
    pub fn middle(&self) -> (f32, f32) {
        (
            (self.left + self.right) as f32 / 2.0,
            (self.top + self.bottom) as f32 / 2.0,
        )
    }

    fn join(&mut self, other: Self) {
        self.left = self.left.min(other.left);
        self.top = self.top.min(other.top);
        self.right = self.right.max(other.right);
        self.bottom = self.bottom.max(other.bottom);
        self.ink += other.ink;
    }
}

/// A stretch of ink in one row.
#[derive(Clone, Copy)]
struct Run {
    from: u32,
    to: u32,
    mark: usize,
}

/// Every mark darker than `paper`, in no useful order. One pass over the rows, joining runs that touch, corners
/// included.
pub fn of(page: &GrayImage, paper: u8) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    // Which mark each one has become part of.
    let mut part_of: Vec<usize> = Vec::new();
    let (mut above, mut here): (Vec<Run>, Vec<Run>) = (Vec::new(), Vec::new());
    for (y, row) in (0..).zip(page.chunks_exact(page.width().max(1) as usize)) {
        here.clear();
        let mut x = 0;
        let mut first = 0;
        while let Some(from) = row[x..].iter().position(|&shade| shade < paper) {
            let from = x + from;
            let length = row[from..].iter().position(|&shade| shade >= paper);
            let to = length.map_or(row.len(), |length| from + length);
            x = to;
            let (from, to) = (from as u32, to as u32);
            let alone = Mark {
                left: from,
                top: y,
                right: to,
                bottom: y + 1,
                ink: to - from,
            };
            // Runs above that end before this one begins will touch none further right either.
            while above.get(first).is_some_and(|run| run.to < from) {
                first += 1;
            }
            let mut mark = None;
            for run in above[first..].iter().take_while(|run| run.from <= to) {
                let other = root(&mut part_of, run.mark);
                match mark {
                    None => {
                        marks[other].join(alone);
                        mark = Some(other);
                    }
                    Some(mark) if mark != other => {
                        let joined = marks[other];
                        marks[mark].join(joined);
                        part_of[other] = mark;
                    }
                    Some(_) => {}
                }
            }
            let mark = mark.unwrap_or_else(|| {
                marks.push(alone);
                part_of.push(marks.len() - 1);
                marks.len() - 1
            });
            here.push(Run { from, to, mark });
        }
        std::mem::swap(&mut above, &mut here);
    }
    let whole = |(at, mark): (usize, Mark)| (part_of[at] == at).then_some(mark);
    marks
        .iter()
        .copied()
        .enumerate()
        .filter_map(whole)
        .collect()
}

fn root(part_of: &mut [usize], mut mark: usize) -> usize {
    while part_of[mark] != mark {
        part_of[mark] = part_of[part_of[mark]];
        mark = part_of[mark];
    }
    mark
}

/// The height of ordinary letters among marks, if there are enough of them to tell: about that of an `o` and a bit.
pub fn letter_height(marks: &[Mark]) -> Option<f32> {
    let heights = |least: f32, most: f32| {
        let mut heights: Vec<u32> = marks
            .iter()
            .filter(|mark| {
                let (width, height) = (mark.width() as f32, mark.height() as f32);
                (least..=most).contains(&height) && width < 4.0 * height && width * 5.0 > height
            })
            .map(Mark::height)
            .collect();
        heights.sort_unstable();
        heights
    };
    // By the room they take, so that the dots of leaders, however many, don't count for letters.
    let all = heights(4.0, 200.0);
    let room: u32 = all.iter().map(|height| height * height).sum();
    let mut smaller = 0;
    let rough = all.iter().find(|&&height| {
        smaller += height * height;
        smaller * 2 >= room
    })?;
    let rough = *rough as f32;
    let letters = heights((rough * 0.45).max(4.0), rough * 2.0);
    let middle = letters.get(letters.len() / 2).map(|&height| height as f32);
    middle.filter(|_| letters.len() >= 20)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;
    use proptest::prelude::*;

    fn page(rows: &[&str]) -> GrayImage {
        let width = rows[0].len() as u32;
        GrayImage::from_fn(width, rows.len() as u32, |x, y| {
            let ink = rows[y as usize].as_bytes()[x as usize] == b'#';
            Luma([if ink { 0 } else { 255 }])
        })
    }

    fn boxes(rows: &[&str]) -> Vec<(u32, u32, u32, u32, u32)> {
        let mut boxes: Vec<_> = of(&page(rows), 128)
            .iter()
            .map(|mark| (mark.left, mark.top, mark.right, mark.bottom, mark.ink))
            .collect();
        boxes.sort_unstable();
        boxes
    }

    #[test]
    fn what_touches_is_one_mark_even_by_a_corner() {
        assert_eq!(
            boxes(&["#...", ".#..", "...#"]),
            [(0, 0, 2, 2, 2), (3, 2, 4, 3, 1)]
        );
    }

    #[test]
    fn arms_that_meet_below_are_one_mark() {
        assert_eq!(boxes(&["#.#.#", "#.#.#", "#####"]), [(0, 0, 5, 3, 11)]);
        assert_eq!(
            boxes(&["#####", "#...#", "#.#.#"]),
            [(0, 0, 5, 3, 9), (2, 2, 3, 3, 1)]
        );
    }

    #[test]
    fn nothing_is_no_mark() {
        assert!(of(&GrayImage::new(0, 0), 128).is_empty());
        assert!(boxes(&["...", "..."]).is_empty());
        assert_eq!(letter_height(&[]), None);
    }

    #[test]
    fn a_form_full_of_dots_still_has_the_height_of_its_letters() {
        let square = |side: u32| Mark {
            left: 0,
            top: 0,
            right: side,
            bottom: side,
            ink: side,
        };
        let mut marks = vec![square(5); 3000];
        marks.extend([square(24); 400]);
        marks.extend([square(34); 150]);
        assert_eq!(letter_height(&marks), Some(24.0));
    }

    proptest! {
        #[test]
        fn every_pixel_of_ink_is_in_one_mark(width in 1u32..20, shades in proptest::collection::vec(any::<bool>(), 0..200)) {
            let height = shades.len() as u32 / width;
            let page = GrayImage::from_fn(width, height, |x, y| {
                Luma([if shades[(y * width + x) as usize] { 0 } else { 255 }])
            });
            let ink = shades[..(width * height) as usize].iter().filter(|&&ink| ink).count() as u32;
            prop_assert_eq!(of(&page, 128).iter().map(|mark| mark.ink).sum::<u32>(), ink);
        }
    }
}
