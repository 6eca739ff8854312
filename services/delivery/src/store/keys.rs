//! The keys that papers' statements are signed with, as rows.

use chassis::{
    auth::{Jwk, Jwks},
    rows::{json, nonsense, put_once, read},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
};

use super::tables::proof_keys;

/// Lists a key whose seed is kept elsewhere. Does nothing when it is listed.
pub async fn list(db: &impl ConnectionTrait, jwk: &Jwk, now: DateTime<Utc>) -> Result<(), DbErr> {
    keep(db, jwk, None, now, proof_keys::Column::Kid).await
}

/// Keeps the key that was made here, unless there is one.
pub async fn keep_own(
    db: &impl ConnectionTrait,
    jwk: &Jwk,
    seed: [u8; 32],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    keep(db, jwk, Some(seed), now, proof_keys::Column::MadeHere).await
}

async fn keep(
    db: &impl ConnectionTrait,
    jwk: &Jwk,
    seed: Option<[u8; 32]>,
    now: DateTime<Utc>,
    once: proof_keys::Column,
) -> Result<(), DbErr> {
    let row = proof_keys::ActiveModel {
        kid: Set(jwk.kid.clone()),
        made_here: Set(seed.map(|_| 1)),
        seed: Set(seed.map(Vec::from)),
        jwk: Set(json(jwk)?),
        created_at: Set(now),
    };
    put_once(db, row, [once]).await.map(drop)
}

/// The seed that was made here.
pub async fn own_seed(db: &impl ConnectionTrait) -> Result<Option<[u8; 32]>, DbErr> {
    let own = proof_keys::Entity::find().filter(proof_keys::Column::MadeHere.is_not_null());
    let seed = own.one(db).await?.and_then(|row| row.seed);
    let whole = |seed: Vec<u8>| seed.try_into().map_err(|_| nonsense("seed"));
    seed.map(whole).transpose()
}

/// Every key that ever signed, oldest first.
pub async fn listed(db: &impl ConnectionTrait) -> Result<Jwks, DbErr> {
    let all = proof_keys::Entity::find().order_by_asc(proof_keys::Column::CreatedAt);
    let rows = all.all(db).await?;
    let keys = rows.iter().map(|row| read("key", &row.jwk));
    Ok(Jwks {
        keys: keys.collect::<Result<_, _>>()?,
    })
}
