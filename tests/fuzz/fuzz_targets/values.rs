//! The target `values`; what it promises stands in `tests/src/decoders/values.rs`.
#![no_main]

use journeys::decoders::values;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| values::values(bytes));
