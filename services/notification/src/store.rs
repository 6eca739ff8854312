//! Contacts and messages as rows; how each message is told is in the modules below.

pub mod attempts;
pub mod calls;
pub mod directs;
mod inbox;
pub mod receipts;
mod tables;
pub mod tellings;
pub mod wishes;
pub mod zalo;

pub use self::{
    inbox::{inbox, of_dossier, read, unread, written},
    tables::Hidden,
};

use chassis::rows::{json, put_once, read as read_json};
use chrono::{DateTime, Utc};
use contracts::{
    AccountId, DossierCode, DossierId, Message as Contract, ProcedureCode, intake::Applicant,
};
use procedure::Bilingual;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use self::tables::{contacts, messages};
use crate::{domain::news, words::Letter};

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
    /// Their telephone number.
    pub phone: Option<String>,
    /// What the dossier is about.
    pub procedure: Bilingual,
    /// The same as the catalogue knows it, by code and version.
    pub described: Option<(ProcedureCode, u32)>,
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
    /// What it asks for is done.
    pub is_moot: bool,
    /// How it is told; nothing while it waits for a digest.
    pub telling: Option<Uuid>,
    /// When it goes into a digest; nothing when it is told by itself.
    pub digest_at: Option<DateTime<Utc>>,
}

impl From<contacts::Model> for Contact {
    fn from(row: contacts::Model) -> Self {
        let code = row.procedure_code.and_then(|code| code.parse().ok());
        let version = row
            .procedure_version
            .and_then(|version| u32::try_from(version).ok());
        Self {
            described: code.zip(version),
            dossier: DossierId(row.dossier),
            account: AccountId(row.account),
            name: row.name,
            email: row.email,
            phone: row.phone,
            procedure: Bilingual {
                vi: row.procedure_vi,
                en: row.procedure_en,
            },
            code: row.code,
        }
    }
}

impl TryFrom<messages::Model> for Message {
    type Error = DbErr;

    fn try_from(row: messages::Model) -> Result<Self, DbErr> {
        Ok(Self {
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
                short: row.short,
                short_en: row.short_en,
                details: read_json("details", &row.details)?,
            },
            happened_at: row.happened_at,
            read_at: row.read_at,
            is_moot: row.is_moot,
            telling: row.telling,
            digest_at: row.digest_at,
        })
    }
}

/// Learns whom a dossier's news goes to; learnt twice is learnt once.
pub async fn learn(
    db: &impl ConnectionTrait,
    dossier: DossierId,
    applicant: &Applicant,
    procedure: &Bilingual,
    described: (&ProcedureCode, u32),
) -> Result<(), DbErr> {
    let (code, version) = described;
    let row = contacts::ActiveModel {
        dossier: Set(dossier.0),
        account: Set(applicant.account.0),
        name: Set(applicant.name.to_string()),
        email: Set(applicant.email.clone()),
        phone: Set(applicant.phone.as_ref().map(ToString::to_string)),
        procedure_vi: Set(procedure.vi.clone()),
        procedure_en: Set(procedure.en.clone()),
        code: Set(None),
        procedure_code: Set(Some(code.to_string())),
        procedure_version: Set(i32::try_from(version).ok()),
        supplemented_at: Set(None),
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
        telling: Set(message.telling),
        digest_at: Set(message.digest_at),
        is_moot: Set(message.is_moot),
        short: Set(letter.short.clone()),
        short_en: Set(letter.short_en.clone()),
        details: Set(json(&letter.details)?),
    };
    let key = [
        messages::Column::Dossier,
        messages::Column::Event,
        messages::Column::HappenedAt,
    ];
    put_once(db, row, key).await
}

/// Gives a message to the telling that tells it.
pub async fn tell_by(
    db: &impl ConnectionTrait,
    messages: impl IntoIterator<Item = Uuid>,
    telling: Uuid,
) -> Result<(), DbErr> {
    let row = messages::ActiveModel {
        telling: Set(Some(telling)),
        ..Default::default()
    };
    messages::Entity::update_many()
        .set(row)
        .filter(messages::Column::Id.is_in(messages))
        .exec(db)
        .await
        .map(drop)
}

