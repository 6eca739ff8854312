//! Whom a dossier's result is for, as rows.

use chassis::rows::put_once;
use contracts::{DossierId, desk::DossierDecided};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use self::rows::{ActiveModel, Column, Entity, Model};

/// Whom a dossier's result is for, and the desk that hands it over.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The dossier.
    pub dossier: DossierId,
    /// The code of the desk.
    pub desk: String,
    /// Their name.
    pub name: String,
    /// Their personal identification number.
    pub citizen_id: String,
    /// Their telephone number.
    pub phone: Option<String>,
    /// Their address on one line.
    pub address: Option<String>,
}

impl From<&DossierDecided> for Recipient {
    fn from(decided: &DossierDecided) -> Self {
        let applicant = &decided.applicant;
        Self {
            dossier: decided.dossier,
            desk: decided.organisation.to_string(),
            name: applicant.name.to_string(),
            citizen_id: applicant.citizen_id.to_string(),
            phone: applicant.phone.as_ref().map(ToString::to_string),
            address: applicant.address.as_ref().map(ToString::to_string),
        }
    }
}

impl From<Model> for Recipient {
    fn from(row: Model) -> Self {
        Self {
            dossier: DossierId(row.dossier),
            desk: row.desk,
            name: row.name,
            citizen_id: row.citizen_id,
            phone: row.phone,
            address: row.address,
        }
    }
}

/// Writes down whom a dossier's result is for, once.
pub async fn keep(db: &impl ConnectionTrait, recipient: Recipient) -> Result<(), DbErr> {
    let row = ActiveModel {
        dossier: Set(recipient.dossier.0),
        desk: Set(recipient.desk),
        name: Set(recipient.name),
        citizen_id: Set(recipient.citizen_id),
        phone: Set(recipient.phone),
        address: Set(recipient.address),
    };
    put_once(db, row, [Column::Dossier]).await.map(drop)
}

/// Whom some dossiers' results are for.
pub async fn of(
    db: &impl ConnectionTrait,
    dossiers: impl IntoIterator<Item = DossierId>,
) -> Result<Vec<Recipient>, DbErr> {
    let dossiers = dossiers.into_iter().map(|dossier| dossier.0);
    let rows = Entity::find().filter(Column::Dossier.is_in(dossiers));
    Ok(rows
        .all(db)
        .await?
        .into_iter()
        .map(Recipient::from)
        .collect())
}

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "recipients")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub dossier: Uuid,
        pub desk: String,
        pub name: String,
        pub citizen_id: String,
        pub phone: Option<String>,
        pub address: Option<String>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
