//! Mandates (ủy quyền): what somebody lets another do for them, until when, and what becomes of it.

use std::collections::BTreeSet;

use chassis::http::FieldError;
use chrono::{DateTime, Months, NaiveDate, Utc};
use contracts::{
    AccountId, CitizenId, MandateId, PersonName, PhoneNumber, ProcedureCode, Refused,
    identity::{Consent, MandateAct},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Account;

/// What the agent is to the giver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// A relative (người thân).
    Relative,
    /// A representative of the organisation that gives it (người đại diện).
    Organisation,
    /// Anybody else.
    Other,
}

/// By what the giver names the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Their identification number.
    CitizenId(CitizenId),
    /// Their mobile number.
    Phone(PhoneNumber),
    /// By nothing: whoever helps at a counter is signed in there.
    Helper,
}

impl Named {
    /// Reads what somebody typed.
    pub fn read(text: &str) -> Result<Self, Refused> {
        let number = text.parse().map(Self::CitizenId);
        let number = number.or_else(|_| text.parse().map(Self::Phone));
        number.map_err(|_: Refused| NO_NUMBER)
    }

    /// Reads what was stored.
    pub fn stored(text: &str) -> Result<Self, Refused> {
        match text {
            "" => Ok(Self::Helper),
            number => Self::read(number),
        }
    }

    /// As it is stored and shown. The two numbers never look alike.
    pub fn as_str(&self) -> &str {
        match self {
            Self::CitizenId(number) => number.as_str(),
            Self::Phone(number) => number.as_str(),
            Self::Helper => "",
        }
    }

    /// Whether an account has this number.
    fn is_of(&self, account: &Account) -> bool {
        match self {
            Self::CitizenId(number) => account.citizen_id.as_ref() == Some(number),
            Self::Phone(number) => account.phone.as_ref() == Some(number),
            Self::Helper => false,
        }
    }
}

/// How far mandates may go.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most months that one counts.
    pub months: u32,
    /// The most that one person has open.
    pub open: u64,
}

/// What somebody asks to let another do, as it was filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub struct Asked {
    /// The agent's mobile number or identification number.
    #[serde(default)]
    pub agent: String,
    /// The agent's full name. Whoever has that number and another name sees nothing of it.
    #[serde(default)]
    pub agent_name: String,
    /// `relative`, `organisation` or `other`.
    #[schema(value_type = Option<Relation>)]
    #[serde(default)]
    pub relation: String,
    /// What they may do.
    #[schema(value_type = Vec<MandateAct>)]
    #[serde(default)]
    pub acts: Vec<String>,
    /// Under which procedures; under all when left out.
    #[schema(value_type = Option<Vec<ProcedureCode>>)]
    #[serde(default)]
    pub procedures: Option<Vec<String>>,
    /// The last day on which it counts.
    #[schema(value_type = String, format = Date)]
    #[serde(default)]
    pub until: String,
}

/// What a mandate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The agent's number.
    pub named: Named,
    /// The agent's name, as the giver wrote it.
    pub agent_name: PersonName,
    /// What the agent is to the giver.
    pub relation: Relation,
    /// What the agent may do.
    pub acts: BTreeSet<MandateAct>,
    /// Under which procedures; under all when absent.
    pub procedures: Option<BTreeSet<ProcedureCode>>,
    /// When it ends by itself.
    pub valid_until: DateTime<Utc>,
}

/// Reads values and collects what is wrong with them.
#[derive(Default)]
struct Reader(Vec<FieldError>);

impl Reader {
    fn read<T>(&mut self, field: &str, value: Result<T, Refused>) -> Option<T> {
        value
            .map_err(|reason| self.0.push(FieldError::new(field, &reason)))
            .ok()
    }
}

fn word<T: for<'de> Deserialize<'de>>(text: &str, refused: Refused) -> Result<T, Refused> {
    serde_json::from_value(text.into()).map_err(|_| refused)
}

