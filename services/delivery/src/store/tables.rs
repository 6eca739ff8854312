//! The tables as SeaORM reads them.

pub mod attestations {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "attestations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub result: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub deed: String,
        pub follows: Option<String>,
        pub done_by: String,
        pub title: Option<String>,
        pub account: Option<Uuid>,
        pub done_at: DateTimeUtc,
        pub book: Option<String>,
        pub sequence: Option<i64>,
        pub subject: Option<String>,
        pub serial: Option<String>,
        pub fingerprint: Option<String>,
        pub level: Option<String>,
        pub sha256: Option<String>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod books {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "books")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub organisation: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub symbol: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub year: i32,
        pub last: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod pretend_authority {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "pretend_authority")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub one: i32,
        pub kept: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod proof_keys {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "proof_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub kid: String,
        pub made_here: Option<i32>,
        pub seed: Option<Vec<u8>>,
        pub jwk: String,
        pub created_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod results {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "results")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub dossier: Uuid,
        pub code: String,
        pub owner: Uuid,
        pub initials: String,
        pub procedure: String,
        pub procedure_version: Option<i32>,
        pub title: String,
        pub title_en: String,
        pub organisation: String,
        pub organisation_name: String,
        pub symbol: String,
        pub year: i32,
        pub sequence: i64,
        pub number: String,
        pub check_code: String,
        pub copies: i32,
        pub delivery: String,
        pub paper: String,
        pub state: String,
        pub numbered_at: DateTimeUtc,
        pub sha256: Option<String>,
        pub bytes: Option<i64>,
        pub issued_at: Option<DateTimeUtc>,
        pub opened_at: Option<DateTimeUtc>,
        pub handed_over_by: Option<String>,
        pub handed_over_at: Option<DateTimeUtc>,
        pub handed_over_to: Option<String>,
        pub handed_over_note: Option<String>,
        pub officer: Option<Uuid>,
        pub proof: Option<String>,
        pub revoked_at: Option<DateTimeUtc>,
        pub revoked_reason: Option<String>,
        pub revoked_by: Option<Uuid>,
        pub edition: i32,
        pub replaces: Option<Uuid>,
        pub replaced_by: Option<Uuid>,
        pub replacing_reason: Option<String>,
        pub replacing_by: Option<Uuid>,
        pub holder: Option<String>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod shipments {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "shipments")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub result: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub carrier: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: String,
        pub officer: Uuid,
        pub shipped_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
