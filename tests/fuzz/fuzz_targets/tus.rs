//! The target `tus`; what it promises stands in `tests/src/decoders/papers.rs`.
#![no_main]

use journeys::decoders::papers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| papers::tus(bytes));
