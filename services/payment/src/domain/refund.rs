//! Money that goes back: how a refund stands, who may let it go, and what it posts. Pure.

use contracts::{AccountId, RefundId, Vnd, payment::RefundCause};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::{
    State,
    ledger::{Account, Cause, Posting},
};
use crate::port::Returned;

/// Where a refund stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Standing {
    /// Waits for an officer's word.
    Asked,
    /// An officer said no.
    Rejected,
    /// It shall go: to the gateway, or out by hand.
    Approved,
    /// The gateway has taken it in hand.
    Sent,
    /// The gateway will not do it.
    Failed,
    /// The payer has the money.
    Done,
}

/// What can happen to a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum Move {
    /// It is allowed.
    Approve,
    /// It is not.
    Reject,
    /// The gateway takes it in hand.
    Send,
    /// The gateway says no.
    Fail,
    /// The gateway has done it.
    Confirm,
    /// An officer gives the money back by hand.
    PayOut,
}

/// Every legal transition, once.
pub const MOVES: [(Standing, Move, Standing); 9] = [
    (Standing::Asked, Move::Approve, Standing::Approved),
    (Standing::Asked, Move::Reject, Standing::Rejected),
    (Standing::Approved, Move::Send, Standing::Sent),
    (Standing::Approved, Move::Fail, Standing::Failed),
    (Standing::Approved, Move::Confirm, Standing::Done),
    (Standing::Approved, Move::PayOut, Standing::Done),
    (Standing::Sent, Move::Fail, Standing::Failed),
    (Standing::Sent, Move::Confirm, Standing::Done),
    (Standing::Failed, Move::PayOut, Standing::Done),
];

impl Standing {
    /// The name it is stored and shown by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    /// Where a move leads; `None` when it is not legal.
    pub fn after(self, step: Move) -> Option<Self> {
        let legal = MOVES
            .iter()
            .find(|(from, by, _)| (*from, *by) == (self, step));
        legal.map(|(_, _, to)| *to)
    }

    /// Whether nothing more will come of it.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Rejected | Self::Done)
    }
}

/// Where the money comes out of.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    EnumString,
    IntoStaticStr,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Source {
    /// The gateway gives it back the way it came.
    Gateway,
    /// Cash from the counter's till.
    Till,
    /// A transfer from the agency's account.
    Bank,
}

impl Source {
    /// The name it is stored by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    /// The account it is taken out of. What leaves the bank waits there for the bank's own line, which says so.
    const fn account(self) -> Account {
        match self {
            Self::Gateway => Account::Gateway,
            Self::Till => Account::Till,
            Self::Bank => Account::Unallocated,
        }
    }
}

/// What the rules need to know of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Its id.
    pub id: RefundId,
    /// Why.
    pub cause: RefundCause,
    /// How much.
    pub amount: Vnd,
    /// Where it stands.
    pub standing: Standing,
    /// The attempt that the gateway gives it back for; `None` when it goes out by hand.
    pub txn_ref: Option<String>,
    /// Who asked for it; `None` when a rule did.
    pub asked_by: Option<AccountId>,
}

/// Why money does not go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No money came, or all of it goes back already.
    #[error("nothing is left to give back")]
    NothingLeft,
    /// Nothing, or more than is left of what came.
    #[error("no more than {0} can be given back")]
    TooMuch(Vnd),
    /// Another one of this order is under way.
    #[error("another refund of this order is under way")]
    UnderWay,
    /// It is past that.
    #[error("the refund is not where that can happen")]
    NotNow,
    /// Who asked may not allow it as well.
    #[error("above the limit, another officer has to approve")]
    SecondOfficer,
    /// The gateway is to give it back.
    #[error("the gateway is giving it back")]
    ByGateway,
}

/// What is left to give back of an order: of the fee, and of what came beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Of the fee.
    pub fee: Vnd,
    /// Of the surplus.
    pub surplus: Vnd,
}

