//! What a signature says in words, as Decree 30/2020/NĐ-CP asks for it.

use chrono::{DateTime, FixedOffset, Utc};

/// "Ký bởi: …".
pub fn signed_by(name: &str) -> String {
    format!("Ký bởi: {name}")
}

/// "Thời gian ký: 05/02/2026 14:03:07 +07:00": with seconds, and in Vietnam's time.
pub fn signing_time(at: DateTime<Utc>) -> String {
    format!(
        "Thời gian ký: {}",
        in_vietnam(at).format("%d/%m/%Y %H:%M:%S %:z")
    )
}

/// A moment as the clocks of Vietnam show it.
pub(crate) fn in_vietnam(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    // Without summer time since 1975: the zone is a plain offset.
    match FixedOffset::east_opt(7 * 3600) {
        Some(zone) => at.with_timezone(&zone),
        None => at.fixed_offset(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_has_seconds_and_vietnams_zone() {
        let at = "2026-02-05T07:03:07Z".parse().unwrap();
        assert_eq!(signing_time(at), "Thời gian ký: 05/02/2026 14:03:07 +07:00");
    }

    #[test]
    fn an_evening_elsewhere_is_the_next_day_in_vietnam() {
        let at = "2026-12-31T17:00:00Z".parse().unwrap();
        assert_eq!(signing_time(at), "Thời gian ký: 01/01/2027 00:00:00 +07:00");
    }
}
