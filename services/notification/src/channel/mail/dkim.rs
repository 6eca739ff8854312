//! Signs mails as the domain's own (DKIM, RFC 6376: rsa-sha256, relaxed/relaxed). The mail library's signing brings along an RSA that
//! is not safe against who measures time; here it is the one that TLS uses.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chrono::{DateTime, Utc};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use sha2::{Digest, Sha256};

use crate::channel::config;

/// What is signed, where it is there: whom it is from and to, what it is, and how one gets rid of it (RFC 8058 §4).
const SIGNED: [&str; 11] = [
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "auto-submitted",
    "list-unsubscribe",
    "list-unsubscribe-post",
];

/// The domain's key.
pub struct Signer {
    key: RsaKeyPair,
    domain: String,
    selector: String,
}

impl Signer {
    /// Reads the configuration; nothing without a key. The error names the key that is wrong.
    pub fn read(config: &config::Dkim) -> Result<Option<Self>, &'static str> {
        if config.key.is_empty() {
            return Ok(None);
        }
        let label = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        };
        if !label(&config.domain) {
            return Err("domain is no domain");
        }
        if !label(&config.selector) {
            return Err("selector is none");
        }
        let key = PrivatePkcs8KeyDer::from_pem_slice(config.key.expose().as_bytes()).ok();
        let key = key.and_then(|key| RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).ok());
        Ok(Some(Self {
            key: key.ok_or(
                "key is no RSA key of 2048 bits or more in PKCS#8 PEM (BEGIN PRIVATE KEY)",
            )?,
            domain: config.domain.clone(),
            selector: config.selector.clone(),
        }))
    }

    /// The mail with its signature in front; as it was when it cannot be signed, which no mail of ours is.
    pub fn sign(&self, mail: Vec<u8>, at: DateTime<Utc>) -> Vec<u8> {
        let Some(header) = self.header(&mail, at) else {
            return mail;
        };
        [header.into_bytes(), mail].concat()
    }

    fn header(&self, mail: &[u8], at: DateTime<Utc>) -> Option<String> {
        let (fields, body) = divided(std::str::from_utf8(mail).ok()?)?;
        let hash = BASE64.encode(Sha256::digest(relaxed_body(body)));
        let found = |name: &&str| {
            fields
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
        };
        let signed: Vec<(&str, &(&str, &str))> = SIGNED
            .iter()
            .filter_map(|name| Some((*name, found(name)?)))
            .collect();
        let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
        let unsigned = format!(
            "v=1; a=rsa-sha256; c=relaxed/relaxed; d={}; s={};\r\n\tt={}; h={};\r\n\tbh={hash};\r\n\tb=",
            self.domain,
            self.selector,
            at.timestamp(),
            names.join(":\r\n\t "),
        );
        let mut over: String = signed
            .iter()
            .map(|(_, (name, value))| relaxed_field(name, value) + "\r\n")
            .collect();
        over += &relaxed_field("DKIM-Signature", &unsigned);
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                over.as_bytes(),
                &mut signature,
            )
            .ok()?;
        Some(format!(
            "DKIM-Signature: {unsigned}{}\r\n",
            folded(&BASE64.encode(signature))
        ))
    }
}

/// A long value on several lines.
fn folded(text: &str) -> String {
    let mut lines = String::new();
    for (at, letter) in text.chars().enumerate() {
        if at > 0 && at % 70 == 0 {
            lines.push_str("\r\n\t ");
        }
        lines.push(letter);
    }
    lines
}

/// The fields of a mail, each still on its lines, and its body.
fn divided(mail: &str) -> Option<(Vec<(&str, &str)>, &str)> {
    let (mut head, body) = mail.split_once("\r\n\r\n")?;
    let mut fields = Vec::new();
    while !head.is_empty() {
        let mut end = 0;
        // A line that begins with a blank belongs to the one before.
        loop {
            end = head[end..].find("\r\n").map_or(head.len(), |at| end + at);
            if !head[end..].starts_with("\r\n ") && !head[end..].starts_with("\r\n\t") {
                break;
            }
            end += 2;
        }
        fields.push(head[..end].split_once(':')?);
        head = head[end..].strip_prefix("\r\n").unwrap_or_default();
    }
    Some((fields, body))
}

/// RFC 6376 §3.4.2.
fn relaxed_field(name: &str, value: &str) -> String {
    let unfolded = value.replace("\r\n", "");
    format!(
        "{}:{}",
        name.trim().to_lowercase(),
        in_single_blanks(&unfolded).trim_matches(' ')
    )
}

