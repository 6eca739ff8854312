//! Flaws of pages and officers' word against them, as rows.

use chrono::{DateTime, Utc};
use contracts::{AccountId, DocumentId, Text};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    sea_query::Expr,
};

use super::{document, senseless};
use crate::domain::{Flaw, FlawKind, Page, Place, Rejection, State, Weight};

mod flaw {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "flaws")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub document: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub page: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub kind: String,
        pub weight: String,
        pub from_left: f32,
        pub from_top: f32,
        pub width: f32,
        pub height: f32,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod overrule {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "overrules")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub document: Uuid,
        pub officer: Uuid,
        pub reason: String,
        pub overruled_at: DateTimeUtc,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An officer's word that a document is taken in spite of its picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Overrule {
    /// The officer.
    pub officer: AccountId,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Saves what is wrong with a document's pages.
pub async fn add(db: &impl ConnectionTrait, id: DocumentId, pages: &[Page]) -> Result<(), DbErr> {
    let rows: Vec<_> = pages
        .iter()
        .zip(1..)
        .flat_map(|(page, number)| page.flaws.iter().zip(1..).map(move |flaw| (number, flaw)))
        .map(|(page, (flaw, number))| flaw::ActiveModel {
            document: Set(id.0),
            page: Set(page),
            number: Set(number),
            kind: Set(flaw.kind.as_str().to_owned()),
            weight: Set(flaw.weight.as_str().to_owned()),
            from_left: Set(flaw.place.left),
            from_top: Set(flaw.place.top),
            width: Set(flaw.place.width),
            height: Set(flaw.place.height),
        })
        .collect();
    if !rows.is_empty() {
        flaw::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// What is wrong with a document's pages, each flaw with its page (from 1).
pub async fn flaws(db: &impl ConnectionTrait, id: DocumentId) -> Result<Vec<(usize, Flaw)>, DbErr> {
    let rows = flaw::Entity::find()
        .filter(flaw::Column::Document.eq(id.0))
        .order_by_asc(flaw::Column::Page)
        .order_by_asc(flaw::Column::Number)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let page = usize::try_from(row.page).map_err(|_| senseless("flaws.page"))?;
            let flaw = Flaw {
                kind: FlawKind::named(&row.kind).ok_or_else(|| senseless("flaws.kind"))?,
                weight: Weight::named(&row.weight).ok_or_else(|| senseless("flaws.weight"))?,
                place: Place::clamped(row.from_left, row.from_top, row.width, row.height),
            };
            Ok((page, flaw))
        })
        .collect()
}

/// Accepts a document that was rejected for its picture alone, on record. Tells whether it was one.
pub async fn overrule(
    db: &impl ConnectionTrait,
    id: DocumentId,
    officer: AccountId,
    reason: &Text,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let changed = document::Entity::update_many()
        .col_expr(
            document::Column::State,
            Expr::value(State::Accepted.as_str()),
        )
        .filter(document::Column::Id.eq(id.0))
        .filter(document::Column::State.eq(State::Rejected.as_str()))
        .filter(document::Column::Fault.eq(Rejection::Quality.as_str()))
        .exec(db)
        .await?;
    if changed.rows_affected == 0 {
        return Ok(false);
    }
    let row = overrule::ActiveModel {
        document: Set(id.0),
        officer: Set(officer.0),
        reason: Set(reason.as_str().to_owned()),
        overruled_at: Set(now),
    };
    overrule::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(true)
}

/// The officer's word about a document, if there is one.
pub async fn overruled(
    db: &impl ConnectionTrait,
    id: DocumentId,
) -> Result<Option<Overrule>, DbErr> {
    let row = overrule::Entity::find_by_id(id.0).one(db).await?;
    Ok(row.map(|row| Overrule {
        officer: row.officer.into(),
        reason: row.reason,
        at: row.overruled_at,
    }))
}
