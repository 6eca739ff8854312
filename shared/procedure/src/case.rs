//! What a procedure is asked about, and samples of it for a procedure's own tests.

use contracts::{OrganisationCode, desk::Application};

use crate::{Description, FieldError, Filing, Form};

/// An application with a form that was checked, and the description of the version it is under.
#[derive(Debug)]
pub struct Case<'a> {
    /// The application as it stands.
    pub application: &'a Application,
    /// The procedure's description.
    pub description: &'a Description,
    /// The application's form, checked and normalised.
    pub form: Form,
    /// The office that it is filed at.
    pub office: Option<&'a OrganisationCode>,
}

impl<'a> Case<'a> {
    /// Checks the form; what is wrong with it is for the citizen.
    pub fn open(
        application: &'a Application,
        description: &'a Description,
    ) -> Result<Self, Vec<FieldError>> {
        let form = description.validate_form(&application.form)?;
        Ok(Self {
            application,
            description,
            form,
            office: None,
        })
    }

    /// The case at an office, whose tariffs count.
    #[must_use]
    pub fn at(self, office: Option<&'a OrganisationCode>) -> Self {
        Self { office, ..self }
    }

    /// How, when and where it was filed.
    pub fn filing(&self) -> Filing<'a> {
        Filing {
            channel: self.application.channel,
            on: calendar::date(self.application.submitted_at),
            office: self.office,
        }
    }

    /// An answer; empty when there is none.
    pub fn answer(&self, field: &str) -> &str {
        self.form.get(field).unwrap_or_default()
    }

    /// The required papers that are missing, each a sentence in Vietnamese.
    pub fn missing_documents(&self) -> Vec<String> {
        self.description
            .missing_documents(&self.form, &self.application.documents)
    }
}

/// Samples for tests: applications by people who don't exist.
pub mod sample {
    use chrono::{DateTime, Utc};
    use contracts::{
        Channel, Refused,
        desk::Application,
        intake::{Applicant, SealedDocument},
    };
    use uuid::Uuid;

    /// An application by Nguyễn Thị Ví Dụ with these answers and papers.
    pub fn application(
        code: &str,
        answers: &[(&str, &str)],
        papers: &[&str],
    ) -> Result<Application, Refused> {
        Ok(Application {
            procedure: code.parse()?,
            procedure_version: 1,
            channel: Channel::Online,
            applicant: Applicant {
                account: Uuid::nil().into(),
                name: "Nguyễn Thị Ví Dụ".parse()?,
                citizen_id: "066190001234".parse()?,
                phone: None,
                email: None,
                address: None,
            },
            form: answers
                .iter()
                .map(|(field, answer)| ((*field).to_owned(), (*answer).to_owned()))
                .collect(),
            documents: papers.iter().map(|paper| sealed(paper)).collect(),
            submitted_at: FILED_AT,
        })
    }

    /// 8 October 2026, 9:15 in Vietnam.
    const FILED_AT: DateTime<Utc> = match DateTime::from_timestamp(1_791_425_700, 0) {
        Some(at) => at,
        None => DateTime::UNIX_EPOCH,
    };

    fn sealed(component: &str) -> SealedDocument {
        SealedDocument {
            component: component.to_owned(),
            document: Uuid::nil().into(),
            sha256: "0".repeat(64),
            read: Vec::new(),
        }
    }
}
