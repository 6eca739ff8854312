//! Lends the benchmark, which names no service, the service that issues results.

use bench::{ipn::Doing, results::Issuer};
use chassis::{App, Failure, StartError};
use contracts::ResultId;
use delivery::{
    signing::Signing,
    store::{self, attestations},
};
use paper::Layouts;

/// The issuer's service, and a result's file made once more.
pub const ISSUER: Issuer = Issuer {
    service: delivery::service,
    again,
};

fn again(app: App, result: ResultId) -> Doing<()> {
    Box::pin(async move {
        let made = make(&app, result).await;
        made.map_err(|failure| StartError::because("bench results: drawing one again", &failure))
    })
}

/// Typesets, signs and seals, as when it was issued, and keeps nothing.
async fn make(app: &App, result: ResultId) -> Result<(), Failure> {
    let unknown = || Failure::park("there is no such result");
    let entry = store::entry(app.db().reads(), result)
        .await?
        .ok_or_else(unknown)?;
    let proofs = attestations::of(app.db().reads(), entry.id).await?;
    let typeset = entry.paper.typeset(&app.part::<Layouts>());
    let typeset = typeset.map_err(|error| Failure::park(error.to_string()))?;
    let now = app.clock().now();
    app.part::<Signing>()
        .apply(typeset, &entry, &proofs, now)
        .await?;
    Ok(())
}
