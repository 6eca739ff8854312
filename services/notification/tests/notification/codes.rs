//! Codes and warnings: to one address, at once, by the next way where one fails, and gone from every table afterwards.

use std::time::Duration;

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::notification::{
    Address, CodePurpose, CodeUndeliverable, Language, SendCode, SendWarning, Warning,
};
use notification::{
    channel::{
        Channel,
        sandbox::{
            Day,
            sms::Gateway,
            zalo::{APP_ID, APP_SECRET, REFRESH_TOKEN, Zalo},
        },
    },
    store::directs::{self, Direct},
    words::directs::{Said, Words},
};
use sea_orm::ConnectionTrait;
use testkit::Stage;
use uuid::Uuid;

use super::{files, stage, stage_with};

const SECRET: &str = "told";
const CODE: &str = "402913";

/// The ways to a telephone: a gateway for SMS that sends reports, then Zalo.
struct Ways {
    gateway: Gateway,
    zalo: Zalo,
}

impl Ways {
    async fn open() -> (Self, Stage) {
        let ways = Self {
            gateway: Gateway::start().await.unwrap(),
            zalo: Zalo::start().await.unwrap(),
        };
        let stage = ways.stage(true).await;
        (ways, stage)
    }

    async fn stage(&self, with_zalo: bool) -> Stage {
        let of = |key: &str| format!("NOTIFICATION__SMS__PROVIDERS__GATE__HTTP__{key}");
        let mut variables = vec![
            (of("PRESET"), "esms".to_owned()),
            (of("URL"), self.gateway.url("esms")),
            (of("BRAND"), "MOTCUA".to_owned()),
            (of("REPORTS_SECRET"), SECRET.to_owned()),
            (of("TIMEOUT_SECONDS"), "1".to_owned()),
            (of("VALUES__API_KEY"), "k".to_owned()),
            (of("VALUES__SECRET_KEY"), "pretend-password".to_owned()),
        ];
        let of = |key: &str| format!("NOTIFICATION__ZALO__{key}");
        variables.extend([
            (of("APP_ID"), APP_ID.to_owned()),
            (of("APP_SECRET"), APP_SECRET.to_owned()),
            (of("REFRESH_TOKEN"), REFRESH_TOKEN.to_owned()),
            (of("URL"), self.zalo.url()),
            (of("OAUTH_URL"), self.zalo.oauth_url()),
        ]);
        if with_zalo {
            let template = "NOTIFICATION__CODES__ZALO_TEMPLATE".to_owned();
            variables.push((template, "77".to_owned()));
        }
        let variables: Vec<(&str, &str)> = variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        stage_with(&variables).await
    }

    /// How many went by each.
    fn took(&self) -> (usize, usize) {
        (self.gateway.took().len(), self.zalo.took().len())
    }
}

fn phone() -> Address {
    Address::Phone("0912345678".parse().unwrap())
}

fn code(stage: &Stage, to: Address) -> SendCode {
    SendCode {
        id: Uuid::from_u128(10),
        to,
        code: CODE.into(),
        purpose: CodePurpose::StepUp,
        expires_at: stage.now() + TimeDelta::minutes(10),
        language: Language::Vi,
    }
}

async fn says(stage: &mut Stage, code: &SendCode) {
    stage.say("identity", code).await;
    stage.settle().await;
}

async fn undeliverable(stage: &Stage) -> usize {
    let said = stage.said::<CodeUndeliverable>("notification").await;
    assert!(said.iter().all(|said| said.id == Uuid::from_u128(10)));
    said.len()
}

/// Where sendings went and what they said, as far as it is still here.
async fn kept(stage: &Stage) -> Vec<String> {
    let db = stage.app("notification").db().reads();
    let sql = "SELECT state || ':' || address || content FROM directs";
    let rows = db.query_all_raw(sea_orm::Statement::from_string(
        db.get_database_backend(),
        sql,
    ));
    let rows = rows.await.unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}

#[tokio::test]
async fn a_code_goes_by_sms_at_once_and_nothing_of_it_stays() {
    let (ways, mut stage) = Ways::open().await;
    let asked = code(&stage, phone());
    says(&mut stage, &asked).await;
    let took = ways.gateway.took();
    assert_eq!(took[0].phone, "84912345678");
    assert!(
        took[0].text.starts_with("Mot Cua: 402913 la ma"),
        "{}",
        took[0].text
    );
    assert!(took[0].text.contains("Khong ai duoc hoi ma nay"));
    assert_eq!(kept(&stage).await, ["sent:"]);
    for said in stage.said_envelopes("notification").await {
        assert!(!said.body.contains(CODE) && !said.body.contains("912345678"));
    }
    // The same asked again, in a message of its own, is the same sending.
    says(&mut stage, &asked).await;
    assert_eq!((ways.took(), undeliverable(&stage).await), ((1, 0), 0));
    // Its bare row goes a day after its time, when the next code comes.
    stage.advance(Duration::from_hours(25)).await;
    let next = SendCode {
        id: Uuid::from_u128(11),
        ..code(&stage, phone())
    };
    says(&mut stage, &next).await;
    assert_eq!(kept(&stage).await.len(), 1);
    assert!(stage.parked("notification").await.is_empty());
}

