use std::collections::BTreeSet;

use chassis::auth::Role;
use chrono::TimeDelta;
use uuid::Uuid;

use super::*;

const LIMITS: Limits = Limits {
    months: 12,
    open: 20,
};

fn now() -> DateTime<Utc> {
    "2026-10-08T02:15:00Z".parse().unwrap()
}

fn person(number: u128, name: &str, citizen_id: &str, phone: &str) -> Account {
    Account {
        id: Uuid::from_u128(number).into(),
        name: name.parse().unwrap(),
        roles: BTreeSet::from([Role::Citizen]),
        assurance: 1,
        citizen_id: Some(citizen_id.parse().unwrap()),
        phone: Some(phone.parse().unwrap()),
        email: None,
        login: None,
        title: None,
    }
}

fn mother() -> Account {
    person(1, "Nguyễn Thị Ví Dụ", "066190001234", "0912345678")
}

fn son() -> Account {
    person(2, "Trần Văn Mẫu", "066205004321", "0987654321")
}

fn asked() -> Asked {
    Asked {
        agent: "0987 654 321".to_owned(),
        agent_name: "trần văn mẫu".to_owned(),
        relation: "relative".to_owned(),
        acts: vec!["fill".to_owned(), "submit".to_owned()],
        procedures: Some(vec!["2.000635".to_owned()]),
        until: "2026-12-31".to_owned(),
    }
}

fn terms_of(asked: &Asked) -> Result<Terms, Vec<FieldError>> {
    let is_offered = |code: &ProcedureCode| code.as_str() == "2.000635";
    asked.terms(&mother(), "2026-10-08".parse().unwrap(), LIMITS, is_offered)
}

fn mandate() -> Mandate {
    Mandate {
        id: Uuid::from_u128(30).into(),
        giver: mother().id,
        agent: None,
        terms: terms_of(&asked()).unwrap(),
        consent: Consent::Given,
        offered_at: now(),
        accepted_at: None,
        ended: None,
    }
}

fn wrong_fields(asked: &Asked) -> Vec<String> {
    let errors = terms_of(asked).unwrap_err();
    errors.into_iter().map(|error| error.field).collect()
}

#[test]
fn who_may_fill_in_may_see_and_the_last_day_counts_until_its_end() {
    let terms = terms_of(&asked()).unwrap();
    let acts: Vec<_> = terms.acts.into_iter().collect();
    assert_eq!(
        acts,
        [MandateAct::View, MandateAct::Fill, MandateAct::Submit]
    );
    assert_eq!(
        terms.valid_until,
        "2026-12-31T17:00:00Z".parse::<DateTime<Utc>>().unwrap()
    );
    let pays = Asked {
        acts: vec!["pay".to_owned()],
        procedures: None,
        ..asked()
    };
    let terms = terms_of(&pays).unwrap();
    assert_eq!(
        (terms.acts, terms.procedures),
        ([MandateAct::Pay].into(), None)
    );
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    assert_eq!(
        wrong_fields(&Asked {
            procedures: Some(Vec::new()),
            ..Asked::default()
        }),
        [
            "agent",
            "agent_name",
            "relation",
            "acts",
            "procedures",
            "until"
        ]
    );
}

#[test]
fn nobody_is_their_own_agent_by_either_number() {
    for own in ["0912345678", "066190001234"] {
        let own = Asked {
            agent: own.to_owned(),
            ..asked()
        };
        assert_eq!(wrong_fields(&own), ["agent"]);
    }
}

#[test]
fn a_mandate_ends_within_its_limit_and_not_before_it_begins() {
    for (day, fits) in [
        ("2026-10-07", false),
        ("2026-10-08", true),
        ("2027-10-08", true),
        ("2027-10-09", false),
        ("9999-12-31", false),
        ("mai", false),
    ] {
        let until = Asked {
            until: day.to_owned(),
            ..asked()
        };
        assert_eq!(terms_of(&until).is_ok(), fits, "{day}");
    }
}

#[test]
fn what_cannot_be_done_here_cannot_be_let() {
    for (acts, procedures) in [
        (vec!["sign"], vec!["2.000635"]),
        (vec!["view"], vec!["1.001612"]),
        (vec!["view"], vec!["2.000635", "x"]),
    ] {
        let text = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
        let odd = Asked {
            acts: text(acts),
            procedures: Some(text(procedures)),
            ..asked()
        };
        assert_eq!(wrong_fields(&odd).len(), 1);
    }
}

#[test]
fn a_mandate_is_for_whoever_has_both_the_number_and_the_name() {
    let offered = mandate();
    assert!(offered.is_for(&son()));
    let another_name = person(3, "Lê Văn Khác", "066205004321", "0987654321");
    let another_number = person(4, "Trần Văn Mẫu", "066205009999", "0987654399");
    for stranger in [another_name, another_number, mother()] {
        assert!(!offered.is_for(&stranger), "{}", stranger.name);
    }
}

#[test]
fn it_is_accepted_once_by_its_agent_alone() {
    let mut offered = mandate();
    assert_eq!(offered.accept(&mother(), now()), Err(Refusal::Unknown));
    assert_eq!(offered.standing(now()), Standing::Offered);
    assert_eq!(offered.accept(&son(), now()), Ok(true));
    let later = now() + TimeDelta::hours(1);
    assert_eq!(offered.accept(&son(), later), Ok(false));
    assert_eq!(offered.accepted_at, Some(now()));
    // Somebody who has the number now, as the agent had it then.
    let heir = person(5, "Trần Văn Mẫu", "066205004322", "0987654321");
    assert_eq!(offered.accept(&heir, later), Err(Refusal::Unknown));
}

#[test]
fn either_side_ends_it_and_nobody_brings_it_back() {
    for by in [mother(), son()] {
        let mut accepted = mandate();
        accepted.accept(&son(), now()).unwrap();
        assert_eq!(accepted.end(&by, now()), Ok(true));
        assert_eq!(accepted.end(&by, now()), Ok(false));
        assert_eq!(accepted.standing(now()), Standing::Ended);
        assert_eq!(accepted.accept(&son(), now()), Err(Refusal::Over));
    }
    let mut declined = mandate();
    let stranger = person(3, "Lê Văn Khác", "066205009999", "0987654399");
    assert_eq!(declined.end(&stranger, now()), Err(Refusal::Unknown));
    assert_eq!(declined.end(&son(), now()), Ok(true));
    assert_eq!(declined.standing(now()), Standing::Declined);
    assert_eq!(declined.accept(&son(), now()), Err(Refusal::Over));
}

#[test]
fn it_expires_by_itself_accepted_or_not() {
    let mut accepted = mandate();
    let mut forgotten = mandate();
    accepted.accept(&son(), now()).unwrap();
    let end = accepted.terms.valid_until;
    assert_eq!(
        accepted.standing(end - TimeDelta::seconds(1)),
        Standing::InForce
    );
    assert_eq!(accepted.standing(end), Standing::Expired);
    assert_eq!(forgotten.accept(&son(), end), Err(Refusal::Over));
    assert_eq!(accepted.end(&son(), end), Ok(false));
}
