//! Whole towns: honest households, false alarms, and forgers among them.

use proptest::prelude::*;

use super::*;

/// A dossier in a town: who files it, by what account, how they are reached, with which files, when (in minutes), and what is odd about
/// their card.
#[derive(Debug, Clone)]
struct Filed {
    person: u32,
    account: u32,
    phone: u32,
    email: u32,
    files: Vec<u32>,
    minute: i64,
    card: Vec<Remark>,
    little_known: Option<u8>,
}

/// What is seen of one of a town's dossiers when all are filed.
fn seen(town: &[Filed], of: usize) -> Seen {
    let own = &town[of];
    let rest = || town.iter().enumerate().filter(|(at, _)| *at != of);
    let of_others = |same: &dyn Fn(&Filed) -> bool| {
        let found = rest().filter(|(_, filed)| filed.person != own.person && same(filed));
        let found: Vec<(usize, &Filed)> = found.collect();
        let people: std::collections::BTreeSet<u32> =
            found.iter().map(|(_, filed)| filed.person).collect();
        Others {
            people: people.len(),
            dossiers: found.iter().map(|(at, _)| dossier(*at as u128)).collect(),
        }
    };
    let pace = |source, same: &dyn Fn(&Filed) -> bool| {
        let before = |within: i64| {
            let recent = |filed: &&Filed| (0..within).contains(&(own.minute - filed.minute));
            town.iter()
                .filter(recent)
                .filter(|filed| same(filed))
                .count()
        };
        Pace {
            source,
            hour: before(60),
            day: before(24 * 60),
        }
    };
    Seen {
        files: own
            .files
            .iter()
            .map(|file| File {
                others: of_others(&|filed| filed.files.contains(file)),
                ..self::file(0)
            })
            .collect(),
        elsewhere: rest()
            .filter(|(_, filed)| filed.person == own.person && filed.account != own.account)
            .map(|(at, _)| dossier(at as u128))
            .collect(),
        phone: of_others(&|filed| filed.phone == own.phone),
        email: of_others(&|filed| filed.email == own.email),
        paces: vec![
            pace(Source::Account, &|filed| filed.account == own.account),
            pace(Source::Phone, &|filed| filed.phone == own.phone),
            pace(Source::Person, &|filed| filed.person == own.person),
        ],
        card: own.card.clone(),
        little_known: own.little_known,
    }
}

fn levels(town: &[Filed]) -> Vec<SignalLevel> {
    let (rules, weights) = defaults();
    let weighed = (0..town.len()).map(|of| weigh(&seen(town, of), &rules, &weights));
    weighed.map(|weighed| weighed.level).collect()
}

/// What an honest person gets wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slip {
    Nothing,
    AnotherAccount,
    WrongCard,
    ExpiredCard,
    BadPicture,
    Typo,
}

impl Slip {
    fn card(self) -> Vec<Remark> {
        match self {
            Self::Nothing | Self::AnotherAccount => Vec::new(),
            // With a card of the household the form differs as well.
            Self::WrongCard => vec![Remark::OfAnother, Self::differs()],
            Self::ExpiredCard => vec![Remark::Expired],
            Self::BadPicture => vec![Remark::AtOdds],
            Self::Typo => vec![Self::differs()],
        }
    }

    fn differs() -> Remark {
        Remark::FormDiffers(Bilingual {
            vi: "Họ tên".to_owned(),
            en: "Name".to_owned(),
        })
    }
}

/// How a household files: up to five people who share what households share.
#[expect(clippy::struct_excessive_bools, reason = "each is drawn by itself")]
#[derive(Debug, Clone)]
struct Household {
    people: u32,
    each: u32,
    one_phone: bool,
    one_email: bool,
    one_picture: bool,
    little_known: bool,
    slip: Slip,
    slips: u32,
}

impl Household {
    /// Its dossiers. `number` tells it from others.
    fn files(&self, number: u32) -> Vec<Filed> {
        let mut filed = Vec::new();
        for person in 0..self.people {
            for nth in 0..self.each {
                let own = number * 100 + person;
                let shared = |one: bool| if one { number * 100 } else { own };
                let slips = person == self.slips % self.people && nth == 0;
                let slip = if slips { self.slip } else { Slip::Nothing };
                let away = slip == Slip::AnotherAccount;
                filed.push(Filed {
                    person: own,
                    account: if away { own + 50 } else { own },
                    phone: shared(self.one_phone),
                    email: shared(self.one_email),
                    files: vec![
                        shared(self.one_picture),
                        number * 100 + 60 + person * 3 + nth,
                    ],
                    minute: i64::from(nth) * 7 * 24 * 60 + i64::from(person) * 9,
                    card: slip.card(),
                    little_known: self.little_known.then_some(1),
                });
            }
        }
        filed
    }
}

fn household() -> impl Strategy<Value = Household> {
    let slips = prop_oneof![
        Just(Slip::Nothing),
        Just(Slip::AnotherAccount),
        Just(Slip::WrongCard),
        Just(Slip::ExpiredCard),
        Just(Slip::BadPicture),
        Just(Slip::Typo),
    ];
    let shares = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (1..=5_u32, 1..=3_u32, shares, slips, 0..5_u32).prop_map(
        |(people, each, (one_phone, one_email, one_picture, little_known), slip, slips)| {
            Household {
                people,
                each,
                one_phone,
                one_email,
                one_picture,
                little_known,
                slip,
                slips,
            }
        },
    )
}

