//! Where a webhook may lead: to the public network over TLS, and never into our own, whatever its name resolves to today.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Why an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Inadmissible {
    /// It is no address.
    #[error("it is no https:// address")]
    NoAddress,
    /// It leads into a network that is not public.
    #[error("it leads into a private network")]
    Private,
}

/// Reads an address that may be called. `private` also lets in http and addresses of one's own network.
pub fn admit(text: &str, private: bool) -> Result<Url, Inadmissible> {
    let url: Url = text.parse().map_err(|_| Inadmissible::NoAddress)?;
    let is_scheme = url.scheme() == "https" || private && url.scheme() == "http";
    if !is_scheme || !url.username().is_empty() || url.password().is_some() {
        return Err(Inadmissible::NoAddress);
    }
    let is_public = match url.host() {
        None => return Err(Inadmissible::NoAddress),
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        // What the name resolves to is looked at when it is called.
        Some(Host::Domain(name)) => name != "localhost" && !name.ends_with(".localhost"),
    };
    if is_public || private {
        Ok(url)
    } else {
        Err(Inadmissible::Private)
    }
}

/// Whether an address belongs to the public network.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 224;
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let [first, second, third, ..] = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match first {
        // 6to4 carries an IPv4 address, and so does the translation prefix.
        0x2002 => embedded(second, third),
        0x0064 if second == 0xff9b => {
            let [.., high, low] = address.segments();
            embedded(high, low)
        }
        0x2001 => second >= 0x0200 && second != 0x0db8,
        // The rest of what is given out is below 2000::/3.
        _ => (0x2000..0x4000).contains(&first),
    }
}

/// Resolves names, and keeps quiet about whatever is not public.
#[derive(Debug, Clone, Copy)]
pub struct Guard {
    /// Whether addresses of one's own network may be called.
    pub private: bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let open: Vec<SocketAddr> = found
                .filter(|address| private || is_public(address.ip()))
                .collect();
            if open.is_empty() {
                let refused =
                    io::Error::new(io::ErrorKind::PermissionDenied, Inadmissible::Private);
                return Err(refused.into());
            }
            Ok(Box::new(open.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_to_the_public_network_is_admitted() {
        for text in [
            "https://agency.example.vn/hook",
            "https://203.0.114.7:8443/x?y=1",
            "https://[2606:4700::1111]/",
        ] {
            assert!(admit(text, false).is_ok(), "{text}");
        }
        for text in [
            "http://agency.example.vn/",
            "ftp://agency.example.vn/",
            "https://user:secret@agency.example.vn/",
            "agency",
            "",
            "https://",
        ] {
            assert_eq!(admit(text, false), Err(Inadmissible::NoAddress), "{text}");
        }
        for text in [
            "https://localhost/",
            "https://a.localhost/",
            "https://127.0.0.1/",
            "https://10.1.2.3/",
            "https://169.254.169.254/latest",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fd00::1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:7f00:1::]/",
        ] {
            assert_eq!(admit(text, false), Err(Inadmissible::Private), "{text}");
            assert!(admit(text, true).is_ok(), "{text}");
        }
        assert!(admit("http://127.0.0.1:9/", true).is_ok());
    }

    #[tokio::test]
    async fn a_name_that_leads_home_leads_nowhere() {
        for private in [false, true] {
            let name: Name = "localhost".parse().unwrap();
            let found = Guard { private }.resolve(name).await;
            assert_eq!(found.is_ok(), private);
        }
    }
}
