//! Keyed digests, by which dossiers that have something in common are found without keeping what that is. The key is outside the
//! database: whoever steals its rows cannot try out numbers.

use chassis::{
    Setup, StartError,
    config::{kept_seed, seed},
};
use contracts::{AccountId, CitizenId, PhoneNumber};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::config::Config;

/// Bytes of a digest: too many to meet by chance.
const LENGTH: usize = 16;

/// Makes digests. Cannot be printed.
pub struct Digests(Hmac<Sha256>);

impl Digests {
    /// `None` for no length that exists.
    fn new(key: &[u8; 32]) -> Option<Self> {
        let mut derived = [0; 32];
        let hkdf = Hkdf::<Sha256>::new(None, key);
        hkdf.expand(b"intake: signals", &mut derived).ok()?;
        let mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&derived);
        mac.ok().map(Self)
    }

    /// With the key that is given, or the one in the file, made where there is none.
    pub fn open(setup: &Setup) -> Result<Self, StartError> {
        let signals = &setup.config::<Config>().signals;
        let given = signals.key.expose();
        let key = if given.trim().is_empty() {
            let file = signals.key_file(setup.settings());
            kept_seed("intake: INTAKE__SIGNALS__KEY_FILE", &file)?
        } else {
            let unfit = "intake: INTAKE__SIGNALS__KEY must be 32 bytes in hexadecimal, 64 digits";
            seed(given).ok_or_else(|| StartError::new(unfit))?
        };
        Self::new(&key).ok_or_else(|| StartError::new("intake: the signals' key cannot be used"))
    }

    /// Of different kinds of things the same text has different digests.
    fn of(&self, kind: &str, value: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        hex::encode(&mac.finalize().into_bytes()[..LENGTH])
    }

    /// Of who files, by their number.
    pub fn person(&self, number: &CitizenId) -> String {
        self.of("person", number.as_str())
    }

    /// Of whom a dossier is for, by their number.
    pub fn subject(&self, number: &CitizenId) -> String {
        self.of("subject", number.as_str())
    }

    /// Of an account.
    pub fn account(&self, account: AccountId) -> String {
        self.of("account", &account.to_string())
    }

    /// Of a telephone number.
    pub fn phone(&self, phone: &PhoneNumber) -> String {
        self.of("phone", phone.as_str())
    }

    /// Of an e-mail address, however it is written.
    pub fn email(&self, email: &str) -> String {
        self.of("email", &email.trim().to_lowercase())
    }

    /// Of a name without its marks: many people type theirs so.
    pub fn name(&self, name: &str) -> String {
        self.of("name", &procedure::fold(name))
    }

    /// Of a file, by its SHA-256.
    pub fn file(&self, sha256: &str) -> String {
        self.of("file", sha256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_thing_has_one_digest_under_one_key_and_as_one_kind_of_thing() {
        let (ours, others) = (Digests::new(&[7; 32]), Digests::new(&[8; 32]));
        let (ours, others) = (ours.unwrap(), others.unwrap());
        let number: CitizenId = "066090001234".parse().unwrap();
        let digest = ours.person(&number);
        assert_eq!(digest, ours.person(&number));
        assert_eq!(digest.len(), 2 * LENGTH);
        assert!(!digest.contains("0660900"));
        assert_ne!(digest, others.person(&number));
        assert_ne!(digest, ours.subject(&number));
    }

    #[test]
    fn one_address_and_one_name_have_many_spellings() {
        let digests = Digests::new(&[7; 32]).unwrap();
        assert_eq!(digests.email(" An@Vi-Du.vn"), digests.email("an@vi-du.vn"));
        assert_ne!(digests.email("anh@vi-du.vn"), digests.email("an@vi-du.vn"));
        for name in ["TRẦN THỊ HOÀ", "Tran Thi Hoa"] {
            assert_eq!(digests.name(name), digests.name("Trần Thị Hòa"));
        }
        assert_ne!(
            digests.name("Trần Thị Hoa Mai"),
            digests.name("Trần Thị Hòa")
        );
    }
}
