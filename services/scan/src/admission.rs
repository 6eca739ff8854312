//! Whether a file may come in at all: that it is one thing and not two, that it holds nothing that acts by itself, and that
//! it does not unpack to more than it should. All of it told before a single pixel is decoded.

use contracts::Refused;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{Limits, MediaType},
    pages_of::{self, Leaf},
};

mod active;
mod drawing;
mod foreign;

/// A file that may come in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Admitted {
    /// Its pages.
    pub leaves: Vec<Leaf>,
    /// Whether it carries an electronic signature: then it is kept and handed on as it is, for a changed byte breaks it.
    pub signed: bool,
}

/// Admits a file, or says why it can't be. Takes time, and meets whatever strangers make up: only a worker calls it.
pub fn admit(kind: MediaType, bytes: &[u8], limits: &Limits) -> Result<Admitted, Refused> {
    foreign::refuse(kind, bytes)?;
    if kind != MediaType::Pdf {
        return Ok(Admitted {
            leaves: pages_of::pages_of(kind, bytes, limits)?,
            signed: false,
        });
    }
    active::refuse_crowd(bytes)?;
    let document = pages_of::open_pdf(bytes)?;
    active::refuse(&document, limits)?;
    drawing::refuse(&document, limits)?;
    Ok(Admitted {
        leaves: pages_of::pages_of_pdf(&document, limits)?,
        signed: active::is_signed(&document),
    })
}
