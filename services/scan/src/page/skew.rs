//! Lines: which way the text runs and by how much it leans, told by how sharply its rows stand apart.

use super::marks::Mark;

/// The most a page is straightened, in degrees.
const MOST: f32 = 15.0;
/// Marks looked at.
const ENOUGH: usize = 6000;
/// Fewer marks than this say nothing.
const FEW: usize = 25;

/// How the text of a page runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lines {
    /// Whether it runs up or down the picture instead of across.
    pub sideways: bool,
    /// By how many degrees the lines fall to the right (clockwise), seen with the picture turned as `sideways` says.
    pub lean: f32,
    /// How much more sharply the rows stand apart this way than the other: near 1 there is no telling.
    pub certainty: f32,
}

/// Finds the lines among the marks of a page, whose letters are `letter` pixels high. None where there is too little text.
pub fn lines(marks: &[Mark], letter: f32) -> Option<Lines> {
    let letters: Vec<&Mark> = marks
        .iter()
        .filter(|mark| {
            let (width, height) = (mark.width() as f32, mark.height() as f32);
            (letter * 0.45..letter * 2.6).contains(&width.max(height))
                && width.min(height) > letter * 0.12
        })
        .collect();
    if letters.len() < FEW {
        return None;
    }
    let step = letters.len().div_ceil(ENOUGH);
    let letters: Vec<&Mark> = letters.into_iter().step_by(step).collect();
    // Feet of letters stand on the line; heads differ.
    let across: Vec<(f32, f32)> = letters
        .iter()
        .flat_map(|mark| {
            let (x, _) = mark.middle();
            [(x, mark.bottom as f32), (x, mark.top as f32)]
        })
        .collect();
    let down: Vec<(f32, f32)> = letters
        .iter()
        .flat_map(|mark| {
            let (_, y) = mark.middle();
            [(y, -(mark.left as f32)), (y, -(mark.right as f32))]
        })
        .collect();
    let bin = (letter / 8.0).max(1.0);
    let (level, level_score) = best(&across, bin);
    let (upright, upright_score) = best(&down, bin);
    let sideways = upright_score > level_score;
    let (lean, won, lost) = if sideways {
        (upright, upright_score, level_score)
    } else {
        (level, level_score, upright_score)
    };
    Some(Lines {
        sideways,
        lean,
        certainty: won / lost.max(f32::MIN_POSITIVE),
    })
}

/// The angle at which the points fall into the sharpest rows, first roughly, then finely.
fn best(points: &[(f32, f32)], bin: f32) -> (f32, f32) {
    let sharpest = |from: f32, step: f32, count: u32| {
        (0..count)
            .map(|at| from + step * at as f32)
            .map(|angle| (angle, sharpness(points, angle, bin)))
            .max_by(|one, other| one.1.total_cmp(&other.1))
            .unwrap_or((0.0, 0.0))
    };
    let (rough, _) = sharpest(-MOST, 0.5, 61);
    let (fine, _) = sharpest(rough - 0.4, 0.1, 9);
    let (finest, score) = sharpest(fine - 0.08, 0.02, 9);
    (finest, score)
}

/// How unevenly the points fall into rows that lean by `angle` degrees.
fn sharpness(points: &[(f32, f32)], angle: f32, bin: f32) -> f32 {
    let (sine, cosine) = angle.to_radians().sin_cos();
    let place = |&(x, y): &(f32, f32)| (y * cosine - x * sine) / bin;
    let least = points.iter().map(place).fold(f32::MAX, f32::min);
    let most = points.iter().map(place).fold(f32::MIN, f32::max);
    let mut rows = vec![0.0f32; (most - least) as usize + 2];
    for point in points {
        let at = place(point) - least;
        let (row, share) = (at as usize, at.fract());
        rows[row] += 1.0 - share;
        rows[row + 1] += share;
    }
    rows.iter().map(|count| count * count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Lines of letters, some of them taller, that lean by `angle` degrees.
    fn text(angle: f32, sideways: bool) -> Vec<Mark> {
        let (sine, cosine) = angle.to_radians().sin_cos();
        let mut marks = Vec::new();
        for line in 0..20u32 {
            for letter in 0..60u32 {
                let (x, y) = (100.0 + letter as f32 * 14.0, 200.0 + line as f32 * 34.0);
                let tall = if letter % 3 == 0 { 16.0 } else { 11.0 };
                let (x, y) = (x * cosine - y * sine + 600.0, x * sine + y * cosine + 300.0);
                let (left, top, right, bottom) = if sideways {
                    // Turned a quarter to the right.
                    (2000.0 - y, x, 2000.0 - y + tall, x + 9.0)
                } else {
                    (x, y - tall, x + 9.0, y)
                };
                marks.push(Mark {
                    left: left as u32,
                    top: top as u32,
                    right: right as u32,
                    bottom: bottom as u32,
                    ink: 60,
                });
            }
        }
        marks
    }

    #[test]
    fn a_lean_of_up_to_fifteen_degrees_is_found_to_a_tenth() {
        for angle in [-14.0, -7.5, -0.3, 0.0, 2.2, 9.1, 14.5] {
            let found = lines(&text(angle, false), 11.0).unwrap();
            assert!(!found.sideways, "{angle}: {found:?}");
            assert!((found.lean - angle).abs() < 0.15, "{angle}: {found:?}");
        }
    }

    #[test]
    fn lines_that_run_down_are_told_from_lines_that_run_across() {
        for angle in [-6.0, 0.0, 3.0] {
            let found = lines(&text(angle, true), 11.0).unwrap();
            assert!(found.sideways, "{angle}: {found:?}");
            assert!((found.lean - angle).abs() < 0.15, "{angle}: {found:?}");
        }
    }

    #[test]
    fn a_few_specks_are_no_text() {
        assert_eq!(lines(&text(0.0, false)[..10], 11.0), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_marks_get_an_answer(places in proptest::collection::vec((0u32..4000, 0u32..4000, 1u32..40, 1u32..40), 0..80)) {
            let marks: Vec<Mark> = places
                .into_iter()
                .map(|(left, top, width, height)| Mark { left, top, right: left + width, bottom: top + height, ink: width })
                .collect();
            if let Some(found) = lines(&marks, 12.0) {
                prop_assert!(found.lean.abs() <= MOST + 0.6);
            }
        }
    }
}
