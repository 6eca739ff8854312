//! The target `message`; what it promises stands in `tests/src/decoders/messages.rs`.
#![no_main]

use journeys::decoders::messages;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| messages::message(bytes));
