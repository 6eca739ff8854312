//! Keeps the chassis's tables small: whole partitions are dropped, so nothing is left behind for a vacuum.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use uuid::Uuid;

use crate::{app::App, database::statement, parked};

/// Sequence numbers in one partition of the outbox.
const PART: i64 = 1_000_000;
/// Days of inbox partitions made ahead.
const AHEAD: u64 = 3;
/// How old a body is when it is erased, where it is to be (`Service::says_and_erases`).
const ERASED_AFTER: TimeDelta = TimeDelta::minutes(15);

/// Looks after the tables until the service stops.
pub(crate) async fn run(app: App) {
    let (mut rounds, mut erased) = (0u32, 0);
    loop {
        if rounds.is_multiple_of(6) {
            match erase(&app, erased).await {
                Ok(upto) => erased = upto,
                Err(error) => {
                    tracing::warn!(service = app.name(), error = %error, "bodies will be erased later");
                }
            }
        }
        if rounds.is_multiple_of(60)
            && let Err(error) = tidy(&app).await
        {
            tracing::warn!(service = app.name(), error = %error, "housekeeping will be tried again");
        }
        if let Ok((parked, deferred, backlog)) = parked::counts(app.db()).await {
            app.meters().waiting(parked, deferred, backlog);
        }
        rounds += 1;
        tokio::select! {
            () = app.stopping().cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(10)) => {}
        }
    }
}

/// Makes the partitions that will be needed and drops those whose time is over.
pub(crate) async fn tidy(app: &App) -> Result<(), DbErr> {
    let now = app.clock().now();
    let settings = app.settings();
    let days = |days: u32| (now - TimeDelta::days(i64::from(days))).timestamp_micros();
    let db = app.db().reads();
    let sql = "DELETE FROM idempotency WHERE answered_at < ?";
    db.execute_raw(statement(db, sql, [days(settings.idempotency_days).into()]))
        .await?;
    if app.db().is_postgres() {
        tidy_inbox(db, now, settings.inbox_days).await?;
        return tidy_outbox(db, days(settings.outbox_days)).await;
    }
    let oldest = lowest_id(now - TimeDelta::days(i64::from(settings.inbox_days))).to_string();
    db.execute_raw(statement(
        db,
        "DELETE FROM inbox WHERE message_id < ?",
        [oldest.into()],
    ))
    .await?;
    let sql = "DELETE FROM outbox WHERE said_at < ? AND seq <= (SELECT high FROM relay) \
               AND seq NOT IN (SELECT value FROM relay, json_each(relay.open))";
    db.execute_raw(statement(db, sql, [days(settings.outbox_days).into()]))
        .await
        .map(|_| ())
}

/// Erases the bodies that are not to stay, beyond the number up to which that is done. Answers up to which it is done now.
pub(crate) async fn erase(app: &App, beyond: i64) -> Result<i64, DbErr> {
    if app.erases().is_empty() {
        return Ok(beyond);
    }
    let db = app.db().reads();
    let Some(row) = db
        .query_one_raw(statement(
            db,
            "SELECT high, open FROM relay WHERE id = 1",
            [],
        ))
        .await?
    else {
        return Ok(beyond);
    };
    let settled = settled(
        row.try_get_by_index(0)?,
        &row.try_get_by_index::<String>(1)?,
    );
    let old = (app.clock().now() - ERASED_AFTER).timestamp_micros();
    let sql = "SELECT COALESCE(MAX(seq), 0) FROM outbox WHERE seq > ? AND seq <= ? AND said_at < ?";
    let values = [beyond.into(), settled.into(), old.into()];
    let upto: i64 = match db.query_one_raw(statement(db, sql, values)).await? {
        Some(row) => row.try_get_by_index(0)?,
        None => 0,
    };
    for wire in app.erases() {
        let sql = "UPDATE outbox SET body = '{}' WHERE seq > ? AND seq <= ? AND wire = ?";
        let values = [beyond.into(), upto.into(), (*wire).into()];
        db.execute_raw(statement(db, sql, values)).await?;
    }
    Ok(upto.max(beyond))
}

