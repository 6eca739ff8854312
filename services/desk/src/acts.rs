//! What officers and signers do to a work item, whether through the API or a page.

use axum::http::StatusCode;
use chassis::{Tx, auth::Claims, http::Problem};
use contracts::{DossierId, Text, desk::Outcome};

use crate::{
    Config,
    course::{Actor, Course},
    domain::{
        Refusal, Step,
        item::{Owner, WorkItem},
    },
    store,
};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::WrongState { state, .. } | Refusal::Over(state) => {
                let (vi, en) = state.words();
                Self::conflict(
                    &format!("Không làm được việc này: hồ sơ đang ở trạng thái «{vi}»"),
                    &format!("This cannot be done now: the dossier is {en}"),
                )
            }
            Refusal::OwnProposal => Self::new(
                StatusCode::FORBIDDEN,
                "Người đề xuất quyết định không tự ký duyệt",
                "Whoever proposed the decision does not sign it off",
            ),
        }
    }
}

/// Holds the work item that `step` is about to happen to.
async fn hold(tx: &Tx, dossier: DossierId, step: Step) -> Result<Course<'_>, Problem> {
    let item = store::hold(tx.db(), dossier).await?;
    let item = item.ok_or_else(Problem::not_found)?;
    item.may(step)?;
    Ok(Course::of(tx, item))
}

/// An officer receives.
pub async fn receive(tx: &Tx, dossier: DossierId, officer: &Claims) -> Result<WorkItem, Problem> {
    let mut course = hold(tx, dossier, Step::Receive).await?;
    course.receive(&Actor::person(officer)).await?;
    Ok(course.end().await?)
}

/// An officer doesn't receive.
pub async fn reject(
    tx: &Tx,
    dossier: DossierId,
    officer: &Claims,
    reason: &Text,
) -> Result<WorkItem, Problem> {
    let mut course = hold(tx, dossier, Step::Reject).await?;
    course
        .reject(&Actor::person(officer), reason.as_str())
        .await?;
    Ok(course.end().await?)
}

/// An officer proposes a decision.
pub async fn decide(
    tx: &Tx,
    dossier: DossierId,
    officer: &Claims,
    outcome: Outcome,
) -> Result<WorkItem, Problem> {
    let mut course = hold(tx, dossier, Step::Propose).await?;
    course
        .propose(&Actor::person(officer), Step::Propose, outcome)
        .await?;
    Ok(course.end().await?)
}

/// A signer signs off.
pub async fn sign_off(tx: &Tx, dossier: DossierId, signer: &Claims) -> Result<WorkItem, Problem> {
    let mut course = hold(tx, dossier, Step::SignOff).await?;
    let four_eyes = tx.config::<Config>().four_eyes;
    course.item.may_sign(signer.sub, four_eyes)?;
    course.sign_off(signer).await?;
    Ok(course.end().await?)
}

/// An officer takes a dossier on, from the pool or from a colleague.
pub async fn take(tx: &Tx, dossier: DossierId, officer: &Claims) -> Result<WorkItem, Problem> {
    let item = store::hold(tx.db(), dossier).await?;
    let mut course = Course::of(tx, item.ok_or_else(Problem::not_found)?);
    let before = course.item.owner.clone();
    let owner = Owner {
        account: officer.sub,
        name: officer.name.to_string(),
    };
    if course.item.take(owner)? {
        let from = before.map(|owner| owner.name).unwrap_or_default();
        let state = course.item.state;
        course
            .enter(&Actor::person(officer), "take", Some(state), &from)
            .await?;
    }
    Ok(course.end().await?)
}
