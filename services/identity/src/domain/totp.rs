//! One-time codes by the clock (TOTP, RFC 6238): six digits, 30 seconds, HMAC-SHA-1, which is what every authenticator app takes.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;

/// Seconds that a code stands in the app.
const STEP: i64 = 30;
/// So many steps before and after the clock's own are taken too: telephones go wrong, and people type slowly.
const SKEW: i64 = 1;
/// Bytes of a seed: as many as the digest has, which RFC 4226 recommends.
const LENGTH: usize = 20;
/// The alphabet of RFC 4648 base32.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Six digits, as somebody typed them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code(u32);

impl Code {
    /// Reads six digits, however they are spaced. `None`: it is no code.
    pub fn read(text: &str) -> Option<Self> {
        let digits: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
        let well_formed = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        well_formed.then(|| digits.parse().ok()).flatten().map(Self)
    }
}

/// What an authenticator app and identity share. Never shown again once it is confirmed: it has no `Debug`.
#[derive(Clone)]
pub struct Seed([u8; LENGTH]);

impl Seed {
    /// How many bytes it has.
    pub const LENGTH: usize = LENGTH;

    /// A seed of random bytes.
    pub const fn new(bytes: [u8; LENGTH]) -> Self {
        Self(bytes)
    }

    /// For sealing only.
    pub const fn bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }

    /// The code of one step (RFC 4226, section 5.3).
    fn code(&self, step: i64) -> Option<u32> {
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).ok()?;
        mac.update(&step.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let offset = usize::from(digest[19] & 0xf);
        let four: [u8; 4] = std::array::from_fn(|place| digest[offset + place]);
        Some((u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
    }

    /// The step whose code this is, if it is one of those that count now and newer than the last one that was taken: a code is
    /// good once.
    pub fn step_of(&self, code: Code, now: DateTime<Utc>, last: Option<i64>) -> Option<i64> {
        let current = now.timestamp().div_euclid(STEP);
        let steps = (current - SKEW)..=(current + SKEW);
        let mut newer = steps.filter(|step| last.is_none_or(|last| *step > last));
        newer.find(|step| {
            self.code(*step)
                .is_some_and(|right| bool::from(right.ct_eq(&code.0)))
        })
    }

    /// As it is typed into an app by hand: base32 (RFC 4648) without padding.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let (mut held, mut bits) = (0_u32, 0_u32);
        for byte in self.0 {
            held = (held << 8) | u32::from(byte);
            bits += 8;
            while bits >= 5 {
                bits -= 5;
                let letter = usize::try_from((held >> bits) & 31).unwrap_or_default();
                text.push(char::from(BASE32[letter]));
            }
        }
        text
    }

    /// What the QR code says to the app; `label` is what the person signs in with.
    pub fn otpauth(&self, label: &str) -> String {
        let mut escaped = String::new();
        for byte in label.bytes() {
            if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
                escaped.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
        format!(
            "otpauth://totp/Mot%20Cua:{escaped}?secret={}&issuer=Mot%20Cua&algorithm=SHA1&digits=6&period={STEP}",
            self.text()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed() -> Seed {
        Seed::new(*b"12345678901234567890")
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn code(text: &str) -> Code {
        Code::read(text).unwrap()
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        for (seconds, text) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = seed().step_of(code(text), at(seconds), None);
            assert_eq!(step, Some(seconds / 30), "{text}");
        }
    }

    #[test]
    fn a_code_counts_a_step_before_and_after_its_own_and_no_longer() {
        let own = 2_000_000_010;
        let found = |seconds| seed().step_of(code("279037"), at(seconds), None);
        assert_eq!(found(2_000_000_000), Some(66_666_666));
        assert_eq!(found(own), Some(66_666_666));
        assert_eq!(found(own + 29), Some(66_666_666));
        assert_eq!(found(own + 30), None);
        assert_eq!(found(1_999_999_980 - 30), Some(66_666_666));
        assert_eq!(found(1_999_999_980 - 31), None);
    }

    #[test]
    fn a_code_that_was_taken_and_those_before_it_count_no_more() {
        let last = |last| seed().step_of(code("279037"), at(2_000_000_000), Some(last));
        assert_eq!(last(66_666_665), Some(66_666_666));
        assert_eq!(last(66_666_666), None);
        assert_eq!(last(66_666_667), None);
    }

    #[test]
    fn a_code_is_six_digits_however_they_are_spaced() {
        assert!(Code::read(" 279 037 ") == Some(code("279037")));
        assert!(Code::read("２７９０３７") == Some(code("279037")));
        for text in ["", "27903", "2790370", "27903a", "+27903", "-27903"] {
            assert!(Code::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn an_app_reads_the_seed_as_base32() {
        assert_eq!(seed().text(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            seed().otpauth("+84912345678"),
            "otpauth://totp/Mot%20Cua:%2B84912345678?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Mot%20Cua&algorithm=SHA1&digits=6&period=30"
        );
    }
}
