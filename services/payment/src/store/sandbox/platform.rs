//! The pretend platform's own books.

use chassis::rows::{json, nonsense, put_once, read};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    prelude::Expr,
};

use crate::{
    platform::Init,
    sandbox::platform::books::{Day, Payment},
};

mod payments {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sandbox_platform")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub reference: String,
        pub number: i64,
        pub asked: String,
        pub code: String,
        pub settled_at: Option<DateTimeUtc>,
        pub tries: i64,
        pub last_reply: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod days {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sandbox_platform_days")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub day: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The platform's next number.
pub async fn next_number(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let last = payments::Entity::find()
        .order_by_desc(payments::Column::Number)
        .one(db)
        .await?;
    Ok(last.map_or(26_000_001, |last| last.number + 1))
}

/// Keeps a payment; `false` when it was begun before.
pub async fn begin(db: &impl ConnectionTrait, number: i64, asked: &Init) -> Result<bool, DbErr> {
    let row = payments::ActiveModel {
        reference: Set(asked.reference.clone()),
        number: Set(number),
        asked: Set(json(asked)?),
        code: NotSet,
        settled_at: Set(None),
        tries: NotSet,
        last_reply: NotSet,
    };
    put_once(db, row, [payments::Column::Reference]).await
}

/// What the platform has on a payment.
pub async fn payment(db: &impl ConnectionTrait, reference: &str) -> Result<Option<Payment>, DbErr> {
    let found = payments::Entity::find_by_id(reference).one(db).await?;
    let kept = |row: payments::Model| {
        Ok(Payment {
            asked: read("request", &row.asked)?,
            number: row.number,
            code: row.code,
            settled_at: row.settled_at,
        })
    };
    found.map(kept).transpose()
}

/// Keeps a decision; `false` when it was decided before.
pub async fn decide(
    db: &impl ConnectionTrait,
    reference: &str,
    code: &str,
    settled_at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let change = payments::Entity::update_many()
        .col_expr(payments::Column::Code, Expr::value(code))
        .col_expr(payments::Column::SettledAt, Expr::value(settled_at))
        .filter(payments::Column::Reference.eq(reference))
        .filter(payments::Column::SettledAt.is_null());
    Ok(change.exec(db).await?.rows_affected == 1)
}

/// Notes that a confirmation was said and what was answered.
pub async fn said(db: &impl ConnectionTrait, reference: &str, reply: &str) -> Result<(), DbErr> {
    let more = Expr::col(payments::Column::Tries).add(1);
    let change = payments::Entity::update_many()
        .col_expr(payments::Column::Tries, more)
        .col_expr(payments::Column::LastReply, Expr::value(reply));
    let change = change.filter(payments::Column::Reference.eq(reference));
    change.exec(db).await.map(drop)
}

/// What day it is.
pub async fn day(db: &impl ConnectionTrait, name: &str) -> Result<Day, DbErr> {
    let found = days::Entity::find_by_id(name).one(db).await?;
    found.map_or(Ok(Day::Usual), |row| {
        row.day.parse().map_err(|_| nonsense("day"))
    })
}

/// Sets the day.
pub async fn set_day(db: &impl ConnectionTrait, name: &str, day: Day) -> Result<(), DbErr> {
    let row = days::ActiveModel {
        name: Set(name.to_owned()),
        day: Set(day.name().to_owned()),
    };
    if put_once(db, row, [days::Column::Name]).await? {
        return Ok(());
    }
    let change = days::Entity::update_many()
        .col_expr(days::Column::Day, Expr::value(day.name()))
        .filter(days::Column::Name.eq(name));
    change.exec(db).await.map(drop)
}