/// The messages of some tellings, oldest first.
pub async fn told_by(
    db: &impl ConnectionTrait,
    tellings: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Message>, DbErr> {
    let theirs = messages::Entity::find().filter(messages::Column::Telling.is_in(tellings));
    let oldest = theirs
        .order_by_asc(messages::Column::HappenedAt)
        .order_by_asc(messages::Column::Id);
    let rows = oldest.all(db).await?;
    rows.into_iter().map(Message::try_from).collect()
}

/// A person's messages that wait for a digest until `now`, oldest first.
pub async fn for_digest(
    db: &impl ConnectionTrait,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<Message>, DbErr> {
    let rows = messages::Entity::find()
        .filter(messages::Column::Account.eq(account.0))
        .filter(messages::Column::Telling.is_null())
        .filter(messages::Column::DigestAt.lte(now))
        .order_by_asc(messages::Column::HappenedAt)
        .order_by_asc(messages::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(Message::try_from).collect()
}

/// Whether what an event asks for was done before it was heard of.
pub async fn is_done(
    db: &impl ConnectionTrait,
    dossier: DossierId,
    event: &str,
    happened_at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let by = news::made_moot_by(event);
    if by.is_empty() {
        return Ok(false);
    }
    let later = messages::Entity::find()
        .filter(messages::Column::Dossier.eq(dossier.0))
        .filter(messages::Column::Event.is_in(by.iter().copied()))
        .filter(messages::Column::HappenedAt.gte(happened_at));
    if later.count(db).await? > 0 {
        return Ok(true);
    }
    // What a citizen does is not told to them, so that no message stands for it.
    let supplemented = contacts::Entity::find()
        .filter(contacts::Column::Dossier.eq(dossier.0))
        .filter(contacts::Column::SupplementedAt.gte(happened_at));
    let is_supplement = by.contains(&contracts::intake::DossierSupplemented::TYPE);
    Ok(is_supplement && supplemented.count(db).await? > 0)
}

/// Marks what an event makes moot.
pub async fn make_moot(
    db: &impl ConnectionTrait,
    dossier: DossierId,
    event: &str,
    happened_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let moot = news::makes_moot(event);
    if moot.is_empty() {
        return Ok(());
    }
    let row = messages::ActiveModel {
        is_moot: Set(true),
        ..Default::default()
    };
    messages::Entity::update_many()
        .set(row)
        .filter(messages::Column::Dossier.eq(dossier.0))
        .filter(messages::Column::Event.is_in(moot.iter().copied()))
        .filter(messages::Column::HappenedAt.lte(happened_at))
        .exec(db)
        .await
        .map(drop)
}

/// Marks one piece of news as moot.
pub async fn lapse(
    db: &impl ConnectionTrait,
    dossier: DossierId,
    event: &str,
    happened_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = messages::ActiveModel {
        is_moot: Set(true),
        ..Default::default()
    };
    messages::Entity::update_many()
        .set(row)
        .filter(messages::Column::Dossier.eq(dossier.0))
        .filter(messages::Column::Event.eq(event))
        .filter(messages::Column::HappenedAt.eq(happened_at))
        .exec(db)
        .await
        .map(drop)
}

/// Remembers when a supplement last came.
pub async fn supplemented(
    db: &impl ConnectionTrait,
    dossier: DossierId,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = contacts::ActiveModel {
        supplemented_at: Set(Some(at)),
        ..Default::default()
    };
    let earlier = contacts::Column::SupplementedAt
        .is_null()
        .or(contacts::Column::SupplementedAt.lt(at));
    contacts::Entity::update_many()
        .set(row)
        .filter(contacts::Column::Dossier.eq(dossier.0))
        .filter(earlier)
        .exec(db)
        .await
        .map(drop)
}

/// Whom the news of some dossiers goes to.
pub async fn contacts(
    db: &impl ConnectionTrait,
    dossiers: impl IntoIterator<Item = DossierId>,
) -> Result<Vec<Contact>, DbErr> {
    let dossiers = dossiers.into_iter().map(|dossier| dossier.0);
    let named = contacts::Entity::find().filter(contacts::Column::Dossier.is_in(dossiers));
    Ok(named
        .all(db)
        .await?
        .into_iter()
        .map(Contact::from)
        .collect())
}

/// How a person was last reached: the contact of their newest dossier.
pub async fn newest_contact(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Option<Contact>, DbErr> {
    let newest = contacts::Entity::find()
        .filter(contacts::Column::Account.eq(account.0))
        .order_by_desc(contacts::Column::Dossier)
        .limit(1)
        .one(db)
        .await?;
    Ok(newest.map(Contact::from))
}
