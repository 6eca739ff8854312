//! The civil-status agency's procedures (hộ tịch), and the register that they look things up in.

mod copy_of_extract;
mod http;
mod migrations;
mod record;
mod register;
mod store;

use chassis::Service;

use crate::copy_of_extract::CopyOfExtract;

/// The service: one line a procedure.
pub fn service() -> Service {
    procedure::agency("agency-civil-status")
        .handles(CopyOfExtract)
        .service()
        .migrations(migrations::all)
        .starts(register::fill)
        .serves(http::routes)
}

/// Decoders of untrusted bytes that are nobody else's business: for the fuzz targets in `tests/`.
#[doc(hidden)]
pub mod decoders {
    pub use crate::record::Record;
}
