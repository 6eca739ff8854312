//! What scan says of a document: its verdict, as others hear it.

use chrono::{DateTime, Utc};
use contracts::{
    Refused,
    scan::{DocumentChecked, FlawWeight, MOST_FLAWS, PageFlaw, PagePlace, ReadField, Verdict},
};

use crate::{
    domain::{CERTAIN, Field, Finding, Page, Place, Weight},
    store::Document,
};

/// It was looked at, and this was found.
pub fn judged(
    document: &Document,
    finding: &Finding,
    fields: &[Field],
    now: DateTime<Utc>,
) -> DocumentChecked {
    let verdict = match finding.rejection() {
        None => Verdict::Accepted,
        Some((_, reason)) => rejected(reason),
    };
    let pages = u32::try_from(finding.pages().len()).unwrap_or(u32::MAX);
    DocumentChecked {
        letters: finding.letters(),
        flaws: told(finding.pages()),
        fields: fields.iter().map(read).collect(),
        ..checked(document, pages, verdict, now)
    }
}

/// It is accepted in spite of its pictures.
pub fn overruled(
    document: &Document,
    pages: u32,
    fields: &[Field],
    now: DateTime<Utc>,
) -> DocumentChecked {
    DocumentChecked {
        fields: fields.iter().map(read).collect(),
        ..checked(document, pages, Verdict::Accepted, now)
    }
}

/// It was accepted and is taken back.
pub fn withdrawn(
    document: &Document,
    pages: u32,
    reason: Refused,
    now: DateTime<Utc>,
) -> DocumentChecked {
    checked(document, pages, rejected(reason), now)
}

/// What is said of a document whose verdict is this.
fn checked(
    document: &Document,
    pages: u32,
    verdict: Verdict,
    now: DateTime<Utc>,
) -> DocumentChecked {
    DocumentChecked {
        document: document.id,
        owner: document.owner,
        kind: document.kind.clone(),
        sha256: document.hash.as_str().to_owned(),
        media_type: document.media_type.as_str().to_owned(),
        bytes: document.bytes,
        pages,
        letters: document.letters.unwrap_or_default(),
        verdict,
        flaws: Vec::new(),
        fields: Vec::new(),
        checked_at: now,
    }
}

/// Something that was read, as others hear it.
fn read(field: &Field) -> ReadField {
    ReadField {
        name: field.name.clone(),
        value: field.value.clone(),
        confidence: field.confidence,
        certain: field.confidence >= CERTAIN,
        disputed: field.disputed,
        page: field.page,
        place: place(field.place),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "fractions of a page"
)]
fn place(place: Place) -> PagePlace {
    let thousandths = |part: f32| (part.clamp(0.0, 1.0) * 1000.0).round() as u16;
    PagePlace {
        left: thousandths(place.left),
        top: thousandths(place.top),
        width: thousandths(place.width),
        height: thousandths(place.height),
    }
}

/// The verdict that something is wrong.
fn rejected(reason: Refused) -> Verdict {
    Verdict::Rejected {
        reason_vi: reason.vi.into_owned(),
        reason_en: reason.en.into_owned(),
    }
}

/// The flaws worth telling; the worst, where there are too many.
fn told(pages: &[Page]) -> Vec<PageFlaw> {
    let weighty = pages.iter().zip(1..).flat_map(|(page, number)| {
        let weighed = page.flaws.iter().filter_map(|flaw| {
            let weight = match flaw.weight {
                Weight::Note => return None,
                Weight::Advice => FlawWeight::Advice,
                Weight::Unusable => FlawWeight::Unusable,
            };
            Some((flaw.kind, weight))
        });
        weighed.map(move |(kind, weight)| {
            let (vi, en) = kind.words();
            PageFlaw {
                page: number,
                kind: kind.as_str().to_owned(),
                weight,
                advice_vi: vi.to_owned(),
                advice_en: en.to_owned(),
            }
        })
    });
    let mut told: Vec<PageFlaw> = weighty.collect();
    told.sort_by_key(|flaw| flaw.weight == FlawWeight::Advice);
    told.truncate(MOST_FLAWS);
    told.sort_by_key(|flaw| flaw.page);
    told
}
