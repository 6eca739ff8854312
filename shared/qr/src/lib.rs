#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

pub use qrcode::types::QrError;

/// The margin that the standard asks for, in modules.
const MARGIN: usize = 4;

/// A code as a vector picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The square's side in modules, margin included.
    pub side: usize,
    /// What is black, as the `d` of an SVG path.
    pub outline: String,
}

impl Picture {
    /// Draws a text.
    ///
    /// # Errors
    /// When it is too long for a QR code: over 2,331 bytes.
    pub fn of(text: &str) -> Result<Self, QrError> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
        let width = code.width();
        let mut outline = String::new();
        // A run of black modules is one rectangle: a rectangle each would make every paper half as long again.
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

    /// The whole picture, black on white.
    pub fn svg(&self) -> String {
        let Self { side, outline } = self;
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{outline}"/></svg>"##
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules that an outline fills.
    fn filled(picture: &Picture) -> Vec<(usize, usize)> {
        let runs = picture.outline.split('M').skip(1).map(|run| {
            let (at, rest) = run.split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let (length, _) = rest.split_once('v').unwrap();
            let [x, y, length] = [x, y, length].map(|number| number.parse::<usize>().unwrap());
            (x..x + length).map(move |x| (x, y))
        });
        runs.flatten().collect()
    }

    #[test]
    fn an_outline_fills_what_is_black_and_nothing_else() {
        let text = "https://motcua.example/check?code=ABCD";
        let picture = Picture::of(text).unwrap();
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let colours = code.to_colors();
        let black = colours
            .iter()
            .enumerate()
            .filter(|(_, colour)| **colour == Color::Dark);
        let width = code.width();
        let black: Vec<_> = black
            .map(|(at, _)| (at % width + MARGIN, at / width + MARGIN))
            .collect();
        assert_eq!(filled(&picture), black);
        assert_eq!(picture.side, width + 8);
        assert!(picture.svg().contains(&picture.outline));
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert!(Picture::of(&"x".repeat(2_331)).is_ok());
        assert!(Picture::of(&"x".repeat(2_332)).is_err());
    }
}
