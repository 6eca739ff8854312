//! The sheet in a photo: where the paper lies on the table, and its four corners.

use image::{GrayImage, RgbImage, imageops};
use imageproc::{
    contrast::otsu_level, distance_transform::Norm, filter::box_filter, geometry::convex_hull,
    morphology::close, point::Point,
};

use super::marks;

/// The longer side of the picture in which the sheet is looked for.
const LOOKED_AT: u32 = 700;
/// The least part of the picture that a sheet takes up.
const LEAST: f32 = 0.18;
/// Pixels from the picture's edge within which a side of the sheet counts as cut off by it.
const EDGE: f32 = 4.0;
/// Of the places along a side, how many must show paper within and something darker without.
const CLEAR: f32 = 0.6;

/// Four corners in order: as seen, top left, top right, bottom right, bottom left.
pub type Corners = [(f32, f32); 4];

/// A sheet found in a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sheet {
    /// Its corners, as fractions of the picture's width and height.
    pub corners: Corners,
    /// Which sides lie at the picture's edge: top, right, bottom, left.
    pub cut: [bool; 4],
}

/// Patches lighter than what they lie on that may be a sheet, the likeliest first. None where the picture is all paper, as
/// scanners make it.
pub fn find(picture: &RgbImage) -> Vec<Sheet> {
    let (width, height) = picture.dimensions();
    let longer = width.max(height);
    if width.min(height) < 64 {
        return Vec::new();
    }
    let scaled = |side: u32| (side * LOOKED_AT).div_ceil(longer).max(1);
    let small = imageops::thumbnail(picture, scaled(width), scaled(height));
    let light = box_filter(&imageops::grayscale(&small), 1, 1);
    // Wood and skin are as light as paper, but not as blue.
    let least = GrayImage::from_fn(small.width(), small.height(), |x, y| {
        let [red, green, blue] = small.get_pixel(x, y).0;
        image::Luma([red.min(green).min(blue)])
    });
    let least = box_filter(&least, 1, 1);
    let mut all: Vec<Found> = Vec::new();
    for channel in [&light, &least] {
        for level in levels(channel) {
            let Some(quad) = lightest_patch(channel, level) else {
                continue;
            };
            let Some(found) = judge(channel, quad) else {
                continue;
            };
            all.push(found);
        }
    }
    all.sort_by(|one, other| other.score.total_cmp(&one.score));
    let (across, down) = (light.width() as f32, light.height() as f32);
    let sheet = |found: Found| Sheet {
        corners: found.corners.map(|(x, y)| (x / across, y / down)),
        cut: found.cut,
    };
    all.into_iter().map(sheet).collect()
}

/// Shades that may part paper from table: the best one for the picture, and for its darker and lighter half, so that a
/// shadow across the sheet doesn't decide.
fn levels(channel: &GrayImage) -> Vec<u8> {
    let middle = otsu_level(channel);
    let part = |keep: &dyn Fn(u8) -> bool| {
        let shades: Vec<u8> = channel
            .iter()
            .copied()
            .filter(|&shade| keep(shade))
            .collect();
        let count = shades.len() as u32;
        (count > 1000)
            .then(|| GrayImage::from_raw(count, 1, shades))
            .flatten()
            .map(|shades| otsu_level(&shades))
    };
    let mut levels = vec![middle];
    levels.extend(part(&|shade| shade <= middle));
    levels.extend(part(&|shade| shade > middle));
    levels
}

/// The quadrangle around the largest patch lighter than `level`.
fn lightest_patch(channel: &GrayImage, level: u8) -> Option<Corners> {
    let mut mask = channel.clone();
    // Dark is paper here: marks are what is dark.
    for shade in mask.iter_mut() {
        *shade = if *shade > level { 255 } else { 0 };
    }
    let mut mask = close(&mask, Norm::LInf, 4);
    for shade in mask.iter_mut() {
        *shade = 255 - *shade;
    }
    let patch = marks::of(&mask, 128)
        .into_iter()
        .max_by_key(|mark| mark.ink)?;
    let whole = (mask.width() * mask.height()) as f32;
    if (patch.ink as f32) < whole * LEAST {
        return None;
    }
    let outline = outline(&mask, patch);
    let hull: Vec<(f32, f32)> = convex_hull(outline)
        .into_iter()
        .map(|point| (point.x as f32, point.y as f32))
        .collect();
    let hull_area = area(&hull);
    let quad = quadrangle(hull)?;
    // A sheet fills its outline, and its outline fills the four corners.
    let quad_area = area(&quad);
    (hull_area > quad_area * 0.88 && patch.ink as f32 > hull_area * 0.75).then_some(in_order(quad))
}

