//! How the pretend platform decides and what it says: the real messages, with bad days on request. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use strum::{EnumString, IntoStaticStr};

use crate::platform::{
    CONFIRM, CURRENCY, FAILED, Init, OK, PAID, PENDING, QUERY, Question, Secret, UNKNOWN, VERSION,
    Word, date, dong,
};
use crate::vnpay;

/// The bank everybody has an account at.
const BANK: &str = "VCB";
/// How long the bank may take.
const LONG: TimeDelta = TimeDelta::hours(2);
/// How long a payer may take.
const PATIENCE: TimeDelta = TimeDelta::hours(1);

/// What happens to payments that begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Day {
    /// They are answered.
    Usual,
    /// The platform hears nothing and answers nothing.
    Closed,
    /// The platform hears them, and its answer is lost.
    Unheard,
}

impl Day {
    /// The name it is stored by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}

/// What the payer presses, bad days included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The payment goes through.
    Pay,
    /// The payer cancels.
    Cancel,
    /// The bank says no.
    Fail,
    /// The bank takes two hours, then the payment goes through.
    Pending,
    /// The money is taken, the confirmation never arrives.
    Lost,
    /// The money is taken, the confirmation comes half a minute later.
    Late,
    /// The money is taken, the confirmation comes twice at once.
    Twice,
    /// The money is taken, the confirmation names another amount.
    WrongAmount,
    /// The money is taken, the confirmation's hash is wrong.
    WrongHash,
}

impl Choice {
    /// The code, and when it stands.
    pub fn decides(self, now: DateTime<Utc>) -> (&'static str, DateTime<Utc>) {
        match self {
            Self::Cancel => ("24", now),
            Self::Fail => ("99", now),
            Self::Pending => (OK, now + LONG),
            _ => (OK, now),
        }
    }
}

/// What stands of a payment at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It is paid.
    Paid,
    /// It is not decided, or the bank has not moved the money yet.
    Pending,
    /// It failed, or nobody paid in time.
    Failed,
}

/// What the platform keeps of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// What was asked.
    pub asked: Init,
    /// The platform's number.
    pub number: i64,
    /// What was decided; empty while nothing is.
    pub code: String,
    /// When that stands.
    pub settled_at: Option<DateTime<Utc>>,
}

/// What the platform says by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// When.
    pub due: DateTime<Utc>,
    /// What.
    pub word: Word,
    /// How many at once.
    pub copies: u8,
}

/// Whether a message that begins a payment has all that the platform needs.
pub fn is_whole(asked: &Init) -> bool {
    let receipt = &asked.receipt;
    let needed = [
        &asked.reference,
        &asked.info,
        &receipt.procedure,
        &receipt.procedure_name,
        &receipt.office,
        &receipt.dossier,
        &receipt.account,
        &receipt.payer,
    ];
    let paid: Option<i64> = receipt.items.iter().try_fold(0, |sum: i64, item| {
        sum.checked_add(dong(&item.amount)?.dong())
    });
    let amount = dong(&asked.amount).filter(|amount| !amount.is_zero());
    asked.version == VERSION
        && asked.currency == CURRENCY
        && needed.iter().all(|value| !value.is_empty())
        && receipt.service == format!("{}.01", receipt.procedure)
        && vnpay::moment(&asked.at).is_some()
        && amount.is_some_and(|amount| Some(amount.dong()) == paid)
}

impl Payment {
    /// Whether a button was pressed.
    pub const fn is_decided(&self) -> bool {
        self.settled_at.is_some()
    }

