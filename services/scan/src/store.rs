//! Documents and their pages, as rows.

use chrono::{DateTime, Utc};
use contracts::{AccountId, DocumentId, Refused};
use files::{Hash, Kept};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, OnConflict},
};

use crate::domain::{
    FileName, Finding, MediaType, Page, PaperKind, Provenance, Rejection, Source, State,
};

pub mod archives;
pub mod batches;
pub mod fields;
pub mod filed_for;
pub mod keeping;
pub mod quality;
pub mod quota;
pub mod readings;
pub mod record;
pub mod safety;
pub mod uploads;

mod document {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "documents")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub owner: Uuid,
        pub kind: Option<String>,
        pub name: String,
        pub sha256: String,
        pub bytes: i64,
        pub media_type: String,
        pub state: String,
        pub reason_vi: Option<String>,
        pub reason_en: Option<String>,
        pub fault: Option<String>,
        pub letters: Option<i64>,
        pub stored_at: DateTimeUtc,
        pub checked_at: Option<DateTimeUtc>,
        pub signed: bool,
        pub scanned_with: Option<String>,
        pub threat: Option<String>,
        pub origin: String,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod page {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "pages")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub document: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub source: String,
        pub text: String,
        pub confidence: Option<f32>,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A document as it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// Whose it is.
    pub owner: AccountId,
    /// What its owner calls the paper.
    pub kind: Option<String>,
    /// Under which name it is handed out.
    pub name: FileName,
    /// Which file it is.
    pub hash: Hash,
    /// The file's size.
    pub bytes: u64,
    /// The file's kind.
    pub media_type: MediaType,
    /// Where it stands.
    pub state: State,
    /// Why it was rejected.
    pub reason: Option<Refused>,
    /// What it was rejected for.
    pub fault: Option<Rejection>,
    /// Letters read on all its pages, once it is checked.
    pub letters: Option<u32>,
    /// When its bytes were safe.
    pub stored_at: DateTime<Utc>,
    /// When its verdict was given.
    pub checked_at: Option<DateTime<Utc>>,
    /// Whether it carries an electronic signature.
    pub signed: bool,
    /// What the virus scanner calls what it found in it.
    pub threat: Option<String>,
    /// How it came here.
    pub origin: Provenance,
}

/// A document about to be known.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Whose it is.
    pub owner: AccountId,
    /// What its owner calls the paper.
    pub kind: Option<PaperKind>,
    /// Under which name it is handed out.
    pub name: FileName,
    /// Its file.
    pub file: Kept,
    /// The file's kind.
    pub media_type: MediaType,
}

/// Adds a document, unless its owner has one of the same bytes: then that one is found. Tells whether it is new.
pub async fn add(
    db: &impl ConnectionTrait,
    id: DocumentId,
    upload: &Upload,
    now: DateTime<Utc>,
) -> Result<(Document, bool), DbErr> {
    let row = document::ActiveModel {
        id: Set(id.0),
        owner: Set(upload.owner.0),
        kind: Set(upload.kind.as_ref().map(|kind| kind.as_str().to_owned())),
        name: Set(upload.name.as_str().to_owned()),
        sha256: Set(upload.file.hash.as_str().to_owned()),
        bytes: Set(i64::try_from(upload.file.bytes).unwrap_or(i64::MAX)),
        media_type: Set(upload.media_type.as_str().to_owned()),
        state: Set(State::Stored.as_str().to_owned()),
        stored_at: Set(now),
        reason_vi: NotSet,
        reason_en: NotSet,
        fault: NotSet,
        letters: NotSet,
        checked_at: NotSet,
        signed: NotSet,
        scanned_with: NotSet,
        threat: NotSet,
        origin: Set(Provenance::Uploaded.as_str().to_owned()),
    };
    let same = OnConflict::columns([document::Column::Owner, document::Column::Sha256])
        .do_nothing()
        .to_owned();
    document::Entity::insert(row)
        .on_conflict(same)
        .exec_without_returning(db)
        .await?;
    let row = document::Entity::find()
        .filter(document::Column::Owner.eq(upload.owner.0))
        .filter(document::Column::Sha256.eq(upload.file.hash.as_str()))
        .one(db)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("the document just added".to_owned()))?;
    let document = Document::try_from(row)?;
    let is_new = document.id == id;
    if !is_new {
        keeping::restore(db, document.id).await?;
    }
    Ok((document, is_new))
}

/// Writes down how a document came here, where that is not by its owner's upload.
pub async fn came_from(
    db: &impl ConnectionTrait,
    id: DocumentId,
    origin: Provenance,
) -> Result<(), DbErr> {
    document::Entity::update_many()
        .col_expr(document::Column::Origin, Expr::value(origin.as_str()))
        .filter(document::Column::Id.eq(id.0))
        .exec(db)
        .await
        .map(drop)
}

