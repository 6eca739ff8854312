//! Whether a result's owner is known surely enough: the procedure that its dossier was filed under says how surely.

use chassis::{App, auth::Claims, http::Problem};
use procedure::{demand_of, description::Needs};

use crate::{http::receives, store::Entry};

/// What an owner does with their result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Looks at where it stands.
    View,
    /// Opens its file.
    Receive,
}

/// Refuses its owner, or who receives it for them, what they are not known surely enough for, and leads them to `page` once they are.
pub async fn demand(
    app: &App,
    claims: &Claims,
    entry: &Entry,
    doing: Doing,
    page: &str,
) -> Result<(), Problem> {
    let code = entry.procedure.parse().ok();
    let Needs { view, receive, .. } =
        procedure::needs(app, code.as_ref().zip(entry.procedure_version))?;
    let needed = match doing {
        Doing::View => view,
        Doing::Receive => receive,
    };
    let is_agent = receives(app, claims, entry).await?;
    demand_of(claims, entry.owner, is_agent, needed, page)
}
