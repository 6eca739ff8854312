//! A QR code on a page.

use serde::{Deserialize, Serialize};

use super::Place;

/// The most codes that one page is believed to have.
pub const MOST_CODES: usize = 16;
/// More characters than any code holds.
const MOST_LETTERS: usize = 7_100;

/// A QR code that was found on a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Code {
    /// What it says.
    pub text: String,
    /// Where it is, in the picture that it was found in.
    pub place: Place,
}

impl Code {
    /// Codes as far as they may be believed: whoever found them may have been in a stranger's hands.
    pub fn believed(mut codes: Vec<Self>) -> Vec<Self> {
        codes.retain(|code| code.place.is_within() && code.text.chars().count() <= MOST_LETTERS);
        codes.truncate(MOST_CODES);
        codes
    }
}
