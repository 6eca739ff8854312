//! Asking an issuer's responder about one certificate (OCSP, RFC 6960), and whether what it says is an answer to that.

use chrono::{DateTime, TimeDelta, Utc};
use der::asn1::{Any, BitString, GeneralizedTime, Null, OctetString};
use der::{Decode as _, Encode as _, Sequence, Tag, Tagged as _};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use x509_cert::Certificate as Parsed;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::ExtendedKeyUsage;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::revocation::{OcspResponse, OcspStatus};
use crate::{Certificate, Error, certificate, oid};

/// Size of an answer that is read, in bytes.
const LIMIT: usize = 64 << 10;
/// Certificates in an answer that are looked at.
const CERTIFICATES: usize = 8;
/// What clocks may differ by.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// Which certificate is meant. SHA-1 only names it here, and is what every responder knows (RFC 5019).
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
struct CertId {
    hash_algorithm: AlgorithmIdentifierOwned,
    issuer_name_hash: OctetString,
    issuer_key_hash: OctetString,
    serial_number: SerialNumber,
}

#[derive(Sequence)]
struct One {
    certificate: CertId,
}

#[derive(Sequence)]
struct Questions {
    list: Vec<One>,
}

#[derive(Sequence)]
struct Request {
    questions: Questions,
}

#[derive(Sequence)]
struct Basic {
    said: Any,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    certificates: Option<Vec<Parsed>>,
}

#[derive(Sequence)]
struct Said {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    version: Option<u8>,
    responder: Any,
    produced_at: GeneralizedTime,
    answers: Vec<Answer>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

#[derive(Sequence)]
struct Answer {
    certificate: CertId,
    status: Any,
    this_update: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    next_update: Option<GeneralizedTime>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

/// What a responder says of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It holds; until when this is the latest word, if the responder says so.
    Good(Option<DateTime<Utc>>),
    /// It was revoked.
    Revoked,
    /// The responder does not know it.
    Unknown,
}

/// What an issuer's responder is asked about one certificate.
#[derive(Debug, Clone)]
pub struct OcspRequest {
    der: Vec<u8>,
    about: CertId,
    issuer: Certificate,
}

impl OcspRequest {
    /// Asks whether `issuer` still vouches for `certificate`.
    pub fn new(certificate: &Certificate, issuer: &Certificate) -> Result<Self, Error> {
        let sha1 =
            |bytes: &[u8]| OctetString::new(digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref());
        let about = CertId {
            hash_algorithm: AlgorithmIdentifierOwned {
                oid: oid::SHA1,
                parameters: Some(Any::from(Null)),
            },
            issuer_name_hash: sha1(&issuer.parsed.tbs_certificate.subject.to_der()?)?,
            issuer_key_hash: sha1(issuer.key_bits())?,
            serial_number: certificate.parsed.tbs_certificate.serial_number.clone(),
        };
        let questions = Questions {
            list: vec![One {
                certificate: about.clone(),
            }],
        };
        Ok(Self {
            der: Request { questions }.to_der()?,
            about,
            issuer: issuer.clone(),
        })
    }

    /// The request (`application/ocsp-request`).
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// Reads the answer (`application/ocsp-response`): what the issuer, or whom it appointed, says as of now.
    pub fn check(&self, answer: &[u8], now: DateTime<Utc>) -> Result<Standing, Error> {
        let refuse = |why| Err(Error::Revocation(why));
        if answer.len() > LIMIT {
            return refuse("an OCSP responder's answer is too large");
        }
        let outer = OcspResponse::from_der(answer);
        let Ok(OcspResponse {
            status: OcspStatus::Successful,
            bytes: Some(bytes),
        }) = outer
        else {
            return refuse("an OCSP responder did not answer the question");
        };
        let read = Basic::from_der(bytes.response.as_bytes())
            .and_then(|basic| Ok((Said::from_der(&basic.said.to_der()?)?, basic)));
        let Ok((said, basic)) = read else {
            return refuse("an OCSP responder's answer is none");
        };
        if bytes.kind != oid::BASIC_OCSP || !self.is_by_appointed(&basic, now) {
            return refuse("an OCSP responder's answer is not by the issuer");
        }
        let about_it = |answer: &&Answer| self.is_about(&answer.certificate);
        let Some(found) = said.answers.iter().find(about_it) else {
            return refuse("an OCSP responder answered another question");
        };
        let moment = |time: &GeneralizedTime| DateTime::<Utc>::from(time.to_system_time());
        let until = found.next_update.as_ref().map(moment);
        if moment(&found.this_update) > now + SKEW || until.is_some_and(|until| until + SKEW < now)
        {
            return refuse("an OCSP responder's answer is out of date");
        }
        Ok(match found.status.tag() {
            Tag::ContextSpecific { number, .. } if number.value() == 0 => Standing::Good(until),
            Tag::ContextSpecific { number, .. } if number.value() == 1 => Standing::Revoked,
            _ => Standing::Unknown,
        })
    }

