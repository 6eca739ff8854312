//! The rows themselves, and how they are read as the domain's values.

use chassis::rows::{json, nonsense, read, read_word, word};
use contracts::{AccountId, DossierId, desk::Application};
use sea_orm::DbErr;

use super::Entry;
use crate::domain::{
    State,
    clock::Stop,
    item::{Decision, Owner, Reception, WorkItem},
};

pub mod work_items {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "work_items")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub dossier_id: Uuid,
        pub state: String,
        pub procedure: String,
        pub procedure_version: i64,
        pub applicant: String,
        pub form: String,
        pub documents: String,
        pub submitted_at: DateTimeUtc,
        pub channel: String,
        pub delivery: String,
        pub handler: Option<String>,
        pub round: i64,
        pub missing: String,
        pub fee: String,
        pub owner: Option<Uuid>,
        pub owner_name: String,
        pub code: Option<String>,
        pub organisation: Option<String>,
        pub received_at: Option<DateTimeUtc>,
        pub promised_at: Option<DateTimeUtc>,
        pub due_at: Option<DateTimeUtc>,
        pub fee_order: Option<Uuid>,
        pub fee_paid_at: Option<DateTimeUtc>,
        pub examinations: i64,
        pub note: Option<String>,
        pub proposal: Option<String>,
        pub supplemented_at: Option<DateTimeUtc>,
        pub signer: Option<Uuid>,
        pub signed_by: Option<String>,
        pub signer_title: Option<String>,
        pub decided_at: Option<DateTimeUtc>,
        pub on_time: Option<bool>,
        pub closed_at: Option<DateTimeUtc>,
        pub early_code: Option<String>,
        pub filed_by: Option<String>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod day_counters {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "day_counters")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub organisation: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: String,
        pub received: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod pauses {
    use chassis::rows::word;
    use contracts::DossierId;
    use sea_orm::entity::prelude::*;

    use crate::domain::clock::Stop;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pauses")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub dossier_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub cause: String,
        pub paused_from: DateTimeUtc,
        pub paused_until: Option<DateTimeUtc>,
        pub due_before: DateTimeUtc,
        pub due_after: Option<DateTimeUtc>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}

    /// A stop as a row.
    pub fn row(dossier: DossierId, place: usize, stop: &Stop) -> Result<Model, DbErr> {
        Ok(Model {
            dossier_id: dossier.0,
            number: i64::try_from(place).unwrap_or(i64::MAX),
            cause: word(&stop.pause.cause)?,
            paused_from: stop.pause.from,
            paused_until: stop.pause.until,
            due_before: stop.due_before,
            due_after: stop.due_after,
        })
    }
}

pub mod register_entries {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "register_entries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub dossier_id: Uuid,
        pub entered_at: DateTimeUtc,
        pub account: Option<Uuid>,
        pub who: String,
        pub act: String,
        pub state_before: Option<String>,
        pub state_after: String,
        pub detail: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The reception pool's name in `owner_name` (bộ phận một cửa).
const POOL: &str = "bộ phận một cửa";

fn state(name: &str) -> Result<State, DbErr> {
    State::named(name).ok_or_else(|| nonsense("state"))
}

fn count(number: i64) -> Result<u32, DbErr> {
    number.try_into().map_err(|_| nonsense("count"))
}

impl TryFrom<&WorkItem> for work_items::Model {
    type Error = DbErr;

    fn try_from(item: &WorkItem) -> Result<Self, DbErr> {
        let (application, owner) = (&item.application, item.owner.as_ref());
        let (reception, decision) = (item.reception.as_ref(), item.decision.as_ref());
        Ok(Self {
            dossier_id: item.dossier.0,
            state: item.state.name().to_owned(),
            procedure: application.procedure.to_string(),
            procedure_version: application.procedure_version.into(),
            applicant: json(&application.applicant)?,
            form: json(&application.form)?,
            documents: json(&application.documents)?,
            submitted_at: application.submitted_at,
            channel: word(&application.channel)?,
            delivery: word(&item.delivery)?,
            handler: item.handler.clone(),
            round: item.round.into(),
            missing: json(&item.missing)?,
            fee: json(&item.fee)?,
            owner: owner.map(|owner| owner.account.0),
            owner_name: owner.map_or(POOL, |owner| owner.name.as_str()).to_owned(),
            early_code: item.early_code.as_ref().map(ToString::to_string),
            code: reception.map(|reception| reception.code.to_string()),
            organisation: reception.map(|reception| reception.organisation.to_string()),
            received_at: reception.map(|reception| reception.received_at),
            promised_at: reception.map(|reception| reception.promised_at),
            due_at: reception.map(|reception| reception.due_at),
            fee_order: item.order.map(|order| order.0),
            fee_paid_at: item.fee_paid_at,
            examinations: item.examinations.into(),
            note: item.note.clone(),
            proposal: item.proposal.as_ref().map(json).transpose()?,
            supplemented_at: item.supplemented_at,
            signer: decision.map(|decision| decision.account.0),
            signed_by: decision.map(|decision| decision.signed_by.to_string()),
            signer_title: decision.map(|decision| decision.title.clone()),
            decided_at: decision.map(|decision| decision.decided_at),
            on_time: decision.map(|decision| decision.on_time),
            closed_at: item.closed_at,
            filed_by: item.filed_by.as_ref().map(json).transpose()?,
        })
    }
}

impl TryFrom<work_items::Model> for WorkItem {
    type Error = DbErr;

