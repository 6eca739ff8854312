//! Two small services to tell stories with: `till` counts what it hears, `echo` answers.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use axum::http::StatusCode;
use chassis::{
    App, Failure, Migration, Service, Tx,
    http::{Act, Answer, Json, Problem},
};
use contracts::{
    DossierId, Vnd,
    payment::{FeeOrdered, FeePaid, Method, RequestFee},
};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use testkit::Stage;
use utoipa_axum::{router::OpenApiRouter, routes};

fn migrations() -> Vec<Migration> {
    let effects = "CREATE TABLE effects (dossier VARCHAR(36) NOT NULL)";
    vec![Migration::new("m0001_sample", effects)]
}

async fn effect(db: &impl ConnectionTrait, dossier: DossierId) -> Result<(), DbErr> {
    let sql = "INSERT INTO effects (dossier) VALUES ($1)";
    db.execute_raw(Statement::from_sql_and_values(
        db.get_database_backend(),
        sql,
        [dossier.to_string().into()],
    ))
    .await?;
    Ok(())
}

pub async fn effects(app: &App) -> i64 {
    let db = app.db().reads();
    let sql = "SELECT COUNT(*) FROM effects";
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap()
        .unwrap();
    row.try_get_by_index(0).unwrap()
}

pub fn fee(amount: i64) -> RequestFee {
    let id = uuid::Uuid::from_u128(u128::try_from(amount).unwrap());
    RequestFee {
        order: id.into(),
        dossier: id.into(),
        code: "H15.50.05.13-261008-0975".parse().unwrap(),
        procedure: None,
        procedure_version: None,
        payer: Stage::account("066190001234"),
        payer_name: "Nguyễn Thị Ví Dụ".parse().unwrap(),
        lines: Vec::new(),
        total: Vnd::new(amount).unwrap(),
    }
}

/// What the sample handlers are told to do.
#[derive(Clone, Default)]
pub struct Mood {
    /// How many more times `till` refuses everything for now.
    pub refusals: Arc<AtomicU32>,
}

pub const POISON: i64 = 13;

fn till_of(mood: Mood) -> Service {
    let calls = mood.clone();
    Service::new("till")
        .migrations(migrations)
        .hears(move |request: RequestFee, tx: Tx| {
            let mood = calls.clone();
            async move {
                effect(tx.db(), request.dossier).await?;
                if mood.refusals.load(Ordering::SeqCst) > 0 {
                    mood.refusals.fetch_sub(1, Ordering::SeqCst);
                    return Err(Failure::too_early("not in the mood"));
                }
                if request.total.dong() == POISON {
                    return Err(Failure::park("thirteen is not served here"));
                }
                tx.say(&FeeOrdered {
                    order: request.order,
                    dossier: request.dossier,
                    total: request.total,
                    ordered_at: tx.now(),
                });
                Ok(())
            }
        })
        .says::<FeeOrdered>()
        .serves(till_routes)
}

/// Counts each `RequestFee` as a row and answers `FeeOrdered`.
pub fn till(mood: &Mood) -> Service {
    till_of(mood.clone())
}

/// Hears `FeeOrdered` many at a time and says `FeePaid` two minutes later.
pub fn echo() -> Service {
    Service::new("echo")
        .migrations(migrations)
        .hears_many(async |orders: Vec<FeeOrdered>, tx: Tx| {
            for order in orders {
                effect(tx.db(), order.dossier).await?;
                let paid = FeePaid {
                    order: order.order,
                    dossier: order.dossier,
                    total: order.total,
                    method: Method::Cash,
                    paid_at: tx.now(),
                };
                tx.send_at(tx.now() + chrono::TimeDelta::minutes(2), &paid);
            }
            Ok(())
        })
        .says::<FeePaid>()
}

fn till_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(open))
}

#[utoipa::path(post, path = "/till/orders", request_body = RequestFee, responses((status = CREATED)))]
async fn open(
    act: Act,
    Json(request): Json<RequestFee>,
) -> Result<axum::response::Response, Problem> {
    act.about(&request)
        .transact(async |tx| {
            effect(tx.db(), request.dossier).await?;
            if request.total.dong() == POISON {
                return Err(Problem::conflict(
                    "Không nhận số 13",
                    "Thirteen is not served here",
                ));
            }
            tx.say(&FeeOrdered {
                order: request.order,
                dossier: request.dossier,
                total: request.total,
                ordered_at: tx.now(),
            });
            Ok(Answer::json(
                StatusCode::CREATED,
                &serde_json::json!({ "at": tx.now(), "id": tx.new_id() }),
            ))
        })
        .await
}
