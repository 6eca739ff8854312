//! What the API shows of a work item.

use chassis::{App, http::Problem};
use chrono::{DateTime, Utc};
use contracts::{
    AccountId, Delivery, DossierCode, DossierId, OrderId, OrganisationCode, PersonName,
    ProcedureCode, Vnd,
    desk::{Application, Outcome},
    intake::FiledBy,
    payment::FeeLine,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        clock::Stop,
        item::{Decision, Proposal, WorkItem},
    },
    office::Office,
    signals,
    store::{self, Entry},
};

/// Where a dossier stands after an act.
#[derive(Debug, Serialize, ToSchema)]
pub struct Standing {
    /// The dossier.
    pub dossier: DossierId,
    /// Its code, once it is received.
    pub code: Option<DossierCode>,
    /// Its state's name.
    pub state: &'static str,
    /// When it is due, once it is received.
    pub due_at: Option<DateTime<Utc>>,
}

impl Standing {
    /// Where a work item stands.
    pub fn of(item: &WorkItem) -> Self {
        Self {
            dossier: item.dossier,
            code: item
                .reception
                .as_ref()
                .map(|reception| reception.code.clone()),
            state: item.state.name(),
            due_at: item.reception.as_ref().map(|reception| reception.due_at),
        }
    }
}

/// A line of the list of work.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listed {
    /// The dossier, its state and when it is due.
    #[serde(flatten)]
    pub standing: Standing,
    /// The procedure.
    pub procedure: ProcedureCode,
    /// What it is called, in Vietnamese.
    pub procedure_name: String,
    /// Who it is for.
    pub applicant: PersonName,
    /// When it was submitted.
    pub submitted_at: DateTime<Utc>,
    /// When it was received.
    pub received_at: Option<DateTime<Utc>>,
    /// Whether its clock stands still.
    pub paused: bool,
    /// Whether it is late.
    pub overdue: bool,
    /// Whose it is: an officer's, or the reception pool's.
    pub owner: OwnerView,
    /// How much about it should be looked at; none where nothing was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attention: Option<signals::Line>,
}

/// Who looks after a dossier.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnerView {
    /// The officer's account; none for the reception pool.
    pub account: Option<AccountId>,
    /// The officer's name; none for the reception pool.
    pub name: Option<String>,
}

impl Listed {
    /// A work item as a line.
    pub fn new(item: &WorkItem, office: &Office, now: DateTime<Utc>) -> Self {
        let procedure = office.procedure(&item.application);
        Self {
            standing: Standing::of(item),
            procedure: item.application.procedure.clone(),
            procedure_name: procedure
                .map(|procedure| procedure.name.vi.clone())
                .unwrap_or_default(),
            applicant: item.application.applicant.name.clone(),
            submitted_at: item.application.submitted_at,
            received_at: item
                .reception
                .as_ref()
                .map(|reception| reception.received_at),
            paused: item.is_paused(),
            overdue: item.is_overdue(now),
            owner: OwnerView {
                account: item.owner.as_ref().map(|owner| owner.account),
                name: item.owner.as_ref().map(|owner| owner.name.clone()),
            },
            attention: None,
        }
    }
}

/// A work item with everything the desk knows.
#[derive(Debug, Serialize, ToSchema)]
pub struct Detail {
    /// Its line in the list.
    #[serde(flatten)]
    pub listed: Listed,
    /// The application as it stands.
    pub application: Application,
    /// Who filed it for its applicant, if they did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filed_by: Option<FiledBy>,
    /// How the result shall be handed over.
    pub delivery: Delivery,
    /// The service that examines it, if any.
    pub handler: Option<String>,
    /// How often it was assessed.
    pub round: u32,
    /// What is missing.
    pub missing: Vec<String>,
    /// The fee.
    pub fee: FeeView,
    /// The office that received it.
    pub organisation: Option<OrganisationCode>,
    /// When the result was promised at first.
    pub promised_at: Option<DateTime<Utc>>,
    /// What the handler wants an officer to look at.
    pub note: Option<String>,
    /// The proposed decision.
    pub proposal: Option<ProposalView>,
    /// The decision's signature.
    pub decision: Option<DecisionView>,
    /// When there was nothing left to do.
    pub closed_at: Option<DateTime<Utc>>,
    /// The stops of its clock, in order.
    pub pauses: Vec<PauseView>,
    /// Its lines in the register, in order.
    pub history: Vec<EntryView>,
    /// What about it should be looked at, and who has.
    pub signals: signals::View,
}

