//! Pictures of signatures and seals, unpacked once for all documents that they go on.

use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits};

use crate::Error;
use crate::pdf::{Dict, Object, Reference, Update, update};

/// Width and height of a picture, in pixels.
const SIDE: u32 = 2048;

/// A picture, ready to be put into documents.
pub struct Picture {
    width: u32,
    height: u32,
    colour: Object,
    opacity: Option<Object>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}×{})", self.width, self.height)
    }
}

impl Picture {
    /// A PNG, with or without transparency, of at most 2048 pixels a side.
    pub fn from_png(png: &[u8]) -> Result<Self, Error> {
        let mut reader = ImageReader::with_format(Cursor::new(png), ImageFormat::Png);
        let mut limits = Limits::default();
        limits.max_image_width = Some(SIDE);
        limits.max_image_height = Some(SIDE);
        reader.limits(limits);
        let image = reader
            .decode()
            .map_err(|_| Error::Picture("it is no PNG of at most 2048 pixels a side"))?
            .into_rgba8();
        let (width, height) = image.dimensions();
        let mut colour = Vec::with_capacity(image.len() / 4 * 3);
        let mut opacity = Vec::with_capacity(image.len() / 4);
        for pixel in image.pixels() {
            let [red, green, blue, alpha] = pixel.0;
            colour.extend([red, green, blue]);
            opacity.push(alpha);
        }
        let head = |space: &str| {
            Dict::default()
                .with("Type", Object::name("XObject"))
                .with("Subtype", Object::name("Image"))
                .with("Width", i64::from(width))
                .with("Height", i64::from(height))
                .with("BitsPerComponent", 8)
                .with("ColorSpace", Object::name(space))
        };
        let opaque = opacity.iter().all(|&alpha| alpha == u8::MAX);
        Ok(Self {
            width,
            height,
            // The colour space is set where it is added.
            colour: update::stream(head("DeviceRGB"), &colour),
            opacity: (!opaque).then(|| update::stream(head("DeviceGray"), &opacity)),
        })
    }

    pub(super) fn width(&self) -> f64 {
        self.width.into()
    }

    pub(super) fn height(&self) -> f64 {
        self.height.into()
    }

    pub(super) fn is_transparent(&self) -> bool {
        self.opacity.is_some()
    }

    pub(super) fn add(&self, update: &mut Update<'_, '_>, space: Reference) -> Reference {
        let mut colour = self.colour.clone();
        if let Object::Stream(dict, _) = &mut colour {
            dict.set("ColorSpace", space);
            if let Some(opacity) = &self.opacity {
                dict.set("SMask", update.add(opacity.clone()));
            }
        }
        update.add(colour)
    }
}
