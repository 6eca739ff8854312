//! What a signature shows on the page: pictures, lines of text, or a small page made elsewhere.

mod font;
mod page;
mod picture;
mod words;

use std::sync::Arc;

pub use font::Font;
pub use picture::Picture;
pub(crate) use words::in_vietnam;
pub use words::{signed_by, signing_time};

use crate::Error;
use crate::pdf::object::decimal;
use crate::pdf::{Dict, Object, Reference, Update, update};

/// Layers that an appearance may have.
const LAYERS: usize = 16;

/// A rectangle in points (1/72 inch). `y` is measured from the bottom, as PDF does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Left side.
    pub x: f64,
    /// Lower side.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Where something stands on a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Area {
    /// At a fixed place.
    At(Rect),
    /// In the upper right corner: where the agency's signature stands on an annex (Decree 30/2020/NĐ-CP).
    TopRight {
        /// Width in points.
        width: f64,
        /// Height in points.
        height: f64,
        /// Distance to the page's upper and right sides in points.
        margin: f64,
    },
}

impl Area {
    /// The place on a page whose shown part has these sides: left, bottom, right, top.
    pub(crate) fn on(self, [left, bottom, right, top]: [f64; 4]) -> Result<Rect, Error> {
        let rect = match self {
            Self::At(rect) => rect,
            Self::TopRight {
                width,
                height,
                margin,
            } => Rect {
                x: left.max(right) - margin - width,
                y: bottom.max(top) - margin - height,
                width,
                height,
            },
        };
        let usual = |value: f64| value.is_finite() && value.abs() < 20_000.0;
        if ![rect.x, rect.y, rect.width, rect.height]
            .into_iter()
            .all(usual)
            || rect.width < 1.0
            || rect.height < 1.0
        {
            return Err(Error::Appearance("its area has no size"));
        }
        Ok(rect)
    }
}

/// What is drawn, the first lowest. Places are within the appearance: its lower left corner is (0, 0).
#[derive(Debug, Clone)]
pub enum Layer {
    /// A picture, as large as fits, in the middle of its place.
    Picture {
        /// What is shown.
        picture: Arc<Picture>,
        /// Where.
        at: Rect,
    },
    /// Lines of text, from the top, set smaller where they would not fit.
    Text {
        /// The lines, in any language that the font draws.
        lines: Vec<String>,
        /// What draws them.
        font: Arc<Font>,
        /// Size in points, at most.
        size: f64,
        /// Red, green and blue, each from 0 to 255.
        colour: [u8; 3],
        /// Where.
        at: Rect,
    },
    /// The first page of another PDF, as large as fits, in the middle of its place. Nothing of it but its look is taken over.
    Page {
        /// The PDF.
        pdf: Arc<[u8]>,
        /// Where.
        at: Rect,
    },
}

/// What a signature shows, and where.
#[derive(Debug, Clone)]
pub struct Appearance {
    /// Page, the first being 1.
    pub page: usize,
    /// Where on the page.
    pub area: Area,
    /// What is drawn there.
    pub layers: Vec<Layer>,
}

/// sRGB, near enough, without a profile: colours that need no output intent of the document's.
fn colours() -> Object {
    let numbers = |values: &[f64]| Object::Array(values.iter().map(|&v| Object::fine(v)).collect());
    let matrix = [
        0.412_39, 0.212_64, 0.019_33, 0.357_58, 0.715_17, 0.119_19, 0.180_48, 0.072_19, 0.950_53,
    ];
    Object::Array(vec![
        Object::name("CalRGB"),
        Dict::default()
            .with("WhitePoint", numbers(&[0.950_46, 1.0, 1.089_06]))
            .with("Gamma", numbers(&[2.2, 2.2, 2.2]))
            .with("Matrix", numbers(&matrix))
            .into(),
    ])
}

/// Draws layers into a form that an annotation can show.
pub(crate) fn draw(
    update: &mut Update<'_, '_>,
    layers: &[Layer],
    width: f64,
    height: f64,
) -> Result<Reference, Error> {
    if layers.len() > LAYERS {
        return Err(Error::Appearance("it has too many layers"));
    }
    let space = update.add(colours());
    let mut content = String::new();
    let mut forms = Dict::default();
    let mut transparent = false;
    for (index, layer) in layers.iter().enumerate() {
        let name = format!("L{index}");
        match layer {
            Layer::Picture { picture, at } => {
                let scale = (at.width / picture.width()).min(at.height / picture.height());
                let (w, h) = (picture.width() * scale, picture.height() * scale);
                let matrix = [
                    w,
                    0.0,
                    0.0,
                    h,
                    middle(at.x, at.width, w),
                    middle(at.y, at.height, h),
                ];
                content += &place(matrix, &name);
                forms.set(&name, picture.add(update, space));
                transparent |= picture.is_transparent();
            }
            Layer::Text {
                lines,
                font,
                size,
                colour,
                at,
            } => {
                let [red, green, blue] = colour.map(|part| decimal(f64::from(part) / 255.0));
                content.extend(["q /C cs ", &red, " ", &green, " ", &blue, " sc\n"]);
                content += &font.outlines(lines, *size, *at)?;
                content += "Q\n";
            }
            Layer::Page { pdf, at } => {
                let (form, [left, bottom, right, top]) = page::import(update, pdf)?;
                let (w, h) = (right - left, top - bottom);
                let scale = (at.width / w).min(at.height / h);
                let x = middle(at.x, at.width, w * scale) - left * scale;
                let y = middle(at.y, at.height, h * scale) - bottom * scale;
                content += &place([scale, 0.0, 0.0, scale, x, y], &name);
                forms.set(&name, form);
                transparent = true;
            }
        }
    }
    let mut resources = Dict::default().with("ColorSpace", Dict::default().with("C", space));
    if !forms.0.is_empty() {
        resources.set("XObject", forms);
    }
    let mut dict = form(width, height).with("Resources", resources);
    if transparent {
        dict.set(
            "Group",
            Dict::default()
                .with("Type", Object::name("Group"))
                .with("S", Object::name("Transparency"))
                .with("CS", space),
        );
    }
    Ok(update.add(update::stream(dict, content.as_bytes())))
}

/// The head of a form with its lower left corner at (0, 0).
pub(crate) fn form(width: f64, height: f64) -> Dict {
    let sides = [0.0, 0.0, width, height].map(Object::real);
    Dict::default()
        .with("Type", Object::name("XObject"))
        .with("Subtype", Object::name("Form"))
        .with("BBox", Vec::from(sides))
}

fn middle(start: f64, room: f64, size: f64) -> f64 {
    start + (room - size) / 2.0
}

fn place(matrix: [f64; 6], name: &str) -> String {
    let numbers = matrix.map(decimal).join(" ");
    format!("q {numbers} cm /{name} Do Q\n")
}