/// The first and last pixel of the patch in each row. Patches inside its box that are not part of it don't widen the
/// box, and seldom the hull.
fn outline(mask: &GrayImage, patch: marks::Mark) -> Vec<Point<i32>> {
    let width = mask.width() as usize;
    let mut points = Vec::new();
    for y in patch.top..patch.bottom {
        let line = y as usize * width;
        let row = &mask.as_raw()[line + patch.left as usize..line + patch.right as usize];
        let dark = |&shade: &u8| shade < 128;
        let (Some(first), Some(last)) = (row.iter().position(dark), row.iter().rposition(dark))
        else {
            continue;
        };
        let (left, y) = (patch.left as i32, y as i32);
        points.push(Point::new(left + first as i32, y));
        points.push(Point::new(left + last as i32 + 1, y));
        points.push(Point::new(left + first as i32, y + 1));
        points.push(Point::new(left + last as i32 + 1, y + 1));
    }
    points
}

fn area(corners: &[(f32, f32)]) -> f32 {
    let next = corners.iter().cycle().skip(1);
    let twice: f32 = corners
        .iter()
        .zip(next)
        .map(|(one, two)| one.0 * two.1 - two.0 * one.1)
        .sum();
    twice.abs() / 2.0
}

/// Takes sides away from a convex outline, each time the one whose going adds least, until four are left.
fn quadrangle(mut outline: Vec<(f32, f32)>) -> Option<Corners> {
    while outline.len() > 4 {
        let count = outline.len();
        let corner = |at: usize| outline[at % count];
        let mut least: Option<(f32, usize, (f32, f32))> = None;
        for side in 0..count {
            let (one, two) = (corner(side), corner(side + 1));
            let Some(meeting) = meet(corner(side + count - 1), one, two, corner(side + 2)) else {
                continue;
            };
            let added = area(&[one, meeting, two]);
            if least.is_none_or(|(added_before, ..)| added < added_before) {
                least = Some((added, side, meeting));
            }
        }
        let (_, side, meeting) = least?;
        outline[side] = meeting;
        outline.remove((side + 1) % count);
    }
    outline.try_into().ok()
}

/// Where the side from `before` through `one`, drawn on, meets the side that comes from `after` through `two`.
fn meet(
    before: (f32, f32),
    one: (f32, f32),
    two: (f32, f32),
    after: (f32, f32),
) -> Option<(f32, f32)> {
    let (first, second) = (
        (one.0 - before.0, one.1 - before.1),
        (two.0 - after.0, two.1 - after.1),
    );
    let cross = first.0 * second.1 - first.1 * second.0;
    if cross.abs() < 1e-3 {
        return None;
    }
    let (across, down) = (two.0 - one.0, two.1 - one.1);
    let along = (across * second.1 - down * second.0) / cross;
    let back = (across * first.1 - down * first.0) / cross;
    (along >= 0.0 && back >= 0.0).then_some((one.0 + first.0 * along, one.1 + first.1 * along))
}

/// The corners clockwise as seen, from the top left one.
fn in_order(corners: Corners) -> Corners {
    let middle = (
        corners.iter().map(|corner| corner.0).sum::<f32>() / 4.0,
        corners.iter().map(|corner| corner.1).sum::<f32>() / 4.0,
    );
    let mut sorted = corners;
    sorted.sort_by(|one, other| {
        let angle = |corner: &(f32, f32)| (corner.1 - middle.1).atan2(corner.0 - middle.0);
        angle(one).total_cmp(&angle(other))
    });
    let first = (0..4)
        .min_by(|&one, &other| {
            let sum = |at: usize| sorted[at].0 + sorted[at].1;
            sum(one).total_cmp(&sum(other))
        })
        .unwrap_or(0);
    sorted.rotate_left(first);
    sorted
}

struct Found {
    corners: Corners,
    cut: [bool; 4],
    score: f32,
}

