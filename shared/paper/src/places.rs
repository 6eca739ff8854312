//! Where on a finished paper something was left room for.

use typst::foundations::{Label, Value};
use typst::introspection::MetadataElem;
use typst::utils::PicoStr;
use typst_layout::PagedDocument;

/// What a template marks the room for its signature with (`signature-room` in `house.typ`).
const SIGNATURE: &str = "signature";

/// A rectangle on a page, in points of PDF: from the lower left corner, upwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The page; the first is 1.
    pub page: usize,
    /// Its left edge.
    pub x: f64,
    /// Its lower edge.
    pub y: f64,
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
}

/// The room for the signature: the template marks its upper left corner and says how large it is.
pub fn signature(document: &PagedDocument) -> Option<Place> {
    let label = Label::new(PicoStr::intern(SIGNATURE))?;
    let introspector = document.introspector();
    let mark = introspector.elements().query_label(label).ok()?;
    let at = introspector.position(mark.location()?)?;
    let Value::Dict(size) = &mark.to_packed::<MetadataElem>()?.value else {
        return None;
    };
    let points = |key| match size.get(key) {
        Ok(Value::Float(points)) => Some(*points),
        _ => None,
    };
    let (width, height) = (points("width")?, points("height")?);
    let page = document.pages().get(at.page.get() - 1)?;
    Some(Place {
        page: at.page.get(),
        x: at.point.x.to_pt(),
        y: page.frame.height().to_pt() - at.point.y.to_pt() - height,
        width,
        height,
    })
}
