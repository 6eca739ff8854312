//! The desk's API: the list of work, one work item, and the acts of officers and signers.

mod views;

use axum::{extract::State as Of, http::StatusCode, response::Response};
use chassis::{
    App, Tx,
    auth::{DecisionSigner, Officer},
    http::{Act, Answer, Json, Path, Problem, Query},
};
use contracts::{
    DossierId, Refused, Text,
    desk::{Field, Outcome},
};
use serde::{Deserialize, Serialize};
use strum::VariantArray;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::views::{Detail, Listed, Standing};
use crate::{
    acts,
    domain::{State, decision, item::WorkItem, signals},
    office::Office,
    openings,
    store::{self, signals::Among},
};

/// How many work items are listed when nobody says how many, and at most.
const LISTED: (u64, u64) = (50, 500);

/// Everything the desk answers to over HTTP.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(detail))
        .routes(routes!(take))
        .routes(routes!(receive))
        .routes(routes!(reject))
        .routes(routes!(decide))
        .routes(routes!(sign_off))
        .merge(crate::pages::routes())
        .merge(crate::signals::routes())
}

/// Which work is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// A state's name; all that isn't closed when absent or empty.
    #[serde(default)]
    pub state: String,
    /// `low`, `medium` or `high`: those with signals of this level at least; all when absent or empty.
    #[serde(default)]
    pub signals: String,
    /// `signals`: those with the highest score first; the oldest due first when absent or empty.
    #[serde(default)]
    pub sort: String,
    /// How many, from 1 to 500; 50 when absent.
    pub limit: Option<u64>,
}

impl Wanted {
    /// The state that is asked for, if any.
    pub fn state(&self) -> Result<Option<State>, Problem> {
        if self.state.is_empty() {
            return Ok(None);
        }
        let state = State::named(&self.state);
        let unknown = || {
            let names: Vec<_> = State::VARIANTS.iter().map(|state| state.name()).collect();
            let names = names.join(", ");
            let (vi, en) = (
                format!("Trạng thái là một trong: {names}"),
                format!("A state is one of {names}"),
            );
            Problem::field("state", Refused::because(vi, en))
        };
        state.map(Some).ok_or_else(unknown)
    }

    /// Which signals are asked for, if any.
    pub fn among(&self) -> Result<Among, Problem> {
        let least = match self.signals.as_str() {
            "" => None,
            name => Some(signals::named(name).ok_or_else(|| {
                Problem::field(
                    "signals",
                    Refused::new(
                        "Mức dấu hiệu là một trong: low, medium, high",
                        "A level of signals is one of low, medium, high",
                    ),
                )
            })?),
        };
        let highest_first = match self.sort.as_str() {
            "" => false,
            "signals" => true,
            _ => {
                return Err(Problem::field(
                    "sort",
                    Refused::new(
                        "Chỉ xếp được theo dấu hiệu: signals",
                        "Sorting is by signals only",
                    ),
                ));
            }
        };
        Ok(Among {
            least,
            highest_first,
        })
    }

    /// The lines that are asked for.
    pub async fn find(&self, app: &App) -> Result<Vec<Listed>, Problem> {
        let limit = self.limit.unwrap_or(LISTED.0).clamp(1, LISTED.1);
        let (db, office, now) = (app.db().reads(), app.part::<Office>(), app.clock().now());
        let items = store::list(db, self.state()?, self.among()?, limit).await?;
        let ids = items.iter().map(|item| item.dossier);
        let scores = store::signals::scores(db, ids).await?;
        let line = |item: &WorkItem| {
            let known = scores.get(&item.dossier).copied();
            Listed {
                attention: known.map(crate::signals::Line::from),
                ..Listed::new(item, &office, now)
            }
        };
        Ok(items.iter().map(line).collect())
    }
}

