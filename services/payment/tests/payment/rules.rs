//! The rules of money over rows in memory, ten thousand times, with a death at any point between a change, its commit, what is
//! said of it, and its acknowledgement. What the database and the chassis add is played in `interleavings`, less often.
//!
//! `MOTCUA_PAYMENT_RULES_SEED=17` plays one seed again, to the letter.

mod process;
mod promises;

use contracts::{AccountId, RefundId, Vnd, payment::RefundCause};
use payment::{
    domain::{
        self, Attempt, Step,
        refund::{self, Move, Refund, Source, Standing},
    },
    port::{Notice, Reply, Returned, Through, Verdict},
    statement::{Direction, Line},
    transfer::{Found, Named, look, posting},
};
use uuid::Uuid;

use crate::{
    interleavings::{chance::Chance, number},
    rules::process::{Died, Process, Rows, Said},
    town,
};

const SEEDS: u64 = 10_000;
const DEEDS: u64 = 25;
const TERMINAL: &str = "MOTCUA01";
const LIMIT: i64 = 10_000;

fn vnd(dong: i64) -> Vnd {
    Vnd::new(dong).unwrap()
}

fn officer(who: u64) -> AccountId {
    AccountId(Uuid::from_u128(u128::from(who) + 1))
}

/// What the gateway and the bank know for sure: they forget nothing and die never.
#[derive(Debug, Default)]
struct Truth {
    /// Each visit: what became of the money.
    visits: Vec<Verdict>,
    /// What was given back: the request, the visit, how much, and whether it was refused after all.
    returned: Vec<(RefundId, usize, i64, bool)>,
    /// Lines of the statement.
    lines: Vec<i64>,
}

struct Play {
    process: Process,
    truth: Truth,
    total: i64,
}

fn notice(attempt: &Attempt, verdict: Verdict) -> Notice {
    Notice {
        merchant: TERMINAL.to_owned(),
        amount: Some(attempt.amount),
        verdict,
        code: "00".to_owned(),
        ..Notice::not_found(Through::Vnpay, &attempt.txn_ref)
    }
}

impl Play {
    fn of(seed: u64) -> Self {
        let mut chance = Chance::of(seed);
        let total = chance.one_of(&[8_000, 16_000]);
        let mut request = town::request();
        request.lines[0].quantity = 1;
        request.lines[0].unit = vnd(total);
        request.lines[0].amount = vnd(total);
        request.total = vnd(total);
        let (order, owed) = domain::open(&request).unwrap();
        Self {
            process: Process::new(Rows::of(order, owed), chance),
            truth: Truth::default(),
            total,
        }
    }

    fn chance(&mut self) -> &mut Chance {
        &mut self.process.chance
    }

    /// One of the visits.
    fn visit(&mut self) -> Option<usize> {
        let count = self.truth.visits.len() as u64;
        (count > 0).then(|| usize::try_from(self.chance().below(count)).unwrap())
    }

    /// Something happens. A deed that a death cuts short is not told of: whoever asked does not know.
    fn happens(&mut self) -> Result<(), Died> {
        match self.chance().below(16) {
            0 | 1 => self.begins(),
            2 | 3 => {
                let words = [
                    Verdict::Taken,
                    Verdict::Taken,
                    Verdict::Declined,
                    Verdict::Suspected,
                ];
                let word = self.chance().one_of(&words);
                if let Some(visit) = self.visit() {
                    let known = &mut self.truth.visits[visit];
                    if matches!(known, Verdict::Unfinished | Verdict::Suspected) {
                        *known = word;
                    }
                }
                Ok(())
            }
            4..=6 => self.notified(),
            7 => self.closes(Step::Expire),
            8 => self.closes(Step::Cancel),
            9 => self.cash(),
            10 => self.transferred(0),
            11 => self.told_again(),
            12 => self.transferred(1_000),
            13 => self.asks_back(),
            _ => self.moves(),
        }
    }

    fn begins(&mut self) -> Result<(), Died> {
        let begun = self.process.commit(|rows| {
            let now = town::morning();
            let attempt =
                domain::attempt(&rows.order, &rows.attempts, Through::Vnpay, now, 15).ok();
            rows.attempts.extend(attempt.clone());
            attempt.is_some()
        });
        // Whose answer was lost, is never seen at the gateway.
        while self.truth.visits.len() < self.process.rows.attempts.len() {
            self.truth.visits.push(Verdict::Unfinished);
        }
        begun.map(drop)
    }

