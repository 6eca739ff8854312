//! What payment does with each message it hears, and with each word of the bank's, however that word came.

pub mod invoices;
pub mod lines;
pub mod platform;
pub mod receipts;
pub mod reconciliation;
pub mod refunds;
pub mod tills;

use chassis::{App, Failure, Tx, Work};
use chrono::TimeDelta;
use contracts::{
    AccountId, Text,
    payment::{FeeCancelled, FeeExpired, FeeOrdered, FeePaid, Method, RequestFee, ReturnFee},
};

use crate::{
    config::Config,
    domain::{self, Progress, Refusal, Settlement, State, Step},
    own::{CheckAttempt, ExpireOrder, IssueReceipt},
    platform::Platform,
    port::{Notice, Reply, Through, Told, Unanswered},
    store::{self, Attempt, Order},
    vnpay::Gateway,
};

/// Opens an order. Asked twice is asked once; another request under the same id is nobody's right.
pub async fn request_fee(request: RequestFee, tx: Tx) -> Result<(), Failure> {
    let (order, owed) = domain::open(&request).map_err(|wrong| Failure::park(wrong.to_string()))?;
    let now = tx.now();
    let expires_at = now + TimeDelta::days(i64::from(tx.config::<Config>().order_days));
    if !store::open(tx.db(), &request, now, expires_at).await? {
        let known = store::order(tx.db(), order.id).await?;
        let same = known
            .is_some_and(|known| known.dossier == request.dossier && known.lines == request.lines);
        return if same {
            Ok(())
        } else {
            Err(Failure::park("another order has this id"))
        };
    }
    store::ledger::post(tx.db(), tx.new_id(), order.id, &owed, now).await?;
    tx.send_at(
        expires_at,
        &ExpireOrder {
            order: order.id,
            dossier: request.dossier,
        },
    );
    tx.say(&FeeOrdered {
        order: order.id,
        dossier: request.dossier,
        total: order.total,
        ordered_at: now,
    });
    Ok(())
}

/// A dossier ended so that its fee is not owed.
pub async fn return_fee(ended: ReturnFee, tx: Tx) -> Result<(), Failure> {
    let order = store::hold(tx.db(), ended.order)
        .await?
        .ok_or_else(|| Failure::too_early("its order hasn't come in yet"))?;
    if order.dossier != ended.dossier {
        return Err(Failure::park("the order is another dossier's"));
    }
    match order.rules.state {
        State::Open | State::Expired => {
            let closed = close(&tx, &order, Step::Cancel, Closing::Rule(&ended.reason)).await?;
            closed.map_err(|refusal| Failure::park(refusal.to_string()))
        }
        State::Paid => refunds::ended(&tx, &order, ended.cause, &ended.reason).await,
        State::Cancelled => Ok(()),
    }
}