    /// Parameters may be missing or null.
    fn is_about(&self, other: &CertId) -> bool {
        other.hash_algorithm.oid == self.about.hash_algorithm.oid
            && other.issuer_name_hash == self.about.issuer_name_hash
            && other.issuer_key_hash == self.about.issuer_key_hash
            && other.serial_number == self.about.serial_number
    }

    fn is_by_appointed(&self, basic: &Basic, now: DateTime<Utc>) -> bool {
        let Ok(said) = basic.said.to_der() else {
            return false;
        };
        let by = |one: &Certificate| {
            certificate::verifies(
                one.key(),
                &basic.algorithm,
                &said,
                basic.signature.raw_bytes(),
            )
        };
        let appointed = |one: &Certificate| {
            let for_this = one.extension::<ExtendedKeyUsage>();
            for_this.is_some_and(|usage| usage.0.contains(&oid::OCSP_SIGNING))
                && one.valid_at(now).is_ok()
                && self.issuer.issued(one)
        };
        let others = basic.certificates.iter().flatten().take(CERTIFICATES);
        let mut others = others.filter_map(|one| Certificate::from_der(&one.to_der().ok()?).ok());
        by(&self.issuer) || others.any(|one| appointed(&one) && by(&one))
    }
}

/// What a responder does: for the pretend one.
#[cfg(feature = "testing")]
pub(crate) mod authority {
    use der::asn1::BitString;
    use der::{Decode as _, Encode as _, Tag, TagNumber};

    use super::{
        Answer, Any, Basic, Certificate, DateTime, Error, GeneralizedTime, OcspResponse,
        OcspStatus, OctetString, Request, Said, SerialNumber, TimeDelta, Utc, oid,
    };
    use crate::revocation::OcspBytes;
    use crate::signer::Algorithm;

    /// The answer to a request: a certificate that is not among the revoked ones holds, until the next day.
    pub(crate) fn answer(
        request: &[u8],
        issuer: &Certificate,
        is_revoked: impl Fn(&SerialNumber) -> bool,
        at: DateTime<Utc>,
        sign: impl Fn(&[u8]) -> Result<Vec<u8>, Error>,
    ) -> Result<Vec<u8>, Error> {
        let request = Request::from_der(request)
            .map_err(|_| Error::Revocation("it is no request of RFC 6960"))?;
        let time = |at: DateTime<Utc>| {
            let whole = DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at);
            GeneralizedTime::from_system_time(whole.into())
        };
        let tagged = |constructed, number, value: Vec<u8>| {
            let tag = Tag::ContextSpecific {
                constructed,
                number,
            };
            Any::new(tag, value)
        };
        let mut answers = Vec::new();
        for one in request.questions.list {
            let status = if is_revoked(&one.certificate.serial_number) {
                tagged(true, TagNumber::N1, time(at)?.to_der()?)?
            } else {
                tagged(false, TagNumber::N0, Vec::new())?
            };
            answers.push(Answer {
                certificate: one.certificate,
                status,
                this_update: time(at)?,
                next_update: Some(time(at + TimeDelta::days(1))?),
                extensions: None,
            });
        }
        let name = issuer.parsed.tbs_certificate.subject.to_der()?;
        let said = Said {
            version: None,
            responder: tagged(true, TagNumber::N1, name)?,
            produced_at: time(at)?,
            answers,
            extensions: None,
        }
        .to_der()?;
        let basic = Basic {
            signature: BitString::from_bytes(&sign(&said)?)?,
            said: Any::from_der(&said)?,
            algorithm: Algorithm::P256Sha256.identifier(),
            certificates: None,
        };
        let response = OcspResponse {
            status: OcspStatus::Successful,
            bytes: Some(OcspBytes {
                kind: oid::BASIC_OCSP,
                response: OctetString::new(basic.to_der()?)?,
            }),
        };
        Ok(response.to_der()?)
    }
}
