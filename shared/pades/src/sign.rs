//! Puts a signature into a document: makes room for it, hashes the rest, and fills the room.

use std::ops::Range;

use cms::signed_data::EncapsulatedContentInfo;
use ring::digest;

use crate::appearance::{self, Appearance};
use crate::cms::{self as signed, Signature};
use crate::error::Cause;
use crate::field;
use crate::pdf::object::push;
use crate::pdf::{Dict, File, Object, Reference, Update};
use crate::signer::{Chain, Signer, ToBeSigned};
use crate::timestamp::{Timestamp, TimestampRequest};
use crate::{Error, Protection, Request, oid};

/// What a signature takes beside its certificates, at most, in bytes.
const SIGNATURE: usize = 2 << 10;
/// What a timestamp takes with its certificates, at most, in bytes.
const TIMESTAMP: usize = 12 << 10;

/// Somebody who says when something was there (RFC 3161).
///
/// One that is asked over a network does better with [`prepare`], which needs no thread to wait.
pub trait TimestampAuthority {
    /// Sends a request (`application/timestamp-query`) and returns the answer (`application/timestamp-reply`).
    fn timestamp(&self, request: &[u8]) -> Result<Vec<u8>, Cause>;
}

/// Signs a document (PAdES B-B). The result begins with the document as it was.
pub fn sign(pdf: &[u8], signer: &Signer, request: &Request) -> Result<Vec<u8>, Error> {
    let prepared = prepare(pdf, signer.chain(), request, Stamp::None)?;
    let signature = signer.sign(prepared.to_be_signed())?;
    prepared.attach(&signature)?.finish()
}

/// Signs a document and has the signature's time confirmed (PAdES B-T).
pub fn sign_with_timestamp(
    pdf: &[u8],
    signer: &Signer,
    request: &Request,
    authority: &dyn TimestampAuthority,
) -> Result<Vec<u8>, Error> {
    let prepared = prepare(pdf, signer.chain(), request, Stamp::Expected)?;
    let signature = signer.sign(prepared.to_be_signed())?;
    let attached = prepared.attach(&signature)?;
    let question = attached.timestamp_request()?;
    let answer = authority
        .timestamp(question.as_der())
        .map_err(Error::Timestamping)?;
    attached.finish_with(&question.check(&answer)?)
}

/// Whether room is kept for a timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// There will be none.
    None,
    /// There will be one.
    Expected,
}

/// A document that waits for its signature. It may wait as long as the key's holder takes.
pub struct Prepared {
    bytes: Vec<u8>,
    /// Where the signature's hexadecimal digits go, without the brackets around them.
    room: Range<usize>,
    chain: Chain,
    to_be_signed: ToBeSigned,
}

/// A document whose signature is known and may still get a timestamp.
pub struct Attached {
    bytes: Vec<u8>,
    room: Range<usize>,
    signature: Signature,
}

/// Makes a document ready for a signature: everything but the signature is in it.
pub fn prepare(
    pdf: &[u8],
    chain: &Chain,
    request: &Request,
    stamp: Stamp,
) -> Result<Prepared, Error> {
    chain.valid_at(request.signed_at)?;
    let file = File::open(pdf)?;
    let mut update = Update::new(&file);
    let fields = field::Fields::read(&file)?;
    fields.permit(request)?;

    let mut kept = SIGNATURE;
    kept += chain
        .certificates()
        .iter()
        .map(|one| one.as_der().len())
        .sum::<usize>();
    if stamp == Stamp::Expected {
        kept += TIMESTAMP;
    }
    let place = update.reserve();
    let own = fields.own(&mut update, request, place)?;
    for reserved in &request.reserve {
        fields.reserve(&mut update, reserved)?;
    }
    if request.protection.certifies() {
        field::edit(&mut update, file.root()?, |catalog| {
            catalog.set("Perms", Dict::default().with("DocMDP", place));
        })?;
    }
    if let Some(Appearance { layers, .. }) = &request.appearance {
        let form = appearance::draw(&mut update, layers, own.width, own.height)?;
        field::edit(&mut update, own.reference, |field| {
            field.set("AP", Dict::default().with("N", form));
        })?;
    }
    let template = Template::new(chain, request, file.root()?, kept);
    let (range_at, contents_at) = (template.range_at, template.contents_at);
    update.put(place, Object::Raw(template.text));

    let written = update.write(place_mark(request).as_bytes());
    let mut bytes = written.bytes;
    let begin = written.offsets[&place.0] + format!("{} 0 obj\n", place.0).len();
    let room = begin + contents_at..begin + contents_at + 2 * kept;
    // The brackets are no part of what is signed either.
    let gap = room.start - 1..room.end + 1;
    let range = format!("0 {} {} {}]", gap.start, gap.end, bytes.len() - gap.end);
    bytes[begin + range_at..][..range.len()].copy_from_slice(range.as_bytes());

    let mut context = digest::Context::new(chain.algorithm().hash());
    context.update(&bytes[..gap.start]);
    context.update(&bytes[gap.end..]);
    let hash = context.finish();
    let to_be_signed = signed::to_be_signed(oid::DATA, hash.as_ref(), chain)?;
    Ok(Prepared {
        bytes,
        room,
        chain: chain.clone(),
        to_be_signed,
    })
}

