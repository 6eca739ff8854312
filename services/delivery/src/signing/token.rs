//! A key that stays in a token or an HSM (PKCS#11), by the file that says where it is.

use std::path::Path;

use pades::Signer;

type Why = Box<dyn std::error::Error>;

/// `CODE.token.toml`.
#[cfg(feature = "pkcs11")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Address {
    /// The maker's library.
    library: std::path::PathBuf,
    /// The token's label.
    token: String,
    /// The private key's label.
    key: String,
    /// The file that holds the user's PIN.
    pin_file: std::path::PathBuf,
    /// The file of the certificates in PEM, the signer's own first.
    chain: std::path::PathBuf,
}

/// Reads the file and opens the key. Files that it names are looked for beside it.
#[cfg(feature = "pkcs11")]
pub fn read(path: &Path) -> Result<Signer, Why> {
    use std::fs;

    let address: Address = toml::from_str(&fs::read_to_string(path)?)?;
    let folder = path.parent().unwrap_or(path);
    let beside = |name: &Path, what: &str| {
        fs::read_to_string(folder.join(name)).map_err(|error| format!("{what}: {error}"))
    };
    let pin = beside(&address.pin_file, "its PIN (pin_file)")?;
    let chain = beside(&address.chain, "its certificates (chain)")?;
    let token = pades::signer::TokenAddress {
        library: &address.library,
        token: &address.token,
        key: &address.key,
        pin: pin.trim_end_matches(['\r', '\n']),
    };
    Ok(Signer::from_token(&token, &chain)?)
}

/// Tokens were left out of this binary.
#[cfg(not(feature = "pkcs11"))]
pub fn read(_: &Path) -> Result<Signer, Why> {
    Err("this program was built without tokens (the feature pkcs11)".into())
}
