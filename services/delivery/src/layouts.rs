//! How agencies lay out their results: read from the catalogue, and tried before a citizen's paper is drawn by them.

use std::collections::BTreeSet;

use ::paper::{Layout, Layouts};
use chassis::{Setup, StartError};
use chrono::{DateTime, Utc};
use contracts::{
    AccountId, Delivery, DossierId,
    desk::{DossierDecided, Outcome},
    intake::Applicant,
};
use procedure::{Catalogue, Description, Role};
use uuid::Uuid;

use crate::{
    config::Config,
    domain::paper::{self, Paper},
};

/// Reads the catalogue's layouts. One by which its first example cannot be drawn keeps the service from starting: the replicas that run
/// go on with what they have, and no citizen's paper meets it.
pub async fn open(setup: Setup) -> Result<Layouts, StartError> {
    let config = setup.config::<Config>();
    let catalogue = procedure::catalogue(setup).await?;
    let trying = tokio::task::spawn_blocking(move || tried(&catalogue, &config));
    let tried = trying.await.unwrap_or_else(|died| Err(died.to_string()));
    tried.map_err(|why| StartError::new(format!("delivery: catalogue/layouts: {why}")))
}

/// Every layout of a catalogue, each tried once. Work for the processor.
pub fn tried(catalogue: &Catalogue, config: &Config) -> Result<Layouts, String> {
    let layouts = catalogue.layouts();
    let layouts = layouts.map(|(name, text)| Layout::new(name, text.to_owned()));
    let layouts: Result<Layouts, _> = layouts.collect();
    let layouts = layouts.map_err(|error| error.to_string())?;
    let mut seen = BTreeSet::new();
    for description in catalogue.versions() {
        let layout = description.result.layout.as_deref();
        if layout.is_some_and(|layout| seen.insert(layout)) {
            try_first(catalogue, description, &layouts, config)?;
        }
    }
    Ok(layouts)
}

fn try_first(
    catalogue: &Catalogue,
    description: &Description,
    layouts: &Layouts,
    config: &Config,
) -> Result<(), String> {
    let code = &description.code;
    let paper = example(catalogue, description, 0, DateTime::UNIX_EPOCH, config)
        .ok_or_else(|| format!("{code} has no example, or nobody issues it"))?;
    let drawn = paper.typeset(layouts);
    drawn.map_err(|error| format!("{code} by its first example: {error}"))?;
    Ok(())
}

/// What a result of a procedure would look like by one of its examples, the first being 0; `None` when there is none such.
pub fn example(
    catalogue: &Catalogue,
    description: &Description,
    which: usize,
    now: DateTime<Utc>,
    config: &Config,
) -> Option<Paper> {
    let mut offices = catalogue.organisations().iter();
    let office = &offices.find(|one| one.role == Role::Desk)?.code;
    let lines = description.result.examples.get(which)?;
    let made_up = DossierDecided {
        dossier: DossierId(Uuid::nil()),
        code: format!("{office}-{}-0001", calendar::date(now).format("%y%m%d"))
            .parse()
            .ok()?,
        procedure: description.code.clone(),
        procedure_version: description.version,
        organisation: office.clone(),
        applicant: Applicant {
            account: AccountId(Uuid::nil()),
            name: "Nguyễn Thị Ví Dụ".parse().ok()?,
            citizen_id: "066190001234".parse().ok()?,
            phone: None,
            email: None,
            address: None,
        },
        delivery: Delivery::Portal,
        copies: 1,
        outcome: Outcome::Granted {
            result: lines.clone(),
        },
        signed_by: "Trần Văn Mẫu".parse().ok()?,
        signer: None,
        signer_title: description.sign_off.title.vi.clone(),
        decided_at: now,
    };
    paper::draft(&made_up, catalogue, config).ok()
}
