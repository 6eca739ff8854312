//! A dossier (hồ sơ) as the citizen sees it: where it stands and what may come next. Pure, like all below it.

pub mod draft;
pub mod hand;
pub mod kept;
mod life;
pub mod share;
pub mod signals;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use life::{Event, Fact, Life};

/// Where a dossier stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The citizen is still writing (hồ sơ nháp).
    Draft,
    /// Filed; nobody has looked at it yet (mới đăng ký).
    Submitted,
    /// The one-stop desk took it in; the legal clock runs (được tiếp nhận).
    Received,
    /// With the agency (đang xử lý).
    UnderExamination,
    /// The citizen is asked to add something (yêu cầu bổ sung).
    SupplementRequested,
    /// Granted (đã xử lý xong).
    Decided,
    /// The result is in the citizen's hands (đã trả kết quả).
    Returned,
    /// The desk did not take it in (không được tiếp nhận).
    Rejected,
    /// Not granted (từ chối giải quyết).
    Refused,
    /// The citizen gave the draft up; its content is gone (đã hủy).
    Withdrawn,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Draft,
        Self::Submitted,
        Self::Received,
        Self::UnderExamination,
        Self::SupplementRequested,
        Self::Decided,
        Self::Returned,
        Self::Rejected,
        Self::Refused,
        Self::Withdrawn,
    ];

    /// As rows and answers name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Received => "received",
            Self::UnderExamination => "under_examination",
            Self::SupplementRequested => "supplement_requested",
            Self::Decided => "decided",
            Self::Returned => "returned",
            Self::Rejected => "rejected",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The states that can follow. Steps may be skipped, because what happened later may be heard first; none leads back,
    /// but that an answered supplement request returns the dossier to where it was.
    pub const fn followers(self) -> &'static [Self] {
        use State::{
            Decided, Draft, Received, Refused, Rejected, Returned, Submitted, SupplementRequested,
            UnderExamination, Withdrawn,
        };
        match self {
            Draft => &[Submitted, Withdrawn],
            Submitted => &[
                Received,
                UnderExamination,
                SupplementRequested,
                Decided,
                Returned,
                Rejected,
                Refused,
            ],
            Received => &[
                UnderExamination,
                SupplementRequested,
                Decided,
                Returned,
                Refused,
            ],
            UnderExamination => &[SupplementRequested, Decided, Returned, Refused],
            SupplementRequested => &[
                Submitted,
                Received,
                UnderExamination,
                Decided,
                Returned,
                Rejected,
                Refused,
            ],
            Decided => &[Returned],
            Returned | Rejected | Refused | Withdrawn => &[],
        }
    }

    /// Whether it is with the office: neither a draft nor one that was given up.
    pub const fn was_filed(self) -> bool {
        !matches!(self, Self::Draft | Self::Withdrawn)
    }

    /// Whether the citizen may change the form and the papers.
    pub const fn is_open_to_change(self) -> bool {
        matches!(self, Self::Draft | Self::SupplementRequested)
    }

    /// The status code of the national dossier list (1 to 10); none for what was never filed.
    ///
    /// 7 (withdrawal asked) and 8 (stopped) come from the desk, which does not say them yet.
    pub const fn national_status(self, money: MoneyState) -> Option<u8> {
        Some(match self {
            Self::Draft | Self::Withdrawn => return None,
            Self::Submitted => 1,
            Self::Received | Self::UnderExamination if matches!(money, MoneyState::Due) => 6,
            Self::Received => 2,
            Self::Rejected => 3,
            Self::UnderExamination => 4,
            Self::SupplementRequested => 5,
            Self::Decided | Self::Refused => 9,
            Self::Returned => 10,
        })
    }
}

/// How the fee stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MoneyState {
    /// Nothing is asked.
    #[default]
    None,
    /// To be paid.
    Due,
    /// Paid.
    Paid,
    /// Paid, and all of it given back.
    Refunded,
    /// Not to be paid any more.
    Waived,
}

/// How the result stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HandingState {
    /// There is none yet.
    #[default]
    NotIssued,
    /// It can be had.
    Issued,
    /// The citizen has it.
    HandedOver,
}