/// Ends an order that nobody paid in time.
pub async fn expire_order(reminder: ExpireOrder, tx: Tx) -> Result<(), Failure> {
    let order = store::hold(tx.db(), reminder.order)
        .await?
        .ok_or_else(|| Failure::park("there is no such order"))?;
    match close(&tx, &order, Step::Expire, Closing::Time).await? {
        // Paid or cancelled: that is what orders are for.
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Begins a visit to a gateway: what is asked is kept, and asked about again after its end.
pub async fn try_pay(
    tx: &Tx,
    order: &Order,
    attempt: &domain::Attempt,
    ip: &str,
) -> Result<(), Failure> {
    store::try_pay(tx.db(), order.rules.id, attempt, ip, tx.now()).await?;
    if let Some(wait) = domain::ask_after(0) {
        let check = CheckAttempt {
            txn_ref: attempt.txn_ref.clone(),
            dossier: order.dossier,
            round: 0,
        };
        tx.send_at(attempt.expires_at + wait, &check);
    }
    Ok(())
}

/// Asks an attempt's gateway about it. `request` is unique for each asking.
pub async fn ask(app: &App, attempt: &Attempt, request: uuid::Uuid) -> Result<Told, Unanswered> {
    let (txn_ref, created) = (&attempt.rules.txn_ref, attempt.created_at);
    match attempt.rules.through {
        Through::Vnpay => {
            let (gateway, now) = (app.part::<Gateway>(), app.clock().now());
            gateway.ask(request, txn_ref, created, now).await
        }
        Through::Platform => app.part::<Platform>().ask(txn_ref, created).await,
    }
}

/// Asks the bank about an attempt it has not told about: a call to the outside world, alone and perhaps made twice.
pub async fn ask_bank(check: CheckAttempt, work: Work) -> Result<Option<Told>, Failure> {
    let found = store::attempt(work.reads(), &check.txn_ref).await?;
    // Beside the ladder it is also asked about what it has declined, since its file may say otherwise.
    let is_open = |progress: Progress| match check.round {
        domain::ON_DEMAND => progress != Progress::Taken,
        _ => progress.is_unsettled(),
    };
    let Some(attempt) = found.filter(|attempt| is_open(attempt.rules.progress)) else {
        return Ok(None);
    };
    match ask(work.app(), &attempt, work.message_id()).await {
        Ok(told) => Ok(Some(told)),
        Err(silent @ Unanswered::Silent(_)) => Err(Failure::retry(silent)),
        Err(other) => Err(Failure::park(other.to_string())),
    }
}

/// Takes in what the bank answered; asks again later while the bank itself does not know.
pub async fn bank_answered(check: CheckAttempt, told: Option<Told>, tx: Tx) -> Result<(), Failure> {
    let Some(told) = told else { return Ok(()) };
    take_in(&tx, &check.txn_ref, told).await?;
    let Some(attempt) = store::attempt(tx.db(), &check.txn_ref).await? else {
        return Ok(());
    };
    let again =
        domain::ask_after(check.round + 1).filter(|_| attempt.rules.progress.is_unsettled());
    if let Some(wait) = again {
        tx.send_at(
            attempt.rules.expires_at + wait,
            &CheckAttempt {
                round: check.round + 1,
                ..check
            },
        );
    }
    Ok(())
}

/// Takes in the bank's answer about an attempt.
pub async fn take_in(tx: &Tx, txn_ref: &str, told: Told) -> Result<(), Failure> {
    match told {
        Told::Known(notice) => hear(tx, "query", &notice).await.map(drop),
        Told::NotFound => {
            let Some((_, attempt)) = store::hold_both(tx.db(), txn_ref).await? else {
                return Ok(());
            };
            // Nobody pays at the gateway after the attempt's end: it never began.
            if attempt.rules.progress == Progress::Pending && attempt.rules.expires_at < tx.now() {
                let notice = Notice::not_found(attempt.rules.through, txn_ref);
                store::told(
                    tx.db(),
                    Progress::Pending,
                    Progress::Declined,
                    &notice,
                    tx.now(),
                )
                .await?;
            }
            Ok(())
        }
    }
}

/// Does what a signed notice calls for and says what to reply. Notices about one order wait for one another; each
/// change is guarded by the state it starts from besides, so that no race can count money twice.
pub async fn hear(tx: &Tx, by: &str, notice: &Notice) -> Result<Reply, Failure> {
    let merchant = match notice.through {
        Through::Vnpay => tx.part::<Gateway>().terminal().to_owned(),
        Through::Platform => tx.part::<Platform>().partner().to_owned(),
    };
    let found = store::hold_both(tx.db(), &notice.txn_ref).await?;
    let rules = found
        .as_ref()
        .map(|(order, attempt)| (&order.rules, &attempt.rules));
    let reply = match (domain::settle(notice, &merchant, rules), &found) {
        (Ok(settlement), Some((order, attempt))) => {
            record(tx, order, attempt, notice, settlement).await?;
            Reply::Confirmed
        }
        (Ok(_), None) => Reply::OrderNotFound,
        (Err(reply), _) => reply,
    };
    store::heard(tx.db(), tx.new_id(), by, notice, reply, tx.now()).await?;
    Ok(reply)
}

async fn record(
    tx: &Tx,
    order: &Order,
    attempt: &Attempt,
    notice: &Notice,
    done: Settlement,
) -> Result<(), Failure> {
    let raced = || Failure::too_early("another notice about this order came at the same time");
    let (db, id, now) = (tx.db(), order.rules.id, tx.now());
    if let Some(progress) = done.attempt
        && !store::told(db, attempt.rules.progress, progress, notice, now).await?
    {
        return Err(raced());
    }
    if let Some(posting) = &done.posting {
        store::ledger::post(db, tx.new_id(), id, posting, now).await?;
    }
    if done.surplus {
        store::overpaid(db, id, attempt.rules.amount).await?;
        tracing::warn!(order = %id, "money came that was not owed: it is owed back");
        // The platform gives nothing back: an officer does.
        let by_gateway = attempt.rules.through == Through::Vnpay;
        let txn_ref = by_gateway.then_some(attempt.rules.txn_ref.as_str());
        refunds::surplus_came(tx, order, attempt.rules.amount, txn_ref).await?;
    }
    if done.pays {
        // The bank counts in whole seconds: nothing is paid before it is owed.
        let paid_at = notice.paid_at.unwrap_or(now).max(order.ordered_at);
        let method = attempt.rules.through.method();
        if !store::pay(db, id, method, paid_at, None).await? {
            return Err(raced());
        }
        say_paid(tx, order, method, paid_at);
    }
    Ok(())
}

/// What ends an order unpaid.
#[derive(Debug, Clone, Copy)]
pub enum Closing<'a> {
    /// Its time is over.
    Time,
    /// Its dossier ended, and why.
    Rule(&'a Text),
    /// An officer, and why.
    Officer(AccountId, &'a Text),
}

impl<'a> Closing<'a> {
    const fn officer(self) -> Option<AccountId> {
        match self {
            Self::Officer(officer, _) => Some(officer),
            Self::Time | Self::Rule(_) => None,
        }
    }

    fn reason(self) -> &'a str {
        match self {
            Self::Time => "",
            Self::Rule(reason) | Self::Officer(_, reason) => reason.as_str(),
        }
    }
}

/// Ends an order unpaid.
pub async fn close(
    tx: &Tx,
    order: &Order,
    step: Step,
    why: Closing<'_>,
) -> Result<Result<(), Refusal>, Failure> {
    let (state, posting) = match domain::close(&order.rules, step) {
        Ok(closed) => closed,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if !store::close(tx.db(), &order.rules, state, why.officer(), why.reason()).await? {
        return Err(Failure::too_early("the order changed at the same time"));
    }
    if let Some(posting) = posting {
        store::ledger::post(tx.db(), tx.new_id(), order.rules.id, &posting, tx.now()).await?;
    }
    say_closed(tx, order, state, why.reason());
    Ok(Ok(()))
}

fn say_closed(tx: &Tx, order: &Order, state: State, reason: &str) {
    let (total, id, dossier, now) = (order.rules.total, order.rules.id, order.dossier, tx.now());
    if state == State::Expired {
        tx.say(&FeeExpired {
            order: id,
            dossier,
            total,
            expired_at: now,
        });
    } else {
        tx.say(&FeeCancelled {
            order: id,
            dossier,
            total,
            reason: reason.to_owned(),
            cancelled_at: now,
        });
    }
}

fn say_paid(tx: &Tx, order: &Order, method: Method, paid_at: chrono::DateTime<chrono::Utc>) {
    let total = order.rules.total;
    tx.say(&FeePaid {
        order: order.rules.id,
        dossier: order.dossier,
        total,
        method,
        paid_at,
    });
    tx.say(&IssueReceipt {
        order: order.rules.id,
        dossier: order.dossier,
    });
}
