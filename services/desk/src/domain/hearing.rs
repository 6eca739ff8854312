//! What becomes of a message: it may come in any order and more than once.

use contracts::{
    ExaminationId, OrderId, agency::DossierExamined, intake::DossierSupplemented, payment::FeePaid,
};

use super::{State, item::WorkItem};

/// What to do with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It takes effect.
    Now,
    /// It took effect before, or what it answers isn't asked any more.
    Before,
    /// What it follows hasn't happened yet; with what is waited for.
    TooEarly(&'static str),
    /// It can never fit; with what is wrong.
    Never(&'static str),
}

impl WorkItem {
    /// The answer to an asking of what is missing.
    pub fn hears_assessment(&self, round: u32) -> Heard {
        if round > self.round {
            Heard::TooEarly("this assessment hasn't been asked for yet")
        } else if round == self.round && self.state == State::AwaitingAssessment {
            Heard::Now
        } else {
            Heard::Before
        }
    }

    /// A payment. It counts whatever the dossier is waiting for.
    pub fn hears_payment(&self, paid: &FeePaid) -> Heard {
        let expected: OrderId = Self::fee_order(self.dossier);
        match self.order {
            _ if paid.order != expected => {
                Heard::Never("it pays an order that isn't this dossier's")
            }
            None if self.state.is_final() => {
                Heard::Never("it pays for a dossier that wasn't received")
            }
            None => Heard::TooEarly("the fee hasn't been asked for yet"),
            Some(_) if self.fee_paid_at.is_some() => Heard::Before,
            Some(_) => Heard::Now,
        }
    }

    /// A verdict.
    pub fn hears_verdict(&self, examined: &DossierExamined) -> Heard {
        if self.handler.as_deref() != Some(examined.handler.as_str()) {
            return Heard::Never("another handler is asked about this dossier");
        }
        let asked = |n| -> ExaminationId { Self::examination(self.dossier, n) };
        let last = self.examinations;
        if last > 0 && examined.examination == asked(last) {
            match self.state {
                State::HandlerExamines => Heard::Now,
                _ => Heard::Before,
            }
        } else if (1..last).any(|n| examined.examination == asked(n)) {
            Heard::Before
        } else if self.state.is_final() || self.state == State::Decided {
            Heard::Never("it answers an examination that was never asked for")
        } else {
            Heard::TooEarly("this examination hasn't been asked for yet")
        }
    }

    /// What the citizen added. Known by its moment, since it names no request.
    pub fn hears_supplement(&self, added: &DossierSupplemented) -> Heard {
        let before = self
            .supplemented_at
            .is_some_and(|last| added.supplemented_at <= last);
        match self.state {
            _ if before => Heard::Before,
            State::SupplementRequested => Heard::Now,
            State::Decided | State::Returned | State::Rejected => {
                Heard::Never("the dossier is decided already")
            }
            _ => Heard::TooEarly("nothing has been asked for yet"),
        }
    }

    /// That the citizen has the result.
    pub const fn hears_hand_over(&self) -> Heard {
        match self.state {
            State::Decided => Heard::Now,
            State::Returned => Heard::Before,
            State::Rejected => Heard::Never("a dossier that wasn't received has no result"),
            _ => Heard::TooEarly("the dossier isn't decided yet"),
        }
    }
}
