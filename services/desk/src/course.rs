//! The course of a work item: the steps that follow from one another, each with its row and its message.

mod fee;

use std::sync::Arc;

use calendar::Cause;
use chassis::{
    Failure, Tx,
    audit::{self, Deed},
    auth::Claims,
};
use contracts::{
    AccountId,
    desk::{
        AssessDossier, DossierDecided, DossierReceived, DossierRejected, ExamineDossier, Outcome,
        ResultAwaitsFee, SupplementRequested,
    },
    intake::DossierSupplemented,
};
use procedure::{
    Description, Filing, Form, Quote,
    description::{Due, Reception as By},
};
use serde_json::json;

use crate::{
    domain::{
        Refusal, State, Step,
        clock::{self, Stop},
        item::{Decision, Proposal, Reception, WorkItem},
    },
    office::Office,
    store::{self, Entry},
};

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// An officer's account; none for a service.
    pub account: Option<AccountId>,
    /// The officer's name, or the service's.
    pub name: String,
}

impl Actor {
    /// The desk itself, by a rule.
    pub fn rule() -> Self {
        Self::service("desk")
    }

    /// A service.
    pub fn service(name: &str) -> Self {
        Self {
            account: None,
            name: name.to_owned(),
        }
    }

    /// A person.
    pub fn person(claims: &Claims) -> Self {
        Self {
            account: Some(claims.sub),
            name: claims.name.to_string(),
        }
    }
}

impl From<&Actor> for audit::Actor {
    fn from(actor: &Actor) -> Self {
        match actor.account {
            Some(account) => Self {
                account: account.to_string(),
                name: Some(actor.name.clone()),
            },
            None => actor.name.as_str().into(),
        }
    }
}

/// A rule that is broken by a message will be broken next time too.
impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::park(refusal.to_string())
    }
}

/// One transaction's work on one work item. Nothing is kept until [`Course::end`].
pub struct Course<'a> {
    tx: &'a Tx,
    office: Arc<Office>,
    /// The work item.
    pub item: WorkItem,
}

impl<'a> Course<'a> {
    /// Goes on with a work item that is held.
    pub fn of(tx: &'a Tx, item: WorkItem) -> Self {
        Self {
            office: tx.part::<Office>(),
            tx,
            item,
        }
    }

    /// Keeps the work item as it is now.
    pub async fn end(self) -> Result<WorkItem, Failure> {
        store::save(self.tx.db(), &self.item).await?;
        Ok(self.item)
    }

    /// Writes a line into the register, and what it tells of no person into the audit log.
    pub async fn enter(
        &self,
        who: &Actor,
        act: &str,
        before: Option<State>,
        detail: &str,
    ) -> Result<(), Failure> {
        let after = self.item.state.name();
        let deed = Deed::of(who.into(), format!("desk.{act}")).to(self.item.dossier.0);
        self.tx
            .record(deed.with(json!({ "from": before.map(State::name), "to": after })));
        let entry = Entry {
            id: self.tx.new_id(),
            dossier: self.item.dossier,
            at: self.tx.now(),
            account: who.account,
            who: who.name.clone(),
            act: act.to_owned(),
            before,
            after: self.item.state,
            detail: detail.to_owned(),
        };
        Ok(store::enter(self.tx.db(), entry).await?)
    }

    /// Takes a step and writes it into the register.
    pub async fn step(&mut self, who: &Actor, step: Step, detail: &str) -> Result<(), Failure> {
        let before = self.item.state;
        self.item.step(step)?;
        self.enter(who, step.name(), Some(before), detail).await
    }

    fn procedure(&self) -> Result<Arc<Description>, Failure> {
        self.office.expects(&self.item.application).cloned()
    }

