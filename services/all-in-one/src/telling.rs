//! Lends the benchmark, which names no service, the service that tells people.

use bench::{ipn::Doing, notices::Teller};
use chassis::{App, StartError};

/// The teller's service, and how much it has heard.
pub const TELLER: Teller = Teller {
    service: notification::service,
    heard,
};

fn heard(app: App) -> Doing<u64> {
    Box::pin(async move {
        let written = notification::store::written(app.db().reads()).await;
        written.map_err(|error| StartError::because("bench notices: the messages", &error))
    })
}
