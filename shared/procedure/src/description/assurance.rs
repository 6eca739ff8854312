//! How surely somebody must be known for each act of a procedure: enough where it matters, and no more before that.

use contracts::Assurance;
use serde::{Deserialize, Serialize};

use super::{
    Description,
    check::{Checked, wrong},
};

/// The least that an applicant must be known by, act by act. What is left out asks for nothing beyond an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Needs {
    /// To look at one's own dossier, its fee and what was decided.
    pub view: Assurance,
    /// To open a dossier, to write in its form and to enclose papers.
    pub fill: Assurance,
    /// To file it, and to answer what is asked to be added.
    pub submit: Assurance,
    /// To begin to pay its fee online.
    pub pay: Assurance,
    /// To open its result.
    pub receive: Assurance,
}

impl Needs {
    /// Each act as the file names it, with what it asks for.
    pub const fn acts(&self) -> [(&'static str, Assurance); 5] {
        [
            ("view", self.view),
            ("fill", self.fill),
            ("submit", self.submit),
            ("pay", self.pay),
            ("receive", self.receive),
        ]
    }
}

impl Description {
    pub(super) fn check_assurance(&self) -> Checked {
        if self.assurance != Needs::default() && !self.level.is_filed_online() {
            return wrong(
                "assurance",
                format!(
                    "is for what is filed online, levels 3 and 4; this is level {}",
                    self.level.number()
                ),
            );
        }
        // What shows all that another act shows, and more, asks for no less. Paying shows a sum and takes nothing from anybody: it is in no
        // order.
        let needs = &self.assurance;
        let in_order = [
            ("fill", needs.fill, "view", needs.view),
            ("submit", needs.submit, "fill", needs.fill),
            ("receive", needs.receive, "view", needs.view),
        ];
        for (act, asked, before, least) in in_order {
            if asked < least {
                let (asked, least) = (asked.name(), least.name());
                return wrong(
                    format!("assurance.{act}"),
                    format!("{asked} is less than {least}, which {before} asks for"),
                );
            }
        }
        Ok(())
    }
}
