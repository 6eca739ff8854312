//! What was read on documents, as rows.

use contracts::DocumentId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
};

use super::senseless;
use crate::domain::{Field, Origin, Place};

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "fields")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub document: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub name: String,
        pub value: String,
        pub confidence: i32,
        pub origin: String,
        pub page: i32,
        pub from_left: f32,
        pub from_top: f32,
        pub width: f32,
        pub height: f32,
        pub disputed: bool,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Saves what was read on a document.
pub async fn add(db: &impl ConnectionTrait, id: DocumentId, fields: &[Field]) -> Result<(), DbErr> {
    let row = |(number, field): (i32, &Field)| rows::ActiveModel {
        document: Set(id.0),
        number: Set(number),
        name: Set(field.name.clone()),
        value: Set(field.value.clone()),
        confidence: Set(field.confidence.into()),
        origin: Set(field.origin.as_str().to_owned()),
        page: Set(i32::try_from(field.page).unwrap_or(i32::MAX)),
        from_left: Set(field.place.left),
        from_top: Set(field.place.top),
        width: Set(field.place.width),
        height: Set(field.place.height),
        disputed: Set(field.disputed),
    };
    if !fields.is_empty() {
        rows::Entity::insert_many((1..).zip(fields).map(row))
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// What was read on a document, in the order of its kind of paper.
pub async fn of(db: &impl ConnectionTrait, id: DocumentId) -> Result<Vec<Field>, DbErr> {
    let rows = rows::Entity::find()
        .filter(rows::Column::Document.eq(id.0))
        .order_by_asc(rows::Column::Number)
        .all(db)
        .await?;
    let field = |row: rows::Model| {
        Ok(Field {
            name: row.name,
            value: row.value,
            confidence: u8::try_from(row.confidence).map_err(|_| senseless("fields.confidence"))?,
            origin: Origin::named(&row.origin).ok_or_else(|| senseless("fields.origin"))?,
            page: u32::try_from(row.page).map_err(|_| senseless("fields.page"))?,
            place: Place::clamped(row.from_left, row.from_top, row.width, row.height),
            disputed: row.disputed,
        })
    };
    rows.into_iter().map(field).collect()
}
