//! What keeps a signature checkable when its certificates have expired: certificates, and what their issuers said of them at
//! the time, kept in the document (PAdES B-LT, ETSI EN 319 142-1).

use chrono::{DateTime, Utc};
use der::asn1::OctetString;
use der::{Decode as _, Encode as _, Enumerated, Header, Reader as _, Sequence, Tag};
use x509_cert::crl::CertificateList;

use crate::pdf::{Dict, File, Malformed, Object, Update, inflate};
use crate::{Certificate, Error, certificate, field};

/// Size of a list or an answer that is embedded or read, in bytes.
const LIMIT: usize = 8 << 20;
/// Size of an issuer's name that is read, in bytes.
const NAME: usize = 4 << 10;
/// What a document's lists and certificates may unpack to together, in bytes.
const BUDGET: usize = 16 << 20;
/// Lists and answers that are read out of one document.
const COUNT: usize = 64;

/// What issuers said of their certificates, and the certificates that are needed to believe it.
#[derive(Debug, Clone, Default)]
pub struct Revocation {
    /// Answers of OCSP responders (`application/ocsp-response`, RFC 6960).
    pub ocsp: Vec<Vec<u8>>,
    /// Lists of revoked certificates in DER (`application/pkix-crl`, RFC 5280).
    pub crls: Vec<Vec<u8>>,
    /// Certificates: those of the timestamp authority, of issuers and of OCSP responders.
    pub certificates: Vec<Certificate>,
}

#[derive(Clone, Copy, PartialEq, Eq, Enumerated)]
#[asn1(type = "ENUMERATED")]
#[repr(u8)]
pub(crate) enum OcspStatus {
    Successful = 0,
    Malformed = 1,
    InternalError = 2,
    TryLater = 3,
    SigRequired = 5,
    Unauthorized = 6,
}

#[derive(Sequence)]
pub(crate) struct OcspResponse {
    pub(crate) status: OcspStatus,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) bytes: Option<OcspBytes>,
}

#[derive(Sequence)]
pub(crate) struct OcspBytes {
    pub(crate) kind: der::asn1::ObjectIdentifier,
    pub(crate) response: OctetString,
}

/// Adds revocation data to a signed document. Signatures stay what they are: this may follow any of them.
pub fn embed(pdf: &[u8], revocation: &Revocation) -> Result<Vec<u8>, Error> {
    check(revocation)?;
    let file = File::open(pdf)?;
    let mut update = Update::new(&file);
    let root = file.root()?;
    let mut store = file
        .resolved_dict(&file.catalog()?, "DSS")?
        .unwrap_or_default();
    store.set("Type", Object::name("DSS"));
    let certificates = revocation
        .certificates
        .iter()
        .map(Certificate::as_der)
        .collect();
    let ocsp = revocation.ocsp.iter().map(Vec::as_slice).collect();
    let crls = revocation.crls.iter().map(Vec::as_slice).collect();
    for (key, list) in [("Certs", certificates), ("OCSPs", ocsp), ("CRLs", crls)] {
        add(&mut update, &mut store, key, list)?;
    }
    let store = update.add(store);
    field::edit(&mut update, root, |catalog| catalog.set("DSS", store))?;
    Ok(update.write(b"DSS").bytes)
}

fn add(
    update: &mut Update<'_, '_>,
    store: &mut Dict,
    key: &str,
    list: Vec<&[u8]>,
) -> Result<(), Malformed> {
    let mut items = update.file.resolved_array(store, key)?;
    for bytes in list {
        items.push(update.add_stream(Dict::default(), bytes).into());
    }
    if !items.is_empty() {
        store.set(key, items);
    }
    Ok(())
}

fn check(revocation: &Revocation) -> Result<(), Error> {
    for list in &revocation.crls {
        if read_list(list).is_none() {
            return Err(Error::Revocation("a list of revoked certificates is none"));
        }
    }
    for answer in &revocation.ocsp {
        let parsed = OcspResponse::from_der(answer)
            .map_err(|_| Error::Revocation("an OCSP responder's answer is none"))?;
        if answer.len() > LIMIT || parsed.status != OcspStatus::Successful || parsed.bytes.is_none()
        {
            return Err(Error::Revocation(
                "an OCSP responder did not answer the question",
            ));
        }
    }
    Ok(())
}

/// A list of revoked certificates.
fn read_list(der: &[u8]) -> Option<CertificateList> {
    if der.len() > LIMIT || !has_short_issuer(der).unwrap_or(false) {
        return None;
    }
    CertificateList::from_der(der).ok()
}

