//! A counter's stacks and their parts, as rows.

use chrono::{DateTime, Utc};
use contracts::{
    AccountId, BatchId, BatchPartId, DocumentId, DossierCode, DossierId, PersonName, Refused,
    intake::PartChoice,
};
use files::{Hash, Kept};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::Expr,
};

use super::senseless;
use crate::{
    domain::{
        FileName,
        batch::{BatchState, PartState},
    },
    reading::Progress,
};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "batches")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub officer: Uuid,
        pub officer_name: String,
        pub name: String,
        pub sha256: String,
        pub bytes: i64,
        pub state: String,
        pub reason_vi: Option<String>,
        pub reason_en: Option<String>,
        pub done: i32,
        pub pages: i32,
        pub stored_at: DateTimeUtc,
        pub split_at: Option<DateTimeUtc>,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod part {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "batch_parts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub batch: Uuid,
        pub number: i32,
        pub sheet: Option<i32>,
        pub first_page: Option<i32>,
        pub last_page: Option<i32>,
        pub sha256: Option<String>,
        pub bytes: Option<i64>,
        pub dossier: Option<Uuid>,
        pub code: Option<String>,
        pub component: Option<String>,
        pub paper_vi: Option<String>,
        pub paper_en: Option<String>,
        pub replaces: bool,
        pub question: i32,
        pub state: String,
        pub reason_vi: Option<String>,
        pub reason_en: Option<String>,
        pub choices: Option<String>,
        pub document: Option<Uuid>,
        pub settled_by: Option<Uuid>,
        pub settled_at: Option<DateTimeUtc>,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A stack that a counter scanned in one go.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// Who scanned it.
    pub officer: AccountId,
    /// What they are called.
    pub officer_name: PersonName,
    /// What its file is called.
    pub name: FileName,
    /// Its file.
    pub file: Kept,
    /// Where it stands.
    pub state: BatchState,
    /// Why it cannot be used.
    pub reason: Option<Refused>,
    /// How far its dividing is; at its end, its pages.
    pub progress: Progress,
    /// When its bytes were safe.
    pub stored_at: DateTime<Utc>,
}

/// What stood behind one sheet of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchPart {
    /// Its id.
    pub id: BatchPartId,
    /// The stack.
    pub batch: BatchId,
    /// Its place among the parts, from 1.
    pub number: u32,
    /// The page of its sheet.
    pub sheet: Option<u32>,
    /// Its first and last page.
    pub pages: Option<(u32, u32)>,
    /// Its file.
    pub file: Option<Kept>,
    /// The dossier, where its sheet or an answer names it.
    pub dossier: Option<DossierId>,
    /// The dossier's code, where an officer typed one.
    pub code: Option<DossierCode>,
    /// The component.
    pub component: Option<String>,
    /// What that paper is called, in Vietnamese and English, once it is filed.
    pub paper: Option<(String, String)>,
    /// Whether it takes the place of what is there.
    pub replaces: bool,
    /// How often the dossier's service was asked.
    pub question: u32,
    /// Where it stands.
    pub state: PartState,
    /// Why it waits for an officer.
    pub reason: Option<Refused>,
    /// For what it could be filed.
    pub choices: Vec<PartChoice>,
    /// The document it has become.
    pub document: Option<DocumentId>,
    /// The officer who said where it belongs, or set it aside.
    pub settled_by: Option<AccountId>,
    /// When.
    pub settled_at: Option<DateTime<Utc>>,
}

