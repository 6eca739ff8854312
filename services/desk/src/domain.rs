//! The rules of the desk: where a dossier stands, what may happen to it next, and when it must be done. Pure.

pub mod clock;
pub mod code;
pub mod decision;
pub mod hearing;
pub mod item;
pub mod signals;
#[cfg(test)]
mod tests;

use strum::{EnumString, IntoStaticStr, VariantArray};

use State::{
    AwaitingAdvanceFee, AwaitingAssessment, AwaitingFee, AwaitingReception, AwaitingResultFee,
    AwaitingSignOff, Decided, HandlerExamines, OfficerExamines, Received, Rejected, Returned,
    SupplementRequested,
};
use Step::{
    AskFee, AskHandler, AskOfficer, AskSupplement, FindComplete, HandOver, HearVerdict, Propose,
    Receive, Reject, Resume, SignOff, Supplement, TakeFee,
};

/// Where a dossier stands, in the order of an ordinary dossier's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    /// Waiting to hear what is missing and what it costs.
    AwaitingAssessment,
    /// The citizen is asked to add something (form 02); the clock, if it runs, stands still.
    SupplementRequested,
    /// Complete; an officer looks at it before it is received.
    AwaitingReception,
    /// Received, and between two steps; nothing stays here longer than a transaction.
    Received,
    /// Waiting for the fee.
    AwaitingFee,
    /// The agency's handler examines it.
    #[strum(serialize = "under_examination_by_handler")]
    HandlerExamines,
    /// An officer examines it.
    #[strum(serialize = "under_examination_by_officer")]
    OfficerExamines,
    /// A decision is proposed.
    AwaitingSignOff,
    /// Signed off.
    Decided,
    /// The result is in the citizen's hands.
    Returned,
    /// Complete; the fee comes before reception.
    AwaitingAdvanceFee,
    /// Signed off; the fee comes before the result.
    AwaitingResultFee,
    /// Not received (form 03).
    Rejected,
}

/// What can happen to a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Step {
    /// Nothing is missing.
    FindComplete,
    /// The citizen is asked to add something.
    AskSupplement,
    /// The citizen added something.
    Supplement,
    /// It is complete again, and was received before.
    Resume,
    /// The desk takes it in.
    Receive,
    /// The desk doesn't take it in.
    Reject,
    /// What comes next waits for the fee.
    AskFee,
    /// The fee that was waited for is paid.
    TakeFee,
    /// The agency's handler is asked for its verdict.
    AskHandler,
    /// A person must look at it.
    AskOfficer,
    /// The handler grants or refuses.
    HearVerdict,
    /// An officer proposes a decision, or another in the place of one that isn't signed.
    Propose,
    /// The decision is signed off.
    SignOff,
    /// The citizen has the result.
    HandOver,
}

/// Everything that can happen, and nothing else can.
pub const TRANSITIONS: [(State, Step, State); 22] = [
    (AwaitingAssessment, FindComplete, AwaitingReception),
    (AwaitingAssessment, AskSupplement, SupplementRequested),
    (AwaitingAssessment, Resume, Received),
    (AwaitingAssessment, AskFee, AwaitingAdvanceFee),
    (AwaitingAdvanceFee, TakeFee, AwaitingReception),
    (AwaitingAdvanceFee, Reject, Rejected),
    (SupplementRequested, Supplement, AwaitingAssessment),
    (AwaitingReception, Receive, Received),
    (AwaitingReception, Reject, Rejected),
    (Received, AskFee, AwaitingFee),
    (Received, AskHandler, HandlerExamines),
    (Received, AskOfficer, OfficerExamines),
    (AwaitingFee, TakeFee, Received),
    (HandlerExamines, HearVerdict, AwaitingSignOff),
    (HandlerExamines, AskSupplement, SupplementRequested),
    (HandlerExamines, AskOfficer, OfficerExamines),
    (OfficerExamines, Propose, AwaitingSignOff),
    (AwaitingSignOff, Propose, AwaitingSignOff),
    (AwaitingSignOff, SignOff, Decided),
    (Decided, AskFee, AwaitingResultFee),
    (AwaitingResultFee, TakeFee, Decided),
    (Decided, HandOver, Returned),
];

impl State {
    /// The name it is stored and asked for by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    /// The state called `name`.
    pub fn named(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    /// What officers call it, in Vietnamese and English.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            AwaitingAssessment => ("chờ kiểm tra thành phần hồ sơ", "awaiting assessment"),
            AwaitingReception => ("chờ tiếp nhận", "awaiting reception"),
            Received => ("đã tiếp nhận", "received"),
            AwaitingAdvanceFee => (
                "chờ nộp phí, lệ phí trước khi tiếp nhận",
                "awaiting its fee before reception",
            ),
            AwaitingResultFee => (
                "đã ký, chờ nộp phí, lệ phí để trả kết quả",
                "signed, awaiting its fee before the result",
            ),
            AwaitingFee => ("chờ nộp phí, lệ phí", "awaiting its fee"),
            HandlerExamines => (
                "cơ quan chuyên môn đang thẩm định",
                "under examination by the agency's handler",
            ),
            OfficerExamines => ("cán bộ đang thẩm định", "under examination by an officer"),
            AwaitingSignOff => ("chờ ký duyệt", "awaiting sign-off"),
            Decided => ("đã có quyết định", "decided"),
            Returned => ("đã trả kết quả", "returned"),
            Rejected => ("không được tiếp nhận", "rejected"),
            SupplementRequested => ("chờ bổ sung hồ sơ", "awaiting a supplement"),
        }
    }

    /// Where `step` leads from here; `None` when it can't happen.
    pub fn after(self, step: Step) -> Option<Self> {
        let found = TRANSITIONS
            .into_iter()
            .find(|(from, by, _)| *from == self && *by == step);
        found.map(|(_, _, to)| to)
    }

    /// Whether nothing can happen any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Returned | Rejected)
    }
}

impl Step {
    /// The name it stands under in the register.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}

/// Why an act isn't done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The dossier isn't where the act begins.
    #[error("{} cannot happen to a dossier that is {}", .step.name(), .state.name())]
    WrongState {
        /// Where it stands.
        state: State,
        /// What was tried.
        step: Step,
    },
    /// Nobody can take what is over.
    #[error("a dossier that is {} has no work left", .0.name())]
    Over(State),
    /// Whoever proposed the decision wants to sign it off (`four_eyes`).
    #[error("whoever proposed a decision does not sign it off")]
    OwnProposal,
}