/// The issuer's name is the one part of a list that is made of sets, and those are sorted as they are read.
fn has_short_issuer(der: &[u8]) -> der::Result<bool> {
    let mut reader = der::SliceReader::new(der)?;
    let list = Header::decode(&mut reader)?;
    let signed = Header::decode(&mut reader)?;
    let mut next = Header::decode(&mut reader)?;
    // Its version may be missing; the signature's algorithm is not.
    if next.tag == Tag::Integer {
        reader.read_slice(next.length)?;
        next = Header::decode(&mut reader)?;
    }
    reader.read_slice(next.length)?;
    let issuer = Header::decode(&mut reader)?;
    let sequences = [list, signed, next, issuer];
    let all = sequences.iter().all(|header| header.tag == Tag::Sequence);
    Ok(all && usize::try_from(issuer.length)? <= NAME)
}

/// An issuer's list of the certificates that it revoked (CRL, RFC 5280).
#[derive(Clone)]
pub struct RevocationList {
    der: Vec<u8>,
    parsed: CertificateList,
}

impl std::fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let issuer = self.parsed.tbs_cert_list.issuer.to_string();
        f.debug_tuple("RevocationList").field(&issuer).finish()
    }
}

impl RevocationList {
    /// A list in DER (`application/pkix-crl`). Who made it is another question: [`is_by`](Self::is_by).
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let parsed = read_list(der);
        let none = Error::Revocation("a list of revoked certificates is none");
        Ok(Self {
            parsed: parsed.ok_or(none)?,
            der: der.to_vec(),
        })
    }

    /// Its bytes.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// Until when it is the latest, if it says so.
    pub fn next_update(&self) -> Option<DateTime<Utc>> {
        let next = self.parsed.tbs_cert_list.next_update.as_ref()?;
        Some(next.to_system_time().into())
    }

    /// Whether this issuer made it.
    pub fn is_by(&self, issuer: &Certificate) -> bool {
        is_by(&self.parsed, issuer)
    }

    /// When it says that one of its issuer's certificates was revoked.
    pub fn revoked(&self, certificate: &Certificate) -> Option<DateTime<Utc>> {
        let tbs = &certificate.parsed.tbs_certificate;
        let entries = self.parsed.tbs_cert_list.revoked_certificates.iter();
        let found = entries
            .flatten()
            .filter(|entry| entry.serial_number == tbs.serial_number);
        found
            .map(|entry| entry.revocation_date.to_system_time().into())
            .min()
    }
}

fn is_by(list: &CertificateList, issuer: &Certificate) -> bool {
    list.tbs_cert_list.issuer == issuer.parsed.tbs_certificate.subject
        && list.tbs_cert_list.to_der().is_ok_and(|signed| {
            certificate::verifies(
                issuer.key(),
                &list.signature_algorithm,
                &signed,
                list.signature.raw_bytes(),
            )
        })
}

/// What a document brings along: certificates and lists. Answers of responders are left to others.
#[derive(Default)]
pub struct Store {
    pub certificates: Vec<Certificate>,
    lists: Vec<CertificateList>,
}

impl Store {
    pub fn read(file: &File<'_>) -> Result<Self, Malformed> {
        let Some(store) = file.resolved_dict(&file.catalog()?, "DSS")? else {
            return Ok(Self::default());
        };
        let mut left = BUDGET;
        let mut found = Self::default();
        for key in ["Certs", "CRLs"] {
            for item in file.resolved_array(&store, key)?.iter().take(COUNT) {
                let Object::Stream(dict, data) = file.resolve(item)? else {
                    return Err(Malformed::Structure("validation data are no stream"));
                };
                let bytes = inflate::unpack(&dict, &data)?;
                left = left
                    .checked_sub(bytes.len())
                    .ok_or(Malformed::TooLarge("what validation data unpack to"))?;
                if key == "Certs" {
                    found
                        .certificates
                        .extend(Certificate::from_der(&bytes).ok());
                } else {
                    found.lists.extend(read_list(&bytes));
                }
            }
        }
        Ok(found)
    }

    /// Adds lists of one's own; what is none is left aside.
    pub fn extend(&mut self, crls: &[Vec<u8>]) {
        self.lists
            .extend(crls.iter().filter_map(|der| read_list(der)));
    }

    /// When a certificate was revoked, as far as its issuer's lists say.
    pub fn revoked(&self, own: &Certificate, issuer: &Certificate) -> Option<DateTime<Utc>> {
        let name = &own.parsed.tbs_certificate.issuer;
        let lists = self.lists.iter().filter(|list| {
            list.tbs_cert_list.issuer == *name
                && list.tbs_cert_list.to_der().is_ok_and(|signed| {
                    certificate::verifies(
                        issuer.key(),
                        &list.signature_algorithm,
                        &signed,
                        list.signature.raw_bytes(),
                    )
                })
        });
        lists
            .flat_map(|list| list.tbs_cert_list.revoked_certificates.iter().flatten())
            .filter(|entry| entry.serial_number == own.parsed.tbs_certificate.serial_number)
            .map(|entry| entry.revocation_date.to_system_time().into())
            .min()
    }
}
