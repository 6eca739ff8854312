//! The rules of a result: its life, its number, what the public may learn of it. Pure.

pub mod attestation;
pub mod code;
pub mod evidence;
pub mod paper;
pub mod parcel;
pub mod proof;

use chrono::{DateTime, Datelike, Utc};
use contracts::PersonName;
use strum::{EnumString, IntoStaticStr, VariantArray};

/// Where a result stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    /// It has its number; its file is being made.
    Numbered,
    /// Its file is kept and can be checked by anybody.
    Issued,
    /// It is in the citizen's hands.
    HandedOver,
    /// The agency took it back: whoever checks it is told.
    Revoked,
    /// Another one stands for it: whoever checks it is told.
    Replaced,
}

/// What can happen to a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Its file was made and kept.
    Issue,
    /// It went to the citizen.
    HandOver,
    /// The agency took it back.
    Revoke,
    /// Another one was issued for it.
    Replace,
}

/// Why a result does not take a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Its file is not made yet.
    #[error("the result is not issued yet")]
    NotIssued,
    /// Its file is made already.
    #[error("the result is issued already")]
    Issued,
    /// It is in the citizen's hands.
    #[error("the result is handed over already")]
    HandedOver,
    /// It was taken back.
    #[error("the result was revoked")]
    Revoked,
    /// Another one stands for it.
    #[error("the result was replaced")]
    Replaced,
    /// Another one that will stand for it is being made.
    #[error("the result is being replaced already")]
    BeingReplaced,
    /// What is to stand for it says something of another kind.
    #[error("a grant does not replace a refusal, nor a refusal a grant")]
    OtherKind,
    /// No shipment is on its way.
    #[error("the result was not given to the post")]
    NotShipped,
    /// The post office has it, or may have it.
    #[error("the result is with the post")]
    WithPost,
    /// Whoever took it confirmed that neither by a code nor by a signature.
    #[error("neither a code nor a signature confirms it")]
    Unconfirmed,
}

impl State {
    /// The name it is stored and shown by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    /// The legal transitions, all of them; any other is refused with its reason.
    pub const fn after(self, step: Step) -> Result<Self, Refusal> {
        match (self, step) {
            (Self::Numbered, Step::Issue) => Ok(Self::Issued),
            (Self::Issued, Step::HandOver) => Ok(Self::HandedOver),
            (Self::Issued | Self::HandedOver, Step::Revoke) => Ok(Self::Revoked),
            (Self::Issued | Self::HandedOver, Step::Replace) => Ok(Self::Replaced),
            (Self::Numbered, Step::HandOver | Step::Revoke | Step::Replace) => {
                Err(Refusal::NotIssued)
            }
            (Self::Issued, Step::Issue) => Err(Refusal::Issued),
            (Self::HandedOver, Step::Issue | Step::HandOver) => Err(Refusal::HandedOver),
            (Self::Revoked, _) => Err(Refusal::Revoked),
            (Self::Replaced, _) => Err(Refusal::Replaced),
        }
    }
}

/// The book a result is numbered in: each symbol of each body starts anew with the year in Vietnam in which it is signed.
pub fn book_year(signed_at: DateTime<Utc>) -> i32 {
    calendar::date(signed_at).year()
}

/// Number and symbol as printed: numbers below ten have a zero before them (Decree 30/2020, appendix I).
pub fn number(sequence: i64, symbol: &str) -> String {
    format!("{sequence:02}/{symbol}")
}

/// All that the public learns of a person: the first letter of each word of the name.
pub fn initials(name: &PersonName) -> String {
    let first = |word: &str| {
        word.chars()
            .next()
            .map(|letter| format!("{}.", letter.to_uppercase()))
    };
    name.as_str().split_whitespace().filter_map(first).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_numbered_then_issued_then_handed_over_and_may_be_revoked_or_replaced_once_it_is_issued()
     {
        use Refusal as No;
        let table = [
            (
                State::Numbered,
                [
                    Ok(State::Issued),
                    Err(No::NotIssued),
                    Err(No::NotIssued),
                    Err(No::NotIssued),
                ],
            ),
            (
                State::Issued,
                [
                    Err(No::Issued),
                    Ok(State::HandedOver),
                    Ok(State::Revoked),
                    Ok(State::Replaced),
                ],
            ),
            (
                State::HandedOver,
                [
                    Err(No::HandedOver),
                    Err(No::HandedOver),
                    Ok(State::Revoked),
                    Ok(State::Replaced),
                ],
            ),
            (State::Revoked, [Err(No::Revoked); 4]),
            (State::Replaced, [Err(No::Replaced); 4]),
        ];
        assert_eq!(table.map(|(state, _)| state), State::VARIANTS);
        for (state, outcomes) in table {
            let steps = [Step::Issue, Step::HandOver, Step::Revoke, Step::Replace];
            assert_eq!(steps.map(|step| state.after(step)), outcomes, "{state:?}");
        }
    }

    #[test]
    fn the_book_changes_at_midnight_in_vietnam() {
        let year = |text: &str| book_year(text.parse().unwrap());
        assert_eq!(year("2026-12-31T16:59:59Z"), 2026);
        assert_eq!(year("2026-12-31T17:00:00Z"), 2027);
    }

    #[test]
    fn a_number_below_ten_has_a_zero_before_it() {
        assert_eq!(number(5, "TLHT-BS"), "05/TLHT-BS");
        assert_eq!(number(975, "TLHT-BS"), "975/TLHT-BS");
    }

    #[test]
    fn the_public_learns_initials_only() {
        assert_eq!(initials(&"Nguyễn thị Ví Dụ".parse().unwrap()), "N.T.V.D.");
        assert_eq!(initials(&"đặng Ánh".parse().unwrap()), "Đ.Á.");
    }
}
