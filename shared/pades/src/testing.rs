//! A certification authority and a timestamp authority that anybody can play, for tests and for a sandbox: nothing that they
//! vouch for is true.

mod issuing;

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use cms::signed_data::EncapsulatedContentInfo;
use der::Decode as _;
use der::asn1::{Any, OctetString};
use ring::digest;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use crate::cms::{Signature, to_be_signed};
use crate::error::Cause;
use crate::signer::{Algorithm, Chain, Signer};
use crate::timestamp::authority;
use crate::{Certificate, Error, TimestampAuthority, ocsp, oid};
use issuing::{Key, Use, Wanted, certificate, list, name};

/// A pretend certification authority: a root, and beneath it one that issues.
pub struct Authority {
    root: Certificate,
    root_key: Key,
    issuer: Certificate,
    key: Key,
    from: DateTime<Utc>,
    serial: AtomicU64,
    /// Where its certificates say that it can be asked.
    base: String,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

/// Certificate and key of somebody whom the authority vouches for, in PEM.
pub struct Issued {
    /// The private key.
    pub key: String,
    /// The certificate and its issuer's.
    pub chain: String,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issued")
    }
}

impl Authority {
    /// One that begins at this moment. Itself it lasts ten years, what it issues two.
    pub fn new(from: DateTime<Utc>) -> Result<Self, Error> {
        Self::reached_at(from, "http://ca.motcua.example")
    }

    /// One whose certificates say that it can be asked below that address: `/issuer.crl`, `/root.crl`, `/issuer.cer`, `/ocsp`.
    pub fn reached_at(from: DateTime<Utc>, base: &str) -> Result<Self, Error> {
        let (root_key, key) = (Key::new()?, Key::new()?);
        let root_name = name("Gốc thử nghiệm")?;
        let years = |count: i64| from + TimeDelta::days(365 * count);
        let root = certificate(&Wanted {
            serial: 1,
            subject: root_name.clone(),
            public: &root_key.public,
            validity: (from, years(10)),
            purpose: Use::Root,
            issuer: (root_name, &root_key),
            base,
        })?;
        let issuer = certificate(&Wanted {
            serial: 2,
            subject: name("Chứng thực chữ ký số thử nghiệm")?,
            public: &key.public,
            validity: (from, years(10)),
            purpose: Use::Issuing,
            issuer: (root.parsed.tbs_certificate.subject.clone(), &root_key),
            base,
        })?;
        Ok(Self {
            root,
            root_key,
            issuer,
            key,
            from,
            serial: AtomicU64::new(3),
            base: base.to_owned(),
        })
    }

    /// Its certificates and its secret keys in PEM, to be kept where it is to be the same one again.
    pub fn to_pem(&self) -> Result<String, Error> {
        let parts = [
            self.root.to_pem()?,
            self.issuer.to_pem()?,
            self.root_key.pem()?,
            self.key.pem()?,
        ];
        Ok(parts.concat())
    }

    /// The one that [`to_pem`](Self::to_pem) kept. It goes on counting its certificates from `serial`.
    pub fn restored(kept: &str, serial: u64) -> Result<Self, Error> {
        let certificates = <[Certificate; 2]>::try_from(Certificate::from_pem(kept)?);
        let [root, issuer] =
            certificates.map_err(|_| Error::Certificate("not those of an authority"))?;
        let begins = kept.match_indices("-----BEGIN PRIVATE KEY-----");
        let keys = begins.map(|(begin, _)| Key::from_pem(&kept[begin..]));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let [root_key, key] =
            <[Key; 2]>::try_from(keys).map_err(|_| Error::Key("not those of an authority"))?;
        let base = issuer.urls().crl.into_iter().next().unwrap_or_default();
        Ok(Self {
            from: root.not_before(),
            base: base.trim_end_matches("/root.crl").to_owned(),
            root,
            root_key,
            issuer,
            key,
            serial: AtomicU64::new(serial),
        })
    }

    /// The root's certificate: the anchor for whoever believes in it.
    pub fn root(&self) -> &Certificate {
        &self.root
    }

    /// The certificate of the one that issues.
    pub fn issuer(&self) -> &Certificate {
        &self.issuer
    }

    /// Certificate and new key of somebody, or of an agency's seal, with this common name.
    pub fn issue(&self, common_name: &str) -> Result<Issued, Error> {
        let key = Key::new()?;
        let own = self.certify_as(common_name, &key.public, Use::Signing, self.lasting())?;
        Ok(Issued {
            key: key.pem()?,
            chain: self.chain_pem(&own)?,
        })
    }

    /// Somebody, or an agency's seal, with this common name.
    pub fn signer(&self, common_name: &str) -> Result<Signer, Error> {
        let issued = self.issue(common_name)?;
        Signer::from_pem(&issued.key, &issued.chain)
    }

