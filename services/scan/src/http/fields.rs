//! What was read on a document, for its owner and for officers.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{CERTAIN, Field};

/// Something that was read on a document.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldView {
    /// Which field, as the paper's file in the catalogue calls it.
    #[schema(example = "ho_ten")]
    name: String,
    /// What it says: dates as 2026-11-24.
    #[schema(example = "Nguyễn Thị Ví Dụ")]
    value: String,
    /// How sure that is, 0 to 100.
    confidence: u8,
    /// Whether it need not be looked at again: a code or check digits say so, and nothing speaks against it.
    certain: bool,
    /// `code` (an identity card's QR code), `zone` (its machine-readable zone), `print` or `text` (which the file carried).
    #[schema(example = "code")]
    origin: &'static str,
    /// Whether something else in the document says otherwise.
    disputed: bool,
    /// The page, from 1.
    page: u32,
    /// Where on the straightened page: left, top, width and height as fractions of it.
    place: [f32; 4],
}

impl From<Field> for FieldView {
    fn from(field: Field) -> Self {
        let place = field.place;
        Self {
            certain: field.confidence >= CERTAIN,
            name: field.name,
            value: field.value,
            confidence: field.confidence,
            origin: field.origin.as_str(),
            disputed: field.disputed,
            page: field.page,
            place: [place.left, place.top, place.width, place.height],
        }
    }
}
