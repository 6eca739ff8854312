//! Dossiers and what is known of them, as rows.

pub mod documents;
pub mod givers;
pub mod kept;
pub mod openings;
pub mod signals;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contracts::{AccountId, CitizenId, Delivery, DossierCode, DossierId, MandateId, ProcedureCode};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::domain::{Event, Life, State, draft::Draft};

mod dossiers {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "dossiers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub account: Uuid,
        pub procedure: String,
        pub procedure_version: i64,
        pub form: String,
        pub documents: String,
        pub delivery: Option<String>,
        pub address: Option<String>,
        pub citizen_id: Option<String>,
        pub state: String,
        pub code: Option<String>,
        pub opened_at: DateTimeUtc,
        pub mandate: Option<Uuid>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod events {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "events")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub dossier_id: Uuid,
        pub at: DateTimeUtc,
        pub fact: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A dossier as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dossier {
    /// Its id.
    pub id: DossierId,
    /// Whose it is.
    pub account: AccountId,
    /// The procedure.
    pub procedure: ProcedureCode,
    /// The version under which it was opened; it stays.
    pub version: u32,
    /// What stands in it.
    pub draft: Draft,
    /// The citizen's identification number, once it is filed.
    pub citizen_id: Option<CitizenId>,
    /// Where it stands.
    pub state: State,
    /// The code it has since its reception.
    pub code: Option<DossierCode>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// Under which mandate, where it was opened for its owner.
    pub mandate: Option<MandateId>,
}

fn nonsense(what: &str) -> DbErr {
    DbErr::Custom(format!("a row holds no {what}"))
}

fn read<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, DbErr> {
    serde_json::from_str(text).map_err(|_| nonsense(what))
}

fn written(value: &impl Serialize) -> Result<String, DbErr> {
    serde_json::to_string(value).map_err(|error| DbErr::Custom(error.to_string()))
}

const fn name(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Portal => "portal",
        Delivery::Counter => "counter",
        Delivery::Post => "post",
    }
}

/// A text column that holds a checked value.
fn parsed<T: std::str::FromStr>(text: Option<String>, what: &str) -> Result<Option<T>, DbErr> {
    text.map(|text| text.parse().map_err(|_| nonsense(what)))
        .transpose()
}

impl TryFrom<dossiers::Model> for Dossier {
    type Error = DbErr;

    fn try_from(row: dossiers::Model) -> Result<Self, DbErr> {
        let ways = [Delivery::Portal, Delivery::Counter, Delivery::Post];
        let way = |text: String| ways.into_iter().find(|way| name(*way) == text);
        let state = State::ALL
            .into_iter()
            .find(|state| state.name() == row.state);
        Ok(Self {
            id: DossierId(row.id),
            account: AccountId(row.account),
            procedure: row.procedure.parse().map_err(|_| nonsense("procedure"))?,
            version: u32::try_from(row.procedure_version).map_err(|_| nonsense("version"))?,
            draft: Draft {
                form: read(&row.form, "form")?,
                documents: read(&row.documents, "documents")?,
                delivery: row.delivery.and_then(way),
                address: parsed(row.address, "address")?,
            },
            citizen_id: parsed(row.citizen_id, "citizen id")?,
            state: state.ok_or_else(|| nonsense("state"))?,
            code: parsed(row.code, "code")?,
            opened_at: row.opened_at,
            mandate: row.mandate.map(MandateId),
        })
    }
}

