//! The tables' rows, as SeaORM sees them.

pub mod tills {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "tills")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub officer: Uuid,
        pub officer_name: String,
        pub opened_with: i64,
        pub opened_at: DateTimeUtc,
        pub expected: Option<i64>,
        pub counted: Option<i64>,
        pub card_expected: Option<i64>,
        pub card_counted: Option<i64>,
        pub note: String,
        pub closed_at: Option<DateTimeUtc>,
        pub received_by: Option<Uuid>,
        pub received_name: String,
        pub received_at: Option<DateTimeUtc>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod till_moves {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "till_moves")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub till_id: Uuid,
        pub order_id: Uuid,
        pub refund_id: Option<Uuid>,
        pub kind: String,
        pub amount: i64,
        pub slip: String,
        pub moved_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
