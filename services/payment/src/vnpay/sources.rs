//! Where notifications may come from.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;

/// Addresses and networks; none of them is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Sources(Vec<IpNet>);

/// What is neither an address nor a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address like 113.52.45.78 and no network like 113.52.45.0/24")]
pub struct NoAddress(String);

impl TryFrom<String> for Sources {
    type Error = NoAddress;
    fn try_from(text: String) -> Result<Self, NoAddress> {
        let words = text.split([' ', ',', '|']).filter(|word| !word.is_empty());
        let read = |word: &str| {
            let network = word.parse().or_else(|_| word.parse().map(IpAddr::into));
            network.map_err(|_| NoAddress(word.to_owned()))
        };
        words.map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl Sources {
    /// Whether a notification may come from here.
    pub fn allow(&self, caller: Option<IpAddr>) -> bool {
        let known = |caller: IpAddr| self.0.iter().any(|network| network.contains(&caller));
        self.0.is_empty() || caller.is_some_and(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(text: &str) -> Result<Sources, NoAddress> {
        Sources::try_from(text.to_owned())
    }

    #[test]
    fn without_a_list_all_may_and_with_one_only_those() {
        let allow = |list: &str, caller: &str| sources(list).unwrap().allow(caller.parse().ok());
        assert!(allow("", "203.0.113.7") && allow("", "unknown"));
        let list = "113.52.45.78, 203.0.113.0/28 2001:db8::/32";
        for allowed in ["113.52.45.78", "203.0.113.15", "2001:db8::1"] {
            assert!(allow(list, allowed), "{allowed}");
        }
        for refused in ["113.52.45.79", "203.0.113.16", "2001:db9::1", "unknown"] {
            assert!(!allow(list, refused), "{refused}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_by_name() {
        let refused = sources("113.52.45.78 vnpay.vn").unwrap_err().to_string();
        assert!(
            refused.starts_with("\"vnpay.vn\" is no address"),
            "{refused}"
        );
        assert!(sources("113.52.45.0/33").is_err());
    }
}
