//! Keys in a token or an HSM, by PKCS#11. They never leave it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as Failed, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use der::asn1::Uint;
use der::{Encode as _, Sequence};

use super::{Algorithm, Chain, Signer, SigningKey, ToBeSigned};
use crate::error::Cause;
use crate::{Certificate, Error, certificate};

/// Where a key is.
pub struct TokenAddress<'a> {
    /// The maker's library, such as `/usr/lib/softhsm/libsofthsm2.so`.
    pub library: &'a Path,
    /// The token's label.
    pub token: &'a str,
    /// The private key's label.
    pub key: &'a str,
    /// The user's PIN.
    pub pin: &'a str,
}

/// Without the PIN.
impl std::fmt::Debug for TokenAddress<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenAddress")
            .field("library", &self.library)
            .field("token", &self.token)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Signer {
    /// One whose key is in a token, with the certificates in PEM, the signer's own first. Signs once to see that they belong
    /// together.
    pub fn from_token(address: &TokenAddress<'_>, chain: &str) -> Result<Self, Error> {
        let mut certificates = Certificate::from_pem(chain)?;
        if certificates.is_empty() {
            return Err(Error::EmptyChain);
        }
        let own = certificates.remove(0);
        let chain = Chain::new(own, certificates)?;
        let key = TokenKey::open(address)?;
        // Not what a signature in a document is made of.
        let probe = ToBeSigned {
            algorithm: chain.algorithm(),
            bytes: b"probe".to_vec(),
        };
        let signature = key.sign(&probe).map_err(|_| Error::KeyMismatch)?;
        let algorithm = chain.algorithm().identifier();
        if !certificate::verifies(chain.own().key(), &algorithm, &probe.bytes, &signature) {
            return Err(Error::KeyMismatch);
        }
        Ok(Self::new(chain, Box::new(key)))
    }
}

/// A key in a token, with a session that is opened anew when the token was away.
struct TokenKey {
    library: Pkcs11,
    slot: Slot,
    pin: AuthPin,
    label: String,
    session: Mutex<Option<(Session, ObjectHandle)>>,
}

impl TokenKey {
    fn open(address: &TokenAddress<'_>) -> Result<Self, Error> {
        let library = library(address.library)?;
        let slots = library
            .get_slots_with_initialized_token()
            .map_err(|_| Error::Token("its library finds no tokens"))?;
        let labelled = |slot: &Slot| {
            library
                .get_token_info(*slot)
                .is_ok_and(|info| info.label().trim_end() == address.token)
        };
        let slot = slots
            .into_iter()
            .find(labelled)
            .ok_or(Error::Token("there is no token with this label"))?;
        let key = Self {
            library,
            slot,
            pin: AuthPin::new(address.pin.into()),
            label: address.key.into(),
            session: Mutex::new(None),
        };
        let opened = key.connect().map_err(|error| match error {
            Failed::Pkcs11(
                RvError::PinIncorrect | RvError::PinLenRange | RvError::PinInvalid,
                _,
            ) => Error::WrongPassword,
            Failed::Pkcs11(RvError::PinLocked, _) => Error::Token("its PIN is locked"),
            _ => Error::Token("it cannot be logged into, or has no private key with this label"),
        })?;
        *key.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
        Ok(key)
    }

    fn connect(&self) -> Result<(Session, ObjectHandle), Failed> {
        let session = self.library.open_ro_session(self.slot)?;
        match session.login(UserType::User, Some(&self.pin)) {
            // A login holds for the whole process.
            Ok(()) | Err(Failed::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(error) => return Err(error),
        }
        let wanted = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Label(self.label.clone().into_bytes()),
        ];
        let key = session.find_objects(&wanted)?.into_iter().next();
        Ok((session, key.ok_or(Failed::NullFunctionPointer)?))
    }

    fn sign_with(
        session: &Session,
        key: ObjectHandle,
        what: &ToBeSigned,
    ) -> Result<Vec<u8>, Failed> {
        match what.algorithm() {
            Algorithm::RsaSha256 => session.sign(&Mechanism::Sha256RsaPkcs, key, what.bytes()),
            Algorithm::P256Sha256 | Algorithm::P384Sha384 => {
                session.sign(&Mechanism::Ecdsa, key, &what.digest())
            }
        }
    }
}

impl SigningKey for TokenKey {
    fn sign(&self, what: &ToBeSigned) -> Result<Vec<u8>, Cause> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let first = match session.as_ref() {
            Some((session, key)) => Self::sign_with(session, *key, what),
            None => Err(Failed::NullFunctionPointer),
        };
        let signature = if let Ok(signature) = first {
            signature
        } else {
            // A token that was pulled out or restarted has forgotten the session.
            *session = None;
            let (new, key) = self.connect()?;
            let signature = Self::sign_with(&new, key, what)?;
            *session = Some((new, key));
            signature
        };
        match what.algorithm() {
            Algorithm::RsaSha256 => Ok(signature),
            Algorithm::P256Sha256 | Algorithm::P384Sha384 => Ok(in_der(&signature)?),
        }
    }
}

#[derive(Sequence)]
struct Numbers {
    r: Uint,
    s: Uint,
}

/// A token gives the two numbers of ECDSA one behind the other.
fn in_der(numbers: &[u8]) -> Result<Vec<u8>, der::Error> {
    let (r, s) = numbers.split_at(numbers.len() / 2);
    Numbers {
        r: Uint::new(r)?,
        s: Uint::new(s)?,
    }
    .to_der()
}

/// A maker's library, which a process may start but once.
fn library(path: &Path) -> Result<Pkcs11, Error> {
    static LOADED: OnceLock<Mutex<HashMap<PathBuf, Pkcs11>>> = OnceLock::new();
    let mut loaded = LOADED
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = loaded.get(path) {
        return Ok(known.clone());
    }
    let library = Pkcs11::new(path).map_err(|_| Error::Token("its library cannot be loaded"))?;
    match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Failed::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(_) => return Err(Error::Token("its library does not start")),
    }
    loaded.insert(path.to_owned(), library.clone());
    Ok(library)
}
