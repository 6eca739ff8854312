//! Contacts and messages as rows; their mails are in `mails`.

pub mod mails;
mod tables;

use chassis::rows::put_once;
use chrono::{DateTime, Utc};
use contracts::{AccountId, DossierCode, DossierId, intake::Applicant};
use procedure::Bilingual;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use self::{
    mails::Mail,
    tables::{contacts, messages},
};
use crate::words::Letter;

/// Whom a dossier's news goes to.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    /// The dossier.
    pub dossier: DossierId,
    /// Whose inbox.
    pub account: AccountId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: Option<String>,
    /// What the dossier is about.
    pub procedure: Bilingual,
    /// The dossier's code, once it has one.
    pub code: Option<String>,
}

/// A message in somebody's inbox.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The message.
    pub id: Uuid,
    /// The dossier it is about.
    pub dossier: DossierId,
    /// Whose inbox it is in.
    pub account: AccountId,
    /// The event it tells of: a wire name.
    pub event: String,
    /// What it says.
    pub letter: Letter,
    /// When what it tells of happened.
    pub happened_at: DateTime<Utc>,
    /// When its owner read it.
    pub read_at: Option<DateTime<Utc>>,
}

impl From<contacts::Model> for Contact {
    fn from(row: contacts::Model) -> Self {
        Self {
            dossier: DossierId(row.dossier),
            account: AccountId(row.account),
            name: row.name,
            email: row.email,
            procedure: Bilingual {
                vi: row.procedure_vi,
                en: row.procedure_en,
            },
            code: row.code,
        }
    }
}

impl From<messages::Model> for Message {
    fn from(row: messages::Model) -> Self {
        Self {
            id: row.id,
            dossier: DossierId(row.dossier),
            account: AccountId(row.account),
            event: row.event,
            letter: Letter {
                title: row.title,
                body: row.body,
                title_en: row.title_en,
                body_en: row.body_en,
                link: row.link,
            },
            happened_at: row.happened_at,
            read_at: row.read_at,
        }
    }
}

/// Learns whom a dossier's news goes to; learnt twice is learnt once.
pub async fn learn(
    db: &impl ConnectionTrait,
    dossier: DossierId,
    applicant: &Applicant,
    procedure: &Bilingual,
) -> Result<(), DbErr> {
    let row = contacts::ActiveModel {
        dossier: Set(dossier.0),
        account: Set(applicant.account.0),
        name: Set(applicant.name.to_string()),
        email: Set(applicant.email.clone()),
        phone: Set(applicant.phone.as_ref().map(ToString::to_string)),
        procedure_vi: Set(procedure.vi.clone()),
        procedure_en: Set(procedure.en.clone()),
        code: Set(None),
    };
    put_once(db, row, [contacts::Column::Dossier])
        .await
        .map(drop)
}

/// Learns a dossier's code.
pub async fn learn_code(
    db: &impl ConnectionTrait,
    dossier: DossierId,
    code: &DossierCode,
) -> Result<(), DbErr> {
    let row = contacts::ActiveModel {
        code: Set(Some(code.to_string())),
        ..Default::default()
    };
    let contact = contacts::Entity::update_many()
        .set(row)
        .filter(contacts::Column::Dossier.eq(dossier.0));
    contact
        .filter(contacts::Column::Code.is_null())
        .exec(db)
        .await
        .map(drop)
}

/// Whom a dossier's news goes to.
pub async fn contact(
    db: &impl ConnectionTrait,
    dossier: DossierId,
) -> Result<Option<Contact>, DbErr> {
    Ok(contacts::Entity::find_by_id(dossier.0)
        .one(db)
        .await?
        .map(Contact::from))
}

/// Puts a message into its inbox; `false` when the event was told already.
pub async fn write(
    db: &impl ConnectionTrait,
    message: &Message,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let letter = &message.letter;
    let row = messages::ActiveModel {
        id: Set(message.id),
        dossier: Set(message.dossier.0),
        account: Set(message.account.0),
        event: Set(message.event.clone()),
        title: Set(letter.title.clone()),
        body: Set(letter.body.clone()),
        title_en: Set(letter.title_en.clone()),
        body_en: Set(letter.body_en.clone()),
        link: Set(letter.link.clone()),
        happened_at: Set(message.happened_at),
        written_at: Set(now),
        read_at: Set(None),
    };
    let key = [
        messages::Column::Dossier,
        messages::Column::Event,
        messages::Column::HappenedAt,
    ];
    put_once(db, row, key).await
}

/// One message.
pub async fn message(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Message>, DbErr> {
    Ok(messages::Entity::find_by_id(id)
        .one(db)
        .await?
        .map(Message::from))
}

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
    Ok(rows
        .into_iter()
        .map(|row| {
            let code = code(row.dossier);
            (row.into(), code)
        })
        .collect())
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

/// A dossier's messages with the mails that carry them, oldest first.
pub async fn of_dossier(
    db: &impl ConnectionTrait,
    dossier: DossierId,
) -> Result<Vec<(Message, Option<Mail>)>, DbErr> {
    let about = messages::Entity::find().filter(messages::Column::Dossier.eq(dossier.0));
    let oldest = about
        .order_by_asc(messages::Column::HappenedAt)
        .order_by_asc(messages::Column::Id);
    let rows = oldest.all(db).await?;
    let mut mails = mails::of(db, rows.iter().map(|row| row.id)).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let place = mails.iter().position(|mail| mail.message == row.id);
        found.push((row.into(), place.map(|place| mails.swap_remove(place))));
    }
    Ok(found)
}
