//! Light: shadows, a lamp's falloff and yellowed paper made even, so that paper is white and ink is dark everywhere.

use image::GrayImage;

/// Pixels a side of the squares in which the paper's shade is looked for: wider than a bold letter's strokes.
const SQUARE: u32 = 32;
/// Of a square's pixels, how many in a hundred are darker than what is taken for its paper.
const PAPER: u32 = 85;
/// Shades below which nothing is told apart: the middle of a dark photograph, not paper in shadow.
const DARKEST: u8 = 24;
/// What is nearly as light as the paper is paper: in 256 parts of its shade.
const NEARLY: u32 = 236;

/// The paper's shade by squares.
pub struct Paper {
    shades: GrayImage,
    square: u32,
}

impl Paper {
    /// Looks for the paper behind the ink.
    pub fn of(page: &GrayImage, square: u32) -> Self {
        let (width, height) = page.dimensions();
        let (across, down) = (
            width.div_ceil(square).max(1),
            height.div_ceil(square).max(1),
        );
        let raw = GrayImage::from_fn(across, down, |column, row| {
            let mut histogram = [0u32; 256];
            let mut seen = 0;
            let xs = (column * square) as usize..((column + 1) * square).min(width) as usize;
            // Every second row tells as much.
            for y in (row * square..((row + 1) * square).min(height)).step_by(2) {
                let line = y as usize * width as usize;
                let pixels = page.get(line + xs.start..line + xs.end);
                for &shade in pixels.unwrap_or_default() {
                    histogram[usize::from(shade)] += 1;
                    seen += 1;
                }
            }
            let mut darker = 0;
            let shade = histogram.iter().position(|&count| {
                darker += count;
                darker * 100 > seen * PAPER
            });
            image::Luma([shade.unwrap_or(255) as u8])
        });
        // A square full of ink takes its neighbours' paper; then no step is left between squares.
        let shades = blurred(&lightest(&raw));
        Self { shades, square }
    }

    /// One pixel a square.
    pub fn into_shades(self) -> GrayImage {
        self.shades
    }

    /// The paper's shade along one row of pixels.
    fn row(&self, y: u32, width: u32, into: &mut Vec<u8>) {
        let square = self.square as f32;
        let place = |at: u32, count: u32| {
            let at = (at as f32 + 0.5) / square - 0.5;
            let at = at.clamp(0.0, (count - 1) as f32);
            let low = at as u32;
            (low, (low + 1).min(count - 1), at - low as f32)
        };
        let (across, down) = self.shades.dimensions();
        let (above, below, share) = place(y, down);
        let column: Vec<f32> = (0..across)
            .map(|x| {
                let (above, below) = (self.shade(x, above), self.shade(x, below));
                above + (below - above) * share
            })
            .collect();
        into.clear();
        into.extend((0..width).map(|x| {
            let (left, right, share) = place(x, across);
            let (left, right) = (column[left as usize], column[right as usize]);
            (left + (right - left) * share) as u8
        }));
    }

    fn shade(&self, x: u32, y: u32) -> f32 {
        f32::from(self.shades.get_pixel(x, y).0[0])
    }
}

/// The lightest of each square and its eight neighbours.
fn lightest(shades: &GrayImage) -> GrayImage {
    around(shades, |shades| shades.max().unwrap_or(255))
}

/// The mean of each square and its eight neighbours.
fn blurred(shades: &GrayImage) -> GrayImage {
    around(shades, |shades| {
        let (sum, count) = shades.fold((0u32, 0u32), |(sum, count), shade| {
            (sum + u32::from(shade), count + 1)
        });
        (sum / count.max(1)) as u8
    })
}

fn around(shades: &GrayImage, one: impl Fn(&mut dyn Iterator<Item = u8>) -> u8) -> GrayImage {
    let (width, height) = shades.dimensions();
    GrayImage::from_fn(width, height, |x, y| {
        let rows = y.saturating_sub(1)..(y + 2).min(height);
        let columns = x.saturating_sub(1)..(x + 2).min(width);
        let mut all = rows.flat_map(|y| columns.clone().map(move |x| shades.get_pixel(x, y).0[0]));
        image::Luma([one(&mut all)])
    })
}

/// The page as if its light had been even: paper 255, the darkest ink 0.
pub fn flatten(page: &GrayImage) -> GrayImage {
    let (width, height) = page.dimensions();
    if width == 0 || height == 0 {
        return page.clone();
    }
    let paper = Paper::of(page, SQUARE.min((width.max(height) / 40).max(8)));
    let mut flat = GrayImage::new(width, height);
    let mut shades = Vec::with_capacity(width as usize);
    let mut histogram = [0u32; 256];
    let rows = flat
        .chunks_exact_mut(width as usize)
        .zip(page.chunks_exact(width as usize));
    for ((to, from), y) in rows.zip(0..) {
        paper.row(y, width, &mut shades);
        for ((to, &from), &paper) in to.iter_mut().zip(from).zip(&shades) {
            let share = u32::from(from) * 256 / u32::from(paper.max(DARKEST));
            *to = (share * 255 / NEARLY).min(255) as u8;
            histogram[usize::from(*to)] += 1;
        }
    }
    stretch(&mut flat, &histogram);
    flat
}

/// Darkens pale ink: what the darkest hundredth of the page's marks has becomes black.
fn stretch(flat: &mut GrayImage, histogram: &[u32; 256]) {
    let inked: u32 = histogram[..200].iter().sum();
    let mut darker = 0;
    let darkest = histogram[..200]
        .iter()
        .position(|&count| {
            darker += count;
            darker * 20 > inked
        })
        .unwrap_or(0)
        .min(140);
    let table: Vec<u8> = (0..256usize)
        .map(|shade| (shade.saturating_sub(darkest) * 255 / (255 - darkest)) as u8)
        .collect();
    for shade in flat.iter_mut() {
        *shade = table[usize::from(*shade)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;
    use proptest::prelude::*;

    /// Paper with rows of dashes, in light that falls from left to right.
    fn page(from: f32, to: f32) -> GrayImage {
        GrayImage::from_fn(600, 400, |x, y| {
            let light = from + (to - from) * x as f32 / 600.0;
            let ink = y % 24 < 5 && x % 18 < 10;
            Luma([if ink { light * 0.3 } else { light } as u8])
        })
    }

    #[test]
    fn paper_is_white_and_ink_is_dark_wherever_the_light_was() {
        let flat = flatten(&page(230.0, 90.0));
        for x in [40, 300, 560] {
            let column = x - x % 18;
            assert!(flat.get_pixel(column + 14, 204).0[0] > 245, "paper at {x}");
            assert!(flat.get_pixel(column + 4, 194).0[0] < 60, "ink at {x}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_picture_gets_an_answer(width in 0u32..70, height in 0u32..70, shade in any::<u8>()) {
            let page = GrayImage::from_fn(width, height, |x, y| Luma([shade.wrapping_mul((x ^ y) as u8)]));
            prop_assert_eq!(flatten(&page).dimensions(), (width, height));
        }
    }
}
