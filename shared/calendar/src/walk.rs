//! Walking along working time: forward by days and hours, and measuring what lies between.

use chrono::{DateTime, Months, NaiveDate, NaiveDateTime, TimeDelta, Utc};

use crate::{Calendar, date, instant, local};

impl Calendar {
    /// Whether the office is open at `at`, be it a working day or not.
    pub fn is_open(&self, at: DateTime<Utc>) -> bool {
        let now = local(at);
        let open = |span: &crate::Span| span.opens() <= now.time() && now.time() < span.closes();
        self.hours_on(now.date()).iter().any(open)
    }

    /// The first working day on or after `day`.
    pub fn working_day_from(&self, day: NaiveDate) -> NaiveDate {
        day.iter_days()
            .find(|day| self.is_working_day(*day))
            .unwrap_or(day)
    }

    /// The last working day before `day`: the latest day to apologise for a result promised for `day`.
    pub fn working_day_before(&self, day: NaiveDate) -> NaiveDate {
        day.iter_days()
            .rev()
            .skip(1)
            .find(|day| self.is_working_day(*day))
            .unwrap_or(day)
    }

    /// The number of working days after `from` up to and including `to`; none when `to` isn't later.
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> u32 {
        let days = from.iter_days().skip(1).take_while(|day| *day <= to);
        days.filter(|day| self.is_working_day(*day))
            .fold(0, |count, _| count + 1)
    }

    /// When the office closes on the `n`th working day after the day of `from`, which itself isn't counted.
    ///
    /// For 0 it is the closing of the first working day that hasn't closed by then.
    pub fn add_working_days(&self, from: DateTime<Utc>, n: u32) -> DateTime<Utc> {
        let received = date(from);
        match n.checked_sub(1) {
            None => self.closing_from(received, from),
            Some(skipped) => {
                let mut days = received
                    .iter_days()
                    .skip(1)
                    .filter(|day| self.is_working_day(*day));
                self.closing(days.nth(skipped as usize).unwrap_or(received))
            }
        }
    }

    /// When the office closes `n` days after the day of `from`, or on the next working day if that one is off.
    pub fn add_calendar_days(&self, from: DateTime<Utc>, n: u32) -> DateTime<Utc> {
        let last = date(from) + TimeDelta::days(i64::from(n));
        self.closing_from(last, from)
    }

    /// When the office closes on the same day of the month `n` months after `from` (on the month's last day if it is
    /// shorter), or on the next working day if that one is off.
    pub fn add_months(&self, from: DateTime<Utc>, n: u32) -> DateTime<Utc> {
        let received = date(from);
        let last = received
            .checked_add_months(Months::new(n))
            .unwrap_or(received);
        self.closing_from(last, from)
    }

    /// The moment when `hours` working hours have passed since `from`.
    pub fn add_working_hours(&self, from: DateTime<Utc>, hours: u32) -> DateTime<Utc> {
        self.add_working_time(from, TimeDelta::hours(i64::from(hours)))
    }

    /// The moment within working time when `time` of it has passed since `from`: at closing rather than at the next opening.
    pub fn add_working_time(&self, from: DateTime<Utc>, time: TimeDelta) -> DateTime<Utc> {
        let start = local(from);
        let mut left = time.max(TimeDelta::zero());
        for day in start.date().iter_days() {
            for span in self.working_hours_on(day) {
                let (opens, closes) = (day.and_time(span.opens()), day.and_time(span.closes()));
                let begins = opens.max(start);
                if begins > closes {
                    continue;
                }
                if closes - begins >= left {
                    return instant(begins + left);
                }
                left -= closes - begins;
            }
        }
        from
    }

    /// When a same-day procedure received at `from` is due: that day's closing if it came before the cut-off, otherwise
    /// the closing of the next working day.
    pub fn same_day(&self, from: DateTime<Utc>) -> DateTime<Utc> {
        let received = local(from);
        let in_time = received.time() < self.cut_off() && from < self.closing(received.date());
        if self.is_working_day(received.date()) && in_time {
            self.closing(received.date())
        } else {
            self.add_working_days(from, 1)
        }
    }

    /// How much working time lies between two moments; none when `to` isn't later.
    pub fn working_time_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
        let (from, to) = (local(from), local(to));
        let days = from.date().iter_days().take_while(|day| *day <= to.date());
        days.map(|day| self.worked_on(day, from, to)).sum()
    }

    fn worked_on(&self, day: NaiveDate, from: NaiveDateTime, to: NaiveDateTime) -> TimeDelta {
        let spans = self.working_hours_on(day).iter();
        spans
            .map(|span| day.and_time(span.closes()).min(to) - day.and_time(span.opens()).max(from))
            .filter(|worked| *worked > TimeDelta::zero())
            .sum()
    }

    /// The closing of the first working day on or after `day` that lies after `after`.
    fn closing_from(&self, day: NaiveDate, after: DateTime<Utc>) -> DateTime<Utc> {
        let closing = self.closing(self.working_day_from(day));
        if closing > after {
            closing
        } else {
            self.add_working_days(after, 1)
        }
    }

    /// When the office closes on `day`; midnight at its start when it doesn't open.
    fn closing(&self, day: NaiveDate) -> DateTime<Utc> {
        let closes = self
            .hours_on(day)
            .last()
            .map(|span| span.closes())
            .unwrap_or_default();
        instant(day.and_time(closes))
    }
}