proptest! {
    #[test]
    fn an_honest_household_that_gets_one_thing_wrong_is_never_high(
        households in prop::collection::vec(household(), 1..6),
    ) {
        let town: Vec<Filed> = (0..).zip(&households).flat_map(|(n, household)| household.files(n)).collect();
        for level in levels(&town) {
            prop_assert!(level < SignalLevel::High);
        }
    }

    #[test]
    fn a_score_is_bounded_and_its_level_follows_from_it(
        files in prop::collection::vec(0..40_usize, 0..30),
        (phone, email) in (0..40_usize, 0..40_usize),
        elsewhere in any::<bool>(),
        little_known in prop::option::of(0..4_u8),
        (hour, day) in (0..100_usize, 0..100_usize),
    ) {
        let (rules, weights) = defaults();
        let seen = Seen {
            files: files.into_iter().map(file).collect(),
            elsewhere: elsewhere.then(|| dossier(1)).into_iter().collect(),
            phone: others(phone),
            email: others(email),
            paces: vec![pace(Source::Phone, hour, day)],
            card: vec![Remark::OfAnother],
            little_known,
        };
        let weighed = weigh(&seen, &rules, &weights);
        prop_assert!(weighed.score <= 100 && weighed.signals.len() <= TOLD);
        prop_assert_eq!(weighed.level, rules.level(weighed.score));
        prop_assert!(weighed.signals.is_sorted_by_key(|signal| std::cmp::Reverse(signal.weight)));
        let heaviest = weighed.signals.first().map_or(0, |signal| signal.weight);
        prop_assert!(weighed.score >= heaviest);
    }
}

/// A town's chance, the same every time.
struct Chance(u64);

impl Chance {
    fn of(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn below(&mut self, end: u64) -> u64 {
        // Knuth's MMIX.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn honest_town(households: u32) -> Vec<Filed> {
    let mut chance = Chance(8);
    let household = |number: u32, chance: &mut Chance| {
        let slip = match chance.below(100) {
            0 => Slip::WrongCard,
            1..=2 => Slip::AnotherAccount,
            3..=6 => Slip::ExpiredCard,
            7..=11 => Slip::BadPicture,
            12..=19 => Slip::Typo,
            _ => Slip::Nothing,
        };
        let household = Household {
            people: u32::try_from(1 + chance.below(5)).unwrap(),
            each: u32::try_from(1 + chance.below(2)).unwrap(),
            one_phone: chance.of(50),
            one_email: chance.of(40),
            one_picture: chance.of(20),
            little_known: chance.of(25),
            slip,
            slips: u32::try_from(chance.below(5)).unwrap(),
        };
        household.files(number)
    };
    (0..households)
        .flat_map(|number| household(number, &mut chance))
        .collect()
}

#[test]
fn false_alarms_are_rare_in_an_honest_town() {
    let town = honest_town(400);
    let levels = levels(&town);
    let of = |wanted| levels.iter().filter(|level| **level == wanted).count();
    assert!(levels.len() > 1_000);
    assert_eq!(of(SignalLevel::High), 0);
    let medium = of(SignalLevel::Medium);
    assert!(
        medium * 100 <= levels.len() * 3,
        "{medium} of {}",
        levels.len()
    );
}

#[test]
fn whoever_files_for_many_is_looked_at_and_not_suspected_most() {
    let client = |n: u32| Filed {
        person: n,
        account: n,
        phone: 7,
        email: 7,
        files: vec![100 + n],
        minute: i64::from(n) * 5,
        card: Vec::new(),
        little_known: Some(1),
    };
    let agency: Vec<Filed> = (0..60).map(client).collect();
    let levels = levels(&agency);
    assert!(levels.iter().all(|level| *level <= SignalLevel::Medium));
    assert_eq!(levels[59], SignalLevel::Medium);
}

#[test]
fn forged_dossiers_stand_out() {
    // One forged paper for eight invented people.
    let ring = (0..8).map(|n| Filed {
        person: n,
        account: n,
        phone: 100 + n,
        email: 100 + n,
        files: vec![1],
        minute: i64::from(n) * 60,
        card: Vec::new(),
        little_known: None,
    });
    let ring: Vec<Filed> = ring.collect();
    assert!(
        levels(&ring)
            .iter()
            .all(|level| *level == SignalLevel::High)
    );
    // Somebody else's number, beside who has it, and their own card.
    let victim = Filed {
        person: 1,
        account: 1,
        files: vec![2],
        ..ring[0].clone()
    };
    let impostor = Filed {
        account: 9,
        phone: 109,
        email: 109,
        files: vec![3],
        card: vec![Remark::OfAnother],
        little_known: Some(1),
        ..victim.clone()
    };
    let levels = levels(&[victim, impostor]);
    assert_eq!(levels, [SignalLevel::Medium, SignalLevel::High]);
}
