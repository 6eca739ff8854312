//! A device with a passkey, as WebAuthn has it: makes a key, signs challenges, and is as bad as a test wants.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use testkit::Stage;

/// One passkey on one device.
pub struct Device {
    key: SigningKey,
    pub id: Vec<u8>,
    /// Whom it was made for.
    pub user: Vec<u8>,
    /// How often it has signed.
    pub counter: u32,
    /// Where the browser says that it is.
    pub origin: String,
    /// Whose the device says that the passkey is.
    pub rp_id: String,
    /// Whether it makes sure of its owner.
    pub verifies: bool,
}

impl Device {
    /// A device of its own for each `n`, at the stage's address.
    pub fn new(stage: &Stage, n: u8) -> Self {
        let origin = stage.settings().public_url.clone();
        let (_, host) = origin.split_once("://").unwrap();
        Self {
            key: SigningKey::from_slice(&[n; 32]).unwrap(),
            id: vec![n; 24],
            user: Vec::new(),
            counter: 0,
            rp_id: host.split(':').next().unwrap().to_owned(),
            origin,
            verifies: true,
        }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false,
        });
        data.to_string().into_bytes()
    }

    /// What it says of itself: whose the passkey is, what was made sure of, how often it signed.
    fn data(&self, more: u8) -> Vec<u8> {
        let is_there = 1;
        let verified = if self.verifies { 4 } else { 0 };
        let mut data = Sha256::digest(&self.rp_id).to_vec();
        data.push(is_there | verified | more);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// Its public key as COSE has it (RFC 9053): ES256.
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = (point.x().unwrap(), point.y().unwrap());
        let head: &[u8] = &[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32];
        [head, &x[..], &[0x22, 0x58, 32], &y[..]].concat()
    }

    /// Answers `navigator.credentials.create`.
    pub fn makes(&mut self, options: &Value) -> Value {
        self.user = BASE64
            .decode(options["user"]["id"].as_str().unwrap())
            .unwrap();
        let mut data = self.data(0x40);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.public_key());
        let length = u8::try_from(data.len()).unwrap();
        let attested: &[u8] = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58";
        let attested = [attested, &[length], &data].concat();
        let response = json!({
            "clientDataJSON": BASE64.encode(self.client_data("webauthn.create", options)),
            "attestationObject": BASE64.encode(attested), "transports": ["internal"],
        });
        self.credential(response)
    }

    /// Answers `navigator.credentials.get`.
    pub fn signs(&mut self, options: &Value) -> Value {
        self.counter += 1;
        self.signs_again(options)
    }

    /// The same without counting: as a copy does, or a device that does not count.
    pub fn signs_again(&self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.get", options);
        let data = self.data(0);
        let signed = [&data[..], &Sha256::digest(&client_data)[..]].concat();
        let signature: Signature = self.key.sign(&signed);
        let response = json!({
            "clientDataJSON": BASE64.encode(client_data), "authenticatorData": BASE64.encode(data),
            "signature": BASE64.encode(signature.to_der()), "userHandle": BASE64.encode(&self.user),
        });
        self.credential(response)
    }

    fn credential(&self, response: Value) -> Value {
        let id = BASE64.encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "extensions": {} })
    }
}
