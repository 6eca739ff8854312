#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

use std::fmt::Write;

use fast_qr::{ECL, QRBuilder};

/// The margin that the standard asks for, in modules.
const MARGIN: usize = 4;

/// A text does not fit into a QR code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too long for a QR code")]
pub struct TooLong;

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
    pub fn of(text: &str) -> Result<Self, TooLong> {
        let code = QRBuilder::new(text)
            .ecl(ECL::M)
            .build()
            .map_err(|_| TooLong)?;
        let width = code.size;
        let mut outline = String::new();
        // A run of black modules is one rectangle: a rectangle each would make every paper half as long again.
        for row in 0..width {
            let mut column = 0;
            for run in code[row].chunk_by(|one, next| one.value() == next.value()) {
                if run[0].value() {
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
        let code = QRBuilder::new(text).ecl(ECL::M).build().unwrap();
        let places = (0..code.size).flat_map(|y| (0..code.size).map(move |x| (x, y)));
        let black: Vec<_> = places
            .filter(|&(x, y)| code[y][x].value())
            .map(|(x, y)| (x + MARGIN, y + MARGIN))
            .collect();
        assert_eq!(filled(&picture), black);
        assert_eq!(picture.side, code.size + 8);
        assert!(picture.svg().contains(&picture.outline));
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert!(Picture::of(&"x".repeat(2_331)).is_ok());
        assert_eq!(Picture::of(&"x".repeat(2_332)), Err(TooLong));
    }
}
