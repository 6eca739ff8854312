//! People who are about to be helped, as rows, until they have agreed or their code is over.

use chassis::rows::nonsense;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{AccountId, CitizenId, PersonName, PhoneNumber, ProcedureCode};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "assistances")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub helper: Uuid,
        pub name: String,
        pub citizen_id: String,
        pub phone: String,
        pub procedure: String,
        pub asked_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Longer than any code is good for.
const KEPT: TimeDelta = TimeDelta::hours(2);

/// Somebody who is about to be helped.
#[derive(Debug, Clone)]
pub struct Assistance {
    /// Names it.
    pub id: Uuid,
    /// Who helps.
    pub helper: AccountId,
    /// Their name.
    pub name: PersonName,
    /// Their identification number.
    pub citizen_id: CitizenId,
    /// Their telephone.
    pub phone: PhoneNumber,
    /// What is to be filed.
    pub procedure: ProcedureCode,
    /// When they were asked.
    pub asked_at: DateTime<Utc>,
}

/// Keeps somebody who was asked.
pub async fn begin(db: &impl ConnectionTrait, asked: &Assistance) -> Result<(), DbErr> {
    let row = rows::ActiveModel {
        id: Set(asked.id),
        helper: Set(asked.helper.0),
        name: Set(asked.name.to_string()),
        citizen_id: Set(asked.citizen_id.to_string()),
        phone: Set(asked.phone.to_string()),
        procedure: Set(asked.procedure.to_string()),
        asked_at: Set(asked.asked_at),
    };
    rows::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Who was asked, for the page that waits for the code.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Assistance>, DbErr> {
    let row = rows::Entity::find_by_id(id).one(db).await?;
    row.map(Assistance::try_from).transpose()
}

/// Takes somebody who has agreed, once.
pub async fn take(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Assistance>, DbErr> {
    let found = find(db, id).await?;
    let gone = rows::Entity::delete_by_id(id).exec(db).await?;
    Ok(found.filter(|_| gone.rows_affected > 0))
}

impl TryFrom<rows::Model> for Assistance {
    type Error = DbErr;

    fn try_from(row: rows::Model) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.id,
            helper: AccountId(row.helper),
            name: row.name.parse().map_err(|_| nonsense("name"))?,
            citizen_id: row.citizen_id.parse().map_err(|_| nonsense("number"))?,
            phone: row.phone.parse().map_err(|_| nonsense("telephone"))?,
            procedure: row.procedure.parse().map_err(|_| nonsense("procedure"))?,
            asked_at: row.asked_at,
        })
    }
}

/// Forgets whoever did not agree.
pub async fn drop_old(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    rows::Entity::delete_many()
        .filter(rows::Column::AskedAt.lt(now - KEPT))
        .exec(db)
        .await
        .map(drop)
}
