//! The rules of telling people: what is told when and by which way, and how much of an address is shown. Pure.

pub mod direct;
pub mod ladder;
pub mod news;
pub mod phone;
pub mod preferences;

/// As much of an e-mail address as its owner or an officer needs to see which one it is: `v•••@example.vn`.
pub fn masked(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((name, domain)) => {
            let first: String = name.chars().take(1).collect();
            format!("{first}•••@{domain}")
        }
        None => "•••".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_by_its_first_letter_and_domain() {
        assert_eq!(masked("vi.du@example.vn"), "v•••@example.vn");
        assert_eq!(masked("nonsense"), "•••");
    }
}
