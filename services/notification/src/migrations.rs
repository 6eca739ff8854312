//! Notification's tables: whom a dossier's news goes to, the messages, the mails that carry them.

use sea_orm_migration::prelude::*;

/// Every migration, oldest first.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Messages)]
}

struct Messages;

impl MigrationName for Messages {
    fn name(&self) -> &'static str {
        "m0001_messages"
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
impl MigrationTrait for Messages {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(contacts()).await?;
        manager.create_table(messages()).await?;
        // One event of a dossier is told once, whatever is heard how often.
        let mut once = index("messages_once", &["dossier", "event", "happened_at"]);
        manager.create_index(once.unique().take()).await?;
        manager
            .create_index(index("messages_account", &["account", "happened_at"]))
            .await?;
        manager.create_table(mails()).await
    }
}

fn index(name: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table("messages");
    for column in columns {
        index.col(*column);
    }
    index
}

fn contacts() -> TableCreateStatement {
    Table::create()
        .table("contacts")
        .col(column("dossier").uuid().not_null().primary_key())
        .col(column("account").uuid().not_null())
        .col(text("name").not_null())
        .col(text("email"))
        .col(text("phone"))
        .col(text("procedure_vi").not_null())
        .col(text("procedure_en").not_null())
        .col(text("code"))
        .take()
}

fn messages() -> TableCreateStatement {
    Table::create()
        .table("messages")
        .col(column("id").uuid().not_null().primary_key())
        .col(column("dossier").uuid().not_null())
        .col(column("account").uuid().not_null())
        .col(text("event").not_null())
        .col(text("title").not_null())
        .col(text("body").not_null())
        .col(text("title_en").not_null())
        .col(text("body_en").not_null())
        .col(text("link").not_null())
        .col(moment("happened_at").not_null())
        .col(moment("written_at").not_null())
        .col(moment("read_at"))
        .foreign_key(
            ForeignKey::create()
                .from("messages", "dossier")
                .to("contacts", "dossier"),
        )
        .take()
}

fn mails() -> TableCreateStatement {
    Table::create()
        .table("mails")
        .col(column("message").uuid().not_null().primary_key())
        .col(text("address").not_null())
        .col(text("state").not_null())
        .col(column("attempts").integer().not_null())
        .col(column("answer").integer())
        .col(moment("tried_at"))
        .col(moment("sent_at"))
        .foreign_key(
            ForeignKey::create()
                .from("mails", "message")
                .to("messages", "id"),
        )
        .take()
}
