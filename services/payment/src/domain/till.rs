//! An officer's till: what is expected in it, how it is counted at the day's end, and who may receive it. Pure.

use contracts::{AccountId, Vnd};
use uuid::Uuid;

use super::ledger::{Account, Cause, Posting};

/// What the rules need to know of a till.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Till {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub officer: AccountId,
    /// The change it was opened with.
    pub opened_with: Vnd,
    /// The cash taken in.
    pub taken: Vnd,
    /// The cash paid out as refunds.
    pub paid_out: Vnd,
    /// What was taken by card.
    pub card: Vnd,
    /// How far it is.
    pub stage: Stage,
}

/// How far a till is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Money goes in and out.
    Open,
    /// Counted, with what cash was in it; the treasurer does not have it yet.
    Closed(Vnd),
    /// The treasurer has it.
    Received,
}

/// What an officer counted at the day's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The cash in the till.
    pub cash: Vnd,
    /// The total on the card terminal's end-of-day slip.
    pub card: Vnd,
}

/// Why a till does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What was counted is not what is expected, and nobody said why.
    #[error("{cash} đồng of cash and {card} đồng by card are expected: say why they differ")]
    Unexplained {
        /// The cash that the books expect, in đồng.
        cash: i64,
        /// What they expect by card, in đồng.
        card: i64,
    },
    /// It is closed, or not yet.
    #[error("the till is not where that can happen")]
    NotNow,
    /// Whoever counted it does not receive it as well.
    #[error("another person receives the till")]
    OwnTill,
    /// The officer has one already.
    #[error("the officer has an open till")]
    OpenAlready,
}

impl Till {
    /// The cash that the books expect, in đồng; below zero where more was paid out than there was.
    pub const fn expected(&self) -> i64 {
        self.opened_with.dong() + self.taken.dong() - self.paid_out.dong()
    }

    /// Counts it at the day's end. What is short or over is posted, with a reason on record.
    pub fn close(&self, counted: Count, is_explained: bool) -> Result<Option<Posting>, Refusal> {
        if self.stage != Stage::Open {
            return Err(Refusal::NotNow);
        }
        let expected = self.expected();
        let over = counted.cash.dong() - expected;
        if (over != 0 || counted.card != self.card) && !is_explained {
            return Err(Refusal::Unexplained {
                cash: expected,
                card: self.card.dong(),
            });
        }
        let (debit, credit) = if over > 0 {
            (Account::Till, Account::Differences)
        } else {
            (Account::Differences, Account::Till)
        };
        Ok(posting(
            debit,
            credit,
            over.abs(),
            Cause::TillCounted(self.id),
        ))
    }

    /// Another person takes its cash in and signs for it.
    pub fn receive(&self, by: AccountId) -> Result<Option<Posting>, Refusal> {
        let Stage::Closed(counted) = self.stage else {
            return Err(Refusal::NotNow);
        };
        if by == self.officer {
            return Err(Refusal::OwnTill);
        }
        let cause = Cause::TillReceived(self.id);
        Ok(posting(
            Account::Treasury,
            Account::Till,
            counted.dong(),
            cause,
        ))
    }
}

/// What the change posts that a till is opened with.
pub fn open(id: Uuid, with: Vnd) -> Option<Posting> {
    posting(
        Account::Till,
        Account::Treasury,
        with.dong(),
        Cause::TillOpened(id),
    )
}

fn posting(debit: Account, credit: Account, dong: i64, cause: Cause) -> Option<Posting> {
    let amount = Vnd::new(dong).ok().filter(|amount| !amount.is_zero());
    amount.map(|amount| Posting::new(debit, credit, amount, cause))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn vnd(dong: i64) -> Vnd {
        Vnd::new(dong).unwrap()
    }

    fn till(taken: i64, paid_out: i64) -> Till {
        Till {
            id: Uuid::from_u128(1),
            officer: AccountId(Uuid::from_u128(2)),
            opened_with: vnd(200_000),
            taken: vnd(taken),
            paid_out: vnd(paid_out),
            card: vnd(30_000),
            stage: Stage::Open,
        }
    }

    fn count(cash: i64, card: i64) -> Count {
        Count {
            cash: vnd(cash),
            card: vnd(card),
        }
    }

    #[test]
    fn a_count_that_fits_needs_no_words_and_one_that_does_not_is_posted_with_them() {
        let till = till(48_000, 8_000);
        assert_eq!(till.close(count(240_000, 30_000), false), Ok(None));
        let unexplained = Refusal::Unexplained {
            cash: 240_000,
            card: 30_000,
        };
        for wrong in [count(239_000, 30_000), count(240_000, 29_000)] {
            assert_eq!(till.close(wrong, false), Err(unexplained));
        }
        let short = till.close(count(239_000, 30_000), true).unwrap().unwrap();
        assert_eq!(
            (short.debit(), short.credit(), short.amount()),
            (Account::Differences, Account::Till, vnd(1_000))
        );
        let over = till.close(count(240_500, 30_000), true).unwrap().unwrap();
        assert_eq!(
            (over.debit(), over.credit(), over.amount()),
            (Account::Till, Account::Differences, vnd(500))
        );
    }

    #[test]
    fn a_till_is_closed_once_and_received_once_by_somebody_else() {
        let (own, other) = (AccountId(Uuid::from_u128(2)), AccountId(Uuid::from_u128(3)));
        let mut till = till(0, 0);
        assert_eq!(till.receive(other), Err(Refusal::NotNow));
        till.stage = Stage::Closed(vnd(200_000));
        assert_eq!(
            till.close(count(200_000, 30_000), false),
            Err(Refusal::NotNow)
        );
        assert_eq!(till.receive(own), Err(Refusal::OwnTill));
        let received = till.receive(other).unwrap().unwrap();
        assert_eq!(
            (received.debit(), received.credit(), received.amount()),
            (Account::Treasury, Account::Till, vnd(200_000))
        );
        till.stage = Stage::Received;
        assert_eq!(till.receive(other), Err(Refusal::NotNow));
    }

    proptest! {
        #[test]
        fn whatever_is_counted_the_books_hold_it_then_and_nothing_when_it_is_received(
            taken in 0i64..10_000_000, paid_out in 0i64..10_000_000, counted in 0i64..20_000_000,
        ) {
            let mut till = till(taken, paid_out);
            let mut books = till.expected();
            let mut post = |posting: Option<Posting>| {
                for (account, dong) in posting.iter().flat_map(Posting::entries) {
                    if account == Account::Till {
                        books += dong;
                    }
                }
                books
            };
            prop_assert_eq!(post(till.close(count(counted, 30_000), true).unwrap()), counted);
            till.stage = Stage::Closed(vnd(counted));
            prop_assert_eq!(post(till.receive(AccountId(Uuid::from_u128(3))).unwrap()), 0);
        }
    }
}
