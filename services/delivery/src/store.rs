//! The book of results as rows. Every change is guarded by the state it starts from.

pub mod attestations;
pub mod codes;
pub mod deposits;
pub mod keys;
pub mod parcels;
pub mod pretend;
pub mod recipients;
pub mod reminders;
pub mod rounds;
pub mod shipments;
mod tables;

use chassis::rows::{json, nonsense, put_once, read, read_word, word};
use chrono::{DateTime, Utc};
use contracts::{AccountId, Delivery, DossierId, ResultId, Text};
use files::{Hash, Kept};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait,
    QueryFilter, QueryOrder, QuerySelect, prelude::Expr, sea_query::OnConflict,
};

use self::tables::{books, results};
use crate::domain::{
    State, attestation::Attestation, code::CheckCode, evidence::Evidence, paper::Paper,
};

/// The book that a result is numbered in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// The code of the body that decides.
    pub organisation: String,
    /// The symbol after the number.
    pub symbol: String,
    /// The year in Vietnam.
    pub year: i32,
}

/// A result on the day it gets its number.
#[derive(Debug, Clone)]
pub struct Minted {
    /// The entry, in the state [`State::Numbered`].
    pub entry: Entry,
    /// The account of who signed it off, where it is known.
    pub signer: Option<AccountId>,
}

/// A result as the book keeps it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The result.
    pub id: ResultId,
    /// The dossier it answers.
    pub dossier: DossierId,
    /// The dossier's code.
    pub code: String,
    /// Whose it is.
    pub owner: AccountId,
    /// What the public learns of them.
    pub initials: String,
    /// Whom it is for; unknown for what was numbered before names were kept.
    pub holder: Option<String>,
    /// The procedure.
    pub procedure: String,
    /// The version of it that the dossier keeps; unknown for what was decided before versions were kept.
    pub procedure_version: Option<u32>,
    /// What it is called.
    pub title: String,
    /// What it is called in English.
    pub title_en: String,
    /// The name of the body that decided.
    pub organisation_name: String,
    /// The book it is numbered in.
    pub book: Book,
    /// Its place in the book.
    pub sequence: i64,
    /// Number and symbol.
    pub number: String,
    /// The code by which anybody can check it.
    pub check_code: String,
    /// Copies asked for.
    pub copies: u32,
    /// How the citizen wants it.
    pub delivery: Delivery,
    /// What is printed.
    pub paper: Paper,
    /// Where it stands.
    pub state: State,
    /// When it got its number.
    pub numbered_at: DateTime<Utc>,
    /// The SHA-256 of its file and when it was issued.
    pub issued: Option<(Hash, DateTime<Utc>)>,
    /// When its owner first opened it.
    pub opened_at: Option<DateTime<Utc>>,
    /// By which way and when it was handed over.
    pub handed_over: Option<(Delivery, DateTime<Utc>)>,
    /// When it was taken back or replaced.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Why.
    pub revoked_reason: Option<String>,
    /// The dossier's how manieth result it is.
    pub edition: i32,
    /// The one it stands for.
    pub replaces: Option<Replaces>,
    /// The one that stands for it.
    pub replaced_by: Option<ResultId>,
}

/// What a result stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaces {
    /// The earlier result.
    pub result: ResultId,
    /// Who replaced it.
    pub by: AccountId,
    /// Why.
    pub reason: String,
}

impl TryFrom<results::Model> for Entry {
    type Error = DbErr;

    fn try_from(row: results::Model) -> Result<Self, DbErr> {
        let way = |word: &str| read_word("way of delivery", word);
        let handed_over_by = row.handed_over_by.as_deref().map(way).transpose()?;
        let hash = |text: String| Hash::parse(&text).ok_or_else(|| nonsense("hash"));
        let hash = row.sha256.map(hash).transpose()?;
        let version = row.procedure_version.map(u32::try_from).transpose();
        Ok(Self {
            id: ResultId(row.id),
            dossier: DossierId(row.dossier),
            code: row.code,
            owner: AccountId(row.owner),
            initials: row.initials,
            holder: row.holder,
            book: Book {
                organisation: row.organisation,
                symbol: row.symbol,
                year: row.year,
            },
            sequence: row.sequence,
            procedure: row.procedure,
            procedure_version: version.map_err(|_| nonsense("version of a procedure"))?,
            title: row.title,
            title_en: row.title_en,
            organisation_name: row.organisation_name,
            number: row.number,
            check_code: row.check_code,
            copies: u32::try_from(row.copies).map_err(|_| nonsense("number of copies"))?,
            delivery: way(&row.delivery)?,
            paper: read("paper", &row.paper)?,
            state: row.state.parse().map_err(|_| nonsense("state"))?,
            numbered_at: row.numbered_at,
            issued: hash.zip(row.issued_at),
            opened_at: row.opened_at,
            handed_over: handed_over_by.zip(row.handed_over_at),
            revoked_at: row.revoked_at,
            revoked_reason: row.revoked_reason,
            edition: row.edition,
            replaces: row
                .replaces
                .zip(row.replacing_by)
                .map(|(result, by)| Replaces {
                    result: ResultId(result),
                    by: AccountId(by),
                    reason: row.replacing_reason.unwrap_or_default(),
                }),
            replaced_by: row.replaced_by.map(ResultId),
        })
    }
}

