//! Where somebody signed in, in words coarse enough to keep: the kind of browser and machine, and the first half of an address.

use std::net::IpAddr;

/// Where a session began, as its owner is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `Chrome trên Android`; no versions, no models.
    pub device: String,
    /// `113.161.…`; empty where the address cannot be known.
    pub network: String,
}

/// Browsers by what they write of themselves. Most claim to be some of those below them, so the first that fits is meant.
const BROWSERS: [(&str, &str); 10] = [
    ("Zalo", "Zalo"),
    ("coc_coc", "Cốc Cốc"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
];

/// Machines, in the same way.
const MACHINES: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "máy Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
    ("X11", "Linux"),
];

impl Place {
    /// What is kept of a `User-Agent` and an address.
    pub fn coarse(user_agent: &str, address: Option<IpAddr>) -> Self {
        Self {
            device: device(user_agent),
            network: address.map(network).unwrap_or_default(),
        }
    }
}

fn device(user_agent: &str) -> String {
    let known = |list: &[(&str, &'static str)]| {
        let found = list.iter().find(|(mark, _)| user_agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    match (known(&BROWSERS), known(&MACHINES)) {
        (Some(browser), Some(machine)) => format!("{browser} trên {machine}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Thiết bị hoặc chương trình khác".to_owned(),
    }
}

fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            format!("{first}.{second}.…")
        }
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            format!("{first:x}:{second:x}:…")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_a_browser_and_a_machine_without_version_or_model() {
        for (user_agent, words) in [
            (
                "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Mobile Safari/537.36",
                "Chrome trên Android",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 Edg/128.0.0.0",
                "Edge trên Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) coc_coc_browser/126.0 Chrome/120.0 Safari/537.36",
                "Cốc Cốc trên Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari trên iPhone",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Firefox trên Linux",
            ),
            ("curl/8.5.0", "Thiết bị hoặc chương trình khác"),
            ("", "Thiết bị hoặc chương trình khác"),
        ] {
            assert_eq!(device(user_agent), words, "{user_agent}");
        }
    }

    #[test]
    fn of_an_address_less_than_half_is_kept() {
        let of = |text: &str| Place::coarse("", text.parse().ok()).network;
        assert_eq!(of("203.0.113.7"), "203.0.…");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:…");
        assert_eq!(of("unknown"), "");
    }
}
