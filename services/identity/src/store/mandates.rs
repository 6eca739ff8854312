//! Mandates as rows.

use chassis::rows::{json, nonsense, read, read_word, word};
use chrono::{DateTime, Utc};
use contracts::{AccountId, MandateId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};

use crate::domain::{
    Account,
    mandate::{Ended, Mandate, Named, Terms},
};

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "mandates")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub giver: Uuid,
        pub agent: Option<Uuid>,
        pub named: String,
        pub agent_name: String,
        pub relation: String,
        pub acts: String,
        pub procedures: Option<String>,
        pub consent: String,
        pub offered_at: DateTimeUtc,
        pub valid_until: DateTimeUtc,
        pub accepted_at: Option<DateTimeUtc>,
        pub ended_at: Option<DateTimeUtc>,
        pub ended_by: Option<Uuid>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

use rows::Column;

/// The most mandates that a list shows.
const MOST: u64 = 200;

impl TryFrom<rows::Model> for Mandate {
    type Error = DbErr;

    fn try_from(row: rows::Model) -> Result<Self, DbErr> {
        let procedures = row.procedures.as_deref();
        let ended = row.ended_at.zip(row.ended_by);
        Ok(Self {
            id: MandateId(row.id),
            giver: AccountId(row.giver),
            agent: row.agent.map(AccountId),
            terms: Terms {
                named: Named::stored(&row.named).map_err(|_| nonsense("number"))?,
                agent_name: row.agent_name.parse().map_err(|_| nonsense("name"))?,
                relation: read_word("relation", &row.relation)?,
                acts: read("acts", &row.acts)?,
                procedures: procedures
                    .map(|text| read("procedures", text))
                    .transpose()?,
                valid_until: row.valid_until,
            },
            consent: read_word("consent", &row.consent)?,
            offered_at: row.offered_at,
            accepted_at: row.accepted_at,
            ended: ended.map(|(at, by)| Ended {
                at,
                by: AccountId(by),
            }),
        })
    }
}

/// Keeps a new mandate.
pub async fn offer(db: &impl ConnectionTrait, mandate: &Mandate) -> Result<(), DbErr> {
    let terms = &mandate.terms;
    let row = rows::ActiveModel {
        id: Set(mandate.id.0),
        giver: Set(mandate.giver.0),
        named: Set(terms.named.as_str().to_owned()),
        agent_name: Set(terms.agent_name.to_string()),
        relation: Set(word(&terms.relation)?),
        acts: Set(json(&terms.acts)?),
        procedures: Set(terms.procedures.as_ref().map(json).transpose()?),
        consent: Set(word(&mandate.consent)?),
        offered_at: Set(mandate.offered_at),
        valid_until: Set(terms.valid_until),
        ..steps(mandate)
    };
    rows::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// What changes about a mandate: who accepts it, and how it ends.
fn steps(mandate: &Mandate) -> rows::ActiveModel {
    rows::ActiveModel {
        agent: Set(mandate.agent.map(|agent| agent.0)),
        accepted_at: Set(mandate.accepted_at),
        ended_at: Set(mandate.ended.map(|ended| ended.at)),
        ended_by: Set(mandate.ended.map(|ended| ended.by.0)),
        ..Default::default()
    }
}

/// Writes how a mandate that is held stands now.
pub async fn step(db: &impl ConnectionTrait, mandate: &Mandate) -> Result<(), DbErr> {
    rows::Entity::update_many()
        .set(steps(mandate))
        .filter(Column::Id.eq(mandate.id.0))
        .exec(db)
        .await
        .map(drop)
}

/// A mandate, kept from being changed by others until the transaction ends.
pub async fn hold(db: &impl ConnectionTrait, id: MandateId) -> Result<Option<Mandate>, DbErr> {
    let row = rows::Entity::find_by_id(id.0)
        .lock_exclusive()
        .one(db)
        .await?;
    row.map(Mandate::try_from).transpose()
}

async fn all(
    db: &impl ConnectionTrait,
    which: Select<rows::Entity>,
) -> Result<Vec<Mandate>, DbErr> {
    let newest = which
        .order_by_desc(Column::OfferedAt)
        .order_by_desc(Column::Id);
    let rows = newest.limit(MOST).all(db).await?;
    rows.into_iter().map(Mandate::try_from).collect()
}

/// What somebody has given, the newest first.
pub async fn given(db: &impl ConnectionTrait, giver: AccountId) -> Result<Vec<Mandate>, DbErr> {
    all(db, rows::Entity::find().filter(Column::Giver.eq(giver.0))).await
}

/// Those of them that are not over, for their giver to be held to a number of them.
pub async fn open_of(
    db: &impl ConnectionTrait,
    giver: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<Mandate>, DbErr> {
    let open = rows::Entity::find()
        .filter(Column::Giver.eq(giver.0))
        .filter(Column::EndedAt.is_null())
        .filter(Column::ValidUntil.gt(now));
    all(db, open).await
}

/// What somebody has accepted, and what may be meant for them: whose number was named. The newest first.
pub async fn received(
    db: &impl ConnectionTrait,
    person: &Account,
    now: DateTime<Utc>,
) -> Result<Vec<Mandate>, DbErr> {
    let citizen_id = person.citizen_id.as_ref().map(ToString::to_string);
    let phone = person.phone.as_ref().map(ToString::to_string);
    let waiting = Condition::all()
        .add(Column::Agent.is_null())
        .add(Column::EndedAt.is_null())
        .add(Column::ValidUntil.gt(now))
        .add(Column::Named.is_in([citizen_id, phone].into_iter().flatten()));
    let theirs = Condition::any()
        .add(Column::Agent.eq(person.id.0))
        .add(waiting);
    all(db, rows::Entity::find().filter(theirs)).await
}
