//! What payment does with each line of the bank's statement, however it came, and with an officer's word about one.

use chassis::{Failure, Tx};
use contracts::{AccountId, OrderId, RefundId, Text, Vnd, payment::Method};
use uuid::Uuid;

use crate::{
    domain::{State, Step},
    statement::{Direction, Line},
    store::{
        self, Order,
        lines::{self, New, Settlement},
    },
    transfer::{
        self, Allocation, Found, Misallocated, Misplaced, Named, Place, Reference, Source,
        allocate, look, paid_at,
    },
};

/// What became of a line that was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was news, and this is what it is.
    New(Found),
    /// It was known.
    Known,
    /// A line of that reference is known with another amount, or the other way: the bank contradicts itself.
    Contradicts,
}

/// Takes a line in, once. The order that it names is held meanwhile, so that no other money meets it half way.
pub async fn take_in(
    tx: &Tx,
    account: &str,
    line: &Line,
    source: Source,
    officer: Option<AccountId>,
) -> Result<Taken, Failure> {
    let (db, now) = (tx.db(), tx.now());
    if let Some(taken) = known(tx, account, line).await? {
        return Ok(taken);
    }
    let references = Reference::find(&line.purpose);
    let orders = lines::referred(db, &references).await?;
    let held = match orders[..] {
        [only] => store::hold(db, only).await?,
        _ => None,
    };
    let named = match (&held, references.is_empty(), orders.len()) {
        (Some(order), ..) => Named::One(&order.rules),
        (None, true, _) => Named::Nothing,
        (None, false, 0) => Named::Unknown,
        (None, false, _) => Named::Several,
    };
    let found = look(line, named);
    let order = held.as_ref();
    let new = New {
        id: tx.new_id(),
        account,
        line,
        found,
        order: order.map(|order| order.rules.id),
        source,
        officer,
    };
    if !lines::keep(db, &new, now).await? {
        let raced = || Failure::too_early("the same line was taken in at the same time");
        return known(tx, account, line).await?.ok_or_else(raced);
    }
    let posting = transfer::posting(new.id, line, found, order.map(|order| &order.rules));
    store::ledger::post(db, tx.new_id(), new.order, &posting, now).await?;
    match (found, order) {
        (Found::Paid, Some(order)) => {
            pay(tx, order, paid_at(line, order.ordered_at, now)).await?;
        }
        (Found::Surplus, Some(order)) => {
            store::overpaid(db, order.rules.id, line.amount).await?;
            tracing::warn!(order = %order.rules.id, "a transfer came that was not owed: it is owed back");
            super::refunds::surplus_came(tx, order, line.amount, None).await?;
        }
        (Found::Outgoing, _) => {
            if !pair_line(tx, &new).await? {
                offset(tx, account, &new).await?;
            }
        }
        _ => offset(tx, account, &new).await?,
    }
    Ok(Taken::New(found))
}

async fn known(tx: &Tx, account: &str, line: &Line) -> Result<Option<Taken>, Failure> {
    let known = lines::known(tx.db(), account, &line.reference).await?;
    Ok(known.map(|known| {
        let same = (known.line.amount, known.line.direction) == (line.amount, line.direction);
        if same {
            return Taken::Known;
        }
        tracing::error!(line = %known.id, "the bank says a line again with another amount or the other way");
        Taken::Contradicts
    }))
}

async fn pay(tx: &Tx, order: &Order, at: chrono::DateTime<chrono::Utc>) -> Result<(), Failure> {
    if !store::pay(tx.db(), order.rules.id, Method::Transfer, at, None).await? {
        return Err(Failure::too_early("the order changed at the same time"));
    }
    super::say_paid(tx, order, Method::Transfer, at);
    Ok(())
}

/// A line that takes back one that still waits: neither needs an officer.
async fn offset(tx: &Tx, account: &str, new: &New<'_>) -> Result<(), Failure> {
    let (db, now) = (tx.db(), tx.now());
    if new.line.direction == Direction::Credit && !new.line.reversal {
        return Ok(());
    }
    let Some(earlier) = lines::taken_back(db, account, new.line).await? else {
        return Ok(());
    };
    if lines::settle(db, earlier, Settlement::Against(new.id), now).await? {
        lines::settle(db, new.id, Settlement::Against(earlier), now).await?;
    }
    Ok(())
}

/// A line that went out is a refund's transfer where it names what the officer noted about that.
async fn pair_line(tx: &Tx, new: &New<'_>) -> Result<bool, Failure> {
    let (db, now) = (tx.db(), tx.now());
    let refunds = lines::refunds_of(db, new.line.amount).await?;
    let mut named = refunds
        .iter()
        .filter(|(_, noted)| transfer::names(new.line, noted));
    match named.next() {
        Some((refund, _)) => Ok(lines::settle(db, new.id, Settlement::Refund(*refund), now).await?),
        None => Ok(false),
    }
}

