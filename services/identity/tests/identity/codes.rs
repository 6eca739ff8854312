//! One-time codes: what one is worth, what it is bound to, and how often one is sent.

use std::time::Duration;

use chassis::{Failure, Tx};
use chrono::TimeDelta;
use contracts::{
    AccountId,
    notification::{Address, CodePurpose, CodeUndeliverable, SendCode},
};
use identity::{
    codes::{self, Again, Answered, Asked, Wanted, Whose},
    domain::Contact,
    own::SendNoCode,
};
use sea_orm::ConnectionTrait;

use super::*;

const PHONE: &str = "0912345678";

/// The account of whoever is registered.
async fn owner(stage: &Stage) -> AccountId {
    let token = token(stage, PHONE, PASSWORD).await;
    believed(stage, &token).await.sub
}

fn wanted(purpose: CodePurpose, whose: Whose) -> Wanted {
    Wanted {
        contact: Contact::read(PHONE).unwrap(),
        purpose,
        whose,
        about: None,
    }
}

async fn within<T, F, Fut>(stage: &Stage, work: F) -> T
where
    F: FnOnce(Tx) -> Fut,
    Fut: Future<Output = Result<T, Failure>>,
{
    stage.app("identity").transact(work).await.unwrap()
}

async fn ask(stage: &Stage, wanted: &Wanted) -> Asked {
    within(stage, async |tx| codes::ask(&tx, wanted).await).await
}

async fn asked(stage: &Stage, wanted: &Wanted) -> String {
    match ask(stage, wanted).await {
        Asked::Sent(ticket) => ticket,
        Asked::Wait(wait) => panic!("one has to wait {wait}"),
    }
}

async fn answer(stage: &Stage, ticket: &str, purpose: CodePurpose, code: &str) -> Answered {
    within(stage, async |tx| {
        codes::answer(&tx, ticket, purpose, code).await
    })
    .await
}

/// The newest code that was to be sent.
pub async fn sent(stage: &Stage) -> SendCode {
    stage.said::<SendCode>("identity").await.pop().unwrap()
}

/// A code that is not this one.
pub fn another(code: &str) -> String {
    let first = if code.starts_with('7') { '8' } else { '7' };
    format!("{first}{}", &code[1..])
}

