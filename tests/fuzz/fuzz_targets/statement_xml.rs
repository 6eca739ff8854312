//! The target `statement_xml`; what it promises stands in `tests/src/decoders/transfers.rs`.
#![no_main]

use journeys::decoders::transfers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| transfers::statement_xml(bytes));
