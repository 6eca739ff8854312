//! Who calls: the address at the other end, or what the proxies in front say of it.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};

use crate::App;

/// The address that a request came from, as far as it can be trusted; `None` where it cannot be known.
///
/// Each proxy writes the address of whom it heard from behind the others in `X-Forwarded-For`. Of that list only the last
/// `TRUSTED_PROXIES` entries were written by proxies of ours; the foremost of them is the caller. What stands before it,
/// anybody may have written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller(pub Option<IpAddr>);

impl FromRequestParts<App> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|ConnectInfo(peer)| peer.ip());
        let lists = parts.headers.get_all("x-forwarded-for");
        let lists: Option<Vec<_>> = lists.iter().map(|list| list.to_str().ok()).collect();
        let found = match app.settings().trusted_proxies {
            0 => peer,
            proxies => lists.and_then(|lists| told(&lists.join(","), proxies)),
        };
        Ok(Self(found.map(|address| address.to_canonical())))
    }
}

/// The `proxies`th address from the end.
fn told(list: &str, proxies: usize) -> Option<IpAddr> {
    let entry = list.rsplit(',').nth(proxies.checked_sub(1)?)?.trim();
    let with_port = || entry.parse().map(|address: SocketAddr| address.ip());
    entry.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_trusted_proxies_wrote_counts() {
        let told = |list, proxies| told(list, proxies).map(|address| address.to_string());
        let list = "6.6.6.6, 203.0.113.7 ,10.0.0.2:4711";
        assert_eq!(told(list, 1).as_deref(), Some("10.0.0.2"));
        assert_eq!(told(list, 2).as_deref(), Some("203.0.113.7"));
        assert_eq!(told(list, 4), None);
        assert_eq!(told(list, 0), None);
        assert_eq!(told("", 1), None);
        assert_eq!(told("203.0.113.7, unknown", 1), None);
        assert_eq!(told("[2001:db8::1]:443", 1).as_deref(), Some("2001:db8::1"));
        assert_eq!(told("2001:db8::1", 1).as_deref(), Some("2001:db8::1"));
    }
}
