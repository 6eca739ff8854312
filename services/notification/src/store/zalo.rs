//! Zalo's tokens as a row that all replicas share: whoever renews them holds a lease on it.

use std::sync::OnceLock;

use chassis::{App, Database};
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DbErr, EntityTrait, ExprTrait, QueryFilter,
};
use uuid::Uuid;

use super::tables::{Hidden, zalo_tokens};
use crate::channel::zalo::tokens::{TokenStore, Tokens, Unkept};

/// The one row.
const ROW: i32 = 1;

/// The store. It has no database until the service has one.
#[derive(Default)]
pub struct Kept(OnceLock<Database>);

impl Kept {
    /// Gives it the service's database, when the service starts.
    pub fn bind(&self, app: &App) {
        // It has one already where the same service is opened again: on the same database.
        let _ = self.0.set(app.db().clone());
    }

    fn db(&self) -> Result<&Database, Unkept> {
        self.0
            .get()
            .ok_or_else(|| Unkept("the service has not started".to_owned()))
    }

    async fn change(&self, row: zalo_tokens::ActiveModel, who: Condition) -> Result<bool, Unkept> {
        let held = zalo_tokens::Entity::update_many()
            .set(row)
            .filter(zalo_tokens::Column::Id.eq(ROW))
            .filter(who);
        let done = held.exec(self.db()?.reads()).await.map_err(unkept)?;
        Ok(done.rows_affected == 1)
    }
}

/// Says what kind of error it was; the statement would hold the tokens.
fn unkept(error: DbErr) -> Unkept {
    let kind = match error {
        DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => "the database is away",
        _ => "the database refuses it",
    };
    Unkept(kind.to_owned())
}

impl TokenStore for Kept {
    fn load(&self) -> BoxFuture<'_, Result<Option<Tokens>, Unkept>> {
        Box::pin(async move {
            let found = zalo_tokens::Entity::find_by_id(ROW);
            let row = found.one(self.db()?.reads()).await.map_err(unkept)?;
            Ok(row.and_then(|row| Tokens::read(&row.tokens.0)))
        })
    }

    fn lock(
        &self,
        by: Uuid,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'_, Result<bool, Unkept>> {
        let row = zalo_tokens::ActiveModel {
            held_by: Set(Some(by)),
            held_until: Set(Some(until)),
            ..Default::default()
        };
        let nobody = zalo_tokens::Column::HeldBy.is_null();
        let free = nobody.or(zalo_tokens::Column::HeldUntil.lte(now));
        Box::pin(self.change(row, Condition::all().add(free)))
    }

    fn save(&self, by: Uuid, tokens: &Tokens) -> BoxFuture<'_, Result<(), Unkept>> {
        let row = zalo_tokens::ActiveModel {
            tokens: Set(Hidden(tokens.write())),
            held_by: Set(None),
            ..Default::default()
        };
        let own = Condition::all().add(zalo_tokens::Column::HeldBy.eq(by));
        Box::pin(async move {
            if self.change(row, own).await? {
                Ok(())
            } else {
                Err(Unkept("the lease is lost".to_owned()))
            }
        })
    }

    fn unlock(&self, by: Uuid) -> BoxFuture<'_, Result<(), Unkept>> {
        let row = zalo_tokens::ActiveModel {
            held_by: Set(None),
            ..Default::default()
        };
        let own = Condition::all().add(zalo_tokens::Column::HeldBy.eq(by));
        Box::pin(async move { self.change(row, own).await.map(drop) })
    }
}
