//! What is true in the end, whatever happened before.

use contracts::payment::RefundCause;
use payment::{
    domain::{
        Progress, State,
        ledger::{Account, balances},
        refund::{self, Refund, Source, Standing},
    },
    port::Verdict,
    transfer::Found,
};

use super::{
    Play,
    process::{Rows, Said},
};

pub(super) fn kept(seed: u64, play: &Play) {
    let (rows, truth) = (&play.process.rows, &play.truth);
    let again = format!("MOTCUA_PAYMENT_RULES_SEED={seed}: {rows:?} {truth:?}");
    let state = rows.order.state;
    let taken: Vec<_> = rows
        .attempts
        .iter()
        .map(|attempt| attempt.progress == Progress::Taken)
        .collect();
    let took: Vec<_> = truth
        .visits
        .iter()
        .map(|word| *word == Verdict::Taken)
        .collect();
    assert_eq!(taken, took, "{again}");
    let took = i64::try_from(took.iter().filter(|took| **took).count()).unwrap() * play.total;
    let counted = |found: &Found| !found.waits();
    let (mut bank, mut waiting) = (0, 0);
    for (which, found) in &rows.lines {
        let amount = truth.lines[*which];
        *if counted(found) {
            &mut bank
        } else {
            &mut waiting
        } += amount;
    }
    let cash = if rows.in_cash { play.total } else { 0 };
    let owed = if state == State::Paid { play.total } else { 0 };
    assert_eq!(took + bank + cash, owed + rows.surplus, "{again}");

    let sum = |which: &dyn Fn(&Refund) -> bool| {
        let chosen = rows.refunds.iter().filter(|refund| which(refund));
        chosen.map(|refund| refund.amount.dong()).sum::<i64>()
    };
    let is_surplus = |refund: &Refund| refund.cause == RefundCause::Surplus;
    assert_eq!(sum(&is_surplus), rows.surplus, "{again}");
    let over = rows.refunds.iter().all(|refund| refund.standing.is_over());
    assert!(over && state != State::Open, "{again}");
    let gone = sum(&|one| !is_surplus(one) && one.standing == Standing::Done);
    assert!(gone <= owed, "{again}");
    let from = |source| sum(&|one| rows.paid_from.get(&one.id) == Some(&source));
    let (gateway, till, by_bank) = (
        from(Source::Gateway),
        from(Source::Till),
        from(Source::Bank),
    );
    let given = truth.returned.iter().filter(|(.., refused)| !refused);
    assert_eq!(given.map(|given| given.2).sum::<i64>(), gateway, "{again}");

    let books = balances(&rows.journal);
    let done = sum(&|one| one.standing == Standing::Done);
    for (account, stands) in [
        (Account::Receivable, 0),
        (Account::Revenue, gone - owed),
        (Account::Gateway, took - gateway),
        (Account::Till, cash - till),
        (Account::Bank, bank + waiting),
        (Account::Unallocated, -waiting - by_bank),
        (Account::OwedBack, done - gone - rows.surplus),
    ] {
        assert_eq!(books[&account], stands, "{account:?} {again}");
    }
    assert_eq!(books.values().sum::<i64>(), 0, "{again}");
    said_once(rows, &again);
}

fn said_once(rows: &Rows, again: &str) {
    let times = |event: &dyn Fn(&Said) -> bool| rows.heard.iter().filter(|one| event(one)).count();
    let state = rows.order.state;
    let is_paid = usize::from(state == State::Paid);
    assert_eq!(times(&|one| *one == Said::FeePaid), is_paid, "{again}");
    let closed = |state| times(&|one| *one == Said::Closed(state));
    let cancelled = usize::from(state == State::Cancelled);
    assert_eq!(closed(State::Cancelled), cancelled, "{again}");
    assert!(closed(State::Expired) <= 1, "{again}");
    for refund in &rows.refunds {
        let done = usize::from(refund.standing == Standing::Done);
        let said = times(&|one| *one == Said::Refunded(refund.id));
        assert_eq!(said, done, "{again}");
    }
    let issued = times(&|one| matches!(one, Said::Issued(_)));
    assert_eq!(issued, rows.receipts.len(), "{again}");
    let valid = rows.receipts.iter().filter(|valid| **valid).count();
    let back = refund::is_all_back(rows.order.total, &rows.refunds);
    let wanted = usize::from(state == State::Paid && !back);
    assert_eq!(valid, wanted, "{again}");
    let cancelled = times(&|one| matches!(one, Said::Cancelled(_)));
    assert_eq!(cancelled, rows.receipts.len() - valid, "{again}");
}
