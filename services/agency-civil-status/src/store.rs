//! The register's rows: records, and the names they are found by.

use chassis::rows::{json, put_once, read};
use chrono::{DateTime, Utc};
use procedure::fold;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use crate::record::{Kind, Record, number_key};

mod records {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "records")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: String,
        pub number_key: String,
        pub office_key: String,
        pub record: String,
        pub added_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod names {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "names")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub record: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub name_key: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Enough to see that there are too many.
const MOST: u64 = 20;

/// Adds a record. `false` when the office has one of this kind and number already.
pub async fn add(
    db: &impl ConnectionTrait,
    id: Uuid,
    record: &Record,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = records::ActiveModel {
        id: Set(id),
        kind: Set(record.kind.name().to_owned()),
        number_key: Set(number_key(&record.number)),
        office_key: Set(fold(&record.office)),
        record: Set(json(record)?),
        added_at: Set(now),
    };
    let keys = [
        records::Column::Kind,
        records::Column::NumberKey,
        records::Column::OfficeKey,
    ];
    if !put_once(db, row, keys).await? {
        return Ok(false);
    }
    let mut keys: Vec<String> = record
        .people
        .iter()
        .map(|person| fold(person.name.as_str()))
        .collect();
    keys.dedup();
    let names = keys.into_iter().map(|key| names::ActiveModel {
        record: Set(id),
        name_key: Set(key),
    });
    names::Entity::insert_many(names)
        .exec_without_returning(db)
        .await?;
    Ok(true)
}

/// The records of a kind about a person of this folded name, or of this number: at most 20.
pub async fn near(
    db: &impl ConnectionTrait,
    kind: Kind,
    name_key: &str,
    number_key: Option<&str>,
) -> Result<Vec<Record>, DbErr> {
    let of_name = names::Entity::find()
        .select_only()
        .column(names::Column::Record)
        .filter(names::Column::NameKey.eq(name_key))
        .into_query();
    let mut meant = Condition::any().add(records::Column::Id.in_subquery(of_name));
    if let Some(number) = number_key {
        meant = meant.add(records::Column::NumberKey.eq(number));
    }
    let rows = records::Entity::find()
        .filter(records::Column::Kind.eq(kind.name()))
        .filter(meant)
        .order_by_asc(records::Column::Id)
        .limit(MOST)
        .all(db)
        .await?;
    rows.iter().map(|row| read("record", &row.record)).collect()
}

/// Whether the register holds nothing yet.
pub async fn is_empty(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(records::Entity::find().limit(1).one(db).await?.is_none())
}
