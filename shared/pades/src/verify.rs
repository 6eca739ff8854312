//! What a signed document's signatures are worth.

mod changes;

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::{DateTime, NaiveDateTime, Utc};
use ring::digest;

use crate::cms::Signature;
use crate::pdf::forms::{self, Field, text};
use crate::pdf::{Dict, File, Malformed, Object, Reference};
use crate::revocation::Store;
use crate::timestamp::Timestamp;
use crate::{Certificate, certificate, field, oid};

/// What was added to a document after a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Addition {
    /// Another signature, or a field for one.
    Signature,
    /// What keeps signatures checkable: certificates and revocation data.
    ValidationData,
    /// Anything else, or something that the signature forbids. It no longer vouches for what is shown.
    Content,
}

/// How much of the document a signature covers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Extent {
    /// All of it.
    Whole,
    /// All that was there when it was made; this was added since.
    Followed(BTreeSet<Addition>),
    /// It cannot be told. It vouches for nothing.
    Unclear,
}

/// Whether the signer's certificate is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// It leads to one of the anchors, and was valid at the time that a timestamp confirms, or else is valid now.
    Anchored,
    /// It led to one of the anchors when, as the signer says, it was signed. Nobody confirms that time, and today it no longer does.
    Expired,
    /// Its issuer, or an issuer above, took it back at this moment.
    Revoked(DateTime<Utc>),
    /// It leads nowhere that is known, or is for other things than signing.
    Unknown,
}

/// One signature.
#[derive(Debug, Clone)]
pub struct Found {
    /// Name of its field.
    pub field: String,
    /// The certificate that it is by.
    pub certificate: Option<Certificate>,
    /// When it was made, as the signer says.
    pub signed_at: Option<DateTime<Utc>>,
    /// When it was there at the latest, as an authority says that leads to one of the anchors.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The reason that the signer gives.
    pub reason: Option<String>,
    /// The bytes that it covers are those that were signed.
    pub intact: bool,
    /// It is by the certificate's key.
    pub authentic: bool,
    /// How much it covers.
    pub extent: Extent,
    /// Whether the certificate is believed.
    pub trust: Trust,
    /// What is wrong with it, in English and for those who look after the system.
    pub fault: Option<&'static str>,
}

impl Found {
    /// Whether the document is, but for further signatures and validation data, what somebody known signed.
    pub fn is_valid(&self) -> bool {
        let untouched = match &self.extent {
            Extent::Whole => true,
            Extent::Followed(additions) => !additions.contains(&Addition::Content),
            Extent::Unclear => false,
        };
        self.intact && self.authentic && untouched && self.trust == Trust::Anchored
    }

    /// The signer's common name.
    pub fn name(&self) -> Option<String> {
        self.certificate.as_ref().and_then(Certificate::common_name)
    }

    /// The signer's whole name.
    pub fn subject(&self) -> Option<String> {
        self.certificate.as_ref().map(Certificate::subject)
    }
}

/// Whether a document is signed, and all its signatures are valid.
pub fn all_valid(signatures: &[Found]) -> bool {
    !signatures.is_empty() && signatures.iter().all(Found::is_valid)
}

/// What signatures are judged by.
#[derive(Debug, Clone, Default)]
pub struct Grounds {
    /// Those whom one believes.
    pub anchors: Vec<Certificate>,
    /// Issuers' certificates that a document may lack.
    pub issuers: Vec<Certificate>,
    /// Lists of revoked certificates, in DER, beside those in the document.
    pub crls: Vec<Vec<u8>>,
}

/// Judges a document's signatures, in the order of the form's fields, as of now. No signature at all is an empty list.
///
/// It takes any bytes. What is not a PDF that is read here, and strictly so, is an error and as good as not signed.
pub fn verify(pdf: &[u8], grounds: &Grounds, now: DateTime<Utc>) -> Result<Vec<Found>, Malformed> {
    let file = File::open(pdf)?;
    let mut store = Store::read(&file)?;
    store.extend(&grounds.crls);
    let mut found = Vec::new();
    for field in forms::fields(&file)?
        .into_iter()
        .filter(|field| field.signature)
    {
        let Some(reference) = field.signed(&file)? else {
            continue;
        };
        if found.len() == field::SIGNATURES {
            return Err(Malformed::TooLarge("the number of signatures"));
        }
        let judge = Judge {
            file: &file,
            store: &store,
            grounds,
            now,
        };
        found.push(judge.signature(&field, reference)?);
    }
    Ok(found)
}

struct Judge<'j, 'a> {
    file: &'j File<'a>,
    store: &'j Store,
    grounds: &'j Grounds,
    now: DateTime<Utc>,
}

impl Judge<'_, '_> {
    fn signature(&self, field: &Field, reference: Reference) -> Result<Found, Malformed> {
        let mut found = Found {
            field: field.name.clone(),
            certificate: None,
            signed_at: None,
            confirmed_at: None,
            reason: None,
            intact: false,
            authentic: false,
            extent: Extent::Unclear,
            trust: Trust::Unknown,
            fault: None,
        };
        let indirect = self.file.indirect(reference)?;
        let Object::Dict(dict) = indirect.object else {
            return Err(Malformed::Structure("a signature is no dictionary"));
        };
        found.signed_at = dict.string("M").and_then(moment);
        found.reason = dict.string("Reason").map(text);
        let judged = indirect
            .contents
            .ok_or("it has no contents")
            .and_then(|contents| self.covered(&dict, contents))
            .and_then(|covered| self.judge(&mut found, field, reference, &dict, &covered));
        found.fault = judged.err();
        Ok(found)
    }

