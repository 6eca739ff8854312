//! What is held for whom, as rows, and which papers a dossier has.

use std::collections::BTreeSet;

use chassis::rows::nonsense;
use chrono::{DateTime, Utc};
use contracts::{AccountId, DocumentId, DossierId};
use files::Hash;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter,
    QuerySelect, Select,
    sea_query::{Expr, OnConflict, Query},
};

use super::{document, uploads::upload};
use crate::domain::{Bundle, Claim, Held, State};

mod holder {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "holders")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub owner: Uuid,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod paper {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "dossier_papers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub owner: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub dossier: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub place: String,
        pub document: Uuid,
        pub enclosed: bool,
        pub at: DateTimeUtc,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Keeps others from taking of this person's share until the transaction ends: what is counted meanwhile stays true.
pub async fn hold(db: &impl ConnectionTrait, owner: AccountId) -> Result<(), DbErr> {
    let row = holder::ActiveModel {
        owner: Set(owner.0),
    };
    // An update, though nothing changes: it waits for whoever holds the row, and then holds it.
    let again = OnConflict::column(holder::Column::Owner)
        .update_column(holder::Column::Owner)
        .to_owned();
    holder::Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// What is held for a person, and for the dossier that a paper is sent for. The same file of the same person, where it is known
/// which that is, does not count: it is kept once. Nor does what the paper takes the place of.
pub async fn held(
    db: &impl ConnectionTrait,
    owner: AccountId,
    claim: Option<&Claim>,
    same: Option<&Hash>,
) -> Result<Held, DbErr> {
    let all = stored(db, others(same).filter(document::Column::Owner.eq(owner.0))).await?;
    let coming = promised(db, on_their_way(owner)).await?;
    let dossier = match claim {
        Some(claim) => Some(bundle(db, owner, claim, same).await?),
        None => None,
    };
    Ok(Held {
        bytes: all.bytes + coming.bytes,
        uploads: coming.papers,
        dossier,
    })
}

async fn bundle(
    db: &impl ConnectionTrait,
    owner: AccountId,
    claim: &Claim,
    same: Option<&Hash>,
) -> Result<Bundle, DbErr> {
    let mut papers = Query::select();
    papers
        .column(paper::Column::Document)
        .from(paper::Entity)
        .and_where(paper::Column::Owner.eq(owner.0))
        .and_where(paper::Column::Dossier.eq(claim.dossier.0));
    if let Some(kind) = &claim.kind {
        papers.and_where(paper::Column::Place.ne(kind.as_str()));
    }
    let usable = others(same)
        .filter(document::Column::Id.in_subquery(papers))
        .filter(document::Column::State.ne(State::Rejected.as_str()));
    let stored = stored(db, usable).await?;
    let coming = on_their_way(owner).filter(upload::Column::Dossier.eq(claim.dossier.0));
    let coming = promised(db, coming).await?;
    Ok(Bundle {
        bytes: stored.bytes + coming.bytes,
        papers: stored.papers + coming.papers,
    })
}

/// Documents but for the one of this file.
fn others(same: Option<&Hash>) -> Select<document::Entity> {
    let all = document::Entity::find();
    match same {
        Some(hash) => all.filter(document::Column::Sha256.ne(hash.as_str())),
        None => all,
    }
}

fn on_their_way(owner: AccountId) -> Select<upload::Entity> {
    upload::Entity::find()
        .filter(upload::Column::Owner.eq(owner.0))
        .filter(upload::Column::Document.is_null())
}

async fn stored(
    db: &impl ConnectionTrait,
    documents: Select<document::Entity>,
) -> Result<Bundle, DbErr> {
    let documents = documents
        .select_only()
        .column_as(total(document::Column::Bytes), "bytes")
        .column_as(document::Column::Id.count(), "papers");
    counted(documents.into_tuple().one(db).await?)
}

async fn promised(
    db: &impl ConnectionTrait,
    uploads: Select<upload::Entity>,
) -> Result<Bundle, DbErr> {
    let uploads = uploads
        .select_only()
        .column_as(total(upload::Column::Length), "bytes")
        .column_as(upload::Column::Id.count(), "papers");
    counted(uploads.into_tuple().one(db).await?)
}

fn total(column: impl sea_orm::sea_query::IntoColumnRef) -> Expr {
    Expr::col(column).sum().cast_as("bigint")
}

fn counted(row: Option<(Option<i64>, i64)>) -> Result<Bundle, DbErr> {
    let (bytes, papers) = row.unwrap_or_default();
    let read = |number: i64| u64::try_from(number).map_err(|_| nonsense("size"));
    Ok(Bundle {
        bytes: read(bytes.unwrap_or(0))?,
        papers: read(papers)?,
    })
}

/// A document was sent for a dossier.
pub async fn claim(
    db: &impl ConnectionTrait,
    owner: AccountId,
    claim: &Claim,
    document: DocumentId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let place = match &claim.kind {
        Some(kind) => kind.as_str().to_owned(),
        None => document.to_string(),
    };
    put(
        db,
        paper::ActiveModel {
            owner: Set(owner.0),
            dossier: Set(claim.dossier.0),
            place: Set(place),
            document: Set(document.0),
            enclosed: Set(false),
            at: Set(now),
        },
    )
    .await
}

/// A dossier was filed with these documents of a person: they are all it has, but for what was sent for it since. What was
/// filed later and heard of before stands.
pub async fn enclose(
    db: &impl ConnectionTrait,
    owner: AccountId,
    dossier: DossierId,
    documents: &BTreeSet<DocumentId>,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let papers = || {
        (
            paper::Column::Owner.eq(owner.0),
            paper::Column::Dossier.eq(dossier.0),
        )
    };
    let (of_owner, of_dossier) = papers();
    let later = paper::Entity::find()
        .filter(of_owner)
        .filter(of_dossier)
        .filter(paper::Column::Enclosed.eq(true))
        .filter(paper::Column::At.gt(at))
        .count(db)
        .await?;
    if later > 0 {
        return Ok(());
    }
    let (of_owner, of_dossier) = papers();
    paper::Entity::delete_many()
        .filter(of_owner)
        .filter(of_dossier)
        .filter(paper::Column::At.lte(at))
        .exec(db)
        .await?;
    for document in documents {
        put(
            db,
            paper::ActiveModel {
                owner: Set(owner.0),
                dossier: Set(dossier.0),
                place: Set(document.to_string()),
                document: Set(document.0),
                enclosed: Set(true),
                at: Set(at),
            },
        )
        .await?;
    }
    Ok(())
}

async fn put(db: &impl ConnectionTrait, row: paper::ActiveModel) -> Result<(), DbErr> {
    let again = OnConflict::columns([
        paper::Column::Owner,
        paper::Column::Dossier,
        paper::Column::Place,
    ])
    .update_columns([
        paper::Column::Document,
        paper::Column::Enclosed,
        paper::Column::At,
    ])
    .to_owned();
    paper::Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(db)
        .await
        .map(drop)
}
