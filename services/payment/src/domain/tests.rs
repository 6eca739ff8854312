//! The rules as sentences, and stories made at random.

use chrono::TimeZone;
use contracts::{AccountId, DossierId, payment::FeeLine};
use proptest::prelude::*;

use super::*;
use crate::domain::ledger::balances;

const TERMINAL: &str = "MOTCUA01";
const VERDICTS: [Verdict; 4] = [
    Verdict::Taken,
    Verdict::Suspected,
    Verdict::Unfinished,
    Verdict::Declined,
];

fn vnd(dong: i64) -> Vnd {
    Vnd::new(dong).unwrap()
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 10, 8, 2, 15, 0).unwrap()
}

fn request() -> RequestFee {
    let line = |quantity, unit, amount| FeeLine {
        label: "Bản sao trích lục hộ tịch".into(),
        quantity,
        unit: vnd(unit),
        amount: vnd(amount),
        reduction: None,
    };
    RequestFee {
        order: OrderId("0199e3a0-0000-7000-8000-000000000004".parse().unwrap()),
        dossier: DossierId("0199e3a0-0000-7000-8000-000000000001".parse().unwrap()),
        code: "H15.50.05.13-261008-0975".parse().unwrap(),
        procedure: None,
        procedure_version: None,
        payer: AccountId("0199e3a0-0000-7000-8000-000000000002".parse().unwrap()),
        payer_name: "Nguyễn Thị Ví Dụ".parse().unwrap(),
        lines: vec![line(1, 8_000, 8_000), line(4, 2_000, 8_000)],
        total: vnd(16_000),
    }
}

fn order(state: State) -> Order {
    Order {
        state,
        ..open(&request()).unwrap().0
    }
}

fn pending(number: usize) -> Attempt {
    let mut attempts = Vec::new();
    while attempts.len() < number {
        attempts.push(attempt(&order(State::Open), &attempts, Through::Vnpay, now(), 15).unwrap());
    }
    attempts.pop().unwrap()
}

fn notice(attempt: &Attempt, verdict: Verdict) -> Notice {
    Notice {
        through: attempt.through,
        merchant: TERMINAL.into(),
        txn_ref: attempt.txn_ref.clone(),
        amount: Some(attempt.amount),
        verdict,
        returned: None,
        code: "00".into(),
        transaction_no: "14422574".into(),
        bank: "NCB".into(),
        paid_at: Some(now()),
    }
}

fn settled(state: State, progress: Progress, verdict: Verdict) -> Result<Settlement, Reply> {
    let attempt = Attempt {
        progress,
        ..pending(1)
    };
    settle(
        &notice(&attempt, verdict),
        TERMINAL,
        Some((&order(state), &attempt)),
    )
}

#[test]
fn an_order_goes_only_where_the_table_says() {
    let steps = [Step::Pay, Step::Expire, Step::Cancel];
    let table: Vec<_> = State::VARIANTS
        .iter()
        .flat_map(|state| steps.iter().map(move |step| (state, step)))
        .collect();
    let legal: Vec<_> = table
        .iter()
        .filter_map(|(state, step)| {
            state
                .after(**step)
                .map(|next| format!("{state:?} + {step:?} = {next:?}"))
        })
        .collect();
    assert_eq!(
        legal,
        [
            "Open + Pay = Paid",
            "Open + Expire = Expired",
            "Open + Cancel = Cancelled",
            "Expired + Pay = Paid",
            "Expired + Cancel = Cancelled",
        ]
    );
    assert_eq!((table.len(), legal.len()), (12, STEPS.len()));
}

#[test]
fn an_attempt_goes_only_where_the_table_says() {
    let legal: Vec<_> = Progress::VARIANTS
        .iter()
        .flat_map(|progress| VERDICTS.iter().map(move |verdict| (progress, verdict)))
        .filter_map(|(from, verdict)| {
            from.after(*verdict)
                .map(|next| format!("{from:?} + {verdict:?} = {next:?}"))
        })
        .collect();
    assert_eq!(
        legal,
        [
            "Pending + Taken = Taken",
            "Pending + Suspected = Suspected",
            "Pending + Declined = Declined",
            "Suspected + Taken = Taken",
            "Suspected + Declined = Declined",
            "Declined + Taken = Taken",
            "Declined + Suspected = Suspected",
        ]
    );
}

#[test]
fn an_order_is_the_sum_of_its_lines() {
    let (order, posting) = open(&request()).unwrap();
    assert_eq!((order.total, order.state), (vnd(16_000), State::Open));
    assert_eq!(
        posting.entries(),
        [(Account::Receivable, 16_000), (Account::Revenue, -16_000)]
    );
    assert_eq!(
        open(&RequestFee {
            total: vnd(8_000),
            ..request()
        }),
        Err(Misrequested::Sum)
    );
    assert_eq!(
        open(&RequestFee {
            lines: vec![],
            ..request()
        }),
        Err(Misrequested::Sum)
    );
    assert_eq!(
        open(&RequestFee {
            lines: vec![],
            total: Vnd::ZERO,
            ..request()
        }),
        Err(Misrequested::Nothing)
    );
}

