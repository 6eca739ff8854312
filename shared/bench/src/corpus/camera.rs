//! What becomes of a page between the paper and the file: the scanner's lid, the table, the hand's shadow, the lens.

use image::{Rgb, RgbImage};
use imageproc::{filter::gaussian_blur_f32, geometric_transformations::Projection};

use super::chance::Chance;

/// What lies under and around the page.
#[derive(Debug, Clone, Copy)]
pub enum Ground {
    /// A scanner's lid, of that grey.
    Lid(f32),
    /// A table of that colour.
    Table([f32; 3]),
}

/// How one picture of a page is taken.
#[derive(Debug, Clone)]
pub struct Shot {
    /// Columns and rows of the picture.
    pub size: (u32, u32),
    /// The page's turn in its own plane, degrees.
    pub roll: f32,
    /// The camera's tilt, up and down and to the side, degrees.
    pub tilt: (f32, f32),
    /// The share of the picture that the page spans, at its widest.
    pub fill: f32,
    pub ground: Ground,
    /// The lens's blur, a standard deviation in pixels.
    pub blur: f32,
    /// The hand's movement while it was taken, in pixels, across and down.
    pub moved: (f32, f32),
    /// Colour of the paper, for each channel.
    pub paper: [f32; 3],
    /// How much darker one end is than the other, across and down.
    pub slope: (f32, f32),
    /// A shadow falls over the page.
    pub shadow: Option<Shadow>,
    /// A lamp shines back from it.
    pub glare: Option<Glare>,
    /// The sensor's noise, a standard deviation in grey levels.
    pub noise: f32,
}

/// Everything on one side of a soft, bent edge is darker.
#[derive(Debug, Clone, Copy)]
pub struct Shadow {
    /// A point of the edge, in shares of the picture.
    pub at: (f32, f32),
    /// Which way the dark side lies, degrees.
    pub way: f32,
    /// What is left of the light.
    pub left: f32,
    /// Width of the edge, in shares of the picture.
    pub soft: f32,
}

/// A bright blob.
#[derive(Debug, Clone, Copy)]
pub struct Glare {
    /// Its middle, in shares of the picture.
    pub at: (f32, f32),
    /// Its reach, in shares of the picture.
    pub reach: f32,
    /// Grey levels it adds in its middle.
    pub adds: f32,
}

impl Shot {
    /// Straight from above, in even light, with nothing wrong.
    pub fn plain(size: (u32, u32)) -> Self {
        Self {
            size,
            roll: 0.0,
            tilt: (0.0, 0.0),
            fill: 1.0,
            ground: Ground::Lid(247.0),
            blur: 0.0,
            moved: (0.0, 0.0),
            paper: [1.0; 3],
            slope: (0.0, 0.0),
            shadow: None,
            glare: None,
            noise: 0.0,
        }
    }

    /// Takes it.
    pub fn take(&self, page: &RgbImage, chance: &mut Chance) -> RgbImage {
        let Some(back) = self.way_back(page) else {
            // Never with tilts below a right angle.
            return page.clone();
        };
        let mut picture = self.laid_down(page, &back, chance);
        if self.blur > 0.0 {
            picture = gaussian_blur_f32(&picture, self.blur);
        }
        if self.moved != (0.0, 0.0) {
            picture = moved(&picture, self.moved);
        }
        self.lit(&mut picture, chance);
        picture
    }

