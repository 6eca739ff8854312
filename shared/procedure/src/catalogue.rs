//! The catalogue: every procedure in all its versions, the offices and their calendars, read from a folder of YAML files.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use calendar::Calendar;
use chrono::NaiveDate;
use contracts::{OrganisationCode, ProcedureCode};
use serde::de::DeserializeOwned;

use crate::{
    Description, Invalid, Organisation, Organisations, Paper, description::read_yaml, fold,
    paper::PaperFieldName,
};

/// What the folder `catalogue/` says. Read once, when a service starts.
#[derive(Debug, Default)]
pub struct Catalogue {
    procedures: BTreeMap<ProcedureCode, Vec<Entry>>,
    organisations: Organisations,
    calendars: BTreeMap<String, Calendar>,
    papers: BTreeMap<String, Paper>,
    layouts: BTreeMap<String, String>,
}

/// One version with the folded words it is found by.
#[derive(Debug)]
struct Entry {
    description: Arc<Description>,
    name: String,
    words: String,
}

/// Why a folder is no catalogue.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder that cannot be read.
    #[error("{path}: cannot be read (CATALOGUE_DIR names the folder)")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file that doesn't say what it should.
    #[error("{path}: {reason}")]
    Invalid {
        /// Which.
        path: PathBuf,
        /// What and where.
        reason: Invalid,
    },
}

impl Catalogue {
    /// Reads `procedures/*.yaml`, `papers/*.yaml`, `layouts/*.typ`, `organisations.yaml` and `calendars/*.yaml` under `dir`.
    pub fn load(dir: &Path) -> Result<Self, Error> {
        let mut catalogue = Self::default();
        for path in files(&dir.join("calendars"), "yaml")? {
            catalogue.calendars.insert(stem(&path), read(&path)?);
        }
        let layouts = dir.join("layouts");
        if layouts.is_dir() {
            for path in files(&layouts, "typ")? {
                catalogue.layouts.insert(stem(&path), text(&path)?);
            }
        }
        let path = dir.join("organisations.yaml");
        let organisations: Vec<Organisation> = read(&path)?;
        let organisations = Organisations::read(organisations, &catalogue.calendars);
        catalogue.organisations =
            organisations.map_err(|reason| Error::Invalid { path, reason })?;
        for path in files(&dir.join("papers"), "yaml")? {
            let paper = Paper::from_yaml(&text(&path)?);
            let added = paper.and_then(|paper| catalogue.add_paper(paper, &path));
            added.map_err(|reason| Error::Invalid { path, reason })?;
        }
        for path in files(&dir.join("procedures"), "yaml")? {
            let description = Description::from_yaml(&text(&path)?);
            let added = description.and_then(|description| {
                catalogue.check_papers(&description)?;
                catalogue.check_bodies(&description)?;
                catalogue.check_layout(&description)?;
                catalogue.add(description)
            });
            added.map_err(|reason| Error::Invalid { path, reason })?;
        }
        Ok(catalogue)
    }

    /// Adds one version of a procedure.
    ///
    /// Refused when the version is there already, or when it is in force before the version that it follows.
    pub fn add(&mut self, description: Description) -> Result<(), Invalid> {
        let versions = self.procedures.entry(description.code.clone()).or_default();
        let (version, from) = (description.version, description.effective_from);
        let place = versions.partition_point(|entry| entry.description.version < version);
        let (before, after) = versions.split_at(place);
        if after
            .first()
            .is_some_and(|next| next.description.version == version)
        {
            return sense(
                "version",
                format!("{} has a version {version} already", description.code),
            );
        }
        let too_early = before
            .last()
            .is_some_and(|entry| entry.description.effective_from >= from);
        let too_late = after
            .first()
            .is_some_and(|entry| entry.description.effective_from <= from);
        if too_early || too_late {
            return sense(
                "effective_from",
                "a higher version begins on a later day".to_owned(),
            );
        }
        versions.insert(place, Entry::new(description));
        Ok(())
    }

    /// The version of a procedure in force on `date`.
    pub fn at(&self, code: &ProcedureCode, date: NaiveDate) -> Option<&Arc<Description>> {
        in_force(self.procedures.get(code)?, date).map(|entry| &entry.description)
    }

    /// A certain version of a procedure: the one a dossier was received under.
    pub fn version(&self, code: &ProcedureCode, version: u32) -> Option<&Arc<Description>> {
        let versions = self.procedures.get(code)?;
        versions
            .iter()
            .map(|entry| &entry.description)
            .find(|description| description.version == version)
    }

    /// Every procedure in force on `date`, by code.
    pub fn in_force(&self, date: NaiveDate) -> impl Iterator<Item = &Arc<Description>> {
        self.procedures
            .values()
            .filter_map(move |versions| in_force(versions, date))
            .map(|entry| &entry.description)
    }

    /// The procedures in force on `date` in which every word of `query` begins a word, best first; all for an empty query.
    ///
    /// Accents, case and punctuation don't matter. A match in the code or the name goes before one in the summary.
    pub fn search(&self, query: &str, date: NaiveDate) -> Vec<&Arc<Description>> {
        let query = fold(query);
        let entries = self
            .procedures
            .values()
            .filter_map(|versions| in_force(versions, date));
        let mut found: Vec<_> = entries
            .filter_map(|entry| Some((entry.rank(&query)?, &entry.description)))
            .collect();
        found.sort_by_key(|(rank, _)| *rank);
        found
            .into_iter()
            .map(|(_, description)| description)
            .collect()
    }

