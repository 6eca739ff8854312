//! What each paper says: plain values that a service fills in.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Error, text};

/// The most letters of a proof: with an address before it, its QR code is still read from 30 mm of paper.
const LIMIT_PROOF: usize = 600;

/// The head of every paper (Decree 30/2020): the issuing agency on the left, the national motto on the right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letterhead {
    /// The agency above the issuer (*cơ quan chủ quản*), if it has one; printed in capitals.
    pub parent: Option<String>,
    /// The issuer; printed in capitals.
    pub agency: String,
    /// Number and symbol as printed after `Số:`, such as `12/TLKS-BS`.
    pub number: Option<String>,
    /// The place before the date, such as `Sông Mây`.
    pub place: String,
    /// When the paper was issued. Its day in Vietnam is printed; the moment becomes the PDF's own date.
    pub issued_at: DateTime<Utc>,
}

/// A person or organisation as the desk knows it. What is `None` is not printed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Person {
    /// Full name.
    pub name: String,
    /// Personal identity number or tax number.
    pub identity: Option<String>,
    /// Where they live or sit.
    pub address: Option<String>,
    /// Telephone number as it should be printed.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
}

/// In which form a paper was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperKind {
    /// *Bản chính.*
    Original,
    /// *Bản sao có chứng thực.*
    CertifiedCopy,
    /// *Bản chụp.*
    Photocopy,
    /// *Bản điện tử.*
    Electronic,
}

/// One line of the list of papers handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmittedPaper {
    /// What it is.
    pub name: String,
    /// Its form.
    pub kind: PaperKind,
    /// How many.
    pub quantity: u16,
}

/// A fee as the slip shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    /// What it is for.
    pub name: String,
    /// Đồng; zero prints as free.
    pub amount: i64,
    /// Whether it has been paid.
    pub paid: bool,
}

/// The entry in the register of dossiers (form 07).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterEntry {
    /// Book, *quyển số*.
    pub book: String,
    /// Number in the book, *số thứ tự*.
    pub number: String,
}

/// Form 01: what the citizen holds until the result is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentSlip {
    /// The centre that received the dossier.
    pub head: Letterhead,
    /// The dossier's code.
    pub dossier_code: String,
    /// Where the dossier can be followed; becomes the QR code.
    pub tracking_url: String,
    /// The desk that received it, *bộ phận tiếp nhận*.
    pub desk: String,
    /// Whose dossier it is.
    pub applicant: Person,
    /// The procedure or request.
    pub procedure: String,
    /// The papers handed in.
    pub papers: Vec<SubmittedPaper>,
    /// Number of sets, *số bộ*.
    pub sets: u16,
    /// The time limit by rule, such as `03 ngày làm việc`.
    pub time_limit: String,
    /// When it was received.
    pub received_at: DateTime<Utc>,
    /// When the result will be there.
    pub due_at: DateTime<Utc>,
    /// Where or how the result is received.
    pub delivery: String,
    /// Fees; empty prints as none.
    pub fees: Vec<Fee>,
    /// The register entry, if one is kept.
    pub register: Option<RegisterEntry>,
    /// Who handed it in.
    pub submitter: String,
    /// The officer who received it.
    pub receiver: String,
    /// Telephone for questions.
    pub hotline: Option<String>,
}

/// One line of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptLine {
    /// What was paid for.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// Đồng for one.
    pub unit_price: i64,
    /// What was taken off; printed below the line.
    #[serde(default)]
    pub reduction: Option<LineReduction>,
}

/// What was taken off a line of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineReduction {
    /// How many đồng, at most what the line comes to.
    pub by: i64,
    /// Who pays less.
    pub reason: String,
}

/// A receipt for fees and charges. Its total is computed here, never passed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The agency that took the money; its number is the receipt's.
    pub head: Letterhead,
    /// The title, such as `Biên lai thu phí, lệ phí`; printed in capitals.
    pub title: String,
    /// The receipt's series, *ký hiệu*.
    pub series: Option<String>,
    /// The dossier's code.
    pub dossier_code: String,
    /// Who paid.
    pub payer: Person,
    /// What for: the procedure.
    pub purpose: String,
    /// The lines.
    pub lines: Vec<ReceiptLine>,
    /// How it was paid, such as `Tiền mặt`.
    pub method: String,
    /// The gateway's own reference.
    pub transaction: Option<String>,
    /// When it was paid.
    pub paid_at: DateTime<Utc>,
    /// The cashier, for money taken at the counter.
    pub cashier: Option<String>,
    /// The receipt that this one stands for instead.
    pub replaces: Option<String>,
    /// Why it is not valid any more; printed across the head.
    pub cancelled: Option<String>,
    /// Where the receipt can be checked.
    pub check: Option<Check>,
}

