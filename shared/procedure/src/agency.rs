//! The kit: an agency's procedures as one service that answers the desk.

use std::{collections::BTreeMap, future::ready, pin::Pin, sync::Arc};

use chassis::{App, Failure, Service, Setup, StartError, Tx};
use contracts::{
    agency::{DossierAssessed, DossierExamined, Verdict},
    desk::{Application, AssessDossier, ExamineDossier},
};

use crate::{Case, Catalogue, Description, Quote, description::Unpriced};

/// A procedure: what its YAML file doesn't say. A dossier whose form isn't filled in properly never gets here.
pub trait Procedure: Send + Sync + 'static {
    /// The procedure's national code.
    const CODE: &'static str;

    /// What the verdict needs beside the application, e.g. records of the agency's register; `()` if nothing.
    type Facts: Default + Send;

    /// What is missing? Each a sentence in Vietnamese; empty when complete.
    fn missing(&self, case: &Case<'_>) -> Vec<String> {
        case.missing_documents()
    }

    /// What does it cost?
    fn fee(&self, case: &Case<'_>) -> Result<Quote, Unpriced> {
        case.description.fee(&case.form, case.filing())
    }

    /// Loads what the verdict needs from the agency's own tables.
    fn facts(
        &self,
        _case: &Case<'_>,
        _tx: &Tx,
    ) -> impl Future<Output = Result<Self::Facts, Failure>> + Send {
        async { Ok(Self::Facts::default()) }
    }

    /// What is the verdict? Only a complete dossier is asked about.
    fn verdict(&self, case: &Case<'_>, facts: Self::Facts) -> Verdict;
}

/// An agency that handles no procedure yet. `name` is its service's name.
pub fn agency(name: &'static str) -> Agency {
    Agency {
        name,
        handlers: BTreeMap::new(),
    }
}

/// The procedures that one agency handles.
pub struct Agency {
    name: &'static str,
    handlers: Handlers,
}

type Handlers = BTreeMap<&'static str, Arc<dyn Handler>>;

impl Agency {
    /// Handles a procedure; the last one of a code counts.
    #[must_use]
    pub fn handles<P: Procedure>(mut self, procedure: P) -> Self {
        self.handlers.insert(P::CODE, Arc::new(procedure));
        self
    }

    /// The service that answers `AssessDossier` and `ExamineDossier` for these procedures.
    pub fn service(self) -> Service {
        let Self { name, handlers } = self;
        let handlers = Arc::new(handlers);
        let (to_assess, to_examine) = (handlers.clone(), handlers.clone());
        Service::new(name)
            .provides(catalogue)
            .starts(move |app| ready(described(&app, &handlers)))
            .hears(move |command, tx| ready(assess(&to_assess, command, &tx)))
            .hears(move |command, tx| examine(to_examine.clone(), command, tx))
            .says::<DossierAssessed>()
            .says::<DossierExamined>()
    }
}

/// The catalogue as a part of a service: `.provides(procedure::catalogue)`, then `tx.part::<Catalogue>()`.
pub async fn catalogue(setup: Setup) -> Result<Catalogue, StartError> {
    Catalogue::load(&setup.settings().catalogue_dir)
        .map_err(|error| StartError::because("the catalogue", &error))
}

/// Every procedure that is handled must be described, and its description must name this service.
fn described(app: &App, handlers: &Handlers) -> Result<(), StartError> {
    let (catalogue, today) = (app.part::<Catalogue>(), calendar::date(app.clock().now()));
    for code in handlers.keys() {
        let description = code
            .parse()
            .ok()
            .and_then(|code| catalogue.at(&code, today).cloned());
        let agency = description
            .as_ref()
            .and_then(|description| description.agency.as_deref());
        if agency != Some(app.name()) {
            let name = app.name();
            return Err(StartError::new(format!(
                "{name} handles {code}, but no file in catalogue/procedures says `code: \"{code}\"` and `agency: {name}`"
            )));
        }
    }
    Ok(())
}

fn assess(handlers: &Handlers, command: AssessDossier, tx: &Tx) -> Result<(), Failure> {
    let (handler, description) = find(handlers, &command.application, tx)?;
    let (missing, quote) = match Case::open(&command.application, &description) {
        Ok(case) => handler
            .assess(&case.at(command.organisation.as_ref()))
            .map_err(|error| Failure::park(error.to_string()))?,
        Err(errors) => (
            errors
                .iter()
                .map(|error| description.sentence(error))
                .collect(),
            Quote::default(),
        ),
    };
    tx.say(&DossierAssessed {
        dossier: command.dossier,
        round: command.round,
        missing,
        fee: quote.lines,
        total: quote.total,
        assessed_at: tx.now(),
    });
    Ok(())
}

async fn examine(handlers: Arc<Handlers>, command: ExamineDossier, tx: Tx) -> Result<(), Failure> {
    let (handler, description) = find(&handlers, &command.application, &tx)?;
    let verdict = match Case::open(&command.application, &description) {
        Ok(case) => handler.examine(&case, &tx).await?,
        Err(errors) => Verdict::Supplement {
            items: errors
                .iter()
                .map(|error| description.sentence(error))
                .collect(),
        },
    };
    tx.say(&DossierExamined {
        dossier: command.dossier,
        examination: command.examination,
        handler: command.handler,
        verdict,
        examined_at: tx.now(),
    });
    Ok(())
}

/// A version that isn't in this catalogue may arrive with its next roll-out; a code that nobody handles never will.
fn find<'a>(
    handlers: &'a Handlers,
    application: &Application,
    tx: &Tx,
) -> Result<(&'a Arc<dyn Handler>, Arc<Description>), Failure> {
    let (code, version) = (&application.procedure, application.procedure_version);
    let handler = handlers
        .get(code.as_str())
        .ok_or_else(|| Failure::park(format!("{code} isn't handled here")))?;
    let catalogue = tx.part::<Catalogue>();
    let description = catalogue.version(code, version);
    let missing = || {
        Failure::too_early(format!(
            "version {version} of {code} isn't in this catalogue"
        ))
    };
    Ok((handler, description.ok_or_else(missing)?.clone()))
}

/// A procedure without its type.
trait Handler: Send + Sync {
    fn assess(&self, case: &Case<'_>) -> Result<(Vec<String>, Quote), Unpriced>;
    fn examine<'a>(&'a self, case: &'a Case<'a>, tx: &'a Tx) -> Examining<'a>;
}

type Examining<'a> = Pin<Box<dyn Future<Output = Result<Verdict, Failure>> + Send + 'a>>;

impl<P: Procedure> Handler for P {
    fn assess(&self, case: &Case<'_>) -> Result<(Vec<String>, Quote), Unpriced> {
        Ok((self.missing(case), self.fee(case)?))
    }

    fn examine<'a>(&'a self, case: &'a Case<'a>, tx: &'a Tx) -> Examining<'a> {
        Box::pin(async move {
            let items = self.missing(case);
            if !items.is_empty() {
                return Ok(Verdict::Supplement { items });
            }
            Ok(self.verdict(case, self.facts(case, tx).await?))
        })
    }
}
