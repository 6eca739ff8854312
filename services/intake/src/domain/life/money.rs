//! What is known of a dossier's fee.

use chrono::{DateTime, Utc};
use contracts::{OrderId, Vnd};
use procedure::Quote;

use super::{Fact, Life};
use crate::domain::MoneyState;

/// The fee of a dossier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Money {
    /// How it stands.
    pub state: MoneyState,
    /// The latest order and its total.
    pub order: Option<(OrderId, Vnd)>,
}

impl Life {
    /// When the fee was fixed: with the reception, or when it was asked for.
    pub fn fee_fixed_at(&self) -> Option<DateTime<Utc>> {
        let fixes = |fact: &Fact| matches!(fact, Fact::Received { .. } | Fact::FeeOrdered { .. });
        let first = self.0.iter().find(|event| fixes(&event.fact));
        first.map(|event| event.at)
    }

    /// What it costs by what was filed: the latest answer counts until the fee is fixed.
    pub fn fee(&self) -> Option<&Quote> {
        let fixed = self.fee_fixed_at();
        self.latest(|event| match &event.fact {
            Fact::Submitted { fee, .. } => fee.as_ref(),
            Fact::Supplemented { fee, .. } if fixed.is_none_or(|at| event.at <= at) => fee.as_ref(),
            _ => None,
        })
    }

    /// Whether nothing is asked for it.
    pub(super) fn is_free(&self) -> bool {
        let free = |fact: &Fact| matches!(fact, Fact::Submitted { free: true, .. });
        self.fee()
            .map_or_else(|| self.knows(free), |fee| fee.total.is_zero())
    }

    /// How the fee stands: the latest order counts.
    pub fn money(&self) -> Money {
        let order = self.latest(|event| match event.fact {
            Fact::FeeOrdered { order, total } => Some((order, total)),
            _ => None,
        });
        // A payment may be heard before its order.
        let paid = self.latest(|event| match event.fact {
            Fact::FeePaid { order, total, .. } => Some((order, total)),
            _ => None,
        });
        let order = order.or(paid);
        let state = match order {
            None => MoneyState::None,
            Some((id, total)) => self.standing_of(id, total),
        };
        Money { state, order }
    }

    fn standing_of(&self, id: OrderId, total: Vnd) -> MoneyState {
        let is_paid = |fact: &Fact| matches!(fact, Fact::FeePaid { order, .. } if *order == id);
        let is_cancelled =
            |fact: &Fact| matches!(fact, Fact::FeeCancelled { order, .. } if *order == id);
        let back = self.0.iter().map(|event| match &event.fact {
            Fact::FeeRefunded { order, amount } if *order == id => amount.dong(),
            _ => 0,
        });
        match self.knows(is_paid) {
            true if back.sum::<i64>() >= total.dong() => MoneyState::Refunded,
            true => MoneyState::Paid,
            false if self.knows(is_cancelled) => MoneyState::Waived,
            false => MoneyState::Due,
        }
    }
}
