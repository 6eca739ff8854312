//! What is printed: a decision becomes the paper that the citizen came for, or the notice that says why not.

use ::paper::{Block, Check, Field, Layouts, Letterhead, Notice, Pdf, Person, ResultPaper, Signer};
use chrono::{DateTime, Utc};
use contracts::{
    OrganisationCode, Text,
    desk::{self, DossierDecided, Outcome},
};
use procedure::{Catalogue, Description, Organisation, Role};
use serde::{Deserialize, Serialize};

use crate::config::Config;

/// A paper with every word it will show, as it is kept until it is typeset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "paper", rename_all = "snake_case")]
pub enum Paper {
    /// What was asked for.
    Result(ResultPaper),
    /// Why it was refused.
    Notice(Notice),
}

impl Paper {
    /// The paper that stands for this one from `now` on; `None` when it is to say something of another kind.
    pub fn corrected(
        &self,
        says: Says,
        signature: Signature,
        marks: Marks,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let mut paper = self.clone();
        let head = self.head();
        let replaces = format!(
            "Thay thế văn bản số {} ngày {}",
            head.number.as_deref().unwrap_or_default(),
            calendar::date(head.issued_at).format("%d/%m/%Y")
        );
        let (head, signer) = match (&mut paper, says) {
            (Self::Result(result), Says::Fields(fields)) => {
                result.body = lines(&fields);
                result.subtitle = Some(format!("({replaces})"));
                result.check = marks.check;
                (&mut result.head, &mut result.signer)
            }
            (Self::Notice(notice), Says::Reason(reason)) => {
                // The reason is the last of its labelled lines.
                let labelled = notice.body.iter_mut().rev().find_map(|block| match block {
                    Block::Fields { fields } => fields.first_mut(),
                    _ => None,
                });
                labelled?.value = reason.to_string();
                notice.body.push(Block::Paragraph {
                    text: format!("{replaces}."),
                });
                notice.check = Some(marks.check);
                (&mut notice.head, &mut notice.signer)
            }
            _ => return None,
        };
        (head.number, head.issued_at) = (Some(marks.number), now);
        signer.name = signature.name;
        if let Some(title) = signature.title {
            signer.title = title;
        }
        Some(paper)
    }

    /// Its head: who issued it, by which number, when.
    pub const fn head(&self) -> &Letterhead {
        match self {
            Self::Result(result) => &result.head,
            Self::Notice(notice) => &notice.head,
        }
    }

    /// Who signs it, as printed.
    pub const fn signer(&self) -> &Signer {
        match self {
            Self::Result(result) => &result.signer,
            Self::Notice(notice) => &notice.signer,
        }
    }

    /// The labelled lines of a result, to be corrected; a notice has a reason instead.
    pub fn fields(&self) -> Option<Vec<desk::Field>> {
        let Self::Result(result) = self else {
            return None;
        };
        let fields = result.body.iter().flat_map(|block| match block {
            Block::Fields { fields } => fields.as_slice(),
            _ => &[],
        });
        let plain = |field: &Field| desk::Field {
            label: field.label.clone(),
            value: field.value.clone(),
        };
        Some(fields.map(plain).collect())
    }

    /// Puts a proof into its QR code.
    pub fn bear(&mut self, proof: String) {
        let check = match self {
            Self::Result(result) => Some(&mut result.check),
            Self::Notice(notice) => notice.check.as_mut(),
        };
        if let Some(check) = check {
            check.proof = Some(proof);
        }
    }

    /// The file: the same bytes every time. Work for the processor.
    pub fn typeset(&self, layouts: &Layouts) -> Result<Pdf, ::paper::Error> {
        match self {
            Self::Result(result) => layouts.result(result),
            Self::Notice(notice) => ::paper::notice(notice),
        }
    }

    /// What the file would look like; it says across each page that it is none. Work for the processor.
    pub fn preview(&self, layouts: &Layouts) -> Result<Pdf, ::paper::Error> {
        match self {
            Self::Result(result) => layouts.preview(result),
            Self::Notice(notice) => ::paper::preview_notice(notice),
        }
    }

    /// Leaves open who will sign it.
    pub fn leave_signer_open(&mut self) {
        let (Self::Result(ResultPaper { signer, .. }) | Self::Notice(Notice { signer, .. })) = self;
        "(họ tên người ký)".clone_into(&mut signer.name);
    }
}

/// The body that decides (cơ quan có thẩm quyền) and the one above it.
#[derive(Debug, Clone, Copy)]
pub struct Body<'a> {
    /// Whose number, name and place stand on the paper.
    pub of: &'a Organisation,
    parent: Option<&'a Organisation>,
}

impl<'a> Body<'a> {
    /// The body that `office` decides for: a desk hands over what the authority above it decides.
    pub fn deciding(catalogue: &'a Catalogue, office: &OrganisationCode) -> Option<Self> {
        let above = |office: &Organisation| {
            let parent = office.parent.as_ref()?;
            catalogue.organisation(parent)
        };
        let mut of = catalogue.organisation(office)?;
        while of.role == Role::Desk
            && let Some(parent) = above(of)
        {
            of = parent;
        }
        Some(Self {
            of,
            parent: above(of),
        })
    }
}

