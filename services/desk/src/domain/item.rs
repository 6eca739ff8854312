//! A work item: one dossier as the desk knows it, and what moves it along.

use chrono::{DateTime, Utc};
use contracts::{
    AccountId, Channel, Delivery, DossierCode, DossierId, ExaminationId, OrderId, OrganisationCode,
    PersonName,
    desk::{Application, Outcome},
    intake::{DossierSubmitted, DossierSupplemented, FiledBy},
};
use procedure::{Level, Quote, description::Due};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Refusal, State, Step};

/// One dossier at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkItem {
    /// The dossier.
    pub dossier: DossierId,
    /// Where it stands.
    pub state: State,
    /// The application as it stands.
    pub application: Application,
    /// How the result shall be handed over.
    pub delivery: Delivery,
    /// The service that assesses and examines it; nobody but officers when absent.
    pub handler: Option<String>,
    /// Counts the assessments, from 1.
    pub round: u32,
    /// What the last assessment found missing.
    pub missing: Vec<String>,
    /// What it costs; frozen at reception.
    pub fee: Quote,
    /// Who looks after it; the reception pool when absent.
    pub owner: Option<Owner>,
    /// The code that a fee before reception was asked for under.
    pub early_code: Option<DossierCode>,
    /// What the citizen was promised.
    pub reception: Option<Reception>,
    /// The fee order, once it was asked for.
    pub order: Option<OrderId>,
    /// When the fee was paid.
    pub fee_paid_at: Option<DateTime<Utc>>,
    /// How often the handler was asked for its verdict.
    pub examinations: u32,
    /// What the handler wants an officer to look at.
    pub note: Option<String>,
    /// The proposed decision.
    pub proposal: Option<Proposal>,
    /// When the citizen last added something.
    pub supplemented_at: Option<DateTime<Utc>>,
    /// The decision.
    pub decision: Option<Decision>,
    /// When there was nothing left to do for anybody.
    pub closed_at: Option<DateTime<Utc>>,
    /// Who filed it for its applicant, if they did not.
    pub filed_by: Option<FiledBy>,
}

/// An officer who looks after a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Their account.
    pub account: AccountId,
    /// Their name.
    pub name: String,
}

/// What a citizen is told when the dossier is received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reception {
    /// The code.
    pub code: DossierCode,
    /// The office.
    pub organisation: OrganisationCode,
    /// When.
    pub received_at: DateTime<Utc>,
    /// When the result was promised at first.
    pub promised_at: DateTime<Utc>,
    /// When it is due now, the pauses counted in.
    pub due_at: DateTime<Utc>,
}

/// A decision that waits for its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Granted or refused.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The officer who proposes it; none when it is a handler's verdict.
    pub by: Option<AccountId>,
    /// Their name, or the handler's.
    pub name: String,
}

/// Who signed off, and when the dossier thereby ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The signer's account.
    pub account: AccountId,
    /// The signer's name.
    pub signed_by: PersonName,
    /// The signer's title as printed.
    pub title: String,
    /// When: the end of the processing time.
    pub decided_at: DateTime<Utc>,
    /// Whether that was within the time promised.
    pub on_time: bool,
}

impl WorkItem {
    /// A dossier that just came in.
    pub fn open(submitted: DossierSubmitted, handler: Option<String>) -> Self {
        Self {
            dossier: submitted.dossier,
            state: State::AwaitingAssessment,
            application: Application {
                procedure: submitted.procedure,
                procedure_version: submitted.procedure_version,
                channel: submitted.channel,
                applicant: submitted.applicant,
                form: submitted.form,
                documents: submitted.documents,
                submitted_at: submitted.submitted_at,
            },
            delivery: submitted.delivery,
            handler,
            round: 1,
            missing: Vec::new(),
            fee: Quote::default(),
            owner: None,
            early_code: None,
            reception: None,
            order: None,
            fee_paid_at: None,
            examinations: 0,
            note: None,
            proposal: None,
            supplemented_at: None,
            decision: None,
            closed_at: None,
            filed_by: submitted.filed_by,
        }
    }

