//! Signing results: the officer's signature and the body's seal in a result's file, the time confirmed by an authority, what
//! issuers say of the certificates, and judging files that people bring.

pub mod judge;
mod keys;
mod look;
mod outside;
pub mod pretend;
mod revocation;
mod timestamp;
mod token;

use std::sync::Arc;

use ::paper::Pdf;
use chassis::{Failure, StartError};
use chrono::{DateTime, Utc};
use pades::{Certificate, Protection, Request, Stamp, Timestamp};
use sha2::{Digest, Sha256};

use self::{
    keys::{Key, Ring},
    look::Room,
    pretend::Pretend,
    revocation::Lists,
    timestamp::Clock,
};
use crate::{
    config::Config,
    domain::attestation::{Attestation, Deed, Level, Signature},
    store::Entry,
};

/// The field of the officer's signature.
const OFFICER: &str = "NguoiKy";
/// The field of the body's seal.
const SEAL: &str = "CoQuan";

/// Who signs here, and by whose word others believe it.
#[derive(Debug)]
pub struct Signing {
    seals: Ring,
    signers: Ring,
    pretend: Pretend,
    clock: Option<Clock>,
    lists: Option<Lists>,
    anchors: Vec<Certificate>,
}

/// A result's file as it will be kept, with what was put into it.
#[derive(Debug)]
pub struct Made {
    /// The file.
    pub pdf: Vec<u8>,
    /// The officer's signature.
    pub signed: Option<Signature>,
    /// The proof that it was sealed.
    pub sealed: Option<Attestation>,
}

/// A signature that was set, and the certificates that it will be checked by.
struct Step {
    sha256: String,
    key: Arc<Key>,
    certificates: Vec<Certificate>,
}

impl Signing {
    /// Reads the keys and the anchors that are configured. What cannot be read is refused by its name; passwords and keys are not
    /// repeated.
    pub fn open(config: &Config) -> Result<Self, StartError> {
        let (seals, signers) = (Ring::seals(config)?, Ring::signers(config)?);
        let anchors = keys::anchors(&config.anchors)?;
        let http = crate::outside::client(config.outside_seconds.max(1))?;
        let clock = Clock::open(&config.timestamp, &http)?;
        let named = seals.certificates().chain(signers.certificates());
        let lists = Lists::open(config, http, named)?;
        Ok(Self {
            seals,
            signers,
            pretend: Pretend::default(),
            clock,
            lists,
            anchors,
        })
    }

    /// Whether anybody's key is only pretended.
    pub fn pretends(&self) -> bool {
        self.seals.is_pretend() || self.signers.is_pretend()
    }

    /// Whom this service believes: the anchors that are configured, who vouches for its own keys, and the pretend authority where it is
    /// in use.
    pub fn anchors(&self) -> Vec<Certificate> {
        let own = self.seals.tops().chain(self.signers.tops());
        let pretend = self.pretend.root().filter(|_| self.pretends());
        let mut all = self.anchors.clone();
        for one in own.chain(pretend) {
            if !all.contains(&one) {
                all.push(one);
            }
        }
        all
    }

    /// Sets the officer's signature with the moment of the decision, and then the seal with the moment of numbering. Without keys
    /// the file stays as it is. A key, a clock or a list that is missing is a reason to wait, never to issue with less.
    pub async fn apply(
        &self,
        typeset: Pdf,
        entry: &Entry,
        proofs: &[Attestation],
        now: DateTime<Utc>,
    ) -> Result<Made, Failure> {
        let officer = match proofs.iter().find(|proof| proof.deed == Deed::Signed) {
            Some(proof) => self.signers.officer(proof, &self.pretend)?,
            None => None,
        };
        let body = &entry.book.organisation;
        let seal = self
            .seals
            .body(body, &entry.organisation_name, &self.pretend)?;
        let room = typeset.signature().map(Room::new);
        let mut pdf = typeset.into_bytes();
        let (mut signed, mut sealed) = (None, None);
        if let Some(key) = officer {
            let (request, who) = officers(entry, seal.is_some(), room, &key);
            let step = self.set(pdf, key, request, &who, now).await?;
            (pdf, signed) = (step.0, Some(step.1));
        }
        if let Some(key) = seal {
            let request = bodys(entry, signed.is_some(), room, &key);
            let step = self
                .set(pdf, key, request, &format!("the seal of {body}"), now)
                .await?;
            (pdf, sealed) = (step.0, Some(step.1));
        }
        let mut level = self
            .clock
            .as_ref()
            .map_or(Level::Basic, |_| Level::Timestamped);
        let steps = || signed.iter().chain(&sealed);
        if let Some(lists) = &self.lists
            && steps().next().is_some()
        {
            let certificates = steps().flat_map(|step| step.certificates.clone());
            let kept = lists
                .gather(certificates.collect(), &self.anchors(), now)
                .await?;
            pdf = blocking(move || pades::embed(&pdf, &kept))
                .await?
                .map_err(|error| Failure::park(format!("revocation data: {error}")))?;
            level = Level::LongTerm;
        }
        Ok(Made {
            signed: signed.as_ref().map(|step| step.signature(level)),
            sealed: sealed.as_ref().map(|step| {
                let name = step.key.signer.chain().own().common_name();
                let by = name.unwrap_or_else(|| body.clone());
                Attestation::sealed(by, entry.numbered_at, step.signature(level))
            }),
            pdf,
        })
    }