    fn notified(&mut self) -> Result<(), Died> {
        let Some(visit) = self.visit() else {
            return Ok(());
        };
        let verdict = self.truth.visits[visit];
        self.hear(visit, verdict).map(drop)
    }

    /// As `handlers::hear` does.
    fn hear(&mut self, visit: usize, verdict: Verdict) -> Result<Reply, Died> {
        self.process.commit(|rows| {
            let attempt = rows.attempts[visit].clone();
            let notice = notice(&attempt, verdict);
            let mut wrong = notice.clone();
            wrong.amount = Some(vnd(1));
            let found = Some((&rows.order, &attempt));
            let refused = domain::settle(&wrong, TERMINAL, found);
            assert_eq!(refused, Err(Reply::InvalidAmount));
            let settled = match domain::settle(&notice, TERMINAL, found) {
                Ok(settled) => settled,
                Err(reply) => return reply,
            };
            rows.attempts[visit].progress = settled.attempt.unwrap_or(attempt.progress);
            rows.post(settled.posting);
            if settled.surplus {
                rows.surplus_came(attempt.amount, Some(&attempt.txn_ref), vnd(LIMIT));
            }
            if settled.pays {
                rows.pay();
            }
            Reply::Confirmed
        })
    }

    fn closes(&mut self, step: Step) -> Result<(), Died> {
        self.process.commit(|rows| {
            if let Ok((state, posting)) = domain::close(&rows.order, step) {
                rows.order.state = state;
                rows.post(posting);
                rows.say(Said::Closed(state));
            }
        })
    }

    fn cash(&mut self) -> Result<(), Died> {
        self.process.commit(|rows| {
            if let Ok(posting) = domain::take(&rows.order, domain::Taking::Cash) {
                rows.post(Some(posting));
                rows.in_cash = true;
                rows.pay();
            }
        })
    }

    fn transferred(&mut self, beyond: i64) -> Result<(), Died> {
        self.truth.lines.push(self.total + beyond);
        self.line(self.truth.lines.len() - 1)
    }

    fn told_again(&mut self) -> Result<(), Died> {
        match self.truth.lines.len() {
            0 => Ok(()),
            count => {
                let one = self.chance().below(count as u64);
                self.line(usize::try_from(one).unwrap())
            }
        }
    }

    /// As `handlers::lines::take_in` does.
    fn line(&mut self, which: usize) -> Result<(), Died> {
        let line = Line {
            reference: format!("FT{which}"),
            booked_on: town::morning().date_naive(),
            direction: Direction::Credit,
            amount: vnd(self.truth.lines[which]),
            remitter: String::new(),
            purpose: String::new(),
            end_to_end: String::new(),
            reversal: false,
        };
        self.process.commit(|rows| {
            if rows.lines.contains_key(&which) {
                return;
            }
            let found = look(&line, Named::One(&rows.order));
            rows.lines.insert(which, found);
            let id = Uuid::from_u128(which as u128);
            rows.post(Some(posting(id, &line, found, Some(&rows.order))));
            match found {
                Found::Paid => rows.pay(),
                Found::Surplus => rows.surplus_came(line.amount, None, vnd(LIMIT)),
                _ => {}
            }
        })
    }

    fn asks_back(&mut self) -> Result<(), Died> {
        let (part, who) = (self.chance().one_of(&[1, 2, 4]), self.chance().below(3));
        let amount = vnd(self.total / part);
        self.process.commit(|rows| {
            if refund::ask(rows.left(), RefundCause::Mistake, amount).is_ok() {
                let taker = rows.taker();
                rows.ask(
                    RefundCause::Mistake,
                    amount,
                    taker.as_deref(),
                    Some(officer(who)),
                    vnd(LIMIT),
                );
            }
        })
    }

    fn moves(&mut self) -> Result<(), Died> {
        let count = self.process.rows.refunds.len() as u64;
        if count == 0 {
            return Ok(());
        }
        let which = usize::try_from(self.chance().below(count)).unwrap();
        let (way, who) = (self.chance().below(4), self.chance().below(3));
        self.move_one(which, way, who)
    }

