//! The tables of scan.

use sea_orm_migration::prelude::*;

/// Every migration, oldest first.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Documents)]
}

struct Documents;

impl MigrationName for Documents {
    fn name(&self) -> &'static str {
        "m0001_documents"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Documents {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = |name: &'static str| ColumnDef::new(Alias::new(name)).text().to_owned();
        manager
            .create_table(
                Table::create()
                    .table("documents")
                    .col(ColumnDef::new("id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("owner").uuid().not_null())
                    .col(text("kind"))
                    .col(text("name").not_null())
                    .col(text("sha256").not_null())
                    .col(ColumnDef::new("bytes").big_integer().not_null())
                    .col(text("media_type").not_null())
                    .col(text("state").not_null())
                    .col(text("reason_vi"))
                    .col(text("reason_en"))
                    .col(ColumnDef::new("letters").big_integer())
                    .col(
                        ColumnDef::new("stored_at")
                            .timestamp_with_time_zone()
                            .not_null(),
                    )
                    .col(ColumnDef::new("checked_at").timestamp_with_time_zone())
                    .to_owned(),
            )
            .await?;
        // The same citizen's same bytes are one document, however often they are sent.
        manager
            .create_index(
                Index::create()
                    .name("documents_owner_sha256")
                    .table("documents")
                    .col("owner")
                    .col("sha256")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("pages")
                    .col(ColumnDef::new("document").uuid().not_null())
                    .col(ColumnDef::new("number").integer().not_null())
                    .col(text("source").not_null())
                    .col(text("text").not_null())
                    .col(ColumnDef::new("confidence").float())
                    .primary_key(Index::create().col("document").col("number"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("pages", "document")
                            .to("documents", "id"),
                    )
                    .to_owned(),
            )
            .await
    }
}
