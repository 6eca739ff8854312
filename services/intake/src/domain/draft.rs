//! What a citizen writes and encloses: kept as it comes while it is a draft, checked whole and sealed when it is filed.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use contracts::{
    AccountId, Delivery, DocumentId, Refused, Text,
    intake::SealedDocument,
    scan::{PageFlaw, ReadField},
};
use procedure::{
    Description, FieldError, Form,
    description::{Component, Handling},
    reading::{Readings, asked_for},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::hand::Owners;

/// The most characters of one answer in a draft; the form's own limits come when it is filed.
const MOST_LETTERS: usize = 4_000;
/// The most bytes of all answers together: a message, which carries them, holds 64 KiB.
const MOST_BYTES: usize = 32 * 1024;

/// What stands in a dossier that can still be changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The answers by field, as they were typed.
    pub form: BTreeMap<String, String>,
    /// The enclosed papers by component.
    pub documents: BTreeMap<String, DocumentId>,
    /// How the result shall be handed over.
    pub delivery: Option<Delivery>,
    /// Where to, by post.
    pub address: Option<Text>,
}

/// What to change. What is left out stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// All answers by field name; may be incomplete.
    #[serde(default)]
    pub form: Option<BTreeMap<String, String>>,
    /// All enclosed papers: documents in scan, by component.
    #[serde(default)]
    pub documents: Option<BTreeMap<String, DocumentId>>,
    /// How the result shall be handed over.
    #[serde(default)]
    pub delivery: Option<Delivery>,
    /// Where to, when by post: one line.
    #[serde(default)]
    pub address: Option<Text>,
}

/// What scan said about a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Whose it is.
    pub owner: AccountId,
    /// SHA-256 of the original, lower hex.
    pub sha256: String,
    /// Size of the original.
    pub bytes: u64,
    /// Why it cannot be used, if so.
    pub rejected: Option<Refused>,
    /// What is wrong with the pictures of its pages.
    pub flaws: Vec<PageFlaw>,
    /// As what kind of paper it was sent.
    pub kind: Option<String>,
    /// What was read on it.
    pub fields: Vec<ReadField>,
}

/// What scan said about documents, by id; one that is still being checked is not among them.
pub type Checked = BTreeMap<DocumentId, Document>;

/// A dossier that may be filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The answers, checked and normalised.
    pub form: Form,
    /// The papers with their hashes.
    pub documents: Vec<SealedDocument>,
    /// How the result shall be handed over.
    pub delivery: Delivery,
}

/// Why a dossier cannot be filed as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unready {
    /// The citizen must put something right.
    Wrong(Vec<FieldError>),
    /// These papers are still being checked. It passes by itself.
    Checking(Vec<String>),
}

fn wrong(field: impl Into<String>, reason: Refused) -> FieldError {
    FieldError {
        field: field.into(),
        reason,
    }
}

fn at(prefix: &str, key: &str) -> String {
    let key: String = key.chars().take(64).collect();
    format!("{prefix}.{key}")
}

impl Draft {
    /// A new draft; where there is one way only to get the result, that is the way.
    pub fn new(description: &Description) -> Self {
        let only = match description.delivery.as_slice() {
            [way] => Some(*way),
            _ => None,
        };
        Self {
            delivery: only,
            ..Self::default()
        }
    }