/// The procedure that a decision was made under, in its version, and the body that it was made by.
pub fn grounds<'a>(
    decided: &DossierDecided,
    catalogue: &'a Catalogue,
) -> Result<(&'a Description, Body<'a>), String> {
    let (procedure, version) = (&decided.procedure, decided.procedure_version);
    let description = catalogue
        .version(procedure, version)
        .ok_or_else(|| format!("the catalogue has no version {version} of {procedure}"))?;
    let office = &decided.organisation;
    let body = Body::deciding(catalogue, office)
        .ok_or_else(|| format!("the catalogue has no organisation {office}"))?;
    Ok((description, body))
}

/// What a paper is called and numbered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// The title as printed.
    pub title: String,
    /// Its English name.
    pub title_en: String,
    /// The symbol after the number.
    pub symbol: String,
}

impl Kind {
    /// A granted dossier gets what its procedure promises; a refused one gets a notice.
    pub fn of(outcome: &Outcome, description: &Description, config: &Config) -> Self {
        match outcome {
            Outcome::Granted { .. } => Self {
                title: description.result.name.vi.clone(),
                title_en: description.result.name.en.clone(),
                symbol: description.result.symbol.clone(),
            },
            Outcome::Refused { .. } => Self {
                title: config.refusal.title.clone(),
                title_en: config.refusal.title_en.clone(),
                symbol: config.refusal.symbol.clone(),
            },
        }
    }
}

/// What a paper that stands for another says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// What was granted.
    Fields(Vec<desk::Field>),
    /// Why it was refused.
    Reason(Text),
}

/// Who signs a paper that stands for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Full name.
    pub name: String,
    /// The office; that of the first signer where it is not known.
    pub title: Option<String>,
}

fn line(label: &str, value: &str) -> Block {
    Block::Fields {
        fields: vec![Field {
            label: label.to_owned(),
            value: value.to_owned(),
        }],
    }
}

fn lines(fields: &[desk::Field]) -> Vec<Block> {
    let lines = fields.iter();
    lines
        .map(|field| line(&field.label, &field.value))
        .collect()
}

/// How a paper is told apart from all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    /// Number and symbol.
    pub number: String,
    /// How anybody can check it.
    pub check: Check,
}

/// Writes the paper. It bears the date on which the decision was signed.
pub fn write(
    decided: &DossierDecided,
    body: Body<'_>,
    description: &Description,
    kind: &Kind,
    marks: Marks,
    config: &Config,
) -> Paper {
    let head = Letterhead {
        parent: body.parent.map(|parent| parent.name.vi.clone()),
        agency: body.of.name.vi.clone(),
        number: Some(marks.number),
        place: body.of.place.clone(),
        issued_at: decided.decided_at,
    };
    let signer = Signer {
        on_behalf: None,
        title: decided.signer_title.clone(),
        name: decided.signed_by.to_string(),
    };
    match &decided.outcome {
        Outcome::Granted { result } => Paper::Result(ResultPaper {
            head,
            title: kind.title.clone(),
            subtitle: None,
            dossier_code: decided.code.to_string(),
            body: lines(result),
            recipients: config.recipients.clone(),
            signer,
            check: marks.check,
            layout: description.result.layout.clone(),
        }),
        Outcome::Refused { reason } => Paper::Notice(Notice {
            head,
            title: kind.title.clone(),
            dossier_code: Some(decided.code.to_string()),
            addressee: addressee(decided),
            body: vec![
                line(&config.refusal.request, &description.name.vi),
                line(&config.refusal.reason, reason),
                Block::Paragraph {
                    text: config.refusal.closing.clone(),
                },
            ],
            counter_signer: None,
            signer,
            tracking_url: None,
            check: Some(marks.check),
        }),
    }
}

/// The paper as it would be written, before it has a number, or a code to check it by: for a preview.
pub fn draft(
    decided: &DossierDecided,
    catalogue: &Catalogue,
    config: &Config,
) -> Result<Paper, String> {
    let (description, body) = grounds(decided, catalogue)?;
    let kind = Kind::of(&decided.outcome, description, config);
    let marks = Marks {
        number: format!("…/{}", kind.symbol),
        check: Check {
            url: "https://example.vn".to_owned(),
            code: "…".to_owned(),
            proof: None,
        },
    };
    Ok(write(decided, body, description, &kind, marks, config))
}

fn addressee(decided: &DossierDecided) -> Person {
    let applicant = &decided.applicant;
    Person {
        name: applicant.name.to_string(),
        identity: Some(applicant.citizen_id.to_string()),
        address: applicant.address.as_ref().map(ToString::to_string),
        phone: applicant.phone.as_ref().map(ToString::to_string),
        email: applicant.email.clone(),
    }
}
