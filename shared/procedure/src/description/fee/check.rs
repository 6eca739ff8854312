//! What a fee table must be beyond its shape: no day with two tariffs, no exemption without its proof.

use std::collections::HashSet;

use super::{Exemption, FeeRule, Piece, Quantity, Tariff};
use crate::description::{
    Component, Description, FieldKind, Handling, When,
    check::{Checked, check_when, is_id, wrong},
};

impl Description {
    /// Checks the tariffs one by one, and that those of one body follow one another.
    pub(in crate::description) fn check_fee(&self) -> Checked {
        let tariffs = &self.fee.tariffs;
        for (place, tariff) in tariffs.iter().enumerate() {
            let key = format!("fee.tariffs[{place}]");
            let same = |other: &&Tariff| other.organisation == tariff.organisation;
            let before = tariffs[..place].iter().rev().find(same);
            self.check_days(&key, before, tariff)?;
            self.check_lines(&key, tariff)?;
            self.check_exemptions(&key, tariff)?;
        }
        Ok(())
    }

    /// A tariff follows the one before it on the next day.
    fn check_days(&self, key: &str, before: Option<&Tariff>, tariff: &Tariff) -> Checked {
        let (code, from) = (&self.code, tariff.from);
        if let Some(until) = tariff.until
            && until < from
        {
            return wrong(
                key,
                format!("{code}: is in force from {from} until {until}, which is before"),
            );
        }
        let Some(before) = before else { return Ok(()) };
        let last = before.from;
        if from <= last {
            return wrong(
                key,
                format!(
                    "{code}: begins on {from}, but the one above it on {last}: the later one stands below"
                ),
            );
        }
        match before.until {
            Some(until) if from <= until => wrong(
                key,
                format!(
                    "{code}: begins on {from} while the one above it is in force until {until}"
                ),
            ),
            Some(until) if until.succ_opt() != Some(from) => wrong(
                key,
                format!(
                    "{code}: begins on {from}, but the one above it ends on {until}: the days between have none"
                ),
            ),
            _ => Ok(()),
        }
    }

    fn check_lines(&self, key: &str, tariff: &Tariff) -> Checked {
        if tariff.lines.is_empty() {
            return wrong(
                format!("{key}.lines"),
                "a tariff has a line; what is free of charge has one that costs 0",
            );
        }
        let mut seen = HashSet::new();
        for (place, rule) in tariff.lines.iter().enumerate() {
            let key = format!("{key}.lines[{place}]");
            let FeeRule { id, quantity, .. } = rule;
            if let Some(id) = id {
                if !is_id(id, '-') {
                    return wrong(key, format!("id {id:?}: lower-case letters, digits and -"));
                }
                if !seen.insert(id) {
                    return wrong(key, format!("a second line {id}"));
                }
            }
            check_when(&key, rule.when.as_ref(), &self.form)?;
            if let Quantity::Field(field) = quantity {
                self.check_count(&format!("{key}.quantity"), field)?;
            }
            if let Some(Piece { size, steps, .. }) = &rule.piece {
                self.check_count(&format!("{key}.piece.size"), size)?;
                let from: Vec<u32> = std::iter::once(1)
                    .chain(steps.iter().map(|step| step.from))
                    .collect();
                if from.windows(2).any(|pair| pair[0] >= pair[1]) {
                    return wrong(format!("{key}.piece.steps"), "begin after 1 and go up");
                }
            }
        }
        Ok(())
    }

    fn check_exemptions(&self, key: &str, tariff: &Tariff) -> Checked {
        let mut seen = HashSet::new();
        for (place, exemption) in tariff.exemptions.iter().enumerate() {
            let key = format!("{key}.exemptions[{place}]");
            let id = &exemption.id;
            if !is_id(id, '-') {
                return wrong(key, format!("id {id:?}: lower-case letters, digits and -"));
            }
            if !seen.insert(id) {
                return wrong(key, format!("a second exemption {id}"));
            }
            check_when(&key, Some(&exemption.when), &self.form)?;
            let named = |line: &&String| {
                let ids = tariff.lines.iter().map(|rule| rule.id.as_ref());
                !ids.flatten().any(|id| id == *line)
            };
            if let Some(line) = exemption.lines.iter().find(named) {
                return wrong(format!("{key}.lines"), format!("there is no line {line}"));
            }
            self.check_proof(&format!("{key}.proof"), exemption)?;
        }
        Ok(())
    }

    /// Whoever declares an exemption is asked for its proof as for any other paper that is required.
    fn check_proof(&self, key: &str, exemption: &Exemption) -> Checked {
        let proof = &exemption.proof;
        let Some(component) = self.component(proof) else {
            return wrong(key, format!("there is no paper {proof} under documents"));
        };
        let handed_in = component.required && component.handling == Handling::Submit;
        if handed_in && self.is_asked_of_all(component, &exemption.when) {
            return Ok(());
        }
        wrong(
            key,
            format!("{proof} is not required of everybody whom the exemption concerns"),
        )
    }

    /// Whether a paper concerns everybody for whom `when` holds.
    fn is_asked_of_all(&self, component: &Component, when: &When) -> bool {
        let Some(asked) = &component.when else {
            return true;
        };
        let field = self.form_field(when.field());
        let Some(FieldKind::Choice { options }) = field.map(|field| &field.kind) else {
            return false;
        };
        let mut answers = options
            .iter()
            .map(|option| Some(option.value.as_str()))
            .chain([None]);
        asked.field() == when.field()
            && answers.all(|answer| !when.admits(answer) || asked.admits(answer))
    }
}
