//! What delivery says to itself, to be heard later. These messages cross no boundary, so they are no contracts of others'.

use contracts::{DossierId, Kind, Message, ResultId};
use serde::{Deserialize, Serialize};

/// Give an order to the post office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceOrder {
    /// The parcel.
    pub parcel: String,
    /// What is in it answers this dossier.
    pub dossier: DossierId,
}

/// Take an order back from the post office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelOrder {
    /// The parcel.
    pub parcel: String,
    /// What is in it answers this dossier.
    pub dossier: DossierId,
}

/// Ask the post office what became of its parcels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackParcels {}

/// Look which results wait that nobody takes, and remind their owners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemindOwners {}

/// Tell the national store of citizens' papers how a result stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepositResult {
    /// The result.
    pub result: ResultId,
    /// The dossier it answers.
    pub dossier: DossierId,
}

impl Message for RemindOwners {
    const TYPE: &'static str = "delivery.remind-owners.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        None
    }
}

impl Message for DepositResult {
    const TYPE: &'static str = "delivery.deposit-result.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        Some(self.dossier)
    }
}

impl Message for PlaceOrder {
    const TYPE: &'static str = "delivery.place-order.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        Some(self.dossier)
    }
}

impl Message for CancelOrder {
    const TYPE: &'static str = "delivery.cancel-order.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        Some(self.dossier)
    }
}

impl Message for TrackParcels {
    const TYPE: &'static str = "delivery.track-parcels.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        None
    }
}
