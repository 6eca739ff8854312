//! The keys that tokens are signed with, as rows. A key that is not retired stays listed.

use chassis::auth::Jwk;
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
};

use super::{any, nonsense};

mod signing_keys {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "signing_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub kid: String,
        pub generation: Option<i32>,
        pub seed: Option<Vec<u8>>,
        pub jwk: String,
        pub created_at: DateTimeUtc,
        pub retired_at: Option<DateTimeUtc>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Keeps a public key whose seed is kept elsewhere. Does nothing when it is there already.
pub async fn list(db: &impl ConnectionTrait, jwk: &Jwk, now: DateTime<Utc>) -> Result<(), DbErr> {
    keep(db, jwk, None, None, now).await
}

/// Keeps a key of our own. Replicas that start together all make the next generation: the first to commit has made it.
pub async fn keep_own(
    db: &impl ConnectionTrait,
    jwk: &Jwk,
    seed: [u8; 32],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let newest =
        signing_keys::Entity::find().filter(signing_keys::Column::Generation.is_not_null());
    let newest = newest
        .order_by_desc(signing_keys::Column::Generation)
        .one(db)
        .await?;
    let generation = newest.and_then(|row| row.generation).unwrap_or(0) + 1;
    keep(db, jwk, Some(generation), Some(seed.to_vec()), now).await
}

async fn keep(
    db: &impl ConnectionTrait,
    jwk: &Jwk,
    generation: Option<i32>,
    seed: Option<Vec<u8>>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = signing_keys::ActiveModel {
        kid: Set(jwk.kid.clone()),
        generation: Set(generation),
        seed: Set(seed),
        jwk: Set(serde_json::to_string(jwk).map_err(|_| nonsense("key"))?),
        created_at: Set(now),
        retired_at: Set(None),
    };
    signing_keys::Entity::insert(row)
        .on_conflict(any())
        .try_insert()
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// The newest seed of our own that is not retired.
pub async fn own_seed(db: &impl ConnectionTrait) -> Result<Option<[u8; 32]>, DbErr> {
    let own = signing_keys::Entity::find()
        .filter(signing_keys::Column::RetiredAt.is_null())
        .filter(signing_keys::Column::Generation.is_not_null())
        .order_by_desc(signing_keys::Column::Generation);
    let seed = own.one(db).await?.and_then(|row| row.seed);
    seed.map(|seed| seed.try_into().map_err(|_| nonsense("seed")))
        .transpose()
}

/// The public keys that are not retired, oldest first.
pub async fn listed(db: &impl ConnectionTrait) -> Result<Vec<Jwk>, DbErr> {
    let listed = signing_keys::Entity::find().filter(signing_keys::Column::RetiredAt.is_null());
    let rows = listed
        .order_by_asc(signing_keys::Column::CreatedAt)
        .all(db)
        .await?;
    rows.iter()
        .map(|row| serde_json::from_str(&row.jwk).map_err(|_| nonsense("key")))
        .collect()
}
