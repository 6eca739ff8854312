use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const RETURNED: [Returned; 3] = [Returned::UnderWay, Returned::Done, Returned::Refused];

fn vnd(dong: i64) -> Vnd {
    Vnd::new(dong).unwrap()
}

fn officer(number: u128) -> AccountId {
    AccountId(Uuid::from_u128(number))
}

fn refund(standing: Standing) -> Refund {
    Refund {
        id: RefundId(Uuid::from_u128(1)),
        cause: RefundCause::Refused,
        amount: vnd(16_000),
        standing,
        txn_ref: Some("A1".into()),
        asked_by: Some(officer(1)),
    }
}

#[test]
fn a_refund_goes_only_where_the_table_says() {
    let all = || {
        let moves = |standing| Move::VARIANTS.iter().map(move |step| (standing, *step));
        Standing::VARIANTS
            .iter()
            .flat_map(move |standing| moves(*standing))
    };
    let legal = all().filter_map(|(from, step)| {
        let to = from.after(step)?;
        Some(format!("{from:?} + {step:?} = {to:?}"))
    });
    assert_eq!(
        legal.collect::<Vec<_>>(),
        [
            "Asked + Approve = Approved",
            "Asked + Reject = Rejected",
            "Approved + Send = Sent",
            "Approved + Fail = Failed",
            "Approved + Confirm = Done",
            "Approved + PayOut = Done",
            "Sent + Fail = Failed",
            "Sent + Confirm = Done",
            "Failed + PayOut = Done",
        ]
    );
    assert_eq!(all().count(), 36);
}

#[test]
fn no_more_goes_back_than_came() {
    let left = |earlier: &[Refund]| Left::of(State::Paid, vnd(16_000), vnd(5_000), earlier);
    assert_eq!(
        left(&[]),
        Left {
            fee: vnd(16_000),
            surplus: vnd(5_000)
        }
    );
    let part = Refund {
        amount: vnd(6_000),
        ..refund(Standing::Sent)
    };
    let back = Refund {
        cause: RefundCause::Surplus,
        amount: vnd(5_000),
        ..refund(Standing::Done)
    };
    let no = refund(Standing::Rejected);
    let left = left(&[part, back, no]);
    assert_eq!(
        left,
        Left {
            fee: vnd(10_000),
            surplus: Vnd::ZERO
        }
    );
    let asked = |cause, dong| ask(left, cause, vnd(dong));
    assert_eq!(asked(RefundCause::Mistake, 10_000), Ok(()));
    assert_eq!(
        asked(RefundCause::Mistake, 10_001),
        Err(Refusal::TooMuch(vnd(10_000)))
    );
    assert_eq!(
        asked(RefundCause::Mistake, 0),
        Err(Refusal::TooMuch(vnd(10_000)))
    );
    assert_eq!(asked(RefundCause::Surplus, 1), Err(Refusal::NothingLeft));
    let open = Left::of(State::Open, vnd(16_000), Vnd::ZERO, []);
    assert_eq!(
        ask(open, RefundCause::Refused, vnd(1)),
        Err(Refusal::NothingLeft)
    );
}

#[test]
fn above_the_limit_somebody_else_approves() {
    let asked = refund(Standing::Asked);
    let by = |officer, limit| approve(&asked, [&asked], officer, vnd(limit)).map(drop);
    assert_eq!(by(Some(officer(1)), 16_000), Ok(()));
    assert_eq!(by(None, 16_000), Ok(()));
    assert_eq!(by(Some(officer(1)), 15_999), Err(Refusal::SecondOfficer));
    assert_eq!(by(None, 15_999), Err(Refusal::SecondOfficer));
    assert_eq!(by(Some(officer(2)), 15_999), Ok(()));
}

#[test]
fn one_refund_of_an_order_is_under_way_at_a_time() {
    let asked = refund(Standing::Asked);
    for standing in Standing::VARIANTS {
        let other = refund(*standing);
        let approved = approve(&asked, [&asked, &other], None, vnd(16_000)).map(drop);
        let free = !matches!(standing, Standing::Approved | Standing::Sent);
        assert_eq!(approved, if free { Ok(()) } else { Err(Refusal::UnderWay) });
    }
}

