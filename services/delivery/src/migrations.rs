//! Delivery's tables: the books that numbers come from, the results, their shipments.

use sea_orm_migration::prelude::*;

/// Every migration, oldest first.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Results)]
}

struct Results;

impl MigrationName for Results {
    fn name(&self) -> &'static str {
        "m0001_results"
    }
}

fn column(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
}

fn text(name: &'static str) -> ColumnDef {
    column(name).text().take()
}

fn moment(name: &'static str) -> ColumnDef {
    column(name).timestamp_with_time_zone().take()
}

#[async_trait::async_trait]
impl MigrationTrait for Results {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(books()).await?;
        manager.create_table(results()).await?;
        // Each of these is a promise: one result a dossier, no number twice, no code for two papers.
        let unique = [
            ("results_dossier", vec!["dossier"]),
            (
                "results_number",
                vec!["organisation", "symbol", "year", "sequence"],
            ),
            ("results_check_code", vec!["check_code"]),
        ];
        for (name, columns) in unique {
            manager
                .create_index(index(name, "results", &columns).unique().to_owned())
                .await?;
        }
        manager
            .create_index(index("results_sha256", "results", &["sha256"]))
            .await?;
        manager
            .create_index(index("results_state", "results", &["state", "issued_at"]))
            .await?;
        manager.create_table(shipments()).await
    }
}

fn index(
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

fn books() -> TableCreateStatement {
    Table::create()
        .table("books")
        .col(text("organisation").not_null())
        .col(text("symbol").not_null())
        .col(column("year").integer().not_null())
        .col(column("last").big_integer().not_null())
        .primary_key(
            Index::create()
                .col("organisation")
                .col("symbol")
                .col("year"),
        )
        .take()
}

fn results() -> TableCreateStatement {
    Table::create()
        .table("results")
        .col(column("id").uuid().not_null().primary_key())
        .col(column("dossier").uuid().not_null())
        .col(text("code").not_null())
        .col(column("owner").uuid().not_null())
        .col(text("initials").not_null())
        .col(text("procedure").not_null())
        .col(text("title").not_null())
        .col(text("title_en").not_null())
        .col(text("organisation").not_null())
        .col(text("organisation_name").not_null())
        .col(text("symbol").not_null())
        .col(column("year").integer().not_null())
        .col(column("sequence").big_integer().not_null())
        .col(text("number").not_null())
        .col(text("check_code").not_null())
        .col(column("copies").integer().not_null())
        .col(text("delivery").not_null())
        .col(text("paper").not_null())
        .col(text("state").not_null())
        .col(moment("numbered_at").not_null())
        .col(text("sha256"))
        .col(column("bytes").big_integer())
        .col(moment("issued_at"))
        .col(moment("opened_at"))
        .col(text("handed_over_by"))
        .col(moment("handed_over_at"))
        .col(text("handed_over_to"))
        .col(text("handed_over_note"))
        .col(column("officer").uuid())
        .col(moment("revoked_at"))
        .col(text("revoked_reason"))
        .col(column("revoked_by").uuid())
        .take()
}

fn shipments() -> TableCreateStatement {
    Table::create()
        .table("shipments")
        .col(column("result").uuid().not_null())
        .col(text("carrier").not_null())
        .col(text("number").not_null())
        .col(column("officer").uuid().not_null())
        .col(moment("shipped_at").not_null())
        .primary_key(Index::create().col("result").col("carrier").col("number"))
        .foreign_key(
            ForeignKey::create()
                .from("shipments", "result")
                .to("results", "id"),
        )
        .take()
}
