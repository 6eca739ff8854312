//! What people let others do for them: offered by whoever shows once more who they are, accepted by the agent, ended by either. What
//! counts is said to the services that have to know.

use chassis::{
    App, Failure, Tx,
    audit::Deed,
    auth::{Claims, Role},
    http::FieldError,
};
use contracts::{
    AccountId, MandateId, ProcedureCode,
    identity::{Consent, GiverIntroduced, MandateEnded, MandateGiven},
};
use procedure::Catalogue;
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::{
    config::Config,
    domain::{
        Account, Contact,
        mandate::{Asked, Mandate, Named, Refusal, Standing, Terms},
    },
    second_factor::{self, Refusal as Unproven},
    store::{self, external, mandates as rows},
};

/// Why somebody does not give a mandate.
pub enum NotOffered {
    /// Only who files dossiers has others do it.
    Staff,
    /// Something about it is wrong.
    Unfit(Vec<FieldError>),
    /// They have not shown once more who they are.
    Unproven(Unproven),
    /// They have no password to show it by, and signed in too long ago.
    Stale,
    /// They have as many open as one may have.
    TooMany(u64),
}

/// What is asked for, if it can be given.
pub async fn consider(
    app: &App,
    claims: &Claims,
    asked: &Asked,
) -> Result<Result<Terms, NotOffered>, Failure> {
    if !claims.roles.contains(&Role::Citizen) {
        return Ok(Err(NotOffered::Staff));
    }
    let account = store::account(app.db().reads(), claims.sub).await?;
    let account = account.ok_or_else(|| Failure::park("somebody signed in has no account"))?;
    let (catalogue, today) = (app.part::<Catalogue>(), calendar::date(app.clock().now()));
    let is_offered = |code: &ProcedureCode| {
        let found = catalogue.at(code, today);
        found.is_some_and(|description| description.is_offered_online())
    };
    let limits = app.config::<Config>().mandates();
    let terms = asked.terms(&account, today, limits, is_offered);
    Ok(terms.map_err(NotOffered::Unfit))
}

/// Whether somebody can show who they are by a password; else they have to have signed in just now.
pub async fn has_password(app: &App, claims: &Claims) -> Result<bool, Failure> {
    Ok(store::has_password(app.db().reads(), claims.sub).await?)
}

