//! Which officers and agents have opened a dossier, as rows.

use contracts::{AccountId, DossierId, MandateId, desk::DossierOpened};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
};

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "openings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub dossier_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub officer: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: String,
        pub name: String,
        pub title: Option<String>,
        pub opened_at: DateTimeUtc,
        pub mandate: Option<Uuid>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

use rows::Column;

/// Keeps that an officer, or whoever acts for its owner, has opened a dossier; the first time on a day in Vietnam counts, whichever service tells of it. Says
/// whether this was it.
pub async fn learn(
    db: &impl ConnectionTrait,
    opened: &DossierOpened,
    mandate: Option<MandateId>,
) -> Result<bool, DbErr> {
    let row = rows::ActiveModel {
        dossier_id: Set(opened.dossier.0),
        officer: Set(opened.officer.0),
        day: Set(calendar::date(opened.opened_at).to_string()),
        name: Set(opened.name.to_string()),
        title: Set(opened.title.clone()),
        opened_at: Set(opened.opened_at),
        mandate: Set(mandate.map(|mandate| mandate.0)),
    };
    let key = [Column::DossierId, Column::Officer, Column::Day];
    chassis::rows::put_once(db, row, key).await
}

/// Somebody who has opened a dossier.
pub struct Opening {
    /// Who, and when.
    pub opened: DossierOpened,
    /// What let them, where they are no officer.
    pub mandate: Option<MandateId>,
}

/// Who has opened a dossier, the newest first.
pub async fn of(db: &impl ConnectionTrait, dossier: DossierId) -> Result<Vec<Opening>, DbErr> {
    let rows = rows::Entity::find()
        .filter(Column::DossierId.eq(dossier.0))
        .order_by_desc(Column::OpenedAt)
        .all(db)
        .await?;
    let read = |row: rows::Model| {
        let name = row.name.parse();
        let opened = DossierOpened {
            dossier,
            officer: AccountId(row.officer),
            name: name.map_err(|_| chassis::rows::nonsense("name"))?,
            title: row.title,
            opened_at: row.opened_at,
        };
        let mandate = row.mandate.map(MandateId);
        Ok(Opening { opened, mandate })
    };
    rows.into_iter().map(read).collect()
}
