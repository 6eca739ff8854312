//! The tables as SeaORM reads them.

pub mod webhooks {
    use sea_orm::entity::prelude::*;

    use crate::store::Hidden;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhooks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub url: String,
        pub events: String,
        pub procedures: String,
        pub secret: Hidden,
        pub previous: Option<Hidden>,
        pub state: String,
        pub failures: i32,
        pub made_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod deliveries {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhook_deliveries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub webhook: Uuid,
        pub event: Uuid,
        pub wire: String,
        pub body: String,
        pub state: String,
        pub tries: i32,
        pub due_at: DateTimeUtc,
        pub made_at: DateTimeUtc,
        pub answer: Option<i32>,
        pub tried_at: Option<DateTimeUtc>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
