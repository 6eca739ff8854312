//! What owners say about their papers, as rows; and the papers they see.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contracts::{AccountId, DocumentId};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict, Query},
};

use super::{Document, document, senseless};
use crate::domain::{Keeping, State};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "keepings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub document: Uuid,
        pub owner: Uuid,
        pub consented_at: Option<DateTimeUtc>,
        pub said_until: Option<String>,
        pub removed_at: Option<DateTimeUtc>,
        pub revision: i64,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

impl TryFrom<row::Model> for Keeping {
    type Error = DbErr;

    fn try_from(row: row::Model) -> Result<Self, DbErr> {
        let day = row.said_until.map(|day| day.parse()).transpose();
        Ok(Self {
            consented_at: row.consented_at,
            said_until: day.map_err(|_| senseless("keepings.said_until"))?,
            removed_at: row.removed_at,
            revision: u32::try_from(row.revision).map_err(|_| senseless("keepings.revision"))?,
        })
    }
}

/// What was said about these documents; those about which nothing was said are not among them.
pub async fn of(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = DocumentId>,
) -> Result<BTreeMap<DocumentId, Keeping>, DbErr> {
    let rows = row::Entity::find()
        .filter(row::Column::Document.is_in(ids.into_iter().map(|id| id.0)))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| Ok((row.document.into(), row.try_into()?)))
        .collect()
}

/// A document with what was said about it, kept from being changed by others until the transaction ends.
pub async fn hold(
    db: &impl ConnectionTrait,
    id: DocumentId,
) -> Result<Option<(Document, Keeping)>, DbErr> {
    let found = document::Entity::find_by_id(id.0)
        .lock_exclusive()
        .one(db)
        .await?;
    let Some(found) = found else { return Ok(None) };
    let keeping = of(db, [id]).await?.remove(&id).unwrap_or_default();
    Ok(Some((found.try_into()?, keeping)))
}

/// Saves what was said about a document that is held.
pub async fn save(
    db: &impl ConnectionTrait,
    document: &Document,
    keeping: &Keeping,
) -> Result<(), DbErr> {
    let row = row::ActiveModel {
        document: Set(document.id.0),
        owner: Set(document.owner.0),
        consented_at: Set(keeping.consented_at),
        said_until: Set(keeping.said_until.map(|day| day.to_string())),
        removed_at: Set(keeping.removed_at),
        revision: Set(keeping.revision.into()),
    };
    let changed = [
        row::Column::ConsentedAt,
        row::Column::SaidUntil,
        row::Column::RemovedAt,
        row::Column::Revision,
    ];
    let or_change = OnConflict::column(row::Column::Document)
        .update_columns(changed)
        .to_owned();
    row::Entity::insert(row)
        .on_conflict(or_change)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Puts a document that its owner has sent again back on their list.
pub async fn restore(db: &impl ConnectionTrait, id: DocumentId) -> Result<(), DbErr> {
    row::Entity::update_many()
        .col_expr(
            row::Column::RemovedAt,
            Expr::value(Option::<DateTime<Utc>>::None),
        )
        .filter(row::Column::Document.eq(id.0))
        .filter(row::Column::RemovedAt.is_not_null())
        .exec(db)
        .await
        .map(drop)
}

/// A person's accepted papers, newest first, without those they have taken off their list.
pub async fn papers(
    db: &impl ConnectionTrait,
    owner: AccountId,
    skip: u64,
    most: u64,
) -> Result<Vec<Document>, DbErr> {
    let removed = Query::select()
        .column(row::Column::Document)
        .from(row::Entity)
        .and_where(row::Column::Owner.eq(owner.0))
        .and_where(row::Column::RemovedAt.is_not_null())
        .take();
    let rows = document::Entity::find()
        .filter(document::Column::Owner.eq(owner.0))
        .filter(document::Column::State.eq(State::Accepted.as_str()))
        .filter(document::Column::Id.not_in_subquery(removed))
        .order_by_desc(document::Column::StoredAt)
        .order_by_desc(document::Column::Id)
        .offset(skip)
        .limit(most)
        .all(db)
        .await?;
    rows.into_iter().map(Document::try_from).collect()
}
