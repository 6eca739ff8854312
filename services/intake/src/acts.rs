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
    AccountId, Channel, DocumentId, DossierId, ProcedureCode, Refused, Vnd,
    intake::{Applicant, DossierSubmitted, DossierSupplemented, PapersEnclosed, SealedDocument},
};
use procedure::{Catalogue, Description};

use crate::{
    config::Config,
    domain::{
        Event, Fact, Life, State,
        draft::{Changes, Checked, Draft, Sealed, Unready},
        kept,
    },
    fee, signals,
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

/// Opens a draft under the version in force today.
pub async fn open(tx: &Tx, owner: AccountId, code: &ProcedureCode) -> Result<DossierId, Problem> {
    let catalogue = tx.part::<Catalogue>();
    let description = catalogue.at(code, calendar::date(tx.now()));
    let description = description.ok_or_else(|| Problem::field("procedure", UNKNOWN))?;
    if !description.is_offered_online() {
        return Err(Problem::field("procedure", not_online(description)));
    }
    if store::count_drafts(tx.db(), owner).await? >= tx.config::<Config>().most_drafts {
        return Err(Problem::conflict(
            "Bạn có quá nhiều hồ sơ nháp, xin nộp hoặc hủy bớt",
            "You have too many drafts, please file or discard some",
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
    };
    store::open(tx.db(), &dossier).await?;
    happened(tx, dossier.id, tx.now(), Fact::Opened).await?;
    Ok(dossier.id)
}

async fn happened(tx: &Tx, id: DossierId, at: DateTime<Utc>, fact: Fact) -> Result<Life, Problem> {
    Ok(store::learn(tx.db(), id, &Event { at, fact }).await?)
}

/// A citizen's own dossier, held. To anybody else there is no such dossier.
async fn own(
    tx: &Tx,
    owner: AccountId,
    id: DossierId,
) -> Result<(Dossier, Arc<Description>), Problem> {
    let found = store::hold(tx.db(), id).await?;
    let dossier = found
        .filter(|dossier| dossier.account == owner)
        .ok_or_else(Problem::not_found)?;
    let description = description_of(&tx.part::<Catalogue>(), &dossier)?;
    Ok((dossier, description))
}

/// Saves what the citizen has so far.
pub async fn save(
    tx: &Tx,
    owner: AccountId,
    id: DossierId,
    changes: Changes,
) -> Result<Dossier, Problem> {
    let (mut dossier, description) = own(tx, owner, id).await?;
    if !dossier.state.is_open_to_change() {
        return Err(filed_already());
    }
    let named = changes.documents.iter().flat_map(BTreeMap::values).copied();
    let checked = store::documents::checked(tx.db(), named).await?;
    let draft = dossier
        .draft
        .changed(&description, changes, owner, &checked);
    dossier.draft = draft.map_err(problem_of)?;
    store::write(tx.db(), id, &dossier.draft).await?;
    Ok(dossier)
}

/// Encloses one paper.
pub async fn enclose(
    tx: &Tx,
    owner: AccountId,
    id: DossierId,
    component: &str,
    document: Option<DocumentId>,
) -> Result<Dossier, Problem> {
    let (dossier, _) = own(tx, owner, id).await?;
    let mut documents = dossier.draft.documents;
    match document {
        Some(document) => documents.insert(component.to_owned(), document),
        None => documents.remove(component),
    };
    let changes = Changes {
        documents: Some(documents),
        ..Changes::default()
    };
    save(tx, owner, id, changes).await
}

/// Encloses a paper that its owner keeps, without another scan: scan has it and has checked it.
pub async fn reuse(
    tx: &Tx,
    owner: AccountId,
    id: DossierId,
    component: &str,
    document: DocumentId,
) -> Result<Dossier, Problem> {
    let (_, description) = own(tx, owner, id).await?;
    let kept = store::kept::among(tx.db(), [document]).await?;
    let (asked, today) = (description.component(component), calendar::date(tx.now()));
    kept::usable(kept.first(), owner, asked, today)
        .map_err(|reason| Problem::field(&format!("documents.{component}"), reason))?;
    enclose(tx, owner, id, component, Some(document)).await
}

/// Files a dossier: everything is checked, the papers are sealed, its fee is written down. Filed already, it answers the same.
/// `seen` is the fee that the citizen saw; at another it is not filed.
pub async fn submit(
    tx: &Tx,
    claims: &Claims,
    id: DossierId,
    seen: Option<Vnd>,
) -> Result<Submission, Problem> {
    let (dossier, description) = own(tx, claims.sub, id).await?;
    if dossier.state == State::Withdrawn {
        return Err(given_up());
    }
    if let Some(at) = store::life(tx.db(), id).await?.submitted_at() {
        let state = dossier.state;
        return Ok(Submission::Filed(Filed { state, at }));
    }
    let citizen_id = claims.citizen_id.clone().ok_or_else(unidentified)?;
    let kept = store::kept::among(tx.db(), dossier.draft.document_ids()).await?;
    let expired = kept::expired(&dossier.draft, &kept, calendar::date(tx.now()));
    if !expired.is_empty() {
        return Err(problem_of(expired));
    }
    let sealed = seal(tx, claims.sub, &dossier.draft, &description).await?;
    let quote = fee::quote(&tx.config::<Config>(), &description, &sealed.form, tx.now())?;
    let (free, now) = (quote.total.is_zero(), quote.total);
    if let Some(seen) = seen.filter(|seen| *seen != now) {
        return Ok(Submission::FeeChanged { seen, now });
    }
    let draft = written(&dossier.draft, &sealed);
    store::write(tx.db(), id, &draft).await?;
    store::file_under(tx.db(), id, &citizen_id).await?;
    let life = happened(
        tx,
        id,
        tx.now(),
        Fact::Submitted {
            free,
            fee: Some(quote),
        },
    )
    .await?;
    tell_enclosed(tx, id, &dossier.procedure, &sealed.documents, tx.now());
    signals::filed(tx, claims, id, &citizen_id);
    tx.say(&DossierSubmitted {
        dossier: id,
        procedure: dossier.procedure,
        procedure_version: dossier.version,
        channel: Channel::Online,
        applicant: Applicant {
            account: claims.sub,
            name: claims.name.clone(),
            citizen_id,
            phone: claims.phone.clone(),
            email: claims.email.clone(),
            address: draft.address,
        },
        form: draft.form,
        documents: sealed.documents,
        delivery: sealed.delivery,
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
    owner: AccountId,
    id: DossierId,
    form: BTreeMap<String, String>,
    documents: BTreeMap<String, DocumentId>,
) -> Result<Filed, Problem> {
    let (dossier, description) = own(tx, owner, id).await?;
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
    let mut changes = Changes::default();
    if !form.is_empty() {
        let mut all = dossier.draft.form;
        all.extend(form);
        changes.form = Some(all);
    }
    if !documents.is_empty() {
        let mut all = dossier.draft.documents;
        all.extend(documents);
        changes.documents = Some(all);
    }
    let dossier = save(tx, owner, id, changes).await?;
    let sealed = seal(tx, owner, &dossier.draft, &description).await?;
    let draft = written(&dossier.draft, &sealed);
    store::write(tx.db(), id, &draft).await?;
    let fee = fee::supplemented(&tx.config::<Config>(), &description, &sealed.form, &life);
    let life = happened(tx, id, at, Fact::Supplemented { fee }).await?;
    tell_enclosed(tx, id, &dossier.procedure, &sealed.documents, at);
    signals::supplemented(tx, id);
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
    dossier: DossierId,
    procedure: &ProcedureCode,
    documents: &[SealedDocument],
    enclosed_at: DateTime<Utc>,
) {
    if !documents.is_empty() {
        tx.say(&PapersEnclosed {
            dossier,
            procedure: procedure.clone(),
            documents: documents.iter().map(|paper| paper.document).collect(),
            enclosed_at,
        });
    }
}

/// Gives a draft up: what was written is gone.
pub async fn withdraw(tx: &Tx, owner: AccountId, id: DossierId) -> Result<(), Problem> {
    let (dossier, _) = own(tx, owner, id).await?;
    match dossier.state {
        State::Withdrawn => Ok(()),
        State::Draft => {
            store::write(tx.db(), id, &Draft::default()).await?;
            happened(tx, id, tx.now(), Fact::Withdrawn).await?;
            Ok(())
        }
        _ => Err(filed_already()),
    }
}

async fn seal(
    tx: &Tx,
    owner: AccountId,
    draft: &Draft,
    description: &Description,
) -> Result<Sealed, Problem> {
    let checked: Checked = store::documents::checked(tx.db(), draft.document_ids()).await?;
    let sealed = draft
        .seal(description, owner, &checked)
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

fn unidentified() -> Problem {
    Problem::forbidden(
        "Tài khoản của bạn chưa có số định danh cá nhân. Hãy bổ sung số định danh để nộp hồ sơ",
        "Your account has no personal identification number yet. Add it to file a dossier",
    )
}
