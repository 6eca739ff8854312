//! What is told, against the golden example of every event: no value is missing, and no telephone shows more than it should.

use std::{collections::BTreeMap, path::Path};

use procedure::{
    Catalogue,
    notices::{SMS_LETTERS, is_gsm},
};
use serde::de::DeserializeOwned;
use strum::VariantArray;

use super::{
    outgoing::{Item, Told},
    *,
};
use crate::{
    channel::{Channel, Content},
    domain::{news::TOLD, preferences::Language},
};

const CODE: &str = "000.00.00.H15-261008-0975";

fn procedure() -> Bilingual {
    Bilingual {
        vi: "Cấp bản sao".to_owned(),
        en: "Copy".to_owned(),
    }
}

fn golden<M: contracts::Message + DeserializeOwned>() -> M {
    let all = contracts::all().into_iter();
    let mut named = all.filter(|message| message.wire == M::TYPE);
    serde_json::from_str(named.next().unwrap().golden).unwrap()
}

/// The letter of every kind of news, from the golden example of its event.
fn letters(to: To<'_>) -> BTreeMap<News, Letter> {
    let example: DossierDecided = golden();
    let refused = DossierDecided {
        outcome: Outcome::Refused {
            reason: "Không có trong sổ.".to_owned(),
        },
        ..example.clone()
    };
    let granted = DossierDecided {
        outcome: Outcome::Granted { result: Vec::new() },
        ..example
    };
    let all = [
        (News::Submitted, submitted(&golden(), to)),
        (News::Received, received(&golden(), to)),
        (News::Rejected, rejected(&golden(), to)),
        (
            News::SupplementRequested,
            supplement_requested(&golden(), to),
        ),
        (News::FeeOrdered, fee_ordered(&golden(), to)),
        (News::FeePaid, fee_paid(&golden(), to)),
        (News::FeeExpired, fee_expired(&golden(), to)),
        (News::FeeCancelled, fee_cancelled(&golden(), to)),
        (News::FeeRefunded, fee_refunded(&golden(), to)),
        (News::ResultAwaitsFee, result_awaits_fee(&golden(), to)),
        (News::Granted, decided(&granted, to)),
        (News::Refused, decided(&refused, to)),
        (News::ResultIssued, result_issued(&golden(), to)),
        (News::HandedOver, result_handed_over(&golden(), to)),
        (News::Revoked, result_revoked(&golden(), to)),
        (News::CollectionCode, collection_code_made(&golden(), to)),
        (News::Unclaimed, result_unclaimed(&golden(), to)),
    ];
    let all = all.map(|(news, letter)| (news, letter.unwrap()));
    BTreeMap::from(all)
}

fn usual() -> BTreeMap<News, Letter> {
    let procedure = procedure();
    let to = To {
        procedure: &procedure,
        notices: None,
    };
    letters(to)
}

fn content(letter: &Letter, code: Option<&str>, language: Language, channel: Channel) -> Content {
    let told = Told {
        items: &[Item { letter, code }],
        name: "Nguyễn Thị Ví Dụ",
        language,
        public: &|path| format!("https://mot-cua.example.vn{path}"),
        unsubscribe: "/notification/unsubscribe/x",
        zalo: Some("1"),
    };
    told.content(channel).unwrap()
}

fn sms(letter: &Letter, code: Option<&str>, language: Language) -> String {
    let Content::Sms { text } = content(letter, code, language, Channel::Sms) else {
        unreachable!("an SMS is asked for");
    };
    text
}

#[test]
fn every_kind_of_news_has_its_words_in_full() {
    let letters = usual();
    assert_eq!(letters.len(), News::ALL.len());
    for (news, letter) in letters {
        for text in [
            &letter.title,
            &letter.body,
            &letter.title_en,
            &letter.body_en,
            &letter.short,
            &letter.short_en,
        ] {
            assert!(
                !text.is_empty() && !text.contains("\n--"),
                "{news:?}: {text}"
            );
        }
        assert!(!letter.title.contains('\n') && letter.link.starts_with('/'));
        let known: Vec<_> = news.sms_placeholders().skip(1).collect();
        let given: Vec<_> = letter.details.keys().map(String::as_str).collect();
        assert!(
            known.iter().all(|name| given.contains(name)),
            "{news:?}: {given:?}"
        );
        assert_eq!(known.len(), given.len(), "{news:?}");
    }
    assert_eq!(
        TOLD.len() + 1,
        News::ALL.len(),
        "a decision is granted or refused"
    );
}

#[test]
fn an_sms_is_one_sms_without_accents_and_names_nobody() {
    for (news, letter) in usual() {
        for language in Language::VARIANTS {
            for code in [Some(CODE), None] {
                let text = sms(&letter, code, *language);
                assert!(is_gsm(&text), "{news:?}: {text}");
                assert!(text.len() <= SMS_LETTERS, "{news:?}: {} {text}", text.len());
                assert!(
                    !text.contains("  ") && !text.contains(" :"),
                    "{news:?}: {text}"
                );
                for private in ["Nguyen", "Vi Du", "ban sao", "Copy", "066090"] {
                    assert!(!text.contains(private), "{news:?}: {text}");
                }
                // Before it is received a dossier has no code.
                let has_code = code.is_some() && news != News::Submitted;
                assert_eq!(text.contains(CODE), has_code, "{news:?}: {text}");
            }
        }
    }
}