/// What a dossier costs.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeeView {
    /// Line by line.
    pub lines: Vec<FeeLine>,
    /// The sum of the lines.
    pub total: Vnd,
    /// The order, once it was asked for.
    pub order: Option<OrderId>,
    /// When it was paid.
    pub paid_at: Option<DateTime<Utc>>,
}

/// A proposed decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposalView {
    /// Granted or refused.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The officer who proposes it; none for a handler.
    pub by: Option<AccountId>,
    /// Their name, or the handler's.
    pub name: String,
}

/// A decision's signature.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecisionView {
    /// The signer's account.
    pub account: AccountId,
    /// The signer's name.
    pub signed_by: PersonName,
    /// The signer's title as printed.
    pub signer_title: String,
    /// When: the end of the processing time.
    pub decided_at: DateTime<Utc>,
    /// Whether that was within the time promised.
    pub on_time: bool,
}

/// A stop of the legal clock.
#[derive(Debug, Serialize, ToSchema)]
pub struct PauseView {
    /// `supplement`, `financial_duty` or `suspension`.
    #[schema(value_type = String)]
    pub cause: calendar::Cause,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when; none while it lasts.
    pub until: Option<DateTime<Utc>>,
    /// When it was due as the stop began.
    pub due_before: DateTime<Utc>,
    /// When it was due as the stop ended.
    pub due_after: Option<DateTime<Utc>>,
}

/// A line of the register.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryView {
    /// When.
    pub at: DateTime<Utc>,
    /// The officer's account; none for a service.
    pub account: Option<AccountId>,
    /// The officer's name, or the service's.
    pub who: String,
    /// What.
    pub act: String,
    /// The state before; none as it came in.
    pub from: Option<&'static str>,
    /// The state after.
    pub to: &'static str,
    /// What else there is to know.
    pub detail: String,
}

impl Detail {
    /// Everything about one dossier.
    pub async fn find(app: &App, dossier: DossierId) -> Result<Self, Problem> {
        let (db, office) = (app.db().reads(), app.part::<Office>());
        let item = store::find(db, dossier)
            .await?
            .ok_or_else(Problem::not_found)?;
        let stops = store::stops(db, dossier).await?;
        let register = store::register(db, dossier).await?;
        let signals = signals::View::find(db, dossier).await?;
        let reception = item.reception.as_ref();
        Ok(Self {
            listed: Listed {
                attention: signals.attention(),
                ..Listed::new(&item, &office, app.clock().now())
            },
            organisation: reception.map(|reception| reception.organisation.clone()),
            promised_at: reception.map(|reception| reception.promised_at),
            filed_by: item.filed_by,
            application: item.application,
            delivery: item.delivery,
            handler: item.handler,
            round: item.round,
            missing: item.missing,
            fee: FeeView {
                lines: item.fee.lines,
                total: item.fee.total,
                order: item.order,
                paid_at: item.fee_paid_at,
            },
            note: item.note,
            proposal: item.proposal.map(ProposalView::from),
            decision: item.decision.map(DecisionView::from),
            closed_at: item.closed_at,
            pauses: stops.into_iter().map(PauseView::from).collect(),
            history: register.into_iter().map(EntryView::from).collect(),
            signals,
        })
    }
}

impl From<Proposal> for ProposalView {
    fn from(proposal: Proposal) -> Self {
        let Proposal { outcome, by, name } = proposal;
        Self { outcome, by, name }
    }
}

impl From<Decision> for DecisionView {
    fn from(decision: Decision) -> Self {
        Self {
            account: decision.account,
            signed_by: decision.signed_by,
            signer_title: decision.title,
            decided_at: decision.decided_at,
            on_time: decision.on_time,
        }
    }
}

impl From<Stop> for PauseView {
    fn from(stop: Stop) -> Self {
        Self {
            cause: stop.pause.cause,
            from: stop.pause.from,
            until: stop.pause.until,
            due_before: stop.due_before,
            due_after: stop.due_after,
        }
    }
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        Self {
            at: entry.at,
            account: entry.account,
            who: entry.who,
            act: entry.act,
            from: entry.before.map(crate::domain::State::name),
            to: entry.after.name(),
            detail: entry.detail,
        }
    }
}
