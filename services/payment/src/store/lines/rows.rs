//! The tables' rows, as SeaORM sees them.

pub mod transfer_references {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "transfer_references")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub order_id: Uuid,
        pub reference: String,
        pub made_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod bank_lines {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "bank_lines")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub account: String,
        pub reference: String,
        pub booked_on: String,
        pub direction: String,
        pub amount: i64,
        pub remitter: String,
        pub purpose: String,
        pub end_to_end: String,
        pub reversal: bool,
        pub found: String,
        pub order_id: Option<Uuid>,
        pub source: String,
        pub officer: Option<Uuid>,
        pub taken_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod line_settlements {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "line_settlements")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub line_id: Uuid,
        pub order_id: Option<Uuid>,
        pub against: Option<Uuid>,
        pub refund_id: Option<Uuid>,
        pub account: Option<String>,
        pub charge: i64,
        pub officer: Option<Uuid>,
        pub reason: String,
        pub settled_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
