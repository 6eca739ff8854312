//! What a citizen does with a dossier, from a program or from a page: load, decide, save, say.

use std::{collections::BTreeMap, sync::Arc};

use axum::http::StatusCode;
use chassis::{
    Tx,
    auth::Claims,
    http::{FieldError, Problem},
};
use chrono::{DateTime, Utc};
use contracts::{
    AccountId, Channel, DocumentId, DossierId, MandateId, ProcedureCode, Refused, Vnd,
    identity::MandateAct,
    intake::{DossierSubmitted, DossierSupplemented, PapersEnclosed, SealedDocument},
};
use procedure::{Catalogue, Description};

use crate::{
    agents::{self, Opening},
    config::Config,
    domain::{
        Event, Fact, Life, State,
        draft::{Changes, Checked, Draft, Sealed, Unready},
        hand::Hand,
        kept,
    },
    fee,
    store::{self, Dossier},
};

/// What was filed, and when.
#[derive(Debug, Clone, Copy)]
pub struct Filed {
    /// Where the dossier stands now.
    pub state: State,
    /// When it was filed or supplemented.
    pub at: DateTime<Utc>,
}

/// What became of pressing the button.
#[derive(Debug, Clone, Copy)]
pub enum Submission {
    /// It is filed.
    Filed(Filed),
    /// It is not: the fee is not the one that the citizen saw.
    FeeChanged {
        /// What they saw.
        seen: Vnd,
        /// What it is now.
        now: Vnd,
    },
}

/// The description that a dossier keeps.
pub fn description_of(
    catalogue: &Catalogue,
    dossier: &Dossier,
) -> Result<Arc<Description>, Problem> {
    let (code, version) = (&dossier.procedure, dossier.version);
    catalogue.version(code, version).cloned().ok_or_else(|| {
        tracing::error!(%code, version, "a dossier's procedure is not in the catalogue");
        Problem::internal()
    })
}

/// Opens a draft under the version in force today, for oneself or for whoever gave a mandate.
pub async fn open(
    tx: &Tx,
    claims: &Claims,
    code: &ProcedureCode,
    mandate: Option<MandateId>,
) -> Result<DossierId, Problem> {
    let catalogue = tx.part::<Catalogue>();
    let description = catalogue.at(code, calendar::date(tx.now()));
    let description = description.ok_or_else(|| Problem::field("procedure", UNKNOWN))?;
    if !description.is_offered_online() {
        return Err(Problem::field("procedure", not_online(description)));
    }
    let Opening { owner, by } = agents::opening(tx, claims, description, mandate).await?;
    if store::count_drafts(tx.db(), owner).await? >= tx.config::<Config>().most_drafts {
        return Err(Problem::conflict(
            "Có quá nhiều hồ sơ nháp, xin nộp hoặc hủy bớt",
            "There are too many drafts, please file or discard some",
        ));
    }
    let dossier = Dossier {
        id: tx.new_id().into(),
        account: owner,
        procedure: code.clone(),
        version: description.version,
        draft: Draft::new(description),
        citizen_id: None,
        state: State::Draft,
        code: None,
        opened_at: tx.now(),
        mandate: by.as_ref().map(|by| by.mandate),
    };
    store::open(tx.db(), &dossier).await?;
    agents::record(tx, claims, dossier.id, by.as_ref(), "draft-opened");
    happened(tx, dossier.id, tx.now(), Fact::Opened { by }).await?;
    Ok(dossier.id)
}

async fn happened(tx: &Tx, id: DossierId, at: DateTime<Utc>, fact: Fact) -> Result<Life, Problem> {
    Ok(store::learn(tx.db(), id, &Event { at, fact }).await?)
}

/// A dossier, held, for whoever may do this to it: its owner, or an agent of theirs. To anybody else there is no such dossier.
async fn own(
    tx: &Tx,
    claims: &Claims,
    id: DossierId,
    act: MandateAct,
) -> Result<(Dossier, Arc<Description>, Hand), Problem> {
    let found = store::hold(tx.db(), id).await?;
    let dossier = found.ok_or_else(Problem::not_found)?;
    let hand = agents::acting(tx.db(), claims, &dossier, act, tx.now()).await?;
    let description = description_of(&tx.part::<Catalogue>(), &dossier)?;
    Ok((dossier, description, hand))
}

/// Saves what the citizen has so far.
pub async fn save(
    tx: &Tx,
    claims: &Claims,
    id: DossierId,
    changes: Changes,
) -> Result<Dossier, Problem> {
    let (mut dossier, description, hand) = own(tx, claims, id, MandateAct::Fill).await?;
    if !dossier.state.is_open_to_change() {
        return Err(filed_already());
    }
    let named = changes.documents.iter().flat_map(BTreeMap::values).copied();
    let checked = store::documents::checked(tx.db(), named).await?;
    let draft = dossier
        .draft
        .changed(&description, changes, claims.sub, &checked);
    dossier.draft = draft.map_err(problem_of)?;
    store::write(tx.db(), id, &dossier.draft).await?;
    if let Some(by) = &hand.by {
        agents::filled(tx, id, by).await?;
        agents::record(tx, claims, id, Some(by), "draft-filled");
    }
    Ok(dossier)
}

