//! The store as a part of a service.

use chassis::{Clock, Failure, Setup, StartError};
use chrono::TimeDelta;

use crate::{Error, Files};

/// How long something may be on its way before it is taken for left over.
const UNDER_WAY: TimeDelta = TimeDelta::days(1);

/// Opens a service's files where `STORE_URL` says, and removes in the background what had been received and never kept.
pub async fn open(setup: Setup) -> Result<Files, StartError> {
    let variables = setup.settings().store_variables();
    let files = Files::at(&setup.store_url(), variables).await;
    let files = files.map_err(|error| StartError::because("the files (STORE_URL)", &error))?;
    // The store dates its objects by the time of the world, whatever a test's clock says.
    let (swept, long_ago) = (files.clone(), Clock::system().now() - UNDER_WAY);
    tokio::spawn(async move {
        match swept.sweep(long_ago).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "removed what had been received and never kept"),
            Err(error) => {
                tracing::warn!(%error, "what had been received and never kept stays until the next start");
            }
        }
    });
    Ok(files)
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Altered => Self::park(error.to_string()),
            Error::Full(_) | Error::Away(_) => Self::down("file store", error.to_string()),
            error => Self::retry(error),
        }
    }
}
