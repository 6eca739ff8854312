#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod appearance;
mod certificate;
mod cms;
mod error;
mod field;
mod ocsp;
mod oid;
mod pdf;
mod request;
mod revocation;
mod sign;
pub mod signer;
#[cfg(feature = "testing")]
pub mod testing;
mod timestamp;
mod verify;

pub use appearance::{Appearance, Area, Font, Layer, Picture, Rect, signed_by, signing_time};
pub use certificate::{Certificate, Urls};
pub use error::{Cause, Error};
pub use ocsp::{OcspRequest, Standing as OcspStanding};
pub use pdf::Malformed;
pub use request::{Protection, Request, Reserved};
pub use revocation::{Revocation, RevocationList, embed};
pub use sign::{Attached, Prepared, Stamp, TimestampAuthority, prepare, sign, sign_with_timestamp};
pub use signer::Signer;
pub use timestamp::{Timestamp, TimestampRequest};
pub use verify::{Addition, Extent, Found, Grounds, Trust, all_valid, verify};
