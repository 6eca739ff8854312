//! Acting for somebody else: what identity says of mandates, who has whose dossier in hand, and what is refused beyond that.

use axum::http::StatusCode;
use chassis::{
    App, Failure, Tx,
    audit::Deed,
    auth::{Claims, Role},
    http::Problem,
};
use chrono::{DateTime, Utc};
use contracts::{
    AccountId, DossierId, MandateId, PersonName, ProcedureCode, Refused, Text,
    identity::{GiverIntroduced, MandateAct},
    intake::{Applicant, FiledBy},
};
use mandates::Mandate;
use procedure::Description;
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::{
    domain::{
        Event, Fact, State,
        hand::{Agent, Hand, Owners},
    },
    store::{self, Dossier},
};

/// Identity says who somebody is whom others may file for.
pub async fn giver_introduced(heard: GiverIntroduced, tx: Tx) -> Result<(), Failure> {
    if store::givers::learn(tx.db(), &heard).await? {
        return Ok(());
    }
    Err(Failure::too_early(
        "another word about this person is being written",
    ))
}

/// Who has a dossier in hand: its owner, or whoever may act for them now. To anybody else there is no such dossier.
pub async fn in_hand(
    db: &impl ConnectionTrait,
    claims: &Claims,
    dossier: &Dossier,
    now: DateTime<Utc>,
) -> Result<Hand, Problem> {
    if dossier.account == claims.sub {
        return Ok(Hand::owner(claims.sub));
    }
    let counting = mandates::between(db, dossier.account, claims.sub, now).await?;
    let mut reaching = counting.iter().filter(|mandate| reaches(mandate, dossier));
    let first = reaching.next().ok_or_else(Problem::not_found)?;
    let acts = reaching.fold(first.acts.clone(), |mut acts, mandate| {
        acts.extend(&mandate.acts);
        acts
    });
    Ok(Hand {
        account: claims.sub,
        by: Some(agent(claims, first)),
        acts,
    })
}

/// The same to do something: the mandate that is put on record is one that is for this act. What none is for is refused.
pub async fn acting(
    db: &impl ConnectionTrait,
    claims: &Claims,
    dossier: &Dossier,
    act: MandateAct,
    now: DateTime<Utc>,
) -> Result<Hand, Problem> {
    let hand = in_hand(db, claims, dossier, now).await?;
    if !hand.may(act) {
        return Err(beyond(act));
    }
    if hand.by.is_none() {
        return Ok(hand);
    }
    let counting = mandates::between(db, dossier.account, claims.sub, now).await?;
    let lets = |mandate: &&Mandate| reaches(mandate, dossier) && mandate.is_for(act);
    let by = counting.iter().find(lets).map(|found| agent(claims, found));
    Ok(Hand { by, ..hand })
}

fn reaches(mandate: &Mandate, dossier: &Dossier) -> bool {
    let is_draft = dossier.state == State::Draft;
    mandate.reaches(&dossier.procedure, dossier.mandate, is_draft)
}

fn agent(claims: &Claims, mandate: &Mandate) -> Agent {
    Agent {
        account: claims.sub,
        name: claims.name.clone(),
        mandate: mandate.id,
        consent: mandate.consent,
    }
}

/// For whom, and under what, somebody opens a dossier.
pub struct Opening {
    /// Whose it will be.
    pub owner: AccountId,
    /// Who opens it for them.
    pub by: Option<Agent>,
}

/// Whether somebody may open a dossier under a procedure for the giver of a mandate; for themselves where none is named.
pub async fn opening(
    tx: &Tx,
    claims: &Claims,
    description: &Description,
    mandate: Option<MandateId>,
) -> Result<Opening, Problem> {
    let Some(id) = mandate else {
        if !claims.roles.contains(&Role::Citizen) {
            return Err(only_for_others());
        }
        return Ok(Opening {
            owner: claims.sub,
            by: None,
        });
    };
    let counting = mandates::of_agent(tx.db(), claims.sub, tx.now()).await?;
    let found = counting.iter().find(|mandate| mandate.id == id);
    let mandate = found.ok_or_else(|| Problem::field("mandate", NO_MANDATE))?;
    if !mandate.is_for(MandateAct::Fill) {
        return Err(beyond(MandateAct::Fill));
    }
    if !mandate.covers(Some(&description.code)) {
        return Err(other_procedure(description));
    }
    Ok(Opening {
        owner: mandate.giver,
        by: Some(agent(claims, mandate)),
    })
}

