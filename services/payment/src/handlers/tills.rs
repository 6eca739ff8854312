//! What goes through the officers' tills: fees at the counter, refunds in cash, and the day's end.

use chassis::{Failure, Tx};
use contracts::{AccountId, OrderId, PersonName, RefundId, Text, Vnd};
use uuid::Uuid;

use crate::{
    domain::{
        self, Refusal, Taking,
        till::{self, Count, Refusal as TillRefusal, Stage},
    },
    store::{
        self,
        tills::{self as rows, MoveKind, Till, TillMove},
    },
};

/// An officer, by account and name.
pub type Officer<'a> = (AccountId, &'a PersonName);

/// An officer takes a fee at the counter, into their till; the day's first money opens it.
pub async fn take(
    tx: &Tx,
    id: OrderId,
    taking: Taking<'_>,
    officer: Officer<'_>,
) -> Result<Option<Result<(), Refusal>>, Failure> {
    let Some(order) = store::hold(tx.db(), id).await? else {
        return Ok(None);
    };
    let posting = match domain::take(&order.rules, taking) {
        Ok(posting) => posting,
        Err(refusal) => return Ok(Some(Err(refusal))),
    };
    store::ledger::post(tx.db(), tx.new_id(), id, &posting, tx.now()).await?;
    if !store::pay(tx.db(), id, taking.method(), tx.now(), Some(officer)).await? {
        return Err(Failure::too_early("the order changed at the same time"));
    }
    let (kind, slip) = match taking {
        Taking::Cash => (MoveKind::Cash, String::new()),
        Taking::Card(slip) => (MoveKind::Card, slip.to_string()),
    };
    let moved = TillMove {
        order: id,
        refund: None,
        kind,
        amount: order.rules.total,
        slip,
        moved_at: tx.now(),
    };
    note(tx, officer, &moved).await?;
    super::say_paid(tx, &order, taking.method(), tx.now());
    Ok(Some(Ok(())))
}

/// A refund went out in cash.
pub async fn paid_out(
    tx: &Tx,
    order: OrderId,
    refund: (RefundId, Vnd),
    officer: Officer<'_>,
) -> Result<(), Failure> {
    let moved = TillMove {
        order,
        refund: Some(refund.0),
        kind: MoveKind::Refund,
        amount: refund.1,
        slip: String::new(),
        moved_at: tx.now(),
    };
    note(tx, officer, &moved).await
}

async fn note(tx: &Tx, officer: Officer<'_>, moved: &TillMove) -> Result<(), Failure> {
    let db = tx.db();
    let till = match rows::hold_open(db, officer.0).await? {
        Some(till) => till.rules.id,
        None => begin(tx, officer, Vnd::ZERO).await?,
    };
    rows::note(db, tx.new_id(), till, moved).await?;
    Ok(())
}

async fn begin(tx: &Tx, officer: Officer<'_>, with: Vnd) -> Result<Uuid, Failure> {
    let id = tx.new_id();
    rows::open(tx.db(), id, officer, with, tx.now()).await?;
    if let Some(posting) = till::open(id, with) {
        store::ledger::post(tx.db(), tx.new_id(), None, &posting, tx.now()).await?;
    }
    Ok(id)
}

/// Opens an officer's till with change from the treasurer.
pub async fn open(
    tx: &Tx,
    officer: Officer<'_>,
    with: Vnd,
) -> Result<Result<Uuid, TillRefusal>, Failure> {
    if rows::hold_open(tx.db(), officer.0).await?.is_some() {
        return Ok(Err(TillRefusal::OpenAlready));
    }
    begin(tx, officer, with).await.map(Ok)
}

/// An officer counts their till at the day's end. `None` when they have none open.
pub async fn close(
    tx: &Tx,
    officer: AccountId,
    counted: Count,
    note: Option<&Text>,
) -> Result<Option<Result<Till, TillRefusal>>, Failure> {
    let (db, now) = (tx.db(), tx.now());
    let Some(mut till) = rows::hold_open(db, officer).await? else {
        return Ok(None);
    };
    let posting = match till.rules.close(counted, note.is_some()) {
        Ok(posting) => posting,
        Err(refusal) => return Ok(Some(Err(refusal))),
    };
    let words = note.map(Text::as_str).unwrap_or_default();
    if !rows::close(db, &till.rules, counted, words, now).await? {
        return Err(Failure::too_early("the till changed at the same time"));
    }
    if let Some(posting) = posting {
        store::ledger::post(db, tx.new_id(), None, &posting, now).await?;
    }
    till.rules.stage = Stage::Closed(counted.cash);
    Ok(Some(Ok(till)))
}

/// Another person receives a till's cash. `None` when there is no such till.
pub async fn receive(
    tx: &Tx,
    id: Uuid,
    by: Officer<'_>,
) -> Result<Option<Result<(), TillRefusal>>, Failure> {
    let (db, now) = (tx.db(), tx.now());
    let Some(till) = rows::hold(db, id).await? else {
        return Ok(None);
    };
    let posting = match till.rules.receive(by.0) {
        Ok(posting) => posting,
        Err(refusal) => return Ok(Some(Err(refusal))),
    };
    if !rows::receive(db, id, by, now).await? {
        return Err(Failure::too_early("the till changed at the same time"));
    }
    if let Some(posting) = posting {
        store::ledger::post(db, tx.new_id(), None, &posting, now).await?;
    }
    Ok(Some(Ok(())))
}
