//! What an officer may write into a decision.

use contracts::{
    Refused,
    desk::{Field, Outcome},
};

/// The most lines of a result.
const LINES: usize = 60;
/// The most bytes of a result, so that it fits into one message.
const BYTES: usize = 24 * 1024;
/// A decision to grant, with what stands on the result.
pub fn grant(result: Vec<Field>) -> Result<Outcome, Refused> {
    let bytes: usize = result
        .iter()
        .map(|field| field.label.len() + field.value.len())
        .sum();
    if result.is_empty() || result.len() > LINES || bytes > BYTES {
        return Err(Refused::new(
            "Kết quả gồm 1 đến 60 dòng, tổng cộng không quá 24 KB",
            "A result has 1 to 60 lines and at most 24 KB in all",
        ));
    }
    Ok(Outcome::Granted { result })
}
