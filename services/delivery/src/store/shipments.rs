//! What was given to the post, as rows.

use chassis::rows::put_once;
use chrono::{DateTime, Utc};
use contracts::{AccountId, ResultId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
};

use super::tables::shipments::{ActiveModel, Column, Entity, Model};

/// One parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipment {
    /// What is in it.
    pub result: ResultId,
    /// Who carries it.
    pub carrier: String,
    /// The carrier's number.
    pub number: String,
    /// When it was given to them.
    pub shipped_at: DateTime<Utc>,
}

impl From<Model> for Shipment {
    fn from(row: Model) -> Self {
        Self {
            result: ResultId(row.result),
            carrier: row.carrier,
            number: row.number,
            shipped_at: row.shipped_at,
        }
    }
}

/// The parcels of some results, oldest first.
pub async fn of(
    db: &impl ConnectionTrait,
    results: impl IntoIterator<Item = ResultId>,
) -> Result<Vec<Shipment>, DbErr> {
    let theirs =
        Entity::find().filter(Column::Result.is_in(results.into_iter().map(|result| result.0)));
    let rows = theirs.order_by_asc(Column::ShippedAt).all(db).await?;
    Ok(rows.into_iter().map(Shipment::from).collect())
}

/// Writes down that a result was given to the post; the same parcel once.
pub async fn ship(
    db: &impl ConnectionTrait,
    parcel: Shipment,
    officer: AccountId,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        result: Set(parcel.result.0),
        carrier: Set(parcel.carrier),
        number: Set(parcel.number),
        officer: Set(officer.0),
        shipped_at: Set(parcel.shipped_at),
    };
    let key = [Column::Result, Column::Carrier, Column::Number];
    put_once(db, row, key).await.map(drop)
}
