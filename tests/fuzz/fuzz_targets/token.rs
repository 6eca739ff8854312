//! The target `token`; what it promises stands in `tests/src/decoders/tokens.rs`.
#![no_main]

use journeys::decoders::tokens;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tokens::token(bytes));
