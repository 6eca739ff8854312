//! The pretend authority's certificates and keys as a row.

use chassis::rows::put_once;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait};

use super::tables::pretend_authority::{ActiveModel, Column, Entity};

/// Keeps the authority that was made here, unless there is one.
pub async fn keep(db: &impl ConnectionTrait, kept: String) -> Result<(), DbErr> {
    let row = ActiveModel {
        one: Set(1),
        kept: Set(kept),
    };
    put_once(db, row, [Column::One]).await.map(drop)
}

/// The authority that is kept.
pub async fn kept(db: &impl ConnectionTrait) -> Result<Option<String>, DbErr> {
    let found = Entity::find_by_id(1).one(db).await?;
    Ok(found.map(|row| row.kept))
}
