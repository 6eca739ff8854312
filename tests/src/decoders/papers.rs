//! Files that strangers upload: what kind they are, what they are called, how many pages they have, what is on them.

use contracts::Refused;
use scan::decoders::{
    Checksum, FileName, Leaf, Limits, MediaType, Metadata, PaperKind, decode, excerpt, media_of,
    pages_of,
};

use super::{parts, storable, text, values::reasons};

/// As in `services/scan/config.toml`, but for the pixels: a target is to be run often.
pub(super) const LIMITS: Limits = Limits {
    bytes: 50 * 1024 * 1024,
    pages: 100,
    pixels: 250_000,
};

/// A name, a line end, the beginning of a file. Any file gets a kind or a reason; any name becomes a safe one.
pub fn media(bytes: &[u8]) {
    let (name, head) = parts(bytes, b"\n");
    let name = text(name);
    match media_of(head) {
        Ok(kind) => {
            assert_eq!(MediaType::named(kind.as_str()), Some(kind));
            file_name(name, kind);
        }
        Err(refusal) => reasons(&refusal.reason),
    }
    file_name(name, MediaType::Pdf);
    match name.map(PaperKind::parse) {
        Some(Ok(kind)) => assert_eq!(PaperKind::parse(kind.as_str()), Ok(kind)),
        Some(Err(refused)) => reasons(&refused),
        None => {}
    }
}

/// What a client says of an upload is kept as it came and read the same again; a checksum that is read can be compared.
pub fn tus(bytes: &[u8]) {
    let Some(header) = text(bytes) else { return };
    match Metadata::parse(header) {
        Ok(metadata) => {
            assert_eq!(metadata.header, header);
            assert_eq!(Metadata::parse(&metadata.header).as_ref(), Ok(&metadata));
            assert!(metadata.name.as_deref().is_none_or(storable));
        }
        Err(refused) => reasons(&refused),
    }
    match Checksum::parse(header) {
        Ok(checksum) => {
            assert!(header.is_ascii(), "{header:?}");
            let _ = checksum.holds(checksum.hasher());
        }
        Err(refused) => reasons(&refused),
    }
}

fn file_name(sent: Option<&str>, kind: MediaType) {
    let name = FileName::of(sent, kind);
    let kept = name.as_str();
    let (stem, ending) = kept.rsplit_once('.').expect("an ending");
    assert!(!stem.is_empty() && ending == kind.ending(), "{kept:?}");
    assert!(!kept.starts_with('.') && kept.chars().count() <= 105);
    assert!(!kept.contains(['/', '\\', '"']) && !kept.contains(char::is_control));
    assert!(storable(kept));
    assert_eq!(FileName::of(Some(kept), kind), name, "as kept");
    let header = name.content_disposition();
    assert!(
        header.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
        "{header}"
    );
    assert_eq!(header.matches('"').count(), 2, "{header}");
}

/// A PDF's pages: some and not too many, or a reason.
pub fn pdf(bytes: &[u8]) {
    // A page cut out of it is a PDF again, or it is refused.
    if let Ok(page) = excerpt(bytes, 1, 1) {
        assert_eq!(media_of(&page), Ok(MediaType::Pdf));
    }
    for leaf in pages(MediaType::Pdf, bytes) {
        assert!(
            matches!(leaf, Leaf::Drawn { width, height } if width >= 1.0 && height >= 1.0),
            "{leaf:?}"
        );
    }
}

/// A TIFF's pages: some and not too many, each no larger than allowed, and each decoded or refused.
pub fn tiff(bytes: &[u8]) {
    for leaf in pages(MediaType::Tiff, bytes).into_iter().take(3) {
        decoded(MediaType::Tiff, bytes, leaf);
    }
}

/// A JPEG, PNG or WebP: one page, no larger than allowed, decoded or refused.
pub fn picture(bytes: &[u8]) {
    let Ok(kind @ (MediaType::Jpeg | MediaType::Png | MediaType::Webp)) = media_of(bytes) else {
        return;
    };
    let pages = pages(kind, bytes);
    assert!(pages.len() <= 1);
    for leaf in pages {
        decoded(kind, bytes, leaf);
    }
}

fn pages(kind: MediaType, bytes: &[u8]) -> Vec<Leaf> {
    match pages_of(kind, bytes, &LIMITS) {
        Ok(pages) => {
            let most = usize::try_from(LIMITS.pages).expect("a hundred");
            assert!((1..=most).contains(&pages.len()), "{} pages", pages.len());
            pages
        }
        Err(refused) => refusal(&refused),
    }
}

fn refusal(refused: &Refused) -> Vec<Leaf> {
    reasons(refused);
    Vec::new()
}

fn decoded(kind: MediaType, bytes: &[u8], leaf: Leaf) {
    match decode(kind, bytes.to_vec(), leaf, &LIMITS) {
        Ok(page) => {
            let bytes = u64::try_from(page.into_ppm().len()).expect("a size");
            assert!(bytes <= 3 * LIMITS.pixels + 64, "{bytes}");
        }
        Err(refused) => reasons(&refused),
    }
}
