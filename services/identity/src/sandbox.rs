//! The pretend national sign-in that ships with the project: OpenID Connect spoken for real, by made-up people, with bad days on request.
//!
//! It gives anybody whichever electronic identity they choose, so it is off unless it is switched on. What it granted is in the memory of
//! one process: there it is tried, not run.

mod books;
mod endpoints;
mod people;

use std::sync::Mutex;

use axum::{extract::FromRequestParts, http::request::Parts};
use chassis::{
    App, Setup, StartError,
    auth::Signer,
    config::{Secret, Settings},
    http::Problem,
    random,
};

use crate::{
    config::Config,
    domain::Assurance,
    oidc::config::{ClaimsFrom, ClientAuth, Endpoints, Names, Provider},
};
use books::Books;

pub use endpoints::routes;

/// What addresses call it.
pub const ID: &str = "gia_lap";

/// Who we are there. Nobody else is let in, and both are made up.
const CLIENT: &str = "mot-cua";
const SECRET: &str = "chi-de-thu";

/// The pretend provider: what it signs with, and what it has granted.
pub struct Sandbox {
    issuer: String,
    redirect_uri: String,
    signer: Signer,
    books: Mutex<Books>,
}

/// Makes it; switched off it is there, but nothing reaches it.
pub async fn open(setup: Setup) -> Result<Sandbox, StartError> {
    if setup.config::<Config>().sandbox.enabled {
        tracing::warn!(
            "IDENTITY__SANDBOX__ENABLED: anybody signs in as whom they choose at the pretend national sign-in"
        );
    }
    Ok(Sandbox {
        issuer: issuer(setup.settings()),
        redirect_uri: setup
            .settings()
            .public(&format!("/identity/oidc/{ID}/callback")),
        signer: Signer::new(&random()),
        books: Mutex::default(),
    })
}

fn issuer(settings: &Settings) -> String {
    settings.public("/identity/sandbox")
}

/// How it is configured as a provider: as the national sign-in would be, whose names its claims have. We ask it at our own port, browsers
/// come by the public address.
pub fn provider(settings: &Settings) -> Provider {
    let port = settings.http_listen.port();
    let here = |path: &str| format!("http://127.0.0.1:{port}/identity/sandbox/{path}");
    Provider {
        name: "cổng định danh giả lập".to_owned(),
        name_en: "the pretend national e-ID".to_owned(),
        issuer: issuer(settings),
        endpoints: Endpoints {
            authorize: settings.public("/identity/sandbox/authorize"),
            token: here("token"),
            userinfo: here("userinfo"),
            jwks: here("jwks"),
            end_session: settings.public("/identity/sandbox/logout"),
        },
        client_id: CLIENT.to_owned(),
        client_secret: Secret::from(SECRET),
        client_auth: ClientAuth::Basic,
        scopes: "openid".to_owned(),
        acr_values: "LoA1".to_owned(),
        claims_from: ClaimsFrom::Userinfo,
        claims: Names {
            subject: "TechID".to_owned(),
            name: "HoVaTen".to_owned(),
            citizen_id: "SoDinhDanh".to_owned(),
            phone: "SoDienThoai".to_owned(),
            email: "ThuDienTu".to_owned(),
            organisation: "TenDoanhNghiep".to_owned(),
            tax_code: "MaSoThue".to_owned(),
            kind: "LoaiTaiKhoan".to_owned(),
            kind_organisation: "2".to_owned(),
        },
        levels: "LoA1=e-id-1 LoA2=e-id-2".to_owned(),
        level: Assurance::SelfAsserted,
    }
}

/// An endpoint that takes this exists only while the sandbox is enabled.
struct Enabled;

impl FromRequestParts<App> for Enabled {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Problem> {
        let enabled = app.config::<Config>().sandbox.enabled;
        enabled.then_some(Self).ok_or_else(Problem::not_found)
    }
}
