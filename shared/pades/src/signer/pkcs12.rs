//! PKCS#12 containers.

use p12_keystore::KeyStore;
use zeroize::Zeroizing;

use crate::{Certificate, Error};

/// Size of a container that is opened, in bytes.
const LIMIT: usize = 1 << 20;

/// The private key in PKCS#8 and the certificates beside it.
pub fn open(
    container: &[u8],
    password: &str,
) -> Result<(Zeroizing<Vec<u8>>, Vec<Certificate>), Error> {
    use p12_keystore::error::Error as Refused;
    if container.len() > LIMIT {
        return Err(Error::Container("it is too large"));
    }
    let store = KeyStore::from_pkcs12(container, password).map_err(|error| match error {
        // A container without a checksum shows a wrong password by unpacking to nonsense.
        Refused::MacError(_) | Refused::UnpadError | Refused::Pkcs5Error(_) => Error::WrongPassword,
        Refused::UnsupportedEncryptionScheme | Refused::UnsupportedMacAlgorithm => {
            Error::Container("it is packed by an algorithm that is not supported")
        }
        _ => Error::Container("it is damaged"),
    })?;
    let (_, entry) = store
        .private_key_chain()
        .ok_or(Error::Container("it holds no key with its certificate"))?;
    let certificates = entry
        .chain()
        .iter()
        .map(|certificate| Certificate::from_der(certificate.as_der()))
        .collect::<Result<_, _>>()?;
    Ok((Zeroizing::new(entry.key().to_vec()), certificates))
}
