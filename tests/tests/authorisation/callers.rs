//! Who asks.

use axum::http::request::Builder;
use chassis::auth::COOKIE;

/// Somebody who asks, in the order of the table's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caller {
    /// No token.
    Nobody,
    /// All roles, signed by a key that identity does not list.
    Forged,
    /// All roles, and its time is over.
    Expired,
    /// The owner's, whose session was ended.
    Ended,
    /// The citizen whose things are asked for.
    Owner,
    /// Another citizen.
    Other,
    /// An officer who does not sign.
    Officer,
    /// Who signs decisions and is no officer.
    Signer,
    /// Who is officer and signer of another office.
    Neighbour,
    /// Who runs the system.
    Operator,
    /// The owner with all roles, whose browser another site makes ask (`Sec-Fetch-Site`).
    Elsewhere,
    /// The same in a browser that names the origin only.
    Origin,
}

impl Caller {
    /// The columns.
    pub const ALL: [Self; 12] = [
        Self::Nobody,
        Self::Forged,
        Self::Expired,
        Self::Ended,
        Self::Owner,
        Self::Other,
        Self::Officer,
        Self::Signer,
        Self::Neighbour,
        Self::Operator,
        Self::Elsewhere,
        Self::Origin,
    ];

    /// In which order they ask: those first who are likely to be refused, and last who may change what the others asked for.
    pub const TURNS: [Self; 12] = [
        Self::Nobody,
        Self::Forged,
        Self::Expired,
        Self::Elsewhere,
        Self::Origin,
        Self::Other,
        Self::Neighbour,
        Self::Operator,
        Self::Signer,
        Self::Officer,
        Self::Owner,
        Self::Ended,
    ];

    /// The column's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Forged => "forged",
            Self::Expired => "expired",
            Self::Ended => "ended",
            Self::Owner => "owner",
            Self::Other => "other",
            Self::Officer => "officer",
            Self::Signer => "signer",
            Self::Neighbour => "neighbour",
            Self::Operator => "operator",
            Self::Elsewhere => "elsewhere",
            Self::Origin => "origin",
        }
    }

    /// Whether nothing proves who this is.
    pub const fn is_unknown(self) -> bool {
        matches!(self, Self::Nobody | Self::Forged | Self::Expired)
    }

    /// Whether it is the owner's own token that is shown: pages name who is signed in.
    pub const fn is_owner(self) -> bool {
        matches!(self, Self::Owner | Self::Ended) || self.is_led()
    }

    /// Whether another site asks by this person's browser.
    pub const fn is_led(self) -> bool {
        matches!(self, Self::Elsewhere | Self::Origin)
    }

    /// Whether what is the owner's is none of this caller's business.
    pub const fn is_stranger(self) -> bool {
        self.is_unknown() || matches!(self, Self::Other | Self::Neighbour)
    }

    /// A request with what this caller shows of themselves.
    pub fn shows(self, request: Builder, token: Option<&str>) -> Builder {
        let Some(token) = token else {
            return request;
        };
        let cookie = format!("{COOKIE}={token}");
        match self {
            Self::Elsewhere => request
                .header("cookie", cookie)
                .header("sec-fetch-site", "cross-site"),
            Self::Origin => request
                .header("cookie", cookie)
                .header("origin", "https://elsewhere.example"),
            _ => request.header("authorization", format!("Bearer {token}")),
        }
    }
}
