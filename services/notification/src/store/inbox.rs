//! The inbox as rows: what stands in it, and what its owner has read.

use chrono::{DateTime, Utc};
use contracts::{AccountId, DossierId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::{
    Message,
    tables::{contacts, messages},
};

/// An inbox with the dossiers' codes, newest first: `most` messages after the first `skip`.
pub async fn inbox(
    db: &impl ConnectionTrait,
    account: AccountId,
    skip: u64,
    most: u64,
) -> Result<Vec<(Message, Option<String>)>, DbErr> {
    let own = messages::Entity::find().filter(messages::Column::Account.eq(account.0));
    let newest = own
        .order_by_desc(messages::Column::HappenedAt)
        .order_by_desc(messages::Column::Id);
    let rows = newest.offset(skip).limit(most).all(db).await?;
    let about = contacts::Entity::find()
        .filter(contacts::Column::Dossier.is_in(rows.iter().map(|row| row.dossier)));
    let contacts = about.all(db).await?;
    let code = |dossier| {
        contacts
            .iter()
            .find(|contact| contact.dossier == dossier)?
            .code
            .clone()
    };
    rows.into_iter()
        .map(|row| {
            let code = code(row.dossier);
            Ok((row.try_into()?, code))
        })
        .collect()
}

/// How many messages of an inbox are not read yet.
pub async fn unread(db: &impl ConnectionTrait, account: AccountId) -> Result<u64, DbErr> {
    let own = messages::Entity::find().filter(messages::Column::Account.eq(account.0));
    own.filter(messages::Column::ReadAt.is_null())
        .count(db)
        .await
}

/// Marks an own message as read; `false` when there is no such message in the inbox.
pub async fn read(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let own = messages::Column::Account
        .eq(account.0)
        .and(messages::Column::Id.eq(id));
    let row = messages::ActiveModel {
        read_at: Set(Some(now)),
        ..Default::default()
    };
    let unread = messages::Entity::update_many().set(row).filter(own.clone());
    unread
        .filter(messages::Column::ReadAt.is_null())
        .exec(db)
        .await?;
    Ok(messages::Entity::find().filter(own).count(db).await? == 1)
}

/// A dossier's messages, oldest first.
pub async fn of_dossier(
    db: &impl ConnectionTrait,
    dossier: DossierId,
) -> Result<Vec<Message>, DbErr> {
    let about = messages::Entity::find().filter(messages::Column::Dossier.eq(dossier.0));
    let oldest = about
        .order_by_asc(messages::Column::HappenedAt)
        .order_by_asc(messages::Column::Id);
    let rows = oldest.all(db).await?;
    rows.into_iter().map(Message::try_from).collect()
}

/// How many messages there are in all inboxes.
pub async fn written(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    messages::Entity::find().count(db).await
}
