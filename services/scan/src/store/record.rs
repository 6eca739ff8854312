//! The record of documents, as rows that are added and never changed: the database itself refuses anything else.

use std::collections::BTreeMap;

use chassis::rows::put_once;
use chrono::{DateTime, Utc};
use contracts::{DocumentId, DossierId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::senseless;
use crate::domain::{By, Deed, Entry, ROLES};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "document_record")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub document: Uuid,
        pub at: DateTimeUtc,
        pub deed: String,
        pub role: String,
        pub actor: Option<Uuid>,
        pub actor_name: Option<String>,
        pub dossier: Option<Uuid>,
        pub procedure: Option<String>,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn line(
    id: Uuid,
    document: DocumentId,
    deed: Deed,
    by: By<'_>,
    at: DateTime<Utc>,
) -> row::ActiveModel {
    let (role, actor, name) = match by {
        By::Owner(account) => (ROLES[0], Some(account.0), None),
        By::Officer(account, name) => (ROLES[1], Some(account.0), Some(name.to_owned())),
        By::System => (ROLES[2], None, None),
    };
    row::ActiveModel {
        id: Set(id),
        document: Set(document.0),
        at: Set(at),
        deed: Set(deed.as_str().to_owned()),
        role: Set(role.to_owned()),
        actor: Set(actor),
        actor_name: Set(name),
        dossier: Set(None),
        procedure: Set(None),
    }
}

/// Adds a line, for the dossier that it was done for if that is known to have the document.
pub async fn add(
    db: &impl ConnectionTrait,
    id: Uuid,
    document: DocumentId,
    deed: Deed,
    by: By<'_>,
    dossier: Option<DossierId>,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let known = match dossier {
        Some(dossier) => {
            row::Entity::find_by_id(of_dossier(document, dossier))
                .one(db)
                .await?
        }
        None => None,
    };
    let row = row::ActiveModel {
        dossier: Set(known.as_ref().and_then(|known| known.dossier)),
        procedure: Set(known.and_then(|known| known.procedure)),
        ..line(id, document, deed, by, at)
    };
    row::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Adds that a dossier was filed with a document, once however often it is heard. Tells whether it is new.
pub async fn enclose(
    db: &impl ConnectionTrait,
    document: DocumentId,
    by: By<'_>,
    dossier: DossierId,
    procedure: &str,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = row::ActiveModel {
        dossier: Set(Some(dossier.0)),
        procedure: Set(Some(procedure.to_owned())),
        ..line(
            of_dossier(document, dossier),
            document,
            Deed::Enclosed,
            by,
            at,
        )
    };
    put_once(db, row, [row::Column::Id]).await
}

/// The id of the line that says that a dossier has a document: there is one such line.
fn of_dossier(document: DocumentId, dossier: DossierId) -> Uuid {
    Uuid::new_v5(&document.0, dossier.0.as_bytes())
}

/// The first dossier that was filed with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstUse {
    /// The dossier.
    pub dossier: DossierId,
    /// The procedure it is under.
    pub procedure: String,
    /// When it was filed.
    pub at: DateTime<Utc>,
}

/// The first use of each of these documents that was used.
pub async fn first_uses(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = DocumentId>,
) -> Result<BTreeMap<DocumentId, FirstUse>, DbErr> {
    let rows = row::Entity::find()
        .filter(row::Column::Document.is_in(ids.into_iter().map(|id| id.0)))
        .filter(row::Column::Deed.eq(Deed::Enclosed.as_str()))
        // The last one put into the map stays.
        .order_by_desc(row::Column::At)
        .order_by_desc(row::Column::Id)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let dossier = row
                .dossier
                .ok_or_else(|| senseless("document_record.dossier"))?;
            let procedure = row
                .procedure
                .ok_or_else(|| senseless("document_record.procedure"))?;
            let first = FirstUse {
                dossier: dossier.into(),
                procedure,
                at: row.at,
            };
            Ok((row.document.into(), first))
        })
        .collect()
}

/// A document's record, newest first.
pub async fn of(
    db: &impl ConnectionTrait,
    document: DocumentId,
    skip: u64,
    most: u64,
) -> Result<Vec<Entry>, DbErr> {
    let rows = row::Entity::find()
        .filter(row::Column::Document.eq(document.0))
        .order_by_desc(row::Column::At)
        .order_by_desc(row::Column::Id)
        .offset(skip)
        .limit(most)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let role = ROLES.into_iter().find(|role| *role == row.role);
            Ok(Entry {
                at: row.at,
                deed: Deed::named(&row.deed).ok_or_else(|| senseless("document_record.deed"))?,
                role: role.ok_or_else(|| senseless("document_record.role"))?,
                name: row.actor_name,
                dossier: row.dossier.map(DossierId),
                procedure: row.procedure,
            })
        })
        .collect()
}