    fn try_from(row: work_items::Model) -> Result<Self, DbErr> {
        Ok(Self {
            early_code: row
                .early_code
                .as_deref()
                .map(|code| code.parse().map_err(|_| nonsense("code")))
                .transpose()?,
            reception: reception(&row)?,
            decision: decision(&row)?,
            dossier: DossierId(row.dossier_id),
            state: state(&row.state)?,
            application: Application {
                procedure: row.procedure.parse().map_err(|_| nonsense("procedure"))?,
                procedure_version: count(row.procedure_version)?,
                channel: read_word("channel", &row.channel)?,
                applicant: read("applicant", &row.applicant)?,
                form: read("form", &row.form)?,
                documents: read("documents", &row.documents)?,
                submitted_at: row.submitted_at,
            },
            delivery: read_word("delivery", &row.delivery)?,
            handler: row.handler,
            round: count(row.round)?,
            missing: read("missing", &row.missing)?,
            fee: read("fee", &row.fee)?,
            owner: row.owner.map(|account| Owner {
                account: AccountId(account),
                name: row.owner_name,
            }),
            order: row.fee_order.map(Into::into),
            fee_paid_at: row.fee_paid_at,
            examinations: count(row.examinations)?,
            note: row.note,
            proposal: row
                .proposal
                .map(|text| read("proposal", &text))
                .transpose()?,
            supplemented_at: row.supplemented_at,
            closed_at: row.closed_at,
            filed_by: row
                .filed_by
                .map(|text| read("who filed it", &text))
                .transpose()?,
        })
    }
}

fn reception(row: &work_items::Model) -> Result<Option<Reception>, DbErr> {
    let Some(code) = &row.code else {
        return Ok(None);
    };
    let organisation = row.organisation.as_ref().and_then(|code| code.parse().ok());
    Ok(Some(Reception {
        code: code.parse().map_err(|_| nonsense("code"))?,
        organisation: organisation.ok_or_else(|| nonsense("organisation"))?,
        received_at: row.received_at.ok_or_else(|| nonsense("reception"))?,
        promised_at: row.promised_at.ok_or_else(|| nonsense("promise"))?,
        due_at: row.due_at.ok_or_else(|| nonsense("due time"))?,
    }))
}

fn decision(row: &work_items::Model) -> Result<Option<Decision>, DbErr> {
    let Some(decided_at) = row.decided_at else {
        return Ok(None);
    };
    let signed_by = row.signed_by.as_ref().and_then(|name| name.parse().ok());
    Ok(Some(Decision {
        account: AccountId(row.signer.ok_or_else(|| nonsense("signer"))?),
        signed_by: signed_by.ok_or_else(|| nonsense("signer's name"))?,
        title: row.signer_title.clone().unwrap_or_default(),
        decided_at,
        on_time: row
            .on_time
            .ok_or_else(|| nonsense("judgment of its time"))?,
    }))
}

impl TryFrom<pauses::Model> for Stop {
    type Error = DbErr;

    fn try_from(row: pauses::Model) -> Result<Self, DbErr> {
        let mut stop = Self::begin(
            read_word("cause", &row.cause)?,
            row.paused_from,
            row.due_before,
        );
        stop.pause.until = row.paused_until;
        stop.due_after = row.due_after;
        Ok(stop)
    }
}

impl From<Entry> for register_entries::Model {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            dossier_id: entry.dossier.0,
            entered_at: entry.at,
            account: entry.account.map(|account| account.0),
            who: entry.who,
            act: entry.act,
            state_before: entry.before.map(|state| state.name().to_owned()),
            state_after: entry.after.name().to_owned(),
            detail: entry.detail,
        }
    }
}

impl TryFrom<register_entries::Model> for Entry {
    type Error = DbErr;

    fn try_from(row: register_entries::Model) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.id,
            dossier: DossierId(row.dossier_id),
            at: row.entered_at,
            account: row.account.map(AccountId),
            who: row.who,
            act: row.act,
            before: row.state_before.as_deref().map(state).transpose()?,
            after: state(&row.state_after)?,
            detail: row.detail,
        })
    }
}