/// Up to which number nothing of the outbox waits to be confirmed.
fn settled(high: i64, open: &str) -> i64 {
    let open: Vec<i64> = serde_json::from_str(open).unwrap_or_default();
    open.iter().min().map_or(high, |lowest| lowest - 1)
}

/// The lowest UUIDv7 of a moment.
fn lowest_id(at: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    Uuid::from_u64_pair(millis << 16 | 0x7000, 0)
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

async fn partitions(db: &DatabaseConnection, prefix: &str) -> Result<Vec<String>, DbErr> {
    let sql = "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname LIKE ?";
    let rows = db
        .query_all_raw(statement(db, sql, [format!("{prefix}%").into()]))
        .await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

async fn tidy_inbox(
    db: &DatabaseConnection,
    now: DateTime<Utc>,
    keep_days: u32,
) -> Result<(), DbErr> {
    let today = now.date_naive();
    let existing = partitions(db, "inbox_d").await?;
    for ahead in 0..=AHEAD {
        let Some(day) = today.checked_add_days(Days::new(ahead)) else {
            continue;
        };
        let name = format!("inbox_d{}", day.format("%Y%m%d"));
        if existing.contains(&name) {
            continue;
        }
        let (from, to) = (
            lowest_id(midnight(day)),
            lowest_id(midnight(day) + TimeDelta::days(1)),
        );
        // Fails where ids of that day are in the default partition already; they stay there, which is only slower.
        let sql = format!(
            "CREATE TABLE IF NOT EXISTS {name} PARTITION OF inbox FOR VALUES FROM ('{from}') TO ('{to}')"
        );
        let _ = db.execute_unprepared(&sql).await;
    }
    for name in existing {
        let day = NaiveDate::parse_from_str(&name["inbox_d".len()..], "%Y%m%d");
        if day.is_ok_and(|day| (today - day).num_days() > i64::from(keep_days)) {
            db.execute_unprepared(&format!("DROP TABLE IF EXISTS {name}"))
                .await?;
        }
    }
    Ok(())
}

async fn tidy_outbox(db: &DatabaseConnection, said_before: i64) -> Result<(), DbErr> {
    let sql =
        "SELECT last_value, (SELECT high FROM relay), (SELECT open FROM relay) FROM outbox_seq";
    let Some(row) = db.query_one_raw(statement(db, sql, [])).await? else {
        return Ok(());
    };
    let (last, high): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    let settled = settled(high, &row.try_get_by_index::<String>(2)?);
    let existing = partitions(db, "outbox_p").await?;
    for part in last / PART..=last / PART + 2 {
        let name = format!("outbox_p{part}");
        if !existing.contains(&name) {
            let (from, to) = (part * PART, (part + 1) * PART);
            let sql = format!(
                "CREATE TABLE IF NOT EXISTS {name} PARTITION OF outbox FOR VALUES FROM ({from}) TO ({to})"
            );
            let _ = db.execute_unprepared(&sql).await;
        }
    }
    for name in existing {
        let Ok(part) = name["outbox_p".len()..].parse::<i64>() else {
            continue;
        };
        if (part + 1) * PART > settled {
            continue;
        }
        let sql = format!("SELECT MAX(said_at) FROM {name}");
        let newest: Option<i64> = match db.query_one_raw(statement(db, &sql, [])).await? {
            Some(row) => row.try_get_by_index(0)?,
            None => None,
        };
        if newest.is_none_or(|newest| newest < said_before) {
            db.execute_unprepared(&format!("DROP TABLE IF EXISTS {name}"))
                .await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_a_moment_is_not_below_the_lowest_of_that_moment() {
        let clock =
            crate::Clock::held_at(DateTime::from_timestamp(1_790_000_000, 123_000_000).unwrap());
        let (now, id) = (clock.now(), clock.new_id());
        assert!(lowest_id(now) <= id);
        assert!(id < lowest_id(now + TimeDelta::milliseconds(1)));
    }
}
