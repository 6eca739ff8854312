//! The mails that carry messages, as rows.

use chassis::rows::nonsense;
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter,
    prelude::Expr,
};
use uuid::Uuid;

use super::tables::mails;
use crate::domain::State;

/// The mail that carries a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The message.
    pub message: Uuid,
    /// Where it goes.
    pub address: String,
    /// Where it stands.
    pub state: State,
    /// How often it was tried.
    pub attempts: u32,
    /// The server's last reply code; none while it could not even be reached.
    pub answer: Option<u16>,
    /// When it was last tried.
    pub tried_at: Option<DateTime<Utc>>,
    /// When the server took it.
    pub sent_at: Option<DateTime<Utc>>,
}

impl TryFrom<mails::Model> for Mail {
    type Error = DbErr;

    fn try_from(row: mails::Model) -> Result<Self, DbErr> {
        Ok(Self {
            message: row.message,
            address: row.address,
            state: row.state.parse().map_err(|_| nonsense("state"))?,
            attempts: u32::try_from(row.attempts).map_err(|_| nonsense("number of attempts"))?,
            answer: row.answer.and_then(|code| u16::try_from(code).ok()),
            tried_at: row.tried_at,
            sent_at: row.sent_at,
        })
    }
}

/// Keeps a mail to be sent.
pub async fn post(db: &impl ConnectionTrait, message: Uuid, address: &str) -> Result<(), DbErr> {
    let row = mails::ActiveModel {
        message: Set(message),
        address: Set(address.to_owned()),
        state: Set(State::Waiting.name().to_owned()),
        attempts: Set(0),
        ..Default::default()
    };
    mails::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// One mail.
pub async fn find(db: &impl ConnectionTrait, message: Uuid) -> Result<Option<Mail>, DbErr> {
    mails::Entity::find_by_id(message)
        .one(db)
        .await?
        .map(Mail::try_from)
        .transpose()
}

/// The mails that carry some messages.
pub async fn of(
    db: &impl ConnectionTrait,
    messages: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Mail>, DbErr> {
    let theirs = mails::Entity::find().filter(mails::Column::Message.is_in(messages));
    let rows = theirs.all(db).await?;
    rows.into_iter().map(Mail::try_from).collect()
}

/// Counts an attempt and writes down what the server answered.
pub async fn tried(
    db: &impl ConnectionTrait,
    message: Uuid,
    answer: Option<u16>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = mails::ActiveModel {
        answer: Set(answer.map(i32::from)),
        tried_at: Set(Some(now)),
        ..Default::default()
    };
    let one_more = Expr::col(mails::Column::Attempts).add(1);
    let mail = mails::Entity::update_many()
        .set(row)
        .col_expr(mails::Column::Attempts, one_more);
    mail.filter(mails::Column::Message.eq(message))
        .exec(db)
        .await
        .map(drop)
}

/// Concludes a mail.
pub async fn conclude(
    db: &impl ConnectionTrait,
    mail: &Mail,
    to: State,
    sent_at: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    let row = mails::ActiveModel {
        state: Set(to.name().to_owned()),
        sent_at: Set(sent_at),
        ..Default::default()
    };
    let changed = mails::Entity::update_many()
        .set(row)
        .filter(mails::Column::Message.eq(mail.message));
    changed
        .filter(mails::Column::State.eq(mail.state.name()))
        .exec(db)
        .await
        .map(drop)
}
