//! Papers that a counter scanned in one go: whether a dossier takes them, and their way into it.

use std::sync::Arc;

use chassis::{Failure, Tx};
use contracts::{
    Refused,
    intake::{PartChoice, PartPlaced, PartRefused},
    scan::{DossierNamed, PartFiled, PartFound},
};
use procedure::{
    Catalogue, Description,
    description::{Component, Handling},
};

use crate::{
    acts::description_of,
    domain::{Event, Fact, draft::Draft},
    store::{self, Dossier},
};

/// Why papers cannot be filed, and for what they could be.
struct Refusal {
    reason: Refused,
    choices: Vec<PartChoice>,
}

impl From<Refused> for Refusal {
    fn from(reason: Refused) -> Self {
        Self {
            reason,
            choices: Vec::new(),
        }
    }
}

/// Scan asks whether papers may be filed: says whose they are, or why not.
pub async fn part_found(heard: PartFound, tx: Tx) -> Result<(), Failure> {
    let found = match &heard.dossier {
        DossierNamed::Id(id) => store::dossier(tx.db(), *id).await?,
        DossierNamed::Code(code) => store::by_code(tx.db(), code).await?,
    };
    let component = heard.component.as_deref();
    match placed(&tx, found, component, heard.replaces) {
        Ok((dossier, component)) => tx.say(&PartPlaced {
            part: heard.part,
            question: heard.question,
            dossier: dossier.id,
            kind: component.kind().to_owned(),
            paper_vi: component.name.vi,
            paper_en: component.name.en,
            component: component.id,
            owner: dossier.account,
            placed_at: tx.now(),
        }),
        Err(refusal) => tx.say(&refused(&tx, heard.part, heard.question, refusal)),
    }
    Ok(())
}

/// Papers have become a document of the dossier's owner: it is enclosed, and that it was is on record.
pub async fn part_filed(heard: PartFiled, tx: Tx) -> Result<(), Failure> {
    let found = store::hold(tx.db(), heard.dossier).await?;
    let holds =
        |dossier: &Dossier| dossier.draft.documents.get(&heard.component) == Some(&heard.document);
    if found.as_ref().is_some_and(holds) {
        return Ok(());
    }
    match placed(&tx, found, Some(&heard.component), heard.replaces) {
        Ok((dossier, component)) => {
            let mut draft = dossier.draft;
            draft.documents.insert(component.id, heard.document);
            store::write(tx.db(), dossier.id, &draft).await?;
            let fact = Fact::Scanned {
                paper: component.name.vi,
                paper_en: component.name.en,
                officer: heard.officer,
                officer_name: heard.officer_name,
            };
            let at = heard.filed_at;
            store::learn(tx.db(), dossier.id, &Event { at, fact }).await?;
        }
        Err(refusal) => tx.say(&refused(&tx, heard.part, heard.question, refusal)),
    }
    Ok(())
}

/// Where papers go in a dossier, or why they don't.
fn placed(
    tx: &Tx,
    found: Option<Dossier>,
    component: Option<&str>,
    replaces: bool,
) -> Result<(Dossier, Component), Refusal> {
    let dossier = found.ok_or(UNKNOWN)?;
    if !dossier.state.is_open_to_change() {
        return Err(CLOSED.into());
    }
    let description = description(tx, &dossier)?;
    let taken = |component: &&Component| component.handling == Handling::Submit;
    let refuse = |reason| Refusal {
        reason,
        choices: choices(&description, &dossier.draft),
    };
    let Some(id) = component else {
        return Err(refuse(WHICH));
    };
    let asked = description.component(id).filter(taken).cloned();
    let component = asked.ok_or_else(|| refuse(NOT_ASKED))?;
    if dossier.draft.documents.contains_key(&component.id) && !replaces {
        return Err(refuse(THERE_ALREADY));
    }
    Ok((dossier, component))
}

fn description(tx: &Tx, dossier: &Dossier) -> Result<Arc<Description>, Refused> {
    description_of(&tx.part::<Catalogue>(), dossier).map_err(|_| UNKNOWN)
}

fn choices(description: &Description, draft: &Draft) -> Vec<PartChoice> {
    draft
        .papers(description)
        .into_iter()
        .map(|component| PartChoice {
            component: component.id.clone(),
            name_vi: component.name.vi.clone(),
            name_en: component.name.en.clone(),
            is_there: draft.documents.contains_key(&component.id),
        })
        .collect()
}

fn refused(tx: &Tx, part: contracts::BatchPartId, question: u32, refusal: Refusal) -> PartRefused {
    PartRefused {
        part,
        question,
        reason_vi: refusal.reason.vi.into_owned(),
        reason_en: refusal.reason.en.into_owned(),
        choices: refusal.choices,
        refused_at: tx.now(),
    }
}

const UNKNOWN: Refused = Refused::new("Không có hồ sơ này", "There is no such dossier");
const CLOSED: Refused = Refused::new(
    "Hồ sơ đã nộp và không chờ bổ sung nên không nhận thêm giấy tờ",
    "The dossier is filed and nothing is asked to be added to it, so it takes no papers",
);
const WHICH: Refused = Refused::new(
    "Chưa biết đây là giấy tờ nào của hồ sơ, xin chọn",
    "It is not known which of the dossier's papers this is, please choose",
);
const NOT_ASKED: Refused = Refused::new(
    "Thủ tục của hồ sơ không cần giấy tờ này, xin chọn giấy tờ khác",
    "The dossier's procedure does not ask for this paper, please choose another",
);
const THERE_ALREADY: Refused = Refused::new(
    "Hồ sơ đã có giấy tờ này, xin xem có thay không",
    "The dossier has this paper already, please see whether to replace it",
);
