#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod agency;
mod case;
pub mod catalogue;
pub mod description;
mod known;
mod organisation;
mod organisations;
pub mod paper;
pub mod reading;
mod words;

pub use agency::{Agency, Procedure, agency, catalogue};
pub use case::{Case, sample};
pub use catalogue::Catalogue;
pub use description::{
    Authority, Description, FieldError, Filing, Form, Invalid, Level, News, Quote, notices,
};
pub use known::{demand_of, needs};
pub use organisation::{Organisation, Role};
pub use organisations::Organisations;
pub use paper::Paper;
pub use words::{Bilingual, fold, spelling, unaccented};