    /// How, when and where the dossier was filed: its price stays that of the day of filing, however late it is assessed.
    fn filing(&self) -> Filing<'_> {
        Filing {
            channel: self.item.application.channel,
            on: calendar::date(self.item.application.submitted_at),
            office: Some(&self.office.organisation),
        }
    }

    /// Asks what is missing and what it costs: the handler where there is one, otherwise the procedure's description.
    pub async fn assess(&mut self) -> Result<(), Failure> {
        let item = &self.item;
        if let Some(handler) = &item.handler {
            self.tx.say(&AssessDossier {
                handler: handler.clone(),
                dossier: item.dossier,
                round: item.round,
                organisation: Some(self.office.organisation.clone()),
                application: item.application.clone(),
            });
            return Ok(());
        }
        let procedure = self.procedure()?;
        let missing = procedure.missing(&item.application);
        let fee = match procedure.validate_form(&item.application.form) {
            Ok(form) => procedure
                .fee(&form, self.filing())
                .map_err(|error| Failure::park(error.to_string()))?,
            Err(_) => Quote::default(),
        };
        self.assessed(&Actor::rule(), missing, fee).await
    }

    /// Goes on with what an assessment found.
    pub async fn assessed(
        &mut self,
        who: &Actor,
        missing: Vec<String>,
        fee: Quote,
    ) -> Result<(), Failure> {
        self.item.assess(missing, fee);
        match self.item.after_assessment(self.procedure()?.fee.due) {
            Step::AskSupplement => self.ask_supplement(who, self.item.missing.clone()).await,
            Step::Resume => {
                self.step(who, Step::Resume, "").await?;
                self.go_on().await
            }
            complete => {
                let total = self.item.fee.total.to_string();
                self.step(who, complete, &total).await?;
                if complete == Step::AskFee {
                    let code = self.mint().await?;
                    self.request_fee(&code);
                    self.item.early_code = Some(code);
                    return Ok(());
                }
                self.receive_by_rule().await
            }
        }
    }

    async fn receive_by_rule(&mut self) -> Result<(), Failure> {
        let online = self.item.application.channel == contracts::Channel::Online;
        if online && self.procedure()?.reception == By::Rule {
            self.receive(&Actor::rule()).await?;
        }
        Ok(())
    }

    /// Asks the citizen to add something; the clock, if it runs, stops.
    pub async fn ask_supplement(&mut self, who: &Actor, items: Vec<String>) -> Result<(), Failure> {
        self.step(who, Step::AskSupplement, &items.join("\n"))
            .await?;
        self.item.missing.clone_from(&items);
        let (now, dossier) = (self.tx.now(), self.item.dossier);
        if let Some(reception) = &self.item.reception {
            let place = store::stops(self.tx.db(), dossier).await?.len();
            let stop = Stop::begin(Cause::Supplement, now, reception.due_at);
            store::keep_stop(self.tx.db(), dossier, place, &stop).await?;
        }
        self.tx.say(&SupplementRequested {
            dossier,
            items,
            requested_at: now,
        });
        Ok(())
    }

    /// Takes in what the citizen added; the clock goes on, and it is assessed again.
    pub async fn supplemented(&mut self, added: DossierSupplemented) -> Result<(), Failure> {
        let answered_at = added.supplemented_at;
        self.step(&Actor::service("intake"), Step::Supplement, "")
            .await?;
        self.item.supplement(added);
        self.restart_clock(answered_at).await?;
        self.assess().await
    }

    async fn restart_clock(&mut self, at: chrono::DateTime<chrono::Utc>) -> Result<(), Failure> {
        let (db, dossier, now) = (self.tx.db(), self.item.dossier, self.tx.now());
        let procedure = self.procedure()?;
        let Some(reception) = &mut self.item.reception else {
            return Ok(());
        };
        let mut stops = store::stops(db, dossier).await?;
        let Some(open) = stops.iter().position(|stop| stop.pause.until.is_none()) else {
            return Ok(());
        };
        stops[open].end(at, now);
        let calendar = self.office.calendar_of(&reception.organisation);
        let (from, channel) = (reception.received_at, self.item.application.channel);
        if let Some(due) = clock::due(calendar, &procedure, channel, from, &stops) {
            reception.due_at = due.at;
        }
        stops[open].due_after = Some(reception.due_at);
        Ok(store::keep_stop(db, dossier, open, &stops[open]).await?)
    }

    /// Receives: mints the code, starts the clock, opens the fee order, and goes on.
    pub async fn receive(&mut self, who: &Actor) -> Result<(), Failure> {
        let (now, procedure) = (self.tx.now(), self.procedure()?);
        let organisation = self.office.organisation.clone();
        let calendar = self.office.calendar_of(&organisation);
        let due = clock::due(
            calendar,
            &procedure,
            self.item.application.channel,
            now,
            &[],
        )
        .ok_or_else(|| Failure::park("its procedure has no time limit"))?;
        let code = match self.item.early_code.clone() {
            Some(code) => code,
            None => self.mint().await?,
        };
        self.step(who, Step::Receive, code.as_str()).await?;
        self.tx.say(&DossierReceived {
            dossier: self.item.dossier,
            code: code.clone(),
            organisation: organisation.clone(),
            received_at: now,
            due_at: due.at,
        });
        let reception = Reception {
            code,
            organisation,
            received_at: now,
            promised_at: due.at,
            due_at: due.at,
        };
        if self.item.order.is_none() {
            self.request_fee(&reception.code);
        }
        self.item.reception = Some(reception);
        self.go_on().await
    }

    /// Goes on from reception: waits for the fee, asks the handler, or leaves it to an officer.
    pub async fn go_on(&mut self) -> Result<(), Failure> {
        let procedure = self.procedure()?;
        let step = self
            .item
            .after_reception(procedure.level, procedure.fee.due);
        self.step(&Actor::rule(), step, "").await?;
        let item = &mut self.item;
        if let (Step::AskHandler, Some(handler), Some(reception)) =
            (step, &item.handler, &item.reception)
        {
            item.examinations += 1;
            self.tx.say(&ExamineDossier {
                handler: handler.clone(),
                examination: WorkItem::examination(item.dossier, item.examinations),
                dossier: item.dossier,
                code: reception.code.clone(),
                application: item.application.clone(),
            });
        }
        Ok(())
    }

    /// Doesn't receive, and says why.
    pub async fn reject(&mut self, who: &Actor, reason: &str) -> Result<(), Failure> {
        self.step(who, Step::Reject, reason).await?;
        self.item.closed_at = Some(self.tx.now());
        self.tx.say(&DossierRejected {
            dossier: self.item.dossier,
            reason: reason.to_owned(),
            rejected_at: self.tx.now(),
        });
        // A fee that was paid to be received is not owed by who was not.
        self.return_fee(reason)
    }

    /// Proposes a decision: a handler by its verdict, an officer by hand.
    pub async fn propose(
        &mut self,
        who: &Actor,
        step: Step,
        outcome: Outcome,
    ) -> Result<(), Failure> {
        let detail = match &outcome {
            Outcome::Granted { .. } => "granted",
            Outcome::Refused { reason } => reason,
        };
        self.step(who, step, detail).await?;
        self.item.proposal = Some(Proposal {
            outcome,
            by: who.account,
            name: who.name.clone(),
        });
        Ok(())
    }

    /// Signs the proposal off: the dossier is decided, on time or late. A result that was granted may wait for its fee.
    pub async fn sign_off(&mut self, signer: &Claims) -> Result<(), Failure> {
        let (now, procedure) = (self.tx.now(), self.procedure()?);
        let title = signer.title.clone();
        let title = title.unwrap_or_else(|| procedure.sign_off.title.vi.clone());
        self.step(&Actor::person(signer), Step::SignOff, &title)
            .await?;
        let item = &mut self.item;
        let Some(reception) = &item.reception else {
            return Err(Failure::park("it has no reception"));
        };
        item.decision = Some(Decision {
            account: signer.sub,
            signed_by: signer.name.clone(),
            title,
            decided_at: now,
            on_time: clock::on_time(now, reception.due_at),
        });
        if let Some(order) = item.order
            && item.withholds_result(procedure.fee.due)
        {
            self.tx.say(&ResultAwaitsFee {
                dossier: item.dossier,
                order,
                total: item.fee.total,
                decided_at: now,
            });
            let total = item.fee.total.to_string();
            return self.step(&Actor::rule(), Step::AskFee, &total).await;
        }
        self.announce()
    }

    /// Tells the world of the decision.
    fn announce(&mut self) -> Result<(), Failure> {
        let procedure = self.procedure()?;
        let item = &mut self.item;
        let (Some(reception), Some(proposal), Some(decision)) =
            (&item.reception, &item.proposal, &item.decision)
        else {
            return Err(Failure::park("it has no reception or no decision"));
        };
        let application = &item.application;
        let form = procedure.validate_form(&application.form);
        self.tx.say(&DossierDecided {
            dossier: item.dossier,
            code: reception.code.clone(),
            procedure: application.procedure.clone(),
            procedure_version: application.procedure_version,
            organisation: self.office.authority.clone(),
            applicant: application.applicant.clone(),
            delivery: item.delivery,
            copies: procedure.copies(&form.unwrap_or_else(|_| Form::default())),
            outcome: proposal.outcome.clone(),
            signed_by: decision.signed_by.clone(),
            signer: Some(decision.account),
            signer_title: decision.title.clone(),
            decided_at: decision.decided_at,
        });
        let Outcome::Refused { reason } = proposal.outcome.clone() else {
            return Ok(());
        };
        item.closed_at = Some(decision.decided_at);
        let never_due = procedure.fee.due == Due::BeforeResult && item.is_unpaid();
        if procedure.fee.returned_on_refusal || never_due {
            self.return_fee(&reason)?;
        }
        Ok(())
    }
}