impl Asked {
    /// What is asked for, if the giver may ask for it on this day; else everything that is wrong with it. `is_offered` knows
    /// procedures.
    pub fn terms(
        &self,
        giver: &Account,
        today: NaiveDate,
        limits: Limits,
        is_offered: impl Fn(&ProcedureCode) -> bool,
    ) -> Result<Terms, Vec<FieldError>> {
        let mut reader = Reader::default();
        let named = Named::read(&self.agent).and_then(|named| {
            if named.is_of(giver) {
                Err(ONESELF)
            } else {
                Ok(named)
            }
        });
        let named = reader.read("agent", named);
        let agent_name = reader.read("agent_name", self.agent_name.parse());
        let relation = reader.read("relation", word(&self.relation, WHICH_RELATION));
        let acts = reader.read("acts", self.acts());
        let procedures = reader.read("procedures", self.procedures(is_offered));
        let valid_until = reader.read("until", until(&self.until, today, limits.months));
        let terms = (|| {
            Some(Terms {
                named: named?,
                agent_name: agent_name?,
                relation: relation?,
                acts: acts?,
                procedures: procedures?,
                valid_until: valid_until?,
            })
        })();
        terms.ok_or(reader.0)
    }

    /// Nobody fills in or files what they do not see: who may do that may see it.
    fn acts(&self) -> Result<BTreeSet<MandateAct>, Refused> {
        let acts = self.acts.iter().map(|act| word(act, WHICH_ACTS));
        let mut acts: BTreeSet<MandateAct> = acts.collect::<Result<_, _>>()?;
        if acts.is_empty() {
            return Err(WHICH_ACTS);
        }
        if acts.contains(&MandateAct::Fill) || acts.contains(&MandateAct::Submit) {
            acts.insert(MandateAct::View);
        }
        Ok(acts)
    }

    fn procedures(
        &self,
        is_offered: impl Fn(&ProcedureCode) -> bool,
    ) -> Result<Option<BTreeSet<ProcedureCode>>, Refused> {
        let Some(codes) = &self.procedures else {
            return Ok(None);
        };
        let code = |code: &String| {
            let code: ProcedureCode = code.parse().map_err(|_| UNKNOWN_PROCEDURE)?;
            if is_offered(&code) {
                Ok(code)
            } else {
                Err(UNKNOWN_PROCEDURE)
            }
        };
        let codes: BTreeSet<_> = codes.iter().map(code).collect::<Result<_, _>>()?;
        if codes.is_empty() {
            return Err(WHICH_PROCEDURES);
        }
        Ok(Some(codes))
    }
}

/// The end of the last day on which a mandate counts.
fn until(text: &str, today: NaiveDate, months: u32) -> Result<DateTime<Utc>, Refused> {
    let last: NaiveDate = text.trim().parse().map_err(|_| NO_DAY)?;
    let latest = today.checked_add_months(Months::new(months));
    if last < today {
        return Err(PAST);
    }
    if latest.is_none_or(|latest| last > latest) {
        return Err(Refused::because(
            format!("Ủy quyền có hạn nhiều nhất {months} tháng, sau đó có thể ủy quyền lại"),
            format!("A mandate counts for at most {months} months, and can then be given again"),
        ));
    }
    let next = last.succ_opt().and_then(|day| day.and_hms_opt(0, 0, 0));
    next.map(calendar::instant).ok_or(NO_DAY)
}

/// Who ended a mandate, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: AccountId,
}

/// What one person lets another do for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    /// Its id.
    pub id: MandateId,
    /// Who is acted for.
    pub giver: AccountId,
    /// Who acts, once they have accepted it.
    pub agent: Option<AccountId>,
    /// What it says.
    pub terms: Terms,
    /// How it was agreed to.
    pub consent: Consent,
    /// When it was offered.
    pub offered_at: DateTime<Utc>,
    /// When it was accepted.
    pub accepted_at: Option<DateTime<Utc>>,
    /// How it was ended before its time.
    pub ended: Option<Ended>,
}