/// RFC 6376 §3.4.4.
fn relaxed_body(body: &str) -> String {
    let lines = body
        .split("\r\n")
        .map(|line| in_single_blanks(line).trim_end_matches(' ').to_owned());
    let lines: Vec<String> = lines.collect();
    let last = lines.iter().rposition(|line| !line.is_empty());
    let kept = last.map_or(&[][..], |last| &lines[..=last]);
    kept.iter()
        .flat_map(|line| [line.as_str(), "\r\n"])
        .collect()
}

fn in_single_blanks(text: &str) -> String {
    let mut single = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            ' ' | '\t' if single.ends_with(' ') => {}
            ' ' | '\t' => single.push(' '),
            other => single.push(other),
        }
    }
    single
}

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    /// Made for this test; it signs nothing anywhere.
    const KEY: &str = include_str!("dkim_test_key.pem");
    const MAIL: &str = "A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";

    fn signer() -> Signer {
        let config = config::Dkim {
            key: KEY.into(),
            domain: "example.vn".into(),
            selector: "s1".into(),
        };
        Signer::read(&config).unwrap().unwrap()
    }

    #[test]
    fn blanks_are_treated_as_in_the_standards_example() {
        // RFC 6376 §3.4.5, example 1.
        let (fields, body) = divided(MAIL).unwrap();
        let fields: Vec<String> = fields
            .iter()
            .map(|(name, value)| relaxed_field(name, value))
            .collect();
        assert_eq!(fields, ["a:X", "b:Y Z"]);
        assert_eq!(relaxed_body(body), " C\r\nD E\r\n");
        assert_eq!(relaxed_body(""), "");
        assert_eq!(relaxed_body("\r\n\r\n"), "");
    }

    /// Reads the signature as a receiver does: by the names that it lists, and not by what we meant to sign.
    fn verified(mail: &str) -> bool {
        let (fields, body) = divided(mail).unwrap();
        let (_, value) = fields[0];
        let tags: std::collections::BTreeMap<String, String> = value
            .split(';')
            .filter_map(|tag| tag.split_once('='))
            .map(|(name, value)| (name.trim().to_owned(), value.split_whitespace().collect()))
            .collect();
        let hash = BASE64.encode(Sha256::digest(relaxed_body(body)));
        let (before, _) = value.split_once("\tb=").unwrap();
        let mut over = String::new();
        for name in tags["h"].split(':') {
            let (name, value) = fields[1..]
                .iter()
                .find(|(known, _)| known.trim().eq_ignore_ascii_case(name))
                .unwrap();
            over += &relaxed_field(name, value);
            over += "\r\n";
        }
        over += &relaxed_field("DKIM-Signature", &format!("{before}\tb="));
        let key = UnparsedPublicKey::new(
            &RSA_PKCS1_2048_8192_SHA256,
            signer().key.public().as_ref().to_vec(),
        );
        hash == tags["bh"]
            && key
                .verify(over.as_bytes(), &BASE64.decode(&tags["b"]).unwrap())
                .is_ok()
    }

    #[test]
    fn a_signature_is_found_good_until_something_is_changed() {
        let mail = "From: a@example.vn\r\nTo: b@example.vn\r\nSubject: =?utf-8?b?xJDDoyBjw7M=?=\r\n =?utf-8?b?IGvhur90?=\r\nX-Other: x\r\n\r\nKính gửi\r\n";
        let signed = String::from_utf8(signer().sign(mail.into(), DateTime::UNIX_EPOCH)).unwrap();
        assert!(signed.ends_with(mail));
        assert!(signed.lines().all(|line| line.len() < 100), "{signed}");
        assert!(verified(&signed));
        assert!(
            verified(&signed.replace("Kính gửi\r\n", "Kính  gửi \r\n\r\n")),
            "blanks do not count"
        );
        assert!(
            verified(&signed.replace("X-Other: x", "X-Other: y")),
            "it is not signed"
        );
        assert!(!verified(&signed.replace("Kính gửi", "Kính gởi")));
        assert!(!verified(&signed.replace("To: b@", "To: c@")));
    }

    #[test]
    fn a_key_that_is_none_is_refused_by_its_name() {
        let config = |key: &str, domain: &str, selector: &str| config::Dkim {
            key: key.into(),
            domain: domain.into(),
            selector: selector.into(),
        };
        let read = |config| Signer::read(&config).map(|signer| signer.is_some());
        assert_eq!(read(config("", "", "")), Ok(false));
        assert!(
            read(config("no key", "example.vn", "s"))
                .unwrap_err()
                .starts_with("key")
        );
        assert!(
            read(config(KEY, "exa mple", "s"))
                .unwrap_err()
                .starts_with("domain")
        );
        assert!(
            read(config(KEY, "example.vn", ""))
                .unwrap_err()
                .starts_with("selector")
        );
    }
}
