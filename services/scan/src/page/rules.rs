//! Rules: the lines of tables and those that forms are filled in on.

use image::{GrayImage, Luma};

use super::leaders::INK;

/// A stretch of ink along a row or a column.
struct Stretch {
    line: u32,
    from: u32,
    to: u32,
}

/// Paints long thin lines white, but not where a letter crosses them.
pub fn erase(page: &mut GrayImage, letter: f32) {
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