/// All that the service keeps of codes.
async fn kept(stage: &Stage) -> Vec<String> {
    let db = stage.app("identity").db().reads();
    let sql = "SELECT digest || purpose || contact || mac FROM one_time_codes";
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
async fn a_code_is_good_once_for_who_asked_and_for_what_it_was_asked() {
    let stage = registered().await;
    let owner = owner(&stage).await;
    let step_up = wanted(CodePurpose::StepUp, Whose::Own(owner));
    let ticket = asked(&stage, &step_up).await;
    let send = sent(&stage).await;
    assert_eq!(send.to, Address::Phone(PHONE.parse().unwrap()));
    assert_eq!(send.purpose, CodePurpose::StepUp);
    assert_eq!(send.expires_at, stage.now() + TimeDelta::minutes(10));
    assert_eq!(
        (send.code.len(), send.code.parse::<u32>().is_ok()),
        (6, true)
    );
    // Nobody reads it, or the ticket, out of the database.
    let rows = kept(&stage).await;
    assert_eq!(rows.len(), 1);
    assert!(!rows[0].contains(&send.code) && !rows[0].contains(&ticket));

    let code = send.code.as_str();
    let elsewhere = answer(&stage, "another browser's", CodePurpose::StepUp, code).await;
    assert_eq!(elsewhere, Answered::Over);
    let recovery = CodePurpose::RecoverPassword;
    let otherwise = answer(&stage, &ticket, recovery, code).await;
    assert_eq!(otherwise, Answered::Over);
    let spaced = format!(" {} {}", &code[..3], &code[3..]);
    let right = answer(&stage, &ticket, CodePurpose::StepUp, &spaced).await;
    let expected = Answered::Right {
        account: Some(owner),
        contact: Contact::read(PHONE).unwrap(),
        about: None,
    };
    assert_eq!(right, expected);
    let again = answer(&stage, &ticket, CodePurpose::StepUp, code).await;
    assert_eq!(again, Answered::Over);
}

#[tokio::test]
async fn a_code_of_another_ticket_opens_nothing() {
    let mut stage = registered().await;
    let owner = owner(&stage).await;
    let mine = wanted(CodePurpose::StepUp, Whose::Own(owner));
    let first = asked(&stage, &mine).await;
    let first_code = sent(&stage).await.code;
    stage.advance(Duration::from_mins(1)).await;
    let second = asked(&stage, &mine).await;
    let second_code = sent(&stage).await.code;
    if first_code != second_code {
        let crossed = answer(&stage, &second, CodePurpose::StepUp, &first_code).await;
        assert_eq!(crossed, Answered::Wrong { left: 4 });
    }
    for (ticket, code) in [(second, second_code), (first, first_code)] {
        let right = answer(&stage, &ticket, CodePurpose::StepUp, &code).await;
        assert!(matches!(right, Answered::Right { .. }), "{right:?}");
    }
}

#[tokio::test]
async fn five_wrong_ones_void_a_code_and_another_may_be_asked_for() {
    let mut stage = registered().await;
    let owner = owner(&stage).await;
    let ticket = asked(&stage, &wanted(CodePurpose::StepUp, Whose::Own(owner))).await;
    let code = sent(&stage).await.code;
    let wrong = another(&code);
    // A slip of the hand is no guess.
    let slip = answer(&stage, &ticket, CodePurpose::StepUp, "12345").await;
    assert_eq!(slip, Answered::Wrong { left: 5 });
    for left in (1..5).rev() {
        let guessed = answer(&stage, &ticket, CodePurpose::StepUp, &wrong).await;
        assert_eq!(guessed, Answered::Wrong { left });
    }
    for guess in [&wrong, &code] {
        let guessed = answer(&stage, &ticket, CodePurpose::StepUp, guess).await;
        assert_eq!(guessed, Answered::Void);
    }
    let again = async |stage: &Stage| {
        within(stage, async |tx| {
            codes::again(&tx, &ticket, CodePurpose::StepUp).await
        })
        .await
    };
    assert_eq!(again(&stage).await, Again::Wait(TimeDelta::minutes(1)));
    stage.advance(Duration::from_mins(1)).await;
    assert_eq!(again(&stage).await, Again::Sent);
    let newer = sent(&stage).await.code;
    let right = answer(&stage, &ticket, CodePurpose::StepUp, &newer).await;
    assert!(matches!(right, Answered::Right { .. }), "{right:?}");
    assert_eq!(again(&stage).await, Again::Over);
}

#[tokio::test]
async fn guesses_sent_at_once_gain_nothing() {
    let stage = registered().await;
    let owner = owner(&stage).await;
    let ticket = asked(&stage, &wanted(CodePurpose::StepUp, Whose::Own(owner))).await;
    let wrong = another(&sent(&stage).await.code);
    let guesses = (0..12).map(|_| answer(&stage, &ticket, CodePurpose::StepUp, &wrong));
    let judged = futures::future::join_all(guesses).await;
    let tried = judged
        .iter()
        .filter(|judged| matches!(judged, Answered::Wrong { .. }));
    assert_eq!(tried.count(), 4, "the fifth is the one that voids it");
}

#[tokio::test]
async fn a_code_ends_after_ten_minutes_and_nothing_of_it_stays() {
    let mut stage = registered().await;
    let owner = owner(&stage).await;
    let ticket = asked(&stage, &wanted(CodePurpose::StepUp, Whose::Own(owner))).await;
    let send = sent(&stage).await;
    stage.advance(Duration::from_secs(599)).await;
    let reads = stage.app("identity");
    let standing = codes::standing(reads, &ticket, CodePurpose::StepUp).await;
    assert!(standing.unwrap().is_some());
    stage.advance(Duration::from_secs(1)).await;
    let late = answer(&stage, &ticket, CodePurpose::StepUp, &send.code).await;
    assert_eq!(late, Answered::Over);
    assert!(kept(&stage).await.is_empty());
    // What was said of it is erased from the outbox too; what else was said stays.
    let bodies = async |stage: &Stage| {
        let said = stage.said_envelopes("identity").await;
        let of_codes = said
            .into_iter()
            .filter(|one| one.wire.contains("send-code"));
        of_codes.map(|one| one.body).collect::<Vec<_>>()
    };
    stage.erase("identity").await;
    assert!(bodies(&stage).await[0].contains(&send.code));
    stage.advance(Duration::from_mins(6)).await;
    let before = stage.said_envelopes("identity").await.len();
    stage.erase("identity").await;
    assert_eq!(bodies(&stage).await, ["{}"]);
    assert_eq!(stage.said_envelopes("identity").await.len(), before);
}

#[tokio::test]
async fn a_contact_gets_one_a_minute_five_an_hour_and_ten_a_day() {
    let mut stage = registered().await;
    let owner = owner(&stage).await;
    let mine = wanted(CodePurpose::StepUp, Whose::Own(owner));
    let mut sent = 0;
    let mut waited = TimeDelta::zero();
    while waited < TimeDelta::days(1) {
        match ask(&stage, &mine).await {
            Asked::Sent(_) => sent += 1,
            Asked::Wait(wait) => {
                assert!(wait > TimeDelta::zero());
                waited += wait;
                stage.advance(wait.to_std().unwrap()).await;
            }
        }
    }
    assert_eq!(sent, 10);
    assert_eq!(stage.said::<SendCode>("identity").await.len(), 10);
}

#[tokio::test]
async fn strangers_who_ask_for_codes_to_a_number_keep_its_owner_from_nothing() {
    let mut stage = registered().await;
    let owner = owner(&stage).await;
    let by_stranger = wanted(CodePurpose::RecoverPassword, Whose::Stranger(Some(owner)));
    for _ in 0..5 {
        asked(&stage, &by_stranger).await;
        stage.advance(Duration::from_mins(1)).await;
    }
    assert!(matches!(ask(&stage, &by_stranger).await, Asked::Wait(_)));
    asked(&stage, &wanted(CodePurpose::StepUp, Whose::Own(owner))).await;
    token(&stage, PHONE, PASSWORD).await;
}

#[tokio::test]
async fn one_account_cannot_have_codes_sent_to_a_hundred_numbers() {
    let mut stage = registered().await;
    let owner = owner(&stage).await;
    let mut sent = 0;
    for last in 0..20 {
        let number = format!("09123456{last:02}");
        let claimed = Wanted {
            contact: Contact::read(&number).unwrap(),
            ..wanted(CodePurpose::ProveContact, Whose::Claimed(owner))
        };
        sent += usize::from(matches!(ask(&stage, &claimed).await, Asked::Sent(_)));
        stage.advance(Duration::from_mins(1)).await;
    }
    assert_eq!(sent, 5);
}

#[tokio::test]
async fn the_whole_service_has_a_budget_and_strangers_do_not_use_it_up() {
    let stage = staged(&[("IDENTITY__CODES__A_MINUTE", "4")]).await;
    stage.post("/identity/accounts", None, &citizen()).await;
    let owner = owner(&stage).await;
    let to = |last: u32, whose| Wanted {
        contact: Contact::read(&format!("091234560{last}")).unwrap(),
        ..wanted(CodePurpose::RecoverPassword, whose)
    };
    // Numbers that nobody has cost nothing.
    for last in 0..5 {
        asked(&stage, &to(last, Whose::Stranger(None))).await;
    }
    for last in 5..8 {
        asked(&stage, &to(last, Whose::Stranger(Some(owner)))).await;
    }
    for whose in [Whose::Stranger(Some(owner)), Whose::Stranger(None)] {
        let refused = ask(&stage, &to(8, whose)).await;
        assert_eq!(refused, Asked::Wait(TimeDelta::minutes(1)));
    }
    asked(&stage, &to(9, Whose::Own(owner))).await;
    let over = ask(&stage, &wanted(CodePurpose::StepUp, Whose::Own(owner))).await;
    assert_eq!(over, Asked::Wait(TimeDelta::minutes(1)));
}

#[tokio::test]
async fn a_code_to_a_number_that_nobody_has_leaves_the_same_rows_and_is_never_right() {
    let mut stage = registered().await;
    let nobody = wanted(CodePurpose::RecoverPassword, Whose::Stranger(None));
    let ticket = asked(&stage, &nobody).await;
    stage.settle().await;
    assert!(stage.said::<SendCode>("identity").await.is_empty());
    assert_eq!(stage.said::<SendNoCode>("identity").await.len(), 1);
    assert_eq!(kept(&stage).await.len(), 1);
    for left in (0..5).rev() {
        let guessed = answer(&stage, &ticket, CodePurpose::RecoverPassword, "402913").await;
        let expected = match left {
            0 => Answered::Void,
            left => Answered::Wrong { left },
        };
        assert_eq!(guessed, expected);
    }
    assert_eq!(
        ask(&stage, &nobody).await,
        Asked::Wait(TimeDelta::minutes(1))
    );
    assert!(stage.parked("identity").await.is_empty());
}

#[tokio::test]
async fn a_page_learns_that_a_code_did_not_arrive_but_no_stranger_does() {
    let mut stage = registered().await;
    let owner = owner(&stage).await;
    for (whose, told) in [
        (Whose::Own(owner), true),
        (Whose::Stranger(Some(owner)), false),
    ] {
        let ticket = asked(&stage, &wanted(CodePurpose::RecoverPassword, whose)).await;
        let failed = CodeUndeliverable {
            id: sent(&stage).await.id,
            given_up_at: stage.now(),
        };
        stage.say("notification", &failed).await;
        stage.settle().await;
        let app = stage.app("identity");
        let standing = codes::standing(app, &ticket, CodePurpose::RecoverPassword).await;
        assert_eq!(standing.unwrap().unwrap().failed, told);
    }
}