#[tokio::test]
async fn a_code_to_an_address_is_a_mail_with_no_code_in_its_subject() {
    let mut stage = stage().await;
    let asked = code(&stage, Address::Email("vi.du@example.vn".into()));
    says(&mut stage, &asked).await;
    let mails = files(&stage);
    assert_eq!(mails.len(), 1);
    let (head, _) = mails[0].split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains("vi.du@example.vn") && !head.contains(CODE),
        "{head}"
    );
    assert!(!mails[0].contains("http"), "{}", mails[0]);
    assert_eq!(kept(&stage).await, ["sent:"]);
}

#[tokio::test]
async fn a_number_that_the_one_way_refuses_is_tried_by_the_next() {
    for day in [Day::NoSuchPerson, Day::Down, Day::Silent, Day::Nonsense] {
        let (ways, mut stage) = Ways::open().await;
        ways.gateway.days().then([day]);
        let asked = code(&stage, phone());
        says(&mut stage, &asked).await;
        assert_eq!(ways.zalo.took().len(), 1, "{day:?}");
        assert_eq!(undeliverable(&stage).await, 0, "{day:?}");
        assert_eq!(kept(&stage).await, ["sent:"], "{day:?}");
    }
}

#[tokio::test]
async fn a_way_that_is_away_for_a_moment_is_tried_again_and_then_it_is_said_that_nothing_arrives() {
    for down in [1, 9] {
        let ways = Ways {
            gateway: Gateway::start().await.unwrap(),
            zalo: Zalo::start().await.unwrap(),
        };
        let mut stage = ways.stage(false).await;
        ways.gateway.days().then(vec![Day::Throttled(1); down]);
        let asked = code(&stage, phone());
        says(&mut stage, &asked).await;
        assert_eq!((ways.took(), undeliverable(&stage).await), ((0, 0), 0));
        for _ in 0..3 {
            stage.advance(Duration::from_secs(16)).await;
        }
        let arrives = usize::from(down == 1);
        assert_eq!(ways.took(), (arrives, 0));
        assert_eq!(undeliverable(&stage).await, 1 - arrives);
        assert!(kept(&stage).await[0].ends_with(':'));
    }
}

#[tokio::test]
async fn where_nobody_carries_sms_it_is_said_at_once() {
    let mut stage = stage().await;
    let asked = code(&stage, phone());
    says(&mut stage, &asked).await;
    assert_eq!(undeliverable(&stage).await, 1);
    assert_eq!(kept(&stage).await, ["given_up:"]);
}

#[tokio::test]
async fn a_code_that_comes_too_late_is_not_sent() {
    let (ways, mut stage) = Ways::open().await;
    let asked = code(&stage, phone());
    stage.advance(Duration::from_mins(10)).await;
    says(&mut stage, &asked).await;
    assert_eq!((ways.took(), undeliverable(&stage).await), ((0, 0), 1));
    assert_eq!(kept(&stage).await, ["given_up:"]);
}

#[tokio::test]
async fn a_report_that_it_never_will_arrive_is_said_to_who_waits() {
    let (ways, mut stage) = Ways::open().await;
    let asked = code(&stage, phone());
    says(&mut stage, &asked).await;
    let reference = ways.gateway.took()[0].reference.clone();
    let path =
        format!("/notification/receipts/sms/gate?SMSID={reference}&SendStatus=4&token={SECRET}");
    for _ in 0..2 {
        assert_eq!(stage.get(&path, None).await.status, StatusCode::NO_CONTENT);
    }
    stage.settle().await;
    assert_eq!((ways.took(), undeliverable(&stage).await), ((1, 0), 1));
}

#[tokio::test]
async fn a_way_that_was_begun_before_a_crash_is_not_asked_again() {
    let (ways, mut stage) = Ways::open().await;
    let now: DateTime<Utc> = stage.now();
    let begun = Direct {
        id: Uuid::from_u128(10),
        is_code: true,
        to: phone(),
        words: Words {
            said: Said::Code {
                code: CODE.into(),
                purpose: CodePurpose::StepUp,
                expires_at: now + TimeDelta::minutes(10),
            },
            language: Language::Vi,
        },
        tried: vec![Channel::Sms],
        due_at: now + TimeDelta::minutes(1),
        heard_at: now,
        expires_at: now + TimeDelta::minutes(10),
    };
    directs::keep(stage.app("notification").db().reads(), &begun)
        .await
        .unwrap();
    // A start looks for what was left.
    stage.open_again(vec![notification::service()]).await;
    stage.settle().await;
    assert_eq!(ways.took(), (0, 0));
    stage.advance(Duration::from_secs(61)).await;
    assert_eq!(ways.took(), (0, 1));
}

#[tokio::test]
async fn a_warning_goes_by_sms_names_what_was_done_and_is_tried_for_a_day() {
    let (ways, mut stage) = Ways::open().await;
    ways.gateway.days().then(vec![Day::Down; 3]);
    let warning = SendWarning {
        id: Uuid::from_u128(12),
        to: phone(),
        about: Warning::PasswordRecovered,
        happened_at: stage.now(),
        expires_at: stage.now() + TimeDelta::days(1),
        language: Language::Vi,
    };
    stage.say("identity", &warning).await;
    stage.settle().await;
    assert_eq!(ways.took(), (0, 0));
    for _ in 0..6 {
        stage.advance(Duration::from_mins(5)).await;
    }
    let took = ways.gateway.took();
    assert_eq!(took.len(), 1);
    assert!(
        took[0].text.contains("mat khau cua ban da duoc dat lai"),
        "{}",
        took[0].text
    );
    assert!(
        stage
            .said::<CodeUndeliverable>("notification")
            .await
            .is_empty()
    );
    assert_eq!(kept(&stage).await, ["sent:"]);
}