/// Encloses one paper.
pub async fn enclose(
    tx: &Tx,
    claims: &Claims,
    id: DossierId,
    component: &str,
    document: Option<DocumentId>,
) -> Result<Dossier, Problem> {
    let (dossier, _, _) = own(tx, claims, id, MandateAct::Fill).await?;
    let mut documents = dossier.draft.documents;
    match document {
        Some(document) => documents.insert(component.to_owned(), document),
        None => documents.remove(component),
    };
    let changes = Changes {
        documents: Some(documents),
        ..Changes::default()
    };
    save(tx, claims, id, changes).await
}

/// Encloses a paper that its owner keeps, without another scan: scan has it and has checked it.
pub async fn reuse(
    tx: &Tx,
    claims: &Claims,
    id: DossierId,
    component: &str,
    document: DocumentId,
) -> Result<Dossier, Problem> {
    let (_, description, hand) = own(tx, claims, id, MandateAct::Fill).await?;
    if hand.by.is_some() {
        return Err(agents::kept_is_the_owners());
    }
    let kept = store::kept::among(tx.db(), [document]).await?;
    let (asked, today) = (description.component(component), calendar::date(tx.now()));
    kept::usable(kept.first(), claims.sub, asked, today)
        .map_err(|reason| Problem::field(&format!("documents.{component}"), reason))?;
    enclose(tx, claims, id, component, Some(document)).await
}

/// Files a dossier: everything is checked, the papers are sealed, its fee is written down. Filed already, it answers the same.
/// `seen` is the fee that the citizen saw; at another it is not filed.
pub async fn submit(
    tx: &Tx,
    claims: &Claims,
    id: DossierId,
    seen: Option<Vnd>,
) -> Result<Submission, Problem> {
    let (dossier, description, hand) = own(tx, claims, id, MandateAct::Submit).await?;
    if dossier.state == State::Withdrawn {
        return Err(given_up());
    }
    if let Some(at) = store::life(tx.db(), id).await?.submitted_at() {
        let state = dossier.state;
        return Ok(Submission::Filed(Filed { state, at }));
    }
    let address = dossier.draft.address.clone();
    let (applicant, filed_by) =
        agents::applicant(tx, claims, &dossier, hand.by.as_ref(), address).await?;
    let kept = store::kept::among(tx.db(), dossier.draft.document_ids()).await?;
    let expired = kept::expired(&dossier.draft, &kept, calendar::date(tx.now()));
    if !expired.is_empty() {
        return Err(problem_of(expired));
    }
    let sealed = seal(tx, &dossier, &description).await?;
    let quote = fee::quote(&tx.config::<Config>(), &description, &sealed.form, tx.now())?;
    let (free, now) = (quote.total.is_zero(), quote.total);
    if let Some(seen) = seen.filter(|seen| *seen != now) {
        return Ok(Submission::FeeChanged { seen, now });
    }
    let draft = written(&dossier.draft, &sealed);
    store::write(tx.db(), id, &draft).await?;
    store::file_under(tx.db(), id, &applicant.citizen_id).await?;
    let life = happened(
        tx,
        id,
        tx.now(),
        Fact::Submitted {
            free,
            fee: Some(quote),
            by: hand.by.clone(),
        },
    )
    .await?;
    agents::record(tx, claims, id, hand.by.as_ref(), "dossier-submitted");
    tell_enclosed(
        tx,
        (id, dossier.account),
        &dossier.procedure,
        &sealed.documents,
        tx.now(),
    );
    tx.say(&DossierSubmitted {
        dossier: id,
        procedure: dossier.procedure,
        procedure_version: dossier.version,
        channel: Channel::Online,
        applicant,
        form: draft.form,
        documents: sealed.documents,
        delivery: sealed.delivery,
        filed_by,
        submitted_at: tx.now(),
    });
    Ok(Submission::Filed(Filed {
        state: life.state(),
        at: tx.now(),
    }))
}

