//! Everything known of one dossier, and what follows from it, whatever the order in which it was heard.

mod money;

use chrono::{DateTime, Utc};
use contracts::{
    AccountId, Delivery, DossierCode, OrderId, OrganisationCode, PersonName, ResultId, Vnd,
    notification::Way,
    payment::{Method, ReceiptNumber},
};
use procedure::Quote;
use serde::{Deserialize, Serialize};

use super::{HandingState, State, hand::Agent};

/// Something that is known of a dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Fact {
    /// Its draft was opened.
    Opened {
        /// Who did it for the citizen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Agent>,
    },
    /// Its draft was given up.
    Withdrawn {
        /// Who did it for the citizen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Agent>,
    },
    /// Somebody filled it in for the citizen.
    Filled {
        /// Who.
        by: Agent,
    },
    /// The citizen filed it. `free`: the fee table asks nothing for it.
    Submitted {
        /// Nothing is to be paid.
        free: bool,
        /// What it costs, line by line, by the tariff of that day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fee: Option<Quote>,
        /// Who did it for the citizen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Agent>,
    },
    /// A counter scanned a paper into it.
    Scanned {
        /// The paper, in Vietnamese.
        paper: String,
        /// The paper, in English.
        paper_en: String,
        /// Who did it.
        officer: AccountId,
        /// What they are called.
        officer_name: PersonName,
    },
    /// The citizen answered what was asked.
    Supplemented {
        /// What it costs then, where that could still change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fee: Option<Quote>,
        /// Who did it for the citizen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Agent>,
    },
    /// The desk took it in.
    Received {
        /// The code the citizen got.
        code: DossierCode,
        /// The office.
        organisation: OrganisationCode,
        /// When the result is promised.
        due_at: DateTime<Utc>,
    },
    /// The desk did not take it in.
    Rejected {
        /// Why.
        reason: String,
    },
    /// The citizen is asked to add something.
    SupplementRequested {
        /// What.
        items: Vec<String>,
    },
    /// A fee is to be paid.
    FeeOrdered {
        /// The order.
        order: OrderId,
        /// How much.
        total: Vnd,
    },
    /// A fee is paid.
    FeePaid {
        /// The order.
        order: OrderId,
        /// How much.
        total: Vnd,
        /// How.
        method: Method,
    },
    /// A fee was not paid in time, and is still owed.
    FeeExpired {
        /// The order.
        order: OrderId,
    },
    /// A fee is not owed any more.
    FeeCancelled {
        /// The order.
        order: OrderId,
        /// Why.
        reason: String,
    },
    /// Money went back.
    FeeRefunded {
        /// The order.
        order: OrderId,
        /// How much.
        amount: Vnd,
    },
    /// There is a receipt for a fee.
    ReceiptIssued {
        /// The order.
        order: OrderId,
        /// Its number.
        receipt: ReceiptNumber,
    },
    /// A receipt is not valid any more.
    ReceiptCancelled {
        /// The order.
        order: OrderId,
        /// Its number.
        receipt: ReceiptNumber,
        /// Why.
        reason: String,
    },
    /// The result is there and waits for the fee.
    ResultAwaitsFee {
        /// The order.
        order: OrderId,
        /// How much.
        total: Vnd,
    },
    /// It was granted.
    Granted,
    /// It was refused.
    Refused {
        /// Why.
        reason: String,
    },
    /// The result is numbered and signed.
    ResultIssued {
        /// The result.
        result: ResultId,
        /// Its number and symbol.
        number: String,
        /// The code by which anybody can check it.
        check_code: String,
        /// How it shall be handed over.
        delivery: Delivery,
    },
    /// The result is in the citizen's hands.
    ResultHandedOver {
        /// The result.
        result: ResultId,
        /// By which way.
        delivery: Delivery,
    },
    /// A result counts no more.
    ResultRevoked {
        /// The result.
        result: ResultId,
        /// Its number and symbol.
        number: String,
        /// Why.
        reason: String,
        /// The one that stands for it.
        replaced_by: Option<ResultId>,
    },
    /// A receipt, or an officer who called, says that the citizen was told of something.
    Told {
        /// Of what: the event's wire name.
        tells: String,
        /// By which way.
        way: Way,
    },
    /// No channel could tell the citizen of something.
    NotReached {
        /// Of what: the event's wire name.
        tells: String,
        /// Whether an officer will call.
        call: bool,
    },
}