/// A label and what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Printed before a colon.
    pub label: String,
    /// Printed in bold; may be blank.
    pub value: String,
}

/// A piece of a paper's body, printed in the order given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// A heading in bold.
    Heading {
        /// Its words.
        text: String,
    },
    /// One to three fields that share a line.
    Fields {
        /// From left to right.
        fields: Vec<Field>,
    },
    /// A paragraph.
    Paragraph {
        /// Its words.
        text: String,
    },
    /// A ruled table of one to eight columns; a row may be shorter than the heading, not longer.
    Table {
        /// Column headings.
        columns: Vec<String>,
        /// Cells, row by row.
        rows: Vec<Vec<String>>,
    },
}

/// Who signs. The paper keeps room for the signature and claims none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// In whose place, such as `KT. CHỦ TỊCH`.
    pub on_behalf: Option<String>,
    /// The office, such as `PHÓ CHỦ TỊCH`; printed in capitals.
    pub title: String,
    /// Full name.
    pub name: String,
}

/// How anybody can check a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The page that checks it; printed, and becomes the QR code.
    pub url: String,
    /// The code to type there.
    pub code: String,
    /// What the paper says of itself, signed (a compact JWS): stands behind the page's address in the QR code, as its fragment,
    /// which no browser sends.
    #[serde(default)]
    pub proof: Option<String>,
}

impl Check {
    /// What the QR code holds.
    pub(crate) fn link(&self) -> Result<String, Error> {
        text::admit_link("check.url", &self.url)?;
        let Some(proof) = &self.proof else {
            return Ok(self.url.clone());
        };
        let is_jws = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if proof.is_empty() || proof.len() > LIMIT_PROOF || !proof.bytes().all(is_jws) {
            return Err(Error::Link("check.proof".to_owned()));
        }
        Ok(format!("{}#{proof}", self.url))
    }
}

/// The agency's result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultPaper {
    /// The issuing agency, with number and symbol.
    pub head: Letterhead,
    /// The title, such as `Trích lục khai sinh`; printed in capitals.
    pub title: String,
    /// Below the title, such as `(Bản sao)`.
    pub subtitle: Option<String>,
    /// The dossier it answers.
    pub dossier_code: String,
    /// The body.
    pub body: Vec<Block>,
    /// *Nơi nhận*: who gets a copy.
    pub recipients: Vec<String>,
    /// Who signs.
    pub signer: Signer,
    /// How it can be checked.
    pub check: Check,
    /// The [`Layout`](crate::Layout) that its agency wants it drawn by; the house's own where none is named.
    #[serde(default)]
    pub layout: Option<String>,
}

/// A notice on the way: forms 02 (supplement), 03 (refusal), 04 (apology, extension), 05 (stop).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The centre or agency that writes.
    pub head: Letterhead,
    /// The form's title; printed in capitals.
    pub title: String,
    /// The dossier's code, once it has one.
    pub dossier_code: Option<String>,
    /// To whom it is written.
    pub addressee: Person,
    /// The body.
    pub body: Vec<Block>,
    /// Who signs on the left, where the form has two signatures.
    pub counter_signer: Option<Signer>,
    /// Who signs on the right.
    pub signer: Signer,
    /// Where the dossier can be followed; becomes the QR code.
    pub tracking_url: Option<String>,
    /// How a notice that is numbered and kept can be checked; becomes the QR code instead.
    #[serde(default)]
    pub check: Option<Check>,
}

/// The sheets that are laid before a dossier's papers in a stack, so that the machine that scans it knows where they belong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverSheets {
    /// The procedure.
    pub procedure: String,
    /// The dossier's code, once it has one.
    pub dossier_code: Option<String>,
    /// One sheet a paper.
    pub sheets: Vec<Cover>,
    /// When they were made. The moment becomes the PDF's own date.
    pub made_at: DateTime<Utc>,
}

/// One cover sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// What is laid behind it, in Vietnamese.
    pub name: String,
    /// The same in English.
    pub name_en: String,
    /// What the machine reads; becomes the QR code.
    pub link: String,
}
