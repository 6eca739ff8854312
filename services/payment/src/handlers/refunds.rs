//! Refunds: asked for, let go by whoever may, given back by the gateway or by hand, and followed until the payer has the money.

use chassis::{Failure, Tx, Work};
use contracts::{
    AccountId, RefundId, Text, Vnd,
    payment::{FeeRefunded, Method, RefundCause},
};

use super::receipts;
use crate::{
    config::Config,
    domain::{
        self, Progress,
        refund::{self, Move, Refusal, Source, Standing},
    },
    own::FollowRefund,
    port::{Returned, Through, Told, Unanswered},
    store::{
        self, Attempt, Order,
        refunds::{self as rows, Refund, Request},
    },
    vnpay::{Gateway, GiveBack},
};

/// What the rule writes on a refund of money that was not owed.
const SURPLUS: &str = "Tiền nộp thừa, hệ thống tự hoàn";
/// The same where an officer pays it out.
const SURPLUS_BY_HAND: &str = "Tiền nộp thừa, cán bộ hoàn tại quầy hoặc chuyển khoản";
/// Why a receipt ends when nothing of its money is left.
const ALL_BACK: &str = "Đã hoàn lại toàn bộ số tiền";

/// Money came beyond what was owed: what came through VNPAY goes back that way by itself (`txn_ref` is the attempt), a transfer's
/// and the platform's by an officer's hand. Above the limit an officer has to let it go first.
pub async fn surplus_came(
    tx: &Tx,
    order: &Order,
    amount: Vnd,
    txn_ref: Option<&str>,
) -> Result<(), Failure> {
    let request = Request {
        id: RefundId(tx.new_id()),
        order: order.rules.id,
        cause: RefundCause::Surplus,
        amount,
        txn_ref,
        note: if txn_ref.is_some() {
            SURPLUS
        } else {
            SURPLUS_BY_HAND
        },
        by: None,
    };
    rows::ask(tx.db(), &request, tx.now()).await?;
    // Refused, it waits for an officer: it is too much, or another is under way.
    approve(tx, order, request.id, None).await.map(drop)
}

/// Its dossier ended so that the fee is not owed: what is left of it goes back. Above the limit an officer has to let it go
/// first; what did not come through the gateway an officer pays out.
pub async fn ended(
    tx: &Tx,
    order: &Order,
    cause: RefundCause,
    reason: &Text,
) -> Result<(), Failure> {
    let left = receipts::left(tx, order).await?.fee;
    match ask(tx, order, None, cause, left, reason).await? {
        // Nothing left: it goes back already.
        Ok(_) | Err(Refusal::NothingLeft) => Ok(()),
        Err(refusal) => Err(Failure::park(refusal.to_string())),
    }
}

/// An officer, or a rule, asks for money to go back; up to the limit that is enough to let it go.
pub async fn ask(
    tx: &Tx,
    order: &Order,
    officer: Option<AccountId>,
    cause: RefundCause,
    amount: Vnd,
    note: &Text,
) -> Result<Result<RefundId, Refusal>, Failure> {
    let id = order.rules.id;
    let earlier = rows::of_order(tx.db(), id).await?;
    if let Err(refusal) = refund::ask(order.left(&earlier), cause, amount) {
        return Ok(Err(refusal));
    }
    let attempts = store::attempts(tx.db(), id).await?;
    let by_gateway = order.method == Some(Method::Vnpay) && cause != RefundCause::Surplus;
    let taker = by_gateway.then(|| taker(&attempts, &earlier)).flatten();
    let request = Request {
        id: RefundId(tx.new_id()),
        order: id,
        cause,
        amount,
        txn_ref: taker.map(|attempt| attempt.rules.txn_ref.as_str()),
        note: note.as_str(),
        by: officer,
    };
    rows::ask(tx.db(), &request, tx.now()).await?;
    // Refused, it is on record and waits for another officer.
    approve(tx, order, request.id, officer)
        .await
        .map(|_| Ok(request.id))
}