impl Prepared {
    /// What the key is to sign.
    pub fn to_be_signed(&self) -> &ToBeSigned {
        &self.to_be_signed
    }

    /// Takes the signature that the key's holder made.
    pub fn attach(self, signature: &[u8]) -> Result<Attached, Error> {
        let content = EncapsulatedContentInfo {
            econtent_type: oid::DATA,
            econtent: None,
        };
        let signature = Signature::assemble(content, &self.chain, &self.to_be_signed, signature)?;
        Ok(Attached {
            bytes: self.bytes,
            room: self.room,
            signature,
        })
    }
}

impl Attached {
    /// What a timestamp authority is to be asked.
    pub fn timestamp_request(&self) -> Result<TimestampRequest, Error> {
        TimestampRequest::new(self.signature.value())
    }

    /// The signed document.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        let der = self.signature.to_der()?;
        fill(self.bytes, self.room, &der)
    }

    /// The signed document with the timestamp of its signature.
    pub fn finish_with(self, timestamp: &Timestamp) -> Result<Vec<u8>, Error> {
        let der = self
            .signature
            .with_timestamp(timestamp.as_der())?
            .to_der()?;
        fill(self.bytes, self.room, &der)
    }
}

fn fill(mut bytes: Vec<u8>, room: Range<usize>, der: &[u8]) -> Result<Vec<u8>, Error> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let kept = room.len() / 2;
    if der.len() > kept {
        return Err(Error::Room {
            needed: der.len(),
            kept,
        });
    }
    for (place, byte) in bytes[room].chunks_exact_mut(2).zip(der) {
        place[0] = DIGITS[usize::from(byte >> 4)];
        place[1] = DIGITS[usize::from(byte & 15)];
    }
    Ok(bytes)
}

fn place_mark(request: &Request) -> String {
    format!("{} {}", request.field, request.signed_at.timestamp())
}

/// The signature's dictionary with its two blanks.
struct Template {
    text: Vec<u8>,
    range_at: usize,
    contents_at: usize,
}

impl Template {
    fn new(chain: &Chain, request: &Request, root: Reference, kept: usize) -> Self {
        let mut text =
            b"<</Type /Sig/Filter /Adobe.PPKLite/SubFilter /ETSI.CAdES.detached/ByteRange ["
                .to_vec();
        let range_at = text.len();
        // Four numbers of at most ten digits and what is between them.
        text.extend([b' '; 45]);
        text.extend(b"/Contents <");
        let contents_at = text.len();
        text.resize(contents_at + 2 * kept, b'0');
        text.extend(b">");
        let mut entry = |key: &str, value: Object| {
            push(&mut text, format_args!("/{key} "));
            value.write(&mut text);
        };
        let at = appearance::in_vietnam(request.signed_at);
        entry(
            "M",
            Object::text(&at.format("D:%Y%m%d%H%M%S+07'00'").to_string()),
        );
        if let Some(name) = request.name.clone().or_else(|| chain.own().common_name()) {
            entry("Name", Object::text(&name));
        }
        for (key, value) in [("Reason", &request.reason), ("Location", &request.location)] {
            if let Some(value) = value {
                entry(key, Object::text(value));
            }
        }
        if let Some(transform) = transform(request.protection, root) {
            entry("Reference", Object::Array(vec![transform.into()]));
        }
        text.extend(b">>");
        Self {
            text,
            range_at,
            contents_at,
        }
    }
}

/// What the signature says about changes after it.
fn transform(protection: Protection, root: Reference) -> Option<Dict> {
    let parameters = Dict::default()
        .with("Type", Object::name("TransformParams"))
        .with("V", Object::name("1.2"));
    let method = |name| {
        Dict::default()
            .with("Type", Object::name("SigRef"))
            .with("TransformMethod", Object::name(name))
    };
    if protection.certifies() {
        let parameters = parameters.with("P", protection.level());
        return Some(method("DocMDP").with("TransformParams", parameters));
    }
    protection.is_final().then(|| {
        let parameters = parameters.with("Action", Object::name("All"));
        method("FieldMDP")
            .with("TransformParams", parameters)
            .with("Data", root)
    })
}
