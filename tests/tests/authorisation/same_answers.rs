//! What is another's is answered as what is not there, to the letter: who tries ids learns nothing. That a login is known, identity's
//! own tests hold against the same.

use serde_json::Value;
use testkit::Answer;

use crate::{
    callers::Caller,
    things::{NOTHING, Standing},
    town::{Town, id},
};

/// All of an answer that a caller sees, without what differs between any two.
fn seen(answer: &Answer) -> (u16, Vec<String>, Value, String) {
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    headers.sort();
    let text = if answer.json().is_null() {
        answer.text()
    } else {
        String::new()
    };
    (answer.status.as_u16(), headers, answer.json(), text)
}

#[tokio::test]
async fn what_is_anothers_is_answered_as_what_is_not_there() {
    let mut town = Town::open().await;
    let issued = town.dossier(Standing::Issued).await;
    let (nothing, code) = (NOTHING, "H15.50.05.13-261008-9999");
    let session = town.sees(Caller::Owner, "/identity/sessions").await;
    let session = id(&session[0], "id");
    let paper = town.paper().await;
    for (path, own, other) in [
        ("/intake/dossiers/{}", &*issued.id, nothing),
        ("/payment/orders/{}", &issued.order, nothing),
        ("/payment/dossiers/{}/order", &issued.id, nothing),
        ("/delivery/results/{}/file", &issued.result, nothing),
        ("/delivery/dossiers/{}/result", &issued.id, nothing),
        ("/scan/documents/{}", &paper, nothing),
        ("/scan/documents/{}/file", &paper, nothing),
        ("/scan/papers/{}/record", &paper, nothing),
        (
            "/intake/track/{}?citizen_id=066090004321",
            &issued.code,
            code,
        ),
    ] {
        let there = town
            .asks("GET", &path.replace("{}", own), Caller::Other)
            .await;
        let not_there = town
            .asks("GET", &path.replace("{}", other), Caller::Other)
            .await;
        assert_eq!(there.status, 404, "{path}");
        assert_eq!(seen(&there), seen(&not_there), "{path}");
    }
    let own = format!("/identity/sessions/{session}");
    let other = format!("/identity/sessions/{nothing}");
    let there = town.asks("DELETE", &own, Caller::Other).await;
    let not_there = town.asks("DELETE", &other, Caller::Other).await;
    assert_eq!(there.status, 404);
    assert_eq!(seen(&there), seen(&not_there));
}
