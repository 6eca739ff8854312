//! All bodies and offices over time: who stood there on a day, and who took over from whom.

use std::collections::BTreeMap;

use calendar::Calendar;
use chrono::NaiveDate;
use contracts::OrganisationCode;

use crate::{Invalid, Organisation, catalogue::sense};

/// Every organisation, each as it was from time to time.
#[derive(Debug, Default)]
pub struct Organisations(BTreeMap<OrganisationCode, Vec<Office>>);

#[derive(Debug)]
struct Office {
    organisation: Organisation,
    calendar: Calendar,
}

impl Organisations {
    /// Checks what the file says.
    ///
    /// # Errors
    /// When one of them stands there twice on the same day, is shut before it opens, belongs on some day to a body that there is not, or has
    /// a successor that does not take over on the day after.
    pub(crate) fn read(
        listed: Vec<Organisation>,
        calendars: &BTreeMap<String, Calendar>,
    ) -> Result<Self, Invalid> {
        let mut all = Self::default();
        for organisation in listed {
            all.add(organisation, calendars)?;
        }
        for organisation in all.iter() {
            all.check_parent(organisation)?;
            all.check_successors(organisation)?;
        }
        Ok(all)
    }

    /// One of them as it was last known, in force or not.
    pub fn newest(&self, code: &OrganisationCode) -> Option<&Organisation> {
        self.0.get(code)?.last().map(|office| &office.organisation)
    }

    /// One of them as it is on a day, if it is there.
    pub fn on(&self, code: &OrganisationCode, day: NaiveDate) -> Option<&Organisation> {
        self.versions(code).find(|found| found.is_in_force(day))
    }

    /// Who stands in for one of them on a day: itself, or whoever took over from it, and from those in turn. Nobody when it is not there
    /// yet, or was dissolved.
    pub fn standing(&self, code: &OrganisationCode, day: NaiveDate) -> Vec<&Organisation> {
        if let Some(itself) = self.on(code, day) {
            return vec![itself];
        }
        let ended = self.versions(code).filter(|it| it.last_day() < day).last();
        let Some(ended) = ended else {
            return Vec::new();
        };
        // A successor's first day is after its predecessor's last: the way ends.
        let mut found: Vec<&Organisation> = Vec::new();
        for successor in &ended.successors {
            for next in self.standing(successor, day) {
                if found.iter().all(|known| known.code != next.code) {
                    found.push(next);
                }
            }
        }
        found
    }

    /// All of them, by code and then by time.
    pub fn iter(&self) -> impl Iterator<Item = &Organisation> {
        let offices = self.0.values().flatten();
        offices.map(|office| &office.organisation)
    }

    pub(crate) fn calendar(&self, code: &OrganisationCode) -> Option<&Calendar> {
        self.0.get(code)?.last().map(|office| &office.calendar)
    }

    fn versions(&self, code: &OrganisationCode) -> impl Iterator<Item = &Organisation> {
        let offices = self.0.get(code).into_iter().flatten();
        offices.map(|office| &office.organisation)
    }

    fn add(
        &mut self,
        organisation: Organisation,
        calendars: &BTreeMap<String, Calendar>,
    ) -> Result<(), Invalid> {
        let code = organisation.code.clone();
        let Some(calendar) = calendars.get(&organisation.calendar) else {
            let name = &organisation.calendar;
            return sense(
                &code,
                format!("calendar: there is no calendars/{name}.yaml"),
            );
        };
        let calendar = match &organisation.hours {
            None => calendar.clone(),
            Some(own) => match calendar.with_hours(own.clone()) {
                Ok(calendar) => calendar,
                Err(error) => return sense(&code, format!("hours: {error}")),
            },
        };
        let (first, last) = (organisation.first_day(), organisation.last_day());
        if last < first {
            return sense(
                &code,
                "until: its last day comes before its first".to_owned(),
            );
        }
        let versions = self.0.entry(code.clone()).or_default();
        let place = versions.partition_point(|office| office.organisation.first_day() < first);
        let reaches_in = |office: &Office| office.organisation.last_day() >= first;
        if versions[..place].last().is_some_and(reaches_in)
            || versions
                .get(place)
                .is_some_and(|next| next.organisation.first_day() <= last)
        {
            return sense(&code, "stands here twice on the same day".to_owned());
        }
        versions.insert(
            place,
            Office {
                organisation,
                calendar,
            },
        );
        Ok(())
    }

    /// The body above is there for as long as what belongs to it, and its code stands at the other's root: so nothing goes in circles.
    fn check_parent(&self, organisation: &Organisation) -> Result<(), Invalid> {
        let Some(parent) = &organisation.parent else {
            return Ok(());
        };
        let code = &organisation.code;
        if parent == code || !parent.includes(code) {
            return sense(
                code,
                format!("parent: the code doesn't begin with {parent}."),
            );
        }
        let mut day = organisation.first_day();
        loop {
            let Some(above) = self.on(parent, day) else {
                let when = if day == NaiveDate::MIN {
                    String::new()
                } else {
                    format!(" on {day}")
                };
                return sense(
                    code,
                    format!("parent: there is no organisation {parent}{when}"),
                );
            };
            if above.last_day() >= organisation.last_day() {
                return Ok(());
            }
            match above.last_day().succ_opt() {
                Some(next) => day = next,
                None => return Ok(()),
            }
        }
    }

    fn check_successors(&self, organisation: &Organisation) -> Result<(), Invalid> {
        let code = &organisation.code;
        let Some(next_day) = organisation.until.and_then(|last| last.succ_opt()) else {
            return match organisation.successors.first() {
                Some(_) => sense(code, "successors: it has no last day (until)".to_owned()),
                None => Ok(()),
            };
        };
        for successor in &organisation.successors {
            if successor == code {
                return sense(
                    code,
                    "successors: it doesn't take over from itself".to_owned(),
                );
            }
            if self.on(successor, next_day).is_none() {
                return sense(
                    code,
                    format!("successors: there is no organisation {successor} on {next_day}"),
                );
            }
        }
        Ok(())
    }
}
