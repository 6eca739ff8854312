use contracts::OrderId;
use proptest::prelude::*;

use super::*;
use crate::{domain::ledger::balances, statement::Draft};

fn vnd(dong: i64) -> Vnd {
    Vnd::new(dong).unwrap()
}

fn order(state: State) -> Order {
    Order {
        id: OrderId(Uuid::from_u128(1)),
        total: vnd(16_000),
        state,
    }
}

fn line(amount: i64, direction: Direction, reversal: bool) -> Line {
    Line::new(&Draft {
        reference: "S1",
        booked_on: "2026-10-08".parse().unwrap(),
        direction,
        amount: vnd(amount),
        remitter: "",
        purpose: "",
        end_to_end: "",
        reversal,
    })
    .unwrap()
}

fn came(amount: i64) -> Line {
    line(amount, Direction::Credit, false)
}

#[test]
fn the_right_amount_pays_an_order_that_may_still_be_paid() {
    let found = |amount, state| look(&came(amount), Named::One(&order(state)));
    for state in [State::Open, State::Expired] {
        assert_eq!(found(16_000, state), Found::Paid);
        assert_eq!(found(15_999, state), Found::TooLittle);
        assert_eq!(found(16_001, state), Found::TooMuch);
    }
    for state in [State::Paid, State::Cancelled] {
        assert_eq!(found(16_000, state), Found::Surplus);
        assert_eq!(found(5_000, state), Found::Surplus);
    }
}

#[test]
fn what_names_no_single_order_or_did_not_come_waits_for_an_officer() {
    assert_eq!(look(&came(16_000), Named::Nothing), Found::NoReference);
    assert_eq!(look(&came(16_000), Named::Unknown), Found::UnknownReference);
    assert_eq!(look(&came(16_000), Named::Several), Found::SeveralOrders);
    let open = order(State::Open);
    for (direction, reversal, found) in [
        (Direction::Debit, false, Found::Outgoing),
        (Direction::Debit, true, Found::Returned),
        (Direction::Credit, true, Found::Returned),
    ] {
        assert_eq!(
            look(&line(16_000, direction, reversal), Named::One(&open)),
            found
        );
        assert!(found.waits());
    }
}

#[test]
fn a_line_posts_between_the_bank_and_what_its_money_is_for() {
    let id = Uuid::from_u128(7);
    let posted = |line: &Line, found, state| {
        let order = order(state);
        let posting = posting(id, line, found, Some(&order));
        (posting.debit(), posting.credit())
    };
    let (bank, waits) = (Account::Bank, Account::Unallocated);
    assert_eq!(
        posted(&came(1), Found::Paid, State::Open),
        (bank, Account::Receivable)
    );
    assert_eq!(
        posted(&came(1), Found::Paid, State::Expired),
        (bank, Account::Revenue)
    );
    assert_eq!(
        posted(&came(1), Found::Surplus, State::Paid),
        (bank, Account::OwedBack)
    );
    assert_eq!(posted(&came(1), Found::TooMuch, State::Open), (bank, waits));
    let went = line(1, Direction::Debit, false);
    assert_eq!(posted(&went, Found::Outgoing, State::Open), (waits, bank));
}

#[test]
fn lines_pay_an_order_together_and_what_is_beyond_is_owed_back() {
    let [one, two] = [1, 2].map(Uuid::from_u128);
    let shares = |state, lines: &[(Uuid, i64)]| {
        let lines: Vec<_> = lines.iter().map(|(id, dong)| (*id, vnd(*dong))).collect();
        let shares = allocate(&order(state), &lines)?;
        Ok(shares
            .iter()
            .map(|share| (share.pays.dong(), share.beyond.dong()))
            .collect::<Vec<_>>())
    };
    assert_eq!(shares(State::Open, &[(one, 16_000)]), Ok(vec![(16_000, 0)]));
    assert_eq!(
        shares(State::Open, &[(one, 6_000), (two, 12_000)]),
        Ok(vec![(6_000, 0), (10_000, 2_000)])
    );
    assert_eq!(
        shares(State::Open, &[(one, 20_000), (two, 1_000)]),
        Ok(vec![(16_000, 4_000), (0, 1_000)])
    );
    assert_eq!(shares(State::Paid, &[(one, 5_000)]), Ok(vec![(0, 5_000)]));
    assert_eq!(
        shares(State::Open, &[(one, 15_999)]),
        Err(Misallocated::TooLittle)
    );
    assert_eq!(shares(State::Open, &[]), Err(Misallocated::Nothing));
}

#[test]
fn a_day_has_no_hour_so_money_was_paid_by_its_end() {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let ordered = at("2026-10-08T02:15:00Z");
    let paid = |now| paid_at(&came(1), ordered, at(now));
    assert_eq!(paid("2026-10-08T03:00:00Z"), at("2026-10-08T03:00:00Z"));
    assert_eq!(paid("2026-10-11T03:00:00Z"), at("2026-10-08T17:00:00Z"));
    let later = at("2026-10-09T02:15:00Z");
    assert_eq!(paid_at(&came(1), later, at("2026-10-11T03:00:00Z")), later);
}

proptest! {
    #[test]
    fn no_money_of_a_line_is_lost_or_made(amounts in prop::collection::vec(1..=40_000_i64, 1..5), state in prop::sample::select(State::VARIANTS)) {
        let lines: Vec<_> = (1..).map(Uuid::from_u128).zip(amounts.iter().map(|dong| vnd(*dong))).collect();
        let sum: i64 = amounts.iter().sum();
        let Ok(shares) = allocate(&order(state), &lines) else {
            prop_assert!(sum < 16_000);
            return Ok(());
        };
        let mut postings: Vec<_> = lines.iter().map(|(id, amount)| posting(*id, &came(amount.dong()), Found::NoReference, None)).collect();
        postings.extend(shares.iter().flat_map(|share| share.postings(state)));
        let stands = balances(&postings);
        prop_assert_eq!(stands[&Account::Unallocated], 0);
        prop_assert_eq!(stands[&Account::Bank], sum);
        let owed = if matches!(state, State::Open | State::Expired) { 16_000 } else { 0 };
        prop_assert_eq!(-stands[&Account::OwedBack], sum - owed);
        let mut causes: Vec<_> = postings.iter().map(|posting| posting.cause().to_string()).collect();
        causes.sort();
        causes.dedup();
        prop_assert_eq!(causes.len(), postings.len());
    }
}
