//! The key that seeds of second factors are sealed with, kept outside the database: whoever steals its rows has no seed.

use aes_gcm::{
    Aes256Gcm,
    aead::{Aead, KeyInit as _, Payload},
};
use chassis::{
    App, Failure, StartError,
    config::{Settings, kept_seed},
    random,
};
use contracts::AccountId;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::{
    config::Config,
    domain::{RecoveryCode, Seed},
    store,
};

/// Bytes of a nonce in front of what it sealed.
const NONCE: usize = 12;

/// Seals seeds and hashes recovery codes. Cannot be printed.
pub struct Secrets {
    cipher: Aes256Gcm,
    /// Seals what a provider said of somebody.
    tokens: Aes256Gcm,
    mac: Hmac<Sha256>,
    /// Keeps one-time codes, and whom they were asked for.
    codes: Hmac<Sha256>,
    /// What tells this key from others, without telling anything of it.
    pub id: String,
}

impl Secrets {
    /// What one key is used for, by keys of their own. `None` for no length that exists.
    fn new(key: &[u8; 32]) -> Option<Self> {
        let derive = |purpose: &str| {
            let mut derived = [0; 32];
            let hkdf = Hkdf::<Sha256>::new(None, key);
            hkdf.expand(purpose.as_bytes(), &mut derived).ok()?;
            Some(derived)
        };
        Some(Self {
            cipher: Aes256Gcm::new(&derive("identity: seeds")?.into()),
            tokens: Aes256Gcm::new(&derive("identity: id tokens")?.into()),
            mac: <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&derive(
                "identity: recovery codes",
            )?)
            .ok()?,
            codes: <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&derive(
                "identity: one-time codes",
            )?)
            .ok()?,
            id: hex::encode(&derive("identity: the key's name")?[..8]),
        })
    }

    /// The key that is given, or the one in the file, made where there is none.
    pub fn load(config: &Config, settings: &Settings) -> Result<Self, StartError> {
        let key = match config.given_secrets_key()? {
            Some(key) => key,
            None => kept_seed(
                "identity: IDENTITY__SECRETS_KEY_FILE",
                &config.secrets_key_file(settings),
            )?,
        };
        Self::new(&key).ok_or_else(|| StartError::new("identity: the secrets key cannot be used"))
    }

    /// Seals a seed for one account: in another's row it cannot be opened.
    pub fn seal(&self, account: AccountId, seed: &Seed) -> Result<Vec<u8>, Failure> {
        let nonce = random::<NONCE>();
        let payload = Payload {
            msg: seed.bytes(),
            aad: account.0.as_bytes(),
        };
        let sealed = self.cipher.encrypt(&nonce.into(), payload);
        let sealed = sealed.map_err(|_| Failure::park("a seed cannot be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens it.
    pub fn open(&self, account: AccountId, sealed: &[u8]) -> Result<Seed, Failure> {
        let opened = sealed
            .split_first_chunk::<NONCE>()
            .and_then(|(nonce, sealed)| {
                let payload = Payload {
                    msg: sealed,
                    aad: account.0.as_bytes(),
                };
                self.cipher.decrypt(&(*nonce).into(), payload).ok()
            });
        let seed = opened.and_then(|seed| seed.try_into().ok()).map(Seed::new);
        seed.ok_or_else(|| {
            Failure::park("a seed cannot be opened with this key (IDENTITY__SECRETS_KEY)")
        })
    }

    /// Seals an ID token for one row.
    pub fn seal_token(&self, row: Uuid, token: &str) -> Result<Vec<u8>, Failure> {
        let nonce = random::<NONCE>();
        let payload = Payload {
            msg: token.as_bytes(),
            aad: row.as_bytes(),
        };
        let sealed = self.tokens.encrypt(&nonce.into(), payload);
        let sealed = sealed.map_err(|_| Failure::park("an ID token cannot be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens it; nothing where another key sealed it, or for another row.
    pub fn open_token(&self, row: Uuid, sealed: &[u8]) -> Option<String> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: sealed,
            aad: row.as_bytes(),
        };
        let opened = self.tokens.decrypt(&(*nonce).into(), payload).ok()?;
        String::from_utf8(opened).ok()
    }

    /// What is kept of a recovery code. 50 bits are few for a plain digest; under a key they are enough.
    pub fn mac(&self, account: AccountId, code: &RecoveryCode) -> String {
        let mut mac = self.mac.clone();
        mac.update(account.0.as_bytes());
        mac.update(code.secret().as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }
}

impl Secrets {
    /// What is kept of a one-time code, bound to all that it is asked for; each part is told apart from the next.
    pub fn mac_of(&self, parts: &[&str]) -> String {
        let mut mac = self.codes.clone();
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part.as_bytes());
        }
        hex::encode(mac.finalize().into_bytes())
    }
}

/// Refuses to start over seeds that another key sealed: nobody who has a second factor could sign in.
pub async fn fits(app: App) -> Result<(), StartError> {
    let ours = &app.part::<Secrets>().id;
    let foreign = store::factors::sealed_by_another(app.db().reads(), ours).await;
    let foreign = foreign.map_err(|error| {
        StartError::because("identity: its second factors", &Failure::from(error)).passing()
    })?;
    if foreign {
        return Err(StartError::new(
            "identity: second factors are kept under another key than IDENTITY__SECRETS_KEY (or the file \
             IDENTITY__SECRETS_KEY_FILE) gives; give that one",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(n: u128) -> AccountId {
        AccountId(Uuid::from_u128(n))
    }

    #[test]
    fn a_sealed_seed_opens_for_its_account_and_by_its_key_alone() {
        let secrets = Secrets::new(&[7; 32]).unwrap();
        let seed = Seed::new([9; Seed::LENGTH]);
        let sealed = secrets.seal(account(1), &seed).unwrap();
        assert!(!sealed.windows(4).any(|four| four == [9; 4]));
        let opened = secrets.open(account(1), &sealed).unwrap();
        assert_eq!(opened.bytes(), seed.bytes());
        assert!(secrets.open(account(2), &sealed).is_err());
        let other = Secrets::new(&[8; 32]).unwrap();
        assert!(other.open(account(1), &sealed).is_err());
        assert_ne!(other.id, secrets.id);
        assert!(secrets.open(account(1), &sealed[..20]).is_err());
        assert!(secrets.open(account(1), b"").is_err());
    }

    #[test]
    fn a_sealed_token_opens_in_its_row_and_by_its_key_alone() {
        let (secrets, other) = (Secrets::new(&[7; 32]).unwrap(), Secrets::new(&[8; 32]));
        let (row, another) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let sealed = secrets.seal_token(row, "e30.e30.AA").unwrap();
        assert_eq!(
            secrets.open_token(row, &sealed).as_deref(),
            Some("e30.e30.AA")
        );
        assert_eq!(secrets.open_token(another, &sealed), None);
        assert_eq!(other.unwrap().open_token(row, &sealed), None);
        assert_eq!(secrets.open_token(row, b""), None);
    }

    #[test]
    fn the_same_recovery_code_of_two_people_is_kept_differently() {
        let secrets = Secrets::new(&[7; 32]).unwrap();
        let code = RecoveryCode::new([3; RecoveryCode::LENGTH]);
        let mac = secrets.mac(account(1), &code);
        assert_eq!(mac, secrets.mac(account(1), &code));
        assert_ne!(mac, secrets.mac(account(2), &code));
    }

    #[test]
    fn what_is_kept_of_a_code_tells_its_parts_apart() {
        let (secrets, other) = (Secrets::new(&[7; 32]).unwrap(), Secrets::new(&[8; 32]));
        let kept = secrets.mac_of(&["ab", "c", "402913"]);
        assert_eq!(kept, secrets.mac_of(&["ab", "c", "402913"]));
        for different in [
            ["a", "bc", "402913"],
            ["ab", "c", "402914"],
            ["ab", "", "c402913"],
        ] {
            assert_ne!(kept, secrets.mac_of(&different));
        }
        assert_ne!(kept, other.unwrap().mac_of(&["ab", "c", "402913"]));
    }
}
