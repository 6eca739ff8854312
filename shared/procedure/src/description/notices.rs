//! What the people of one procedure are told in words of its own, in place of the usual ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Description, check::Checked, check::wrong};
use crate::{Bilingual, unaccented};

/// The longest SMS that is one SMS, in letters of the GSM alphabet.
pub const SMS_LETTERS: usize = 160;

/// A kind of news about a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// The dossier is on its way to the desk.
    Submitted,
    /// The desk took it in.
    Received,
    /// The desk did not take it in.
    Rejected,
    /// Something is to be added.
    SupplementRequested,
    /// A fee is to be paid.
    FeeOrdered,
    /// A fee is paid.
    FeePaid,
    /// A fee was not paid in time.
    FeeExpired,
    /// A fee is not owed any more.
    FeeCancelled,
    /// Money is back with the payer.
    FeeRefunded,
    /// The result waits for the fee.
    ResultAwaitsFee,
    /// It was granted.
    Granted,
    /// It was refused.
    Refused,
    /// The result is there.
    ResultIssued,
    /// The result is in the citizen's hands.
    HandedOver,
    /// A result counts no more.
    Revoked,
    /// A code to collect the result with.
    CollectionCode,
    /// The result waits, and nobody took it.
    Unclaimed,
}

impl News {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Submitted,
        Self::Received,
        Self::Rejected,
        Self::SupplementRequested,
        Self::FeeOrdered,
        Self::FeePaid,
        Self::FeeExpired,
        Self::FeeCancelled,
        Self::FeeRefunded,
        Self::ResultAwaitsFee,
        Self::Granted,
        Self::Refused,
        Self::ResultIssued,
        Self::HandedOver,
        Self::Revoked,
        Self::CollectionCode,
        Self::Unclaimed,
    ];

    /// What its words may be filled in with.
    pub const fn placeholders(self) -> &'static [&'static str] {
        match self {
            Self::Submitted | Self::HandedOver => &["procedure", "at"],
            Self::Received => &["procedure", "code", "due"],
            Self::Rejected => &["procedure", "reason"],
            Self::Revoked => &["procedure", "number", "reason"],
            Self::SupplementRequested => &["procedure", "items"],
            Self::FeeOrdered => &["procedure", "amount"],
            Self::FeePaid | Self::FeeExpired | Self::FeeRefunded | Self::ResultAwaitsFee => {
                &["procedure", "amount", "at"]
            }
            Self::FeeCancelled => &["procedure", "amount", "at", "reason"],
            Self::Granted => &["procedure", "code"],
            Self::Refused => &["procedure", "code", "reason"],
            Self::CollectionCode => &["procedure", "collection_code", "at"],
            Self::Unclaimed => &["procedure", "number", "days"],
            Self::ResultIssued => &["procedure", "number", "check_code"],
        }
    }

    /// What its SMS may be filled in with: nothing that tells whoever picks up the telephone more than the dossier's code
    /// and what was asked for.
    pub fn sms_placeholders(self) -> impl Iterator<Item = &'static str> {
        let harmless = self.placeholders().iter().copied();
        let harmless =
            harmless.filter(|name| matches!(*name, "amount" | "at" | "due" | "collection_code"));
        std::iter::once("code").chain(harmless)
    }
}

/// A procedure's own words, by the kind of news.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Notices(BTreeMap<News, Notice>);

/// The words for one kind of news; what is left out stays as usual. `{name}` is filled in: see [`News::placeholders`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Notice {
    /// What kind of news; nothing is filled in.
    pub title: Option<Bilingual>,
    /// The news.
    pub body: Option<Bilingual>,
    /// The news as an SMS; sent without accents.
    pub sms: Option<Bilingual>,
}

impl Notices {
    /// A procedure's own words for a kind of news.
    pub fn of(&self, news: News) -> Option<&Notice> {
        self.0.get(&news)
    }
}

/// Why a text cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfillable {
    /// A placeholder that this text has no value for.
    #[error("{{{0}}} is nothing that can be filled in here")]
    Unknown(String),
    /// A brace that opens and does not close, or closes what was not opened.
    #[error("a brace without its other half")]
    Loose,
}