#[test]
fn each_attempt_has_its_own_reference() {
    assert_eq!(pending(1).txn_ref, "0199e3a000007000800000000000000401");
    assert_eq!(pending(12).txn_ref, "0199e3a000007000800000000000000412");
    assert_eq!(pending(1).expires_at, now() + TimeDelta::minutes(15));
}

#[test]
fn only_an_open_order_is_taken_to_the_gateway() {
    let tried = |state, earlier: &[Attempt]| {
        attempt(&order(state), earlier, Through::Vnpay, now(), 15).map(|_| ())
    };
    assert_eq!(tried(State::Open, &[]), Ok(()));
    assert_eq!(tried(State::Paid, &[]), Err(Refusal::Paid));
    assert_eq!(tried(State::Expired, &[]), Err(Refusal::Closed));
    assert_eq!(tried(State::Cancelled, &[]), Err(Refusal::Closed));
    assert_eq!(
        tried(State::Open, &vec![pending(1); ATTEMPTS]),
        Err(Refusal::TooOften)
    );
    let suspected = Attempt {
        progress: Progress::Suspected,
        ..pending(1)
    };
    assert_eq!(tried(State::Open, &[suspected]), Err(Refusal::UnderReview));
}

#[test]
fn the_checks_come_in_the_order_vnpay_wants() {
    let (order, attempt) = (
        order(State::Paid),
        Attempt {
            progress: Progress::Taken,
            ..pending(1)
        },
    );
    let all_wrong = Notice {
        amount: None,
        merchant: "OTHER".into(),
        ..notice(&attempt, Verdict::Taken)
    };
    assert_eq!(
        settle(&all_wrong, TERMINAL, None),
        Err(Reply::OrderNotFound)
    );
    assert_eq!(
        settle(&all_wrong, TERMINAL, Some((&order, &attempt))),
        Err(Reply::OrderNotFound)
    );
    let wrong_amount = Notice {
        merchant: TERMINAL.into(),
        ..all_wrong
    };
    assert_eq!(
        settle(&wrong_amount, TERMINAL, Some((&order, &attempt))),
        Err(Reply::InvalidAmount)
    );
    let known = notice(&attempt, Verdict::Taken);
    assert_eq!(
        settle(&known, TERMINAL, Some((&order, &attempt))),
        Err(Reply::AlreadyConfirmed)
    );
}

#[test]
fn a_gateway_pays_into_its_own_account_and_has_no_say_in_anothers_attempts() {
    let order = order(State::Open);
    let attempt = attempt(&order, &[], Through::Platform, now(), 30).unwrap();
    let word = notice(&attempt, Verdict::Taken);
    let paid = settle(&word, TERMINAL, Some((&order, &attempt))).unwrap();
    assert_eq!(paid.posting.unwrap().debit(), Account::Platform);
    let others = Notice {
        through: Through::Vnpay,
        ..word
    };
    assert_eq!(
        settle(&others, TERMINAL, Some((&order, &attempt))),
        Err(Reply::OrderNotFound)
    );
}

#[test]
fn a_payer_goes_on_with_the_visit_that_is_not_over() {
    let made = |number, through, progress| Attempt {
        txn_ref: format!("{number}"),
        through,
        progress,
        ..pending(1)
    };
    let earlier = [
        made(1, Through::Platform, Progress::Pending),
        made(2, Through::Platform, Progress::Declined),
        made(3, Through::Vnpay, Progress::Pending),
    ];
    let resumed = |at| resume(&earlier, Through::Platform, at).map(|found| &*found.txn_ref);
    assert_eq!(resumed(now()), Some("1"));
    assert_eq!(resumed(now() + TimeDelta::minutes(15)), None);
    assert_eq!(resume(&earlier[1..], Through::Platform, now()), None);
}

#[test]
fn money_pays_an_open_order() {
    let paid = settled(State::Open, Progress::Pending, Verdict::Taken).unwrap();
    assert!(paid.pays && !paid.surplus);
    assert_eq!(paid.attempt, Some(Progress::Taken));
    assert_eq!(
        paid.posting.unwrap().entries(),
        [(Account::Gateway, 16_000), (Account::Receivable, -16_000)]
    );
}

#[test]
fn money_that_comes_late_still_pays() {
    let paid = settled(State::Expired, Progress::Pending, Verdict::Taken).unwrap();
    assert!(paid.pays && !paid.surplus);
    assert_eq!(
        paid.posting.unwrap().entries(),
        [(Account::Gateway, 16_000), (Account::Revenue, -16_000)]
    );
}