    /// The draft with `changes`, or what cannot be taken: fields and papers that the procedure does not ask for, answers
    /// beyond all measure, documents that are not those of whoever changes it and are not there already.
    pub fn changed(
        &self,
        description: &Description,
        changes: Changes,
        owner: AccountId,
        checked: &Checked,
    ) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        if let Some(form) = &changes.form {
            errors.extend(form_errors(description, form));
        }
        let is_there = |id: &DocumentId| self.documents.values().any(|there| there == id);
        let foreign = |id: &DocumentId| {
            let known = checked.get(id);
            known.is_some_and(|known| known.owner != owner) && !is_there(id)
        };
        for (component, document) in changes.documents.iter().flatten() {
            let field = at("documents", component);
            if description
                .component(component)
                .is_none_or(|component| component.handling != Handling::Submit)
            {
                errors.push(wrong(field, NOT_ASKED));
            } else if foreign(document) {
                errors.push(wrong(field, NOT_YOURS));
            }
        }
        if changes
            .delivery
            .is_some_and(|way| !description.delivery.contains(&way))
        {
            errors.push(wrong("delivery", NO_SUCH_WAY));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            form: changes.form.map_or_else(|| self.form.clone(), tidy),
            documents: changes.documents.unwrap_or_else(|| self.documents.clone()),
            delivery: changes.delivery.or(self.delivery),
            address: changes.address.or_else(|| self.address.clone()),
        })
    }

    /// Checks everything and seals the papers by their hashes.
    pub fn seal(
        &self,
        description: &Description,
        owners: impl Into<Owners>,
        checked: &Checked,
    ) -> Result<Sealed, Unready> {
        let owners = owners.into();
        let (form, mut errors) = match description.validate_form(&self.form) {
            Ok(form) => (form, Vec::new()),
            Err(errors) => (
                Form::default(),
                errors
                    .into_iter()
                    .map(|error| wrong(at("form", &error.field), error.reason))
                    .collect(),
            ),
        };
        let mut checking = Vec::new();
        let mut documents = Vec::new();
        for component in self.asked(description, errors.is_empty().then_some(&form)) {
            let field = at("documents", &component.id);
            match self.documents.get(&component.id) {
                None if component.required => errors.push(wrong(field, MISSING)),
                None => {}
                Some(id) => match checked.get(id) {
                    None => checking.push(format!("{} ({field})", component.name.vi)),
                    Some(known) if !owners.include(known.owner) => {
                        errors.push(wrong(field, NOT_YOURS));
                    }
                    Some(Document {
                        rejected: Some(reason),
                        ..
                    }) => errors.push(wrong(field, reason.clone())),
                    Some(known) => documents.push(SealedDocument {
                        component: component.id.clone(),
                        document: *id,
                        sha256: known.sha256.clone(),
                        read: match &known.kind {
                            // What was read on it as another kind of paper says nothing here.
                            Some(kind) if kind == component.kind() => {
                                asked_for(description, kind, &known.fields)
                            }
                            _ => Vec::new(),
                        },
                    }),
                },
            }
        }
        let delivery = self
            .delivery
            .filter(|way| description.delivery.contains(way));
        if delivery.is_none() {
            errors.push(wrong("delivery", CHOOSE));
        }
        if delivery == Some(Delivery::Post) && self.address.is_none() {
            errors.push(wrong("address", WHERE_TO));
        }
        match delivery {
            Some(delivery) if errors.is_empty() && checking.is_empty() => Ok(Sealed {
                form,
                documents,
                delivery,
            }),
            _ if errors.is_empty() => Err(Unready::Checking(checking)),
            _ => Err(Unready::Wrong(errors)),
        }
    }

    /// The papers that matter. Whom some of them concern is known once the form is; before, those already there count.
    fn asked<'a>(&self, description: &'a Description, form: Option<&Form>) -> Vec<&'a Component> {
        if let Some(form) = form {
            return description.components_for(form).collect();
        }
        let matters = |component: &&Component| {
            component.handling == Handling::Submit
                && (component.when.is_none() || self.documents.contains_key(&component.id))
        };
        description.documents.iter().filter(matters).collect()
    }

    /// The papers to ask for, as far as the form tells by now.
    pub fn papers<'a>(&self, description: &'a Description) -> Vec<&'a Component> {
        let form = description.validate_form(&self.form).ok();
        self.asked(description, form.as_ref())
    }

    /// What was read on the papers that are enclosed, as far as they may be used.
    pub fn readings(&self, checked: &Checked) -> Readings {
        let usable = self.documents.values().filter_map(|id| {
            let known = checked.get(id).filter(|known| known.rejected.is_none())?;
            Some((known.kind.clone()?, known.fields.clone()))
        });
        usable.collect()
    }

    /// The documents it names.
    pub fn document_ids(&self) -> BTreeSet<DocumentId> {
        self.documents.values().copied().collect()
    }
}

fn form_errors(description: &Description, form: &BTreeMap<String, String>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (id, answer) in form {
        let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if description.form_field(id).is_none() {
            errors.push(wrong(at("form", id), NO_SUCH_FIELD));
        } else if answer.chars().count() > MOST_LETTERS || answer.chars().any(control) {
            errors.push(wrong(at("form", id), BEYOND_MEASURE));
        }
        if errors.len() == 20 {
            return errors;
        }
    }
    if form.values().map(String::len).sum::<usize>() > MOST_BYTES {
        errors.push(wrong("form", TOO_LONG));
    }
    errors
}

/// A blank answer is none.
fn tidy(form: BTreeMap<String, String>) -> BTreeMap<String, String> {
    form.into_iter()
        .filter(|(_, answer)| !answer.trim().is_empty())
        .collect()
}

const NO_SUCH_FIELD: Refused =
    Refused::new("Tờ khai không có mục này", "The form has no such field");
const BEYOND_MEASURE: Refused = Refused::new(
    "Nội dung gồm nhiều nhất 4.000 ký tự, không có ký tự điều khiển",
    "An answer has at most 4,000 characters and no control characters",
);
const TOO_LONG: Refused = Refused::new(
    "Tờ khai dài quá 32 KiB, xin viết ngắn hơn",
    "The form is longer than 32 KiB, please write less",
);
const NOT_ASKED: Refused = Refused::new(
    "Thủ tục không yêu cầu nộp giấy tờ này",
    "The procedure does not ask for this paper",
);
const NOT_YOURS: Refused = Refused::new(
    "Giấy tờ này không phải do bạn tải lên",
    "This document was not uploaded by you",
);
const MISSING: Refused = Refused::new(
    "Thiếu giấy tờ này, xin tải lên",
    "This paper is missing, please upload it",
);
const NO_SUCH_WAY: Refused = Refused::new(
    "Thủ tục không trả kết quả bằng cách này",
    "The result of this procedure cannot be handed over this way",
);
const CHOOSE: Refused = Refused::new(
    "Vui lòng chọn cách nhận kết quả",
    "Please choose how to get the result",
);
const WHERE_TO: Refused = Refused::new(
    "Vui lòng ghi địa chỉ để bưu điện chuyển kết quả",
    "Please give the address to which the result is sent",
);
