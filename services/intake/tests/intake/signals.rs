//! Signals against forged dossiers: what is found, who hears of it, and that nobody's filing depends on it.

use std::time::Duration;

use chassis::auth::{Claims, Role};
use contracts::{
    AccountId, DocumentId, DossierId,
    desk::SupplementRequested,
    intake::{DossierSubmitted, SignalLevel, SignalsFound},
    scan::{DocumentChecked, PagePlace, ReadField},
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use testkit::Stage;
use uuid::Uuid;

use crate::{browser::browser, play::*};

/// A person who files, and how they are known.
struct Person {
    claims: Claims,
    document: DocumentId,
}

/// Somebody with an account, a telephone and an address of their own.
fn person(stage: &Stage, n: u8) -> Person {
    let number = format!("0661900012{n:02}");
    let account = Stage::account(&number);
    let claims = stage.claims(account, &[Role::Citizen], Some(&number));
    Person {
        claims: Claims {
            phone: Some(format!("09123456{n:02}").parse().unwrap()),
            email: Some(format!("vi.du.{n}@example.vn")),
            ..claims
        },
        document: DocumentId(Uuid::from_u128(100 + u128::from(n))),
    }
}

impl Person {
    /// Their paper is checked; a file is told from others by one letter.
    async fn sends(&self, stage: &mut Stage, file: &str) {
        let heard = DocumentChecked {
            sha256: file.repeat(64),
            checked_at: stage.now(),
            ..accepted(stage, self.document, self.claims.sub)
        };
        stage.say("scan", &heard).await;
        stage.settle().await;
    }

    async fn opens(&self, stage: &Stage) -> DossierId {
        let asked = json!({ "procedure": "2.000635" });
        let token = stage.sign(&self.claims);
        let answer = stage.post("/intake/dossiers", Some(&token), &asked).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["dossier"].as_str().unwrap().parse().unwrap()
    }

    async fn submits(&self, stage: &mut Stage, id: DossierId) {
        let (token, mut body) = (stage.sign(&self.claims), full());
        body["documents"] = json!({ "to-khai": self.document });
        let path = format!("/intake/dossiers/{id}");
        let saved = send(stage, "PUT", &path, &token, &body).await;
        assert_eq!(saved.status, 200, "{}", saved.text());
        let path = format!("{path}/submit");
        let answer = stage.post(&path, Some(&token), &json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        stage.settle().await;
    }

    /// A dossier with this file.
    async fn files(&self, stage: &mut Stage, file: &str) -> DossierId {
        self.sends(stage, file).await;
        let id = self.opens(stage).await;
        self.submits(stage, id).await;
        id
    }
}

/// What was said last of a dossier: its codes, and the dossiers that each is about.
async fn found(stage: &Stage, dossier: DossierId) -> Option<SignalsFound> {
    let said = stage.said::<SignalsFound>("intake").await;
    let of_it = said.into_iter().filter(|said| said.dossier == dossier);
    of_it.max_by_key(|said| said.revision)
}

async fn codes(stage: &Stage, dossier: DossierId) -> Vec<String> {
    let found = found(stage, dossier).await;
    let signals = found.map(|found| found.signals).unwrap_or_default();
    signals.into_iter().map(|signal| signal.code).collect()
}

#[tokio::test]
async fn the_same_file_of_another_person_is_told_of_both_dossiers() {
    let mut stage = stage().await;
    let (an, binh, chi) = (person(&stage, 1), person(&stage, 2), person(&stage, 3));
    let first = an.files(&mut stage, "a").await;
    let again = an.files(&mut stage, "a").await;
    let other = chi.files(&mut stage, "c").await;
    assert_eq!(
        stage.said::<SignalsFound>("intake").await,
        [],
        "one's own file twice is nobody's news, nor is another file"
    );
    let second = binh.files(&mut stage, "a").await;
    let told = found(&stage, second).await.unwrap();
    assert_eq!(
        (told.score, told.level, told.revision),
        (15, SignalLevel::Low, 1)
    );
    let signal = &told.signals[0];
    assert_eq!((signal.code.as_str(), signal.weight), ("same_file", 15));
    assert_eq!(
        signal.why_vi,
        "Tệp «Tờ khai cấp bản sao trích lục hộ tịch» giống hệt tệp trong hồ sơ của 1 người khác."
    );
    let mut about = signal.dossiers.clone();
    about.sort();
    assert_eq!(about, [first, again]);
    for earlier in [first, again] {
        let told = found(&stage, earlier).await.unwrap();
        assert_eq!(
            told.signals[0].dossiers,
            [second],
            "what was filed before is weighed anew"
        );
    }
    assert_eq!(found(&stage, other).await, None);
}

#[tokio::test]
async fn a_file_of_more_people_than_a_household_is_high_and_each_weight_can_be_turned_off() {
    for (weight, expected) in [("75", SignalLevel::High), ("0", SignalLevel::None)] {
        let variables = [
            ("INTAKE__SIGNALS__RULES__FILE_PEOPLE", "2"),
            ("INTAKE__SIGNALS__WEIGHTS__FILE_SPREAD", weight),
        ];
        let mut stage = Stage::configured(vec![intake::service()], &variables).await;
        let mut last = None;
        for n in 1..=3 {
            last = Some(person(&stage, n).files(&mut stage, "a").await);
        }
        let told = found(&stage, last.unwrap()).await;
        let level = told.map_or(SignalLevel::None, |told| told.level);
        assert_eq!(level, expected);
    }
}

#[tokio::test]
async fn people_accounts_telephones_and_haste_are_compared() {
    let variables = [
        ("INTAKE__SIGNALS__RULES__CONTACT_PEOPLE", "1"),
        ("INTAKE__SIGNALS__RULES__HOUR", "2"),
    ];
    let mut stage = Stage::configured(vec![intake::service()], &variables).await;
    let an = person(&stage, 1);
    an.files(&mut stage, "a").await;

    let mut binh = person(&stage, 2);
    binh.claims.phone.clone_from(&an.claims.phone);
    binh.claims.email = an.claims.email.as_ref().map(|email| email.to_uppercase());
    let shared = binh.files(&mut stage, "b").await;
    assert_eq!(
        codes(&stage, shared).await,
        ["shared_phone", "shared_email"]
    );

    let mut elsewhere = person(&stage, 1);
    elsewhere.claims.sub = AccountId(Uuid::from_u128(77));
    elsewhere.claims.phone = None;
    elsewhere.claims.email = None;
    elsewhere.document = DocumentId(Uuid::from_u128(78));
    let second = elsewhere.files(&mut stage, "c").await;
    assert_eq!(codes(&stage, second).await, ["person_elsewhere"]);

    let chi = person(&stage, 3);
    let mut last = chi.files(&mut stage, "d").await;
    for _ in 0..2 {
        assert_eq!(codes(&stage, last).await, Vec::<String>::new());
        last = chi.files(&mut stage, "d").await;
    }
    assert_eq!(codes(&stage, last).await, ["fast_filing"]);
    stage.advance(Duration::from_hours(2)).await;
    let later = chi.files(&mut stage, "d").await;
    assert_eq!(
        codes(&stage, later).await,
        Vec::<String>::new(),
        "an hour is over"
    );
}

fn by_code(name: &str, value: &str) -> ReadField {
    ReadField {
        name: name.to_owned(),
        value: value.to_owned(),
        confidence: 99,
        certain: true,
        disputed: false,
        page: 1,
        place: PagePlace {
            left: 100,
            top: 200,
            width: 300,
            height: 20,
        },
    }
}

/// The card that the form is filled in from.
async fn card(stage: &mut Stage, of: &Person, fields: &[(&str, &str)]) {
    let fields = fields.iter().map(|(name, value)| by_code(name, value));
    let heard = DocumentChecked {
        kind: Some("can-cuoc".to_owned()),
        sha256: "e".repeat(64),
        fields: fields.collect(),
        ..accepted(stage, DocumentId(Uuid::from_u128(900)), of.claims.sub)
    };
    stage.say("scan", &heard).await;
    stage.settle().await;
}

#[tokio::test]
async fn the_card_that_a_form_was_filled_in_from_is_held_against_the_profile() {
    for (fields, expected) in [
        (
            vec![
                ("so_dinh_danh", "066190001201"),
                ("ho_ten", "NGUYỄN THỊ VÍ DỤ"),
            ],
            vec![],
        ),
        (
            vec![
                ("so_dinh_danh", "066190001201"),
                ("ho_ten", "Trần Thị Khác"),
            ],
            vec!["card_name"],
        ),
        (
            vec![("so_dinh_danh", "001304005678")],
            vec!["card_of_another"],
        ),
        (
            vec![("so_dinh_danh", "066190001201"), ("gioi_tinh", "Nam")],
            vec!["card_at_odds"],
        ),
        (vec![("co_gia_tri_den", "2026-10-07")], vec!["card_expired"]),
    ] {
        let mut stage = stage().await;
        let an = person(&stage, 1);
        an.sends(&mut stage, "a").await;
        let id = an.opens(&stage).await;
        card(&mut stage, &an, &fields).await;
        an.submits(&mut stage, id).await;
        assert_eq!(codes(&stage, id).await, expected, "{fields:?}");
    }
}

#[tokio::test]
async fn a_card_that_was_sent_for_something_else_long_ago_says_nothing() {
    let mut stage = stage().await;
    let an = person(&stage, 1);
    card(&mut stage, &an, &[("so_dinh_danh", "001304005678")]).await;
    stage.advance(Duration::from_mins(1)).await;
    let id = an.files(&mut stage, "a").await;
    assert_eq!(found(&stage, id).await, None);
}

#[tokio::test]
async fn who_is_little_known_is_looked_at_where_much_depends_on_it() {
    for (stakes, assurance, expected) in [
        ("1.004873, 2.000635", 1, vec!["low_assurance"]),
        ("1.004873, 2.000635", 2, vec![]),
        ("1.004873", 1, vec![]),
    ] {
        let variables = [("INTAKE__SIGNALS__RULES__STAKES", stakes)];
        let mut stage = Stage::configured(vec![intake::service()], &variables).await;
        let mut an = person(&stage, 1);
        an.claims.assurance = assurance;
        let id = an.files(&mut stage, "a").await;
        assert_eq!(codes(&stage, id).await, expected);
    }
}

#[tokio::test]
async fn what_is_added_later_is_weighed_too() {
    let mut stage = stage().await;
    let (an, binh) = (person(&stage, 1), person(&stage, 2));
    an.files(&mut stage, "a").await;
    let id = binh.files(&mut stage, "b").await;
    assert_eq!(found(&stage, id).await, None);
    let asked = SupplementRequested {
        dossier: id,
        items: vec!["Chụp lại tờ khai".to_owned()],
        requested_at: stage.now(),
    };
    stage.say("desk", &asked).await;
    stage.advance(Duration::from_mins(1)).await;
    let copied = DocumentId(Uuid::from_u128(500));
    let heard = accepted(&stage, copied, binh.claims.sub);
    stage.say("scan", &heard).await;
    stage.settle().await;
    let (token, path) = (
        stage.sign(&binh.claims),
        format!("/intake/dossiers/{id}/supplement"),
    );
    let added = json!({ "documents": { "to-khai": copied } });
    let answer = stage.post(&path, Some(&token), &added).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    stage.settle().await;
    assert_eq!(codes(&stage, id).await, ["same_file"]);
}

#[tokio::test]
async fn the_citizen_sees_nothing_of_it() {
    let mut stage = stage().await;
    let (an, binh) = (person(&stage, 1), person(&stage, 2));
    an.files(&mut stage, "a").await;
    let id = binh.files(&mut stage, "a").await;
    assert!(found(&stage, id).await.is_some());
    let (token, path) = (stage.sign(&binh.claims), format!("/intake/dossiers/{id}"));
    let data = stage.get(&path, Some(&token)).await.text();
    let mut seen = browser(&stage);
    seen.token = Some(token);
    let page = seen.see(&path).await;
    for text in ["signal", "score", "giống hệt", "Dấu hiệu"] {
        assert!(!data.contains(text) && !page.contains(text), "{text}");
    }
}

/// Everything that is kept to find dossiers again, as text.
async fn kept(stage: &Stage) -> Vec<String> {
    let db = stage.app("intake").db().reads();
    let sql = "SELECT digest || ' ' || person FROM signal_marks UNION ALL \
               SELECT person || name || coalesce(phone, '') || coalesce(email, '') || said FROM signal_filings";
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    let text = |row: sea_orm::QueryResult| row.try_get_by_index::<String>(0).unwrap();
    rows.into_iter().map(text).collect()
}

#[tokio::test]
async fn of_people_only_digests_are_kept_and_forgotten_when_their_time_is_over() {
    let mut stage = stage().await;
    let (an, binh) = (person(&stage, 1), person(&stage, 2));
    an.files(&mut stage, "a").await;
    binh.files(&mut stage, "a").await;
    let all = kept(&stage).await.join("\n");
    assert!(!all.is_empty());
    let file = "a".repeat(64);
    for plain in [
        "0661900012",
        "9123456",
        "example",
        "Nguyễn",
        "Nguyen",
        "nguyen",
        &file,
    ] {
        assert!(!all.contains(plain), "{plain}");
    }
    let own = stage.said_envelopes("intake").await;
    let own = own.iter().filter(|said| {
        [
            "intake.mark-dossier.v1",
            "intake.weigh-dossier.v1",
            "intake.signals-found.v1",
        ]
        .contains(&&*said.wire)
    });
    for said in own {
        for plain in ["0661900012", "9123456", "example", "Nguyễn", &file] {
            assert!(!said.body.contains(plain), "{}: {plain}", said.wire);
        }
    }

    stage.advance(Duration::from_hours(24 * 179)).await;
    stage.settle().await;
    assert!(!kept(&stage).await.is_empty());
    stage.advance(Duration::from_hours(24 * 2)).await;
    stage.settle().await;
    assert_eq!(kept(&stage).await, Vec::<String>::new());
    let chi = person(&stage, 3);
    let later = chi.files(&mut stage, "a").await;
    assert_eq!(found(&stage, later).await, None);
}

#[tokio::test]
async fn filing_neither_waits_for_signals_nor_fails_by_them() {
    let mut stage = stage().await;
    let db = stage.app("intake").db().reads().clone();
    db.execute_unprepared("DROP TABLE signal_marks")
        .await
        .unwrap();
    let an = person(&stage, 1);
    let id = an.files(&mut stage, "a").await;
    let said = stage.said::<DossierSubmitted>("intake").await;
    assert_eq!((said.len(), said[0].dossier), (1, id));
    assert_eq!(found(&stage, id).await, None);
}

#[tokio::test]
#[should_panic(expected = "INTAKE__SIGNALS__KEY must be 32 bytes")]
async fn a_key_that_is_none_is_refused_at_the_start() {
    Stage::configured(vec![intake::service()], &[("INTAKE__SIGNALS__KEY", "abc")]).await;
}

#[tokio::test]
#[should_panic(expected = "INTAKE__SIGNALS__RULES__MEDIUM")]
async fn levels_that_make_no_sense_are_refused_at_the_start() {
    let variables = [("INTAKE__SIGNALS__RULES__MEDIUM", "90")];
    Stage::configured(vec![intake::service()], &variables).await;
}

#[tokio::test]
#[should_panic(expected = "INTAKE__SIGNALS__WEIGHTS__CARD_NAME must be 0 to 100")]
async fn a_weight_beyond_all_is_refused_at_the_start() {
    let variables = [("INTAKE__SIGNALS__WEIGHTS__CARD_NAME", "101")];
    Stage::configured(vec![intake::service()], &variables).await;
}
