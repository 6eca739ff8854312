//! The target `card`; what it promises stands in `tests/src/decoders/readings.rs`.
#![no_main]

use journeys::decoders::readings;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readings::card(bytes));
