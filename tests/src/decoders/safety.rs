//! What is let in, what is left of a file for others to see, and what scanners and workers answer.

use scan::decoders::{MediaType, admit, bare, media_of, opinion, read};

use super::{fenced, papers::LIMITS, text, values::reasons};

/// Any file is let in with some pages and not too many, or refused with a reason.
pub fn admission(bytes: &[u8]) {
    let Ok(kind) = media_of(bytes) else {
        return;
    };
    match fenced(|| admit(kind, bytes, &LIMITS)) {
        Some(Ok(admitted)) => {
            assert!((1..=100).contains(&admitted.leaves.len()), "{admitted:?}");
            assert!(!admitted.signed || kind == MediaType::Pdf);
        }
        Some(Err(refused)) => reasons(&refused),
        None => {}
    }
}

/// What is left of a file is a file of the same kind, from which nothing more is taken.
pub fn bare_file(bytes: &[u8]) {
    let Ok(kind) = media_of(bytes) else {
        return;
    };
    match fenced(|| bare(kind, bytes.to_vec())) {
        Some(Ok(left)) => {
            assert_eq!(media_of(&left).ok(), Some(kind));
            if matches!(kind, MediaType::Jpeg | MediaType::Png) {
                assert_eq!(bare(kind, left.clone()).as_ref(), Ok(&left));
            }
        }
        Some(Err(refused)) => reasons(&refused),
        None => {}
    }
}

/// Only one answer of a virus scanner makes a document clean.
pub fn clamd(bytes: &[u8]) {
    let Some(answer) = text(bytes) else { return };
    let is_clean = opinion(answer).is_ok_and(|said| format!("{said:?}") == "Clean");
    assert_eq!(is_clean, answer == "stream: OK", "{answer:?}");
}

/// A worker's answer, which may come from a stranger: read or not.
pub fn worker(bytes: &[u8]) {
    if let Some(Ok((_, rest))) = read(bytes.to_vec()) {
        assert!(bytes.ends_with(&rest));
    }
}
