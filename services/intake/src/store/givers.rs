//! People and organisations whom others may file for, as rows.

use std::collections::BTreeMap;

use contracts::{AccountId, identity::GiverIntroduced};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
};

use super::{nonsense, parsed};

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "givers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub account: Uuid,
        pub name: String,
        pub citizen_id: Option<String>,
        pub phone: Option<String>,
        pub email: Option<String>,
        pub tax_code: Option<String>,
        pub told_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Writes who somebody is; the newest word counts. `false` when others write the same right now.
pub async fn learn(db: &impl ConnectionTrait, told: &GiverIntroduced) -> Result<bool, DbErr> {
    let known = rows::Entity::find_by_id(told.account.0)
        .lock_exclusive()
        .one(db)
        .await?;
    let row = rows::ActiveModel {
        account: Set(told.account.0),
        name: Set(told.name.to_string()),
        citizen_id: Set(told.citizen_id.as_ref().map(ToString::to_string)),
        phone: Set(told.phone.as_ref().map(ToString::to_string)),
        email: Set(told.email.clone()),
        tax_code: Set(told.tax_code.clone()),
        told_at: Set(told.told_at),
    };
    match known {
        Some(known) if known.told_at >= told.told_at => Ok(true),
        Some(_) => rows::Entity::update(row).exec(db).await.map(|_| true),
        None => chassis::rows::put_once(db, row, [rows::Column::Account]).await,
    }
}

/// Those of these accounts that have been introduced.
pub async fn among(
    db: &impl ConnectionTrait,
    accounts: impl IntoIterator<Item = AccountId>,
) -> Result<BTreeMap<AccountId, GiverIntroduced>, DbErr> {
    let ids = accounts.into_iter().map(|account| account.0);
    let rows = rows::Entity::find()
        .filter(rows::Column::Account.is_in(ids))
        .all(db)
        .await?;
    let read = |row: rows::Model| {
        let account = AccountId(row.account);
        let giver = GiverIntroduced {
            account,
            name: row.name.parse().map_err(|_| nonsense("name"))?,
            citizen_id: parsed(row.citizen_id, "citizen id")?,
            phone: parsed(row.phone, "phone number")?,
            email: row.email,
            tax_code: row.tax_code,
            told_at: row.told_at,
        };
        Ok((account, giver))
    };
    rows.into_iter().map(read).collect()
}

/// Somebody whom others may file for.
pub async fn find(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Option<GiverIntroduced>, DbErr> {
    Ok(among(db, [account]).await?.remove(&account))
}
