//! Moments as official papers write them, in Vietnam's own time.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDateTime, Timelike, Utc};
use typst::foundations::Datetime;

use crate::Error;

/// Minutes east of Greenwich. Vietnam has had one zone and no summer time since 1975.
pub const OFFSET_MINUTES: i32 = 7 * 60;

/// The wall clock in Vietnam; refuses years that four digits do not write.
pub fn local(field: &str, moment: DateTime<Utc>) -> Result<NaiveDateTime, Error> {
    let outside = || Error::Moment(field.to_owned());
    let zone = FixedOffset::east_opt(OFFSET_MINUTES * 60).ok_or_else(outside)?;
    let local = moment
        .naive_utc()
        .checked_add_offset(zone)
        .ok_or_else(outside)?;
    if (1..=9999).contains(&local.year()) {
        Ok(local)
    } else {
        Err(outside())
    }
}

/// `ngày 05 tháng 02 năm 2026`: two digits for days below ten and for the months of January and February only
/// (Decree 30/2020, annex I).
pub fn day(at: NaiveDateTime) -> String {
    let month = match at.month() {
        early @ 1..=2 => format!("0{early}"),
        later => later.to_string(),
    };
    format!("ngày {:02} tháng {month} năm {:04}", at.day(), at.year())
}

/// `08 giờ 05 phút, ngày 05 tháng 02 năm 2026`.
pub fn moment(at: NaiveDateTime) -> String {
    format!("{:02} giờ {:02} phút, {}", at.hour(), at.minute(), day(at))
}

/// The same wall clock for the PDF's own date.
pub fn stamp(at: NaiveDateTime) -> Option<Datetime> {
    let small = |value: u32| u8::try_from(value).ok();
    Datetime::from_ymd_hms(
        at.year(),
        small(at.month())?,
        small(at.day())?,
        small(at.hour())?,
        small(at.minute())?,
        small(at.second())?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, how: fn(NaiveDateTime) -> String) -> Option<String> {
        let moment: DateTime<Utc> = text.parse().ok()?;
        local("at", moment).map(how).ok()
    }

    #[test]
    fn only_early_days_and_the_first_two_months_have_a_nought() {
        for (moment, text) in [
            ("2026-02-05T03:00:00Z", "ngày 05 tháng 02 năm 2026"),
            ("2026-03-10T03:00:00Z", "ngày 10 tháng 3 năm 2026"),
            ("2026-12-09T03:00:00Z", "ngày 09 tháng 12 năm 2026"),
        ] {
            assert_eq!(written(moment, day).as_deref(), Some(text));
        }
    }

    #[test]
    fn the_day_is_the_day_in_vietnam() {
        assert_eq!(
            written("2026-12-31T17:05:00Z", moment).as_deref(),
            Some("00 giờ 05 phút, ngày 01 tháng 01 năm 2027")
        );
    }

    #[test]
    fn a_year_of_five_digits_is_refused() {
        let far = DateTime::<Utc>::MAX_UTC;
        assert!(matches!(local("paid_at", far), Err(Error::Moment(field)) if field == "paid_at"));
    }
}
