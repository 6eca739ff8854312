//! A message as only the browser can read it: RFC 8291 over RFC 8188 (`aes128gcm`), one record. Pure; salt and key are arguments.

use aes_gcm::{
    Aes128Gcm,
    aead::{Aead, KeyInit},
};
use hkdf::Hkdf;
use p256::{PublicKey, SecretKey};
use sha2::Sha256;

/// The record size that is announced: what every push service takes (RFC 8030 §7.2).
const RECORD: u32 = 4096;
/// The header in front of the record: salt, record size, and our public key with its length.
const HEADER: usize = 16 + 4 + 1 + 65;
/// What a message may hold: a record without the header, the tag and the byte that ends it.
pub const LONGEST: usize = RECORD as usize - HEADER - 16 - 1;
/// The byte behind the text of the last record.
const LAST: u8 = 2;

/// It cannot be encrypted, or not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message cannot be encrypted or read with these keys")]
pub struct Unfit;

/// What encrypts one record.
struct Keys {
    key: [u8; 16],
    nonce: [u8; 12],
}

/// RFC 8291 §3.4: both sides come to the same.
fn keys(
    shared: &[u8],
    auth: &[u8],
    salt: [u8; 16],
    browser: &PublicKey,
    server: &PublicKey,
) -> Result<Keys, Unfit> {
    let info = [
        b"WebPush: info\0".as_slice(),
        &browser.to_sec1_bytes(),
        &server.to_sec1_bytes(),
    ]
    .concat();
    let mut secret = [0; 32];
    Hkdf::<Sha256>::new(Some(auth), shared)
        .expand(&info, &mut secret)
        .map_err(|_| Unfit)?;
    let derived = Hkdf::<Sha256>::new(Some(&salt), &secret);
    let (mut key, mut nonce) = ([0; 16], [0; 12]);
    derived
        .expand(b"Content-Encoding: aes128gcm\0", &mut key)
        .map_err(|_| Unfit)?;
    derived
        .expand(b"Content-Encoding: nonce\0", &mut nonce)
        .map_err(|_| Unfit)?;
    Ok(Keys { key, nonce })
}

/// Encrypts a message for a browser. Salt and key must never be used for another one.
pub fn encrypt(
    text: &[u8],
    browser: &PublicKey,
    auth: &[u8],
    salt: [u8; 16],
    server: &SecretKey,
) -> Result<Vec<u8>, Unfit> {
    if text.len() > LONGEST {
        return Err(Unfit);
    }
    let shared = server.diffie_hellman(browser);
    let public = server.public_key();
    let Keys { key, nonce } = keys(shared.raw_secret_bytes(), auth, salt, browser, &public)?;
    let cipher = Aes128Gcm::new(&key.into());
    let record = cipher
        .encrypt(&nonce.into(), [text, &[LAST]].concat().as_slice())
        .map_err(|_| Unfit)?;
    let public = public.to_sec1_bytes();
    let mut body = salt.to_vec();
    body.extend(RECORD.to_be_bytes());
    body.push(u8::try_from(public.len()).map_err(|_| Unfit)?);
    body.extend_from_slice(&public);
    body.extend(record);
    Ok(body)
}

/// Reads a message, as the browser does.
pub fn decrypt(body: &[u8], browser: &SecretKey, auth: &[u8]) -> Result<Vec<u8>, Unfit> {
    let (salt, rest) = body.split_first_chunk::<16>().ok_or(Unfit)?;
    let (_, rest) = rest.split_first_chunk::<4>().ok_or(Unfit)?;
    let (length, rest) = rest.split_first().ok_or(Unfit)?;
    let (public, record) = rest.split_at_checked(usize::from(*length)).ok_or(Unfit)?;
    let server = PublicKey::from_sec1_bytes(public).map_err(|_| Unfit)?;
    let shared = browser.diffie_hellman(&server);
    let Keys { key, nonce } = keys(
        shared.raw_secret_bytes(),
        auth,
        *salt,
        &browser.public_key(),
        &server,
    )?;
    let mut text = Aes128Gcm::new(&key.into())
        .decrypt(&nonce.into(), record)
        .map_err(|_| Unfit)?;
    while let Some(0) = text.last() {
        text.pop();
    }
    (text.pop() == Some(LAST)).then_some(text).ok_or(Unfit)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
    use proptest::prelude::*;

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        BASE64.decode(text).unwrap()
    }

    fn secret(text: &str) -> SecretKey {
        SecretKey::from_slice(&bytes(text)).unwrap()
    }

    #[test]
    fn it_is_the_example_of_the_standard() {
        // RFC 8291 §5 and appendix A.
        let server = secret("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let browser = secret("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94");
        let auth = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let text = b"When I grow up, I want to be a watermelon";
        let body = encrypt(text, &browser.public_key(), &auth, salt, &server).unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(BASE64.encode(&body), expected);
        assert_eq!(decrypt(&body, &browser, &auth).unwrap(), text);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn only_the_browser_reads_it(text in prop::collection::vec(any::<u8>(), 0..LONGEST), salt: [u8; 16], auth: [u8; 16], at: prop::sample::Index) {
            let server = secret("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
            let browser = secret("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94");
            let mut body = encrypt(&text, &browser.public_key(), &auth, salt, &server).unwrap();
            prop_assert!(body.len() <= RECORD as usize);
            prop_assert_eq!(decrypt(&body, &browser, &auth).unwrap(), text);
            prop_assert!(decrypt(&body, &server, &auth).is_err());
            // The announced record size is the one thing that a single record does not need.
            let at = at.index(body.len());
            body[at] ^= 1;
            prop_assert!((16..20).contains(&at) || decrypt(&body, &browser, &auth).is_err());
        }

        #[test]
        fn nothing_makes_reading_panic(body: Vec<u8>) {
            let browser = secret("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94");
            prop_assert!(decrypt(&body, &browser, b"auth").is_err());
        }
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let key = secret("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        assert_eq!(
            encrypt(
                &vec![0; LONGEST + 1],
                &key.public_key(),
                b"a",
                [0; 16],
                &key
            ),
            Err(Unfit)
        );
    }
}
