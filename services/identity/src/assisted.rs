//! Help with filing (nộp hồ sơ giúp tại chỗ): somebody sits before whoever helps them, agrees by a code to their own telephone, and
//! is filed for in their own name. What is agreed to is a short mandate for one procedure.

use std::collections::BTreeSet;

use chassis::{
    App, Failure, Tx,
    auth::{Claims, Role},
    http::FieldError,
};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    CitizenId, PersonName, PhoneNumber, ProcedureCode, Refused,
    identity::{Consent, MandateAct},
    notification::CodePurpose,
};
use procedure::Catalogue;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    codes::{self, Again, Answered, Asked as CodeAsked, Wanted, Whose},
    config::Config,
    deeds::record,
    domain::{
        Account, Contact, Login,
        mandate::{Mandate, Named, Relation, Terms},
    },
    mandates,
    registration::Field,
    store::{
        self,
        assistances::{self, Assistance},
        contacts::{self, Proven},
    },
};

/// What its codes are for.
pub const PURPOSE: CodePurpose = CodePurpose::Consent;

/// Whom somebody wants to help, as they told it.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub struct Person {
    /// The full name, as on the identity card.
    #[serde(default)]
    #[schema(value_type = PersonName, required)]
    pub name: Field<PersonName>,
    /// The personal identification number.
    #[serde(default)]
    #[schema(value_type = CitizenId, required)]
    pub citizen_id: Field<CitizenId>,
    /// Their own mobile number: the code goes there.
    #[serde(default)]
    #[schema(value_type = PhoneNumber, required)]
    pub phone: Field<PhoneNumber>,
    /// What is to be filed.
    #[serde(default)]
    #[schema(value_type = ProcedureCode, required)]
    pub procedure: Field<ProcedureCode>,
}

/// What is refused.
#[derive(Debug)]
pub enum Refusal {
    /// Only who works or helps here helps.
    NotAHelper,
    /// What was filled in is wrong.
    Unfit(Vec<FieldError>),
    /// The number, the telephone and the name are not one person's here.
    AnotherPerson,
    /// It is another code; so many more may be tried.
    Code(u32),
    /// Too many codes were wrong.
    Void,
    /// There is no such code, or no more.
    Over,
    /// No code may be asked for, for so long.
    Later(TimeDelta),
}

/// A code that is on its way to whoever is to be helped.
pub struct Begun {
    /// What the helper's browser, or program, holds.
    pub ticket: String,
}

/// Whether somebody helps others: they work at the desk, or in the village.
pub fn may_help(claims: &Claims) -> bool {
    claims.roles.contains(&Role::Officer) || claims.roles.contains(&Role::Helper)
}

/// Reads what was told; everything wrong with it at once.
fn read(
    app: &App,
    person: &Person,
    claims: &Claims,
    now: DateTime<Utc>,
) -> Result<Assistance, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, reason: &Refused| errors.push(FieldError::new(field, reason));
    let name = person
        .name
        .text
        .parse::<PersonName>()
        .map_err(|reason| wrong("name", &reason));
    let citizen_id = person.citizen_id.text.parse::<CitizenId>();
    let citizen_id = citizen_id.map_err(|reason| wrong("citizen_id", &reason));
    let phone = person
        .phone
        .text
        .parse::<PhoneNumber>()
        .map_err(|reason| wrong("phone", &reason));
    let (catalogue, today) = (app.part::<Catalogue>(), calendar::date(now));
    let offered = |code: &ProcedureCode| {
        let found = catalogue.at(code, today);
        found.is_some_and(|description| description.is_offered_online())
    };
    let procedure = person.procedure.text.parse::<ProcedureCode>().ok();
    let procedure = procedure.filter(offered).ok_or(UNKNOWN_PROCEDURE);
    let procedure = procedure.map_err(|reason| wrong("procedure", &reason));
    match (name, citizen_id, phone, procedure) {
        (Ok(name), Ok(citizen_id), Ok(phone), Ok(procedure)) => Ok(Assistance {
            id: app.clock().new_id(),
            helper: claims.sub,
            name,
            citizen_id,
            phone,
            procedure,
            asked_at: now,
        }),
        _ => Err(errors),
    }
}

/// Whose account somebody has who is to be helped; nothing when they have none yet. Number, telephone and name must be one person's:
/// nobody gets into another's account by a telephone of their own.
async fn account_of(
    tx: &Tx,
    asked: &Assistance,
) -> Result<Result<Option<Account>, Refusal>, Failure> {
    let number = store::whose(tx.db(), &Login::CitizenId(asked.citizen_id.clone())).await?;
    let phone = store::whose(tx.db(), &Login::Phone(asked.phone.clone())).await?;
    let proven = contacts::whose(tx.db(), &Contact::Phone(asked.phone.clone()), tx.now()).await?;
    let called = |name: &PersonName| procedure::fold(name.as_str());
    Ok(match (number, phone) {
        (None, None) if proven.is_none() => Ok(None),
        (Some(number), Some(phone))
            if number.id == phone.id
                && !number.is_staff()
                && proven
                    .as_ref()
                    .is_none_or(|proven| proven.account == number.id)
                && called(&number.name) == called(&asked.name) =>
        {
            Ok(Some(number))
        }
        _ => Err(Refusal::AnotherPerson),
    })
}

