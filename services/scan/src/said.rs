//! What scan says of a document: its verdict, as others hear it.

use chrono::{DateTime, Utc};
use contracts::{
    Refused,
    scan::{DocumentChecked, FlawWeight, MOST_FLAWS, PageFlaw, Verdict},
};

use crate::{
    domain::{Finding, Page, Weight},
    store::Document,
};

/// It was looked at, and this was found.
pub fn judged(document: &Document, finding: &Finding, now: DateTime<Utc>) -> DocumentChecked {
    let verdict = match finding.rejection() {
        None => Verdict::Accepted,
        Some((_, reason)) => rejected(reason),
    };
    let pages = u32::try_from(finding.pages().len()).unwrap_or(u32::MAX);
    DocumentChecked {
        letters: finding.letters(),
        flaws: told(finding.pages()),
        ..checked(document, pages, verdict, now)
    }
}

/// It is accepted in spite of its pictures.
pub fn overruled(document: &Document, pages: u32, now: DateTime<Utc>) -> DocumentChecked {
    checked(document, pages, Verdict::Accepted, now)
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
        sha256: document.hash.as_str().to_owned(),
        media_type: document.media_type.as_str().to_owned(),
        bytes: document.bytes,
        pages,
        letters: document.letters.unwrap_or_default(),
        verdict,
        flaws: Vec::new(),
        checked_at: now,
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
