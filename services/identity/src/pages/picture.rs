//! A QR code as one outline, to be filled in black on white in a square that has the quiet margin readers need.

use std::fmt::Write;

use chassis::Failure;
use qrcode::{Color, EcLevel, QrCode};

/// The margin that the standard asks for, in modules.
const MARGIN: usize = 4;

/// A code to be drawn as a vector picture.
pub struct Picture {
    /// The square's side in modules, margin included.
    pub side: usize,
    /// What is black, as the `d` of an SVG path.
    pub outline: String,
}

impl Picture {
    /// Draws what the code says.
    pub fn of(said: &str) -> Result<Self, Failure> {
        let code = QrCode::with_error_correction_level(said, EcLevel::M);
        let code = code.map_err(|error| Failure::park(format!("a QR code: {error}")))?;
        let width = code.width();
        let mut outline = String::new();
        for (row, modules) in code.to_colors().chunks(width).enumerate() {
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
        Ok(Self {
            side: width + 2 * MARGIN,
            outline,
        })
    }
}
