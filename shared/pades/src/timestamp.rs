//! Timestamps (RFC 3161): what is asked, and whether the answer is one to that.

use chrono::{DateTime, NaiveDateTime, Utc};
use der::asn1::{Any, BitString, Int, Null, ObjectIdentifier, OctetString};
use der::{Decode as _, Encode as _, Sequence};
use ring::digest;
use ring::rand::{SecureRandom as _, SystemRandom};
use x509_cert::ext::Extensions;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::cms::{self, Signature};
use crate::{Certificate, Error, oid};

/// Size of an answer that is read, in bytes.
const LIMIT: usize = 64 << 10;

#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
struct MessageImprint {
    hash_algorithm: AlgorithmIdentifierOwned,
    hashed_message: OctetString,
}

#[derive(Sequence)]
struct TimeStampReq {
    version: u8,
    message_imprint: MessageImprint,
    #[asn1(optional = "true")]
    req_policy: Option<ObjectIdentifier>,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(default = "no")]
    cert_req: bool,
}

fn no() -> bool {
    false
}

#[derive(Sequence)]
struct TimeStampResp {
    status: PkiStatusInfo,
    #[asn1(optional = "true")]
    time_stamp_token: Option<Any>,
}

#[derive(Sequence)]
struct PkiStatusInfo {
    status: u8,
    #[asn1(optional = "true")]
    status_string: Option<Vec<Any>>,
    #[asn1(optional = "true")]
    fail_info: Option<BitString>,
}

#[derive(Sequence)]
struct TstInfo {
    version: u8,
    policy: ObjectIdentifier,
    message_imprint: MessageImprint,
    serial_number: Int,
    gen_time: Any,
    #[asn1(optional = "true")]
    accuracy: Option<Accuracy>,
    #[asn1(default = "no")]
    ordering: bool,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    tsa: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

#[derive(Sequence)]
struct Accuracy {
    #[asn1(optional = "true")]
    seconds: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    millis: Option<Int>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    micros: Option<Int>,
}

fn sha256() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid: oid::SHA256,
        parameters: Some(Any::from(Null)),
    }
}

/// What a timestamp authority is asked.
#[derive(Debug, Clone)]
pub struct TimestampRequest {
    der: Vec<u8>,
    message: Vec<u8>,
    nonce: Int,
}

impl TimestampRequest {
    /// Asks when these bytes were there. They are sent as their hash only.
    pub(crate) fn new(message: &[u8]) -> Result<Self, Error> {
        let mut random = [0; 8];
        SystemRandom::new()
            .fill(&mut random)
            .map_err(|_| Error::Timestamp("there is no randomness to ask with"))?;
        // A positive number without a leading zero.
        random[0] = random[0] & 0x7f | 0x40;
        let nonce = Int::new(&random)?;
        let hash = digest::digest(&digest::SHA256, message);
        let request = TimeStampReq {
            version: 1,
            message_imprint: MessageImprint {
                hash_algorithm: sha256(),
                hashed_message: OctetString::new(hash.as_ref())?,
            },
            req_policy: None,
            nonce: Some(nonce.clone()),
            cert_req: true,
        };
        Ok(Self {
            der: request.to_der()?,
            message: message.to_vec(),
            nonce,
        })
    }

    /// The request (`application/timestamp-query`).
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// Takes the answer (`application/timestamp-reply`), if it grants this request.
    pub fn check(&self, answer: &[u8]) -> Result<Timestamp, Error> {
        if answer.len() > LIMIT {
            return Err(Error::Timestamp("it is too large"));
        }
        let answer = TimeStampResp::from_der(answer)
            .map_err(|_| Error::Timestamp("it is no answer of RFC 3161"))?;
        // Granted, or granted with modifications.
        if answer.status.status > 1 {
            return Err(Error::Timestamp("it was not granted"));
        }
        let token = answer
            .time_stamp_token
            .ok_or(Error::Timestamp("it has no token"))?;
        let (timestamp, nonce) =
            Timestamp::parse(&token.to_der()?, &self.message).map_err(Error::Timestamp)?;
        if nonce.as_ref() != Some(&self.nonce) {
            return Err(Error::Timestamp("it answers another request"));
        }
        Ok(timestamp)
    }
}

/// That something was there at a time, by one who says so. Its signature is checked; whether its signer is trusted is not.
#[derive(Debug, Clone)]
pub struct Timestamp {
    der: Vec<u8>,
    at: DateTime<Utc>,
    signer: Certificate,
    certificates: Vec<Certificate>,
}