/// Offers a mandate to whoever has the number and the name. Whether anybody has is not looked at: it waits for them. Asked for once
/// more while it is open, it is the same.
pub async fn offer(
    app: &App,
    claims: &Claims,
    asked: &Asked,
    (password, code): (&str, &str),
) -> Result<Result<Mandate, NotOffered>, Failure> {
    let terms = match consider(app, claims, asked).await? {
        Ok(terms) => terms,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let account = match prove(app, claims, password).await? {
        Ok(account) => account,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let most = app.config::<Config>().mandates().open;
    app.transact(async |tx| {
        if account.by_password
            && let Err(refusal) = second_factor::by_code(&tx, &account.account, code).await?
        {
            return Ok(Err(NotOffered::Unproven(refusal)));
        }
        keep(&tx, account.account.id, terms, most).await
    })
    .await
}

/// Who has shown once more who they are, and whether it was by their password.
struct Proven {
    account: Account,
    by_password: bool,
}

async fn prove(
    app: &App,
    claims: &Claims,
    password: &str,
) -> Result<Result<Proven, NotOffered>, Failure> {
    if has_password(app, claims).await? {
        let checked = second_factor::by_password(app, claims, password).await?;
        return Ok(checked
            .map(|account| Proven {
                account,
                by_password: true,
            })
            .map_err(NotOffered::Unproven));
    }
    let fresh = crate::pages::providers::FRESH.num_seconds();
    let account = store::account(app.db().reads(), claims.sub).await?;
    Ok(account
        .filter(|_| app.clock().now().timestamp() - claims.iat <= fresh)
        .map(|account| Proven {
            account,
            by_password: false,
        })
        .ok_or(NotOffered::Stale))
}

async fn keep(
    tx: &Tx,
    giver: AccountId,
    terms: Terms,
    most: u64,
) -> Result<Result<Mandate, NotOffered>, Failure> {
    // One after another: several at once would each find room.
    store::hold(tx.db(), giver).await?;
    let open = rows::open_of(tx.db(), giver, tx.now()).await?;
    if let Some(same) = open.iter().find(|mandate| mandate.terms == terms) {
        return Ok(Ok(same.clone()));
    }
    if open.len() as u64 >= most {
        return Ok(Err(NotOffered::TooMany(most)));
    }
    let mandate = Mandate {
        id: tx.new_id().into(),
        giver,
        agent: None,
        terms,
        consent: Consent::Given,
        offered_at: tx.now(),
        accepted_at: None,
        ended: None,
    };
    rows::offer(tx.db(), &mandate).await?;
    record(tx, &mandate, "mandate-offered", giver);
    Ok(Ok(mandate))
}

/// Keeps a mandate that was agreed to on the spot: it counts at once.
pub async fn agreed(tx: &Tx, mandate: &Mandate, agent: AccountId) -> Result<(), Failure> {
    rows::offer(tx.db(), mandate).await?;
    record(tx, mandate, "assistance-agreed", agent);
    tell(tx, mandate, agent).await
}

/// Puts on the giver's record what was done with a mandate of theirs.
fn record(tx: &Tx, mandate: &Mandate, what: &str, by: AccountId) {
    let deed = Deed::of(by.into(), format!("identity.{what}"));
    let detail = json!({
        "mandate": mandate.id, "agent": mandate.agent, "acts": mandate.terms.acts,
        "procedures": mandate.terms.procedures, "consent": mandate.consent,
        "valid_until": mandate.terms.valid_until,
    });
    tx.record(deed.to(mandate.giver.0).with(detail));
}

/// A mandate of whoever is signed in, held.
async fn own(
    tx: &Tx,
    claims: &Claims,
    id: MandateId,
) -> Result<Result<(Mandate, Account), Refusal>, Failure> {
    let mandate = rows::hold(tx.db(), id).await?;
    let account = store::account(tx.db(), claims.sub).await?;
    let both = mandate.zip(account);
    Ok(both.ok_or(Refusal::Unknown))
}

/// The agent accepts a mandate: from now on it counts, and the services that have to know are told.
pub async fn accept(
    tx: &Tx,
    claims: &Claims,
    id: MandateId,
) -> Result<Result<Mandate, Refusal>, Failure> {
    let (mut mandate, account) = match own(tx, claims, id).await? {
        Ok(both) => both,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if mandate.is_for(&account) && !proves(tx, &mandate, &account).await? {
        return Ok(Err(Refusal::Unproven));
    }
    match mandate.accept(&account, tx.now()) {
        Ok(true) => {
            rows::step(tx.db(), &mandate).await?;
            record(tx, &mandate, "mandate-accepted", account.id);
            tell(tx, &mandate, account.id).await?;
            Ok(Ok(mandate))
        }
        Ok(false) => Ok(Ok(mandate)),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Whether somebody has shown that a number is theirs which a mandate was meant for: a telephone by a code. An identification number is
/// what their account says.
async fn proves(tx: &Tx, mandate: &Mandate, account: &Account) -> Result<bool, Failure> {
    let Named::Phone(phone) = &mandate.terms.named else {
        return Ok(true);
    };
    if mandate.agent.is_some() {
        return Ok(true);
    }
    let proven = crate::contacts::that_count(tx.db(), account, tx.now()).await?;
    Ok(proven.contains(&Contact::Phone(phone.clone())))
}

/// Says that a mandate counts, and whom it lets others file for.
async fn tell(tx: &Tx, mandate: &Mandate, agent: AccountId) -> Result<(), Failure> {
    let giver = store::account(tx.db(), mandate.giver).await?;
    let giver = giver.ok_or_else(|| Failure::park("a mandate's giver has no account"))?;
    introduce(tx, &giver).await?;
    tx.say(&MandateGiven {
        mandate: mandate.id,
        giver: mandate.giver,
        agent,
        acts: mandate.terms.acts.clone(),
        procedures: mandate.terms.procedures.clone(),
        consent: mandate.consent,
        given_at: tx.now(),
        valid_until: mandate.terms.valid_until,
    });
    Ok(())
}

async fn introduce(tx: &Tx, giver: &Account) -> Result<(), Failure> {
    let email = giver.email.as_ref();
    tx.say(&GiverIntroduced {
        account: giver.id,
        name: giver.name.clone(),
        citizen_id: giver.citizen_id.clone(),
        phone: giver.phone.clone(),
        email: email.map(|email| email.as_str().to_owned()),
        tax_code: tax_code(tx.db(), giver.id).await?,
        told_at: tx.now(),
    });
    Ok(())
}

/// An organisation's tax code, as its provider says it.
pub async fn tax_code(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Option<String>, Failure> {
    let identities = external::of(db, account).await?;
    Ok(identities
        .into_iter()
        .find_map(|identity| identity.tax_code))
}

/// What is known of somebody has changed: whoever files for them is to file for whom they are now.
pub async fn known_anew(tx: &Tx, account: &Account) -> Result<(), Failure> {
    let open = rows::open_of(tx.db(), account.id, tx.now()).await?;
    if open.iter().any(|mandate| mandate.accepted_at.is_some()) {
        introduce(tx, account).await?;
    }
    Ok(())
}

/// One of the two ends a mandate at once. Ended already, or over, it is as it was.
pub async fn end(tx: &Tx, claims: &Claims, id: MandateId) -> Result<Result<(), Refusal>, Failure> {
    let (mut mandate, account) = match own(tx, claims, id).await? {
        Ok(both) => both,
        Err(refusal) => return Ok(Err(refusal)),
    };
    finish(tx, &mut mandate, &account).await
}

async fn finish(
    tx: &Tx,
    mandate: &mut Mandate,
    by: &Account,
) -> Result<Result<(), Refusal>, Failure> {
    match mandate.end(by, tx.now()) {
        Ok(false) => return Ok(Ok(())),
        Err(refusal) => return Ok(Err(refusal)),
        Ok(true) => {}
    }
    rows::step(tx.db(), mandate).await?;
    let what = match mandate.standing(tx.now()) {
        Standing::Declined if mandate.giver != by.id => "mandate-declined",
        _ => "mandate-ended",
    };
    record(tx, mandate, what, by.id);
    if mandate.accepted_at.is_some() {
        tx.say(&MandateEnded {
            mandate: mandate.id,
            ended_at: tx.now(),
        });
    }
    Ok(Ok(()))
}

/// Ends all that an account has given and accepted: it is given to whom it belongs, and what was agreed to in it may have been
/// another's word.
pub async fn end_all(tx: &Tx, account: &Account) -> Result<(), Failure> {
    let given = rows::open_of(tx.db(), account.id, tx.now()).await?;
    let received = rows::received(tx.db(), account, tx.now()).await?;
    let accepted = received
        .into_iter()
        .filter(|mandate| mandate.agent == Some(account.id));
    for mandate in given.into_iter().chain(accepted) {
        if let Some(mut mandate) = rows::hold(tx.db(), mandate.id).await? {
            // The account is a party to each of them, so none is refused.
            finish(tx, &mut mandate, account).await?.ok();
        }
    }
    Ok(())
}

/// What somebody has given, and what they have accepted or may accept, the newest first.
pub struct Standings {
    /// What they have given.
    pub given: Vec<Mandate>,
    /// What others have given to them, each with its giver.
    pub received: Vec<(Mandate, Account)>,
}

/// The mandates of whoever is signed in.
pub async fn of(app: &App, claims: &Claims) -> Result<Standings, Failure> {
    let (reads, now) = (app.db().reads(), app.clock().now());
    let Some(account) = store::account(reads, claims.sub).await? else {
        return Ok(Standings {
            given: Vec::new(),
            received: Vec::new(),
        });
    };
    let mut received = Vec::new();
    for mandate in rows::received(reads, &account, now).await? {
        if mandate.is_for(&account)
            && let Some(giver) = store::account(reads, mandate.giver).await?
        {
            received.push((mandate, giver));
        }
    }
    Ok(Standings {
        given: rows::given(reads, claims.sub).await?,
        received,
    })
}