/// The document of that id.
pub async fn find(db: &impl ConnectionTrait, id: DocumentId) -> Result<Option<Document>, DbErr> {
    document::Entity::find_by_id(id.0)
        .one(db)
        .await?
        .map(Document::try_from)
        .transpose()
}

/// A person's documents, newest first, at most `most`.
pub async fn of_owner(
    db: &impl ConnectionTrait,
    owner: AccountId,
    most: u64,
) -> Result<Vec<Document>, DbErr> {
    let rows = document::Entity::find()
        .filter(document::Column::Owner.eq(owner.0))
        .order_by_desc(document::Column::StoredAt)
        .order_by_desc(document::Column::Id)
        .limit(most)
        .all(db)
        .await?;
    rows.into_iter().map(Document::try_from).collect()
}

/// Saves a verdict and what was read, unless the document has a verdict already: then nothing is changed.
pub async fn judge(
    db: &impl ConnectionTrait,
    id: DocumentId,
    verdict: State,
    finding: &Finding,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let mut update = document::Entity::update_many()
        .col_expr(document::Column::State, Expr::value(verdict.as_str()))
        .col_expr(document::Column::CheckedAt, Expr::value(now))
        .col_expr(
            document::Column::Letters,
            Expr::value(i64::from(finding.letters())),
        )
        .filter(document::Column::Id.eq(id.0))
        .filter(document::Column::State.eq(State::Stored.as_str()));
    if let Some((fault, reason)) = finding.rejection() {
        update = update
            .col_expr(document::Column::Fault, Expr::value(fault.as_str()))
            .col_expr(document::Column::ReasonVi, Expr::value(reason.vi.as_ref()))
            .col_expr(document::Column::ReasonEn, Expr::value(reason.en.as_ref()));
    }
    if update.exec(db).await?.rows_affected == 0 {
        return Ok(false);
    }
    let rows: Vec<_> = finding
        .pages()
        .iter()
        .zip(1..)
        .map(|(page, number)| page::ActiveModel {
            document: Set(id.0),
            number: Set(number),
            source: Set(page.source.as_str().to_owned()),
            text: Set(page.text.clone()),
            confidence: Set(page.confidence),
        })
        .collect();
    if !rows.is_empty() {
        page::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
        quality::add(db, id, finding.pages()).await?;
    }
    Ok(true)
}

/// The number of a document's pages, once it is checked.
pub async fn page_count(db: &impl ConnectionTrait, id: DocumentId) -> Result<u32, DbErr> {
    let pages = page::Entity::find()
        .filter(page::Column::Document.eq(id.0))
        .count(db)
        .await?;
    Ok(u32::try_from(pages).unwrap_or(u32::MAX))
}

/// A document's pages in order.
pub async fn pages(db: &impl ConnectionTrait, id: DocumentId) -> Result<Vec<Page>, DbErr> {
    let rows = page::Entity::find()
        .filter(page::Column::Document.eq(id.0))
        .order_by_asc(page::Column::Number)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let source = Source::named(&row.source).ok_or_else(|| senseless("pages.source"))?;
            Ok(Page {
                text: row.text,
                confidence: row.confidence,
                ..Page::of(source)
            })
        })
        .collect()
}

impl TryFrom<document::Model> for Document {
    type Error = DbErr;

    fn try_from(row: document::Model) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.id.into(),
            owner: row.owner.into(),
            kind: row.kind,
            name: FileName::kept(row.name),
            hash: Hash::parse(&row.sha256).ok_or_else(|| senseless("documents.sha256"))?,
            bytes: u64::try_from(row.bytes).map_err(|_| senseless("documents.bytes"))?,
            media_type: MediaType::named(&row.media_type)
                .ok_or_else(|| senseless("documents.media_type"))?,
            state: State::named(&row.state).ok_or_else(|| senseless("documents.state"))?,
            reason: row
                .reason_vi
                .zip(row.reason_en)
                .map(|(vi, en)| Refused::because(vi, en)),
            fault: row
                .fault
                .map(|fault| Rejection::named(&fault).ok_or_else(|| senseless("documents.fault")))
                .transpose()?,
            letters: row.letters.and_then(|letters| u32::try_from(letters).ok()),
            stored_at: row.stored_at,
            checked_at: row.checked_at,
            signed: row.signed,
            threat: row.threat,
            origin: Provenance::named(&row.origin).ok_or_else(|| senseless("documents.origin"))?,
        })
    }
}

/// A column with a value that no version of this service ever wrote.
fn senseless(column: &str) -> DbErr {
    DbErr::Type(format!("{column} holds a value that makes no sense"))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// An upload unlike those of other numbers.
    pub fn upload(owner: AccountId, number: u8) -> Upload {
        let hash = Hash::parse(&format!("{number:02x}").repeat(32));
        Upload {
            owner,
            kind: None,
            name: FileName::of(None, MediaType::Pdf),
            file: Kept {
                hash: hash.expect("64 digits"),
                bytes: 1,
            },
            media_type: MediaType::Pdf,
        }
    }
}
