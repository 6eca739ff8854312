//! The target `bank`; what it promises stands in `tests/src/decoders/money.rs`.
#![no_main]

use journeys::decoders::money;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| money::bank(bytes));