/// Keeps a new dossier.
pub async fn open(db: &impl ConnectionTrait, dossier: &Dossier) -> Result<(), DbErr> {
    let row = dossiers::ActiveModel {
        id: Set(dossier.id.0),
        account: Set(dossier.account.0),
        procedure: Set(dossier.procedure.to_string()),
        procedure_version: Set(dossier.version.into()),
        citizen_id: Set(None),
        state: Set(dossier.state.name().to_owned()),
        code: Set(None),
        opened_at: Set(dossier.opened_at),
        mandate: Set(dossier.mandate.map(|mandate| mandate.0)),
        ..content(&dossier.draft)?
    };
    dossiers::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

fn content(draft: &Draft) -> Result<dossiers::ActiveModel, DbErr> {
    Ok(dossiers::ActiveModel {
        form: Set(written(&draft.form)?),
        documents: Set(written(&draft.documents)?),
        delivery: Set(draft.delivery.map(|way| name(way).to_owned())),
        address: Set(draft.address.as_ref().map(ToString::to_string)),
        ..Default::default()
    })
}

async fn update(
    db: &impl ConnectionTrait,
    id: DossierId,
    row: dossiers::ActiveModel,
) -> Result<(), DbErr> {
    dossiers::Entity::update_many()
        .set(row)
        .filter(dossiers::Column::Id.eq(id.0))
        .exec(db)
        .await
        .map(drop)
}

/// Writes what stands in a dossier.
pub async fn write(db: &impl ConnectionTrait, id: DossierId, draft: &Draft) -> Result<(), DbErr> {
    update(db, id, content(draft)?).await
}

/// Writes whose number a dossier was filed under.
pub async fn file_under(
    db: &impl ConnectionTrait,
    id: DossierId,
    citizen_id: &CitizenId,
) -> Result<(), DbErr> {
    let row = dossiers::ActiveModel {
        citizen_id: Set(Some(citizen_id.to_string())),
        ..Default::default()
    };
    update(db, id, row).await
}

/// One dossier.
pub async fn dossier(db: &impl ConnectionTrait, id: DossierId) -> Result<Option<Dossier>, DbErr> {
    let row = dossiers::Entity::find_by_id(id.0).one(db).await?;
    row.map(Dossier::try_from).transpose()
}

/// One dossier, kept from being changed by others until the transaction ends.
pub async fn hold(db: &impl ConnectionTrait, id: DossierId) -> Result<Option<Dossier>, DbErr> {
    let row = dossiers::Entity::find_by_id(id.0)
        .lock_exclusive()
        .one(db)
        .await?;
    row.map(Dossier::try_from).transpose()
}

/// The dossier with this code.
pub async fn by_code(
    db: &impl ConnectionTrait,
    code: &DossierCode,
) -> Result<Option<Dossier>, DbErr> {
    let found = dossiers::Entity::find().filter(dossiers::Column::Code.eq(code.as_str()));
    found.one(db).await?.map(Dossier::try_from).transpose()
}

/// A citizen's dossiers, newest first; given-up drafts are left out.
pub async fn of_account(
    db: &impl ConnectionTrait,
    account: AccountId,
    most: u64,
) -> Result<Vec<Dossier>, DbErr> {
    of_accounts(db, [account], most).await
}

/// The same of several citizens.
pub async fn of_accounts(
    db: &impl ConnectionTrait,
    accounts: impl IntoIterator<Item = AccountId>,
    most: u64,
) -> Result<Vec<Dossier>, DbErr> {
    let accounts = accounts.into_iter().map(|account| account.0);
    let own = dossiers::Entity::find()
        .filter(dossiers::Column::Account.is_in(accounts))
        .filter(dossiers::Column::State.ne(State::Withdrawn.name()));
    let newest = own
        .order_by_desc(dossiers::Column::OpenedAt)
        .order_by_desc(dossiers::Column::Id)
        .limit(most);
    newest
        .all(db)
        .await?
        .into_iter()
        .map(Dossier::try_from)
        .collect()
}

/// How many drafts a citizen has open.
pub async fn count_drafts(db: &impl ConnectionTrait, account: AccountId) -> Result<u64, DbErr> {
    dossiers::Entity::find()
        .filter(dossiers::Column::Account.eq(account.0))
        .filter(dossiers::Column::State.eq(State::Draft.name()))
        .count(db)
        .await
}

/// The procedures and versions that dossiers were opened under.
pub async fn versions(db: &impl ConnectionTrait) -> Result<Vec<(ProcedureCode, u32)>, DbErr> {
    let rows: Vec<(String, i64)> = dossiers::Entity::find()
        .select_only()
        .column(dossiers::Column::Procedure)
        .column(dossiers::Column::ProcedureVersion)
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(code, version)| {
            let code = code.parse().map_err(|_| nonsense("procedure"))?;
            Ok((
                code,
                u32::try_from(version).map_err(|_| nonsense("version"))?,
            ))
        })
        .collect()
}

/// The procedures and versions of those of these dossiers that are a citizen's own.
pub async fn versions_of(
    db: &impl ConnectionTrait,
    account: AccountId,
    ids: impl IntoIterator<Item = DossierId>,
) -> Result<BTreeMap<DossierId, (ProcedureCode, u32)>, DbErr> {
    let rows: Vec<(Uuid, String, i64)> = dossiers::Entity::find()
        .select_only()
        .column(dossiers::Column::Id)
        .column(dossiers::Column::Procedure)
        .column(dossiers::Column::ProcedureVersion)
        .filter(dossiers::Column::Id.is_in(ids.into_iter().map(|id| id.0)))
        .filter(dossiers::Column::Account.eq(account.0))
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(id, code, version)| {
            let code = code.parse().map_err(|_| nonsense("procedure"))?;
            let version = u32::try_from(version).map_err(|_| nonsense("version"))?;
            Ok((DossierId(id), (code, version)))
        })
        .collect()
}

/// Adds to what is known of a dossier that is held, and writes down what follows. Known already: nothing changes.
pub async fn learn(db: &impl ConnectionTrait, id: DossierId, event: &Event) -> Result<Life, DbErr> {
    let fact = written(&event.fact)?;
    let content = format!("{}/{fact}", event.at.to_rfc3339());
    let row = events::ActiveModel {
        id: Set(Uuid::new_v5(&id.0, content.as_bytes())),
        dossier_id: Set(id.0),
        at: Set(event.at),
        fact: Set(fact),
    };
    let once = OnConflict::column(events::Column::Id)
        .do_nothing()
        .to_owned();
    events::Entity::insert(row)
        .on_conflict(once)
        .try_insert()
        .exec_without_returning(db)
        .await?;
    let life = life(db, id).await?;
    let code = life.reception().map(|reception| reception.code.to_string());
    let row = dossiers::ActiveModel {
        state: Set(life.state().name().to_owned()),
        code: Set(code),
        ..Default::default()
    };
    update(db, id, row).await?;
    Ok(life)
}

/// Everything known of a dossier.
pub async fn life(db: &impl ConnectionTrait, id: DossierId) -> Result<Life, DbErr> {
    let known = events::Entity::find().filter(events::Column::DossierId.eq(id.0));
    let events: Result<Vec<Event>, DbErr> = known
        .all(db)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Event {
                at: row.at,
                fact: read(&row.fact, "fact")?,
            })
        })
        .collect();
    Ok(Life::of(events?))
}
