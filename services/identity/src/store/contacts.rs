//! The contacts that were shown to reach their owners, as rows.

use chassis::rows::nonsense;
use chrono::{DateTime, Utc};
use contracts::AccountId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    TryInsertResult,
};

use super::any;
use crate::domain::{Account, Contact, ContactKind, Email};

mod proven_contacts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "proven_contacts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub contact: String,
        pub account_id: Uuid,
        pub proven_at: DateTimeUtc,
        pub counts_from: DateTimeUtc,
        pub ends_at: Option<DateTimeUtc>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

use proven_contacts::{ActiveModel, Column, Entity};

/// A contact that was proven.
#[derive(Debug, Clone)]
pub struct Proven {
    /// Whose.
    pub account: AccountId,
    /// It.
    pub contact: Contact,
    /// Since when.
    pub proven_at: DateTime<Utc>,
    /// From when on a code to it stands for its owner.
    pub counts_from: DateTime<Utc>,
    /// Until when, where another is to take its place.
    pub ends_at: Option<DateTime<Utc>>,
}

impl TryFrom<proven_contacts::Model> for Proven {
    type Error = DbErr;
    fn try_from(row: proven_contacts::Model) -> Result<Self, DbErr> {
        Ok(Self {
            account: AccountId(row.account_id),
            contact: Contact::stored(&row.kind, &row.contact).ok_or_else(|| nonsense("contact"))?,
            proven_at: row.proven_at,
            counts_from: row.counts_from,
            ends_at: row.ends_at,
        })
    }
}

fn goes_on(now: DateTime<Utc>) -> Condition {
    Condition::any()
        .add(Column::EndsAt.is_null())
        .add(Column::EndsAt.gt(now))
}

/// The proven contacts of an account, telephones first.
pub async fn of(
    db: &impl ConnectionTrait,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<Proven>, DbErr> {
    let theirs = goes_on(now);
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.0))
        .filter(theirs)
        .all(db)
        .await?;
    let mut proven: Vec<Proven> = rows
        .into_iter()
        .map(Proven::try_from)
        .collect::<Result<_, _>>()?;
    proven.sort_by_key(|proven| proven.contact.kind() != ContactKind::Phone);
    Ok(proven)
}

/// Whose proven contact this is.
pub async fn whose(
    db: &impl ConnectionTrait,
    contact: &Contact,
    now: DateTime<Utc>,
) -> Result<Option<Proven>, DbErr> {
    let row = Entity::find()
        .filter(Column::Kind.eq(contact.kind().name()))
        .filter(Column::Contact.eq(contact.key()))
        .filter(goes_on(now))
        .one(db)
        .await?;
    row.map(Proven::try_from).transpose()
}

/// Whose e-mail address this is, for signing in.
pub async fn by_email(
    db: &impl ConnectionTrait,
    email: &Email,
) -> Result<Option<AccountId>, DbErr> {
    let contact = Contact::Email(email.clone());
    let row = Entity::find()
        .filter(Column::Kind.eq(contact.kind().name()))
        .filter(Column::Contact.eq(contact.key()))
        .filter(Column::EndsAt.is_null())
        .one(db)
        .await?;
    Ok(row.map(|row| AccountId(row.account_id)))
}

/// Keeps a contact as proven in place of those of its kind: at once, or, where it is to count later only, beside the one that counts
/// until then. `false` when it is another account's.
pub async fn prove(
    db: &impl ConnectionTrait,
    proven: &Proven,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let (kind, key) = (proven.contact.kind(), proven.contact.key());
    let theirs = Condition::all()
        .add(Column::AccountId.eq(proven.account.0))
        .add(Column::Kind.eq(kind.name()));
    let mut gone = theirs.clone();
    if proven.counts_from > now {
        let change = ActiveModel {
            ends_at: Set(Some(proven.counts_from)),
            ..Default::default()
        };
        Entity::update_many()
            .set(change)
            .filter(theirs)
            .filter(Column::CountsFrom.lte(now))
            .filter(Column::EndsAt.is_null())
            .exec(db)
            .await?;
        // Another that was still to come does not come; what is said anew counts as it is said now.
        let is_to_come = Condition::any()
            .add(Column::CountsFrom.gt(now))
            .add(Column::Contact.eq(key.clone()));
        gone = gone.add(is_to_come);
    }
    let is_over = Condition::all()
        .add(Column::Kind.eq(kind.name()))
        .add(Column::Contact.eq(key.clone()))
        .add(Column::EndsAt.lte(now));
    Entity::delete_many()
        .filter(Condition::any().add(gone).add(is_over))
        .exec(db)
        .await?;
    let row = ActiveModel {
        kind: Set(kind.name().to_owned()),
        contact: Set(key),
        account_id: Set(proven.account.0),
        proven_at: Set(proven.proven_at),
        counts_from: Set(proven.counts_from),
        ends_at: Set(None),
    };
    let kept = Entity::insert(row)
        .on_conflict(any())
        .try_insert()
        .exec_without_returning(db)
        .await?;
    Ok(matches!(kept, TryInsertResult::Inserted(rows) if rows > 0))
}

/// What an account does not name any more is proven no more, but for what counts until another takes its place.
pub async fn agree(db: &impl ConnectionTrait, account: &Account) -> Result<(), DbErr> {
    for kind in [ContactKind::Phone, ContactKind::Email] {
        let mut others = Condition::all()
            .add(Column::AccountId.eq(account.id.0))
            .add(Column::Kind.eq(kind.name()))
            .add(Column::EndsAt.is_null());
        if let Some(contact) = account.contact(kind) {
            others = others.add(Column::Contact.ne(contact.key()));
        }
        Entity::delete_many().filter(others).exec(db).await?;
    }
    Ok(())
}

/// Has what was to take the place of others not come: what counted goes on. Answers the contacts that go on so.
pub async fn undo(
    db: &impl ConnectionTrait,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<Contact>, DbErr> {
    let theirs = Column::AccountId.eq(account.0);
    Entity::delete_many()
        .filter(theirs.clone())
        .filter(Column::CountsFrom.gt(now))
        .exec(db)
        .await?;
    let ending = of(db, account, now).await?.into_iter();
    let ending = ending.filter(|proven| proven.ends_at.is_some());
    let ending: Vec<Contact> = ending.map(|proven| proven.contact).collect();
    let change = ActiveModel {
        ends_at: Set(None),
        ..Default::default()
    };
    Entity::update_many()
        .set(change)
        .filter(theirs)
        .filter(Column::EndsAt.gt(now))
        .exec(db)
        .await?;
    Ok(ending)
}

/// Nothing of an account is proven any more.
pub async fn forget_all(db: &impl ConnectionTrait, account: AccountId) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::AccountId.eq(account.0))
        .exec(db)
        .await
        .map(drop)
}
