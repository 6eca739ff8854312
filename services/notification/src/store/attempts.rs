//! What was tried for each telling, as rows: written down before the call outside, answered after it.

use chassis::rows::nonsense;
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, Insert,
    QueryFilter, QueryOrder, prelude::Expr,
};
use strum::{EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

use super::tables::attempts;
use crate::{
    channel::Channel,
    domain::ladder::{self, Outcome},
};

/// Where an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    /// It is under way, or its answer is lost.
    Trying,
    /// It was not taken and will be tried again.
    Later,
    /// The provider took it; a receipt may come.
    Taken,
    /// The provider took it and never sends a receipt: more will not be known.
    Accepted,
    /// It is with the person.
    Delivered,
    /// It will never arrive.
    Failed,
}

impl State {
    /// The name it is stored and shown by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    /// Whether nothing can become of it any more; but a mail that was taken may still bounce.
    const fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Failed)
    }
}

/// An attempt by one channel.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Names it for ever; also to the provider.
    pub id: Uuid,
    /// What it tells.
    pub telling: Uuid,
    /// By which channel.
    pub channel: Channel,
    /// Where it goes.
    pub address: String,
    /// Where it stands.
    pub state: State,
    /// How often it was tried.
    pub tries: u32,
    /// When it was first begun.
    pub begun_at: DateTime<Utc>,
    /// When it was last begun.
    pub tried_at: DateTime<Utc>,
    /// The end of the lease of who tries, or when it may be tried again.
    pub until: DateTime<Utc>,
    /// Who carries it.
    pub provider: Option<String>,
    /// What the provider calls it.
    pub reference: Option<String>,
    /// The provider's last code.
    pub code: Option<String>,
    /// When it was taken, delivered or given up.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Attempt {
    /// A new attempt, under way until `until`. Its id is made of what it tells and the channel, so that it is the same
    /// whoever makes it and however often.
    pub fn begun(
        telling: Uuid,
        channel: Channel,
        address: String,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Self {
        Self {
            id: Uuid::new_v5(&telling, channel.name().as_bytes()),
            telling,
            channel,
            address,
            state: State::Trying,
            tries: 1,
            begun_at: now,
            tried_at: now,
            until,
            provider: None,
            reference: None,
            code: None,
            ended_at: None,
        }
    }

    /// As the ladder sees it.
    pub const fn seen(&self) -> ladder::Attempt {
        let outcome = match self.state {
            State::Trying => Outcome::Trying { until: self.until },
            State::Later => Outcome::Later { until: self.until },
            State::Taken => Outcome::Taken,
            State::Accepted | State::Delivered => Outcome::Delivered,
            State::Failed => Outcome::Failed,
        };
        ladder::Attempt {
            channel: self.channel,
            begun_at: self.begun_at,
            tried_at: self.tried_at,
            outcome,
        }
    }

    fn row(&self) -> attempts::ActiveModel {
        attempts::ActiveModel {
            id: Set(self.id),
            telling: Set(self.telling),
            channel: Set(self.channel.name().to_owned()),
            address: Set(self.address.clone()),
            state: Set(self.state.name().to_owned()),
            tries: Set(i32::try_from(self.tries).unwrap_or(i32::MAX)),
            begun_at: Set(self.begun_at),
            tried_at: Set(self.tried_at),
            until_at: Set(self.until),
            provider: Set(self.provider.clone()),
            reference: Set(self.reference.clone()),
            code: Set(self.code.clone()),
            ended_at: Set(self.ended_at),
        }
    }
}

impl TryFrom<attempts::Model> for Attempt {
    type Error = DbErr;

    fn try_from(row: attempts::Model) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.id,
            telling: row.telling,
            channel: row.channel.parse().map_err(|_| nonsense("channel"))?,
            address: row.address,
            state: row.state.parse().map_err(|_| nonsense("state"))?,
            tries: u32::try_from(row.tries).map_err(|_| nonsense("number of tries"))?,
            begun_at: row.begun_at,
            tried_at: row.tried_at,
            until: row.until_at,
            provider: row.provider,
            reference: row.reference,
            code: row.code,
            ended_at: row.ended_at,
        })
    }
}

