#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod message;
mod values;

pub mod agency;
pub mod audit;
pub mod delivery;
pub mod desk;
pub mod identity;
pub mod ids;
pub mod intake;
pub mod notification;
pub mod payment;
pub mod scan;

pub use ids::{
    AccountId, BatchId, BatchPartId, DocumentId, DossierId, ExaminationId, MandateId, OrderId,
    RefundId, ResultId,
};
pub use message::{Descriptor, Kind, Message, all};
pub use values::{
    Assurance, Channel, CitizenId, CoverSheet, Delivery, DossierCode, OrganisationCode, PersonName,
    PhoneNumber, ProcedureCode, Refused, Text, Vnd,
};
