//! The dossier code (mã hồ sơ): the office, the day in Vietnam, and the place in that day.

use chrono::{DateTime, NaiveDate, Utc};
use contracts::{DossierCode, OrganisationCode, Refused};

/// The day whose dossiers are counted at `now`.
pub fn day(now: DateTime<Utc>) -> NaiveDate {
    calendar::date(now)
}

/// The code of the `number`th dossier that `organisation` receives on `day`: four digits, more when there are more.
pub fn mint(
    organisation: &OrganisationCode,
    day: NaiveDate,
    number: i64,
) -> Result<DossierCode, Refused> {
    format!("{organisation}-{}-{number:04}", day.format("%y%m%d")).parse()
}
