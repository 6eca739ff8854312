//! What of a sign-in's assurance an account keeps.

use contracts::Assurance;

/// What an account is kept at that was seen at this level: an electronic identity vouches for one sign-in, and what it leaves behind is
/// that somebody has looked at this person's papers.
pub fn kept(seen: Assurance) -> Assurance {
    seen.min(Assurance::DocumentChecked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_account_is_kept_at_an_electronic_identity() {
        let kept = Assurance::ALL.map(|level| kept(level).level());
        assert_eq!(kept, [1, 2, 3, 3, 3]);
    }
}
