//! Papers that citizens keep for later dossiers, as rows.

use chrono::{DateTime, Utc};
use contracts::{AccountId, DocumentId, DossierId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::parsed;
use crate::domain::kept::Kept;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "kept_papers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub document: Uuid,
        pub owner: Uuid,
        pub revision: i64,
        pub kind: Option<String>,
        pub name: Option<String>,
        pub given_at: Option<DateTimeUtc>,
        pub valid_until: Option<String>,
        pub first_dossier: Option<Uuid>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The most kept papers of one person that are looked at.
const MOST: u64 = 200;

/// Whose paper is spoken of, and how new the word is.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    /// The document.
    pub document: DocumentId,
    /// Whose it is.
    pub owner: AccountId,
    /// Counts what was said about it.
    pub revision: u32,
}

/// Writes what scan said about keeping a paper; nothing: it is kept no more. The highest revision counts. `false` when others
/// write the same right now.
pub async fn learn(
    db: &impl ConnectionTrait,
    word: Word,
    kept: Option<Kept>,
) -> Result<bool, DbErr> {
    let known = row::Entity::find_by_id(word.document.0)
        .lock_exclusive()
        .one(db)
        .await?;
    let revision = i64::from(word.revision);
    let (kind, name, given_at, valid_until, first_dossier) = match kept {
        Some(kept) => (
            Some(kept.kind),
            Some(kept.name),
            Some(kept.given_at),
            kept.valid_until.map(|day| day.to_string()),
            kept.first_dossier.map(|dossier| dossier.0),
        ),
        None => (None, None, None::<DateTime<Utc>>, None, None),
    };
    let row = row::ActiveModel {
        document: Set(word.document.0),
        owner: Set(word.owner.0),
        revision: Set(revision),
        kind: Set(kind),
        name: Set(name),
        given_at: Set(given_at),
        valid_until: Set(valid_until),
        first_dossier: Set(first_dossier),
    };
    match known {
        Some(known) if known.revision >= revision => Ok(true),
        Some(_) => row::Entity::update(row).exec(db).await.map(|_| true),
        None => chassis::rows::put_once(db, row, [row::Column::Document]).await,
    }
}

/// A row of a paper that is kept; nothing for one that is kept no more.
fn read(row: row::Model) -> Result<Option<Kept>, DbErr> {
    let (Some(kind), Some(name), Some(given_at)) = (row.kind, row.name, row.given_at) else {
        return Ok(None);
    };
    Ok(Some(Kept {
        document: DocumentId(row.document),
        owner: AccountId(row.owner),
        kind,
        name,
        given_at,
        valid_until: parsed(row.valid_until, "day")?,
        first_dossier: row.first_dossier.map(DossierId),
    }))
}

/// The papers that a citizen keeps, newest first.
pub async fn of_owner(db: &impl ConnectionTrait, owner: AccountId) -> Result<Vec<Kept>, DbErr> {
    let rows = row::Entity::find()
        .filter(row::Column::Owner.eq(owner.0))
        .filter(row::Column::Kind.is_not_null())
        .order_by_desc(row::Column::GivenAt)
        .order_by_desc(row::Column::Document)
        .limit(MOST)
        .all(db)
        .await?;
    rows.into_iter()
        .filter_map(|row| read(row).transpose())
        .collect()
}

/// Those of these documents that are kept.
pub async fn among(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = DocumentId>,
) -> Result<Vec<Kept>, DbErr> {
    let rows = row::Entity::find()
        .filter(row::Column::Document.is_in(ids.into_iter().map(|id| id.0)))
        .all(db)
        .await?;
    rows.into_iter()
        .filter_map(|row| read(row).transpose())
        .collect()
}