    /// Sets one signature. Asking the timestamp authority keeps no thread.
    async fn set(
        &self,
        pdf: Vec<u8>,
        key: Arc<Key>,
        request: Request,
        who: &str,
        now: DateTime<Utc>,
    ) -> Result<(Vec<u8>, Step), Failure> {
        let failed = |error| failed(who, &error);
        let stamp = self.clock.as_ref().map_or(Stamp::None, |_| Stamp::Expected);
        let holder = key.clone();
        let attached = blocking(move || {
            let prepared = pades::prepare(&pdf, holder.signer.chain(), &request, stamp)?;
            let signature = holder.signer.sign(prepared.to_be_signed())?;
            prepared.attach(&signature)
        });
        let attached = attached.await?.map_err(failed)?;
        let mut certificates = key.signer.chain().certificates().to_vec();
        let pdf = match &self.clock {
            None => attached.finish(),
            Some(clock) => {
                let question = attached.timestamp_request().map_err(failed)?;
                let timestamp = clock.confirm(&question, now).await?;
                certificates.extend(from(&timestamp));
                attached.finish_with(&timestamp)
            }
        };
        let pdf = pdf.map_err(failed)?;
        let step = Step {
            sha256: hex::encode(Sha256::digest(&pdf)),
            key,
            certificates,
        };
        Ok((pdf, step))
    }
}

impl Step {
    fn signature(&self, level: Level) -> Signature {
        let own = self.key.signer.chain().own();
        Signature {
            subject: own.subject(),
            serial: own.serial(),
            fingerprint: own.fingerprint(),
            level,
            sha256: self.sha256.clone(),
        }
    }
}

/// The certificates that a timestamp will be checked by.
fn from(timestamp: &Timestamp) -> Vec<Certificate> {
    let mut all = vec![timestamp.signer().clone()];
    for other in timestamp.certificates() {
        if !all.contains(other) {
            all.push(other.clone());
        }
    }
    all
}

/// The officer's signature: open to the seal where there will be one.
fn officers(entry: &Entry, is_sealed: bool, room: Option<Room>, key: &Key) -> (Request, String) {
    let head = entry.paper.head();
    let name = &entry.paper.signer().name;
    let request = Request {
        reason: Some(format!("Ký văn bản số {}", entry.number)),
        location: Some(head.place.clone()),
        protection: if is_sealed {
            Protection::Open
        } else {
            Protection::CertifyFinal
        },
        appearance: room.and_then(|room| room.signature(key, name, head.issued_at)),
        ..Request::new(OFFICER, head.issued_at)
    };
    (request, format!("the signature of {name}"))
}

/// The body's seal: nothing but validation data may follow it.
fn bodys(entry: &Entry, is_signed: bool, room: Option<Room>, key: &Key) -> Request {
    Request {
        reason: Some(format!("Phát hành văn bản số {}", entry.number)),
        location: Some(entry.paper.head().place.clone()),
        protection: if is_signed {
            Protection::Final
        } else {
            Protection::CertifyFinal
        },
        appearance: room.and_then(|room| {
            if is_signed {
                room.seal(key)
            } else {
                room.seal_alone(key, &entry.organisation_name, entry.numbered_at)
            }
        }),
        ..Request::new(SEAL, entry.numbered_at)
    }
}

/// Why a signature is not set: what passes is tried again, the rest waits for an operator.
fn failed(who: &str, error: &pades::Error) -> Failure {
    let reason = format!("{who} cannot be set: {error}");
    match error {
        pades::Error::Signing(_) | pades::Error::Token(_) => Failure::too_early(reason),
        _ => Failure::park(reason),
    }
}

/// Work for the processor, or for a token, off the threads that answer others.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Failure::retry)
}
