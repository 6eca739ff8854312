//! What the tus protocol (version 1.0.0) writes into headers, read and refused.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use contracts::{DossierId, Refused};
use sha1::Sha1;
use sha2::{Digest, Sha256, digest::DynDigest};

use super::{Claim, PaperKind};

/// The only version that is spoken.
pub const VERSION: &str = "1.0.0";
/// What is spoken besides the core.
pub const EXTENSIONS: &str = "creation,creation-with-upload,checksum,termination,expiration";
/// How a piece's checksum may be made. SHA-1 is what the protocol demands.
pub const CHECKSUMS: &str = "sha1,sha256";
/// The media type of a piece.
pub const PIECE: &str = "application/offset+octet-stream";
/// The longest metadata taken, in bytes.
const LONGEST: usize = 4096;

/// What a client says of the file: `filename`, `kind` and `dossier` are asked for, everything else is kept for the client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The header as it came, to be given back.
    pub header: String,
    /// What the file is called on the sender's device.
    pub name: Option<String>,
    /// What the paper is.
    pub kind: Option<PaperKind>,
    /// For which dossier it is sent.
    pub dossier: Option<DossierId>,
}

impl Metadata {
    /// Reads `Upload-Metadata`: pairs of a key and its value in Base64, separated by commas.
    pub fn parse(header: &str) -> Result<Self, Refused> {
        if header.len() > LONGEST {
            return Err(Refused::because(
                format!("Upload-Metadata dài quá {LONGEST} byte"),
                format!("Upload-Metadata is longer than {LONGEST} bytes"),
            ));
        }
        let mut metadata = Self {
            header: header.to_owned(),
            ..Self::default()
        };
        let mut keys = Vec::new();
        for pair in header.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
            if keys.contains(&key) {
                return Err(Refused::new(
                    "Upload-Metadata có một khóa hai lần",
                    "Upload-Metadata has a key twice",
                ));
            }
            keys.push(key);
            let value = decoded(value)?;
            match key {
                "filename" | "name" => metadata.name = Some(value),
                "kind" if !value.is_empty() => metadata.kind = Some(PaperKind::parse(&value)?),
                "dossier" if !value.is_empty() => metadata.dossier = Some(dossier(&value)?),
                _ => {}
            }
        }
        Ok(metadata)
    }

    /// For which dossier the file is sent, and as what.
    pub fn claim(&self) -> Option<Claim> {
        let kind = self.kind.clone();
        self.dossier.map(|dossier| Claim { dossier, kind })
    }
}

/// Reads for which dossier a file is sent.
pub fn dossier(text: &str) -> Result<DossierId, Refused> {
    text.trim().parse().map_err(|_| {
        Refused::new(
            "Mã hồ sơ (dossier) là một UUID",
            "A dossier is named by its UUID",
        )
    })
}

fn decoded(value: &str) -> Result<String, Refused> {
    let bytes = STANDARD
        .decode(value)
        .or_else(|_| STANDARD_NO_PAD.decode(value));
    let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.filter(|text| !text.contains('\0')).ok_or_else(|| {
        Refused::new(
            "Mỗi giá trị trong Upload-Metadata là chữ UTF-8 viết bằng Base64",
            "Each value in Upload-Metadata is UTF-8 text in Base64",
        )
    })
}

/// What a piece must come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    algorithm: Algorithm,
    expected: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Sha1,
    Sha256,
}

impl Checksum {
    /// Reads `Upload-Checksum`: an algorithm and the sum in Base64.
    pub fn parse(header: &str) -> Result<Self, Refused> {
        let (name, sum) = header.split_once(' ').unwrap_or((header, ""));
        let (algorithm, bytes) = match name {
            "sha1" => (Algorithm::Sha1, 20),
            "sha256" => (Algorithm::Sha256, 32),
            _ => {
                return Err(Refused::because(
                    format!("Upload-Checksum dùng một trong: {CHECKSUMS}"),
                    format!("Upload-Checksum uses one of: {CHECKSUMS}"),
                ));
            }
        };
        match STANDARD.decode(sum) {
            Ok(expected) if expected.len() == bytes => Ok(Self {
                algorithm,
                expected,
            }),
            _ => Err(Refused::new(
                "Upload-Checksum gồm tên thuật toán, một dấu cách và tổng kiểm viết bằng Base64",
                "Upload-Checksum is an algorithm's name, a space and the sum in Base64",
            )),
        }
    }

    /// What sums up a piece as it comes.
    pub fn hasher(&self) -> Box<dyn DynDigest + Send + Sync> {
        match self.algorithm {
            Algorithm::Sha1 => Box::new(Sha1::new()),
            Algorithm::Sha256 => Box::new(Sha256::new()),
        }
    }

    /// Whether a piece came to what it must come to.
    pub fn holds(&self, hasher: Box<dyn DynDigest + Send + Sync>) -> bool {
        *hasher.finalize() == *self.expected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_names_the_file_and_the_paper_and_is_kept_as_it_came() {
        let header = "filename VOG7nSBraGFpLmpwZw==, kind dG8ta2hhaQ,is_confidential";
        let metadata = Metadata::parse(header).unwrap();
        assert_eq!(metadata.header, header);
        assert_eq!(metadata.name.as_deref(), Some("Tờ khai.jpg"));
        assert_eq!(metadata.kind, PaperKind::parse("to-khai").ok());
        assert_eq!(metadata.claim(), None);
        assert_eq!(Metadata::parse(""), Ok(Metadata::default()));
    }

    #[test]
    fn metadata_says_for_which_dossier_a_paper_is_and_as_what() {
        let id = "01890f3c-0000-7000-8000-000000000001";
        let header = format!("kind dG8ta2hhaQ==,dossier {}", STANDARD.encode(id));
        let claim = Metadata::parse(&header).unwrap().claim();
        let expected = Claim {
            dossier: id.parse().unwrap(),
            kind: PaperKind::parse("to-khai").ok(),
        };
        assert_eq!(claim, Some(expected));
    }

    #[test]
    fn wrong_metadata_is_refused() {
        let long = format!("filename {}", "A".repeat(LONGEST));
        for header in [
            "filename ???",
            "filename /w==",
            "filename AA==",
            "filename YQ==,filename Yg==",
            "kind dOG7nSBraGFp",
            "dossier YQ==",
            &long,
        ] {
            assert!(Metadata::parse(header).is_err(), "{header}");
        }
    }

    #[test]
    fn a_checksum_holds_for_its_piece_alone() {
        for (header, piece) in [
            ("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "hello world"),
            (
                "sha256 uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=",
                "hello world",
            ),
        ] {
            let checksum = Checksum::parse(header).unwrap();
            let sum = |text: &str| {
                let mut hasher = checksum.hasher();
                hasher.update(text.as_bytes());
                checksum.holds(hasher)
            };
            assert!(sum(piece), "{header}");
            assert!(!sum("hello"), "{header}");
        }
        for header in ["", "md5 XrY7u+Ae7tCTyyK7j1rNww==", "sha1", "sha1 AAAA"] {
            assert!(Checksum::parse(header).is_err(), "{header}");
        }
    }
}
