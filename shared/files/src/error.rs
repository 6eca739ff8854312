//! What can go wrong, told apart by what is to be done about it.

use std::io;

/// Why a file could not be kept or given back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The sender sent more than allowed.
    #[error("the file is larger than allowed")]
    TooLarge,
    /// The sender hung up, or sent what can't be understood.
    #[error("the upload broke off")]
    BrokenOff(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store answers nothing, only failures of its own, or does not let this service in: all of it waits.
    #[error("the file store is away: {0}")]
    Away(#[source] object_store::Error),
    /// There is no room left for it.
    #[error("the file store is full")]
    Full(#[source] object_store::Error),
    /// Something about this one file.
    #[error("the file store failed: {0}")]
    Store(#[source] object_store::Error),
    /// What is stored isn't what was stored.
    #[error("the stored file no longer has its hash")]
    Altered,
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        if is_full(&error) {
            Self::Full(error)
        } else if is_away(&error) {
            Self::Away(error)
        } else {
            Self::Store(error)
        }
    }
}

fn chain<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// Whether what failed did so for want of room: on the disk, in what its owner may use of it, or in a store that says so
/// with the status 507. The store's client keeps that status to itself but for its text.
fn is_full(error: &object_store::Error) -> bool {
    let no_room = |error: &io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        )
    };
    chain(error).any(|error| error.downcast_ref().is_some_and(no_room))
        || (is_remote(error) && error.to_string().contains(" 507 "))
}

/// What a store over the network fails with when it is not about the object asked for.
fn is_away(error: &object_store::Error) -> bool {
    use object_store::Error::{PermissionDenied, Unauthenticated};
    is_remote(error) || matches!(error, PermissionDenied { .. } | Unauthenticated { .. })
}

fn is_remote(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::Generic { store: "S3", .. })
}

/// What is not there is removed.
pub fn gone(removed: Result<(), object_store::Error>) -> Result<(), Error> {
    match removed {
        Err(object_store::Error::NotFound { .. }) => Ok(()),
        removed => Ok(removed?),
    }
}