/// Adds a batch.
pub async fn add(db: &impl ConnectionTrait, batch: &Batch) -> Result<(), DbErr> {
    let row = row::ActiveModel {
        id: Set(batch.id.0),
        officer: Set(batch.officer.0),
        officer_name: Set(batch.officer_name.to_string()),
        name: Set(batch.name.as_str().to_owned()),
        sha256: Set(batch.file.hash.to_string()),
        bytes: Set(i64::try_from(batch.file.bytes).unwrap_or(i64::MAX)),
        state: Set(batch.state.as_ref().to_owned()),
        reason_vi: NotSet,
        reason_en: NotSet,
        done: Set(0),
        pages: Set(0),
        stored_at: Set(batch.stored_at),
        split_at: NotSet,
    };
    row::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// One batch.
pub async fn find(db: &impl ConnectionTrait, id: BatchId) -> Result<Option<Batch>, DbErr> {
    let row = row::Entity::find_by_id(id.0).one(db).await?;
    row.map(Batch::try_from).transpose()
}

/// The newest batches of all officers, at most `most`.
pub async fn newest(db: &impl ConnectionTrait, most: u64) -> Result<Vec<Batch>, DbErr> {
    let rows = row::Entity::find()
        .order_by_desc(row::Column::StoredAt)
        .order_by_desc(row::Column::Id)
        .limit(most)
        .all(db)
        .await?;
    rows.into_iter().map(Batch::try_from).collect()
}

/// Notes how far the dividing of a batch is.
pub async fn note(db: &impl ConnectionTrait, id: BatchId, told: Progress) -> Result<(), DbErr> {
    row::Entity::update_many()
        .col_expr(row::Column::Done, Expr::value(number(told.done)))
        .col_expr(row::Column::Pages, Expr::value(number(told.pages)))
        .filter(row::Column::Id.eq(id.0))
        .filter(row::Column::State.eq(BatchState::Stored.as_ref()))
        .exec(db)
        .await
        .map(drop)
}

/// Ends the dividing of a batch, unless that has ended already.
pub async fn conclude(
    db: &impl ConnectionTrait,
    id: BatchId,
    outcome: &Result<u32, Refused>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let state = match outcome {
        Ok(_) => BatchState::Split,
        Err(_) => BatchState::Refused,
    };
    let mut update = row::Entity::update_many()
        .col_expr(row::Column::State, Expr::value(state.as_ref()))
        .col_expr(row::Column::SplitAt, Expr::value(now))
        .filter(row::Column::Id.eq(id.0))
        .filter(row::Column::State.eq(BatchState::Stored.as_ref()));
    update = match outcome {
        Ok(pages) => update
            .col_expr(row::Column::Done, Expr::value(number(*pages)))
            .col_expr(row::Column::Pages, Expr::value(number(*pages))),
        Err(reason) => update
            .col_expr(row::Column::ReasonVi, Expr::value(reason.vi.as_ref()))
            .col_expr(row::Column::ReasonEn, Expr::value(reason.en.as_ref())),
    };
    Ok(update.exec(db).await?.rows_affected == 1)
}

/// Adds a part.
pub async fn add_part(db: &impl ConnectionTrait, part: &BatchPart) -> Result<(), DbErr> {
    part::Entity::insert(model(part)?.into_active_model())
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Saves a part that is held.
pub async fn save_part(db: &impl ConnectionTrait, part: &BatchPart) -> Result<(), DbErr> {
    part::Entity::update(model(part)?.into_active_model().reset_all())
        .exec(db)
        .await
        .map(drop)
}

/// A batch's parts, in their order.
pub async fn parts(db: &impl ConnectionTrait, id: BatchId) -> Result<Vec<BatchPart>, DbErr> {
    let rows = part::Entity::find()
        .filter(part::Column::Batch.eq(id.0))
        .order_by_asc(part::Column::Number)
        .all(db)
        .await?;
    rows.into_iter().map(BatchPart::try_from).collect()
}

/// One part, kept from being changed by others until the transaction ends.
pub async fn hold_part(
    db: &impl ConnectionTrait,
    id: BatchPartId,
) -> Result<Option<BatchPart>, DbErr> {
    let row = part::Entity::find_by_id(id.0)
        .lock_exclusive()
        .one(db)
        .await?;
    row.map(BatchPart::try_from).transpose()
}

fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn counted(number: i32, column: &str) -> Result<u32, DbErr> {
    u32::try_from(number).map_err(|_| senseless(column))
}

fn model(part: &BatchPart) -> Result<part::Model, DbErr> {
    let choices = (!part.choices.is_empty())
        .then(|| serde_json::to_string(&part.choices))
        .transpose();
    let (reason_vi, reason_en) = part
        .reason
        .clone()
        .map(|reason| (reason.vi.into_owned(), reason.en.into_owned()))
        .unzip();
    let (paper_vi, paper_en) = part.paper.clone().unzip();
    let (first, last) = part.pages.unzip();
    let file = part.file.as_ref();
    Ok(part::Model {
        id: part.id.0,
        batch: part.batch.0,
        number: number(part.number),
        sheet: part.sheet.map(number),
        first_page: first.map(number),
        last_page: last.map(number),
        sha256: file.map(|file| file.hash.to_string()),
        bytes: file.and_then(|file| i64::try_from(file.bytes).ok()),
        dossier: part.dossier.map(|dossier| dossier.0),
        code: part.code.as_ref().map(ToString::to_string),
        component: part.component.clone(),
        paper_vi,
        paper_en,
        replaces: part.replaces,
        question: number(part.question),
        state: part.state.as_ref().to_owned(),
        reason_vi,
        reason_en,
        choices: choices.map_err(|error| DbErr::Json(error.to_string()))?,
        document: part.document.map(|document| document.0),
        settled_by: part.settled_by.map(|officer| officer.0),
        settled_at: part.settled_at,
    })
}

fn kept(sha256: &str, bytes: i64) -> Option<Kept> {
    Some(Kept {
        hash: Hash::parse(sha256)?,
        bytes: u64::try_from(bytes).ok()?,
    })
}

fn reason(vi: Option<String>, en: Option<String>) -> Option<Refused> {
    vi.zip(en).map(|(vi, en)| Refused::because(vi, en))
}

impl TryFrom<row::Model> for Batch {
    type Error = DbErr;

    fn try_from(row: row::Model) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.id.into(),
            officer: row.officer.into(),
            officer_name: row
                .officer_name
                .parse()
                .map_err(|_| senseless("batches.officer_name"))?,
            name: FileName::kept(row.name),
            file: kept(&row.sha256, row.bytes).ok_or_else(|| senseless("batches.sha256"))?,
            state: row.state.parse().map_err(|_| senseless("batches.state"))?,
            reason: reason(row.reason_vi, row.reason_en),
            progress: Progress {
                done: counted(row.done, "batches.done")?,
                pages: counted(row.pages, "batches.pages")?,
            },
            stored_at: row.stored_at,
        })
    }
}

