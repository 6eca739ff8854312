//! Where an officer works: a body or office, from a day to a day, and who took over from it since.

use std::collections::BTreeSet;

use chassis::auth::{self, Role};
use chrono::NaiveDate;
use contracts::{OrganisationCode, Refused};
use procedure::Organisations;
use uuid::Uuid;

/// One appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Its id.
    pub id: Uuid,
    /// The body or office as it was called then.
    pub organisation: OrganisationCode,
    /// What they do there: of officer and signer.
    pub roles: BTreeSet<Role>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day, where it is known.
    pub until: Option<NaiveDate>,
}

impl Post {
    /// A post, if there can be such a one.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn new(
        id: Uuid,
        organisation: OrganisationCode,
        roles: BTreeSet<Role>,
        (from, until): (NaiveDate, Option<NaiveDate>),
        organisations: &Organisations,
    ) -> Result<Self, (&'static str, Refused)> {
        if organisations.standing(&organisation, from).is_empty() {
            return Err(("organisation", nowhere(&organisation, from)));
        }
        if roles.is_empty() || !roles.iter().all(|role| role.is_of_a_post()) {
            return Err(("roles", WHICH_ROLES));
        }
        if until.is_some_and(|last| last < from) {
            return Err(("until", BACKWARDS));
        }
        Ok(Self {
            id,
            organisation,
            roles,
            from,
            until,
        })
    }

    fn is_in_force(&self, on: NaiveDate) -> bool {
        self.from <= on && self.until.is_none_or(|last| on <= last)
    }
}

/// Where somebody works on a day and as what. Whoever took over from an office took over its officers.
pub fn held(posts: &[Post], organisations: &Organisations, on: NaiveDate) -> Vec<auth::Post> {
    let mut held: Vec<auth::Post> = Vec::new();
    for post in posts.iter().filter(|post| post.is_in_force(on)) {
        for organisation in organisations.standing(&post.organisation, on) {
            let mut known = held.iter_mut();
            match known.find(|known| known.organisation == organisation.code) {
                Some(known) => known.roles.extend(&post.roles),
                None => held.push(auth::Post {
                    organisation: organisation.code.clone(),
                    roles: post.roles.clone(),
                }),
            }
        }
    }
    held
}

fn nowhere(code: &OrganisationCode, on: NaiveDate) -> Refused {
    let day = on.format("%d/%m/%Y");
    Refused::because(
        format!("Ngày {day} không có cơ quan {code} trong danh mục"),
        format!("There is no organisation {code} in the catalogue on {on}"),
    )
}

const WHICH_ROLES: Refused = Refused::new(
    "Chọn ít nhất một vai trò trong officer, signer",
    "Choose at least one role of officer, signer",
);

const BACKWARDS: Refused = Refused::new(
    "Ngày cuối không được trước ngày đầu",
    "The last day is not before the first",
);