impl Left {
    /// Takes off what earlier refunds give back, unless they were rejected.
    pub fn of<'a>(
        state: State,
        total: Vnd,
        surplus: Vnd,
        earlier: impl IntoIterator<Item = &'a Refund>,
    ) -> Self {
        let fee = if state == State::Paid {
            total
        } else {
            Vnd::ZERO
        };
        let mut left = Self { fee, surplus };
        for refund in earlier {
            let part = match (refund.standing, refund.cause) {
                (Standing::Rejected, _) => continue,
                (_, RefundCause::Surplus) => &mut left.surplus,
                _ => &mut left.fee,
            };
            *part = part.minus(refund.amount).unwrap_or(Vnd::ZERO);
        }
        left
    }

    const fn for_cause(self, cause: RefundCause) -> Vnd {
        match cause {
            RefundCause::Surplus => self.surplus,
            RefundCause::Refused | RefundCause::Stopped | RefundCause::Mistake => self.fee,
        }
    }
}

/// Whether all of a fee is back with its payer. What is only asked for, or on its way, may still stay.
pub fn is_all_back<'a>(total: Vnd, refunds: impl IntoIterator<Item = &'a Refund>) -> bool {
    let back = refunds
        .into_iter()
        .filter(|refund| refund.standing == Standing::Done && refund.cause != RefundCause::Surplus);
    back.map(|refund| refund.amount.dong()).sum::<i64>() >= total.dong()
}

/// Whether a refund of `amount` can be asked for.
pub fn ask(left: Left, cause: RefundCause, amount: Vnd) -> Result<(), Refusal> {
    let most = left.for_cause(cause);
    if most.is_zero() {
        return Err(Refusal::NothingLeft);
    }
    if amount.is_zero() || amount > most {
        return Err(Refusal::TooMuch(most));
    }
    Ok(())
}

/// Whether `officer` may let it go: up to `limit` anybody, above it somebody else than who asked; a rule (`None`) may up to the
/// limit. The gateway is asked about payments, not refunds: of one order, one refund is with it at a time.
pub fn approve<'a>(
    refund: &Refund,
    of_order: impl IntoIterator<Item = &'a Refund>,
    officer: Option<AccountId>,
    limit: Vnd,
) -> Result<Option<Posting>, Refusal> {
    refund
        .standing
        .after(Move::Approve)
        .ok_or(Refusal::NotNow)?;
    let alone = officer.is_none() || officer == refund.asked_by;
    if refund.amount > limit && alone {
        return Err(Refusal::SecondOfficer);
    }
    let mut others = of_order.into_iter();
    if others.any(|other| matches!(other.standing, Standing::Approved | Standing::Sent)) {
        return Err(Refusal::UnderWay);
    }
    // What came beyond the fee stands as owed back since it came.
    let owed = (refund.cause != RefundCause::Surplus).then(|| {
        Posting::new(
            Account::Revenue,
            Account::OwedBack,
            refund.amount,
            Cause::RefundApproved(refund.id),
        )
    });
    Ok(owed)
}

/// An officer gives the money back by hand: one that the gateway shall not give back, or that it will not.
pub fn pay_out(refund: &Refund, from: Source) -> Result<Posting, Refusal> {
    refund.standing.after(Move::PayOut).ok_or(Refusal::NotNow)?;
    if from == Source::Gateway || refund.standing == Standing::Approved && refund.txn_ref.is_some()
    {
        return Err(Refusal::ByGateway);
    }
    Ok(done(refund, from))
}

/// What the gateway's word does to a refund; `None` when it says nothing new.
pub fn hear(refund: &Refund, word: Returned) -> Option<(Standing, Option<Posting>)> {
    let step = match word {
        Returned::UnderWay => Move::Send,
        Returned::Done => Move::Confirm,
        Returned::Refused => Move::Fail,
    };
    let standing = refund.standing.after(step)?;
    let posting = (standing == Standing::Done).then(|| done(refund, Source::Gateway));
    Some((standing, posting))
}

fn done(refund: &Refund, from: Source) -> Posting {
    Posting::new(
        Account::OwedBack,
        from.account(),
        refund.amount,
        Cause::Refunded(refund.id),
    )
}

#[cfg(test)]
mod tests;
