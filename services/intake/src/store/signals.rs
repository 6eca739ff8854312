//! By what filed dossiers are found again, as rows: keyed digests only.

use chassis::rows::put_once;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{AccountId, DossierId, intake::Signal};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use super::{nonsense, read, written};
use crate::own::Filing;

mod marks {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "signal_marks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub digest: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub dossier_id: Uuid,
        pub account: Uuid,
        pub person: String,
        pub filed_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod filings {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "signal_filings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub dossier_id: Uuid,
        pub account: Uuid,
        pub person: String,
        pub name: String,
        pub phone: Option<String>,
        pub email: Option<String>,
        pub assurance: i64,
        pub filed_at: DateTimeUtc,
        pub revision: i64,
        pub said: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod rounds {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "rounds")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub begun_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The most dossiers with the same digest that are looked at, the newest of more.
const MOST: u64 = 200;

/// How a dossier was filed, and what was said of it last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// How.
    pub filing: Filing,
    /// Counts what was said.
    pub revision: u32,
    /// What that was.
    pub said: Vec<Signal>,
}

/// Keeps how a dossier was filed; the first word counts.
pub async fn file(
    db: &impl ConnectionTrait,
    dossier: DossierId,
    filing: &Filing,
) -> Result<(), DbErr> {
    let row = filings::ActiveModel {
        dossier_id: Set(dossier.0),
        account: Set(filing.account.0),
        person: Set(filing.person.clone()),
        name: Set(filing.name.clone()),
        phone: Set(filing.phone.clone()),
        email: Set(filing.email.clone()),
        assurance: Set(filing.assurance.into()),
        filed_at: Set(filing.filed_at),
        revision: Set(0),
        said: Set("[]".to_owned()),
    };
    put_once(db, row, [filings::Column::DossierId])
        .await
        .map(drop)
}

/// How a dossier was filed, held until the transaction ends; nothing where that is forgotten.
pub async fn hold(db: &impl ConnectionTrait, dossier: DossierId) -> Result<Option<Filed>, DbErr> {
    let row = filings::Entity::find_by_id(dossier.0)
        .lock_exclusive()
        .one(db)
        .await?;
    let filed = |row: filings::Model| {
        Ok(Filed {
            filing: Filing {
                account: AccountId(row.account),
                person: row.person,
                name: row.name,
                phone: row.phone,
                email: row.email,
                assurance: u8::try_from(row.assurance).map_err(|_| nonsense("assurance"))?,
                filed_at: row.filed_at,
            },
            revision: u32::try_from(row.revision).map_err(|_| nonsense("revision"))?,
            said: read(&row.said, "signal_filings.said")?,
        })
    };
    row.map(filed).transpose()
}

/// Writes down what is said of a dossier that is held.
pub async fn say(
    db: &impl ConnectionTrait,
    dossier: DossierId,
    revision: u32,
    said: &[Signal],
) -> Result<(), DbErr> {
    let row = filings::ActiveModel {
        revision: Set(revision.into()),
        said: Set(written(&said)?),
        ..Default::default()
    };
    filings::Entity::update_many()
        .set(row)
        .filter(filings::Column::DossierId.eq(dossier.0))
        .exec(db)
        .await
        .map(drop)
}

/// Makes a dossier one that is found by these digests; those it has stay.
pub async fn mark(
    db: &impl ConnectionTrait,
    dossier: DossierId,
    filing: &Filing,
    digests: impl IntoIterator<Item = String>,
) -> Result<(), DbErr> {
    for digest in digests {
        let row = marks::ActiveModel {
            digest: Set(digest),
            dossier_id: Set(dossier.0),
            account: Set(filing.account.0),
            person: Set(filing.person.clone()),
            filed_at: Set(filing.filed_at),
        };
        let key = [marks::Column::Digest, marks::Column::DossierId];
        put_once(db, row, key).await?;
    }
    Ok(())
}

/// Another dossier with the same digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The dossier.
    pub dossier: DossierId,
    /// Who filed it.
    pub account: AccountId,
    /// Under whose number: a digest.
    pub person: String,
}

/// Other dossiers with this digest, filed since then, newest first.
pub async fn others(
    db: &impl ConnectionTrait,
    dossier: DossierId,
    digest: &str,
    since: DateTime<Utc>,
) -> Result<Vec<Mark>, DbErr> {
    let rows = marks::Entity::find()
        .filter(marks::Column::Digest.eq(digest))
        .filter(marks::Column::DossierId.ne(dossier.0))
        .filter(marks::Column::FiledAt.gt(since))
        .order_by_desc(marks::Column::FiledAt)
        .order_by_desc(marks::Column::DossierId)
        .limit(MOST)
        .all(db)
        .await?;
    let mark = |row: marks::Model| Mark {
        dossier: DossierId(row.dossier_id),
        account: AccountId(row.account),
        person: row.person,
    };
    Ok(rows.into_iter().map(mark).collect())
}

/// How many dossiers with this digest were filed in the time up to a moment.
pub async fn count(
    db: &impl ConnectionTrait,
    digest: &str,
    within: TimeDelta,
    until: DateTime<Utc>,
) -> Result<usize, DbErr> {
    let count = marks::Entity::find()
        .filter(marks::Column::Digest.eq(digest))
        .filter(marks::Column::FiledAt.gt(until - within))
        .filter(marks::Column::FiledAt.lte(until))
        .count(db)
        .await?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// Forgets what was filed before a moment.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<(), DbErr> {
    marks::Entity::delete_many()
        .filter(marks::Column::FiledAt.lt(before))
        .exec(db)
        .await?;
    filings::Entity::delete_many()
        .filter(filings::Column::FiledAt.lt(before))
        .exec(db)
        .await
        .map(drop)
}

/// Begins a round; `false` when it was begun before.
pub async fn begin(
    db: &impl ConnectionTrait,
    name: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = rounds::ActiveModel {
        name: Set(name.to_owned()),
        begun_at: Set(now),
    };
    put_once(db, row, [rounds::Column::Name]).await
}
