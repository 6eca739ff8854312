//! Opening somebody's result: no officer sees one without its being on record, and its owner reads who has.

use chassis::{
    App,
    audit::{self, Deed},
    auth::Claims,
    http::Problem,
};
use contracts::delivery::ResultOpened;
use serde_json::json;

use crate::store::Entry;

const OPENED: &str = "delivery.result-opened";

/// Puts on record that somebody opens a result that is not theirs, once a day for each officer; where that fails, nothing is shown.
pub async fn note(app: &App, entry: &Entry, reader: &Claims) -> Result<(), Problem> {
    if entry.owner == reader.sub {
        return Ok(());
    }
    let before = audit::last(app.db(), reader.sub, OPENED, entry.id.0).await?;
    let today = calendar::date(app.clock().now());
    if before.map(calendar::date) == Some(today) {
        return Ok(());
    }
    let noted = async |tx: chassis::Tx| {
        let deed = Deed::by(reader, OPENED).to(entry.id.0);
        tx.record(deed.with(json!({ "dossier": entry.dossier })));
        tx.say(&ResultOpened {
            result: entry.id,
            dossier: entry.dossier,
            officer: reader.sub,
            name: reader.name.clone(),
            title: reader.title.clone(),
            opened_at: tx.now(),
        });
        Ok(())
    };
    Ok(app.transact(noted).await?)
}
