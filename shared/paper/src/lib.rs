#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod dates;
mod error;
mod layout;
pub mod money;
mod papers;
mod places;
mod text;
mod typeset;
mod view;

pub use error::Error;
pub use layout::{Layout, Layouts, preview_notice};
pub use papers::{
    AppointmentSlip, Block, Check, Cover, CoverSheets, Fee, Field, Letterhead, LineReduction,
    Notice, PaperKind, Person, Receipt, ReceiptLine, RegisterEntry, ResultPaper, Signer,
    SubmittedPaper,
};
pub use places::Place;
pub use text::{LIMIT_ITEMS, LIMIT_LINK, LIMIT_TEXT, LIMIT_TOTAL, unprintable};
pub use typeset::{Pdf, font};

use typeset::Template;

/// Form 01, *Giấy tiếp nhận hồ sơ và hẹn trả kết quả* (Circular 03/2025/TT-VPCP).
pub fn appointment_slip(slip: &AppointmentSlip) -> Result<Pdf, Error> {
    typeset::render(Template::Slip, &slip.view()?)
}

/// The receipt for fees and charges, *biên lai thu phí, lệ phí*, with its total in figures and in words.
pub fn receipt(receipt: &Receipt) -> Result<Pdf, Error> {
    typeset::render(Template::Receipt, &receipt.view()?)
}

/// What the agency decided: the paper the citizen came for, in the house's own layout. It carries a code by which anybody can
/// check it. [`Layouts::result`] draws it as its agency wants it.
pub fn result(result: &ResultPaper) -> Result<Pdf, Error> {
    typeset::render(Template::Result, &result.view()?)
}

/// A notice while the dossier is on its way: forms 02 to 05 (supplement, refusal, apology, stop).
pub fn notice(notice: &Notice) -> Result<Pdf, Error> {
    typeset::render(Template::Notice, &notice.view()?)
}

/// Cover sheets, one a page: what is laid before papers that a counter scans in one go.
pub fn cover_sheets(sheets: &CoverSheets) -> Result<Pdf, Error> {
    typeset::render(Template::Covers, &sheets.view()?)
}
