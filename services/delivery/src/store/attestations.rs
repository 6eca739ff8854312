//! The proofs of results as rows. The database itself keeps their order: a row names the one that it follows.

use chassis::rows::{nonsense, put_once};
use contracts::{AccountId, ResultId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
};

use super::tables::attestations::{ActiveModel, Column, Entity, Model};
use crate::domain::attestation::{Attestation, Deed, Signature};

impl TryFrom<Model> for Attestation {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let level = row.level.map(|level| level.parse());
        let level = level.transpose().map_err(|_| nonsense("level"))?;
        let known = level.zip(row.sha256);
        let signature = known.map(|(level, sha256)| Signature {
            subject: row.subject.unwrap_or_default(),
            serial: row.serial.unwrap_or_default(),
            fingerprint: row.fingerprint.unwrap_or_default(),
            level,
            sha256,
        });
        Ok(Self {
            deed: row.deed.parse().map_err(|_| nonsense("deed"))?,
            by: row.done_by,
            title: row.title,
            account: row.account.map(AccountId),
            at: row.done_at,
            book: row.book.zip(row.sequence),
            signature,
        })
    }
}

/// A result's proofs, in their order.
pub async fn of(db: &impl ConnectionTrait, result: ResultId) -> Result<Vec<Attestation>, DbErr> {
    let rows = Entity::find().filter(Column::Result.eq(result.0)).all(db);
    let mut proofs = rows
        .await?
        .into_iter()
        .map(Attestation::try_from)
        .collect::<Result<Vec<_>, _>>()?;
    proofs.sort_by_key(|proof| proof.deed as u8);
    Ok(proofs)
}

/// Writes proofs down, each once.
pub async fn put(
    db: &impl ConnectionTrait,
    result: ResultId,
    proofs: &[Attestation],
) -> Result<(), DbErr> {
    for proof in proofs {
        let mut row = ActiveModel {
            result: Set(result.0),
            deed: Set(proof.deed.name().to_owned()),
            follows: Set(proof.deed.follows().map(|deed| deed.name().to_owned())),
            done_by: Set(proof.by.clone()),
            title: Set(proof.title.clone()),
            account: Set(proof.account.map(|account| account.0)),
            done_at: Set(proof.at),
            book: Set(proof.book.as_ref().map(|(book, _)| book.clone())),
            sequence: Set(proof.book.as_ref().map(|(_, sequence)| *sequence)),
            ..Default::default()
        };
        if let Some(signature) = &proof.signature {
            bear(&mut row, signature);
        }
        put_once(db, row, [Column::Result, Column::Deed]).await?;
    }
    Ok(())
}

/// Adds the officer's signature in the file to the proof that they signed.
pub async fn sign(
    db: &impl ConnectionTrait,
    result: ResultId,
    signature: &Signature,
) -> Result<(), DbErr> {
    let mut row = ActiveModel::default();
    bear(&mut row, signature);
    let signed = Entity::update_many()
        .set(row)
        .filter(Column::Result.eq(result.0))
        .filter(Column::Deed.eq(Deed::Signed.name()));
    signed.exec(db).await.map(drop)
}

fn bear(row: &mut ActiveModel, signature: &Signature) {
    row.subject = Set(Some(signature.subject.clone()));
    row.serial = Set(Some(signature.serial.clone()));
    row.fingerprint = Set(Some(signature.fingerprint.clone()));
    row.level = Set(Some(signature.level.name().to_owned()));
    row.sha256 = Set(Some(signature.sha256.clone()));
}

/// Whether a certificate ever signed or sealed a result here.
pub async fn is_ours(db: &impl ConnectionTrait, fingerprint: &str) -> Result<bool, DbErr> {
    let by_it = Entity::find().filter(Column::Fingerprint.eq(fingerprint));
    Ok(by_it.count(db).await? > 0)
}