#[test]
fn money_for_what_is_not_owed_is_kept_and_owed_back() {
    for state in [State::Paid, State::Cancelled] {
        let surplus = settled(state, Progress::Pending, Verdict::Taken).unwrap();
        assert!(surplus.surplus && !surplus.pays);
        assert_eq!(
            surplus.posting.unwrap().entries(),
            [(Account::Gateway, 16_000), (Account::OwedBack, -16_000)]
        );
    }
}

#[test]
fn a_decline_moves_no_money_and_later_money_is_believed() {
    let declined = settled(State::Open, Progress::Pending, Verdict::Declined).unwrap();
    assert_eq!(
        (declined.attempt, declined.posting, declined.pays),
        (Some(Progress::Declined), None, false)
    );
    assert_eq!(
        settled(State::Open, Progress::Declined, Verdict::Declined),
        Err(Reply::AlreadyConfirmed)
    );
    assert!(
        settled(State::Open, Progress::Declined, Verdict::Taken)
            .unwrap()
            .pays
    );
}

#[test]
fn an_unfinished_payment_changes_nothing() {
    let heard = settled(State::Open, Progress::Pending, Verdict::Unfinished).unwrap();
    assert_eq!(
        (heard.attempt, heard.posting, heard.pays, heard.surplus),
        (None, None, false, false)
    );
}

#[test]
fn cash_and_card_pay_once() {
    let slip = "000123".parse().unwrap();
    for (taking, place) in [
        (Taking::Cash, Account::Till),
        (Taking::Card(&slip), Account::Terminal),
    ] {
        assert_eq!(
            take(&order(State::Open), taking).unwrap().entries(),
            [(place, 16_000), (Account::Receivable, -16_000)]
        );
        assert_eq!(
            take(&order(State::Expired), taking).unwrap().entries(),
            [(place, 16_000), (Account::Revenue, -16_000)]
        );
        assert_eq!(take(&order(State::Paid), taking), Err(Refusal::Paid));
        assert_eq!(take(&order(State::Cancelled), taking), Err(Refusal::Closed));
    }
}

/// What can befall an order; an attempt is meant by its number.
#[derive(Debug, Clone, Copy)]
enum Act {
    Attempt,
    Tell(usize, Verdict),
    Cash,
    Close(Step),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        3 => Just(Act::Attempt),
        6 => (0..4usize, prop::sample::select(&VERDICTS[..])).prop_map(|(which, verdict)| Act::Tell(which, verdict)),
        1 => Just(Act::Cash),
        1 => prop::sample::select(&[Step::Expire, Step::Cancel][..]).prop_map(Act::Close),
    ];
    prop::collection::vec(act, 0..30)
}

proptest! {
    #[test]
    fn in_any_story_the_books_balance_and_no_money_is_lost(acts in acts()) {
        let (mut order, posting) = open(&request()).unwrap();
        let (mut books, mut attempts, mut told) = (vec![posting], Vec::<Attempt>::new(), 0);
        for act in acts {
            match act {
                Act::Attempt => attempts.extend(attempt(&order, &attempts, Through::Vnpay, now(), 15)),
                Act::Tell(which, verdict) => {
                    let Some(attempt) = attempts.get_mut(which) else { continue };
                    let Ok(heard) = settle(&notice(attempt, verdict), TERMINAL, Some((&order, attempt))) else { continue };
                    attempt.progress = heard.attempt.unwrap_or(attempt.progress);
                    books.extend(heard.posting);
                    if heard.pays {
                        order.state = order.state.after(Step::Pay).unwrap();
                        told += 1;
                    }
                }
                Act::Cash => if let Ok(posting) = take(&order, Taking::Cash) {
                    books.push(posting);
                    order.state = order.state.after(Step::Pay).unwrap();
                    told += 1;
                },
                Act::Close(step) => if let Ok((state, posting)) = close(&order, step) {
                    order.state = state;
                    books.extend(posting);
                },
            }
        }
        let stands = balances(&books);
        let taken = attempts.iter().filter(|attempt| attempt.progress == Progress::Taken).count();
        let total = order.total.dong();
        prop_assert_eq!(stands.values().sum::<i64>(), 0);
        prop_assert_eq!(stands[&Account::Gateway], total * i64::try_from(taken).unwrap());
        prop_assert_eq!(stands[&Account::Receivable], if order.state == State::Open { total } else { 0 });
        prop_assert_eq!(-stands[&Account::Revenue], if matches!(order.state, State::Open | State::Paid) { total } else { 0 });
        prop_assert_eq!(told, usize::from(order.state == State::Paid));
        let mut causes: Vec<_> = books.iter().map(|posting| posting.cause().clone()).collect();
        causes.sort();
        causes.dedup();
        prop_assert_eq!(causes.len(), books.len());
    }
}
