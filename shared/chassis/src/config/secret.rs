//! A secret of the configuration: it can be used, and cannot be printed.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use serde::Deserialize;
use subtle::ConstantTimeEq;

use crate::{StartError, random};

/// A password, a key or a token. Its `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, to be handed to who asks for it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether none is configured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `claimed` is this secret. Compares in constant time; an empty secret is nobody's.
    pub fn is(&self, claimed: &str) -> bool {
        !self.is_empty() && bool::from(self.0.as_bytes().ct_eq(claimed.as_bytes()))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// 32 bytes in hexadecimal. `None`: it is something else.
pub fn seed(text: &str) -> Option<[u8; 32]> {
    let mut seed = [0; 32];
    hex::decode_to_slice(text.trim(), &mut seed).ok()?;
    Some(seed)
}

/// The seed in `file`, made where there is no such file. `key` names the setting that leads there, for whoever has to mend it.
pub fn kept_seed(key: &str, file: &Path) -> Result<[u8; 32], StartError> {
    let found = match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            match keep(file, &hex::encode(random::<32>())) {
                Ok(()) => {
                    tracing::info!(file = %file.display(), "{key}: made a key, and kept it in this file; keep a copy, and give it to every replica");
                }
                // Another service of this system was quicker.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(at(key, file, &error)),
            }
            fs::read_to_string(file)
        }
        found => found,
    };
    let text = found.map_err(|error| at(key, file, &error))?;
    seed(&text).ok_or_else(|| {
        let file = file.display();
        StartError::new(format!(
            "{key} ({file}) must hold 32 bytes in hexadecimal, 64 digits"
        ))
    })
}

fn at(key: &str, file: &Path, error: &io::Error) -> StartError {
    StartError::because(&format!("{key} ({})", file.display()), error)
}

/// Keeps a secret in a new file, whole or not at all, readable by its owner only.
pub fn keep(file: &Path, secret: &str) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.join(format!(".{name}.{}", hex::encode(random::<8>())));
    let mut kept = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    let written = writeln!(kept, "{secret}").and_then(|()| kept.sync_all());
    // Unlike renaming, linking does not put it in another's place.
    let linked = written.and_then(|()| fs::hard_link(&draft, file));
    fs::remove_file(&draft)?;
    linked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_made_once_and_found_again_and_a_broken_one_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys/audit-key");
        let made = kept_seed("AUDIT_KEY", &file).unwrap();
        assert_eq!(kept_seed("AUDIT_KEY", &file).unwrap(), made);
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
        assert_eq!(
            keep(&file, "another").unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        fs::write(&file, "2a").unwrap();
        let refused = kept_seed("AUDIT_KEY", &file).unwrap_err().to_string();
        assert!(
            refused.contains("AUDIT_KEY") && refused.contains("64 digits"),
            "{refused}"
        );
        assert_eq!(seed(&"2a".repeat(32)), Some([42; 32]));
    }

    #[test]
    fn it_is_told_by_itself_only_and_never_printed() {
        let secret = Secret::from("s3cr3t");
        assert!(secret.is("s3cr3t") && !secret.is("s3cr3") && !secret.is(""));
        assert!(!Secret::default().is(""));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