    /// From the picture's pixels to the page's.
    fn way_back(&self, page: &RgbImage) -> Option<Projection> {
        let (width, height) = (f(page.width()), f(page.height()));
        let (right, low) = (width / 2.0, height / 2.0);
        // The camera hangs twice the page's height above its middle.
        let away = height * 2.0;
        let (roll, pitch, yaw) = (
            self.roll.to_radians(),
            self.tilt.0.to_radians(),
            self.tilt.1.to_radians(),
        );
        let seen = |(x, y): (f32, f32)| {
            let (x, y) = (
                x * roll.cos() - y * roll.sin(),
                x * roll.sin() + y * roll.cos(),
            );
            let (y, z) = (y * pitch.cos(), y * pitch.sin());
            let (x, z) = (x * yaw.cos() + z * yaw.sin(), z * yaw.cos() - x * yaw.sin());
            let scale = away / (away + z);
            (x * scale, y * scale)
        };
        let corners = [(-right, -low), (right, -low), (right, low), (-right, low)].map(seen);
        let (least, most) = corners.iter().fold(
            ((f32::MAX, f32::MAX), (f32::MIN, f32::MIN)),
            |(least, most), corner| {
                (
                    (least.0.min(corner.0), least.1.min(corner.1)),
                    (most.0.max(corner.0), most.1.max(corner.1)),
                )
            },
        );
        let (across, down) = (f(self.size.0), f(self.size.1));
        let scale = (across / (most.0 - least.0)).min(down / (most.1 - least.1)) * self.fill;
        let middle = (
            f32::midpoint(least.0, most.0),
            f32::midpoint(least.1, most.1),
        );
        let placed = corners.map(|(x, y)| {
            (
                (x - middle.0) * scale + across / 2.0,
                (y - middle.1) * scale + down / 2.0,
            )
        });
        Projection::from_control_points(
            placed,
            [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)],
        )
    }

    fn laid_down(&self, page: &RgbImage, back: &Projection, chance: &mut Chance) -> RgbImage {
        // A print drawn finer than it is photographed would flicker.
        let (there, across) = (
            *back * (f(self.size.0) / 2.0, f(self.size.1) / 2.0),
            *back * (f(self.size.0) / 2.0 + 1.0, f(self.size.1) / 2.0),
        );
        let step = (across.0 - there.0).hypot(across.1 - there.1);
        let softened;
        let page = if step > 1.2 {
            softened = gaussian_blur_f32(page, step * 0.4);
            &softened
        } else {
            page
        };
        let grain = (
            chance.between(0.01, 0.03),
            chance.between(0.002, 0.006),
            chance.between(0.0, 6.0),
        );
        let edge = 40.0;
        RgbImage::from_fn(self.size.0, self.size.1, |x, y| {
            let (column, row) = (f(x) + 0.5, f(y) + 0.5);
            let (u, v) = *back * (column, row);
            let (u, v) = (u - 0.5, v - 0.5);
            let inside = (u + 0.5)
                .min(v + 0.5)
                .min(f(page.width()) - u - 0.5)
                .min(f(page.height()) - v - 0.5);
            if inside >= 0.0 {
                let colour = between(page, u, v);
                return Rgb([0, 1, 2].map(|at| level(colour[at] * self.paper[at])));
            }
            // The page's thickness throws a thin shadow on what is under it.
            let near = 1.0 - 0.35 * (1.0 + inside / edge).clamp(0.0, 1.0);
            match self.ground {
                Ground::Lid(grey) => {
                    let grey = level(grey * f32::midpoint(near, 1.0));
                    Rgb([grey; 3])
                }
                Ground::Table(colour) => {
                    let wave = (row * grain.0 + (column * grain.1 + grain.2).sin() * 3.0).sin()
                        + 0.5 * (row * grain.0 * 3.7 + (column * grain.1 * 1.7).cos() * 2.0).sin();
                    Rgb(colour.map(|channel| level(channel * near * (1.0 + 0.10 * wave))))
                }
            }
        })
    }

    fn lit(&self, picture: &mut RgbImage, chance: &mut Chance) {
        let (across, down) = (f(self.size.0), f(self.size.1));
        let way = self.shadow.map(|shadow| shadow.way.to_radians().sin_cos());
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            let (x, y) = (f(x) / across, f(y) / down);
            let mut light = 1.0 + self.slope.0 * (x - 0.5) + self.slope.1 * (y - 0.5);
            if let (Some(shadow), Some((sin, cos))) = (self.shadow, way) {
                let (u, v) = (x - shadow.at.0, y - shadow.at.1);
                let bend = ((u * cos - v * sin) * 5.0).sin() * 0.03;
                let deep = (u * sin + v * cos + bend) / shadow.soft + 0.5;
                let deep = deep.clamp(0.0, 1.0);
                light *= 1.0 - (1.0 - shadow.left) * deep * deep * (3.0 - 2.0 * deep);
            }
            let mut adds = 0.0;
            if let Some(glare) = self.glare {
                let far = (x - glare.at.0).hypot((y - glare.at.1) * down / across) / glare.reach;
                adds = glare.adds * (-far * far).exp();
            }
            let noise = if self.noise > 0.0 {
                chance.bell() * self.noise
            } else {
                0.0
            };
            for channel in &mut pixel.0 {
                *channel = level(f32::from(*channel) * light + adds + noise);
            }
        }
    }
}