#[test]
fn what_the_gateway_gives_back_is_not_paid_out_by_hand() {
    let by_hand = Refund {
        txn_ref: None,
        ..refund(Standing::Approved)
    };
    assert!(pay_out(&by_hand, Source::Till).is_ok());
    assert_eq!(pay_out(&by_hand, Source::Gateway), Err(Refusal::ByGateway));
    assert_eq!(
        pay_out(&refund(Standing::Approved), Source::Till),
        Err(Refusal::ByGateway)
    );
    assert_eq!(
        pay_out(&refund(Standing::Sent), Source::Till),
        Err(Refusal::NotNow)
    );
    assert!(pay_out(&refund(Standing::Failed), Source::Bank).is_ok());
    assert_eq!(
        pay_out(&refund(Standing::Done), Source::Bank),
        Err(Refusal::NotNow)
    );
}

proptest! {
    /// Whatever officers and the gateway do in whatever order, with late and repeated words among it: money goes back at most
    /// once, never more than came, and what is owed back is what is approved and not yet given.
    #[test]
    fn in_any_story_money_goes_back_once(steps in prop::collection::vec((0..4usize, 0..6u8, 1..20_000i64), 0..40)) {
        let (total, surplus) = (vnd(16_000), vnd(8_000));
        let mut refunds: Vec<Refund> = Vec::new();
        let mut books: Vec<Posting> = Vec::new();
        for (which, act, dong) in steps {
            if act == 0 {
                let cause = if dong % 2 == 0 { RefundCause::Surplus } else { RefundCause::Stopped };
                let left = Left::of(State::Paid, total, surplus, &refunds);
                if ask(left, cause, vnd(dong)).is_ok() {
                    let id = RefundId(Uuid::from_u128(u128::try_from(refunds.len()).unwrap()));
                    let txn_ref = (dong % 3 == 0).then(|| "A1".to_owned());
                    refunds.push(Refund { id, cause, amount: vnd(dong), txn_ref, ..refund(Standing::Asked) });
                }
                continue;
            }
            let Some(found) = refunds.get(which).cloned() else { continue };
            let standing = match act {
                1 => approve(&found, &refunds, Some(officer(2)), Vnd::ZERO).ok().map(|posting| {
                    books.extend(posting);
                    Standing::Approved
                }),
                2 => found.standing.after(Move::Reject),
                3 => pay_out(&found, Source::Till).ok().map(|posting| {
                    books.push(posting);
                    Standing::Done
                }),
                _ if found.txn_ref.is_none() => None,
                _ => hear(&found, RETURNED[usize::try_from(dong).unwrap() % 3]).map(|(standing, posting)| {
                    books.extend(posting);
                    standing
                }),
            };
            refunds[which].standing = standing.unwrap_or(found.standing);
        }
        let sum = |of: &dyn Fn(&Refund) -> bool| refunds.iter().filter(|refund| of(refund)).map(|refund| refund.amount.dong()).sum::<i64>();
        let is_surplus = |refund: &Refund| refund.cause == RefundCause::Surplus;
        let goes = |refund: &Refund| !matches!(refund.standing, Standing::Asked | Standing::Rejected);
        let done = sum(&|refund| refund.standing == Standing::Done);
        let stands = super::super::ledger::balances(&books);
        prop_assert!(sum(&|refund| goes(refund) && is_surplus(refund)) <= surplus.dong());
        prop_assert!(sum(&|refund| goes(refund) && !is_surplus(refund)) <= total.dong());
        prop_assert_eq!(-stands[&Account::Till] - stands[&Account::Gateway], done);
        prop_assert_eq!(stands[&Account::Revenue], sum(&|refund| goes(refund) && !is_surplus(refund)));
        prop_assert_eq!(-stands[&Account::OwedBack], stands[&Account::Revenue] - done);
        let mut causes: Vec<_> = books.iter().map(|posting| posting.cause().clone()).collect();
        causes.sort();
        causes.dedup();
        prop_assert_eq!(causes.len(), books.len());
    }
}
