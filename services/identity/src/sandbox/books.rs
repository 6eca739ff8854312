//! What the pretend provider has granted: codes and access tokens, each for a minute and each good once. Pure.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::people::{Day, Person};

/// So long a code and a token are good.
const LIFE: TimeDelta = TimeDelta::minutes(1);
/// More than anybody tries at once.
const MOST: usize = 1_000;

/// What somebody agreed to.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Who.
    pub person: &'static Person,
    /// In which context.
    pub context: &'static str,
    /// What the token must repeat.
    pub nonce: String,
    /// What the verifier's digest must be (PKCE, S256).
    pub challenge: String,
    /// How the day is.
    pub day: Day,
    /// When.
    pub at: DateTime<Utc>,
}

impl Grant {
    /// Whether this is what the challenge was made of.
    fn fits(&self, verifier: &str) -> bool {
        BASE64.encode(Sha256::digest(verifier)) == self.challenge
    }
}

/// All that counts still.
#[derive(Default)]
pub struct Books {
    codes: HashMap<String, Grant>,
    tokens: HashMap<String, Grant>,
}

fn keep(room: &mut HashMap<String, Grant>, key: String, grant: Grant) {
    let now = grant.at;
    room.retain(|_, kept| now - kept.at < LIFE);
    if room.len() < MOST {
        room.insert(key, grant);
    }
}

impl Books {
    /// Keeps what a code stands for.
    pub fn grant(&mut self, code: String, grant: Grant) {
        keep(&mut self.codes, code, grant);
    }

    /// Redeems a code, once, and keeps what the access token opens. `None`: it is good for nothing, or not for this verifier.
    pub fn redeem(
        &mut self,
        code: &str,
        verifier: &str,
        token: String,
        now: DateTime<Utc>,
    ) -> Option<Grant> {
        let grant = self.codes.remove(code)?;
        if now - grant.at >= LIFE || !grant.fits(verifier) {
            return None;
        }
        keep(&mut self.tokens, token, grant.clone());
        Some(grant)
    }

    /// What an access token opens, once.
    pub fn open(&mut self, token: &str, now: DateTime<Utc>) -> Option<Grant> {
        let grant = self.tokens.remove(token)?;
        (now - grant.at < LIFE).then_some(grant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::people::PEOPLE;

    #[test]
    fn a_code_is_good_once_for_a_minute_and_for_who_asked() {
        let at = "2026-10-08T02:15:00Z".parse().unwrap();
        let grant = Grant {
            person: &PEOPLE[0],
            context: "LoA1",
            nonce: "n".to_owned(),
            challenge: BASE64.encode(Sha256::digest("verifier")),
            day: Day::Fine,
            at,
        };
        let mut books = Books::default();
        let granted = |books: &mut Books| books.grant("code".to_owned(), grant.clone());
        let token = || "token".to_owned();
        granted(&mut books);
        assert!(books.redeem("other", "verifier", token(), at).is_none());
        assert!(books.redeem("code", "verifier", token(), at).is_some());
        assert!(books.redeem("code", "verifier", token(), at).is_none());
        assert!(books.open("token", at).is_some());
        assert!(books.open("token", at).is_none());
        granted(&mut books);
        assert!(books.redeem("code", "another", token(), at).is_none());
        assert!(books.redeem("code", "verifier", token(), at).is_none());
        granted(&mut books);
        let late = at + LIFE;
        assert!(books.redeem("code", "verifier", token(), late).is_none());
    }
}
