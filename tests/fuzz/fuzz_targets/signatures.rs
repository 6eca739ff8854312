//! The target `signatures`; what it promises stands in `tests/src/decoders/signatures.rs`.
#![no_main]

use journeys::decoders::signatures;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| signatures::signatures(bytes));
