//! The target `answers`; what it promises stands in `tests/src/decoders/answers.rs`.
#![no_main]

use journeys::decoders::answers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| answers::answers(bytes));
