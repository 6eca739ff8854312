//! Whether a payer is known surely enough: the procedure that the order's dossier was filed under says how surely.

use axum::{extract::FromRequestParts, http::request::Parts};
use chassis::{
    App,
    auth::{Claims, Person},
    http::{Path, Problem},
};
use contracts::{Assurance, OrderId};
use procedure::{demand_of, description::Needs};

use crate::{
    http::may_pay,
    store::{self, Order},
};

/// What an order's procedure asks for.
fn needs(app: &App, order: &Order) -> Result<Needs, Problem> {
    procedure::needs(app, order.procedure.as_ref().zip(order.procedure_version))
}

/// An order's page, where paying it begins.
fn page(id: OrderId) -> String {
    format!("/payment/orders/{id}/page")
}

/// Refuses a look at an order to whoever is not known surely enough for it.
pub async fn to_view(app: &App, claims: &Claims, order: &Order) -> Result<(), Problem> {
    ask(app, claims, order, needs(app, order)?.view).await
}

async fn ask(app: &App, claims: &Claims, order: &Order, needed: Assurance) -> Result<(), Problem> {
    let (reads, now) = (app.db().reads(), app.clock().now());
    let is_agent = may_pay(reads, claims, order, now).await?;
    demand_of(claims, order.payer, is_agent, needed, &page(order.rules.id))
}

/// Somebody who is known surely enough to pay the order that the path names, if it is theirs to pay: whether it is, the handler says.
pub struct Paying(pub Claims);

impl FromRequestParts<App> for Paying {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Person(claims) =
            <Person as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let Path(id) = Path::<OrderId>::from_request_parts(parts, app).await?;
        if let Some(order) = store::order(app.db().reads(), id).await? {
            ask(app, &claims, &order, needs(app, &order)?.pay).await?;
        }
        Ok(Self(claims))
    }
}
