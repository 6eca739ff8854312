//! The register's tables.

use sea_orm_migration::{
    async_trait::async_trait,
    prelude::{
        ColumnDef, DbErr, DeriveIden, Index, MigrationName, MigrationTrait, SchemaManager, Table,
    },
};

/// In order of age.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Register)]
}

struct Register;

impl MigrationName for Register {
    fn name(&self) -> &'static str {
        "m0001_register"
    }
}

#[derive(DeriveIden)]
enum Records {
    Table,
    Id,
    Kind,
    NumberKey,
    OfficeKey,
    Record,
    AddedAt,
}

#[derive(DeriveIden)]
enum Names {
    Table,
    Record,
    NameKey,
}

#[async_trait]
impl MigrationTrait for Register {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let records = Table::create()
            .table(Records::Table)
            .col(ColumnDef::new(Records::Id).uuid().not_null().primary_key())
            .col(ColumnDef::new(Records::Kind).string_len(20).not_null())
            .col(ColumnDef::new(Records::NumberKey).string_len(60).not_null())
            .col(
                ColumnDef::new(Records::OfficeKey)
                    .string_len(400)
                    .not_null(),
            )
            .col(ColumnDef::new(Records::Record).text().not_null())
            .col(
                ColumnDef::new(Records::AddedAt)
                    .timestamp_with_time_zone()
                    .not_null(),
            )
            .to_owned();
        let once = Index::create()
            .name("records_once")
            .table(Records::Table)
            .col(Records::Kind)
            .col(Records::NumberKey)
            .col(Records::OfficeKey)
            .unique()
            .to_owned();
        let names = Table::create()
            .table(Names::Table)
            .col(ColumnDef::new(Names::Record).uuid().not_null())
            .col(ColumnDef::new(Names::NameKey).string_len(200).not_null())
            .primary_key(Index::create().col(Names::Record).col(Names::NameKey))
            .to_owned();
        let by_name = Index::create()
            .name("names_by_name")
            .table(Names::Table)
            .col(Names::NameKey)
            .to_owned();
        manager.create_table(records).await?;
        manager.create_index(once).await?;
        manager.create_table(names).await?;
        manager.create_index(by_name).await
    }
}
