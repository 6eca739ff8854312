//! A secret that is shared with a bank: what was signed with it is told from what was not.

use std::fmt;

use hmac::{KeyInit, Mac};

/// The secret, kept only as the state of its HMAC so that no log can show it. `M` is the HMAC that the bank wants.
#[derive(Clone)]
pub struct Secret<M>(M);

impl<M> fmt::Debug for Secret<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<M: Mac + KeyInit + Clone> Secret<M> {
    /// Takes a secret of at least `shortest` bytes, blanks around it aside.
    pub(crate) fn new(text: &str, shortest: usize) -> Option<Self> {
        let text = Some(text.trim()).filter(|text| text.len() >= shortest)?;
        <M as KeyInit>::new_from_slice(text.as_bytes())
            .ok()
            .map(Self)
    }

    fn over(&self, parts: &[&[u8]]) -> M {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac
    }

    /// The signature over parts, one behind the other, in lower hex.
    pub(crate) fn signature(&self, parts: &[&[u8]]) -> String {
        hex::encode(self.over(parts).finalize().into_bytes())
    }

    /// Whether `claimed`, in hex of either case, is the signature over the parts. Compares in constant time.
    pub(crate) fn made(&self, parts: &[&[u8]], claimed: &str) -> bool {
        hex::decode(claimed).is_ok_and(|claimed| self.over(parts).verify_slice(&claimed).is_ok())
    }
}