/// Sends a code to the telephone of whoever is to be helped.
pub async fn begin(
    app: &App,
    claims: &Claims,
    person: &Person,
) -> Result<Result<Begun, Refusal>, Failure> {
    if !may_help(claims) {
        return Ok(Err(Refusal::NotAHelper));
    }
    let asked = match read(app, person, claims, app.clock().now()) {
        Ok(asked) => asked,
        Err(errors) => return Ok(Err(Refusal::Unfit(errors))),
    };
    app.transact(async |tx| {
        let account = match account_of(&tx, &asked).await? {
            Ok(account) => account.map(|account| account.id),
            Err(refusal) => {
                record(&tx, claims.sub, "assistance-refused", claims.sub);
                return Ok(Err(refusal));
            }
        };
        let wanted = Wanted {
            contact: Contact::Phone(asked.phone.clone()),
            purpose: PURPOSE,
            whose: Whose::AtCounter {
                officer: claims.sub,
                account,
            },
            about: Some(asked.id),
        };
        Ok(match codes::ask(&tx, &wanted).await? {
            CodeAsked::Sent(ticket) => {
                assistances::begin(tx.db(), &asked).await?;
                record(
                    &tx,
                    account.unwrap_or(claims.sub),
                    "assistance-begun",
                    claims.sub,
                );
                Ok(Begun { ticket })
            }
            CodeAsked::Wait(wait) => Err(Refusal::Later(wait)),
        })
    })
    .await
}

/// Sends another code under the same ticket.
pub async fn again(app: &App, ticket: &str) -> Result<Result<(), Refusal>, Failure> {
    app.transact(async |tx| {
        Ok(match codes::again(&tx, ticket, PURPOSE).await? {
            Again::Sent => Ok(()),
            Again::Wait(wait) => Err(Refusal::Later(wait)),
            Again::Over => Err(Refusal::Over),
        })
    })
    .await
}

/// What was agreed to.
pub struct Agreed {
    /// The mandate.
    pub mandate: Mandate,
    /// Whoever agreed.
    pub name: PersonName,
    /// What may be filed for them.
    pub procedure: ProcedureCode,
}

/// Somebody has told whoever helps them the code that came to their telephone: until the consent ends they may be filed for.
pub async fn agree(
    app: &App,
    claims: &Claims,
    ticket: &str,
    code: &str,
) -> Result<Result<Agreed, Refusal>, Failure> {
    if !may_help(claims) {
        return Ok(Err(Refusal::NotAHelper));
    }
    app.transact(async |tx| {
        let about = match codes::answer(&tx, ticket, PURPOSE, code).await? {
            Answered::Right { about, .. } => about,
            Answered::Wrong { left } => return Ok(Err(Refusal::Code(left))),
            Answered::Void => return Ok(Err(Refusal::Void)),
            Answered::Over => return Ok(Err(Refusal::Over)),
        };
        settle(&tx, claims, about).await
    })
    .await
}

async fn settle(
    tx: &Tx,
    claims: &Claims,
    about: Option<Uuid>,
) -> Result<Result<Agreed, Refusal>, Failure> {
    let asked = match about {
        Some(id) => assistances::take(tx.db(), id).await?,
        None => None,
    };
    let Some(asked) = asked.filter(|asked| asked.helper == claims.sub) else {
        return Ok(Err(Refusal::Over));
    };
    let account = match account_of(tx, &asked).await? {
        Ok(Some(account)) => account,
        Ok(None) => open(tx, &asked).await?,
        Err(refusal) => return Ok(Err(refusal)),
    };
    reached(tx, &account, &asked).await?;
    let hours = TimeDelta::hours(i64::from(tx.config::<Config>().assisted_hours));
    let mandate = Mandate {
        id: tx.new_id().into(),
        giver: account.id,
        agent: Some(claims.sub),
        terms: Terms {
            named: Named::Helper,
            agent_name: claims.name.clone(),
            relation: Relation::Other,
            acts: BTreeSet::from([MandateAct::View, MandateAct::Fill, MandateAct::Submit]),
            procedures: Some(BTreeSet::from([asked.procedure.clone()])),
            valid_until: tx.now() + hours,
        },
        consent: Consent::Assisted,
        offered_at: tx.now(),
        accepted_at: Some(tx.now()),
        ended: None,
    };
    mandates::agreed(tx, &mandate, claims.sub).await?;
    Ok(Ok(Agreed {
        mandate,
        name: account.name,
        procedure: asked.procedure,
    }))
}

/// An account without a password: its owner comes in by a code to the telephone by which they agreed.
async fn open(tx: &Tx, asked: &Assistance) -> Result<Account, Failure> {
    let account = Account {
        id: tx.new_id().into(),
        name: asked.name.clone(),
        roles: BTreeSet::from([Role::Citizen]),
        assurance: 2,
        citizen_id: Some(asked.citizen_id.clone()),
        phone: Some(asked.phone.clone()),
        email: None,
        login: None,
        title: None,
    };
    if !store::appear(tx.db(), &account, tx.now()).await? {
        return Err(Failure::too_early("an account like it has just appeared"));
    }
    record(tx, account.id, "opened-with-help", asked.helper);
    Ok(account)
}

/// The code came to this telephone: it is known to reach them, unless that is known already.
async fn reached(tx: &Tx, account: &Account, asked: &Assistance) -> Result<(), Failure> {
    let contact = Contact::Phone(asked.phone.clone());
    if contacts::whose(tx.db(), &contact, tx.now())
        .await?
        .is_some()
    {
        return Ok(());
    }
    let proven = Proven {
        account: account.id,
        contact,
        proven_at: tx.now(),
        counts_from: tx.now(),
        ends_at: None,
    };
    if !contacts::prove(tx.db(), &proven, tx.now()).await? {
        return Err(Failure::too_early("another account has just proven it"));
    }
    Ok(())
}

const UNKNOWN_PROCEDURE: Refused = Refused::new(
    "Chọn một thủ tục nộp được trực tuyến",
    "Choose a procedure that can be filed online",
);