/// Where a mandate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It waits for its agent.
    Offered,
    /// It counts.
    InForce,
    /// It was ended before anybody had accepted it.
    Declined,
    /// It was ended.
    Ended,
    /// Its time is over.
    Expired,
}

impl Standing {
    /// Whether it may still do anything.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Offered | Self::InForce)
    }
}

/// Why nothing becomes of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is none of theirs.
    Unknown,
    /// It is over.
    Over,
    /// It was meant for a telephone that they have not shown to be theirs.
    Unproven,
}

impl Mandate {
    /// Where it stands.
    pub fn standing(&self, now: DateTime<Utc>) -> Standing {
        match (self.ended, self.accepted_at) {
            (Some(_), None) => Standing::Declined,
            (Some(_), Some(_)) => Standing::Ended,
            (None, _) if self.terms.valid_until <= now => Standing::Expired,
            (None, None) => Standing::Offered,
            (None, Some(_)) => Standing::InForce,
        }
    }

    /// Whether it is for this person to act under, or to accept: by number and name, until somebody has accepted it.
    pub fn is_for(&self, person: &Account) -> bool {
        let called = |name: &PersonName| procedure::fold(name.as_str());
        match self.agent {
            Some(agent) => agent == person.id,
            None => {
                self.giver != person.id
                    && self.terms.named.is_of(person)
                    && called(&self.terms.agent_name) == called(&person.name)
            }
        }
    }

    /// Its agent accepts it. Whether that is new: accepted once more it is as it was.
    pub fn accept(&mut self, person: &Account, now: DateTime<Utc>) -> Result<bool, Refusal> {
        if !self.is_for(person) {
            return Err(Refusal::Unknown);
        }
        match self.standing(now) {
            Standing::Offered => {
                (self.agent, self.accepted_at) = (Some(person.id), Some(now));
                Ok(true)
            }
            Standing::InForce => Ok(false),
            Standing::Declined | Standing::Ended | Standing::Expired => Err(Refusal::Over),
        }
    }

    /// One of the two ends it, accepted or not. Whether that is new.
    pub fn end(&mut self, person: &Account, now: DateTime<Utc>) -> Result<bool, Refusal> {
        if self.giver != person.id && !self.is_for(person) {
            return Err(Refusal::Unknown);
        }
        if !self.standing(now).is_open() {
            return Ok(false);
        }
        self.ended = Some(Ended {
            at: now,
            by: person.id,
        });
        Ok(true)
    }
}

const NO_NUMBER: Refused = Refused::new(
    "Ghi số điện thoại di động (10 chữ số) hoặc số định danh cá nhân (12 chữ số) của người được ủy quyền",
    "Give the agent's mobile number (10 digits) or identification number (12 digits)",
);
const ONESELF: Refused = Refused::new(
    "Đây là số của chính bạn: không thể tự ủy quyền cho mình",
    "This is your own number: nobody is their own agent",
);
const WHICH_RELATION: Refused = Refused::new(
    "Chọn quan hệ: relative (người thân), organisation (người đại diện của tổ chức) hoặc other (người khác)",
    "Choose the relation: relative, organisation or other",
);
const WHICH_ACTS: Refused = Refused::new(
    "Chọn ít nhất một việc trong view, fill, submit, pay, receive",
    "Choose at least one of view, fill, submit, pay, receive",
);
const WHICH_PROCEDURES: Refused = Refused::new(
    "Chọn ít nhất một thủ tục, hoặc tất cả",
    "Choose at least one procedure, or all",
);
const UNKNOWN_PROCEDURE: Refused = Refused::new(
    "Có thủ tục không nộp được ở đây",
    "One of the procedures cannot be filed here",
);
const NO_DAY: Refused = Refused::new(
    "Ghi ngày cuối cùng của ủy quyền, ví dụ 2027-03-31",
    "Give the last day on which it counts, e.g. 2027-03-31",
);
const PAST: Refused = Refused::new("Ngày này đã qua", "This day is over");

#[cfg(test)]
mod tests;
