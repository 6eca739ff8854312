//! Mandates as rows.

use chassis::rows::{json, nonsense, put_once, read, read_word, word};
use chrono::{DateTime, Utc};
use contracts::{AccountId, MandateId, ProcedureCode, identity::Consent, identity::MandateAct};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
};

use crate::Mandate;

mod mandates {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "mandates")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub giver: Uuid,
        pub agent: Uuid,
        pub acts: String,
        pub procedures: Option<String>,
        pub consent: String,
        pub given_at: DateTimeUtc,
        pub valid_until: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod ended {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "ended_mandates")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub ended_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

use mandates::Column;

impl TryFrom<mandates::Model> for Mandate {
    type Error = DbErr;

    fn try_from(row: mandates::Model) -> Result<Self, DbErr> {
        let procedures = row.procedures.as_deref();
        Ok(Self {
            id: MandateId(row.id),
            giver: AccountId(row.giver),
            agent: AccountId(row.agent),
            acts: read("acts", &row.acts)?,
            procedures: procedures
                .map(|text| read("procedures", text))
                .transpose()?,
            consent: read_word("consent", &row.consent).map_err(|_| nonsense("consent"))?,
            given_at: row.given_at,
            valid_until: row.valid_until,
        })
    }
}

/// Keeps what was said of a mandate. It never changes: heard again it is known.
pub async fn learn(db: &impl ConnectionTrait, mandate: &Mandate) -> Result<(), DbErr> {
    let row = mandates::ActiveModel {
        id: Set(mandate.id.0),
        giver: Set(mandate.giver.0),
        agent: Set(mandate.agent.0),
        acts: Set(json(&mandate.acts)?),
        procedures: Set(mandate.procedures.as_ref().map(json).transpose()?),
        consent: Set(word(&mandate.consent)?),
        given_at: Set(mandate.given_at),
        valid_until: Set(mandate.valid_until),
    };
    put_once(db, row, [Column::Id]).await.map(drop)
}

/// Keeps that a mandate was ended.
pub async fn end(
    db: &impl ConnectionTrait,
    mandate: MandateId,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = ended::ActiveModel {
        id: Set(mandate.0),
        ended_at: Set(at),
    };
    put_once(db, row, [ended::Column::Id]).await.map(drop)
}

/// What counts now for an agent.
fn counting(agent: AccountId, now: DateTime<Utc>) -> Select<mandates::Entity> {
    let mut ended = ended::Entity::find().select_only();
    ended = ended.column(ended::Column::Id);
    mandates::Entity::find()
        .filter(Column::Agent.eq(agent.0))
        .filter(Column::ValidUntil.gt(now))
        .filter(Column::Id.not_in_subquery(ended.into_query()))
        .order_by_asc(Column::GivenAt)
        .order_by_asc(Column::Id)
}

async fn all(
    db: &impl ConnectionTrait,
    which: Select<mandates::Entity>,
) -> Result<Vec<Mandate>, DbErr> {
    let rows = which.all(db).await?;
    rows.into_iter().map(Mandate::try_from).collect()
}

/// Every mandate that somebody acts under now, the oldest first.
pub async fn of_agent(
    db: &impl ConnectionTrait,
    agent: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<Mandate>, DbErr> {
    all(db, counting(agent, now)).await
}

/// What counts now between two people, the oldest first.
pub async fn between(
    db: &impl ConnectionTrait,
    giver: AccountId,
    agent: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<Mandate>, DbErr> {
    all(db, counting(agent, now).filter(Column::Giver.eq(giver.0))).await
}

/// Whether somebody lets another do this now, for what concerns a procedure of theirs that has been filed.
pub async fn lets(
    db: &impl ConnectionTrait,
    (giver, agent): (AccountId, AccountId),
    act: MandateAct,
    procedure: Option<&ProcedureCode>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let counting = between(db, giver, agent, now).await?;
    Ok(counting.iter().any(|mandate| {
        mandate.consent == Consent::Given && mandate.is_for(act) && mandate.covers(procedure)
    }))
}
