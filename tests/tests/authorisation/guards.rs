//! What every answer has, whoever is answered: headers that keep browsers from being misled, cookies that no script and no
//! neighbour reaches.

use axum::http::header::SET_COOKIE;
use testkit::{Answer, Stage};

/// Whether an answer has all of them; what is missing where not.
pub fn all(answer: &Answer) -> Result<(), String> {
    if answer.header("x-content-type-options") != "nosniff" {
        return Err("no nosniff".to_owned());
    }
    if answer.header("referrer-policy") != "same-origin" {
        return Err("no referrer policy".to_owned());
    }
    policy(answer)?;
    answer
        .headers
        .get_all(SET_COOKIE)
        .iter()
        .try_for_each(|one| {
            let cookie = String::from_utf8_lossy(one.as_bytes());
            let attributes = ["; Path=/;", "; HttpOnly", "; SameSite=Lax"];
            let missing = attributes.iter().find(|one| !cookie.contains(*one));
            missing.map_or(Ok(()), |missing| Err(format!("a cookie without {missing}")))
        })
}

/// No script but our own files', and in nobody's frame. A page that is kept and opened from a disk may hold its own script, known
/// by its hash.
fn policy(answer: &Answer) -> Result<(), String> {
    let policy = answer.header("content-security-policy");
    let kind = answer.header("content-type");
    // A browser's own viewer of PDFs is dressed inline.
    let undressed = policy.replace("style-src 'unsafe-inline'", "");
    let judged = if kind == "application/pdf" {
        &*undressed
    } else {
        policy
    };
    if judged.contains("unsafe") || judged.contains('*') || !judged.contains("default-src 'none'") {
        return Err(format!("a policy that lets in too much: {policy:?}"));
    }
    let is_page = kind.starts_with("text/html");
    if is_page && !policy.contains("frame-ancestors 'none'") {
        return Err(format!("a page that may be framed: {policy:?}"));
    }
    Ok(())
}

#[tokio::test]
async fn over_https_the_browser_stays_on_https() {
    let variables = [
        ("PUBLIC_URL", "https://mot.cua.example"),
        ("PAYMENT__SANDBOX__ON_HTTPS", "true"),
    ];
    let stage = Stage::configured(all_in_one::services(), &variables).await;
    for path in [
        "/identity/sign-in",
        "/intake/",
        "/delivery/check",
        "/intake/no-such-page",
    ] {
        let answer = stage.get(path, None).await;
        assert_eq!(all(&answer), Ok(()), "{path}");
        let stays = answer.header("strict-transport-security");
        assert!(stays.starts_with("max-age=31536000"), "{path}: {stays:?}");
    }
}
