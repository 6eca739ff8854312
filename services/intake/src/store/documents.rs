//! What scan said about documents, as rows.

use std::{collections::BTreeSet, ops::RangeInclusive};

use chrono::{DateTime, Utc};
use contracts::{AccountId, DocumentId, Refused, scan::ReadField};
use procedure::reading::Readings;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, TryInsertResult, sea_query::OnConflict,
};
use uuid::Uuid;

use super::{nonsense, read, written};
use crate::domain::draft::{Checked, Document};

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "documents")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub owner: Uuid,
        pub sha256: String,
        pub bytes: i64,
        pub reason_vi: Option<String>,
        pub reason_en: Option<String>,
        pub flaws: String,
        pub kind: Option<String>,
        pub fields: String,
        pub checked_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Writes what scan said about a document; its latest word counts. `false` when others write the same right now.
pub async fn check(
    db: &impl ConnectionTrait,
    id: DocumentId,
    document: &Document,
    checked_at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let (reason_vi, reason_en) = document
        .rejected
        .clone()
        .map(|Refused { vi, en }| (vi.into_owned(), en.into_owned()))
        .unzip();
    let row = rows::ActiveModel {
        id: Set(id.0),
        owner: Set(document.owner.0),
        sha256: Set(document.sha256.clone()),
        bytes: Set(i64::try_from(document.bytes).unwrap_or(i64::MAX)),
        reason_vi: Set(reason_vi),
        reason_en: Set(reason_en),
        flaws: Set(written(&document.flaws)?),
        kind: Set(document.kind.clone()),
        fields: Set(written(&document.fields)?),
        checked_at: Set(checked_at),
    };
    let known = rows::Entity::find_by_id(id.0)
        .lock_exclusive()
        .one(db)
        .await?;
    match known {
        Some(known) if known.checked_at >= checked_at => Ok(true),
        Some(_) => rows::Entity::update(row).exec(db).await.map(|_| true),
        None => {
            let once = OnConflict::column(rows::Column::Id).do_nothing().to_owned();
            let inserted = rows::Entity::insert(row)
                .on_conflict(once)
                .try_insert()
                .exec_without_returning(db)
                .await?;
            Ok(matches!(inserted, TryInsertResult::Inserted(rows) if rows > 0))
        }
    }
}

/// What scan said about these documents.
pub async fn checked(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = DocumentId>,
) -> Result<Checked, DbErr> {
    let ids: BTreeSet<Uuid> = ids.into_iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(Checked::new());
    }
    let rows = rows::Entity::find()
        .filter(rows::Column::Id.is_in(ids))
        .all(db)
        .await?;
    let document = |row: rows::Model| {
        let rejected = row.reason_vi.zip(row.reason_en);
        let known = Document {
            owner: AccountId(row.owner),
            sha256: row.sha256,
            bytes: u64::try_from(row.bytes).map_err(|_| nonsense("documents.bytes"))?,
            rejected: rejected.map(|(vi, en)| Refused::because(vi, en)),
            flaws: read(&row.flaws, "documents.flaws")?,
            kind: row.kind,
            fields: read(&row.fields, "documents.fields")?,
        };
        Ok((DocumentId(row.id), known))
    };
    rows.into_iter().map(document).collect()
}

/// What was read on somebody's paper of a kind that was checked between two moments and may be used; on the last of several.
pub async fn last_read(
    db: &impl ConnectionTrait,
    owner: AccountId,
    kind: &str,
    between: RangeInclusive<DateTime<Utc>>,
) -> Result<Option<Vec<ReadField>>, DbErr> {
    let last = rows::Entity::find()
        .filter(rows::Column::Owner.eq(owner.0))
        .filter(rows::Column::Kind.eq(kind))
        .filter(rows::Column::ReasonVi.is_null())
        .filter(rows::Column::CheckedAt.gte(*between.start()))
        .filter(rows::Column::CheckedAt.lte(*between.end()))
        .order_by_desc(rows::Column::CheckedAt)
        .one(db)
        .await?;
    last.map(|row| read(&row.fields, "documents.fields"))
        .transpose()
}

/// What was read on somebody's papers of these kinds: of each, on the one that was checked last and may be used.
pub async fn readings(
    db: &impl ConnectionTrait,
    owner: AccountId,
    kinds: impl IntoIterator<Item = &'_ str>,
) -> Result<Readings, DbErr> {
    let mut readings = Readings::new();
    for kind in kinds.into_iter().collect::<BTreeSet<_>>() {
        let last = rows::Entity::find()
            .filter(rows::Column::Owner.eq(owner.0))
            .filter(rows::Column::Kind.eq(kind))
            .filter(rows::Column::ReasonVi.is_null())
            .order_by_desc(rows::Column::CheckedAt)
            .one(db)
            .await?;
        if let Some(row) = last {
            readings.insert(kind.to_owned(), read(&row.fields, "documents.fields")?);
        }
    }
    Ok(readings)
}