/// The mean along a straight movement.
fn moved(picture: &RgbImage, by: (f32, f32)) -> RgbImage {
    const STEPS: u8 = 9;
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let mut sum = [0.0; 3];
        for step in 0..STEPS {
            let share = f32::from(step) / f32::from(STEPS - 1) - 0.5;
            let seen = between(picture, f(x) + by.0 * share, f(y) + by.1 * share);
            for (sum, seen) in sum.iter_mut().zip(seen) {
                *sum += seen;
            }
        }
        Rgb(sum.map(|sum| level(sum / f32::from(STEPS))))
    })
}

/// What stands between four pixels, the outermost ones going on for ever.
fn between(picture: &RgbImage, x: f32, y: f32) -> [f32; 3] {
    let (width, height) = picture.dimensions();
    let (left, top) = (x.floor(), y.floor());
    let (right_share, low_share) = (x - left, y - top);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the picture"
    )]
    let at = |column: f32, row: f32| {
        let column = column.clamp(0.0, f(width - 1)) as u32;
        let row = row.clamp(0.0, f(height - 1)) as u32;
        picture.get_pixel(column, row).0
    };
    let corners = [
        at(left, top),
        at(left + 1.0, top),
        at(left, top + 1.0),
        at(left + 1.0, top + 1.0),
    ];
    [0, 1, 2].map(|channel| {
        let [upper_left, upper_right, lower_left, lower_right] =
            corners.map(|corner| f32::from(corner[channel]));
        let (upper, lower) = (
            upper_left + (upper_right - upper_left) * right_share,
            lower_left + (lower_right - lower_left) * right_share,
        );
        upper + (lower - upper) * low_share
    })
}

/// A pixel's place as a number.
#[expect(
    clippy::cast_precision_loss,
    reason = "pictures have less than 2^24 columns"
)]
pub fn f(pixels: u32) -> f32 {
    pixels as f32
}

/// A grey level within its bounds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to a byte"
)]
pub fn level(grey: f32) -> u8 {
    grey.round().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked() -> RgbImage {
        RgbImage::from_fn(120, 170, |x, y| {
            Rgb([if (x / 10 + y / 10).is_multiple_of(2) {
                20
            } else {
                235
            }; 3])
        })
    }

    #[test]
    fn nothing_wrong_changes_nothing() {
        let page = checked();
        let same = Shot::plain(page.dimensions()).take(&page, &mut Chance::new(1, "x"));
        let far = page
            .pixels()
            .zip(same.pixels())
            .filter(|(a, b)| a.0[0].abs_diff(b.0[0]) > 1)
            .count();
        assert_eq!(far, 0);
    }

    #[test]
    fn the_same_chance_takes_the_same_picture() {
        let page = checked();
        let shot = Shot {
            roll: 5.0,
            tilt: (6.0, -4.0),
            fill: 0.9,
            ground: Ground::Table([90.0, 60.0, 40.0]),
            blur: 0.8,
            moved: (2.0, 1.0),
            slope: (0.1, -0.1),
            shadow: Some(Shadow {
                at: (0.5, 0.5),
                way: 30.0,
                left: 0.5,
                soft: 0.1,
            }),
            glare: Some(Glare {
                at: (0.3, 0.3),
                reach: 0.1,
                adds: 120.0,
            }),
            noise: 4.0,
            ..Shot::plain((140, 190))
        };
        let take = |seed| shot.take(&page, &mut Chance::new(seed, "x"));
        assert_eq!(take(1), take(1));
        assert_ne!(take(1), take(2));
    }

    #[test]
    fn a_turned_page_keeps_its_middle_and_shows_the_table_at_the_corners() {
        let page = RgbImage::from_pixel(100, 140, Rgb([250; 3]));
        let shot = Shot {
            roll: 8.0,
            fill: 0.8,
            ground: Ground::Table([60.0, 50.0, 40.0]),
            ..Shot::plain((150, 200))
        };
        let picture = shot.take(&page, &mut Chance::new(1, "x"));
        assert_eq!(picture.get_pixel(75, 100).0, [250; 3]);
        assert!(picture.get_pixel(2, 2).0[0] < 100);
    }

    #[test]
    fn a_shadow_lies_on_its_side_only() {
        let page = RgbImage::from_pixel(100, 100, Rgb([200; 3]));
        let shot = Shot {
            shadow: Some(Shadow {
                at: (0.5, 0.5),
                way: 0.0,
                left: 0.5,
                soft: 0.1,
            }),
            ..Shot::plain((100, 100))
        };
        let picture = shot.take(&page, &mut Chance::new(1, "x"));
        assert_eq!(picture.get_pixel(50, 5).0, [200; 3]);
        assert_eq!(picture.get_pixel(50, 95).0, [100; 3]);
    }
}