/// Fills in each `{name}` with its value. What a value holds is not looked at again.
pub fn fill_in<'a>(
    text: &str,
    value: impl Fn(&str) -> Option<&'a str>,
) -> Result<String, Unfillable> {
    let mut filled = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some(place) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at(place);
        let inside = after.strip_prefix('{').ok_or(Unfillable::Loose)?;
        let (name, behind) = inside.split_once('}').ok_or(Unfillable::Loose)?;
        if name.contains('{') {
            return Err(Unfillable::Loose);
        }
        filled.push_str(before);
        filled.push_str(value(name).ok_or_else(|| Unfillable::Unknown(name.to_owned()))?);
        rest = behind;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// An SMS as it is sent: without accents, so that it is one SMS and every telephone shows it.
pub fn plain(text: &str) -> String {
    let bare = unaccented(text).map(|letter| match letter {
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        '–' | '—' => '-',
        letter => letter,
    });
    bare.collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether an SMS can be sent with one byte a letter: the part of ASCII that the GSM alphabet has in one place.
pub fn is_gsm(text: &str) -> bool {
    let has = |c: char| matches!(c, ' '..='~') && !"`[]{}^~|\\".contains(c);
    text.chars().all(has)
}

/// As long as the longest value that a placeholder gets in practice.
fn longest(name: &str) -> Option<&'static str> {
    match name {
        "code" => Some("000.00.00.H15-261008-0000"),
        "amount" => Some("999.999.999 dong"),
        "collection_code" => Some("000000"),
        "at" | "due" => Some("00:00 ngay 00/00/0000"),
        _ => None,
    }
}

impl Description {
    pub(super) fn check_notices(&self) -> Checked {
        for (news, notice) in &self.notices.0 {
            let key = |part: &str| format!("notices.{news:?}.{part}");
            if let Some(title) = &notice.title
                && [&title.vi, &title.en]
                    .iter()
                    .any(|text| text.contains(['{', '}', '\n']))
            {
                return wrong(key("title"), "is one line, and nothing is filled in there");
            }
            let known = news.placeholders();
            for body in notice.body.iter().flat_map(|body| [&body.vi, &body.en]) {
                if let Err(error) = fill_in(body, |name| known.contains(&name).then_some("")) {
                    return wrong(key("body"), error.to_string());
                }
            }
            for sms in notice.sms.iter().flat_map(|sms| [&sms.vi, &sms.en]) {
                let value = |name: &str| {
                    let mut known = news.sms_placeholders();
                    known.any(|known| known == name).then(|| longest(name))?
                };
                let filled = match fill_in(sms, value) {
                    Ok(filled) => plain(&filled),
                    Err(error) => return wrong(key("sms"), error.to_string()),
                };
                if !is_gsm(&filled) || filled.len() > SMS_LETTERS {
                    return wrong(
                        key("sms"),
                        format!(
                            "is {} letters when filled in; an SMS has {SMS_LETTERS}, of A to Z, digits and plain signs",
                            filled.chars().count()
                        ),
                    );
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(name: &str) -> Option<&'static str> {
        match name {
            "code" => Some("H15-1"),
            "odd" => Some("{code}"),
            _ => None,
        }
    }

    #[test]
    fn a_text_is_filled_in_and_what_was_filled_in_is_not_read_again() {
        assert_eq!(
            fill_in("Hồ sơ {code}: {odd}.", value).as_deref(),
            Ok("Hồ sơ H15-1: {code}.")
        );
        assert_eq!(fill_in("", value).as_deref(), Ok(""));
    }

    #[test]
    fn what_nobody_can_fill_in_is_refused_by_name() {
        let refused = |text| fill_in(text, value).unwrap_err().to_string();
        assert!(refused("{name}").contains("{name}"));
        for text in ["{code", "code}", "{{code}}", "{}"] {
            fill_in(text, value).unwrap_err();
        }
    }

    #[test]
    fn an_sms_has_no_accents_and_is_gsm() {
        let sent = plain("Hồ sơ “Đ”  – đã\nxong’");
        assert_eq!(sent, "Ho so \"D\" - da xong'");
        assert!(is_gsm(&sent));
        assert!(!is_gsm("hồ") && !is_gsm("[") && !is_gsm("\n"));
    }

    #[test]
    fn an_sms_tells_no_more_than_a_code_a_sum_and_a_time() {
        for news in News::ALL {
            for name in news.sms_placeholders() {
                assert!(longest(name).is_some(), "{news:?}: {name}");
            }
        }
    }

    proptest! {
        #[test]
        fn filling_in_never_panics(text in "[a-z{}ạ ]{0,30}") {
            let _ = fill_in(&text, value);
        }
    }
}
