//! Archival copies, as rows: what each must still be.

use contracts::DocumentId;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait};

use super::senseless;
use files::{Hash, Kept};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "archives")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub document: Uuid,
        pub sha256: String,
        pub bytes: i64,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Notes a document's archival copy, when it is judged.
pub async fn add(db: &impl ConnectionTrait, id: DocumentId, copy: &Kept) -> Result<(), DbErr> {
    let row = row::ActiveModel {
        document: Set(id.0),
        sha256: Set(copy.hash.as_str().to_owned()),
        bytes: Set(i64::try_from(copy.bytes).unwrap_or(i64::MAX)),
    };
    row::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// A document's archival copy, if it has one.
pub async fn find(db: &impl ConnectionTrait, id: DocumentId) -> Result<Option<Kept>, DbErr> {
    let Some(row) = row::Entity::find_by_id(id.0).one(db).await? else {
        return Ok(None);
    };
    Ok(Some(Kept {
        hash: Hash::parse(&row.sha256).ok_or_else(|| senseless("archives.sha256"))?,
        bytes: u64::try_from(row.bytes).map_err(|_| senseless("archives.bytes"))?,
    }))
}
