//! The offices a citizen may turn to.

use calendar::WeeklyHours;
use contracts::OrganisationCode;
use serde::{Deserialize, Serialize};

use crate::{Authority, Bilingual};

/// A public body or one of its offices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Its identifier under Decision 20/2020/QĐ-TTg.
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
    /// Receives and hands over: a one-stop desk (Trung tâm Phục vụ hành chính công).
    Desk,
}
