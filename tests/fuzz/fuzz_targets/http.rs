//! The target `http`; what it promises stands in `tests/src/decoders/edge.rs`.
#![no_main]

use journeys::decoders::edge;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| edge::http(bytes));