/// What is proved of a result from the moment it has its number.
pub fn begun(entry: &Entry, signer: Option<AccountId>) -> [Attestation; 2] {
    let (printed, at) = (entry.paper.signer(), entry.paper.head().issued_at);
    let book = format!("{}/{}", entry.book.symbol, entry.book.year);
    let body = entry.organisation_name.clone();
    [
        Attestation::signed(printed.name.clone(), printed.title.clone(), signer, at),
        Attestation::numbered(body, book, entry.sequence, entry.numbered_at),
    ]
}

/// The next number of a book. Its row is held until the transaction ends: a number is never given twice, and one that is
/// rolled back is given again.
pub async fn next_number(db: &impl ConnectionTrait, book: &Book) -> Result<i64, DbErr> {
    let first = books::ActiveModel {
        organisation: Set(book.organisation.clone()),
        symbol: Set(book.symbol.clone()),
        year: Set(book.year),
        last: Set(1),
    };
    let key = [
        books::Column::Organisation,
        books::Column::Symbol,
        books::Column::Year,
    ];
    let next = Expr::col((books::Entity, books::Column::Last)).add(1);
    let or_next = OnConflict::columns(key)
        .value(books::Column::Last, next)
        .to_owned();
    let row = books::Entity::insert(first)
        .on_conflict(or_next)
        .exec_with_returning(db)
        .await?;
    Ok(row.last)
}

/// Keeps a new result; `false` when its dossier has that edition already.
pub async fn mint(db: &impl ConnectionTrait, minted: &Minted) -> Result<bool, DbErr> {
    let Minted { entry, signer } = minted;
    let book = &entry.book;
    let replaces = entry.replaces.as_ref();
    let version = entry.procedure_version.map(i32::try_from).transpose();
    let row = results::ActiveModel {
        id: Set(entry.id.0),
        dossier: Set(entry.dossier.0),
        code: Set(entry.code.clone()),
        owner: Set(entry.owner.0),
        initials: Set(entry.initials.clone()),
        procedure: Set(entry.procedure.clone()),
        procedure_version: Set(version.map_err(|_| nonsense("version of a procedure"))?),
        title: Set(entry.title.clone()),
        title_en: Set(entry.title_en.clone()),
        organisation: Set(book.organisation.clone()),
        organisation_name: Set(entry.organisation_name.clone()),
        symbol: Set(book.symbol.clone()),
        year: Set(book.year),
        sequence: Set(entry.sequence),
        number: Set(entry.number.clone()),
        check_code: Set(entry.check_code.clone()),
        copies: Set(i32::try_from(entry.copies).unwrap_or(i32::MAX)),
        delivery: Set(word(&entry.delivery)?),
        paper: Set(json(&entry.paper)?),
        state: Set(entry.state.name().to_owned()),
        numbered_at: Set(entry.numbered_at),
        holder: Set(entry.holder.clone()),
        edition: Set(entry.edition),
        replaces: Set(replaces.map(|replaces| replaces.result.0)),
        replacing_by: Set(replaces.map(|replaces| replaces.by.0)),
        replacing_reason: Set(replaces.map(|replaces| replaces.reason.clone())),
        ..Default::default()
    };
    let edition = [results::Column::Dossier, results::Column::Edition];
    let is_new = put_once(db, row, edition).await?;
    if is_new {
        attestations::put(db, entry.id, &begun(entry, *signer)).await?;
    }
    Ok(is_new)
}

/// One result.
pub async fn entry(db: &impl ConnectionTrait, id: ResultId) -> Result<Option<Entry>, DbErr> {
    results::Entity::find_by_id(id.0)
        .one(db)
        .await?
        .map(Entry::try_from)
        .transpose()
}

/// One result, kept from being changed by others until the transaction ends.
pub async fn hold(db: &impl ConnectionTrait, id: ResultId) -> Result<Option<Entry>, DbErr> {
    let held = results::Entity::find_by_id(id.0).lock_exclusive();
    held.one(db).await?.map(Entry::try_from).transpose()
}

/// A dossier's result, the latest where there are several.
pub async fn of_dossier(
    db: &impl ConnectionTrait,
    dossier: DossierId,
) -> Result<Option<Entry>, DbErr> {
    found(db, results::Column::Dossier.eq(dossier.0)).await
}

/// The result with a check code.
pub async fn by_code(db: &impl ConnectionTrait, code: &CheckCode) -> Result<Option<Entry>, DbErr> {
    found(db, results::Column::CheckCode.eq(code.as_str())).await
}

/// The result whose file has a hash.
pub async fn by_hash(db: &impl ConnectionTrait, sha256: &str) -> Result<Option<Entry>, DbErr> {
    found(db, results::Column::Sha256.eq(sha256)).await
}