/// The work: the oldest due first, then what isn't received yet.
#[utoipa::path(get, path = "/desk/dossiers", params(Wanted),
    responses((status = OK, body = Vec<Listed>), (status = FORBIDDEN, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn list(
    _: Officer,
    Of(app): Of<App>,
    Query(wanted): Query<Wanted>,
) -> Result<axum::Json<Vec<Listed>>, Problem> {
    wanted.find(&app).await.map(axum::Json)
}

/// One work item with its stops of the clock and its lines in the register.
#[utoipa::path(get, path = "/desk/dossiers/{id}", params(("id" = DossierId, Path)),
    responses((status = OK, body = Detail), (status = FORBIDDEN, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn detail(
    Officer(claims): Officer,
    Of(app): Of<App>,
    Path(id): Path<DossierId>,
) -> Result<axum::Json<Detail>, Problem> {
    openings::open(&app, id, &claims).await.map(axum::Json)
}

fn standing(item: &WorkItem) -> Answer {
    Answer::json(StatusCode::OK, &Standing::of(item))
}

/// An officer takes a dossier on, from the pool or from a colleague.
#[utoipa::path(post, path = "/desk/dossiers/{id}/take", params(("id" = DossierId, Path)),
    responses((status = OK, body = Standing), (status = CONFLICT, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn take(
    Officer(claims): Officer,
    Path(id): Path<DossierId>,
    act: Act,
) -> Result<Response, Problem> {
    let take = async |tx: Tx| Ok(standing(&acts::take(&tx, id, &claims).await?));
    act.by(claims.sub).transact(take).await
}

/// An officer receives a dossier: it gets its code, and the legal clock starts.
#[utoipa::path(post, path = "/desk/dossiers/{id}/receive", params(("id" = DossierId, Path)),
    responses((status = OK, body = Standing), (status = CONFLICT, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn receive(
    Officer(claims): Officer,
    Path(id): Path<DossierId>,
    act: Act,
) -> Result<Response, Problem> {
    let receive = async |tx: Tx| Ok(standing(&acts::receive(&tx, id, &claims).await?));
    act.by(claims.sub).transact(receive).await
}

/// Why something isn't done.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// For the citizen, with its legal ground.
    pub reason: Text,
}

/// An officer doesn't receive a dossier.
#[utoipa::path(post, path = "/desk/dossiers/{id}/reject", params(("id" = DossierId, Path)), request_body = Reason,
    responses((status = OK, body = Standing), (status = CONFLICT, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn reject(
    Officer(claims): Officer,
    Path(id): Path<DossierId>,
    act: Act,
    Json(why): Json<Reason>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&why);
    let reject = async |tx: Tx| {
        Ok(standing(
            &acts::reject(&tx, id, &claims, &why.reason).await?,
        ))
    };
    act.transact(reject).await
}

/// A decision as an officer proposes it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case", deny_unknown_fields)]
pub enum Proposed {
    /// Grant.
    Granted {
        /// What stands on the result, in order of printing.
        result: Vec<Line>,
    },
    /// Refuse.
    Refused {
        /// Why, with its legal ground.
        reason: Text,
    },
}

/// One labelled value of a result.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The label as printed.
    pub label: Text,
    /// The value as printed.
    pub value: Text,
}

impl Proposed {
    fn outcome(&self) -> Result<Outcome, Problem> {
        match self {
            Self::Granted { result } => {
                let field = |line: &Line| Field {
                    label: line.label.to_string(),
                    value: line.value.to_string(),
                };
                decision::grant(result.iter().map(field).collect())
                    .map_err(|refused| Problem::field("result", refused))
            }
            Self::Refused { reason } => Ok(Outcome::Refused {
                reason: reason.to_string(),
            }),
        }
    }
}

/// An officer proposes a decision by hand, or another in the place of one that isn't signed yet.
#[utoipa::path(post, path = "/desk/dossiers/{id}/decide", params(("id" = DossierId, Path)), request_body = Proposed,
    responses((status = OK, body = Standing), (status = CONFLICT, body = Problem), (status = NOT_FOUND, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn decide(
    Officer(claims): Officer,
    Path(id): Path<DossierId>,
    act: Act,
    Json(proposed): Json<Proposed>,
) -> Result<Response, Problem> {
    let (act, outcome) = (act.by(claims.sub).about(&proposed), proposed.outcome()?);
    let decide = async |tx: Tx| Ok(standing(&acts::decide(&tx, id, &claims, outcome).await?));
    act.transact(decide).await
}

/// A signer signs the proposed decision off; it goes out under their name and title.
#[utoipa::path(post, path = "/desk/dossiers/{id}/sign-off", params(("id" = DossierId, Path)),
    responses((status = OK, body = Standing), (status = CONFLICT, body = Problem), (status = FORBIDDEN, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn sign_off(
    DecisionSigner(claims): DecisionSigner,
    Path(id): Path<DossierId>,
    act: Act,
) -> Result<Response, Problem> {
    let sign_off = async |tx: Tx| Ok(standing(&acts::sign_off(&tx, id, &claims).await?));
    act.by(claims.sub).transact(sign_off).await
}