/// VNPAY's attempt whose money paid the order: taken, and not as a surplus.
fn taker<'a>(attempts: &'a [Attempt], refunds: &[Refund]) -> Option<&'a Attempt> {
    let surplus = |attempt: &Attempt| {
        refunds.iter().any(|refund| {
            refund.rules.cause == RefundCause::Surplus
                && refund.rules.txn_ref.as_ref() == Some(&attempt.rules.txn_ref)
        })
    };
    attempts
        .iter()
        .filter(|attempt| attempt.rules.through == Through::Vnpay)
        .find(|attempt| attempt.rules.progress == Progress::Taken && !surplus(attempt))
}

/// A refund and its order, both kept from being changed by others until the transaction ends.
pub async fn hold(tx: &Tx, id: RefundId) -> Result<Option<(Order, Refund)>, Failure> {
    let Some(found) = rows::refund(tx.db(), id).await? else {
        return Ok(None);
    };
    // Whoever changes a refund holds its order: what is read now stays.
    let order = store::hold(tx.db(), found.order).await?;
    Ok(order.zip(rows::refund(tx.db(), id).await?))
}

/// Lets a refund go; `None` is the rule's own word.
pub async fn approve(
    tx: &Tx,
    order: &Order,
    id: RefundId,
    officer: Option<AccountId>,
) -> Result<Result<(), Refusal>, Failure> {
    let all = rows::of_order(tx.db(), order.rules.id).await?;
    let Some(found) = all.iter().find(|refund| refund.rules.id == id) else {
        return Err(Failure::park("there is no such refund"));
    };
    let limit = tx.config::<Config>().refund_limit;
    let others = all.iter().map(|refund| &refund.rules);
    let owed = match refund::approve(&found.rules, others, officer, limit) {
        Ok(owed) => owed,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let to = Standing::Approved;
    if !rows::decided(tx.db(), &found.rules, to, officer, None, tx.now()).await? {
        return Err(raced());
    }
    if let Some(owed) = owed {
        store::ledger::post(tx.db(), tx.new_id(), order.rules.id, &owed, tx.now()).await?;
    }
    if found.rules.txn_ref.is_some() {
        tx.say(&FollowRefund {
            refund: id,
            dossier: order.dossier,
            round: 0,
        });
    }
    Ok(Ok(()))
}

/// An officer says no, and why.
pub async fn reject(
    tx: &Tx,
    found: &Refund,
    officer: AccountId,
    why: &Text,
) -> Result<Result<(), Refusal>, Failure> {
    let Some(to) = found.rules.standing.after(Move::Reject) else {
        return Ok(Err(Refusal::NotNow));
    };
    let by = Some(officer);
    if rows::decided(tx.db(), &found.rules, to, by, Some(why), tx.now()).await? {
        Ok(Ok(()))
    } else {
        Err(raced())
    }
}

/// An officer has given the money back by hand.
pub async fn pay_out(
    tx: &Tx,
    order: &Order,
    found: &Refund,
    officer: super::tills::Officer<'_>,
    from: Source,
    reference: &Text,
) -> Result<Result<(), Refusal>, Failure> {
    let posting = match refund::pay_out(&found.rules, from) {
        Ok(posting) => posting,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (db, rules) = (tx.db(), &found.rules);
    if !rows::paid_out(db, rules, from, reference.as_str(), officer.0, tx.now()).await? {
        return Err(raced());
    }
    store::ledger::post(db, tx.new_id(), order.rules.id, &posting, tx.now()).await?;
    match from {
        Source::Till => {
            let paid = (rules.id, rules.amount);
            super::tills::paid_out(tx, order.rules.id, paid, officer).await?;
        }
        Source::Bank => {
            let paid = (rules.id, rules.amount, reference.as_str());
            super::lines::pair_refund(tx, paid).await?;
        }
        Source::Gateway => {}
    }
    finish(tx, order, found).await?;
    Ok(Ok(()))
}

/// Asks the gateway to give money back, then what became of it: a call to the outside world, perhaps made twice. The request
/// bears the refund's own id, so that the gateway does it once.
pub async fn call(message: FollowRefund, work: Work) -> Result<Option<Returned>, Failure> {
    let db = work.reads();
    let Some(found) = rows::refund(db, message.refund).await? else {
        return Ok(None);
    };
    let (Some(txn_ref), Standing::Approved | Standing::Sent) =
        (&found.rules.txn_ref, found.rules.standing)
    else {
        return Ok(None);
    };
    let order = store::order(db, found.order).await?;
    let attempt = store::attempt(db, txn_ref).await?;
    let Some((order, attempt)) = order.zip(attempt) else {
        return Err(Failure::park("the refund's attempt is not there"));
    };
    let (gateway, now) = (work.part::<Gateway>(), work.app().clock().now());
    let told = if found.rules.standing == Standing::Approved {
        let refund = GiveBack {
            request: found.rules.id.0,
            txn_ref,
            transaction_no: &attempt.transaction_no,
            created: attempt.created_at,
            amount: found.rules.amount,
            whole: found.rules.amount == attempt.rules.amount,
            code: order.code.as_str(),
        };
        gateway.give_back(&refund, now).await
    } else {
        let asked = gateway.ask(work.message_id(), txn_ref, attempt.created_at, now);
        asked.await.map(|told| match told {
            Told::Known(notice) => notice.returned.unwrap_or(Returned::UnderWay),
            Told::NotFound => Returned::UnderWay,
        })
    };
    match told {
        Ok(returned) => Ok(Some(returned)),
        Err(silent @ Unanswered::Silent(_)) => Err(Failure::retry(silent)),
        Err(other) => Err(Failure::park(other.to_string())),
    }
}

/// Takes in the gateway's word about a refund, and asks again later while it is under way.
pub async fn called(message: FollowRefund, told: Option<Returned>, tx: Tx) -> Result<(), Failure> {
    let Some(word) = told else { return Ok(()) };
    let Some((order, found)) = hold(&tx, message.refund).await? else {
        return Ok(());
    };
    let mut standing = found.rules.standing;
    if let Some((to, posting)) = refund::hear(&found.rules, word) {
        if !rows::told(tx.db(), &found.rules, to, word.name(), tx.now()).await? {
            return Err(raced());
        }
        if let Some(posting) = posting {
            store::ledger::post(tx.db(), tx.new_id(), order.rules.id, &posting, tx.now()).await?;
            finish(&tx, &order, &found).await?;
        }
        standing = to;
    }
    if standing != Standing::Sent {
        return Ok(());
    }
    match domain::ask_after(message.round) {
        Some(wait) => {
            let round = message.round + 1;
            tx.send_at(tx.now() + wait, &FollowRefund { round, ..message });
        }
        None => {
            tracing::warn!(refund = %found.rules.id, "the gateway has been giving money back for days: an officer has to ask it");
        }
    }
    Ok(())
}

/// The payer has the money: the world is told, and the receipt for a fee of which nothing is left is cancelled.
async fn finish(tx: &Tx, order: &Order, found: &Refund) -> Result<(), Failure> {
    let (id, cause) = (found.rules.id, found.rules.cause);
    tx.say(&FeeRefunded {
        refund: id,
        order: order.rules.id,
        dossier: order.dossier,
        cause,
        amount: found.rules.amount,
        refunded_at: tx.now(),
    });
    if cause != RefundCause::Surplus && receipts::is_all_back(tx, order).await? {
        receipts::cancel(tx, order, None, ALL_BACK).await?;
    }
    Ok(())
}

fn raced() -> Failure {
    Failure::too_early("the refund changed at the same time")
}
