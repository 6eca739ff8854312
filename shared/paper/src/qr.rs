//! A link as a QR code in vectors, so that it prints sharply at any size.

use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use crate::Error;

/// An SVG picture of the link, with the quiet zone that readers need. Level M survives a crease or a stamp's edge.
pub fn svg(link: &str) -> Result<String, Error> {
    let code = QrCode::with_error_correction_level(link, EcLevel::M)?;
    Ok(code
        .render::<svg::Color>()
        .module_dimensions(1, 1)
        .quiet_zone(true)
        .build())
}
