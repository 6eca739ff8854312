//! Paying through the national payment platform: the visit is kept before the platform hears of it.

use chassis::{App, Failure, Tx};
use contracts::OrderId;
use procedure::Catalogue;

use super::try_pay;
use crate::{
    config::Config,
    domain::{self, Refusal},
    platform::{Payment, Platform},
    port::{Through, Unanswered},
    store::{self, Attempt, Order},
};

/// A visit to the platform.
#[derive(Debug)]
pub struct Visit {
    /// What is paid.
    pub order: Order,
    /// The attempt.
    pub attempt: Attempt,
}

/// Begins a visit, or goes on with the one that the platform has not told about: two presses of a button are one payment, and
/// so are two calls of which the first was not answered.
pub async fn begin(tx: &Tx, id: OrderId, ip: &str) -> Result<Result<Visit, Refusal>, Failure> {
    let order = store::hold(tx.db(), id)
        .await?
        .ok_or_else(|| Failure::park("there is no such order"))?;
    if let Err(refusal) = order.rules.payable() {
        return Ok(Err(refusal));
    }
    let kept = store::attempts(tx.db(), id).await?;
    let earlier: Vec<_> = kept.into_iter().map(|attempt| attempt.rules).collect();
    let (through, now) = (Through::Platform, tx.now());
    let minutes = tx.config::<Config>().platform.attempt_minutes;
    let txn_ref = match domain::resume(&earlier, through, now) {
        Some(live) => live.txn_ref.clone(),
        None => match domain::attempt(&order.rules, &earlier, through, now, minutes) {
            Ok(attempt) => {
                try_pay(tx, &order, &attempt, ip).await?;
                attempt.txn_ref
            }
            Err(refusal) => return Ok(Err(refusal)),
        },
    };
    let attempt = store::attempt(tx.db(), &txn_ref)
        .await?
        .ok_or_else(|| Failure::park("the attempt is not there"))?;
    Ok(Ok(Visit { order, attempt }))
}

/// Where the payer pays: as the platform said before, or as it says now. The call stands outside any transaction; unanswered, the
/// attempt stays and is asked about.
pub async fn open(app: &App, visit: &Visit) -> Result<String, Unanswered> {
    let Visit { order, attempt } = visit;
    if !attempt.pay_url.is_empty() {
        return Ok(attempt.pay_url.clone());
    }
    let procedure = order.procedure.as_ref();
    let code = procedure.map_or("", |code| code.as_str());
    let catalogue = app.part::<Catalogue>();
    let today = calendar::date(app.clock().now());
    let described = procedure.and_then(|code| catalogue.at(code, today));
    let office = order.code.agency().parse().ok();
    let office = office.and_then(|office| catalogue.organisation(&office));
    let lines = order.lines.iter();
    let payment = Payment {
        txn_ref: &attempt.rules.txn_ref,
        amount: attempt.rules.amount,
        created: attempt.created_at,
        ip: &attempt.ip,
        code: order.code.as_str(),
        procedure: (code, described.map_or(code, |known| &known.name.vi)),
        office: (
            order.code.agency(),
            office.map_or(order.code.agency(), |office| &office.name.vi),
        ),
        payer: order.payer_name.as_str(),
        lines: lines
            .map(|line| (line.label.as_str(), line.amount))
            .collect(),
    };
    let pay_url = app.part::<Platform>().open(&payment).await?;
    let noted: Result<(), Failure> = app
        .transact(async |tx| Ok(store::opened(tx.db(), &attempt.rules.txn_ref, &pay_url).await?))
        .await;
    if let Err(failure) = noted {
        tracing::warn!(error = %failure, "where the payer pays could not be noted; the platform says it again");
    }
    Ok(pay_url)
}
