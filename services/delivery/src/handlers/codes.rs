//! The code that whoever collects a result tells at the counter: six digits that its owner is sent, good for ten minutes and five
//! tries; the newest one only.

use chassis::{Failure, Tx, random};
use chrono::TimeDelta;
use contracts::{ResultId, delivery::CollectionCodeMade};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::store::{
    Entry,
    codes::{self, Code},
};

/// How long a code is good.
const GOOD_FOR: TimeDelta = TimeDelta::minutes(10);
/// How soon another one can be sent.
const AGAIN_AFTER: TimeDelta = TimeDelta::minutes(1);
/// How often a wrong one may be told.
const TRIES: u32 = 5;

/// Why a code is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disbelief {
    /// There is none that is good.
    None,
    /// It is another one.
    Wrong {
        /// How many tries are left.
        left: u32,
    },
}

/// Six digits, each as likely as any other.
fn digits() -> String {
    // What lies above the last whole million is thrown again.
    const WHOLE: u32 = u32::MAX / 1_000_000 * 1_000_000;
    loop {
        let thrown = u32::from_be_bytes(random());
        if thrown < WHOLE {
            return format!("{:06}", thrown % 1_000_000);
        }
    }
}

/// Salted with the result and the moment, so that the same digits are never the same hash.
fn hash(result: ResultId, sent_at: chrono::DateTime<chrono::Utc>, digits: &str) -> String {
    let salted = format!("{result} {} {digits}", sent_at.timestamp_micros());
    hex::encode(Sha256::digest(salted))
}

/// Makes a code and has its owner told; `false` when one was sent a moment ago. The result is held.
pub async fn make(tx: &Tx, entry: &Entry) -> Result<bool, Failure> {
    let now = tx.now();
    let last = codes::of(tx.db(), entry.id).await?;
    if last.is_some_and(|last| now - last.sent_at < AGAIN_AFTER) {
        return Ok(false);
    }
    let digits = digits();
    let code = Code {
        hash: hash(entry.id, now, &digits),
        sent_at: now,
        expires_at: now + GOOD_FOR,
        tries: 0,
    };
    codes::put(tx.db(), entry.id, &code).await?;
    tx.say(&CollectionCodeMade {
        result: entry.id,
        dossier: entry.dossier,
        code: digits,
        made_at: now,
        expires_at: code.expires_at,
    });
    Ok(true)
}

/// Whether what was typed is the code. The result is held; a try is counted.
pub async fn check(
    tx: &Tx,
    result: ResultId,
    typed: &str,
) -> Result<Result<(), Disbelief>, Failure> {
    let good = codes::of(tx.db(), result).await?;
    let good = good.filter(|code| tx.now() < code.expires_at && code.tries < TRIES);
    let Some(code) = good else {
        return Ok(Err(Disbelief::None));
    };
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if hash(result, code.sent_at, &typed) == code.hash {
        return Ok(Ok(()));
    }
    codes::tried(tx.db(), result, code.tries + 1).await?;
    Ok(Err(Disbelief::Wrong {
        left: TRIES - code.tries - 1,
    }))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_code_is_six_digits_and_its_hash_is_that_of_one_result_and_one_moment() {
        let (one, other) = (ResultId(Uuid::from_u128(1)), ResultId(Uuid::from_u128(2)));
        let digits = digits();
        assert!(digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_digit()));
        let now = DateTime::UNIX_EPOCH;
        let later = now + TimeDelta::minutes(1);
        assert_eq!(hash(one, now, "123456"), hash(one, now, "123456"));
        for different in [
            hash(other, now, "123456"),
            hash(one, later, "123456"),
            hash(one, now, "123457"),
        ] {
            assert_ne!(different, hash(one, now, "123456"));
        }
    }
}