    /// Whether nobody pressed one in time.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        let begun = vnpay::moment(&self.asked.at);
        !self.is_decided() && begun.is_none_or(|begun| begun + PATIENCE < now)
    }

    /// How it stands.
    pub fn told(&self, now: DateTime<Utc>) -> Told {
        match self.settled_at {
            Some(at) if at <= now && self.code == OK => Told::Paid,
            Some(at) if at <= now => Told::Failed,
            None if self.is_over(now) => Told::Failed,
            _ => Told::Pending,
        }
    }

    fn word(&self, kind: &str, code: &str, at: DateTime<Utc>) -> Word {
        Word {
            kind: kind.to_owned(),
            code: code.to_owned(),
            partner: self.asked.partner.clone(),
            reference: self.asked.reference.clone(),
            amount: self.asked.amount.clone(),
            currency: self.asked.currency.clone(),
            number: self.number.to_string(),
            bank: BANK.to_owned(),
            at: date(at),
            info: self.asked.info.clone(),
            status: String::new(),
            hash: String::new(),
        }
    }

    /// The confirmation that follows a choice, if any.
    pub fn confirmation(
        &self,
        choice: Choice,
        secret: &Secret,
        now: DateTime<Utc>,
    ) -> Option<Confirmation> {
        let (code, at) = choice.decides(now);
        let word = self.word(CONFIRM, code, at);
        let good = Confirmation {
            due: at,
            word: word.clone().sealed(secret),
            copies: 1,
        };
        match choice {
            Choice::Pay | Choice::Cancel | Choice::Fail | Choice::Pending => Some(good),
            Choice::Lost => None,
            Choice::Late => Some(Confirmation {
                due: at + TimeDelta::seconds(30),
                ..good
            }),
            Choice::Twice => Some(Confirmation { copies: 2, ..good }),
            Choice::WrongAmount => {
                let amount = format!("{}00", word.amount);
                Some(Confirmation {
                    word: Word { amount, ..word }.sealed(secret),
                    ..good
                })
            }
            Choice::WrongHash => {
                let mut wrong = good.word;
                let last = wrong.hash.pop();
                wrong.hash.push(if last == Some('0') { '1' } else { '0' });
                Some(Confirmation {
                    word: wrong,
                    due: good.due,
                    copies: 1,
                })
            }
        }
    }

    /// The receipt: one page of PDF that says whose it is.
    pub fn receipt(&self) -> Vec<u8> {
        let text = format!(
            "BT /F1 14 Tf 60 760 Td (PRETEND PLATFORM: RECEIPT {}) Tj 0 -28 Td (Dossier {}) Tj 0 -28 Td ({} VND) Tj ET",
            self.number, self.asked.receipt.dossier, self.asked.amount
        );
        let parts = [
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
             /Resources << /Font << /F1 5 0 R >> >> >>"
                .to_owned(),
            format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        ];
        let head = "%PDF-1.4\n";
        let objects: Vec<String> = (1..)
            .zip(&parts)
            .map(|(number, part)| format!("{number} 0 obj\n{part}\nendobj\n"))
            .collect();
        let (mut at, mut places) = (head.len(), Vec::new());
        for object in &objects {
            places.push(format!("{at:010} 00000 n \n"));
            at += object.len();
        }
        let (objects, places) = (objects.concat(), places.concat());
        let tail = "trailer\n<< /Size 6 /Root 1 0 R >>";
        format!("{head}{objects}xref\n0 6\n0000000000 65535 f \n{places}{tail}\nstartxref\n{at}\n%%EOF\n")
            .into_bytes()
    }
}

/// The answer to a question about a payment, without its hash.
pub fn answer(question: &Question, found: Option<&Payment>, now: DateTime<Utc>) -> Word {
    match found.filter(|found| found.asked.at == question.at) {
        None => Word {
            kind: QUERY.to_owned(),
            code: UNKNOWN.to_owned(),
            partner: question.partner.clone(),
            reference: question.reference.clone(),
            ..Word::default()
        },
        Some(found) => {
            let status = match found.told(now) {
                Told::Paid => PAID,
                Told::Pending => PENDING,
                Told::Failed => FAILED,
            };
            Word {
                status: status.to_owned(),
                ..found.word(QUERY, OK, found.settled_at.unwrap_or(now))
            }
        }
    }
}
