//! Receipts (biên lai): which series one belongs to. Its number is the next one there. Pure.

use chrono::{DateTime, Datelike, Utc};
use contracts::DossierCode;

/// The series of an office and a year, counted by Vietnam's calendar: `BL-26E-H15.50.05.13`.
pub fn series(code: &DossierCode, issued_at: DateTime<Utc>) -> String {
    let year = calendar::date(issued_at).year().rem_euclid(100);
    format!("BL-{year:02}E-{}", code.agency())
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn the_year_turns_at_midnight_in_vietnam() {
        let code = "H15.50.05.13-261008-0975".parse().unwrap();
        let at = |hour, minute| Utc.with_ymd_and_hms(2026, 12, 31, hour, minute, 0).unwrap();
        assert_eq!(series(&code, at(16, 59)), "BL-26E-H15.50.05.13");
        assert_eq!(series(&code, at(17, 0)), "BL-27E-H15.50.05.13");
    }
}