    /// Whether `step` can happen now, and where it would lead.
    pub fn may(&self, step: Step) -> Result<State, Refusal> {
        let state = self.state;
        state.after(step).ok_or(Refusal::WrongState { state, step })
    }

    /// Takes one step.
    pub fn step(&mut self, step: Step) -> Result<(), Refusal> {
        self.state = self.may(step)?;
        Ok(())
    }

    /// Gives it to an officer. `false` when they have it already.
    pub fn take(&mut self, owner: Owner) -> Result<bool, Refusal> {
        if self.closed_at.is_some() {
            return Err(Refusal::Over(self.state));
        }
        let new = self.owner.as_ref() != Some(&owner);
        self.owner = Some(owner);
        Ok(new)
    }

    /// Notes what an assessment found. The fee that was asked for, or promised at reception, stays.
    pub fn assess(&mut self, missing: Vec<String>, fee: Quote) {
        self.missing = missing;
        if self.reception.is_none() && self.order.is_none() {
            self.fee = fee;
        }
    }

    /// Whether there is a fee and it is not paid.
    pub const fn is_unpaid(&self) -> bool {
        !self.fee.total.is_zero() && self.fee_paid_at.is_none()
    }

    /// Which step follows a complete assessment.
    pub fn after_assessment(&self, due: Due) -> Step {
        match (self.missing.is_empty(), &self.reception) {
            (false, _) => Step::AskSupplement,
            (true, None) if due == Due::BeforeReception && self.is_unpaid() => Step::AskFee,
            (true, None) => Step::FindComplete,
            (true, Some(_)) => Step::Resume,
        }
    }

    /// Which step follows reception: the fee first where it is due then and paid online, then the handler or an officer.
    pub fn after_reception(&self, level: Level, due: Due) -> Step {
        let paid_online = level == Level::Whole && self.application.channel == Channel::Online;
        if due == Due::BeforeExamination && paid_online && self.is_unpaid() {
            Step::AskFee
        } else if self.handler.is_some() {
            Step::AskHandler
        } else {
            Step::AskOfficer
        }
    }

    /// Whether its result waits for the fee: one that was granted, where the procedure says so.
    pub fn withholds_result(&self, due: Due) -> bool {
        let proposal = self.proposal.as_ref();
        let is_granted = proposal.is_some_and(|it| matches!(it.outcome, Outcome::Granted { .. }));
        due == Due::BeforeResult && is_granted && self.is_unpaid()
    }

    /// The order for the fee: always the same for one dossier.
    pub fn fee_order(dossier: DossierId) -> OrderId {
        OrderId(Uuid::new_v5(&dossier.0, b"fee/1"))
    }

    /// The `n`th examination of a dossier, from 1.
    pub fn examination(dossier: DossierId, n: u32) -> ExaminationId {
        ExaminationId(Uuid::new_v5(
            &dossier.0,
            format!("examination/{n}").as_bytes(),
        ))
    }

    /// Puts what the citizen added in the place of what was there.
    pub fn supplement(&mut self, added: DossierSupplemented) {
        self.application.form = added.form;
        self.application.documents = added.documents;
        self.supplemented_at = Some(added.supplemented_at);
        self.round += 1;
        self.note = None;
    }

    /// Whether `signer` may sign the proposal off.
    pub fn may_sign(&self, signer: AccountId, four_eyes: bool) -> Result<(), Refusal> {
        self.may(Step::SignOff)?;
        let own = self
            .proposal
            .as_ref()
            .is_some_and(|proposal| proposal.by == Some(signer));
        if four_eyes && own {
            Err(Refusal::OwnProposal)
        } else {
            Ok(())
        }
    }

    /// Whether it is late at `now`: its time ran out while the clock was running.
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        match (&self.decision, &self.reception) {
            (Some(decision), _) => !decision.on_time,
            (None, Some(reception)) => !self.is_paused() && reception.due_at < now,
            (None, None) => false,
        }
    }

    /// Whether its clock stands still.
    pub fn is_paused(&self) -> bool {
        self.state == State::SupplementRequested && self.reception.is_some()
    }
}
