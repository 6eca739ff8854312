//! The keys of bodies and officers: folders of PKCS#12, PEM and tokens, or pretended ones.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use chassis::{Failure, StartError};
use pades::{Certificate, Picture, Signer};

use super::{pretend::Pretend, token};
use crate::{config::Config, domain::attestation::Attestation};

/// What stands for a folder where keys are only pretended.
const PRETEND: &str = "pretend";

/// A key, and the picture that it shows.
#[derive(Debug)]
pub struct Key {
    /// The key and its certificates.
    pub signer: Signer,
    /// A seal's, in red, or a hand's, in blue.
    pub picture: Option<Arc<Picture>>,
}

/// The keys of one kind.
#[derive(Debug)]
pub enum Ring {
    /// Nobody signs in this way.
    None,
    /// By what is before the ending of their files' names.
    Folder {
        /// Where they lie.
        folder: PathBuf,
        /// By body or by account.
        keys: BTreeMap<String, Arc<Key>>,
    },
    /// Whoever signs gets a key that is worth nothing.
    Pretend,
}

impl Ring {
    /// The seals, by the code of their body.
    pub fn seals(config: &Config) -> Result<Self, StartError> {
        Self::open("DELIVERY__SEALS", &config.seals, |stem| {
            Some(stem.to_owned())
        })
    }

    /// The officers' keys, by their account, before which words may stand: `tran-van-mau.0199e3a0-….p12`.
    pub fn signers(config: &Config) -> Result<Self, StartError> {
        Self::open("DELIVERY__SIGNERS", &config.signers, |stem| {
            let last = stem.rsplit('.').next()?;
            let account = last.parse::<uuid::Uuid>().ok()?;
            Some(account.to_string())
        })
    }

