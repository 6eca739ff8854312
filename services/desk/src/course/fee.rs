//! The fee in a dossier's course: asked for, waited for, and given back.

use chassis::Failure;
use contracts::{
    DossierCode, Text,
    payment::{RefundCause, RequestFee, ReturnFee},
};

use super::{Actor, Course};
use crate::{
    domain::{State, Step, code, item::WorkItem},
    store,
};

impl Course<'_> {
    pub(super) async fn mint(&self) -> Result<DossierCode, Failure> {
        let (organisation, day) = (&self.office.organisation, code::day(self.tx.now()));
        let number = store::next_number(self.tx.db(), organisation, day).await?;
        Ok(code::mint(organisation, day, number)?)
    }

    /// The fee is paid: what waited for it goes on.
    pub async fn paid(&mut self, who: &Actor, total: &str) -> Result<(), Failure> {
        match self.item.state {
            State::AwaitingFee => {
                self.step(who, Step::TakeFee, total).await?;
                self.go_on().await
            }
            State::AwaitingAdvanceFee => {
                self.step(who, Step::TakeFee, total).await?;
                self.receive_by_rule().await
            }
            State::AwaitingResultFee => {
                self.step(who, Step::TakeFee, total).await?;
                self.announce()
            }
            // Nothing waits for it: it is paid at the counter, or was paid before it was waited for.
            state => self.enter(who, "note_fee", Some(state), total).await,
        }
    }

    pub(super) fn request_fee(&mut self, code: &DossierCode) {
        let item = &mut self.item;
        if item.fee.total.is_zero() {
            return;
        }
        let order = WorkItem::fee_order(item.dossier);
        item.order = Some(order);
        self.tx.say(&RequestFee {
            order,
            dossier: item.dossier,
            code: code.clone(),
            procedure: Some(item.application.procedure.clone()),
            procedure_version: Some(item.application.procedure_version),
            payer: item.application.applicant.account,
            payer_name: item.application.applicant.name.clone(),
            lines: item.fee.lines.clone(),
            total: item.fee.total,
        });
    }

    /// The dossier ended so that its fee is not owed.
    pub(super) fn return_fee(&self, reason: &str) -> Result<(), Failure> {
        let Some(order) = self.item.order else {
            return Ok(());
        };
        let reason = reason.parse::<Text>();
        self.tx.say(&ReturnFee {
            order,
            dossier: self.item.dossier,
            cause: RefundCause::Refused,
            reason: reason.map_err(|refused| Failure::park(refused.en.to_string()))?,
        });
        Ok(())
    }
}
