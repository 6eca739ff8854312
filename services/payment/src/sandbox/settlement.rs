//! The pretend gateway's settlement file of one day: what it took and what it gave back, as a table.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use chassis::{
    App,
    http::{Problem, Query},
};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use csv::{Terminator, WriterBuilder};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Enabled;
use crate::{store::sandbox as books, vnpay::GMT_7};

/// The columns, by names that the configuration knows.
const COLUMNS: [&str; 4] = [
    "Mã giao dịch VNPAY",
    "Thời gian thanh toán",
    "Số tiền",
    "Mã tham chiếu",
];

/// One payment or refund of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The gateway's own number.
    pub number: String,
    /// The merchant's reference.
    pub txn_ref: String,
    /// How much, in đồng; below zero where it went back.
    pub dong: i64,
    /// When.
    pub at: DateTime<Utc>,
}

/// The route.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(file))
}

/// The day that a file is of; today when it is not said.
#[derive(Deserialize, utoipa::IntoParams)]
struct Wanted {
    day: Option<NaiveDate>,
}

/// Writes the day as a table, with the mark that spreadsheets know UTF-8 by.
fn table(settled: &[Settled]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(COLUMNS)?;
    for row in settled {
        writer.write_record([
            &row.number,
            &row.at
                .with_timezone(&GMT_7)
                .format("%d/%m/%Y %H:%M:%S")
                .to_string(),
            &row.dong.to_string(),
            &row.txn_ref,
        ])?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

/// The gateway's settlement file of one day.
#[utoipa::path(get, path = "/payment/sandbox/settlement.csv", params(Wanted), responses((status = OK, content_type = "text/csv")))]
async fn file(
    _: Enabled,
    State(app): State<App>,
    Query(asked): Query<Wanted>,
) -> Result<Response, Problem> {
    let day = asked.day.unwrap_or(calendar::date(app.clock().now()));
    let from = day
        .and_time(NaiveTime::MIN)
        .and_local_timezone(GMT_7)
        .single()
        .ok_or_else(Problem::internal)?
        .to_utc();
    let settled = books::settled(app.db().reads(), from, from + TimeDelta::days(1)).await?;
    let table = table(&settled).map_err(|_| Problem::internal())?;
    let name = format!("attachment; filename=\"doi-soat-vnpay-{day}.csv\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, table).into_response())
}