impl Fact {
    /// As rows and answers name it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::Filled { .. } => "filled",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Submitted { .. } => "submitted",
            Self::Scanned { .. } => "scanned",
            Self::Supplemented { .. } => "supplemented",
            Self::Received { .. } => "received",
            Self::Rejected { .. } => "rejected",
            Self::SupplementRequested { .. } => "supplement_requested",
            Self::FeeOrdered { .. } => "fee_ordered",
            Self::FeePaid { .. } => "fee_paid",
            Self::FeeExpired { .. } => "fee_expired",
            Self::FeeCancelled { .. } => "fee_cancelled",
            Self::FeeRefunded { .. } => "fee_refunded",
            Self::ReceiptIssued { .. } => "receipt_issued",
            Self::ReceiptCancelled { .. } => "receipt_cancelled",
            Self::ResultAwaitsFee { .. } => "result_awaits_fee",
            Self::Granted => "granted",
            Self::Refused { .. } => "refused",
            Self::ResultIssued { .. } => "result_issued",
            Self::ResultHandedOver { .. } => "result_handed_over",
            Self::ResultRevoked { .. } => "result_revoked",
            Self::Told { .. } => "told",
            Self::NotReached { .. } => "not_reached",
        }
    }

    /// Its place among things of the same moment.
    const fn place(&self) -> u8 {
        match self {
            Self::Opened { .. } => 0,
            Self::Filled { .. }
            | Self::Scanned { .. }
            | Self::Withdrawn { .. }
            | Self::Submitted { .. } => 1,
            Self::Received { .. } | Self::Rejected { .. } => 2,
            Self::SupplementRequested { .. } => 3,
            Self::Supplemented { .. } => 4,
            Self::FeeOrdered { .. } => 5,
            Self::FeeExpired { .. } | Self::FeeCancelled { .. } | Self::FeePaid { .. } => 6,
            Self::ReceiptCancelled { .. } => 7,
            Self::ReceiptIssued { .. }
            | Self::FeeRefunded { .. }
            | Self::ResultAwaitsFee { .. } => 8,
            Self::Granted | Self::Refused { .. } => 9,
            Self::ResultIssued { .. } => 10,
            Self::ResultRevoked { .. } => 11,
            Self::ResultHandedOver { .. } => 12,
            Self::NotReached { .. } => 13,
            Self::Told { .. } => 14,
        }
    }
}

/// A fact and when it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub fact: Fact,
}

/// The reception of a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reception<'a> {
    /// The code the citizen got.
    pub code: &'a DossierCode,
    /// The office.
    pub organisation: &'a OrganisationCode,
    /// When the result is promised.
    pub due_at: DateTime<Utc>,
}

/// The result of a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued<'a> {
    /// The result.
    pub result: ResultId,
    /// Its number and symbol.
    pub number: &'a str,
    /// The code by which anybody can check it.
    pub check_code: &'a str,
}

/// Everything known of one dossier, in the order in which it happened, whatever the order in which it was heard.
///
/// What it says is a function of the set of events, so that late and repeated messages change nothing about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Life(Vec<Event>);

impl Life {
    /// Puts events in order, each once.
    pub fn of(events: impl IntoIterator<Item = Event>) -> Self {
        let mut events: Vec<Event> = events.into_iter().collect();
        let body = |fact: &Fact| serde_json::to_string(fact).unwrap_or_default();
        events.sort_by_cached_key(|event| (event.at, event.fact.place(), body(&event.fact)));
        events.dedup();
        Self(events)
    }

    /// The events, oldest first.
    pub fn events(&self) -> &[Event] {
        &self.0
    }

    fn latest<'a, T>(&'a self, read: impl Fn(&'a Event) -> Option<T>) -> Option<T> {
        self.0.iter().rev().find_map(read)
    }

    fn knows(&self, is: impl Fn(&Fact) -> bool) -> bool {
        self.0.iter().any(|event| is(&event.fact))
    }

