//! Every decoder of untrusted bytes, with what must hold whatever it is given: run by the fuzz targets in `tests/fuzz/`,
//! and over their corpus by an ordinary test.
//!
//! A target takes any bytes. It panics when a promise is broken; what is no input for it, it leaves alone.

use std::{
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

pub mod answers;
pub mod catalogue;
pub mod configuration;
pub mod edge;
pub mod forms;
pub mod mail;
pub mod messages;
pub mod money;
pub mod papers;
pub mod platform;
pub mod readings;
pub mod safety;
pub mod signatures;
pub mod tokens;
pub mod transfers;
pub mod values;

/// What takes any bytes, and panics when a promise is broken.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also that of its corpus and of its file in `tests/fuzz/fuzz_targets/`.
pub const TARGETS: &[(&str, Target)] = &[
    ("admission", safety::admission),
    ("answers", answers::answers),
    ("bank", money::bank),
    ("bare", safety::bare_file),
    ("calendar", catalogue::calendar),
    ("card", readings::card),
    ("catalogue", catalogue::catalogue),
    ("clamd", safety::clamd),
    ("codes", readings::codes),
    ("configuration", configuration::configuration),
    ("draft", forms::draft),
    ("envelope", messages::envelope),
    ("http", edge::http),
    ("media", papers::media),
    ("message", messages::message),
    ("page", readings::page),
    ("paper", readings::paper),
    ("pdf", papers::pdf),
    ("ppm", readings::ppm),
    ("picture", papers::picture),
    ("platform", platform::confirmation),
    ("procedure", catalogue::procedure),
    ("register", catalogue::register),
    ("registration", forms::registration),
    ("result_lines", forms::result_lines),
    ("signatures", signatures::signatures),
    ("smtp", mail::smtp),
    ("statement_table", transfers::statement_table),
    ("statement_xml", transfers::statement_xml),
    ("tiff", papers::tiff),
    ("token", tokens::token),
    ("tsv", readings::tsv),
    ("tus", papers::tus),
    ("values", values::values),
    ("vietqr", transfers::vietqr),
    ("vnpay", money::vnpay),
    ("worker", safety::worker),
];

/// The bytes as text; none for those that are none.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// The bytes as two parts, before and after the first `mark`; what has no mark is all first part.
fn parts<'a>(bytes: &'a [u8], mark: &[u8]) -> (&'a [u8], &'a [u8]) {
    let at = bytes.windows(mark.len()).position(|part| part == mark);
    at.map_or((bytes, &[]), |at| (&bytes[..at], &bytes[at + mark.len()..]))
}

/// Whether a program may keep the text in PostgreSQL.
fn storable(text: &str) -> bool {
    !text.contains('\0')
}

thread_local! {
    static FENCED: Cell<bool> = const { Cell::new(false) };
}

/// Runs what the services run behind a fence of their own, since it is others' code: `None` when it panics. A fuzz target
/// ends its process at a panic, fence or no fence; not so here.
fn fenced<T>(decode: impl FnOnce() -> T) -> Option<T> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panicking| {
            if !FENCED.get() {
                before(panicking);
            }
        }));
    });
    FENCED.set(true);
    let decoded = panic::catch_unwind(AssertUnwindSafe(decode));
    FENCED.set(false);
    decoded.ok()
}
