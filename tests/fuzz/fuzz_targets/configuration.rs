//! The target `configuration`; what it promises stands in `tests/src/decoders/configuration.rs`.
#![no_main]

use journeys::decoders::configuration;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| configuration::configuration(bytes));
