//! Opening somebody's dossier: an officer sees none without its being on record, and its owner reads who has.

use chassis::{App, audit::Deed, auth::Claims, http::Problem};
use contracts::{DossierId, desk::DossierOpened};

use crate::store;

/// Puts on record that an officer opens a dossier; where that fails, nothing is shown.
pub async fn note(app: &App, dossier: DossierId, officer: &Claims) -> Result<(), Problem> {
    let opened = DossierOpened {
        dossier,
        officer: officer.sub,
        name: officer.name.clone(),
        title: officer.title.clone(),
        opened_at: app.clock().now(),
    };
    let noted = async |tx: chassis::Tx| {
        if store::openings::learn(tx.db(), &opened).await? {
            tx.record(Deed::by(officer, "intake.dossier-opened").to(dossier.0));
        }
        Ok(())
    };
    Ok(app.transact(noted).await?)
}