/// Answers a supplement request with changed answers and papers; what is not named stays. Answered already, it answers the same.
pub async fn supplement(
    tx: &Tx,
    claims: &Claims,
    id: DossierId,
    form: BTreeMap<String, String>,
    documents: BTreeMap<String, DocumentId>,
) -> Result<Filed, Problem> {
    let (dossier, description, hand) = own(tx, claims, id, MandateAct::Submit).await?;
    let life = store::life(tx.db(), id).await?;
    let Some(at) = life.answered_at(tx.now()) else {
        let state = dossier.state;
        let answered = life.supplemented_at().map(|at| Filed { state, at });
        return answered.ok_or_else(|| {
            Problem::conflict(
                "Hồ sơ này không chờ bổ sung",
                "Nothing is asked to be added to this dossier",
            )
        });
    };
    let has_changes = !form.is_empty() || !documents.is_empty();
    let mut changes = Changes::default();
    if !form.is_empty() {
        let mut all = dossier.draft.form.clone();
        all.extend(form);
        changes.form = Some(all);
    }
    if !documents.is_empty() {
        let mut all = dossier.draft.documents.clone();
        all.extend(documents);
        changes.documents = Some(all);
    }
    // What is sent as it was saved before is filled in by nobody now.
    let dossier = if has_changes {
        save(tx, claims, id, changes).await?
    } else {
        dossier
    };
    let sealed = seal(tx, &dossier, &description).await?;
    let draft = written(&dossier.draft, &sealed);
    store::write(tx.db(), id, &draft).await?;
    let fee = fee::supplemented(&tx.config::<Config>(), &description, &sealed.form, &life);
    let life = happened(
        tx,
        id,
        at,
        Fact::Supplemented {
            fee,
            by: hand.by.clone(),
        },
    )
    .await?;
    agents::record(tx, claims, id, hand.by.as_ref(), "dossier-supplemented");
    tell_enclosed(
        tx,
        (id, dossier.account),
        &dossier.procedure,
        &sealed.documents,
        at,
    );
    tx.say(&DossierSupplemented {
        dossier: id,
        form: draft.form,
        documents: sealed.documents,
        supplemented_at: at,
    });
    Ok(Filed {
        state: life.state(),
        at,
    })
}

/// Tells which documents a dossier was filed with; with none there is nothing to tell.
fn tell_enclosed(
    tx: &Tx,
    (dossier, owner): (DossierId, AccountId),
    procedure: &ProcedureCode,
    documents: &[SealedDocument],
    enclosed_at: DateTime<Utc>,
) {
    if !documents.is_empty() {
        tx.say(&PapersEnclosed {
            dossier,
            owner: Some(owner),
            procedure: procedure.clone(),
            documents: documents.iter().map(|paper| paper.document).collect(),
            enclosed_at,
        });
    }
}

/// Gives a draft up: what was written is gone.
pub async fn withdraw(tx: &Tx, claims: &Claims, id: DossierId) -> Result<(), Problem> {
    let (dossier, _, hand) = own(tx, claims, id, MandateAct::Fill).await?;
    match dossier.state {
        State::Withdrawn => Ok(()),
        State::Draft => {
            store::write(tx.db(), id, &Draft::default()).await?;
            agents::record(tx, claims, id, hand.by.as_ref(), "draft-withdrawn");
            happened(tx, id, tx.now(), Fact::Withdrawn { by: hand.by }).await?;
            Ok(())
        }
        _ => Err(filed_already()),
    }
}

async fn seal(tx: &Tx, dossier: &Dossier, description: &Description) -> Result<Sealed, Problem> {
    let draft = &dossier.draft;
    let owners = agents::owners(tx, dossier).await?;
    let checked: Checked = store::documents::checked(tx.db(), draft.document_ids()).await?;
    let sealed = draft
        .seal(description, owners, &checked)
        .map_err(|unready| match unready {
            Unready::Wrong(errors) => problem_of(errors),
            Unready::Checking(components) => still_checking(&components.join(", ")),
        })?;
    let share = tx.config::<Config>().share();
    let documents = sealed.documents.iter().map(|paper| paper.document);
    match share.exceeded(documents, &checked) {
        Some(error) => Err(problem_of(vec![error])),
        None => Ok(sealed),
    }
}

/// The draft as it was filed: normalised, without papers that do not matter.
fn written(draft: &Draft, sealed: &Sealed) -> Draft {
    let documents = sealed.documents.iter();
    Draft {
        form: sealed.form.answers().clone(),
        documents: documents
            .map(|sealed| (sealed.component.clone(), sealed.document))
            .collect(),
        delivery: Some(sealed.delivery),
        address: draft.address.clone(),
    }
}

const UNKNOWN: Refused = Refused::new("Không có thủ tục này", "There is no such procedure");

fn not_online(description: &Description) -> Refused {
    let level = description.level.number();
    Refused::because(
        format!("Thủ tục này ở mức độ {level}: chưa nộp được trực tuyến, xin nộp tại quầy một cửa"),
        format!(
            "This procedure is at level {level}: it cannot be filed online, please come to the desk"
        ),
    )
}

fn problem_of(errors: Vec<procedure::FieldError>) -> Problem {
    let error = |error: procedure::FieldError| FieldError::new(error.field, &error.reason);
    Problem::fields(errors.into_iter().map(error).collect())
}

fn still_checking(components: &str) -> Problem {
    Problem::in_progress(
        "Giấy tờ đang được kiểm tra, xin thử lại sau ít giây",
        "Papers are still being checked, please try again in a few seconds",
    )
    .detail(
        &format!("Chưa kiểm tra xong: {components}"),
        &format!("Not checked yet: {components}"),
    )
}

fn filed_already() -> Problem {
    Problem::conflict(
        "Hồ sơ đã nộp, không sửa được nữa",
        "The dossier is filed and cannot be changed any more",
    )
}

fn given_up() -> Problem {
    Problem::new(
        StatusCode::GONE,
        "Hồ sơ nháp này đã được hủy",
        "This draft was given up",
    )
}
