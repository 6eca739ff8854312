//! The target `calendar`; what it promises stands in `tests/src/decoders/catalogue.rs`.
#![no_main]

use journeys::decoders::catalogue;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| catalogue::calendar(bytes));