    fn move_one(&mut self, which: usize, way: u64, who: u64) -> Result<(), Died> {
        self.process.commit(|rows| match way {
            0 => rows.approve(which, Some(officer(who)), vnd(LIMIT)),
            1 => {
                if let Some(to) = rows.refunds[which].standing.after(Move::Reject) {
                    rows.refunds[which].standing = to;
                }
            }
            _ => {
                let from = if way == 2 { Source::Till } else { Source::Bank };
                if let Ok(posting) = refund::pay_out(&rows.refunds[which], from) {
                    rows.paid_from.insert(rows.refunds[which].id, from);
                    rows.refunds[which].standing = Standing::Done;
                    rows.post(Some(posting));
                    rows.finish(which);
                }
            }
        })
    }

    /// The gateway is asked to give money back, or what became of that: a call outside every transaction, perhaps made twice.
    fn call(&mut self, id: RefundId) -> Option<Returned> {
        let mut refunds = self.process.rows.refunds.iter();
        let found = refunds.find(|one| one.id == id).cloned()?;
        match found.standing {
            Standing::Approved => Some(self.truth.give_back(&found)),
            Standing::Sent => Some(self.truth.became_of(&found)),
            _ => None,
        }
    }

    /// Relays what was said, hears it, and dies over it or not; `true` when nothing is left.
    fn relays(&mut self) -> bool {
        while let Some((id, said)) = self.process.next() {
            let done = match said {
                _ if self.process.rows.inbox.contains(&id) => Ok(()),
                Said::IssueReceipt => self.process.hear(id, Rows::issue),
                Said::FollowRefund(refund) => {
                    let word = self.call(refund);
                    self.process.hear(id, |rows| rows.called(refund, word))
                }
                event => self.process.hear(id, |rows| rows.heard.push(event)),
            };
            // Whether it took effect or not: without its confirm it comes again.
            if done.and_then(|()| self.process.confirm()).is_err() {
                return false;
            }
        }
        true
    }
}

impl Truth {
    fn give_back(&mut self, refund: &Refund) -> Returned {
        if self.returned.iter().any(|(id, ..)| *id == refund.id) {
            return Returned::UnderWay;
        }
        let txn_ref = refund.txn_ref.as_ref().unwrap();
        let visit: usize = txn_ref[32..].parse().unwrap();
        let refused = self.returned.len() % 3 == 2;
        let amount = refund.amount.dong();
        self.returned.push((refund.id, visit - 1, amount, refused));
        Returned::UnderWay
    }

    fn became_of(&self, refund: &Refund) -> Returned {
        let known = self.returned.iter().find(|(id, ..)| *id == refund.id);
        match known {
            Some((.., true)) => Returned::Refused,
            Some((.., false)) => Returned::Done,
            None => Returned::UnderWay,
        }
    }
}

fn play(seed: u64) -> Play {
    let mut play = Play::of(seed);
    for _ in 0..DEEDS {
        // Whether the deed was done or not, whoever asked goes on.
        let _ = play.happens();
        if play.chance().once_in(3) {
            play.relays();
        }
    }
    play.process.lives_for_ever();
    for visit in 0..play.truth.visits.len() {
        if play.truth.visits[visit] == Verdict::Taken {
            let reply = play.hear(visit, Verdict::Taken);
            assert!(matches!(
                reply,
                Ok(Reply::Confirmed | Reply::AlreadyConfirmed)
            ));
        }
    }
    for line in 0..play.truth.lines.len() {
        assert!(play.line(line).is_ok());
    }
    for _ in 0..40 {
        assert!(play.relays());
        for which in 0..play.process.rows.refunds.len() {
            let _ = play.move_one(which, 0, 7).and(play.move_one(which, 2, 7));
        }
    }
    assert!(play.closes(Step::Expire).is_ok() && play.relays());
    play
}

#[test]
fn ten_thousand_times_no_money_is_lost_and_none_is_taken_twice() {
    let seeds = match number("MOTCUA_PAYMENT_RULES_SEED") {
        Some(seed) => seed..=seed,
        None => 1..=SEEDS,
    };
    let (mut deaths, mut ends) = (0, std::collections::BTreeMap::new());
    for seed in seeds.clone() {
        let play = play(seed);
        promises::kept(seed, &play);
        deaths += play.process.deaths;
        *ends.entry(play.process.rows.order.state).or_insert(0) += 1;
    }
    println!("{deaths} deaths, {ends:?}");
    assert!(
        seeds.count() == 1 || ends.len() == 3,
        "every end comes: {ends:?}"
    );
}