/// Whether a quadrangle looks like a sheet: inside lighter than outside all along, nearly right angles.
fn judge(channel: &GrayImage, quad: Corners) -> Option<Found> {
    let (width, height) = (channel.width() as f32, channel.height() as f32);
    let beyond = |&(x, y): &(f32, f32)| {
        x < -0.12 * width || y < -0.12 * height || x > 1.12 * width || y > 1.12 * height
    };
    if quad.iter().any(beyond) || !is_nearly_square(&quad) {
        return None;
    }
    let mut cut = [false; 4];
    let mut clear = 0.0;
    let mut seen = 0;
    let mut refined = [((0.0, 0.0), (0.0, 0.0)); 4];
    for side in 0..4 {
        let (from, to) = (quad[side], quad[(side + 1) % 4]);
        let at_edge =
            |(x, y): (f32, f32)| x < EDGE || y < EDGE || x > width - EDGE || y > height - EDGE;
        let along: Vec<(f32, f32)> = (0..48)
            .map(|at| 0.06 + 0.88 * at as f32 / 47.0)
            .map(|at| (from.0 + (to.0 - from.0) * at, from.1 + (to.1 - from.1) * at))
            .collect();
        let outside = along.iter().filter(|&&point| at_edge(point)).count();
        refined[side] = (from, to);
        if outside * 2 > along.len() {
            cut[side] = true;
            continue;
        }
        let steps: Vec<(f32, f32)> = along
            .iter()
            .filter(|&&point| !at_edge(point))
            .filter_map(|&point| step(channel, point, (from, to)))
            .collect();
        let share = steps.len() as f32 / (along.len() - outside) as f32;
        if share < CLEAR {
            return None;
        }
        clear += share;
        seen += 1;
        refined[side] = fit(&steps, (from, to)).unwrap_or((from, to));
    }
    // One side alone is as likely the rim of a shadow.
    if seen < 2 {
        return None;
    }
    let mut corners = quad;
    for side in 0..4 {
        let (before, after) = (refined[(side + 3) % 4], refined[side]);
        if let Some(corner) = cross(before, after) {
            let moved = (corner.0 - quad[side].0).hypot(corner.1 - quad[side].1);
            if moved < width.max(height) * 0.04 {
                corners[side] = corner;
            }
        }
    }
    let share = area(&corners) / (width * height);
    Some(Found {
        corners,
        cut,
        score: clear / seen as f32 * share.powf(0.7) * (0.7 + 0.1 * seen as f32),
    })
}

/// Where, near a place on a side, paper ends most sharply; none where it doesn't.
fn step(channel: &GrayImage, at: (f32, f32), side: ((f32, f32), (f32, f32))) -> Option<(f32, f32)> {
    let ((from_x, from_y), (to_x, to_y)) = side;
    let length = (to_x - from_x).hypot(to_y - from_y).max(1.0);
    // Outwards: the corners go round clockwise.
    let (out_x, out_y) = ((to_y - from_y) / length, -(to_x - from_x) / length);
    let shade = |out: f32| {
        let (x, y) = (at.0 + out_x * out, at.1 + out_y * out);
        (x >= 0.0 && y >= 0.0)
            .then(|| channel.get_pixel_checked(x as u32, y as u32))
            .flatten()
            .map(|shade| f32::from(shade.0[0]))
    };
    let mut best: Option<(f32, f32)> = None;
    for out in -12..=8i32 {
        let out = out as f32 * 0.5;
        let (Some(inside), Some(outside)) = (shade(out - 1.5), shade(out + 1.5)) else {
            continue;
        };
        let fall = inside - outside;
        // The rim of a shadow falls too, but over a longer way.
        let far = match (shade(out - 6.0), shade(out + 6.0)) {
            (Some(inside), Some(outside)) => inside - outside,
            _ => fall,
        };
        if fall > far * 0.5
            && fall > 10.0f32.max(inside * 0.07)
            && best.is_none_or(|(before, _)| fall > before)
        {
            best = Some((fall, out));
        }
    }
    best.map(|(_, out)| (at.0 + out_x * out, at.1 + out_y * out))
}

/// A straight line through most of the points, those that lie off it left out.
fn fit(points: &[(f32, f32)], side: ((f32, f32), (f32, f32))) -> Option<((f32, f32), (f32, f32))> {
    let ((from_x, from_y), (to_x, to_y)) = side;
    let length = (to_x - from_x).hypot(to_y - from_y);
    if points.len() < 8 || length < 1.0 {
        return None;
    }
    let (along_x, along_y) = ((to_x - from_x) / length, (to_y - from_y) / length);
    // In the side's own directions: how far along, how far off.
    let mut own: Vec<(f32, f32)> = points
        .iter()
        .map(|&(x, y)| {
            let (x, y) = (x - from_x, y - from_y);
            (x * along_x + y * along_y, y * along_x - x * along_y)
        })
        .collect();
    let mut line = (0.0, 0.0);
    for most in [f32::MAX, 2.5, 1.2] {
        let near: Vec<(f32, f32)> = own
            .iter()
            .copied()
            .filter(|&(along, off)| (off - line.0 - line.1 * along).abs() <= most)
            .collect();
        if near.len() < 8 {
            break;
        }
        own = near;
        let count = own.len() as f32;
        let (mean_along, mean_off) = (
            own.iter().map(|point| point.0).sum::<f32>() / count,
            own.iter().map(|point| point.1).sum::<f32>() / count,
        );
        let (mut mixed, mut squared) = (0.0, 0.0);
        for &(along, off) in &own {
            mixed += (along - mean_along) * (off - mean_off);
            squared += (along - mean_along) * (along - mean_along);
        }
        let slope = mixed / squared.max(1.0);
        line = (mean_off - slope * mean_along, slope);
    }
    let place = |along: f32| {
        let off = line.0 + line.1 * along;
        (
            from_x + along_x * along - along_y * off,
            from_y + along_y * along + along_x * off,
        )
    };
    Some((place(0.0), place(length)))
}

