//! Signals against forged dossiers: heard from intake, shown to officers, and noted when they have looked. No act asks for them: what
//! happens to a dossier is decided by people, as with any other (decision 0053).

use axum::{http::StatusCode, response::Response};
use chassis::{
    Failure, Tx,
    audit::Deed,
    auth::{Claims, Officer},
    http::{Act, Answer, Form, Json, Path, Problem},
};
use chrono::{DateTime, Utc};
use contracts::{
    DossierCode, DossierId, Text,
    intake::{SignalLevel, SignalsFound},
};
use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    course::{Actor, Course},
    domain::signals::{Finding, words},
    http::Standing,
    store::{
        self,
        signals::{self, Note},
    },
};

/// How a note is called in the register.
const NOTED: &str = "note_papers";

/// What can be done about them.
pub fn routes() -> OpenApiRouter<chassis::App> {
    OpenApiRouter::new()
        .routes(routes!(look))
        .routes(routes!(look_on_page))
}

/// Intake found something about a dossier, which may still be on its way here.
pub async fn found(heard: SignalsFound, tx: Tx) -> Result<(), Failure> {
    if signals::keep(tx.db(), &heard).await? {
        return Ok(());
    }
    Err(Failure::too_early(
        "another word about this dossier is being written",
    ))
}

/// How much there is to look at, in a list.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Line {
    /// 0 to 100.
    pub score: u8,
    /// `none`, `low`, `medium` or `high`.
    pub level: SignalLevel,
}

impl From<(u8, SignalLevel)> for Line {
    fn from((score, level): (u8, SignalLevel)) -> Self {
        Self { score, level }
    }
}

impl Line {
    /// As officers read it.
    pub const fn words(self) -> &'static str {
        words(self.level)
    }
}

/// What there is to look at, and who has.
#[derive(Debug, Serialize, ToSchema)]
pub struct View {
    /// The score and its level.
    #[serde(flatten)]
    pub line: Line,
    /// Counts what was found; 0 when nothing ever was. Whoever notes something says by it what they had seen.
    pub revision: u32,
    /// When it was found.
    pub found_at: Option<DateTime<Utc>>,
    /// What, the weightiest first.
    pub signals: Vec<SignalView>,
    /// What officers noted, in order.
    pub notes: Vec<NoteView>,
}

/// Something to look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignalView {
    /// What, in a word.
    pub code: String,
    /// How much it weighs.
    pub weight: u8,
    /// What was compared and found, in Vietnamese.
    pub why_vi: String,
    /// The same in English.
    pub why_en: String,
    /// What can be done about it, in Vietnamese.
    pub advice_vi: String,
    /// The same in English.
    pub advice_en: String,
    /// The other dossiers that it is about, as far as they are filed here.
    pub dossiers: Vec<Related>,
}

/// Another dossier.
#[derive(Debug, Serialize, ToSchema)]
pub struct Related {
    /// The dossier.
    pub dossier: DossierId,
    /// Its code, once it is received.
    pub code: Option<DossierCode>,
}

/// What an officer noted.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoteView {
    /// What they had seen of the signals.
    pub revision: u32,
    /// What they found.
    pub finding: Finding,
    /// In their words.
    pub note: String,
    /// Their name.
    pub officer: String,
    /// When.
    pub noted_at: DateTime<Utc>,
}

impl From<Note> for NoteView {
    fn from(note: Note) -> Self {
        Self {
            revision: note.revision,
            finding: note.finding,
            note: note.words,
            officer: note.officer_name,
            noted_at: note.noted_at,
        }
    }
}

impl View {
    /// What is known of a dossier.
    pub async fn find(db: &impl ConnectionTrait, dossier: DossierId) -> Result<Self, DbErr> {
        let notes = signals::noted(db, dossier).await?;
        let notes = notes.into_iter().map(NoteView::from).collect();
        let Some(found) = signals::of(db, dossier).await? else {
            return Ok(Self {
                line: (0, SignalLevel::None).into(),
                revision: 0,
                found_at: None,
                signals: Vec::new(),
                notes,
            });
        };
        let others = found.signals.iter().flat_map(|signal| &signal.dossiers);
        let here = signals::filed_here(db, others.copied()).await?;
        let views = found.signals.into_iter().map(|signal| SignalView {
            dossiers: signal
                .dossiers
                .iter()
                .filter_map(|id| here.get_key_value(id))
                .map(|(dossier, code)| Related {
                    dossier: *dossier,
                    code: code.clone(),
                })
                .collect(),
            code: signal.code,
            weight: signal.weight,
            why_vi: signal.why_vi,
            why_en: signal.why_en,
            advice_vi: signal.advice_vi,
            advice_en: signal.advice_en,
        });
        Ok(Self {
            line: (found.score, found.level).into(),
            revision: found.revision,
            found_at: Some(found.found_at),
            signals: views.collect(),
            notes,
        })
    }

