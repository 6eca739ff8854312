//! The target `procedure`; what it promises stands in `tests/src/decoders/catalogue.rs`.
#![no_main]

use journeys::decoders::catalogue;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| catalogue::procedure(bytes));