    /// Where the dossier stands.
    pub fn state(&self) -> State {
        if self.knows(|fact| matches!(fact, Fact::ResultHandedOver { .. })) {
            return State::Returned;
        }
        if let Some(state) = self.decision() {
            return state;
        }
        let received = self.reception().is_some();
        // Without a reception there was a rejection; with both, a dossier that is in hand is not lost.
        if !received && self.knows(|fact| matches!(fact, Fact::Rejected { .. })) {
            return State::Rejected;
        }
        if self.asked().is_some() {
            return State::SupplementRequested;
        }
        // The desk has a dossier examined once nothing is left to pay.
        let paid = |fact: &Fact| matches!(fact, Fact::FeePaid { .. });
        match received {
            true if self.is_free() || self.knows(paid) => State::UnderExamination,
            true => State::Received,
            false if self.submitted_at().is_some() => State::Submitted,
            false if self.knows(|fact| matches!(fact, Fact::Withdrawn { .. })) => State::Withdrawn,
            false => State::Draft,
        }
    }

    fn decision(&self) -> Option<State> {
        self.latest(|event| match event.fact {
            Fact::Granted | Fact::ResultIssued { .. } => Some(State::Decided),
            Fact::Refused { .. } => Some(State::Refused),
            _ => None,
        })
    }

    /// Who has acted on it for its owner.
    pub fn agents(&self) -> impl Iterator<Item = AccountId> {
        self.0.iter().filter_map(|event| {
            match &event.fact {
                Fact::Opened { by }
                | Fact::Withdrawn { by }
                | Fact::Submitted { by, .. }
                | Fact::Supplemented { by, .. } => by.as_ref(),
                Fact::Filled { by } => Some(by),
                _ => None,
            }
            .map(|by| by.account)
        })
    }

    /// When it was filed.
    pub fn submitted_at(&self) -> Option<DateTime<Utc>> {
        self.latest(|event| matches!(event.fact, Fact::Submitted { .. }).then_some(event.at))
    }

    /// When a supplement request was last answered.
    pub fn supplemented_at(&self) -> Option<DateTime<Utc>> {
        self.latest(|event| matches!(event.fact, Fact::Supplemented { .. }).then_some(event.at))
    }

    /// The reception, if it was received.
    pub fn reception(&self) -> Option<Reception<'_>> {
        self.latest(|event| match &event.fact {
            Fact::Received {
                code,
                organisation,
                due_at,
            } => Some(Reception {
                code,
                organisation,
                due_at: *due_at,
            }),
            _ => None,
        })
    }

    /// What the citizen is asked to add and has not answered, and when it was asked.
    pub fn asked(&self) -> Option<(DateTime<Utc>, &[String])> {
        let asked = self.latest(|event| match &event.fact {
            Fact::SupplementRequested { items } => Some((event.at, items.as_slice())),
            _ => None,
        })?;
        let answered = self.supplemented_at().is_some_and(|at| at >= asked.0);
        (!answered).then_some(asked)
    }

    /// The moment at which an answer given `now` counts: never before what it answers, whatever the desk's clock said.
    pub fn answered_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.asked().map(|(asked_at, _)| now.max(asked_at))
    }

    /// How the result stands.
    pub fn handing(&self) -> HandingState {
        let latest = self.issued().map(|issued| issued.result);
        // A result that was handed over and then replaced: the one that counts may still have to be fetched.
        let is_that = |of: &ResultId| latest.is_none_or(|latest| latest == *of);
        if self
            .knows(|fact| matches!(fact, Fact::ResultHandedOver { result, .. } if is_that(result)))
        {
            HandingState::HandedOver
        } else if latest.is_some() {
            HandingState::Issued
        } else {
            HandingState::NotIssued
        }
    }

    /// The result, once it is issued.
    pub fn issued(&self) -> Option<Issued<'_>> {
        self.latest(|event| match &event.fact {
            Fact::ResultIssued {
                result,
                number,
                check_code,
                ..
            } => Some(Issued {
                result: *result,
                number,
                check_code,
            }),
            _ => None,
        })
    }

    /// The status code of the national dossier list.
    pub fn national_status(&self) -> Option<u8> {
        self.state().national_status(self.money().state)
    }
}
