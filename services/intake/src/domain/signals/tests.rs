mod cards;
mod town;

use uuid::Uuid;

use super::*;

/// As `config.toml` has them.
fn defaults() -> (Rules, Weights) {
    #[derive(Deserialize)]
    struct Config {
        signals: Signals,
    }
    #[derive(Deserialize)]
    struct Signals {
        rules: Rules,
        weights: Weights,
    }
    let text = include_str!("../../../config.toml");
    let config: Config = toml::from_str(text).unwrap();
    (config.signals.rules, config.signals.weights)
}

fn dossier(n: u128) -> DossierId {
    DossierId(Uuid::from_u128(n))
}

fn others(people: usize) -> Others {
    Others {
        people,
        dossiers: (1..=people as u128).map(dossier).collect(),
    }
}

fn file(people: usize) -> File {
    File {
        paper: Bilingual {
            vi: "Tờ khai".to_owned(),
            en: "Application".to_owned(),
        },
        others: others(people),
    }
}

fn pace(source: Source, hour: usize, day: usize) -> Pace {
    Pace { source, hour, day }
}

fn codes(weighed: &Weighed) -> Vec<&str> {
    weighed.signals.iter().map(|signal| &*signal.code).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn what_is_seen_comes_to_so_much() {
    let (rules, weights) = defaults();
    let nothing = Seen::default();
    let cases: Vec<(Seen, &[&str], u8, SignalLevel)> = vec![
        (nothing.clone(), &[], 0, SignalLevel::None),
        (
            Seen {
                files: vec![file(0)],
                ..nothing.clone()
            },
            &[],
            0,
            SignalLevel::None,
        ),
        (
            Seen {
                files: vec![file(4)],
                ..nothing.clone()
            },
            &["same_file"],
            15,
            SignalLevel::Low,
        ),
        (
            Seen {
                files: vec![file(1), file(5)],
                ..nothing.clone()
            },
            &["file_spread", "same_file"],
            75,
            SignalLevel::High,
        ),
        (
            Seen {
                elsewhere: vec![dossier(1)],
                ..nothing.clone()
            },
            &["person_elsewhere"],
            45,
            SignalLevel::Medium,
        ),
        (
            Seen {
                phone: others(4),
                email: others(4),
                ..nothing.clone()
            },
            &[],
            0,
            SignalLevel::None,
        ),
        (
            Seen {
                phone: others(5),
                email: others(9),
                ..nothing.clone()
            },
            &["shared_phone", "shared_email"],
            20,
            SignalLevel::Low,
        ),
        (
            Seen {
                paces: vec![pace(Source::Account, 10, 30), pace(Source::Phone, 10, 31)],
                ..nothing.clone()
            },
            &["fast_filing"],
            20,
            SignalLevel::Low,
        ),
        (
            Seen {
                card: vec![Remark::Name, Remark::Expired],
                ..nothing.clone()
            },
            &["card_name", "card_expired"],
            40,
            SignalLevel::Medium,
        ),
        (
            Seen {
                little_known: Some(1),
                ..nothing.clone()
            },
            &["low_assurance"],
            10,
            SignalLevel::Low,
        ),
        (
            Seen {
                little_known: Some(2),
                ..nothing.clone()
            },
            &[],
            0,
            SignalLevel::None,
        ),
        (
            Seen {
                files: vec![file(7)],
                phone: others(7),
                card: vec![Remark::OfAnother],
                ..nothing.clone()
            },
            &["file_spread", "card_of_another", "shared_phone"],
            100,
            SignalLevel::High,
        ),
    ];
    for (seen, expected, score, level) in cases {
        let weighed = weigh(&seen, &rules, &weights);
        assert_eq!(codes(&weighed), expected, "{seen:?}");
        assert_eq!((weighed.score, weighed.level), (score, level), "{seen:?}");
    }
}

#[test]
fn a_weight_of_nothing_turns_a_signal_off() {
    let (rules, mut weights) = defaults();
    let seen = Seen {
        files: vec![file(7)],
        elsewhere: vec![dossier(1)],
        ..Seen::default()
    };
    weights.file_spread = 0;
    let weighed = weigh(&seen, &rules, &weights);
    assert_eq!(
        (codes(&weighed), weighed.score),
        (vec!["person_elsewhere"], 45)
    );
}

#[test]
fn every_signal_says_what_was_compared_and_what_to_do_in_both_languages_and_names_nobody() {
    let (mut rules, weights) = defaults();
    (rules.assurance, rules.hour) = (3, 1);
    let differs = Bilingual {
        vi: "Họ tên".to_owned(),
        en: "Name".to_owned(),
    };
    let seen = |files| Seen {
        files,
        elsewhere: vec![dossier(1)],
        phone: others(9),
        email: others(9),
        paces: vec![pace(Source::Person, 2, 2)],
        card: vec![
            Remark::OfAnother,
            Remark::Name,
            Remark::AtOdds,
            Remark::Expired,
            Remark::FormDiffers(differs.clone()),
        ],
        little_known: Some(1),
    };
    let all = weigh(&seen(vec![file(1), file(30)]), &rules, &weights);
    assert_eq!(all.signals.len(), Code::ALL.len());
    for signal in &all.signals {
        for text in [
            &signal.why_vi,
            &signal.why_en,
            &signal.advice_vi,
            &signal.advice_en,
        ] {
            assert!(text.len() > 20 && text.ends_with('.'), "{text}");
        }
        assert!(signal.dossiers.len() <= NAMED);
    }
    let spread = all
        .signals
        .iter()
        .find(|signal| signal.code == "file_spread");
    assert_eq!(
        spread.unwrap().why_vi,
        "Tệp «Tờ khai» giống hệt tệp trong hồ sơ của 30 người khác."
    );
}
