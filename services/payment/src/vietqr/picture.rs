//! A payload as a QR code: one outline, to be filled in black on white in a square that has the quiet margin readers need.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode, types::QrError};

/// The margin that the standard asks for, in modules.
const MARGIN: usize = 4;

/// A code to be drawn as a vector picture, sharp on paper and on every screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The square's side in modules, margin included.
    pub side: usize,
    /// What is black, as the `d` of an SVG path.
    pub outline: String,
}

/// Draws a payload. Level M, as VietQR's own pictures have it, stands a crease or a stain on paper.
pub fn draw(payload: &str) -> Result<Picture, QrError> {
    let code = QrCode::with_error_correction_level(payload, EcLevel::M)?;
    let width = code.width();
    let modules = code.to_colors();
    let mut outline = String::new();
    for (row, modules) in modules.chunks(width).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(|one, next| one == next) {
            if run[0] == Color::Dark {
                let (x, y, length) = (column + MARGIN, row + MARGIN, run.len());
                // Writing to a String cannot fail.
                let _ = write!(outline, "M{x} {y}h{length}v1h-{length}z");
            }
            column += run.len();
        }
    }
    Ok(Picture {
        side: width + 2 * MARGIN,
        outline,
    })
}
