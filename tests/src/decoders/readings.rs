//! What the programs that read papers answer: drawn pages and tables of words, made from files of strangers.

use scan::decoders::{Grey, page_of};

use super::storable;

/// A drawn page is taken whole or not at all.
pub fn pgm(bytes: &[u8]) {
    let Some(page) = Grey::from_pgm(bytes) else {
        return;
    };
    assert!((70..=600).contains(&page.dpi()), "{}", page.dpi());
    let written = page.clone().into_pgm();
    assert_eq!(Grey::from_pgm(&written), Some(page), "as written");
}

/// Any table becomes a page that can be kept, with a confidence that is one.
pub fn tsv(bytes: &[u8]) {
    let table = String::from_utf8_lossy(bytes);
    let page = page_of(&table);
    assert!(storable(&page.text));
    // Composing letters makes three bytes of one at most.
    assert!(page.text.len() <= 3 * table.len() + 3);
    assert!(page.letters() <= page.text.chars().count());
    if let Some(confidence) = page.confidence {
        assert!((0.0..=100.0).contains(&confidence), "{confidence}");
    }
}
