//! What an authenticator app shows, without the code under test.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};

/// The code that an authenticator app shows: RFC 6238 once more, from the key as people type it (base32).
///
/// # Panics
/// When the key is none.
pub fn code(key: &str, at: DateTime<Utc>) -> String {
    let (mut seed, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in key.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            _ => letter - b'2' + 26,
        };
        held = (held << 5) | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            seed.push(u8::try_from((held >> bits) & 255).expect("a byte"));
        }
    }
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&seed).expect("a key");
    mac.update(&(at.timestamp() / 30).to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 15);
    let four = digest[offset..offset + 4].try_into().expect("four bytes");
    format!(
        "{:06}",
        (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000
    )
}
