//! What codes and warnings say: they name the system, hold no link, and say that nobody may ask for a code.

use askama::Template;
use chrono::{DateTime, Utc};
use contracts::notification::{CodePurpose, Language, Warning};
use procedure::notices::plain;
use serde::{Deserialize, Serialize};

use super::split;
use crate::channel::{Channel, Content};

/// What goes to an address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// A one-time code.
    Code {
        /// The code.
        code: String,
        /// What for.
        purpose: CodePurpose,
        /// Until when.
        expires_at: DateTime<Utc>,
    },
    /// A warning.
    Warning {
        /// Of what.
        about: Warning,
        /// When it was done.
        happened_at: DateTime<Utc>,
    },
}

/// The same, in a language.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// What it says.
    pub said: Said,
    /// In which language.
    pub language: Language,
}

#[derive(Template)]
#[template(path = "directs/code.txt")]
struct CodeText<'a> {
    vi: bool,
    code: &'a str,
    purpose: CodePurpose,
    at: &'a str,
    time: &'a str,
}

#[derive(Template)]
#[template(path = "directs/warning.txt")]
struct WarningText<'a> {
    vi: bool,
    about: Warning,
    at: &'a str,
    time: &'a str,
}

impl Words {
    /// What leaves by a channel; `zalo` is the template of Zalo's for codes. A note in the browser says none of this.
    pub fn content(&self, channel: Channel, zalo: &str) -> askama::Result<Option<Content>> {
        let (title, text, short) = self.written()?;
        Ok(match (channel, &self.said) {
            (Channel::Mail, _) => Some(Content::Mail {
                subject: title,
                text,
                html: None,
                unsubscribe: None,
                attachment: None,
            }),
            (Channel::Sms, _) => Some(Content::Sms {
                text: plain(&short),
            }),
            (
                Channel::Zalo,
                Said::Code {
                    code, expires_at, ..
                },
            ) => {
                let data = [
                    ("code", code.clone()),
                    ("at", web::moment(*expires_at)),
                    ("title", title),
                ];
                let data = data.map(|(name, value)| (name.to_owned(), value));
                Some(Content::Zalo {
                    template: zalo.to_owned(),
                    data: data.into(),
                })
            }
            (Channel::Zalo, Said::Warning { .. }) | (Channel::Push, _) => None,
        })
    }

    /// Title, text and the line for a telephone.
    fn written(&self) -> askama::Result<(String, String, String)> {
        let vi = self.language == Language::Vi;
        let time_of = |at: &str| at.split(' ').next().unwrap_or_default().to_owned();
        let text = match &self.said {
            Said::Code {
                code,
                purpose,
                expires_at,
            } => {
                let at = &web::moment(*expires_at);
                let (purpose, time) = (*purpose, &time_of(at));
                CodeText {
                    vi,
                    code,
                    purpose,
                    at,
                    time,
                }
                .render()?
            }
            Said::Warning { about, happened_at } => {
                let at = &web::moment(*happened_at);
                let (about, time) = (*about, &time_of(at));
                WarningText {
                    vi,
                    about,
                    at,
                    time,
                }
                .render()?
            }
        };
        Ok(split(&text))
    }
}

#[cfg(test)]
mod tests {
    use procedure::notices::{SMS_LETTERS, is_gsm};

    use super::*;

    const PURPOSES: [CodePurpose; 4] = [
        CodePurpose::ProveContact,
        CodePurpose::StepUp,
        CodePurpose::RecoverPassword,
        CodePurpose::Consent,
    ];

    fn all() -> Vec<Words> {
        let at = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let codes = PURPOSES.map(|purpose| Said::Code {
            code: "402913".into(),
            purpose,
            expires_at: at,
        });
        let warnings = [Warning::ContactChanged, Warning::PasswordRecovered];
        let warnings = warnings.map(|about| Said::Warning {
            about,
            happened_at: at,
        });
        let each = codes.into_iter().chain(warnings);
        let both = each.flat_map(|said| {
            [Language::Vi, Language::En].map(|language| Words {
                said: said.clone(),
                language,
            })
        });
        both.collect()
    }

    #[test]
    fn every_text_message_is_one_names_the_system_and_holds_no_link() {
        for words in all() {
            let Some(Content::Sms { text }) = words.content(Channel::Sms, "").unwrap() else {
                panic!("it is an SMS");
            };
            assert!(text.starts_with("Mot Cua: "), "{text}");
            assert!(text.chars().count() <= SMS_LETTERS, "{text}");
            assert!(is_gsm(&text) && !text.contains("http"), "{text}");
            assert!(!text.contains("{{") && !text.contains("  "), "{text}");
        }
    }

    #[test]
    fn a_code_stands_in_its_text_and_never_in_a_subject() {
        for words in all() {
            let Some(Content::Mail { subject, text, .. }) =
                words.content(Channel::Mail, "").unwrap()
            else {
                panic!("it is a mail");
            };
            let is_code = matches!(words.said, Said::Code { .. });
            assert_eq!(text.contains("402913"), is_code, "{text}");
            assert!(
                !subject.contains("402913") && !subject.is_empty(),
                "{subject}"
            );
            assert!(!text.contains("http") && !text.contains("--"), "{text}");
        }
    }

    #[test]
    fn whoever_gets_a_code_is_told_that_nobody_may_ask_for_it() {
        for words in all() {
            let Said::Code { purpose, .. } = words.said else {
                continue;
            };
            let (_, text, short) = words.written().unwrap();
            let warns = match (purpose, words.language) {
                (CodePurpose::Consent, Language::Vi) => "đừng đọc mã cho ai",
                (CodePurpose::Consent, Language::En) => "tell it to nobody",
                (_, Language::Vi) => "Không ai được hỏi mã này",
                (_, Language::En) => "Nobody may ask you for",
            };
            assert!(text.contains(warns), "{text}");
            assert!(short.contains(warns), "{short}");
        }
    }

    #[test]
    fn zalo_carries_codes_and_no_warnings() {
        for words in all() {
            let content = words.content(Channel::Zalo, "7").unwrap();
            let is_code = matches!(words.said, Said::Code { .. });
            assert_eq!(content.is_some(), is_code);
            assert!(words.content(Channel::Push, "7").unwrap().is_none());
        }
    }
}
