//! The target `result_lines`; what it promises stands in `tests/src/decoders/forms.rs`.
#![no_main]

use journeys::decoders::forms;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| forms::result_lines(bytes));
