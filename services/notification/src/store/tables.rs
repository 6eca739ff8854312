//! The tables as SeaORM reads them.

pub mod contacts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "contacts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub dossier: Uuid,
        pub account: Uuid,
        pub name: String,
        pub email: Option<String>,
        pub phone: Option<String>,
        pub procedure_vi: String,
        pub procedure_en: String,
        pub code: Option<String>,
        pub procedure_code: Option<String>,
        pub procedure_version: Option<i32>,
        pub supplemented_at: Option<DateTimeUtc>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod messages {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "messages")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub dossier: Uuid,
        pub account: Uuid,
        pub event: String,
        pub title: String,
        pub body: String,
        pub title_en: String,
        pub body_en: String,
        pub link: String,
        pub happened_at: DateTimeUtc,
        pub written_at: DateTimeUtc,
        pub read_at: Option<DateTimeUtc>,
        pub telling: Option<Uuid>,
        pub digest_at: Option<DateTimeUtc>,
        pub is_moot: bool,
        pub short: String,
        pub short_en: String,
        pub details: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod tellings {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "tellings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub account: Uuid,
        pub dossier: Uuid,
        pub urgency: String,
        pub lane: i16,
        pub state: String,
        pub due_at: DateTimeUtc,
        pub opened_at: DateTimeUtc,
        pub ended_at: Option<DateTimeUtc>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod attempts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "attempts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub telling: Uuid,
        pub channel: String,
        pub address: String,
        pub state: String,
        pub tries: i32,
        pub begun_at: DateTimeUtc,
        pub tried_at: DateTimeUtc,
        pub until_at: DateTimeUtc,
        pub provider: Option<String>,
        pub reference: Option<String>,
        pub code: Option<String>,
        pub ended_at: Option<DateTimeUtc>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod preferences {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "preferences")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub account: Uuid,
        pub language: String,
        pub quiet_from: Option<i32>,
        pub quiet_to: Option<i32>,
        pub is_digest: bool,
        pub off: String,
        pub changed_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod calls {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "calls")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub telling: Uuid,
        pub dossier: Uuid,
        pub opened_at: DateTimeUtc,
        pub owner: Option<Uuid>,
        pub owner_name: String,
        pub claimed_at: Option<DateTimeUtc>,
        pub tries: i32,
        pub result: Option<String>,
        pub note: String,
        pub done_at: Option<DateTimeUtc>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod subscriptions {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "subscriptions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub account: Uuid,
        pub endpoint: String,
        pub keys: String,
        pub made_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod early_receipts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "early_receipts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub provider: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub reference: String,
        pub outcome: String,
        pub code: Option<String>,
        pub at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Text that must not be printed.
#[derive(Clone, PartialEq, Eq, sea_orm::DeriveValueType)]
pub struct Hidden(pub String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden(…)")
    }
}

pub mod signing_keys {
    use sea_orm::entity::prelude::*;

    use super::Hidden;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "signing_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub key: Hidden,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod zalo_tokens {
    use sea_orm::entity::prelude::*;

    use super::Hidden;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "zalo_tokens")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub tokens: Hidden,
        pub held_by: Option<Uuid>,
        pub held_until: Option<DateTimeUtc>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod directs {
    use sea_orm::entity::prelude::*;

    use super::Hidden;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "directs")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub is_code: bool,
        pub address: Hidden,
        pub content: Hidden,
        pub state: String,
        pub tried: String,
        pub due_at: DateTimeUtc,
        pub heard_at: DateTimeUtc,
        pub expires_at: DateTimeUtc,
        pub provider: Option<String>,
        pub reference: Option<String>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
