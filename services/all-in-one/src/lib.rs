#![doc = include_str!("../README.md")]

pub mod entering;
pub mod gateway;
pub mod generate;
pub mod issuing;
pub mod paying;
pub mod reading;
pub mod story;
pub mod telling;

use chassis::Service;

/// Every service of the system. A new agency adds its line here.
pub fn services() -> Vec<Service> {
    vec![
        identity::service(),
        intake::service(),
        scan::service(),
        payment::service(),
        desk::service(),
        delivery::service(),
        notification::service(),
        agency_civil_status::service(),
    ]
}

/// What stands beside the services: the way from the bare address to the portal.
pub fn beside() -> axum::Router {
    axum::Router::new().route(
        "/",
        axum::routing::get(|| async { axum::response::Redirect::to("/intake/") }),
    )
}
