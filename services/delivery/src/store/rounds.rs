//! What is done again and again: begun once whatever replicas there are, by one transaction at a time, and how far it came.

use chassis::rows::put_once;
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
};

use self::rows::{ActiveModel, Column, Entity};

/// Begins a round; `false` when it was begun before.
pub async fn begin(
    db: &impl ConnectionTrait,
    name: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = ActiveModel {
        name: Set(name.to_owned()),
        begun_at: Set(now),
        reached: Set(0),
    };
    put_once(db, row, [Column::Name]).await
}

/// How far it came.
pub async fn reached(db: &impl ConnectionTrait, name: &str) -> Result<i64, DbErr> {
    let found = Entity::find_by_id(name).one(db).await?;
    Ok(found.map_or(0, |row| row.reached))
}

/// Lets one transaction at a time go round, and says how far it came.
pub async fn hold(db: &impl ConnectionTrait, name: &str) -> Result<i64, DbErr> {
    let held = Entity::find_by_id(name).lock_exclusive();
    Ok(held.one(db).await?.map_or(0, |row| row.reached))
}

/// Writes down how far it came.
pub async fn reach(db: &impl ConnectionTrait, name: &str, reached: i64) -> Result<(), DbErr> {
    let row = ActiveModel {
        reached: Set(reached),
        ..Default::default()
    };
    let one = Entity::update_many().set(row).filter(Column::Name.eq(name));
    one.exec(db).await.map(drop)
}

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "rounds")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub begun_at: DateTimeUtc,
        pub reached: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
