//! Checkpoints: what a log's tree is at a size, as a signed note (C2SP `tlog-checkpoint` and `signed-note`), which tools that
//! nobody here wrote can check.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::SigningKey;
use signed_note::{
    Note, StandardSigner, StandardVerifier, VerifierList, key_id, new_ed25519_verifier_key,
};

use super::tree::{Edge, Hash};
use crate::{StartError, config::Settings};

/// Marks an Ed25519 key in a signer's key.
const ED25519: u8 = 1;

/// What a log is at a size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: the system's public address without its scheme, and the service.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

impl Checkpoint {
    /// What the tree with this edge is.
    pub fn of(origin: &str, edge: &Edge) -> Self {
        Self {
            origin: origin.to_owned(),
            size: edge.size(),
            root: edge.root(),
        }
    }

    fn text(&self) -> String {
        let root = BASE64.encode(self.root);
        format!("{}\n{}\n{root}\n", self.origin, self.size)
    }

    fn read(text: &[u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(text).ok()?.lines();
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let number: u64 = size.parse().ok()?;
        Some(Self {
            origin: origin.to_owned(),
            // Written in one way only: `007` would be another note of the same size.
            size: (number.to_string() == size).then_some(number)?,
            root: BASE64.decode(root).ok()?.try_into().ok()?,
        })
    }

    /// What a note says, whoever signed it. `None`: it is no checkpoint.
    pub fn claimed(note: &str) -> Option<Self> {
        Self::read(Note::from_bytes(note.as_bytes()).ok()?.text())
    }

    /// What a note says that one of these keys has signed. `None`: none has, or it is no checkpoint.
    pub fn signed(note: &str, keys: &[StandardVerifier]) -> Option<Self> {
        let note = Note::from_bytes(note.as_bytes()).ok()?;
        let keys = keys.iter().map(|key| Box::new(key.clone()) as _);
        note.verify(&VerifierList::new(keys.collect())).ok()?;
        Self::read(note.text())
    }
}

/// What a service's log is called in its checkpoints.
pub fn origin(settings: &Settings, service: &str) -> String {
    let url = settings.public_url.trim_end_matches('/');
    let host = url.split_once("://").map_or(url, |(_, host)| host);
    format!("{host}/{service}")
}

/// Signs the checkpoints of one log.
pub struct Key {
    signer: StandardSigner,
    verifier: String,
}

impl Key {
    /// The key of the log `origin` over a 32-byte Ed25519 seed.
    pub fn new(origin: &str, seed: &[u8; 32]) -> Result<Self, StartError> {
        let public = SigningKey::from_bytes(seed).verifying_key();
        let id = key_id(origin, &[&[ED25519], public.as_bytes().as_slice()].concat());
        let private = BASE64.encode([&[ED25519], seed.as_slice()].concat());
        let signer = StandardSigner::new(&format!("PRIVATE+KEY+{origin}+{id:08x}+{private}"));
        let unfit = |error| StartError::because("PUBLIC_URL or AUDIT_KEY, for checkpoints", &error);
        Ok(Self {
            signer: signer.map_err(unfit)?,
            verifier: new_ed25519_verifier_key(origin, &public),
        })
    }

    /// What others check its signatures with, `name+id+key`.
    pub fn verifier(&self) -> &str {
        &self.verifier
    }

    /// The signed note.
    pub fn sign(&self, checkpoint: &Checkpoint) -> Result<String, signed_note::NoteError> {
        let mut note = Note::new(checkpoint.text().as_bytes(), &[])?;
        note.add_sigs(&[&self.signer])?;
        Ok(String::from_utf8_lossy(&note.to_bytes()).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_says_what_was_signed_and_a_changed_one_says_nothing() {
        let key = Key::new("motcua.example/desk", &[7; 32]).unwrap();
        let mut edge = Edge::default();
        edge.push([1; 32]);
        let checkpoint = Checkpoint::of("motcua.example/desk", &edge);
        let note = key.sign(&checkpoint).unwrap();
        let ours = [StandardVerifier::new(key.verifier()).unwrap()];
        assert_eq!(Checkpoint::signed(&note, &ours), Some(checkpoint.clone()));
        assert_eq!(Checkpoint::claimed(&note), Some(checkpoint));
        for (place, byte) in note.bytes().enumerate() {
            let mut other = note.clone().into_bytes();
            other[place] = if byte == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8_lossy(&other);
            assert_eq!(Checkpoint::signed(&other, &ours), None, "{place} in {note}");
        }
        let another = Key::new("motcua.example/desk", &[8; 32]).unwrap();
        let another = [StandardVerifier::new(another.verifier()).unwrap()];
        assert_eq!(Checkpoint::signed(&note, &another), None);
    }

    #[test]
    fn a_size_is_written_in_one_way() {
        let root = BASE64.encode([1; 32]);
        assert!(Checkpoint::read(format!("a\n7\n{root}\n").as_bytes()).is_some());
        for odd in ["007", "+7", "-7", "", "7 ", "18446744073709551616"] {
            assert_eq!(
                Checkpoint::read(format!("a\n{odd}\n{root}\n").as_bytes()),
                None,
                "{odd}"
            );
        }
    }
}
