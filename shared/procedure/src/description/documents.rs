//! The papers of a dossier (thành phần hồ sơ).

use contracts::intake::SealedDocument;
use serde::{Deserialize, Serialize};

use super::{Description, Form, When};
use crate::Bilingual;

/// One paper of a dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// By which sealed documents name it, e.g. `to-khai`.
    pub id: String,
    /// Which kind of paper it is, where procedures share one: a file in `catalogue/papers/`.
    #[serde(default)]
    pub paper: Option<String>,
    /// What it is called.
    pub name: Bilingual,
    /// Whether a dossier is incomplete without it.
    pub required: bool,
    /// Handed in, or only shown.
    #[serde(default)]
    pub handling: Handling,
    /// Number of originals.
    #[serde(default)]
    pub originals: u32,
    /// Number of copies.
    #[serde(default)]
    pub copies: u32,
    /// How to come by it.
    #[serde(default)]
    pub obtain: Option<Bilingual>,
    /// Whom it concerns; everybody when absent.
    #[serde(default)]
    pub when: Option<When>,
}

/// What is done with a paper.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    /// Handed in: uploaded online, scanned at the desk (giấy tờ phải nộp).
    #[default]
    Submit,
    /// Only shown at the desk, never uploaded (giấy tờ phải xuất trình).
    Show,
}

impl Component {
    /// As what it is uploaded: its kind of paper, else its own id.
    pub fn kind(&self) -> &str {
        self.paper.as_deref().unwrap_or(&self.id)
    }
}

impl Description {
    /// The paper called `id`.
    pub fn component(&self, id: &str) -> Option<&Component> {
        self.documents.iter().find(|component| component.id == id)
    }

    /// The papers to hand in with this form, required or not, in order.
    pub fn components_for(&self, form: &Form) -> impl Iterator<Item = &Component> {
        let concerns =
            |component: &&Component| component.when.as_ref().is_none_or(|when| when.holds(form));
        self.documents
            .iter()
            .filter(|component| component.handling == Handling::Submit)
            .filter(concerns)
    }

    /// The required papers that aren't among `documents`, each a sentence in Vietnamese.
    pub fn missing_documents(&self, form: &Form, documents: &[SealedDocument]) -> Vec<String> {
        let there = |component: &Component| {
            documents
                .iter()
                .any(|document| document.component == component.id)
        };
        let missing = self
            .components_for(form)
            .filter(|component| component.required && !there(component));
        missing
            .map(|component| format!("Thiếu giấy tờ: {}.", component.name.vi))
            .collect()
    }
}