#[test]
fn what_anybody_may_see_on_a_screen_names_nobody_either() {
    for (news, letter) in usual() {
        let Content::Push { title, body, link } =
            content(&letter, Some(CODE), Language::Vi, Channel::Push)
        else {
            unreachable!("a note is asked for");
        };
        let Content::Zalo { data, .. } = content(&letter, Some(CODE), Language::Vi, Channel::Zalo)
        else {
            unreachable!("a template message is asked for");
        };
        let all = format!("{title} {body} {link} {data:?}");
        for private in ["Nguyễn", "Ví Dụ", "bản sao", "066090"] {
            assert!(!all.contains(private), "{news:?}: {all}");
        }
        assert_eq!(data["code"], CODE);
        assert!(
            !title.contains('{') && !body.contains('{'),
            "{news:?}: {all}"
        );
    }
}

#[test]
fn a_mail_says_it_all_in_text_and_html_and_lets_itself_be_ended() {
    for (news, letter) in usual() {
        for language in Language::VARIANTS {
            let content = content(&letter, Some(CODE), *language, Channel::Mail);
            let Content::Mail {
                subject,
                text,
                html,
                unsubscribe,
                ..
            } = content
            else {
                unreachable!("a mail is asked for");
            };
            let html = html.unwrap();
            assert!(
                subject.contains(CODE) && !subject.contains('\n'),
                "{news:?}"
            );
            assert!(
                text.contains(&letter.body) && text.contains(&letter.body_en),
                "{news:?}"
            );
            for part in [&text, &html] {
                assert!(
                    part.contains(CODE) && part.contains("Nguyễn Thị Ví Dụ"),
                    "{news:?}"
                );
                assert!(part.contains(&format!("https://mot-cua.example.vn{}", letter.link)));
            }
            assert!(
                !html.contains("<script") && !html.contains("src="),
                "{news:?}"
            );
            assert_eq!(
                unsubscribe.as_deref(),
                Some("https://mot-cua.example.vn/notification/unsubscribe/x")
            );
        }
    }
}

#[test]
fn what_an_officer_wrote_stays_in_the_body_as_it_was_written_and_is_no_html() {
    let procedure = procedure();
    let to = To {
        procedure: &procedure,
        notices: None,
    };
    let event = DossierRejected {
        reason: "Thiếu <chữ ký> & dấu.\n--\nXin xem lại.".to_owned(),
        ..golden()
    };
    let letter = rejected(&event, to).unwrap();
    assert_eq!(letter.title, "Hồ sơ không được tiếp nhận");
    assert_eq!(
        letter.body,
        "Hồ sơ “Cấp bản sao” không được tiếp nhận. Lý do: Thiếu <chữ ký> & dấu.\n--\nXin xem lại."
    );
    assert!(
        letter.short.starts_with("Ho so {code} khong duoc"),
        "{}",
        letter.short
    );
    let Content::Mail { html, .. } = content(&letter, None, Language::Vi, Channel::Mail) else {
        unreachable!("a mail is asked for");
    };
    assert!(html.unwrap().contains("Thiếu &#60;chữ ký&#62;"));
}

#[test]
fn a_refusal_gives_its_reason_and_a_grant_gives_none() {
    let letters = usual();
    assert_eq!(letters[&News::Granted].title, "Hồ sơ đã được giải quyết");
    let refused = &letters[&News::Refused];
    assert_eq!(refused.title, "Hồ sơ bị từ chối");
    assert!(
        refused
            .body
            .contains("Lý do: Không có trong sổ.\nVăn bản từ chối")
    );
    assert!(!refused.short.contains("sổ"), "no reason leaves by SMS");
}

#[test]
fn several_news_are_one_message() {
    let letters = usual();
    let items: Vec<Item<'_>> = letters
        .values()
        .take(3)
        .map(|letter| Item {
            letter,
            code: Some(CODE),
        })
        .collect();
    let told = Told {
        items: &items,
        name: "Nguyễn Thị Ví Dụ",
        language: Language::Vi,
        public: &|path| format!("https://mot-cua.example.vn{path}"),
        unsubscribe: "/notification/unsubscribe/x",
        zalo: None,
    };
    let Ok(Content::Mail { subject, text, .. }) = told.content(Channel::Mail) else {
        unreachable!("a mail is asked for");
    };
    assert_eq!(subject, "3 tin mới về hồ sơ của bạn");
    assert!(
        items.iter().all(|item| text.contains(&item.letter.body)),
        "{text}"
    );
    let Ok(Content::Sms { text }) = told.content(Channel::Sms) else {
        unreachable!("an SMS is asked for");
    };
    assert_eq!(
        text,
        "3 tin moi ve ho so cua ban https://mot-cua.example.vn/notification/"
    );
}

/// Every version of every procedure that this project ships, with the words of its own.
#[test]
fn the_shipped_procedures_own_words_can_be_filled_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue");
    let catalogue = Catalogue::load(&folder).unwrap();
    let day = chrono::NaiveDate::from_ymd_opt(2026, 10, 8).unwrap();
    let mut own = 0;
    for description in catalogue.in_force(day) {
        let to = To {
            procedure: &description.name,
            notices: Some(&description.notices),
        };
        for (news, letter) in letters(to) {
            own += usize::from(description.notices.of(news).is_some());
            for language in Language::VARIANTS {
                let text = sms(&letter, Some(CODE), *language);
                assert!(
                    is_gsm(&text) && text.len() <= SMS_LETTERS,
                    "{news:?}: {text}"
                );
            }
            assert!(!letter.body.contains('{'), "{}: {news:?}", description.code);
        }
    }
    assert!(own > 0, "at least one procedure shows how");
}
