//! Nothing is lost and nothing is done twice, whatever breaks: on RabbitMQ and PostgreSQL, by counting rows.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

mod accounts;
mod apart;
mod bank;
mod broker;
mod crash;
mod database;
mod everyday;
mod line;
mod payments;
mod receipts;
mod records;
mod shares;
mod strangers;
mod workers;
