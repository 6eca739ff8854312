//! For whom documents were filed that somebody else had uploaded, as rows.

use contracts::{AccountId, DocumentId};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait};

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "filed_for")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub document: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub account: Uuid,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Keeps that a document was filed with somebody's dossier.
pub async fn note(
    db: &impl ConnectionTrait,
    document: DocumentId,
    account: AccountId,
) -> Result<(), DbErr> {
    let row = rows::ActiveModel {
        document: Set(document.0),
        account: Set(account.0),
    };
    let key = [rows::Column::Document, rows::Column::Account];
    chassis::rows::put_once(db, row, key).await.map(drop)
}

/// Whether a document was filed with a dossier of this account's.
pub async fn is(
    db: &impl ConnectionTrait,
    document: DocumentId,
    account: AccountId,
) -> Result<bool, DbErr> {
    let found = rows::Entity::find_by_id((document.0, account.0))
        .one(db)
        .await?;
    Ok(found.is_some())
}
