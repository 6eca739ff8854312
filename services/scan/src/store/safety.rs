//! What is known of a document's safety, as rows.

use chrono::{DateTime, Utc};
use contracts::{DocumentId, Refused};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, TryInsertResult,
    sea_query::{Expr, OnConflict},
};

use super::{Document, document};
use crate::domain::{Rejection, State};

mod rescan {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "rescans")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub begun_at: DateTimeUtc,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What was found when a document was looked at for the first time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Noted {
    /// Whether it is signed.
    pub signed: bool,
    /// The scanner's version, where one looked.
    pub scanned_with: Option<String>,
    /// What the scanner calls what it found.
    pub threat: Option<String>,
}

/// Notes what was found.
pub async fn note(db: &impl ConnectionTrait, id: DocumentId, noted: &Noted) -> Result<(), DbErr> {
    document::Entity::update_many()
        .col_expr(document::Column::Signed, Expr::value(noted.signed))
        .col_expr(
            document::Column::ScannedWith,
            Expr::value(noted.scanned_with.clone()),
        )
        .col_expr(document::Column::Threat, Expr::value(noted.threat.clone()))
        .filter(document::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Accepted documents that were last looked at with another version than this, in the order of their ids, from behind `after`.
pub async fn scanned_otherwise(
    db: &impl ConnectionTrait,
    version: &str,
    after: Option<DocumentId>,
    most: u64,
) -> Result<Vec<Document>, DbErr> {
    let otherwise = Condition::any()
        .add(document::Column::ScannedWith.is_null())
        .add(document::Column::ScannedWith.ne(version));
    let mut find = document::Entity::find()
        .filter(document::Column::State.eq(State::Accepted.as_str()))
        .filter(otherwise);
    if let Some(after) = after {
        find = find.filter(document::Column::Id.gt(after.0));
    }
    let rows = find
        .order_by_asc(document::Column::Id)
        .limit(most)
        .all(db)
        .await?;
    rows.into_iter().map(Document::try_from).collect()
}

/// Notes that a document was found clean by this version.
pub async fn still_clean(
    db: &impl ConnectionTrait,
    id: DocumentId,
    version: &str,
) -> Result<(), DbErr> {
    document::Entity::update_many()
        .col_expr(document::Column::ScannedWith, Expr::value(version))
        .filter(document::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Takes an accepted document back. Tells whether it was one.
pub async fn withdraw(
    db: &impl ConnectionTrait,
    id: DocumentId,
    reason: &Refused,
    threat: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let withdrawn = document::Entity::update_many()
        .col_expr(
            document::Column::State,
            Expr::value(State::Rejected.as_str()),
        )
        .col_expr(document::Column::CheckedAt, Expr::value(now))
        // Whatever it was rejected for before: this no officer overrules.
        .col_expr(
            document::Column::Fault,
            Expr::value(Rejection::Content.as_str()),
        )
        .col_expr(document::Column::ReasonVi, Expr::value(reason.vi.as_ref()))
        .col_expr(document::Column::ReasonEn, Expr::value(reason.en.as_ref()))
        .col_expr(document::Column::Threat, Expr::value(threat))
        .filter(document::Column::Id.eq(id.0))
        .filter(document::Column::State.eq(State::Accepted.as_str()))
        .exec(db)
        .await?;
    Ok(withdrawn.rows_affected > 0)
}

/// Whether scanning again begins with this: once for ever, whoever asks.
pub async fn begin_rescans(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let row = rescan::ActiveModel {
        id: Set(1),
        begun_at: Set(now),
    };
    let once = OnConflict::column(rescan::Column::Id)
        .do_nothing()
        .to_owned();
    let begun = rescan::Entity::insert(row)
        .on_conflict(once)
        .try_insert()
        .exec_without_returning(db)
        .await?;
    Ok(matches!(begun, TryInsertResult::Inserted(rows) if rows > 0))
}