/// The attempts of some tellings, oldest first.
pub async fn of(
    db: &impl ConnectionTrait,
    tellings: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Attempt>, DbErr> {
    let theirs = attempts::Entity::find().filter(attempts::Column::Telling.is_in(tellings));
    let oldest = theirs
        .order_by_asc(attempts::Column::BegunAt)
        .order_by_asc(attempts::Column::Id);
    let rows = oldest.all(db).await?;
    rows.into_iter().map(Attempt::try_from).collect()
}

/// Writes down what is begun, before anybody outside is called.
pub async fn begin(db: &impl ConnectionTrait, begun: &[Attempt]) -> Result<(), DbErr> {
    if begun.is_empty() {
        return Ok(());
    }
    Insert::many(begun.iter().map(Attempt::row))
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Writes down that an attempt is begun again.
pub async fn begin_again(db: &impl ConnectionTrait, attempt: &Attempt) -> Result<(), DbErr> {
    let row = attempts::ActiveModel {
        state: Set(State::Trying.name().to_owned()),
        tried_at: Set(attempt.tried_at),
        until_at: Set(attempt.until),
        ..Default::default()
    };
    let one_more = Expr::col(attempts::Column::Tries).add(1);
    attempts::Entity::update_many()
        .set(row)
        .col_expr(attempts::Column::Tries, one_more)
        .filter(attempts::Column::Id.eq(attempt.id))
        .filter(attempts::Column::State.eq(State::Later.name()))
        .exec(db)
        .await
        .map(drop)
}

/// Writes down what an attempt came to, unless a receipt came before the answer; whether it did so.
pub async fn answered(db: &impl ConnectionTrait, attempt: &Attempt) -> Result<bool, DbErr> {
    let row = attempts::ActiveModel {
        state: Set(attempt.state.name().to_owned()),
        until_at: Set(attempt.until),
        provider: Set(attempt.provider.clone()),
        reference: Set(attempt.reference.clone()),
        code: Set(attempt.code.clone()),
        ended_at: Set(attempt.ended_at),
        ..Default::default()
    };
    let done = attempts::Entity::update_many()
        .set(row)
        .filter(attempts::Column::Id.eq(attempt.id))
        .filter(attempts::Column::State.eq(State::Trying.name()))
        .filter(attempts::Column::TriedAt.eq(attempt.tried_at))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// The attempt that a provider's receipt is about.
pub async fn by_reference(
    db: &impl ConnectionTrait,
    provider: &str,
    reference: &str,
) -> Result<Option<Attempt>, DbErr> {
    let named = attempts::Entity::find()
        .filter(attempts::Column::Provider.eq(provider))
        .filter(attempts::Column::Reference.eq(reference));
    let mut rows = named.all(db).await?;
    // A reference that a provider uses twice names nobody.
    if rows.len() > 1 {
        return Ok(None);
    }
    if let Some(row) = rows.pop() {
        return Attempt::try_from(row).map(Some);
    }
    // Providers that are given our id may name it, also when the answer with their own was lost.
    let Ok(id) = reference.parse::<Uuid>() else {
        return Ok(None);
    };
    let row = attempts::Entity::find_by_id(id).one(db).await?;
    row.map(Attempt::try_from).transpose()
}

/// Writes down what a receipt says. A delivery is never taken back, and what failed stays so; whether it was news.
pub async fn receipted(
    db: &impl ConnectionTrait,
    attempt: &Attempt,
    to: State,
    code: Option<&str>,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    if attempt.state.is_final() {
        return Ok(false);
    }
    let row = attempts::ActiveModel {
        state: Set(to.name().to_owned()),
        code: Set(code.map(str::to_owned).or_else(|| attempt.code.clone())),
        ended_at: Set(Some(at)),
        ..Default::default()
    };
    let done = attempts::Entity::update_many()
        .set(row)
        .filter(attempts::Column::Id.eq(attempt.id))
        .filter(attempts::Column::State.is_not_in([State::Delivered.name(), State::Failed.name()]))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}