/// Where two lines cross.
fn cross(one: ((f32, f32), (f32, f32)), two: ((f32, f32), (f32, f32))) -> Option<(f32, f32)> {
    let (first, second) = (
        (one.1.0 - one.0.0, one.1.1 - one.0.1),
        (two.1.0 - two.0.0, two.1.1 - two.0.1),
    );
    let turn = first.0 * second.1 - first.1 * second.0;
    if turn.abs() < 1e-3 {
        return None;
    }
    let (x, y) = (two.0.0 - one.0.0, two.0.1 - one.0.1);
    let along = (x * second.1 - y * second.0) / turn;
    Some((one.0.0 + first.0 * along, one.0.1 + first.1 * along))
}

/// Whether all angles are within 32 degrees of right ones.
fn is_nearly_square(quad: &Corners) -> bool {
    (0..4).all(|at| {
        let (before, here, after) = (quad[(at + 3) % 4], quad[at], quad[(at + 1) % 4]);
        let (one, two) = (
            (before.0 - here.0, before.1 - here.1),
            (after.0 - here.0, after.1 - here.1),
        );
        let lengths = one.0.hypot(one.1) * two.0.hypot(two.1);
        lengths > 0.0 && ((one.0 * two.0 + one.1 * two.1) / lengths).abs() < 0.53
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;
    use proptest::prelude::*;

    /// A sheet with lines of print on a table, in light that falls off to the right.
    fn photo(corners: Corners, paper: u8, table: [u8; 3], fall: f32) -> RgbImage {
        RgbImage::from_fn(900, 1200, |x, y| {
            let (across, down) = (x as f32, y as f32);
            let inside = (0..4).all(|at| {
                let (from, to) = (corners[at], corners[(at + 1) % 4]);
                (to.0 - from.0) * (down - from.1) - (to.1 - from.1) * (across - from.0) >= 0.0
            });
            let ink = y % 30 < 7 && x % 20 < 9 && (250..650).contains(&x);
            let light = 1.0 - fall * across / 900.0;
            let shade = if inside {
                [if ink { paper / 4 } else { paper }; 3]
            } else {
                table
            };
            Rgb(shade.map(|shade| (f32::from(shade) * light) as u8))
        })
    }

    fn off_by(found: &Sheet, corners: Corners) -> f32 {
        (0..4)
            .map(|at| {
                let (x, y) = found.corners[at];
                (x * 900.0 - corners[at].0).hypot(y * 1200.0 - corners[at].1)
            })
            .fold(0.0, f32::max)
    }

    const ASKEW: Corners = [
        (130.0, 140.0),
        (790.0, 90.0),
        (840.0, 1080.0),
        (80.0, 1110.0),
    ];

    #[test]
    fn a_sheet_on_a_table_is_found_by_its_corners() {
        for (table, fall) in [
            ([60, 45, 40], 0.0),
            ([60, 45, 40], 0.5),
            ([190, 150, 100], 0.1),
        ] {
            let found = find(&photo(ASKEW, 235, table, fall))[0];
            assert!(off_by(&found, ASKEW) < 5.0, "{table:?} {fall}: {found:?}");
            assert_eq!(found.cut, [false; 4]);
        }
    }

    #[test]
    fn a_scan_that_is_all_paper_has_no_sheet() {
        let all = [(0.0, 0.0), (900.0, 0.0), (900.0, 1200.0), (0.0, 1200.0)];
        assert_eq!(find(&photo(all, 235, [0; 3], 0.0)), []);
        assert_eq!(find(&photo(all, 235, [0; 3], 0.4)), []);
    }

    #[test]
    fn a_sheet_that_reaches_beyond_the_picture_is_cut_there() {
        let beyond = [
            (100.0, -50.0),
            (800.0, -50.0),
            (820.0, 1100.0),
            (80.0, 1100.0),
        ];
        let found = find(&photo(beyond, 235, [50, 50, 50], 0.0))[0];
        assert_eq!(found.cut, [true, false, false, false]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_picture_gets_an_answer(width in 0u32..200, height in 0u32..200, seed in any::<u32>(), coarse in 1u32..60) {
            let picture = RgbImage::from_fn(width, height, |x, y| {
                let shade = (seed.wrapping_mul((x / coarse) * 31 + (y / coarse) * 17 + 1) >> 13) as u8;
                Rgb([shade, shade.wrapping_mul(3), shade])
            });
            for found in find(&picture) {
                prop_assert!(found.corners.iter().all(|corner| corner.0.is_finite() && corner.1.is_finite()));
            }
        }
    }
}