/// Somebody for whom a dossier may be opened.
pub struct Principal {
    /// The mandate.
    pub mandate: MandateId,
    /// What they are called.
    pub name: PersonName,
}

/// Whom somebody may open a dossier for.
#[derive(Default)]
pub struct Offer {
    /// Themselves.
    pub oneself: bool,
    /// Those who let them.
    pub principals: Vec<Principal>,
    /// Whoever sits before them and agrees.
    pub helps: bool,
}

/// Whom somebody may open a dossier for under a procedure.
pub async fn offer(
    app: &App,
    claims: &Claims,
    procedure: &ProcedureCode,
) -> Result<Offer, Failure> {
    let is = |role| claims.roles.contains(&role);
    Ok(Offer {
        oneself: is(Role::Citizen),
        principals: principals(app, claims.sub, procedure).await?,
        helps: is(Role::Officer) || is(Role::Helper),
    })
}

/// Those who let somebody open a dossier under a procedure, by name.
async fn principals(
    app: &App,
    agent: AccountId,
    procedure: &ProcedureCode,
) -> Result<Vec<Principal>, Failure> {
    let (db, now) = (app.db().reads(), app.clock().now());
    let mut counting = mandates::of_agent(db, agent, now).await?;
    counting.retain(|mandate| mandate.is_for(MandateAct::Fill) && mandate.covers(Some(procedure)));
    let givers = counting.iter().map(|mandate| mandate.giver);
    let givers = store::givers::among(db, givers).await?;
    let principal = |mandate: Mandate| {
        let giver = givers.get(&mandate.giver)?;
        Some(Principal {
            mandate: mandate.id,
            name: giver.name.clone(),
        })
    };
    let mut all: Vec<_> = counting.into_iter().filter_map(principal).collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

/// What somebody is called for whom a dossier is acted on.
pub async fn acted_for(
    db: &impl ConnectionTrait,
    hand: &Hand,
    owner: AccountId,
) -> Result<Option<PersonName>, Failure> {
    if hand.by.is_none() {
        return Ok(None);
    }
    let giver = store::givers::find(db, owner).await?;
    Ok(giver.map(|giver| giver.name))
}

/// The dossiers of others that somebody may see, each with whom it is for; in no order.
pub async fn of_others(
    app: &App,
    agent: AccountId,
    most: u64,
) -> Result<Vec<(Dossier, Option<PersonName>)>, Failure> {
    let (db, now) = (app.db().reads(), app.clock().now());
    let mut counting = mandates::of_agent(db, agent, now).await?;
    counting.retain(|mandate| mandate.is_for(MandateAct::View));
    if counting.is_empty() {
        return Ok(Vec::new());
    }
    let givers: Vec<_> = counting.iter().map(|mandate| mandate.giver).collect();
    let mut dossiers = store::of_accounts(db, givers.iter().copied(), most).await?;
    dossiers.retain(|dossier| {
        let mut theirs = counting
            .iter()
            .filter(|mandate| mandate.giver == dossier.account);
        theirs.any(|mandate| reaches(mandate, dossier))
    });
    let names = store::givers::among(db, givers).await?;
    let name = |dossier: &Dossier| names.get(&dossier.account).map(|giver| giver.name.clone());
    Ok(dossiers
        .into_iter()
        .map(|dossier| {
            let name = name(&dossier);
            (dossier, name)
        })
        .collect())
}

/// Puts on record what somebody did to another's dossier. What owners do to their own stands in its time line alone.
pub fn record(tx: &Tx, claims: &Claims, dossier: DossierId, by: Option<&Agent>, what: &str) {
    if let Some(by) = by {
        let deed = Deed::by(claims, format!("intake.{what}")).to(dossier.0);
        tx.record(deed.with(json!({ "mandate": by.mandate, "consent": by.consent })));
    }
}

/// Puts in a dossier's time line that somebody fills it in for its owner: once a day each, however often they save.
pub async fn filled(tx: &Tx, dossier: DossierId, by: &Agent) -> Result<(), Problem> {
    let life = store::life(tx.db(), dossier).await?;
    let today = calendar::date(tx.now());
    let is_known = life.events().iter().any(|event| {
        let same = matches!(&event.fact, Fact::Filled { by: known } if known.account == by.account && known.mandate == by.mandate);
        same && calendar::date(event.at) == today
    });
    if !is_known {
        let fact = Fact::Filled { by: by.clone() };
        store::learn(tx.db(), dossier, &Event { at: tx.now(), fact }).await?;
    }
    Ok(())
}

/// Whose documents may lie in a dossier.
pub async fn owners(tx: &Tx, dossier: &Dossier) -> Result<Owners, Problem> {
    let life = store::life(tx.db(), dossier.id).await?;
    Ok(Owners::of(dossier.account, life.agents()))
}

/// Whom a dossier is filed for, and by whom if not by them. An organisation has no number of its own: whoever acts for it gives
/// theirs.
pub async fn applicant(
    tx: &Tx,
    claims: &Claims,
    dossier: &Dossier,
    by: Option<&Agent>,
    address: Option<Text>,
) -> Result<(Applicant, Option<FiledBy>), Problem> {
    let Some(by) = by else {
        let applicant = Applicant {
            account: claims.sub,
            name: claims.name.clone(),
            citizen_id: claims.citizen_id.clone().ok_or_else(unidentified)?,
            phone: claims.phone.clone(),
            email: claims.email.clone(),
            address,
        };
        return Ok((applicant, None));
    };
    let giver = store::givers::find(tx.db(), dossier.account).await?;
    let giver = giver.ok_or_else(not_introduced)?;
    let own = || {
        let organisation = giver.tax_code.as_ref();
        organisation.and_then(|_| claims.citizen_id.clone())
    };
    let citizen_id = giver.citizen_id.clone().or_else(own);
    let applicant = Applicant {
        account: giver.account,
        name: giver.name,
        citizen_id: citizen_id.ok_or_else(giver_unidentified)?,
        phone: giver.phone,
        email: giver.email,
        address,
    };
    let filed_by = FiledBy {
        account: by.account,
        name: by.name.clone(),
        mandate: by.mandate,
        consent: by.consent,
        tax_code: giver.tax_code,
    };
    Ok((applicant, Some(filed_by)))
}

/// What is missing from what somebody was let do.
pub fn beyond(act: MandateAct) -> Problem {
    let (vi, en) = match act {
        MandateAct::View => ("xem hồ sơ", "seeing dossiers"),
        MandateAct::Fill => ("điền hồ sơ", "filling dossiers in"),
        MandateAct::Submit => (
            "nộp và bổ sung hồ sơ",
            "filing dossiers and answering requests",
        ),
        MandateAct::Pay => ("nộp phí, lệ phí", "paying fees"),
        MandateAct::Receive => ("nhận kết quả", "receiving results"),
    };
    Problem::forbidden(
        &format!("Bạn không được ủy quyền {vi}. Hãy nhờ người ủy quyền cho thêm việc này"),
        &format!("Your mandate does not include {en}. Ask whoever gave it to add that"),
    )
}

fn other_procedure(description: &Description) -> Problem {
    let (vi, en) = (&description.name.vi, &description.name.en);
    Problem::forbidden(
        &format!("Ủy quyền của bạn không gồm thủ tục “{vi}”"),
        &format!("Your mandate does not include the procedure “{en}”"),
    )
}

fn only_for_others() -> Problem {
    Problem::forbidden(
        "Người giúp nộp hồ sơ chỉ mở hồ sơ cho người đã đồng ý",
        "Whoever helps others to file opens dossiers only for those who have agreed",
    )
}

/// A paper that is kept is its owner's to use again.
pub fn kept_is_the_owners() -> Problem {
    Problem::forbidden(
        "Giấy tờ giữ lại chỉ chủ hồ sơ dùng lại được, xin tải giấy tờ lên",
        "Kept papers are their owner's alone to use again, please upload the paper",
    )
}

fn not_introduced() -> Problem {
    Problem::in_progress(
        "Đang chờ thông tin của người ủy quyền, xin thử lại sau ít giây",
        "Waiting for who gave the mandate to be introduced, please try again in a few seconds",
    )
}

/// The account has no identification number.
pub fn unidentified() -> Problem {
    Problem::forbidden(
        "Tài khoản của bạn chưa có số định danh cá nhân. Hãy bổ sung số định danh để nộp hồ sơ",
        "Your account has no personal identification number yet. Add it to file a dossier",
    )
}

fn giver_unidentified() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "Tài khoản của người ủy quyền, hoặc của bạn khi làm thay tổ chức, chưa có số định danh cá nhân",
        "The account of who gave the mandate, or yours when you act for an organisation, has no personal identification number",
    )
}

const NO_MANDATE: Refused = Refused::new(
    "Bạn không có ủy quyền này, hoặc ủy quyền đã hết",
    "You have no such mandate, or it is over",
);
