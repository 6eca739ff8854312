//! The browser: the whole story in real Chromium with JavaScript switched off, on the phones of a citizen and an officer; and what
//! JavaScript makes better where it is there.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod barriers;
mod checker;
mod chromium;
mod inspection;
mod keyboard;
mod line;
mod mistakes;
mod money;
mod notes;
mod passkeys;
mod people;
mod phone;
mod portal;
mod reuse;
mod sending;
mod story;
mod traffic;
