//! Typed ids, one per kind of thing, so that an order can never be mistaken for a dossier.

/// Declares a UUID newtype that serialises as the bare UUID.
macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema, utoipa::ToSchema,
        )]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

id! {
    /// A dossier (hồ sơ). Minted once, by intake, when its draft is opened; it never changes hands.
    DossierId,
    /// An uploaded document (giấy tờ).
    DocumentId,
    /// A fee order of one dossier.
    OrderId,
    /// Money on its way back to a payer.
    RefundId,
    /// An issued result (kết quả).
    ResultId,
    /// A person's account.
    AccountId,
    /// One examination asked of an agency's handler.
    ExaminationId,
    /// A stack of papers that a counter scanned in one go.
    BatchId,
    /// What stood behind one cover sheet of a batch.
    BatchPartId,
    /// What one person lets another do for them (ủy quyền).
    MandateId,
}
