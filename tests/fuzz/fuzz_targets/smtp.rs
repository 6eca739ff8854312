//! The target `smtp`; what it promises stands in `tests/src/decoders/mail.rs`.
#![no_main]

use journeys::decoders::mail;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mail::smtp(bytes));