impl Timestamp {
    /// Reads one about these bytes.
    pub(crate) fn read(token: &[u8], message: &[u8]) -> Result<Self, &'static str> {
        Self::parse(token, message).map(|(timestamp, _)| timestamp)
    }

    fn parse(token: &[u8], message: &[u8]) -> Result<(Self, Option<Int>), &'static str> {
        let signature = Signature::read(token)?;
        let (kind, content) = signature.content().ok_or("it says nothing")?;
        if kind != oid::TST_INFO {
            return Err("it is no timestamp");
        }
        let signer = signature
            .signer()
            .ok_or("its signer's certificate is missing")?;
        if !signer.signs_timestamps() {
            return Err("its signer is no timestamp authority");
        }
        signature.is_by(&signer, oid::TST_INFO)?;
        let (algorithm, hash) = signature.hash().ok_or("its hash is missing or too old")?;
        if digest::digest(algorithm, content).as_ref() != hash {
            return Err("it was changed");
        }
        let info = TstInfo::from_der(content).map_err(|_| "it is no timestamp")?;
        let imprint = &info.message_imprint;
        let algorithm =
            cms::hash(&imprint.hash_algorithm).ok_or("its imprint's hash is too old")?;
        if digest::digest(algorithm, message).as_ref() != imprint.hashed_message.as_bytes() {
            return Err("it is about something else");
        }
        let at = moment(&info.gen_time).ok_or("its time cannot be read")?;
        if signer.valid_at(at).is_err() {
            return Err("its signer's certificate was not valid then");
        }
        let certificates = signature.certificates();
        Ok((
            Self {
                der: token.to_vec(),
                at,
                signer,
                certificates,
            },
            info.nonce,
        ))
    }

    /// The token, as signatures carry it.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The time that it confirms.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The authority's certificate.
    pub fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// All certificates that came with it.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }
}

/// A time in Zulu, which may have parts of a second.
fn moment(value: &Any) -> Option<DateTime<Utc>> {
    if der::Tagged::tag(value) != der::Tag::GeneralizedTime {
        return None;
    }
    let text = std::str::from_utf8(value.value()).ok()?.strip_suffix('Z')?;
    let time = NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S%.f").ok()?;
    Some(time.and_utc())
}

/// What a timestamp authority does: for the pretend one.
#[cfg(feature = "testing")]
pub(crate) mod authority {
    use der::asn1::Uint;
    use der::{Decode as _, Encode as _};

    use super::{
        Accuracy, Any, DateTime, Error, Int, PkiStatusInfo, TimeStampReq, TimeStampResp, TstInfo,
        Utc, oid,
    };

    /// What is to be signed about a request.
    pub(crate) fn statement(
        request: &[u8],
        serial: u64,
        at: DateTime<Utc>,
    ) -> Result<Vec<u8>, Error> {
        let request = TimeStampReq::from_der(request)
            .map_err(|_| Error::Timestamp("it is no request of RFC 3161"))?;
        let time = der::asn1::GeneralizedTime::from_system_time(
            DateTime::from_timestamp(at.timestamp(), 0)
                .unwrap_or(at)
                .into(),
        )?;
        let info = TstInfo {
            version: 1,
            policy: oid::PRETEND_POLICY,
            message_imprint: request.message_imprint,
            serial_number: Int::from_der(&Uint::new(&serial.to_be_bytes())?.to_der()?)?,
            gen_time: Any::encode_from(&time)?,
            accuracy: Some(Accuracy {
                seconds: Some(Int::new(&[1])?),
                millis: None,
                micros: None,
            }),
            ordering: false,
            nonce: request.nonce,
            tsa: None,
            extensions: None,
        };
        Ok(info.to_der()?)
    }

    /// The answer that grants a token.
    pub(crate) fn granted(token: &[u8]) -> Result<Vec<u8>, Error> {
        answer(0, Some(Any::from_der(token)?))
    }

    /// The answer that refuses.
    pub(crate) fn refused() -> Result<Vec<u8>, Error> {
        answer(2, None)
    }

    fn answer(status: u8, time_stamp_token: Option<Any>) -> Result<Vec<u8>, Error> {
        let status = PkiStatusInfo {
            status,
            status_string: None,
            fail_info: None,
        };
        Ok(TimeStampResp {
            status,
            time_stamp_token,
        }
        .to_der()?)
    }
}
