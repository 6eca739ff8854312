//! Uploads that come piece by piece, as rows.

use chassis::rows::nonsense;
use chrono::{DateTime, Utc};
use contracts::{AccountId, DocumentId};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    sea_query::Expr,
};
use uuid::Uuid;

use crate::domain::{MediaType, tus::Metadata};

pub(super) mod upload {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "uploads")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub owner: Uuid,
        pub metadata: String,
        pub length: i64,
        pub received: i64,
        pub media_type: Option<String>,
        pub document: Option<Uuid>,
        pub dossier: Option<Uuid>,
        pub begun_at: DateTimeUtc,
        pub expires_at: DateTimeUtc,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod piece {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "upload_pieces")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub upload: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub begins: i64,
        pub bytes: i64,
        pub name: Uuid,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An upload on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coming {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub owner: AccountId,
    /// What its sender said of it.
    pub metadata: Metadata,
    /// Bytes of the whole file.
    pub length: u64,
    /// Bytes that are safe.
    pub received: u64,
    /// What kind of file it is, once enough has come to tell.
    pub media_type: Option<MediaType>,
    /// The document it has become.
    pub document: Option<DocumentId>,
    /// Until when it can go on.
    pub expires_at: DateTime<Utc>,
}

/// Bytes of an upload that are safe under a name of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Where in the file they begin.
    pub begins: u64,
    /// How many.
    pub bytes: u64,
    /// Under which name they lie.
    pub name: Uuid,
}

fn size(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn read_size(bytes: i64) -> Result<u64, DbErr> {
    u64::try_from(bytes).map_err(|_| nonsense("size"))
}

/// Begins an upload.
pub async fn begin(
    db: &impl ConnectionTrait,
    coming: &Coming,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = upload::ActiveModel {
        id: Set(coming.id),
        owner: Set(coming.owner.0),
        metadata: Set(coming.metadata.header.clone()),
        length: Set(size(coming.length)),
        received: Set(size(coming.received)),
        begun_at: Set(now),
        expires_at: Set(coming.expires_at),
        dossier: Set(coming.metadata.dossier.map(|dossier| dossier.0)),
        media_type: NotSet,
        document: NotSet,
    };
    upload::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// An upload.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Coming>, DbErr> {
    let row = upload::Entity::find_by_id(id).one(db).await?;
    row.map(Coming::try_from).transpose()
}

/// An upload's pieces in order.
pub async fn pieces(db: &impl ConnectionTrait, id: Uuid) -> Result<Vec<Piece>, DbErr> {
    let rows = piece::Entity::find()
        .filter(piece::Column::Upload.eq(id))
        .order_by_asc(piece::Column::Begins)
        .all(db)
        .await?;
    let read = |row: piece::Model| {
        Ok(Piece {
            begins: read_size(row.begins)?,
            bytes: read_size(row.bytes)?,
            name: row.name,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Adds pieces to an upload that holds `from` bytes, unless somebody else has been quicker: then nothing is changed.
pub async fn grow(
    db: &impl ConnectionTrait,
    id: Uuid,
    from: u64,
    pieces: &[Piece],
    media_type: Option<MediaType>,
) -> Result<bool, DbErr> {
    let to = pieces.iter().fold(from, |at, piece| at + piece.bytes);
    let kind = media_type.map(MediaType::as_str);
    let grown = upload::Entity::update_many()
        .col_expr(upload::Column::Received, Expr::value(size(to)))
        .col_expr(upload::Column::MediaType, Expr::value(kind))
        .filter(upload::Column::Id.eq(id))
        .filter(upload::Column::Received.eq(size(from)))
        .filter(upload::Column::Document.is_null())
        .exec(db)
        .await?;
    if grown.rows_affected == 0 {
        return Ok(false);
    }
    let rows: Vec<_> = pieces
        .iter()
        .map(|piece| piece::ActiveModel {
            upload: Set(id),
            begins: Set(size(piece.begins)),
            bytes: Set(size(piece.bytes)),
            name: Set(piece.name),
        })
        .collect();
    if !rows.is_empty() {
        piece::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(true)
}

/// An upload has ended as a document.
pub async fn become_document(
    db: &impl ConnectionTrait,
    id: Uuid,
    document: DocumentId,
) -> Result<(), DbErr> {
    upload::Entity::update_many()
        .col_expr(upload::Column::Document, Expr::value(document.0))
        .filter(upload::Column::Id.eq(id))
        .exec(db)
        .await
        .map(drop)
}

/// Forgets an upload.
pub async fn forget(db: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    piece::Entity::delete_many()
        .filter(piece::Column::Upload.eq(id))
        .exec(db)
        .await?;
    upload::Entity::delete_by_id(id).exec(db).await.map(drop)
}

impl TryFrom<upload::Model> for Coming {
    type Error = DbErr;

    fn try_from(row: upload::Model) -> Result<Self, DbErr> {
        let kind = row.media_type.as_deref().map(MediaType::named);
        Ok(Self {
            id: row.id,
            owner: row.owner.into(),
            metadata: Metadata::parse(&row.metadata).map_err(|_| nonsense("metadata"))?,
            length: read_size(row.length)?,
            received: read_size(row.received)?,
            media_type: match kind {
                Some(None) => return Err(nonsense("media type")),
                kind => kind.flatten(),
            },
            document: row.document.map(DocumentId::from),
            expires_at: row.expires_at,
        })
    }
}
