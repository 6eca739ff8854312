//! The cover sheets of a dossier's papers, to be printed and brought to a counter with the papers themselves.

use axum::{extract::State, response::Response};
use chassis::{
    App, Failure,
    http::{Path, Problem},
};
use contracts::{CoverSheet, DossierId};
use paper::{Cover, CoverSheets};
use procedure::Catalogue;

use crate::{acts::description_of, assurance::Viewing, http::seen_by};

/// One page for each paper that the dossier takes.
pub async fn print(
    Viewing(claims): Viewing,
    State(app): State<App>,
    Path(id): Path<DossierId>,
) -> Result<Response, Problem> {
    let dossier = seen_by(&app, &claims, id).await?.dossier;
    if !dossier.state.is_open_to_change() {
        return Err(Problem::conflict(
            "Hồ sơ này không nhận thêm giấy tờ nên không cần tờ phân tách",
            "This dossier takes no more papers and needs no cover sheets",
        ));
    }
    let description = description_of(&app.part::<Catalogue>(), &dossier)?;
    let papers = dossier.draft.papers(&description);
    if papers.is_empty() {
        return Err(Problem::not_found());
    }
    let site = app.settings().public("");
    let cover = |component: &procedure::description::Component| Cover {
        name: component.name.vi.clone(),
        name_en: component.name.en.clone(),
        link: CoverSheet {
            dossier: id,
            component: Some(component.id.clone()),
        }
        .link(&site),
    };
    let sheets = CoverSheets {
        procedure: description.name.vi.clone(),
        dossier_code: dossier.code.as_ref().map(ToString::to_string),
        sheets: papers.into_iter().map(cover).collect(),
        made_at: app.clock().now(),
    };
    let drawn = tokio::task::spawn_blocking(move || paper::cover_sheets(&sheets)).await;
    let pdf = drawn.map_err(Failure::retry)?.map_err(Failure::retry)?;
    Ok(web::pdf("to-phan-tach.pdf", pdf.into_bytes()))
}
