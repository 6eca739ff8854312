//! What there is to see of a dossier: loaded, compared by digests, and handed to the domain to be weighed.

use std::collections::{BTreeMap, BTreeSet};

use chassis::{Failure, Tx};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{CitizenId, scan::ReadField};
use procedure::{
    Bilingual, Catalogue, Description, Paper,
    description::FieldKind,
    reading::{Readings, mismatches},
};

use super::remembered_since;
use crate::{
    config::Config,
    digests::Digests,
    domain::{
        draft::Checked,
        signals::{
            File, Others, Pace, Seen, Source,
            card::{self, Applicant, Card, Remark},
        },
    },
    own::Filing,
    store::{
        Dossier, documents,
        signals::{Mark, count, others},
    },
};

fn description(tx: &Tx, dossier: &Dossier) -> Option<std::sync::Arc<Description>> {
    let catalogue = tx.part::<Catalogue>();
    let version = catalogue.version(&dossier.procedure, dossier.version);
    version.cloned()
}

/// The numbers that a form names, beside the applicant's own.
fn named(description: Option<&Description>, dossier: &Dossier) -> Vec<CitizenId> {
    let fields = description.into_iter().flat_map(|known| &known.form);
    let numbers = fields.filter(|field| matches!(field.kind, FieldKind::CitizenId));
    let answers = numbers.filter_map(|field| dossier.draft.form.get(&field.id));
    answers.filter_map(|answer| answer.parse().ok()).collect()
}

/// For whom a dossier is: whom its form names, else who files it.
fn subject(description: Option<&Description>, dossier: &Dossier) -> Option<CitizenId> {
    let named = named(description, dossier).into_iter().next();
    named.or_else(|| dossier.citizen_id.clone())
}

/// By which digests a dossier is found again.
pub async fn marks(tx: &Tx, dossier: &Dossier, filing: &Filing) -> Result<Vec<String>, Failure> {
    let digests = tx.part::<Digests>();
    let description = description(tx, dossier);
    let checked = documents::checked(tx.db(), dossier.draft.document_ids()).await?;
    let mut marks = vec![filing.person.clone(), digests.account(filing.account)];
    marks.extend(filing.phone.clone());
    marks.extend(filing.email.clone());
    marks.extend(subject(description.as_deref(), dossier).map(|subject| digests.subject(&subject)));
    marks.extend(checked.values().map(|known| digests.file(&known.sha256)));
    Ok(marks)
}

/// What there is to see.
pub async fn at(tx: &Tx, dossier: &Dossier, filing: &Filing) -> Result<Seen, Failure> {
    let description = description(tx, dossier);
    let description = description.as_deref();
    let checked = documents::checked(tx.db(), dossier.draft.document_ids()).await?;
    let stakes = &tx.config::<Config>().signals.rules;
    let eye = Eye {
        tx,
        dossier,
        filing,
        since: remembered_since(tx, filing.filed_at),
    };
    let same_person = eye.meets(&filing.person).await?;
    let elsewhere = same_person
        .into_iter()
        .filter(|mark| mark.account != filing.account);
    Ok(Seen {
        files: eye.files(description, &checked).await?,
        elsewhere: elsewhere.map(|mark| mark.dossier).collect(),
        phone: eye.contact(filing.phone.as_deref()).await?,
        email: eye.contact(filing.email.as_deref()).await?,
        paces: eye.paces(description).await?,
        card: eye.card(description, &checked).await?,
        little_known: stakes
            .are_high_for(&dossier.procedure)
            .then_some(filing.assurance),
    })
}

/// What looks at one dossier.
struct Eye<'a> {
    tx: &'a Tx,
    dossier: &'a Dossier,
    filing: &'a Filing,
    since: DateTime<Utc>,
}