async fn found(
    db: &impl ConnectionTrait,
    which: sea_orm::sea_query::SimpleExpr,
) -> Result<Option<Entry>, DbErr> {
    results::Entity::find()
        .filter(which)
        .order_by_desc(results::Column::Edition)
        .one(db)
        .await?
        .map(Entry::try_from)
        .transpose()
}

/// The results whose dossier's code, number or check code is what was typed, newest first.
pub async fn sought(
    db: &impl ConnectionTrait,
    words: &str,
    most: u64,
) -> Result<Vec<Entry>, DbErr> {
    let mut which = Condition::any()
        .add(results::Column::Code.eq(words))
        .add(results::Column::Number.eq(words));
    if let Ok(code) = words.parse::<CheckCode>() {
        which = which.add(results::Column::CheckCode.eq(code.as_str()));
    }
    let found = results::Entity::find().filter(which);
    let rows = found
        .order_by_desc(results::Column::NumberedAt)
        .limit(most)
        .all(db)
        .await?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// The results that wait to be handed over on paper, longest first.
pub async fn waiting(db: &impl ConnectionTrait, most: u64) -> Result<Vec<Entry>, DbErr> {
    let issued = results::Entity::find().filter(results::Column::State.eq(State::Issued.name()));
    let rows = issued
        .order_by_asc(results::Column::IssuedAt)
        .limit(most)
        .all(db)
        .await?;
    rows.into_iter().map(Entry::try_from).collect()
}

async fn change(
    db: &impl ConnectionTrait,
    entry: &Entry,
    to: State,
    mut row: results::ActiveModel,
) -> Result<bool, DbErr> {
    row.state = Set(to.name().to_owned());
    let changed = results::Entity::update_many()
        .set(row)
        .filter(results::Column::Id.eq(entry.id.0))
        .filter(results::Column::State.eq(entry.state.name()))
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Writes down the file; `false` when the result is not in the state it was thought to be in.
pub async fn issue(
    db: &impl ConnectionTrait,
    entry: &Entry,
    to: State,
    kept: &Kept,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = results::ActiveModel {
        sha256: Set(Some(kept.hash.to_string())),
        bytes: Set(i64::try_from(kept.bytes).ok()),
        issued_at: Set(Some(now)),
        ..Default::default()
    };
    change(db, entry, to, row).await
}

/// Who took a result, and who gave it.
#[derive(Debug, Clone, Default)]
pub struct Receipt {
    /// The officer who gave it; nobody for the portal.
    pub officer: Option<AccountId>,
    /// Who took it.
    pub to: Option<String>,
    /// What the officer noted.
    pub note: Option<Text>,
    /// What proves it.
    pub evidence: Option<Evidence>,
}

/// Who took a result that was handed over, and who gave it.
pub async fn receipt(db: &impl ConnectionTrait, id: ResultId) -> Result<Option<Receipt>, DbErr> {
    let found = results::Entity::find_by_id(id.0).one(db).await?;
    let Some(row) = found.filter(|row| row.handed_over_at.is_some()) else {
        return Ok(None);
    };
    let evidence = row.proof.map(|text| read("evidence", &text)).transpose()?;
    Ok(Some(Receipt {
        officer: row.officer.map(AccountId),
        to: row.handed_over_to,
        note: row.handed_over_note.and_then(|note| note.try_into().ok()),
        evidence,
    }))
}

/// Writes down that a result is in the citizen's hands; `false` when its state was another.
pub async fn hand_over(
    db: &impl ConnectionTrait,
    entry: &Entry,
    to: State,
    by: Delivery,
    receipt: Receipt,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = results::ActiveModel {
        handed_over_by: Set(Some(word(&by)?)),
        handed_over_at: Set(Some(now)),
        handed_over_to: Set(receipt.to),
        handed_over_note: Set(receipt.note.map(String::from)),
        officer: Set(receipt.officer.map(|officer| officer.0)),
        proof: Set(receipt.evidence.as_ref().map(json).transpose()?),
        ..Default::default()
    };
    change(db, entry, to, row).await
}

/// Writes down that a result counts no more; `false` when its state was another.
pub async fn withdraw(
    db: &impl ConnectionTrait,
    entry: &Entry,
    to: State,
    by: AccountId,
    reason: &str,
    replaced_by: Option<ResultId>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = results::ActiveModel {
        revoked_at: Set(Some(now)),
        revoked_reason: Set(Some(reason.to_owned())),
        revoked_by: Set(Some(by.0)),
        replaced_by: Set(replaced_by.map(|other| other.0)),
        ..Default::default()
    };
    change(db, entry, to, row).await
}

/// Writes down when its owner first opened a result.
pub async fn opened(
    db: &impl ConnectionTrait,
    id: ResultId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = results::ActiveModel {
        opened_at: Set(Some(now)),
        ..Default::default()
    };
    let unopened = results::Entity::update_many()
        .set(row)
        .filter(results::Column::Id.eq(id.0));
    unopened
        .filter(results::Column::OpenedAt.is_null())
        .exec(db)
        .await
        .map(drop)
}
