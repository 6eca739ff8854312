//! The target `worker`; what it promises stands in `tests/src/decoders/safety.rs`.
#![no_main]

use journeys::decoders::safety;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| safety::worker(bytes));
