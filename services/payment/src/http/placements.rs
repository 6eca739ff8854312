//! The bank's lines that no payer sent, over HTTP: an officer says what each is.

use axum::response::Response;
use chassis::{
    App, Tx,
    auth::{Claims, Officer},
    http::{Act, Answer, Json, Problem},
};
use contracts::{Refused, Text, Vnd};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::lines::named;
use crate::{
    deeds,
    handlers::lines as handlers,
    transfer::{Misplaced, Place},
};

/// The route.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(place))
}

/// An officer's word on a line that is no payer's.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// The line.
    pub line: Uuid,
    /// What it is.
    pub what: What,
    /// Why: kept with it.
    pub reason: Text,
}

/// What a line is that no payer sent.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Money between the agency's own places.
    Place {
        /// Where it came from, or went.
        place: Place,
        /// What was kept of a payout on its way.
        #[serde(default)]
        charge: Vnd,
    },
    /// The transfer that gave a refund of this order back: the dossier's code, or the reference of the transfer.
    Refund {
        /// The order.
        order: String,
    },
}

/// Puts a line in its place.
pub async fn put(tx: &Tx, claims: &Claims, placement: &Placement) -> Result<(), Problem> {
    let taken = Problem::conflict(
        "Giao dịch này đã được xử lý, xin tải lại trang",
        "The line has been settled, please load the page again",
    );
    let placed = match &placement.what {
        What::Place { place, charge } => {
            let place = (*place, *charge);
            let put = handlers::put(tx, placement.line, place, claims.sub, &placement.reason);
            match put.await? {
                Some(Ok(())) => Ok(()),
                None | Some(Err(Misplaced::Settled)) => Err(taken),
                Some(Err(Misplaced::Charge)) => Err(Problem::field(
                    "charge",
                    Refused::new(
                        "Chỉ tiền cổng hoặc máy thẻ chuyển về mới bị trừ phí",
                        "Only a payout of a gateway's or the terminal's keeps a charge",
                    ),
                )),
            }
        }
        What::Refund { order } => {
            let order = named(tx, order).await?;
            match handlers::put_refund(tx, placement.line, order).await? {
                Some(true) => Ok(()),
                None => Err(taken),
                Some(false) => Err(Problem::field(
                    "order",
                    Refused::new(
                        "Hồ sơ này không có khoản hoàn bằng chuyển khoản nào đúng số tiền này đang chờ giao dịch của ngân hàng",
                        "No refund of this dossier by transfer, of this amount, waits for a line of the bank's",
                    ),
                )),
            }
        }
    };
    placed?;
    deeds::record(tx, claims.sub, "line-placed", placement.line);
    Ok(())
}

/// Puts a line that is no payer's in its place: a payout, cash paid in, a charge, a refund's transfer.
#[utoipa::path(post, path = "/payment/bank/placements", request_body = Placement,
    responses((status = NO_CONTENT), (status = CONFLICT, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn place(
    Officer(claims): Officer,
    act: Act,
    Json(placement): Json<Placement>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&placement);
    let put = async |tx: Tx| {
        put(&tx, &claims, &placement).await?;
        Ok(Answer::nothing())
    };
    act.transact(put).await
}
