//! What the API shows of dossiers and procedures.

use std::collections::BTreeMap;

use chassis::http::Problem;
use chrono::{DateTime, Utc};
use contracts::{
    Delivery, DocumentId, DossierCode, DossierId, MandateId, OrderId, PersonName, ProcedureCode,
    ResultId, Vnd, payment::FeeLine,
};
use procedure::{Bilingual, Description, Quote};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{HandingState, Life, MoneyState, State, draft::Checked},
    store::{Dossier, openings::Opening},
    time_line::{self, Entry, Telling},
};

/// A text in two languages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Name {
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

impl From<&Bilingual> for Name {
    fn from(Bilingual { vi, en }: &Bilingual) -> Self {
        Self {
            vi: vi.clone(),
            en: en.clone(),
        }
    }
}

/// A procedure in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProcedureView {
    /// Its code.
    pub code: ProcedureCode,
    /// The version in force.
    pub version: u32,
    /// Its name.
    pub name: Name,
    /// What it is for.
    pub summary: Name,
    /// Its field.
    pub field: Name,
    /// 1 to 4.
    pub level: u8,
    /// Whether a dossier can be filed online.
    pub online: bool,
}

impl From<&Description> for ProcedureView {
    fn from(description: &Description) -> Self {
        Self {
            code: description.code.clone(),
            version: description.version,
            name: (&description.name).into(),
            summary: (&description.summary).into(),
            field: (&description.field.name).into(),
            level: description.level.number(),
            online: description.is_offered_online(),
        }
    }
}

/// The procedure of a dossier.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProcedureName {
    /// Its code.
    pub code: ProcedureCode,
    /// Its name.
    pub name: Name,
}

impl From<&Description> for ProcedureName {
    fn from(description: &Description) -> Self {
        Self {
            code: description.code.clone(),
            name: (&description.name).into(),
        }
    }
}

/// How a paper stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaperState {
    /// Not checked yet.
    Checking,
    /// It may be used.
    Accepted,
    /// It may not.
    Rejected,
}

/// An enclosed paper.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Paper {
    /// Which paper of the procedure it is.
    pub component: String,
    /// The document in scan.
    pub document: DocumentId,
    /// How it stands.
    pub state: PaperState,
    /// SHA-256 of the original, once it is checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Why it may not be used, in Vietnamese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_vi: Option<String>,
    /// Why it may not be used, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_en: Option<String>,
}

/// The fee.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MoneyView {
    /// How it stands.
    pub state: MoneyState,
    /// The latest order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// Its total, in đồng.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Vnd>,
}

/// What a dossier costs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FeeView {
    /// Line by line.
    pub lines: Vec<FeeLine>,
    /// The sum of the lines, in đồng.
    pub total: Vnd,
}

impl From<Quote> for FeeView {
    fn from(Quote { lines, total }: Quote) -> Self {
        Self { lines, total }
    }
}

/// The result.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HandingView {
    /// How it stands.
    pub state: HandingState,
    /// How the citizen wants it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Delivery>,
    /// Where to, by post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<ResultId>,
    /// Its number and symbol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The code by which anybody can check it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_code: Option<String>,
}

/// A dossier as its citizen and the officers see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DossierView {
    /// Its id.
    pub dossier: DossierId,
    /// The procedure.
    pub procedure: ProcedureName,
    /// The version under which it was opened.
    pub procedure_version: u32,
    /// Where it stands.
    pub state: State,
    /// Its status in the national dossier list, 1 to 10; none before it is filed.
    pub national_status: Option<u8>,
    /// Its code, once it is received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<DossierCode>,
    /// When the result is promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// What is asked to be added, while it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<String>,
    /// The answers.
    pub form: BTreeMap<String, String>,
    /// The enclosed papers.
    pub documents: Vec<Paper>,
    /// What it costs: of a draft, if it were filed today; of what is filed, by the day of its filing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee: Option<FeeView>,
    /// How the fee stands.
    pub money: MoneyView,
    /// The result.
    pub delivery: HandingView,
    /// What happened, oldest first.
    pub time_line: Vec<Entry>,
    /// Which officers and agents have opened it, each once a day; the newest first.
    pub openings: Vec<OpeningView>,
    /// Whose it is, where whoever asks acts for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acted_for: Option<PersonName>,
}