    /// Whether somebody has looked at all that is there now.
    pub fn is_looked_at(&self) -> bool {
        let seen = self.notes.last().map(|note| note.revision);
        seen.is_some_and(|seen| seen >= self.revision)
    }

    /// As a list shows it; nothing where nothing ever was found.
    pub fn attention(&self) -> Option<Line> {
        (self.revision > 0).then_some(self.line)
    }

    /// Whether there is anything to show.
    pub fn is_empty(&self) -> bool {
        self.revision == 0 && self.notes.is_empty()
    }
}

/// What an officer found when they looked at the papers.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Looked {
    /// What they had seen of the signals: `signals.revision` of the dossier.
    revision: u32,
    /// What they found.
    finding: Finding,
    /// In their words: what was compared, what speaks for it.
    note: Text,
}

/// An officer notes what they found when they looked at a dossier's signals or papers. What follows from it is done by other acts.
#[utoipa::path(post, path = "/desk/dossiers/{id}/signals", params(("id" = DossierId, Path)), request_body = Looked,
    responses((status = OK, body = Standing), (status = CONFLICT, body = Problem, description = "More was found meanwhile"),
        (status = NOT_FOUND, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn look(
    Officer(claims): Officer,
    Path(id): Path<DossierId>,
    act: Act,
    Json(looked): Json<Looked>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&looked);
    let look = async |tx: Tx| {
        let standing = note(&tx, id, &claims, looked).await?;
        Ok(Answer::json(StatusCode::OK, &standing))
    };
    act.transact(look).await
}

/// The same as a form.
#[derive(Serialize, Deserialize, ToSchema)]
struct LookedForm {
    key: String,
    /// What they had seen of the signals.
    revision: u32,
    /// What they found.
    finding: Finding,
    /// In their words.
    note: Text,
}

/// Notes what an officer found.
#[utoipa::path(post, path = "/desk/view/{id}/signals", params(("id" = DossierId, Path)),
    request_body(content = LookedForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn look_on_page(
    Officer(claims): Officer,
    Path(id): Path<DossierId>,
    act: Act,
    Form(form): Form<LookedForm>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).keyed(&form.key)?.about(&form);
    let looked = Looked {
        revision: form.revision,
        finding: form.finding,
        note: form.note,
    };
    let look = async |tx: Tx| {
        note(&tx, id, &claims, looked).await?;
        Ok(Answer::see_other(format!("/desk/view/{id}")))
    };
    act.transact(look).await
}

async fn note(
    tx: &Tx,
    dossier: DossierId,
    officer: &Claims,
    looked: Looked,
) -> Result<Standing, Problem> {
    let item = store::hold(tx.db(), dossier).await?;
    let item = item.ok_or_else(Problem::not_found)?;
    let there = signals::of(tx.db(), dossier).await?;
    if there.map_or(0, |found| found.revision) != looked.revision {
        return Err(Problem::conflict(
            "Các dấu hiệu của hồ sơ vừa thay đổi, xin xem lại trước khi ghi nhận",
            "The dossier's signals have just changed, please look again before noting",
        ));
    }
    let kept = Note {
        id: tx.new_id(),
        revision: looked.revision,
        finding: looked.finding,
        words: looked.note.to_string(),
        officer: officer.sub,
        officer_name: officer.name.to_string(),
        noted_at: tx.now(),
    };
    signals::note(tx.db(), dossier, &kept).await?;
    let deed = Deed::by(officer, "desk.papers-looked-at").to(dossier.0);
    tx.record(deed.with(json!({ "finding": looked.finding, "signals": looked.revision })));
    let course = Course::of(tx, item);
    let detail = format!("{}: {}", kept.finding.words(), kept.words);
    let (who, state) = (Actor::person(officer), course.item.state);
    course.enter(&who, NOTED, Some(state), &detail).await?;
    Ok(Standing::of(&course.item))
}
