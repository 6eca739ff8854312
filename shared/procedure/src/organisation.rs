//! The bodies and offices that a citizen may turn to, as they were, are and will be.

use calendar::WeeklyHours;
use chrono::NaiveDate;
use contracts::OrganisationCode;
use serde::{Deserialize, Serialize};

use crate::{Authority, Bilingual};

/// A public body or one of its offices, as it is for some time. Renamed or moved it stands in the file again, from another day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Its identifier under Decision 20/2020/QĐ-TTg: the codes of the bodies above it stand at its root.
    pub code: OrganisationCode,
    /// What it is called, as papers print it.
    pub name: Bilingual,
    /// What it is for.
    pub role: Role,
    /// The level of authority it belongs to.
    pub level: Authority,
    /// The body it belongs to.
    #[serde(default)]
    pub parent: Option<OrganisationCode>,
    /// The first day of it; since ever when absent.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// The last day of it; for ever when absent.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// Who takes over on the day after the last: what it began, its officers and its papers are theirs.
    #[serde(default)]
    pub successors: Vec<OrganisationCode>,
    /// The place named beside the date on papers, e.g. `Phường Mẫu`.
    pub place: String,
    /// Its address on one line.
    pub address: String,
    /// Its telephone number as printed.
    pub phone: String,
    /// Its e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// The calendar it works by: the name of a file in `calendars/` without its ending.
    pub calendar: String,
    /// Its own opening hours, if they differ from the calendar's.
    #[serde(default)]
    pub hours: Option<WeeklyHours>,
}

/// What an organisation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Decides (cơ quan có thẩm quyền).
    Authority,
    /// Advises and examines for the body it belongs to: a province's department (sở), a commune's unit (phòng).
    Department,
    /// Receives and hands over: a one-stop desk (Trung tâm Phục vụ hành chính công).
    Desk,
}

impl Organisation {
    /// Whether it is so on a day.
    pub fn is_in_force(&self, on: NaiveDate) -> bool {
        self.first_day() <= on && on <= self.last_day()
    }

    pub(crate) fn first_day(&self) -> NaiveDate {
        self.from.unwrap_or(NaiveDate::MIN)
    }

    pub(crate) fn last_day(&self) -> NaiveDate {
        self.until.unwrap_or(NaiveDate::MAX)
    }
}
