//! Opening a dossier: no officer sees one without its being on record, and its owner reads who has.

use chassis::{
    App,
    audit::{self, Deed},
    auth::Claims,
    http::Problem,
};
use contracts::{DossierId, desk::DossierOpened};

use crate::http::Detail;

const OPENED: &str = "desk.dossier-opened";

/// Everything about a dossier, for an officer. On record once a day for each officer; where that fails, nothing is shown.
pub async fn open(app: &App, dossier: DossierId, officer: &Claims) -> Result<Detail, Problem> {
    let detail = Detail::find(app, dossier).await?;
    let before = audit::last(app.db(), officer.sub, OPENED, dossier.0).await?;
    let today = calendar::date(app.clock().now());
    if before.map(calendar::date) == Some(today) {
        return Ok(detail);
    }
    let noted = async |tx: chassis::Tx| {
        tx.record(Deed::by(officer, OPENED).to(dossier.0));
        tx.say(&DossierOpened {
            dossier,
            officer: officer.sub,
            name: officer.name.clone(),
            title: officer.title.clone(),
            opened_at: tx.now(),
        });
        Ok(())
    };
    app.transact(noted).await?;
    Ok(detail)
}