    /// As [`signer`](Self::signer), for as long as the authority itself lasts.
    pub fn lasting_signer(&self, common_name: &str) -> Result<Signer, Error> {
        let key = Key::new()?;
        let validity = (self.from, self.issuer.not_after());
        let own = self.certify_as(common_name, &key.public, Use::Signing, validity)?;
        Signer::from_pem(&key.pem()?, &self.chain_pem(&own)?)
    }

    /// The certificate and its issuer's, in PEM, for a key of one's own: its public half in DER (SubjectPublicKeyInfo).
    pub fn certify(&self, common_name: &str, public_key: &[u8]) -> Result<String, Error> {
        self.certify_until(common_name, public_key, self.lasting().1)
    }

    /// As [`certify`](Self::certify), valid until that moment.
    pub fn certify_until(
        &self,
        common_name: &str,
        public_key: &[u8],
        until: DateTime<Utc>,
    ) -> Result<String, Error> {
        let public = SubjectPublicKeyInfoOwned::from_der(public_key)?;
        let own = self.certify_as(common_name, &public, Use::Signing, (self.from, until))?;
        self.chain_pem(&own)
    }

    /// A timestamp authority whose clock stands still at that moment.
    pub fn clock(&self, at: DateTime<Utc>) -> Result<Clock, Error> {
        let key = Key::new()?;
        let own = self.certify_as(
            "Dấu thời gian thử nghiệm",
            &key.public,
            Use::Timestamping,
            self.lasting(),
        )?;
        Ok(Clock {
            at,
            key,
            own,
            issuer: self.issuer.clone(),
            serial: AtomicU64::new(1),
        })
    }

    /// The lists of revoked certificates, in DER: the issuer's with these in it, and the root's with none.
    pub fn revoked(
        &self,
        certificates: &[Certificate],
        at: DateTime<Utc>,
    ) -> Result<Vec<Vec<u8>>, Error> {
        Ok(vec![
            list(&self.issuer, &self.key, certificates, at)?,
            list(&self.root, &self.root_key, &[], at)?,
        ])
    }

    /// What its responder says to a request (`application/ocsp-request`) when these are revoked.
    pub fn respond(
        &self,
        request: &[u8],
        revoked: &[Certificate],
        at: DateTime<Utc>,
    ) -> Result<Vec<u8>, Error> {
        let is_revoked = |serial: &x509_cert::serial_number::SerialNumber| {
            let mut serials = revoked
                .iter()
                .map(|one| &one.parsed.tbs_certificate.serial_number);
            serials.any(|other| other == serial)
        };
        ocsp::authority::answer(request, &self.issuer, is_revoked, at, |said| {
            self.key.sign(said)
        })
    }

    fn lasting(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.from, self.from + TimeDelta::days(730))
    }

    fn certify_as(
        &self,
        common_name: &str,
        public: &SubjectPublicKeyInfoOwned,
        purpose: Use,
        validity: (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Certificate, Error> {
        certificate(&Wanted {
            serial: self.serial.fetch_add(1, Ordering::Relaxed),
            subject: name(common_name)?,
            public,
            validity,
            purpose,
            issuer: (
                self.issuer.parsed.tbs_certificate.subject.clone(),
                &self.key,
            ),
            base: &self.base,
        })
    }

    fn chain_pem(&self, own: &Certificate) -> Result<String, Error> {
        Ok(own.to_pem()? + &self.issuer.to_pem()?)
    }
}

/// A pretend timestamp authority.
pub struct Clock {
    at: DateTime<Utc>,
    key: Key,
    own: Certificate,
    issuer: Certificate,
    serial: AtomicU64,
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clock")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl Clock {
    /// Answers a request, saying this time.
    pub fn answer_at(&self, request: &[u8], at: DateTime<Utc>) -> Result<Vec<u8>, Error> {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let Ok(statement) = authority::statement(request, serial, at) else {
            return authority::refused();
        };
        let chain = Chain::new(self.own.clone(), vec![self.issuer.clone()])?;
        let hash = digest::digest(Algorithm::P256Sha256.hash(), &statement);
        let signed = to_be_signed(oid::TST_INFO, hash.as_ref(), &chain)?;
        let content = EncapsulatedContentInfo {
            econtent_type: oid::TST_INFO,
            econtent: Some(Any::encode_from(&OctetString::new(statement)?)?),
        };
        let signature = self.key.sign(signed.bytes())?;
        authority::granted(&Signature::assemble(content, &chain, &signed, &signature)?.to_der()?)
    }
}

impl TimestampAuthority for Clock {
    fn timestamp(&self, request: &[u8]) -> Result<Vec<u8>, Cause> {
        Ok(self.answer_at(request, self.at)?)
    }
}