impl TryFrom<part::Model> for BatchPart {
    type Error = DbErr;

    fn try_from(row: part::Model) -> Result<Self, DbErr> {
        let page = |number: Option<i32>| {
            number
                .map(|number| counted(number, "batch_parts.page"))
                .transpose()
        };
        let file = row.sha256.as_deref().zip(row.bytes);
        let file = file.map(|(sha256, bytes)| {
            kept(sha256, bytes).ok_or_else(|| senseless("batch_parts.sha256"))
        });
        let choices = row.choices.as_deref().map(serde_json::from_str).transpose();
        let code = row.code.as_deref().map(str::parse).transpose();
        Ok(Self {
            id: row.id.into(),
            batch: row.batch.into(),
            number: counted(row.number, "batch_parts.number")?,
            sheet: page(row.sheet)?,
            pages: page(row.first_page)?.zip(page(row.last_page)?),
            file: file.transpose()?,
            dossier: row.dossier.map(DossierId),
            code: code.map_err(|_| senseless("batch_parts.code"))?,
            component: row.component,
            paper: row.paper_vi.zip(row.paper_en),
            replaces: row.replaces,
            question: counted(row.question, "batch_parts.question")?,
            state: row
                .state
                .parse()
                .map_err(|_| senseless("batch_parts.state"))?,
            reason: reason(row.reason_vi, row.reason_en),
            choices: choices
                .map_err(|_| senseless("batch_parts.choices"))?
                .unwrap_or_default(),
            document: row.document.map(DocumentId),
            settled_by: row.settled_by.map(AccountId),
            settled_at: row.settled_at,
        })
    }
}
