//! The target `platform`; what it promises stands in `tests/src/decoders/platform.rs`.
#![no_main]

use journeys::decoders::platform;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| platform::confirmation(bytes));
