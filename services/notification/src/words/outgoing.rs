//! What leaves by each channel: a mail in full, and for what anybody may pick up or look at no more than the short line.

use std::collections::BTreeMap;

use askama::Template;
use procedure::notices::{SMS_LETTERS, plain};

use super::Letter;
use crate::{
    channel::{Channel, Content},
    domain::preferences::Language,
};

/// A message with the dossier's code, once it has one.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    /// What it says.
    pub letter: &'a Letter,
    /// The dossier's code.
    pub code: Option<&'a str>,
}

/// What is told to one person: a message, or all of a day's.
pub struct Told<'a> {
    /// The messages, oldest first; at least one.
    pub items: &'a [Item<'a>],
    /// What the person is called.
    pub name: &'a str,
    /// In which language, where there is room for one.
    pub language: Language,
    /// The public address of a path.
    pub public: &'a dyn Fn(&str) -> String,
    /// The path that unsubscribes from mails.
    pub unsubscribe: &'a str,
    /// The template of Zalo's for this kind of news.
    pub zalo: Option<&'a str>,
}

/// The path of the inbox: where everything stands that is told.
const INBOX: &str = "/notification/";
/// Where a person says what they want.
const PREFERENCES: &str = "/notification/preferences";

#[derive(Template)]
#[template(path = "mail.txt")]
struct Text<'a> {
    name: &'a str,
    items: &'a [Shown<'a>],
    vi_first: bool,
    preferences: &'a str,
    unsubscribe: &'a str,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    subject: &'a str,
    name: &'a str,
    items: &'a [Shown<'a>],
    vi_first: bool,
    preferences: &'a str,
    unsubscribe: &'a str,
}

struct Shown<'a> {
    letter: &'a Letter,
    code: Option<&'a str>,
    link: String,
}

#[derive(Template)]
#[template(path = "subject.txt")]
struct Subject<'a> {
    title: &'a str,
    code: Option<&'a str>,
}

impl Told<'_> {
    /// What leaves by a channel.
    pub fn content(&self, channel: Channel) -> askama::Result<Content> {
        Ok(match channel {
            Channel::Mail => self.mail()?,
            Channel::Sms => Content::Sms { text: self.sms() },
            Channel::Zalo => Content::Zalo {
                template: self.zalo.unwrap_or_default().to_owned(),
                data: self.zalo_data(),
            },
            Channel::Push => Content::Push {
                title: self.title(),
                body: self.line(),
                link: (self.public)(INBOX),
            },
        })
    }

    fn is_vi(&self) -> bool {
        self.language == Language::Vi
    }

    /// The kind of news; of several how many there are.
    fn title(&self) -> String {
        match (self.items, self.is_vi()) {
            ([one], true) => one.letter.title.clone(),
            ([one], false) => one.letter.title_en.clone(),
            (all, true) => format!("{} tin mới về hồ sơ của bạn", all.len()),
            (all, false) => format!("{} news of your applications", all.len()),
        }
    }

    /// The subject of a mail: the kind of news and the dossier's code, nothing of the person.
    fn subject(&self) -> askama::Result<String> {
        let code = match self.items {
            [one] => one.code,
            _ => None,
        };
        let title = &self.title();
        let subject = Subject { title, code };
        Ok(subject.render()?.trim().to_owned())
    }

    fn mail(&self) -> askama::Result<Content> {
        let subject = self.subject()?;
        let items: Vec<Shown<'_>> = self
            .items
            .iter()
            .map(|item| Shown {
                letter: item.letter,
                code: item.code,
                link: (self.public)(&item.letter.link),
            })
            .collect();
        let (preferences, unsubscribe) = (
            &(self.public)(PREFERENCES),
            &(self.public)(self.unsubscribe),
        );
        let (name, items, vi_first) = (self.name, items.as_slice(), self.is_vi());
        let text = Text {
            name,
            items,
            vi_first,
            preferences,
            unsubscribe,
        };
        let html = Html {
            subject: &subject,
            name,
            items,
            vi_first,
            preferences,
            unsubscribe,
        };
        let (text, html) = (text.render()?, html.render()?);
        Ok(Content::Mail {
            subject,
            text,
            html: Some(html),
            // One click works over TLS only (RFC 8058); without it, as in development, the link in the text does.
            unsubscribe: Some(unsubscribe.clone()).filter(|link| link.starts_with("https://")),
            attachment: None,
        })
    }

    /// The short line, in one language.
    fn line(&self) -> String {
        let [one] = self.items else {
            return self.title();
        };
        let line = if self.is_vi() {
            &one.letter.short
        } else {
            &one.letter.short_en
        };
        let line = if line.is_empty() {
            &one.letter.title
        } else {
            line
        };
        let filled = line.replace("{code}", one.code.unwrap_or_default());
        // Without a code there is a blank too many.
        let words: Vec<&str> = filled.split_whitespace().collect();
        words.join(" ").replace(" :", ":")
    }

    /// The SMS: without accents, and with the way to the portal where that fits into one.
    fn sms(&self) -> String {
        let line = plain(&self.line());
        let whole = format!("{line} {}", (self.public)(INBOX));
        if whole.chars().count() <= SMS_LETTERS {
            whole
        } else {
            line
        }
    }

    fn zalo_data(&self) -> BTreeMap<String, String> {
        let mut data = BTreeMap::from([("title".to_owned(), self.title())]);
        if let [one] = self.items {
            data.extend(one.letter.details.clone());
            data.insert("code".to_owned(), one.code.unwrap_or("-").to_owned());
        }
        data
    }
}
