//! The pretend bank's account books; nothing outside the sandbox reads them.

use chassis::rows::nonsense;
use chrono::{DateTime, NaiveDate, Utc};
use contracts::Vnd;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
};

use crate::{
    sandbox::{account::Booked, papers::Day},
    statement::{Direction, Line},
};

mod transfers {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sandbox_transfers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub account: String,
        pub reference: String,
        pub booked_on: String,
        pub direction: String,
        pub amount: i64,
        pub remitter: String,
        pub purpose: String,
        pub end_to_end: String,
        pub reversal: bool,
        pub booked_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The first number that the bank gives.
const FIRST: i64 = 50_000_001;

/// The bank's next number.
pub async fn next_number(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let last = transfers::Entity::find()
        .order_by_desc(transfers::Column::Number)
        .one(db)
        .await?;
    Ok(last.map_or(FIRST, |last| last.number + 1))
}

/// Books movements on an account.
pub async fn book(
    db: &impl ConnectionTrait,
    account: &str,
    booked: &[Booked],
) -> Result<(), DbErr> {
    let row = |booked: &Booked| {
        let line = booked.line.clone();
        transfers::ActiveModel {
            number: Set(booked.number),
            account: Set(account.to_owned()),
            reference: Set(line.reference),
            booked_on: Set(line.booked_on.to_string()),
            direction: Set(line.direction.name().to_owned()),
            amount: Set(line.amount.dong()),
            remitter: Set(line.remitter),
            purpose: Set(line.purpose),
            end_to_end: Set(line.end_to_end),
            reversal: Set(line.reversal),
            booked_at: Set(booked.booked_at),
        }
    };
    transfers::Entity::insert_many(booked.iter().map(row))
        .exec_without_returning(db)
        .await
        .map(drop)
}

fn line(row: transfers::Model) -> Result<Line, DbErr> {
    Ok(Line {
        reference: row.reference,
        booked_on: row.booked_on.parse().map_err(|_| nonsense("booking day"))?,
        direction: row.direction.parse().map_err(|_| nonsense("direction"))?,
        amount: Vnd::new(row.amount).map_err(|_| nonsense("amount"))?,
        remitter: row.remitter,
        purpose: row.purpose,
        end_to_end: row.end_to_end,
        reversal: row.reversal,
    })
}

/// The lines of these numbers.
pub async fn lines(db: &impl ConnectionTrait, numbers: &[i64]) -> Result<Vec<Line>, DbErr> {
    let rows = transfers::Entity::find()
        .filter(transfers::Column::Number.is_in(numbers.iter().copied()))
        .order_by_asc(transfers::Column::Number)
        .all(db)
        .await?;
    rows.into_iter().map(line).collect()
}

/// One day of an account, as far as it is over.
pub async fn day(
    db: &impl ConnectionTrait,
    account: &str,
    date: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Day, DbErr> {
    let rows = transfers::Entity::find()
        .filter(transfers::Column::Account.eq(account))
        // As text, days of four-digit years stand in their order.
        .filter(transfers::Column::BookedOn.lte(date.to_string()))
        .filter(transfers::Column::BookedAt.lte(now))
        .order_by_asc(transfers::Column::Number)
        .all(db)
        .await?;
    let (mut opening, mut lines) = (0, Vec::new());
    for row in rows {
        let line = line(row)?;
        if line.booked_on == date {
            lines.push(line);
        } else {
            opening += match line.direction {
                Direction::Credit => line.amount.dong(),
                Direction::Debit => -line.amount.dong(),
            };
        }
    }
    Ok(Day {
        account: account.to_owned(),
        date,
        opening,
        lines,
    })
}