    fn open(
        setting: &str,
        folder: &str,
        named: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, StartError> {
        let folder = match folder.trim() {
            "" => return Ok(Self::None),
            PRETEND => return Ok(Self::Pretend),
            folder => PathBuf::from(folder),
        };
        let mut keys = BTreeMap::new();
        for path in files(setting, &folder)? {
            let Some((stem, read)) = reader(&path) else {
                continue;
            };
            let refuse = |why: &dyn std::fmt::Display| refused(setting, &path, why);
            let whose = named(stem)
                .ok_or_else(|| refuse(&"its name does not end in an account's number"))?;
            let signer = read(&path).map_err(|why| refuse(&why))?;
            let picture = path.with_file_name(format!("{stem}.png"));
            let picture = picture.exists().then(|| picture_of(&picture)).transpose();
            let key = Key {
                signer,
                picture: picture.map_err(|why| refuse(&format!("its picture: {why}")))?,
            };
            if keys.insert(whose, Arc::new(key)).is_some() {
                return Err(refuse(&"there is another key of the same name"));
            }
        }
        Ok(Self::Folder { folder, keys })
    }

    /// Whether they are worth nothing.
    pub const fn is_pretend(&self) -> bool {
        matches!(self, Self::Pretend)
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Key>> {
        let folder = match self {
            Self::Folder { keys, .. } => Some(keys.values()),
            Self::None | Self::Pretend => None,
        };
        folder.into_iter().flatten()
    }

    /// All certificates that came with them.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.all().flat_map(|key| key.signer.chain().certificates())
    }

    /// Of each, the certificate nearest to an anchor.
    pub fn tops(&self) -> impl Iterator<Item = Certificate> {
        self.all()
            .filter_map(|key| key.signer.chain().certificates().last().cloned())
    }

    /// The seal of a body; `None` where nobody seals.
    pub fn body(
        &self,
        code: &str,
        name: &str,
        pretend: &Pretend,
    ) -> Result<Option<Arc<Key>>, Failure> {
        self.find(code, name, pretend, |folder| {
            format!("there is no seal of {code} in {folder}")
        })
    }

    /// The key of who signed the decision off; `None` where officers do not sign, and for a decision that does not say
    /// whose account it was.
    pub fn officer(
        &self,
        signed: &Attestation,
        pretend: &Pretend,
    ) -> Result<Option<Arc<Key>>, Failure> {
        let Some(account) = signed.account else {
            return Ok(None);
        };
        let (account, name) = (account.to_string(), &signed.by);
        self.find(&account, name, pretend, |folder| {
            format!(
                "there is no key of {name} in {folder}: it is to be named {account}.p12, .pem or .token.toml"
            )
        })
    }

    fn find(
        &self,
        whose: &str,
        name: &str,
        pretend: &Pretend,
        missing: impl Fn(std::path::Display<'_>) -> String,
    ) -> Result<Option<Arc<Key>>, Failure> {
        match self {
            Self::None => Ok(None),
            Self::Pretend => pretend.key(name).map(Some),
            Self::Folder { folder, keys } => {
                let key = keys.get(whose).cloned();
                let missing = || Failure::park(missing(folder.display()));
                key.ok_or_else(missing).map(Some)
            }
        }
    }
}

/// The certificates of a folder of anchors, in PEM or DER.
pub fn anchors(folder: &str) -> Result<Vec<Certificate>, StartError> {
    const SETTING: &str = "DELIVERY__ANCHORS";
    let folder = folder.trim();
    if folder.is_empty() {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for path in files(SETTING, Path::new(folder))? {
        let refuse = |why: &dyn std::fmt::Display| refused(SETTING, &path, why);
        let kind = path.extension().and_then(|kind| kind.to_str());
        if !matches!(kind, Some("pem" | "crt" | "cer" | "der")) {
            continue;
        }
        let bytes = fs::read(&path).map_err(|error| refuse(&error))?;
        let found = match std::str::from_utf8(&bytes) {
            Ok(text) => Certificate::from_pem(text),
            Err(_) => Certificate::from_der(&bytes).map(|one| vec![one]),
        };
        let found = found.map_err(|error| refuse(&error))?;
        if found.is_empty() {
            return Err(refuse(&"there is no certificate in it"));
        }
        all.extend(found);
    }
    Ok(all)
}

type Why = Box<dyn std::error::Error>;
type Read = fn(&Path) -> Result<Signer, Why>;

/// Whose key a file is, and what reads it; `None` for what is no key.
fn reader(path: &Path) -> Option<(&str, Read)> {
    let name = path.file_name()?.to_str()?;
    let kinds: [(&str, Read); 4] = [
        (".p12", from_pkcs12),
        (".pfx", from_pkcs12),
        (".pem", from_pem),
        (".token.toml", token::read),
    ];
    let of_kind = |(ending, read): (&str, Read)| Some((name.strip_suffix(ending)?, read));
    kinds.into_iter().find_map(of_kind)
}

/// A folder's files, in the order of their names.
fn files(setting: &str, folder: &Path) -> Result<Vec<PathBuf>, StartError> {
    let refuse = |error| refused(setting, folder, &error);
    let mut all = Vec::new();
    for file in fs::read_dir(folder).map_err(refuse)? {
        all.push(file.map_err(refuse)?.path());
    }
    all.sort();
    Ok(all)
}

fn refused(setting: &str, path: &Path, why: &dyn std::fmt::Display) -> StartError {
    StartError::new(format!("delivery: {setting}: {}: {why}", path.display()))
}

fn picture_of(path: &Path) -> Result<Arc<Picture>, Why> {
    Ok(Arc::new(Picture::from_png(&fs::read(path)?)?))
}

fn from_pkcs12(path: &Path) -> Result<Signer, Why> {
    let password = fs::read_to_string(path.with_extension("password"))
        .map_err(|error| format!("its password (the same name with .password): {error}"))?;
    let password = password.trim_end_matches(['\r', '\n']);
    Ok(Signer::from_pkcs12(&fs::read(path)?, password)?)
}

fn from_pem(path: &Path) -> Result<Signer, Why> {
    let text = fs::read_to_string(path)?;
    Ok(Signer::from_pem(&text, &text)?)
}
