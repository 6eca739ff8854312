//! Opening somebody's dossier: neither an officer nor whoever acts for its owner sees it without that being on record, and its owner
//! reads who has.

use chassis::{App, audit::Deed, auth::Claims, http::Problem};
use contracts::{DossierId, MandateId, desk::DossierOpened};

use crate::store;

/// Puts on record that somebody opens a dossier that is not theirs, under a mandate or as an officer; where that fails, nothing is
/// shown.
pub async fn note(
    app: &App,
    dossier: DossierId,
    officer: &Claims,
    mandate: Option<MandateId>,
) -> Result<(), Problem> {
    let opened = DossierOpened {
        dossier,
        officer: officer.sub,
        name: officer.name.clone(),
        title: officer.title.clone(),
        opened_at: app.clock().now(),
    };
    let noted = async |tx: chassis::Tx| {
        if store::openings::learn(tx.db(), &opened, mandate).await? {
            tx.record(Deed::by(officer, "intake.dossier-opened").to(dossier.0));
        }
        Ok(())
    };
    Ok(app.transact(noted).await?)
}
