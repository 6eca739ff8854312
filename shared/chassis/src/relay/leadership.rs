//! Which replica relays, and how the others tell it that something was said.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection};
use tokio_util::sync::CancellationToken;

use crate::{Failure, app::App, database::statement};

/// The right to relay: an advisory lock held by one connection. Two leaders for a moment only cause duplicates, because
/// every cursor that a leader writes down is true.
pub(super) struct Leadership {
    pub(super) db: DatabaseConnection,
    backend: i32,
    pub(super) postgres: bool,
}

impl Leadership {
    /// Waits to be the one that relays.
    pub(super) async fn win(
        app: &App,
        closing: &CancellationToken,
    ) -> Result<Option<Self>, Failure> {
        if !app.db().is_postgres() {
            return Ok(Some(Self {
                db: app.db().reads().clone(),
                backend: 0,
                postgres: false,
            }));
        }
        let mut options = crate::Database::postgres(&app.db().url, &app.db().schema, 1);
        // The cursor may be lost in a crash: then messages are said again. So its commits need not wait for the disk.
        options.map_sqlx_postgres_pool_opts(|pool| pool.idle_timeout(None).max_lifetime(None));
        let schema = app.db().schema.clone();
        options.map_sqlx_postgres_opts(move |options| {
            options
                .application_name(&format!("motcua-{schema}-relay"))
                .options([
                    ("synchronous_commit", "off"),
                    ("search_path", schema.as_str()),
                ])
        });
        let db = sea_orm::Database::connect(options).await?;
        let sql = format!(
            "SELECT pg_try_advisory_lock(7403, hashtext('{}')), pg_backend_pid()",
            app.db().schema
        );
        loop {
            if let Some(row) = db.query_one_raw(statement(&db, &sql, [])).await?
                && row.try_get_by_index::<bool>(0)?
            {
                let backend = row.try_get_by_index(1)?;
                return Ok(Some(Self {
                    db,
                    backend,
                    postgres: true,
                }));
            }
            tokio::select! {
                () = closing.cancelled() => return Ok(None),
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
            }
        }
    }

    /// Whether the lock's connection is still the same.
    pub(super) async fn check(&self) -> Result<(), Failure> {
        if !self.postgres {
            return Ok(());
        }
        let row = self
            .db
            .query_one_raw(statement(&self.db, "SELECT pg_backend_pid()", []))
            .await?;
        match row.map(|row| row.try_get_by_index::<i32>(0)).transpose()? {
            Some(backend) if backend == self.backend => Ok(()),
            _ => Err(Failure::too_early("the leader's connection was replaced")),
        }
    }
}

/// Tells the leading replica, through the database, that something was said here; at most every 5 ms.
pub(crate) async fn tell_leader(app: App) {
    let sql = format!("NOTIFY \"motcua_{}\"", app.db().schema);
    loop {
        tokio::select! {
            () = app.stopping().cancelled() => return,
            () = app.wake().tell.notified() => {}
        }
        if !app.leads() {
            // The leader's poll is the safety net.
            let _ = app.db().reads().execute_unprepared(&sql).await;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Hears from the other replicas that something was said.
pub(crate) async fn hear_others(app: App) {
    use sea_orm::sqlx::postgres::PgListener;
    let channel = format!("motcua_{}", app.db().schema);
    loop {
        if let Ok(mut listener) = PgListener::connect(&app.db().url).await
            && listener.listen(&channel).await.is_ok()
        {
            loop {
                tokio::select! {
                    () = app.stopping().cancelled() => return,
                    heard = listener.recv() => if heard.is_err() { break },
                }
                app.wake().relay.notify_one();
            }
        }
        tokio::select! {
            () = app.stopping().cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(2)) => {}
        }
    }
}
