//! What is printed.

use std::time::Duration;

use super::{Options, Run, shop::Spent};
use crate::machine::percentile;

/// What the run as fast as can be came to.
pub(super) struct Report<'a> {
    pub options: &'a Options,
    pub run: &'a Run,
    pub bare: &'a Run,
    /// How long after the last answer the last receipt was written.
    pub behind: Duration,
    pub spent: Spent,
}

#[expect(clippy::cast_precision_loss, reason = "counts of some thousands")]
fn per_second(run: &Run) -> f64 {
    run.latencies.len() as f64 / run.took.as_secs_f64()
}

fn latencies(run: &Run) -> String {
    let p = |p| percentile(&run.latencies, p);
    format!(
        "p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
        p(0.5),
        p(0.99),
        p(1.0)
    )
}

impl Report<'_> {
    #[expect(clippy::cast_precision_loss, reason = "counts of some thousands")]
    pub(super) fn print(&self) {
        let (options, said) = (self.options, self.run.latencies.len());
        println!(
            "{said} notifications of {} orders, {} at once",
            options.orders, options.at_once
        );
        println!(
            "the statements alone: {:.0} a second, {}",
            per_second(self.bare),
            latencies(self.bare)
        );
        println!(
            "the payment service: {:.0} a second, {}",
            per_second(self.run),
            latencies(self.run)
        );
        println!(
            "ratio to the statements alone: {:.2}",
            per_second(self.run) / per_second(self.bare)
        );
        let receipts = self.run.took + self.behind;
        println!(
            "with every receipt written, {:.1} s after the last answer: {:.0} a second",
            self.behind.as_secs_f64(),
            said as f64 / receipts.as_secs_f64()
        );
        let each = |cpu: Duration| cpu.as_secs_f64() * 1000.0 / said as f64;
        println!(
            "CPU ms a notification, its receipt and what is said of it included: payment {:.2} + PostgreSQL {:.2} = {:.2}; commits {:.2}",
            each(self.spent.service),
            each(self.spent.postgres),
            each(self.spent.service + self.spent.postgres),
            self.spent.commits as f64 / said as f64
        );
    }
}

/// What the run at a rate came to.
pub(super) fn beat(options: &Options, run: &Run, bare: &Run) {
    if options.seconds > 0 {
        println!(
            "at {} a second: {}; the statements alone {}",
            options.rate,
            latencies(run),
            latencies(bare)
        );
    }
}
