//! Up or down: letters rise above their line more often than they hang below it, and in Vietnamese nearly all marks stand
//! above.

use super::{marks::Mark, skew::Lines};

/// A mark as its line sees it.
#[derive(Clone, Copy)]
struct Letter {
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
}

impl Letter {
    fn of(mark: &Mark, lines: Lines) -> Self {
        let (left, top, right, bottom) = (
            mark.left as f32,
            mark.top as f32,
            mark.right as f32,
            mark.bottom as f32,
        );
        let (left, top, right, bottom) = if lines.sideways {
            (top, -right, bottom, -left)
        } else {
            (left, top, right, bottom)
        };
        let (sine, cosine) = lines.lean.to_radians().sin_cos();
        let (x, y) = (f32::midpoint(left, right), f32::midpoint(top, bottom));
        let (x, y) = (x * cosine + y * sine, y * cosine - x * sine);
        let (wide, tall) = ((right - left) / 2.0, (bottom - top) / 2.0);
        Self {
            left: x - wide,
            right: x + wide,
            top: y - tall,
            bottom: y + tall,
        }
    }

    fn height(&self) -> f32 {
        self.bottom - self.top
    }
}

/// What speaks for the page being upright (positive) or on its head (negative), from -1 to 1, and how many letters spoke.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vote {
    /// The mean.
    pub upright: f32,
    /// The number of voices.
    pub voices: u32,
}

impl Vote {
    /// Nobody asked.
    pub const NONE: Self = Self {
        upright: 0.0,
        voices: 0,
    };

    /// Whether the page is on its head, as far as the vote goes.
    pub fn on_its_head(self) -> bool {
        self.upright < 0.0
    }

    /// Whether there is no need to try the other way.
    pub fn is_clear(self) -> bool {
        self.voices >= 40 && self.upright.abs() >= 0.15
    }
}

/// Asks every letter that is taller or smaller than its neighbours on which side of them it stands out.
pub fn vote(marks: &[Mark], letter: f32, lines: Lines) -> Vote {
    let mut letters: Vec<Letter> = marks
        .iter()
        .map(|mark| Letter::of(mark, lines))
        .filter(|mark| mark.height() < letter * 2.6 && mark.right - mark.left < letter * 3.0)
        .collect();
    letters.sort_unstable_by(|one, other| one.top.total_cmp(&other.top));
    let (mut sum, mut voices) = (0i32, 0u32);
    for (at, one) in letters.iter().enumerate() {
        let said = if (letter * 1.2..letter * 2.3).contains(&one.height()) {
            tall(&letters, at, letter)
        } else if (letter * 0.15..letter * 0.62).contains(&one.height()) {
            small(&letters, at, letter)
        } else {
            0
        };
        sum += said;
        voices += said.unsigned_abs();
    }
    Vote {
        upright: sum as f32 / voices.max(1) as f32,
        voices,
    }
}

/// Ordinary letters beside the one at `at`, on its line.
fn beside(letters: &[Letter], at: usize, letter: f32) -> impl Iterator<Item = &Letter> {
    let one = letters[at];
    let near = move |other: &&Letter| {
        (letter * 0.75..letter * 1.18).contains(&other.height())
            && other.left - one.right < letter * 2.5
            && one.left - other.right < letter * 2.5
            && other.bottom > one.top
    };
    let above = letters[..at].iter().rev();
    let above = above.take_while(move |other| one.top - other.top < letter * 2.0);
    let below = letters[at + 1..].iter();
    let below = below.take_while(move |other| other.top - one.bottom < letter);
    above.chain(below).filter(near)
}

/// An ascender or capital stands on its neighbours' line; a descender shares their heads.
fn tall(letters: &[Letter], at: usize, letter: f32) -> i32 {
    let one = letters[at];
    let (mut up, mut down) = (0, 0);
    for other in beside(letters, at, letter) {
        let (foot, head) = (
            (one.bottom - other.bottom).abs() < letter * 0.2,
            (one.top - other.top).abs() < letter * 0.2,
        );
        up += i32::from(foot && !head && one.top < other.top);
        down += i32::from(head && !foot && one.bottom > other.bottom);
    }
    (up - down).signum()
}

/// A tone mark stands over its letter, a few stand under it; a full stop does neither.
fn small(letters: &[Letter], at: usize, letter: f32) -> i32 {
    let one = letters[at];
    let middle = f32::midpoint(one.left, one.right);
    let (mut up, mut down) = (0, 0);
    for other in beside_small(letters, at, letter) {
        if !(other.left..other.right).contains(&middle) {
            continue;
        }
        up += i32::from(
            one.bottom <= other.top + letter * 0.1 && other.top - one.bottom < letter * 0.7,
        );
        down += i32::from(
            one.top >= other.bottom - letter * 0.1 && one.top - other.bottom < letter * 0.7,
        );
    }
    (up - down).signum()
}

fn beside_small(letters: &[Letter], at: usize, letter: f32) -> impl Iterator<Item = &Letter> {
    let one = letters[at];
    let ordinary = move |other: &&Letter| (letter * 0.75..letter * 1.7).contains(&other.height());
    let above = letters[..at].iter().rev();
    let above = above.take_while(move |other| one.top - other.top < letter * 2.5);
    let below = letters[at + 1..].iter();
    let below = below.take_while(move |other| other.top - one.bottom < letter);
    above.chain(below).filter(ordinary)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: Lines = Lines {
        sideways: false,
        lean: 0.0,
        certainty: 2.0,
    };

    /// Lines in which every fourth letter is tall and every fifth has a mark above it.
    fn text(on_its_head: bool) -> Vec<Mark> {
        let mut marks = Vec::new();
        let mut put = |left: u32, top: u32, right: u32, bottom: u32| {
            let (left, top, right, bottom) = if on_its_head {
                (1000 - right, 1000 - bottom, 1000 - left, 1000 - top)
            } else {
                (left, top, right, bottom)
            };
            marks.push(Mark {
                left,
                top,
                right,
                bottom,
                ink: 40,
            });
        };
        for line in 0..15u32 {
            for letter in 0..50u32 {
                let (x, y) = (50 + letter * 15, 100 + line * 50);
                let rise = if letter % 4 == 0 { 8 } else { 0 };
                let hang = if letter % 9 == 1 { 7 } else { 0 };
                put(x, y - 12 - rise, x + 10, y + hang);
                if letter % 5 == 2 && rise == 0 {
                    put(x + 3, y - 20, x + 8, y - 15);
                }
            }
        }
        marks
    }

    #[test]
    fn letters_tell_whether_the_page_stands_on_its_head() {
        let upright = vote(&text(false), 12.0, LINES);
        assert!(upright.is_clear() && !upright.on_its_head(), "{upright:?}");
        let turned = vote(&text(true), 12.0, LINES);
        assert!(turned.is_clear() && turned.on_its_head(), "{turned:?}");
    }

    #[test]
    fn no_letters_no_vote() {
        assert!(!vote(&[], 12.0, LINES).is_clear());
    }
}
