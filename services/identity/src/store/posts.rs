//! Where officers work, as rows.

use chassis::rows::{json, put_once, read};
use chrono::{DateTime, Utc};
use contracts::AccountId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    QueryOrder,
};
use uuid::Uuid;

use super::nonsense;
use crate::domain::Post;

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "posts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub account_id: Uuid,
        pub organisation: String,
        pub roles: String,
        pub from_day: Date,
        pub until_day: Option<Date>,
        pub given_by: Option<Uuid>,
        pub given_at: DateTimeUtc,
        pub ended_at: Option<DateTimeUtc>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

use rows::Column;

impl TryFrom<rows::Model> for Post {
    type Error = DbErr;
    fn try_from(row: rows::Model) -> Result<Self, DbErr> {
        let organisation = row.organisation.parse();
        Ok(Self {
            id: row.id,
            organisation: organisation.map_err(|_| nonsense("organisation"))?,
            roles: read("roles", &row.roles)?,
            from: row.from_day,
            until: row.until_day,
        })
    }
}

/// Gives somebody a post; given already, it stays. `by` is nobody where the system itself gives it.
pub async fn give(
    db: &impl ConnectionTrait,
    account: AccountId,
    post: &Post,
    by: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = rows::ActiveModel {
        id: Set(post.id),
        account_id: Set(account.0),
        organisation: Set(post.organisation.to_string()),
        roles: Set(json(&post.roles)?),
        from_day: Set(post.from),
        until_day: Set(post.until),
        given_by: Set(by.map(|by| by.0)),
        given_at: Set(now),
        ended_at: Set(None),
    };
    put_once(db, row, [Column::Id]).await
}

fn of(account: AccountId) -> Condition {
    Condition::all()
        .add(Column::AccountId.eq(account.0))
        .add(Column::EndedAt.is_null())
}

/// What posts somebody was given and nobody has ended, by their first day.
pub async fn given(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<Post>, DbErr> {
    let rows = rows::Entity::find()
        .filter(of(account))
        .order_by_asc(Column::FromDay)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(Post::try_from).collect()
}

/// Ends a post; `false` when this account has none such.
pub async fn end(
    db: &impl ConnectionTrait,
    account: AccountId,
    post: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let change = rows::ActiveModel {
        ended_at: Set(Some(now)),
        ..Default::default()
    };
    let ended = rows::Entity::update_many()
        .set(change)
        .filter(of(account).add(Column::Id.eq(post)))
        .exec(db)
        .await?;
    Ok(ended.rows_affected > 0)
}

/// Whoever was ever given a post.
pub async fn holders(db: &impl ConnectionTrait) -> Result<Vec<AccountId>, DbErr> {
    use sea_orm::QuerySelect;
    let accounts: Vec<Uuid> = rows::Entity::find()
        .select_only()
        .column(Column::AccountId)
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    Ok(accounts.into_iter().map(AccountId).collect())
}
