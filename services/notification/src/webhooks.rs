//! Agencies that want to be told over HTTP: signed, tried for a day, written down, and paused when nobody answers.
//!
//! An agency gets each event at least once, and knows a repetition by its id. It gets no more than which dossier and what kind
//! of event: what else it may know it asks for where it is known.

pub mod guard;
pub mod handlers;
pub mod http;
pub mod pages;
pub mod signature;
pub mod store;
mod tables;

use chrono::TimeDelta;

/// The waits before a call that failed is made again: a day in all.
const WAITS: [TimeDelta; 9] = [
    TimeDelta::seconds(10),
    TimeDelta::minutes(1),
    TimeDelta::minutes(5),
    TimeDelta::minutes(15),
    TimeDelta::hours(1),
    TimeDelta::hours(2),
    TimeDelta::hours(4),
    TimeDelta::hours(8),
    TimeDelta::hours(8),
];

/// How long after the `tries`-th call that failed the next is made; nothing when it is given up.
fn wait_after(tries: u32) -> Option<TimeDelta> {
    let place = usize::try_from(tries.checked_sub(1)?).ok()?;
    WAITS.get(place).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_tried_for_a_day_and_then_given_up() {
        let all: TimeDelta = (1..=9).filter_map(wait_after).sum();
        assert!(
            all > TimeDelta::hours(23) && all < TimeDelta::hours(25),
            "{all}"
        );
        assert_eq!((wait_after(0), wait_after(10)), (None, None));
    }
}
