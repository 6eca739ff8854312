//! The office this desk stands in: its catalogue, its calendar, and the body that decides.

use std::sync::Arc;

use calendar::Calendar;
use chassis::{Failure, Setup, StartError};
use contracts::{OrganisationCode, desk::Application};
use procedure::{Catalogue, Description, Role};

/// What the desk knows about itself and its procedures.
#[derive(Debug)]
pub struct Office {
    catalogue: Catalogue,
    calendar: Calendar,
    /// Who receives.
    pub organisation: OrganisationCode,
    /// Who decides.
    pub authority: OrganisationCode,
}

/// Reads the catalogue and finds this office in it.
pub async fn open(setup: Setup) -> Result<Office, StartError> {
    let code = setup.settings().organisation.clone();
    let catalogue = procedure::catalogue(setup).await?;
    let nowhere = || {
        StartError::new(format!(
            "ORGANISATION: catalogue/organisations.yaml has no {code}"
        ))
    };
    let organisation = catalogue.organisation(&code).ok_or_else(nowhere)?;
    let calendar = catalogue.calendar_of(&code).ok_or_else(nowhere)?.clone();
    let above = organisation
        .parent
        .clone()
        .filter(|_| organisation.role == Role::Desk);
    Ok(Office {
        authority: above.unwrap_or_else(|| code.clone()),
        organisation: code,
        calendar,
        catalogue,
    })
}

impl Office {
    /// The procedure an application is under, in the application's own version.
    pub fn procedure(&self, application: &Application) -> Option<&Arc<Description>> {
        self.catalogue
            .version(&application.procedure, application.procedure_version)
    }

    /// The same for a message: the version may arrive with the catalogue's next roll-out.
    pub fn expects(&self, application: &Application) -> Result<&Arc<Description>, Failure> {
        let (code, version) = (&application.procedure, application.procedure_version);
        self.procedure(application).ok_or_else(|| {
            Failure::too_early(format!(
                "version {version} of {code} isn't in this catalogue"
            ))
        })
    }

    /// The calendar of the office that received a dossier.
    pub fn calendar_of(&self, organisation: &OrganisationCode) -> &Calendar {
        self.catalogue
            .calendar_of(organisation)
            .unwrap_or(&self.calendar)
    }
}