    /// The bytes that it says it covers: all but its contents, up to some end.
    fn covered(&self, dict: &Dict, contents: Range<usize>) -> Result<Covered, &'static str> {
        if dict.name("SubFilter") != Some(b"ETSI.CAdES.detached") {
            return Err("it is of another kind than PAdES");
        }
        let Some(Object::Array(range)) = dict.get("ByteRange") else {
            return Err("it has no range of bytes");
        };
        let numbers = range.iter().map(|number| match number {
            Object::Integer(number) => usize::try_from(*number).ok(),
            _ => None,
        });
        let Some([0, first, second, length]) = numbers
            .collect::<Option<Vec<_>>>()
            .and_then(|range| <[usize; 4]>::try_from(range).ok())
        else {
            return Err("its range of bytes is not two stretches from the start");
        };
        if first != contents.start || second != contents.end {
            return Err("its range of bytes leaves out more or less than its contents");
        }
        let end = second
            .checked_add(length)
            .filter(|&end| end <= self.file.bytes.len());
        let digits = self
            .file
            .bytes
            .get(first + 1..second - 1)
            .unwrap_or_default();
        if !digits.iter().all(u8::is_ascii_hexdigit) || self.file.bytes.get(first) != Some(&b'<') {
            return Err("its contents are not plain hexadecimal digits");
        }
        Ok(Covered {
            gap: contents,
            end: end.ok_or("its range of bytes goes beyond the file")?,
        })
    }

    fn judge(
        &self,
        found: &mut Found,
        field: &Field,
        reference: Reference,
        dict: &Dict,
        covered: &Covered,
    ) -> Result<(), &'static str> {
        let signature = Signature::read(dict.string("Contents").unwrap_or_default())?;
        let own = signature
            .signer()
            .ok_or("its signer's certificate is missing")?;
        found.certificate = Some(own.clone());
        let (algorithm, expected) = signature.hash().ok_or("its hash is missing or too old")?;
        let mut context = digest::Context::new(algorithm);
        context.update(&self.file.bytes[..covered.gap.start]);
        context.update(&self.file.bytes[covered.gap.end..covered.end]);
        found.intact = context.finish().as_ref() == expected;
        let authentic = signature.is_by(&own, oid::DATA);
        found.authentic = authentic.is_ok();

        let mut others = signature.certificates();
        others.extend(self.store.certificates.iter().cloned());
        others.extend(self.grounds.issuers.iter().cloned());
        let mut stamp = Ok(());
        if let Some(token) = signature.timestamp() {
            match Timestamp::read(&token, signature.value()) {
                Ok(timestamp) => found.confirmed_at = self.confirmed(&timestamp, &others),
                Err(fault) => stamp = Err(fault),
            }
        }
        found.trust = self.trust(&own, &others, found);
        found.extent = self.extent(field, reference, covered.end);
        authentic?;
        stamp?;
        if !found.intact {
            return Err("the bytes are not those that were signed");
        }
        Ok(())
    }

    /// The time of a timestamp whose authority is believed.
    fn confirmed(&self, timestamp: &Timestamp, others: &[Certificate]) -> Option<DateTime<Utc>> {
        let mut others = others.to_vec();
        others.extend(timestamp.certificates().iter().cloned());
        let at = timestamp.at();
        let path = certificate::path(timestamp.signer(), &others, &self.grounds.anchors, at)?;
        (at <= self.now && self.first_revoked(&path).is_none_or(|revoked| revoked > at))
            .then_some(at)
    }

    fn trust(&self, own: &Certificate, others: &[Certificate], found: &Found) -> Trust {
        let path = |at| certificate::path(own, others, &self.grounds.anchors, at);
        if !own.signs_documents() {
            return Trust::Unknown;
        }
        let at = found.confirmed_at.unwrap_or(self.now);
        match path(at) {
            Some(path) => match self.first_revoked(&path) {
                Some(revoked) if revoked <= at => Trust::Revoked(revoked),
                _ => Trust::Anchored,
            },
            None if found.signed_at.and_then(path).is_some() => Trust::Expired,
            None => Trust::Unknown,
        }
    }

    fn first_revoked(&self, path: &[Certificate]) -> Option<DateTime<Utc>> {
        let pairs = path.windows(2);
        pairs
            .filter_map(|pair| self.store.revoked(&pair[0], &pair[1]))
            .min()
    }

    fn extent(&self, field: &Field, reference: Reference, end: usize) -> Extent {
        if end == self.file.bytes.len() {
            return Extent::Whole;
        }
        let additions = File::open(&self.file.bytes[..end])
            .and_then(|then| changes::between(&then, self.file, field, reference));
        // What does not end like a document was never one that somebody signed.
        additions.map_or(Extent::Unclear, Extent::Followed)
    }
}

struct Covered {
    gap: Range<usize>,
    end: usize,
}

/// A date as PDF writes it, with its zone.
fn moment(bytes: &[u8]) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(bytes).ok()?.strip_prefix("D:")?;
    let (time, zone) = (text.get(..14)?, text.get(14..)?);
    let time = NaiveDateTime::parse_from_str(time, "%Y%m%d%H%M%S").ok()?;
    let digits: Vec<u8> = zone.bytes().filter(u8::is_ascii_digit).collect();
    let minutes = match digits.as_slice() {
        [] => 0,
        [h1, h2, rest @ ..] => {
            let two = |a: u8, b: u8| i64::from(a - b'0') * 10 + i64::from(b - b'0');
            two(*h1, *h2) * 60
                + if let [m1, m2] = rest {
                    two(*m1, *m2)
                } else {
                    0
                }
        }
        [_] => return None,
    };
    let ahead = chrono::TimeDelta::minutes(if zone.starts_with('-') {
        -minutes
    } else {
        minutes
    });
    time.checked_sub_signed(ahead).map(|time| time.and_utc())
}