/// A refund that was given back by transfer meets the bank's line of it, where that came first.
pub async fn pair_refund(tx: &Tx, refund: (RefundId, Vnd, &str)) -> Result<(), Failure> {
    let (db, now) = (tx.db(), tx.now());
    let (id, amount, noted) = refund;
    let waiting = lines::outgoing_of(db, amount).await?;
    let line = waiting
        .iter()
        .find(|kept| transfer::names(&kept.line, noted));
    if let Some(line) = line {
        lines::settle(db, line.id, Settlement::Refund(id), now).await?;
    }
    Ok(())
}

/// An officer says that the money of a line came from, or went to, another place of the agency's. `None` when no such line
/// waits.
pub async fn put(
    tx: &Tx,
    line: Uuid,
    place: (Place, Vnd),
    officer: AccountId,
    reason: &Text,
) -> Result<Option<Result<(), Misplaced>>, Failure> {
    let (db, now) = (tx.db(), tx.now());
    let Some(kept) = lines::waiting_of(db, &[line]).await?.pop() else {
        return Ok(None);
    };
    let (place, charge) = place;
    let postings = match place.postings(line, &kept.line, charge) {
        Ok(postings) => postings,
        Err(misplaced) => return Ok(Some(Err(misplaced))),
    };
    let by = Settlement::At(place, charge, officer, reason.as_str());
    if !lines::settle(db, line, by, now).await? {
        return Ok(Some(Err(Misplaced::Settled)));
    }
    for posting in postings {
        store::ledger::post(db, tx.new_id(), None, &posting, now).await?;
    }
    Ok(Some(Ok(())))
}

/// An officer says that a line is the transfer of a refund of this order. `None` when no such line waits; `false` when no
/// refund of that amount does.
pub async fn put_refund(tx: &Tx, line: Uuid, order: OrderId) -> Result<Option<bool>, Failure> {
    let (db, now) = (tx.db(), tx.now());
    let Some(kept) = lines::waiting_of(db, &[line]).await?.pop() else {
        return Ok(None);
    };
    if kept.found != Found::Outgoing {
        return Ok(Some(false));
    }
    let unpaired = lines::refunds_of(db, kept.line.amount).await?;
    let of_order = store::refunds::of_order(db, order).await?;
    let ids: Vec<_> = of_order.iter().map(|refund| refund.rules.id).collect();
    let Some((refund, _)) = unpaired.iter().find(|(id, _)| ids.contains(id)) else {
        return Ok(Some(false));
    };
    Ok(Some(
        lines::settle(db, line, Settlement::Refund(*refund), now).await?,
    ))
}

/// An officer says which order the money of lines that waited is for.
pub async fn settle(
    tx: &Tx,
    order: OrderId,
    allocation: &Allocation,
    officer: AccountId,
) -> Result<Option<Result<(), Misallocated>>, Failure> {
    let (db, now) = (tx.db(), tx.now());
    let Some(order) = store::hold(db, order).await? else {
        return Ok(None);
    };
    let waiting = lines::waiting_of(db, &allocation.lines).await?;
    if waiting.len() != allocation.lines.len() {
        return Ok(Some(Err(Misallocated::Settled)));
    }
    let income = |line: &Line| line.direction == Direction::Credit && !line.reversal;
    if !waiting.iter().all(|kept| income(&kept.line)) {
        return Ok(Some(Err(Misallocated::NoIncome)));
    }
    let amounts: Vec<_> = waiting
        .iter()
        .map(|kept| (kept.id, kept.line.amount))
        .collect();
    let shares = match allocate(&order.rules, &amounts) {
        Ok(shares) => shares,
        Err(misallocated) => return Ok(Some(Err(misallocated))),
    };
    let by = Settlement::For(order.rules.id, officer, allocation.reason.as_str());
    for share in &shares {
        if !lines::settle(db, share.line, by, now).await? {
            return Ok(Some(Err(Misallocated::Settled)));
        }
        for posting in share.postings(order.rules.state) {
            store::ledger::post(db, tx.new_id(), order.rules.id, &posting, now).await?;
        }
    }
    let beyond: i64 = shares.iter().map(|share| share.beyond.dong()).sum();
    if beyond > 0 {
        let beyond = Vnd::new(beyond).map_err(|refused| Failure::park(refused.en.to_string()))?;
        store::overpaid(db, order.rules.id, beyond).await?;
        super::refunds::surplus_came(tx, &order, beyond, None).await?;
    }
    if order.rules.state.after(Step::Pay) == Some(State::Paid) {
        let days = waiting
            .iter()
            .map(|kept| paid_at(&kept.line, order.ordered_at, now));
        pay(tx, &order, days.max().unwrap_or(now)).await?;
    }
    Ok(Some(Ok(())))
}
