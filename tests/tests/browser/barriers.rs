//! What axe-core finds on a page: barriers by the success criteria of WCAG 2.2, levels A and AA, as far as a program can see
//! them.

use std::sync::LazyLock;

use journeys::motcua::program;
use serde::Deserialize;

use crate::phone::Phone;

static AXE: LazyLock<String> = LazyLock::new(|| {
    let built = program();
    let target = built.ancestors().nth(2).expect("target/<profile>/motcua");
    let file = target.join("tools/axe/axe_playwright_python/axe.min.js");
    std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}: scripts/test --only tools", file.display()))
});

/// A rule that the page breaks.
#[derive(Deserialize)]
struct Violation {
    id: String,
    help: String,
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    html: String,
}

// Where a page may run no scripts, no timer runs out either.
const RUN: &str = r"
    window.setTimeout = task => { queueMicrotask(task); return 0; };
    axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'], preload: false,
    }).then(found => found.violations.map(({ id, help, nodes }) =>
        ({ id, help, nodes: nodes.map(({ html }) => ({ html })) })))";

/// The barriers on the page that is shown, a sentence each.
pub async fn barriers(phone: &Phone) -> Vec<String> {
    let found: Vec<Violation> = phone.ask_beside(&format!("{}\n{RUN}", *AXE)).await;
    let told = found.into_iter().map(|violation| {
        let places: Vec<_> = violation.nodes.into_iter().map(|node| node.html).collect();
        format!("axe {}: {}: {places:?}", violation.id, violation.help)
    });
    told.collect()
}