impl Eye<'_> {
    /// Other dossiers with the same digest.
    async fn meets(&self, digest: &str) -> Result<Vec<Mark>, Failure> {
        Ok(others(self.tx.db(), self.dossier.id, digest, self.since).await?)
    }

    /// Those of other people.
    fn of_others(&self, marks: Vec<Mark>) -> Others {
        let strangers = marks
            .into_iter()
            .filter(|mark| mark.person != self.filing.person);
        let strangers: Vec<Mark> = strangers.collect();
        let people: BTreeSet<&str> = strangers.iter().map(|mark| &*mark.person).collect();
        Others {
            people: people.len(),
            dossiers: strangers.iter().map(|mark| mark.dossier).collect(),
        }
    }

    async fn contact(&self, digest: Option<&str>) -> Result<Others, Failure> {
        match digest {
            Some(digest) => Ok(self.of_others(self.meets(digest).await?)),
            None => Ok(Others::default()),
        }
    }

    async fn files(
        &self,
        description: Option<&Description>,
        checked: &Checked,
    ) -> Result<Vec<File>, Failure> {
        let digests = self.tx.part::<Digests>();
        let mut files = Vec::new();
        let mut looked = BTreeSet::new();
        for (component, document) in &self.dossier.draft.documents {
            let Some(known) = checked.get(document) else {
                continue;
            };
            if !looked.insert(&known.sha256) {
                continue;
            }
            let others = self.of_others(self.meets(&digests.file(&known.sha256)).await?);
            if others.people > 0 {
                let paper = description.and_then(|known| known.component(component));
                files.push(File {
                    paper: paper.map_or_else(|| plain(component), |paper| paper.name.clone()),
                    others,
                });
            }
        }
        Ok(files)
    }

    async fn paces(&self, description: Option<&Description>) -> Result<Vec<Pace>, Failure> {
        let digests = self.tx.part::<Digests>();
        let subject = subject(description, self.dossier);
        let sources = [
            (Source::Account, Some(digests.account(self.filing.account))),
            (Source::Phone, self.filing.phone.clone()),
            (
                Source::Person,
                subject.map(|number| digests.subject(&number)),
            ),
        ];
        let (db, until) = (self.tx.db(), self.filing.filed_at);
        let mut paces = Vec::new();
        for (source, digest) in sources {
            let Some(digest) = digest else { continue };
            paces.push(Pace {
                source,
                hour: count(db, &digest, TimeDelta::hours(1), until).await?,
                day: count(db, &digest, TimeDelta::days(1), until).await?,
            });
        }
        Ok(paces)
    }

    /// What was read on the identity card that is enclosed, else on the one that the form was filled in from: sent by the same account
    /// between opening the draft and filing it.
    async fn read(
        &self,
        paper: &Paper,
        checked: &Checked,
    ) -> Result<Option<Vec<ReadField>>, Failure> {
        let of_kind = |kind: &Option<String>| kind.as_deref() == Some(&paper.id);
        let enclosed = checked
            .values()
            .find(|known| known.rejected.is_none() && of_kind(&known.kind));
        if let Some(known) = enclosed {
            return Ok(Some(known.fields.clone()));
        }
        let between = self.dossier.opened_at..=self.filing.filed_at;
        let (db, owner) = (self.tx.db(), self.filing.account);
        Ok(documents::last_read(db, owner, &paper.id, between).await?)
    }

    async fn card(
        &self,
        description: Option<&Description>,
        checked: &Checked,
    ) -> Result<Vec<Remark>, Failure> {
        let catalogue = self.tx.part::<Catalogue>();
        let paper = catalogue.papers().find(|paper| paper.is_identity_card());
        let (Some(paper), Some(number)) = (paper, &self.dossier.citizen_id) else {
            return Ok(Vec::new());
        };
        let Some(fields) = self.read(paper, checked).await? else {
            return Ok(Vec::new());
        };
        let read = Card::read(paper, &fields);
        let digests = self.tx.part::<Digests>();
        let name = read.name.as_ref();
        let applicant = Applicant {
            number,
            is_named_so: name.map(|name| digests.name(&name.value) == self.filing.name),
            named: &named(description, self.dossier),
            on: calendar::date(self.filing.filed_at),
        };
        let mut remarks = card::remarks(&read, applicant);
        remarks.extend(self.differs(description, paper, fields));
        Ok(remarks)
    }

    /// At which questions the form says otherwise than the card, beyond doubt.
    fn differs(
        &self,
        description: Option<&Description>,
        paper: &Paper,
        fields: Vec<ReadField>,
    ) -> Option<Remark> {
        let description = description?;
        let readings: Readings = BTreeMap::from([(paper.id.clone(), fields)]);
        let wrong = mismatches(description, &self.dossier.draft.form, &readings);
        let sure = wrong.iter().filter(|wrong| wrong.told.certain);
        let labels: Vec<&Bilingual> = sure
            .filter_map(|wrong| description.form_field(&wrong.field))
            .map(|field| &field.label)
            .collect();
        let listed = |of: fn(&Bilingual) -> &str| {
            let labels = labels.iter().map(|label| of(label));
            labels.collect::<Vec<_>>().join("; ")
        };
        (!labels.is_empty()).then(|| {
            Remark::FormDiffers(Bilingual {
                vi: listed(|label| &label.vi),
                en: listed(|label| &label.en),
            })
        })
    }
}

fn plain(component: &str) -> Bilingual {
    Bilingual {
        vi: component.to_owned(),
        en: component.to_owned(),
    }
}
