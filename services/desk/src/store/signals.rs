//! What intake found about dossiers, and what officers noted, as rows.

use std::collections::BTreeMap;

use chassis::rows::{json, nonsense, put_once, read, read_word};
use chrono::{DateTime, Utc};
use contracts::{
    AccountId, DossierCode, DossierId,
    intake::{SignalLevel, SignalsFound},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, Order,
    QueryFilter, QueryOrder, QuerySelect, RelationDef, Select, sea_query::NullOrdering,
};
use uuid::Uuid;

use super::rows::work_items;
use crate::domain::signals::{Finding, from, name_of};

mod found {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "signals")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub dossier_id: Uuid,
        pub revision: i64,
        pub score: i64,
        pub level: String,
        pub found: String,
        pub found_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod notes {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "signal_notes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub dossier_id: Uuid,
        pub revision: i64,
        pub finding: String,
        pub note: String,
        pub officer: Uuid,
        pub officer_name: String,
        pub noted_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Which dossiers are listed by their signals, and whether those come first that have most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Among {
    /// Those of this level at least; all when absent.
    pub least: Option<SignalLevel>,
    /// Whether the highest score comes first.
    pub highest_first: bool,
}

/// Narrows a list of work items, and sorts it before anything else does.
pub fn among(items: Select<work_items::Entity>, among: Among) -> Select<work_items::Entity> {
    if among == Among::default() {
        return items;
    }
    let of_item: RelationDef = found::Entity::belongs_to(work_items::Entity)
        .from(found::Column::DossierId)
        .to(work_items::Column::DossierId)
        .into();
    let mut items = items.join_rev(JoinType::LeftJoin, of_item);
    if let Some(least) = among.least {
        items = items.filter(found::Column::Level.is_in(from(least)));
    }
    if among.highest_first {
        items = items.order_by_with_nulls(found::Column::Score, Order::Desc, NullOrdering::Last);
    }
    items
}

/// Keeps what was found; the highest revision counts. `false` when others write the same right now.
pub async fn keep(db: &impl ConnectionTrait, heard: &SignalsFound) -> Result<bool, DbErr> {
    let row = found::ActiveModel {
        dossier_id: Set(heard.dossier.0),
        revision: Set(heard.revision.into()),
        score: Set(heard.score.into()),
        level: Set(name_of(heard.level).to_owned()),
        found: Set(json(&heard.signals)?),
        found_at: Set(heard.found_at),
    };
    let known = found::Entity::find_by_id(heard.dossier.0)
        .lock_exclusive()
        .one(db)
        .await?;
    match known {
        Some(known) if known.revision >= i64::from(heard.revision) => Ok(true),
        Some(_) => found::Entity::update(row).exec(db).await.map(|_| true),
        None => put_once(db, row, [found::Column::DossierId]).await,
    }
}

fn score(score: i64) -> Result<u8, DbErr> {
    u8::try_from(score).map_err(|_| nonsense("score"))
}

/// What was found about a dossier.
pub async fn of(
    db: &impl ConnectionTrait,
    dossier: DossierId,
) -> Result<Option<SignalsFound>, DbErr> {
    let row = found::Entity::find_by_id(dossier.0).one(db).await?;
    let found = |row: found::Model| {
        Ok(SignalsFound {
            dossier,
            revision: u32::try_from(row.revision).map_err(|_| nonsense("revision"))?,
            score: score(row.score)?,
            level: read_word("level", &row.level)?,
            signals: read("signals", &row.found)?,
            found_at: row.found_at,
        })
    };
    row.map(found).transpose()
}

/// The scores of these dossiers, and how much they are.
pub async fn scores(
    db: &impl ConnectionTrait,
    dossiers: impl IntoIterator<Item = DossierId>,
) -> Result<BTreeMap<DossierId, (u8, SignalLevel)>, DbErr> {
    let ids: Vec<Uuid> = dossiers.into_iter().map(|id| id.0).collect();
    let rows: Vec<(Uuid, i64, String)> = found::Entity::find()
        .select_only()
        .column(found::Column::DossierId)
        .column(found::Column::Score)
        .column(found::Column::Level)
        .filter(found::Column::DossierId.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(id, points, level)| {
            Ok((DossierId(id), (score(points)?, read_word("level", &level)?)))
        })
        .collect()
}

/// Those of these dossiers that are filed here, with their codes.
pub async fn filed_here(
    db: &impl ConnectionTrait,
    dossiers: impl IntoIterator<Item = DossierId>,
) -> Result<BTreeMap<DossierId, Option<DossierCode>>, DbErr> {
    let ids: Vec<Uuid> = dossiers.into_iter().map(|id| id.0).collect();
    let rows: Vec<(Uuid, Option<String>)> = work_items::Entity::find()
        .select_only()
        .column(work_items::Column::DossierId)
        .column(work_items::Column::Code)
        .filter(work_items::Column::DossierId.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(id, code)| {
            let code = code.map(|code| code.parse().map_err(|_| nonsense("code")));
            Ok((DossierId(id), code.transpose()?))
        })
        .collect()
}

/// What an officer noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its id, in order of time.
    pub id: Uuid,
    /// What they had seen of the signals.
    pub revision: u32,
    /// What they found.
    pub finding: Finding,
    /// In their words.
    pub words: String,
    /// The officer.
    pub officer: AccountId,
    /// Their name.
    pub officer_name: String,
    /// When.
    pub noted_at: DateTime<Utc>,
}

/// Keeps what an officer noted about a dossier.
pub async fn note(db: &impl ConnectionTrait, dossier: DossierId, note: &Note) -> Result<(), DbErr> {
    let row = notes::ActiveModel {
        id: Set(note.id),
        dossier_id: Set(dossier.0),
        revision: Set(note.revision.into()),
        finding: Set(note.finding.name().to_owned()),
        note: Set(note.words.clone()),
        officer: Set(note.officer.0),
        officer_name: Set(note.officer_name.clone()),
        noted_at: Set(note.noted_at),
    };
    notes::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// What officers noted about a dossier, in order.
pub async fn noted(db: &impl ConnectionTrait, dossier: DossierId) -> Result<Vec<Note>, DbErr> {
    let rows = notes::Entity::find()
        .filter(notes::Column::DossierId.eq(dossier.0))
        .order_by_asc(notes::Column::Id)
        .all(db)
        .await?;
    let note = |row: notes::Model| {
        Ok(Note {
            id: row.id,
            revision: u32::try_from(row.revision).map_err(|_| nonsense("revision"))?,
            finding: read_word("finding", &row.finding)?,
            words: row.note,
            officer: AccountId(row.officer),
            officer_name: row.officer_name,
            noted_at: row.noted_at,
        })
    };
    rows.into_iter().map(note).collect()
}
