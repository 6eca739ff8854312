//! Notes in the browser (web push), as far as that goes where no push service is in reach: the page has its worker at work, a
//! note that comes is shown with its words, and a press on it opens what it is about.
//!
//! A browser subscribes with its maker's push service and with no other, so `PushManager.subscribe` is not played here; what a
//! push service is sent, and that it can be read by whom it is for, is tested by notification on its pretend one. Nor can anybody
//! press a note where no desktop shows it: the worker's own lines are run by hand with what the browser keeps of the note.

use journeys::until;
use serde_json::{Value, json};

use crate::{
    chromium::PHONE,
    line::Line,
    people::CITIZEN,
    phone::Phone,
    portal::{Portal, at_a_portal_behind_a_line},
};

/// The notes that the browser shows for us: title, words, where a press leads.
const SHOWN: &str = "navigator.serviceWorker.getRegistration('/notification/') \
    .then(there => there.getNotifications()).then(all => all.map(note => [note.title, note.body, note.data]))";

/// Whether the worker is at work.
const AT_WORK: &str = "navigator.serviceWorker.getRegistration('/notification/') \
    .then(there => Boolean(there && there.active && there.active.state === 'activated'))";

/// Runs a worker's lines (the first argument) and presses a note that carries the second; what it opened, and whether the note
/// went.
const PRESS: &str = "const heard = {}, opened = []; let closed = false; \
    const self = { registration: {}, clients: { openWindow: to => { opened.push(to); return Promise.resolve(); } }, \
        addEventListener: (name, act) => { heard[name] = act; } }; \
    new Function('self', arguments[0])(self); \
    heard.notificationclick({ notification: { data: arguments[1], close: () => { closed = true; } }, waitUntil: () => {} }); \
    return [opened, closed];";

/// A citizen who is signed in and allows notes, at the inbox with its worker at work.
async fn at_the_inbox(portal: &Portal<'_>, line: &Line) -> Phone {
    portal.register().await;
    let citizen = portal.phone_with_scripts("citizen", PHONE, line).await;
    let granted = json!({ "origin": citizen.home(), "permissions": ["notifications"] });
    citizen.devtools("Browser.grantPermissions", granted).await;
    citizen.open("/identity/sign-in").await;
    citizen.sign_in(CITIZEN.phone, CITIZEN.password).await;
    citizen.open("/notification/").await;
    until(
        "the page has its worker at work",
        |is_at_work: &bool| *is_at_work,
        async || citizen.ask_beside(AT_WORK).await,
    )
    .await;
    citizen
}

/// Hands a note to the browser as its push service would. In a new profile registrations are counted from the beginning; which
/// number ours has only events tell, which WebDriver does not pass on. There is one only: other numbers name nobody.
async fn deliver(citizen: &Phone, note: &str) {
    citizen.devtools("ServiceWorker.enable", json!({})).await;
    for number in 0..4 {
        let number = number.to_string();
        let pushed = json!({ "origin": citizen.home(), "registrationId": number, "data": note });
        let method = "ServiceWorker.deliverPushMessage";
        citizen.devtools(method, pushed).await;
    }
}

async fn shown(citizen: &Phone) -> Vec<[String; 3]> {
    citizen.ask_beside(SHOWN).await
}

async fn worker_of(portal: &Portal<'_>) -> String {
    let worker = format!("{}/notification/worker.js", portal.motcua.url());
    let answer = portal.client.get(worker).send().await.expect("an answer");
    answer.text().await.expect("its lines")
}

#[tokio::test]
async fn a_note_is_shown_with_its_words_and_a_press_opens_the_dossier() {
    let pretend = [("NOTIFICATION__PRETEND", "true")];
    at_a_portal_behind_a_line("notes", &pretend, async |portal, line| {
        let citizen = at_the_inbox(portal, line).await;
        let offered = citizen.reads("#push").await;
        assert_eq!(offered, "Báo tin trên trình duyệt này");

        // As `channel/push.rs` writes it.
        let link = format!("{}/intake/dossiers", citizen.home());
        let note = json!({
            "id": "0199e3a0-0000-7000-8000-000000000005", "title": "Cần bổ sung hồ sơ",
            "body": "Hồ sơ H15.50.05.13-261008-0975 cần bổ sung.", "link": link,
        });
        let note = note.to_string();
        let [title, words, leads] = until(
            "the note is shown",
            |shown: &Vec<[String; 3]>| !shown.is_empty(),
            async || {
                // A worker that has just begun may not be known by its number yet.
                deliver(&citizen, &note).await;
                shown(&citizen).await
            },
        )
        .await
        .remove(0);
        assert_eq!(
            (title.as_str(), words.as_str(), &leads),
            (
                "Cần bổ sung hồ sơ",
                "Hồ sơ H15.50.05.13-261008-0975 cần bổ sung.",
                &link
            )
        );

        let worker = worker_of(portal).await;
        let page = "data:text/html,<title>a desktop</title>";
        citizen.web().goto(page).await.expect("an empty page");
        let (opened, closed): (Vec<String>, bool) = citizen
            .ask(PRESS, vec![worker.into(), Value::from(leads)])
            .await;
        assert_eq!(
            (opened.as_slice(), closed),
            ([link.clone()].as_slice(), true)
        );
        let path = link.strip_prefix(citizen.home()).expect("our own page");
        citizen.open(path).await;
        citizen.sees("Hồ sơ của tôi").await;
    })
    .await;
}

#[tokio::test]
async fn a_note_without_words_is_shown_all_the_same() {
    let pretend = [("NOTIFICATION__PRETEND", "true")];
    at_a_portal_behind_a_line("bare-notes", &pretend, async |portal, line| {
        let citizen = at_the_inbox(portal, line).await;
        // A browser shows a note of its own ("updated in the background") for a push that shows none.
        let titles = "navigator.serviceWorker.getRegistration('/notification/') \
            .then(there => there.getNotifications()).then(all => all.map(note => note.title))";
        let seen: Vec<String> = until(
            "a note is shown",
            |titles: &Vec<String>| !titles.is_empty(),
            async || {
                deliver(&citizen, "{}").await;
                citizen.ask_beside(titles).await
            },
        )
        .await;
        assert!(seen.iter().all(|title| title == "Một Cửa"), "{seen:?}");
    })
    .await;
}
