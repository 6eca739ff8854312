//! A process with rows in memory: what is committed stays, everything else dies with it.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{AccountId, RefundId, Vnd, payment::RefundCause};
use payment::{
    domain::{
        Attempt, Order, Progress, State, Step,
        ledger::Posting,
        refund::{self, Left, Refund, Source, Standing},
    },
    port::Returned,
    transfer::Found,
};
use uuid::Uuid;

use crate::interleavings::chance::Chance;

/// It died: what was under way is gone, or was done and nobody knows.
#[derive(Debug)]
pub struct Died;

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    FeePaid,
    Closed(State),
    Refunded(RefundId),
    Issued(usize),
    Cancelled(usize),
    IssueReceipt,
    FollowRefund(RefundId),
}

/// The rows of one order.
#[derive(Debug, Clone)]
pub struct Rows {
    pub order: Order,
    pub surplus: i64,
    pub in_cash: bool,
    pub attempts: Vec<Attempt>,
    pub lines: BTreeMap<usize, Found>,
    pub refunds: Vec<Refund>,
    pub paid_from: BTreeMap<RefundId, Source>,
    pub journal: Vec<Posting>,
    /// Whether each is valid.
    pub receipts: Vec<bool>,
    pub outbox: Vec<Said>,
    /// How far the outbox is relayed.
    pub relayed: usize,
    pub inbox: BTreeSet<usize>,
    /// What others heard, each in a transaction of theirs.
    pub heard: Vec<Said>,
}

impl Rows {
    pub fn of(order: Order, owed: Posting) -> Self {
        Self {
            order,
            surplus: 0,
            in_cash: false,
            attempts: Vec::new(),
            lines: BTreeMap::new(),
            refunds: Vec::new(),
            paid_from: BTreeMap::new(),
            journal: vec![owed],
            receipts: Vec::new(),
            outbox: Vec::new(),
            relayed: 0,
            inbox: BTreeSet::new(),
            heard: Vec::new(),
        }
    }

    /// Posts; as the table does, refuses a cause that has posted before.
    pub fn post(&mut self, posting: Option<Posting>) {
        if let Some(posting) = posting {
            let twice = self
                .journal
                .iter()
                .any(|old| old.cause() == posting.cause());
            assert!(!twice, "{:?} would post twice", posting.cause());
            self.journal.push(posting);
        }
    }

    pub fn say(&mut self, said: Said) {
        self.outbox.push(said);
    }

    pub fn pay(&mut self) {
        let paid = self.order.state.after(Step::Pay);
        self.order.state = paid.unwrap();
        self.say(Said::FeePaid);
        self.say(Said::IssueReceipt);
    }

    pub fn left(&self) -> Left {
        let surplus = Vnd::new(self.surplus).unwrap();
        Left::of(self.order.state, self.order.total, surplus, &self.refunds)
    }

    /// The attempt whose money paid the order.
    pub fn taker(&self) -> Option<String> {
        let surplus = |txn_ref: &str| {
            self.refunds.iter().any(|refund| {
                refund.cause == RefundCause::Surplus && refund.txn_ref.as_deref() == Some(txn_ref)
            })
        };
        let taken =
            |attempt: &&Attempt| attempt.progress == Progress::Taken && !surplus(&attempt.txn_ref);
        let found = self.attempts.iter().find(taken);
        found.map(|attempt| attempt.txn_ref.clone())
    }

    pub fn surplus_came(&mut self, amount: Vnd, txn_ref: Option<&str>, limit: Vnd) {
        self.surplus += amount.dong();
        self.ask(RefundCause::Surplus, amount, txn_ref, None, limit);
    }

    pub fn ask(
        &mut self,
        cause: RefundCause,
        amount: Vnd,
        txn_ref: Option<&str>,
        by: Option<AccountId>,
        limit: Vnd,
    ) {
        self.refunds.push(Refund {
            id: RefundId(Uuid::from_u128(self.refunds.len() as u128)),
            cause,
            amount,
            standing: Standing::Asked,
            txn_ref: txn_ref.map(str::to_owned),
            asked_by: by,
        });
        self.approve(self.refunds.len() - 1, by, limit);
    }

    pub fn approve(&mut self, which: usize, officer: Option<AccountId>, limit: Vnd) {
        let found = self.refunds[which].clone();
        if let Ok(owed) = refund::approve(&found, &self.refunds, officer, limit) {
            self.refunds[which].standing = Standing::Approved;
            self.post(owed);
            if found.txn_ref.is_some() {
                self.say(Said::FollowRefund(found.id));
            }
        }
    }

    /// The gateway's word about a refund.
    pub fn called(&mut self, id: RefundId, word: Option<Returned>) {
        let Some(which) = self.refunds.iter().position(|one| one.id == id) else {
            return;
        };
        let Some(word) = word else { return };
        if let Some((to, posting)) = refund::hear(&self.refunds[which], word) {
            self.refunds[which].standing = to;
            if posting.is_some() {
                self.paid_from.insert(id, Source::Gateway);
                self.post(posting);
                self.finish(which);
            }
        }
        if self.refunds[which].standing == Standing::Sent {
            self.say(Said::FollowRefund(id));
        }
    }

    /// The payer has the money.
    pub fn finish(&mut self, which: usize) {
        let found = self.refunds[which].clone();
        self.say(Said::Refunded(found.id));
        if found.cause != RefundCause::Surplus
            && refund::is_all_back(self.order.total, &self.refunds)
            && let Some(valid) = self.receipts.iter().position(|valid| *valid)
        {
            self.receipts[valid] = false;
            self.say(Said::Cancelled(valid));
        }
    }

    pub fn issue(&mut self) {
        let back = refund::is_all_back(self.order.total, &self.refunds);
        if self.order.state == State::Paid && self.receipts.is_empty() && !back {
            self.receipts.push(true);
            self.say(Said::Issued(0));
        }
    }
}

pub struct Process {
    pub rows: Rows,
    pub chance: Chance,
    pub deaths: usize,
    mortal: bool,
}

impl Process {
    pub fn new(rows: Rows, chance: Chance) -> Self {
        Self {
            rows,
            chance,
            deaths: 0,
            mortal: true,
        }
    }

    pub fn lives_for_ever(&mut self) {
        self.mortal = false;
    }

    fn lives(&mut self) -> Result<(), Died> {
        if self.mortal && self.chance.once_in(8) {
            self.deaths += 1;
            return Err(Died);
        }
        Ok(())
    }

    /// One transaction: it dies before the commit, and nothing was; or after it, and nobody hears of it.
    pub fn commit<T>(&mut self, work: impl FnOnce(&mut Rows) -> T) -> Result<T, Died> {
        let mut changed = self.rows.clone();
        let done = work(&mut changed);
        self.lives()?;
        self.rows = changed;
        self.lives()?;
        Ok(done)
    }

    /// The next message that is to be published; none where it dies first.
    pub fn next(&mut self) -> Option<(usize, Said)> {
        self.lives().ok()?;
        let id = self.rows.relayed;
        self.rows.outbox.get(id).map(|said| (id, *said))
    }

    /// Hears a message: its mark and its effect are one transaction.
    pub fn hear(&mut self, id: usize, work: impl FnOnce(&mut Rows)) -> Result<(), Died> {
        self.commit(|rows| {
            assert!(rows.inbox.insert(id), "a known message is not handed on");
            work(rows);
        })
    }

    /// The publisher's confirm: the cursor moves, unless it dies first.
    pub fn confirm(&mut self) -> Result<(), Died> {
        self.lives()?;
        self.rows.relayed += 1;
        Ok(())
    }
}