/// Somebody who has opened a dossier that is not theirs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpeningView {
    /// Their name.
    pub name: PersonName,
    /// The mandate under which they did, where they are no officer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mandate: Option<MandateId>,
    /// The officer's title, if they have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When, for the first time on that day.
    pub opened_at: DateTime<Utc>,
}

impl From<Opening> for OpeningView {
    fn from(Opening { opened, mandate }: Opening) -> Self {
        Self {
            mandate,
            name: opened.name,
            title: opened.title,
            opened_at: opened.opened_at,
        }
    }
}

impl DossierView {
    /// The dossier with what is known of it and of its papers.
    pub fn new(
        dossier: Dossier,
        description: &Description,
        life: &Life,
        checked: &Checked,
        expected: Option<Quote>,
    ) -> Result<Self, Problem> {
        let (money, issued) = (life.money(), life.issued());
        let asked = life.asked().map(|(_, items)| items.to_vec());
        let draft = dossier.draft;
        let documents = draft.documents.into_iter();
        Ok(Self {
            dossier: dossier.id,
            procedure: description.into(),
            procedure_version: dossier.version,
            state: life.state(),
            national_status: life.national_status(),
            code: life.reception().map(|reception| reception.code.clone()),
            due_at: life.reception().map(|reception| reception.due_at),
            asked: asked.unwrap_or_default(),
            form: draft.form,
            documents: documents
                .map(|(component, document)| paper(component, document, checked))
                .collect(),
            fee: life.fee().cloned().or(expected).map(FeeView::from),
            money: MoneyView {
                state: money.state,
                order: money.order.map(|(order, _)| order),
                total: money.order.map(|(_, total)| total),
            },
            delivery: HandingView {
                state: life.handing(),
                by: draft.delivery,
                address: draft.address.map(String::from),
                result: issued.as_ref().map(|issued| issued.result),
                number: issued.as_ref().map(|issued| issued.number.to_owned()),
                check_code: issued.as_ref().map(|issued| issued.check_code.to_owned()),
            },
            time_line: time_line::of(life, Telling::InFull)?,
            openings: Vec::new(),
            acted_for: None,
        })
    }
}

impl DossierView {
    /// The fee with its lines as it was filed. Where another sum is asked for than these lines make, they say nothing.
    pub fn fee_filed(&self) -> Option<&FeeView> {
        let asked = self.money.total;
        let fee = self.fee.as_ref().filter(|_| self.national_status.is_some());
        fee.filter(|fee| asked.is_none_or(|asked| asked == fee.total))
    }
}

fn paper(component: String, document: DocumentId, checked: &Checked) -> Paper {
    let known = checked.get(&document);
    let reason = known.and_then(|known| known.rejected.as_ref());
    Paper {
        component,
        document,
        state: match (known, reason) {
            (None, _) => PaperState::Checking,
            (Some(_), None) => PaperState::Accepted,
            (Some(_), Some(_)) => PaperState::Rejected,
        },
        sha256: known.map(|known| known.sha256.clone()),
        reason_vi: reason.map(|reason| reason.vi.to_string()),
        reason_en: reason.map(|reason| reason.en.to_string()),
    }
}

/// A dossier in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DossierLine {
    /// Its id.
    pub dossier: DossierId,
    /// The procedure.
    pub procedure: ProcedureName,
    /// Where it stands.
    pub state: State,
    /// Its code, once it is received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<DossierCode>,
    /// When its draft was opened.
    pub opened_at: DateTime<Utc>,
    /// Whose it is, where whoever asks acts for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acted_for: Option<PersonName>,
}

/// A dossier as anybody sees it who knows its code and its owner's number: nothing about the person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TrackView {
    /// Its code.
    pub code: DossierCode,
    /// The procedure.
    pub procedure: ProcedureName,
    /// Where it stands.
    pub state: State,
    /// Its status in the national dossier list.
    pub national_status: Option<u8>,
    /// When the result is promised.
    pub due_at: Option<DateTime<Utc>>,
    /// What happened, oldest first.
    pub time_line: Vec<Entry>,
}