    /// An office or body as it was last known, in force or not.
    pub fn organisation(&self, code: &OrganisationCode) -> Option<&Organisation> {
        self.organisations.newest(code)
    }

    /// All offices and bodies, as they were, are and will be.
    pub fn organisations(&self) -> &Organisations {
        &self.organisations
    }

    /// The calendar that an office works by, with its own opening hours, as it was last known.
    pub fn calendar_of(&self, code: &OrganisationCode) -> Option<&Calendar> {
        self.organisations.calendar(code)
    }

    /// A calendar by the name of its file.
    pub fn calendar(&self, name: &str) -> Option<&Calendar> {
        self.calendars.get(name)
    }

    /// A kind of paper that can be read by machine.
    pub fn paper(&self, id: &str) -> Option<&Paper> {
        self.papers.get(id)
    }

    /// All of them, by id.
    pub fn papers(&self) -> impl Iterator<Item = &Paper> {
        self.papers.values()
    }

    /// The layouts of results as they are written (Typst), by the names of their files.
    pub fn layouts(&self) -> impl Iterator<Item = (&str, &str)> {
        let layouts = self.layouts.iter();
        layouts.map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Every version of every procedure, by code.
    pub fn versions(&self) -> impl Iterator<Item = &Arc<Description>> {
        let entries = self.procedures.values().flatten();
        entries.map(|entry| &entry.description)
    }

    fn add_paper(&mut self, paper: Paper, path: &Path) -> Result<(), Invalid> {
        if path.file_stem().is_none_or(|stem| *stem != *paper.id) {
            return sense("id", format!("{} is not the file's name", paper.id));
        }
        self.papers.insert(paper.id.clone(), paper);
        Ok(())
    }

    /// A procedure names kinds of papers, and fields on them, that there are.
    fn check_papers(&self, description: &Description) -> Result<(), Invalid> {
        for component in &description.documents {
            if let Some(paper) = &component.paper
                && self.paper(paper).is_none()
            {
                return sense(
                    format!("documents.{}.paper", component.id),
                    format!("there is no papers/{paper}.yaml"),
                );
            }
        }
        let known = |name: &PaperFieldName| {
            let paper = self.paper(&name.paper);
            paper.is_some_and(|paper| paper.field(&name.field).is_some())
        };
        for field in &description.form {
            if let Some(name) = field.from.iter().find(|name| !known(name)) {
                return sense(
                    format!("form.{}.from", field.id),
                    format!("no paper has a field {name}"),
                );
            }
        }
        Ok(())
    }

    /// A result is printed by a layout that there is.
    fn check_layout(&self, description: &Description) -> Result<(), Invalid> {
        match &description.result.layout {
            Some(layout) if !self.layouts.contains_key(layout) => {
                sense("result.layout", format!("there is no layouts/{layout}.typ"))
            }
            _ => Ok(()),
        }
    }

    /// A tariff is for a body that there is.
    fn check_bodies(&self, description: &Description) -> Result<(), Invalid> {
        for (place, tariff) in description.fee.tariffs.iter().enumerate() {
            if let Some(body) = &tariff.organisation
                && self.organisation(body).is_none()
            {
                return sense(
                    format!("fee.tariffs[{place}].organisation"),
                    format!("{}: organisations.yaml has no {body}", description.code),
                );
            }
        }
        Ok(())
    }
}

impl Entry {
    fn new(description: Description) -> Self {
        let Description {
            code,
            name,
            summary,
            field,
            keywords,
            ..
        } = &description;
        let texts = [
            code.as_str(),
            &name.vi,
            &name.en,
            &summary.vi,
            &summary.en,
            &field.name.vi,
            &field.name.en,
        ];
        let words = texts
            .into_iter()
            .chain(keywords.iter().map(String::as_str))
            .map(fold)
            .collect::<Vec<_>>()
            .join(" ");
        let name = [code.as_str(), &name.vi, &name.en].map(fold).join(" ");
        Self {
            description: Arc::new(description),
            name,
            words,
        }
    }

    /// Smaller is better; `None` when a word of the query is nowhere.
    fn rank(&self, query: &str) -> Option<u8> {
        if self.name.contains(query) {
            return Some(0);
        }
        let all_in = |words: &str| {
            query
                .split(' ')
                .all(|wanted| words.split(' ').any(|word| word.starts_with(wanted)))
        };
        if all_in(&self.name) {
            Some(1)
        } else {
            all_in(&self.words).then_some(2)
        }
    }
}

fn in_force(versions: &[Entry], date: NaiveDate) -> Option<&Entry> {
    versions
        .iter()
        .rev()
        .find(|entry| entry.description.effective_from <= date)
}

pub(crate) fn sense<T>(key: impl ToString, reason: String) -> Result<T, Invalid> {
    Err(Invalid::Sense {
        key: key.to_string(),
        reason,
    })
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// The files of a kind in a folder, by name.
fn files(dir: &Path, kind: &str) -> Result<Vec<PathBuf>, Error> {
    let unreadable = |source| Error::Unreadable {
        path: dir.to_owned(),
        source,
    };
    let entries = fs::read_dir(dir).map_err(unreadable)?;
    let paths: Result<Vec<_>, _> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect();
    let mut paths = paths.map_err(unreadable)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == kind));
    paths.sort();
    Ok(paths)
}

fn text(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
    })
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    read_yaml(&text(path)?).map_err(|reason| Error::Invalid {
        path: path.to_owned(),
        reason,
    })
}
