//! What a file that somebody brings is worth: whose signatures are in it, and whether it was changed since.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use pades::{Addition, Extent, Found, Grounds, Trust};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

/// Files that are judged at once.
const AT_ONCE: usize = 2;
/// How long somebody waits for their turn and the judgement.
const PATIENCE: Duration = Duration::from_secs(10);
/// Ends of documents in one file that are looked at.
const ENDS: usize = 32;

/// Judges files, a few at a time.
#[derive(Debug)]
pub struct Judge(Arc<Semaphore>);

impl Default for Judge {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// The judge had no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("judging the file takes too long")]
pub struct Busy;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No PDF, or one that would have to be repaired.
    Unreadable,
    /// Nobody signed it.
    Unsigned,
    /// Not what somebody signed: changed since, or forged.
    Changed,
    /// Somebody signed it whom nobody vouches for here, or whose certificate does not hold.
    Doubtful,
    /// It is what those signed whom it names.
    Valid,
}

impl Verdict {
    /// The name it is told by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Unsigned => "unsigned",
            Self::Changed => "changed",
            Self::Doubtful => "doubtful",
            Self::Valid => "valid",
        }
    }
}

/// What a signature is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// The file is what they signed.
    Valid,
    /// The file was changed after they signed.
    Changed,
    /// The bytes are not those that were signed, or not by this certificate's key.
    Broken,
    /// Their certificate was revoked before.
    Revoked,
    /// Their certificate has expired, and nobody confirms when they signed.
    Expired,
    /// Nobody known vouches for their certificate.
    Unknown,
}

impl Worth {
    /// Judges a signature by what was found of it.
    pub fn of(found: &Found) -> Self {
        if !found.intact || !found.authentic {
            return Self::Broken;
        }
        match &found.extent {
            Extent::Whole => {}
            Extent::Followed(additions) if !additions.contains(&Addition::Content) => {}
            _ => return Self::Changed,
        }
        match found.trust {
            Trust::Anchored => Self::Valid,
            Trust::Revoked(_) => Self::Revoked,
            Trust::Expired => Self::Expired,
            _ => Self::Unknown,
        }
    }

    /// The name it is told by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Changed => "changed",
            Self::Broken => "broken",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
        }
    }
}

/// A file, judged.
#[derive(Debug)]
pub struct Judged {
    /// What it is.
    pub verdict: Verdict,
    /// Its signatures.
    pub signatures: Vec<Found>,
    /// The SHA-256, lower hex, of each document that it begins with: where something was added to one, that one's is among them.
    pub beginnings: Vec<String>,
}

impl Judge {
    /// Judges a file by these grounds, as of now, off the threads that answer others.
    pub async fn judge(
        &self,
        pdf: Bytes,
        grounds: Grounds,
        now: DateTime<Utc>,
    ) -> Result<Judged, Busy> {
        let judging = async {
            let turn = self.0.clone().acquire_owned().await.map_err(|_| Busy)?;
            let work = move || {
                // Kept by the work itself: nobody who stopped waiting makes room for more of it.
                let _turn = turn;
                judged(&pdf, &grounds, now)
            };
            tokio::task::spawn_blocking(work).await.map_err(|_| Busy)
        };
        tokio::time::timeout(PATIENCE, judging)
            .await
            .map_err(|_| Busy)?
    }
}

fn judged(pdf: &[u8], grounds: &Grounds, now: DateTime<Utc>) -> Judged {
    let beginnings = beginnings(pdf);
    let Ok(signatures) = pades::verify(pdf, grounds, now) else {
        return Judged {
            verdict: Verdict::Unreadable,
            signatures: Vec::new(),
            beginnings,
        };
    };
    let is_spoilt = |found| matches!(Worth::of(found), Worth::Changed | Worth::Broken);
    let verdict = if signatures.is_empty() {
        Verdict::Unsigned
    } else if signatures.iter().any(is_spoilt) {
        Verdict::Changed
    } else if pades::all_valid(&signatures) {
        Verdict::Valid
    } else {
        Verdict::Doubtful
    };
    Judged {
        verdict,
        signatures,
        beginnings,
    }
}

/// The hashes of the file up to each end of a document in it, with and without the line's end.
fn beginnings(pdf: &[u8]) -> Vec<String> {
    const END: &[u8] = b"%%EOF";
    let mut hasher = Sha256::new();
    let (mut at, mut found) = (0, Vec::new());
    let ends = pdf.windows(END.len()).enumerate();
    let ends = ends.filter(|(_, window)| *window == END).take(ENDS);
    for (begin, _) in ends {
        let end = begin + END.len();
        let line = match &pdf[end..] {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        for end in [end, end + line] {
            hasher.update(&pdf[at..end]);
            at = end;
            found.push(hex::encode(hasher.clone().finalize()));
        }
    }
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_begins_with_each_document_that_was_added_to() {
        let first = b"%PDF-1.7 first %%EOF\n".as_slice();
        let second = [first, b"second %%EOF\r\n"].concat();
        let third = [second.as_slice(), b"third"].concat();
        let hash = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
        let found = beginnings(&third);
        for known in [first, &first[..first.len() - 1], &second] {
            assert!(found.contains(&hash(known)));
        }
        assert_eq!(found.len(), 4);
        assert_eq!(beginnings(b"nothing of the kind"), Vec::<String>::new());
    }

    #[tokio::test]
    async fn what_is_no_pdf_is_unreadable() {
        let judged = Judge::default()
            .judge(
                Bytes::from_static(b"hello"),
                Grounds::default(),
                DateTime::UNIX_EPOCH,
            )
            .await
            .unwrap();
        assert_eq!(judged.verdict, Verdict::Unreadable);
    }
}
