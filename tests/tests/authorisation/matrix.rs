//! Every route, asked by everybody, answered as the table says.

use std::collections::{BTreeMap, BTreeSet};

use chassis::Service;
use serde_json::Value;
use testkit::routes::Route;

use crate::{
    callers::Caller,
    table::{self, Line, Table},
    town::Town,
};

/// Says that the table is to be written anew. Whoever does so reads every line of the difference and judges it.
const RENEW: &str = "RENEW_AUTHORISATION";

fn documents() -> BTreeMap<&'static str, Value> {
    let services = all_in_one::services();
    let document = |service: &Service| {
        let text = service.openapi().to_json().expect("a document");
        (service.name(), serde_json::from_str(&text).expect("JSON"))
    };
    services.iter().map(document).collect()
}

/// What the documents describe.
fn described(documents: &BTreeMap<&str, Value>) -> BTreeSet<Route> {
    let paths = documents.values().flat_map(|document| {
        let paths = document["paths"].as_object().expect("paths");
        paths.iter()
    });
    paths
        .flat_map(|(path, operations)| {
            let methods = operations.as_object().expect("operations").keys();
            methods.map(|method| Route {
                path: path.clone(),
                method: method.to_uppercase(),
            })
        })
        .collect()
}

#[tokio::test]
async fn every_route_answers_everybody_as_the_table_says() {
    let mut town = Town::open().await;
    let documents = documents();
    let routes: BTreeSet<Route> = town.stage.routes().into_iter().collect();
    let unknown: Vec<_> = described(&documents).difference(&routes).cloned().collect();
    assert!(unknown.is_empty(), "described, but no routes: {unknown:?}");

    let committed = table::committed();
    let (mut found, mut wrong) = (Table::new(), Vec::new());
    for route in &routes {
        let service = route.path.split('/').nth(1).unwrap_or_default();
        let document = documents.get(service).unwrap_or(&Value::Null);
        let known = committed.get(&(route.path.clone(), route.method.clone()));
        match town.everybody_asks(document, route).await {
            Err(why) => wrong.push(format!("{} {}: {why}", route.method, route.path)),
            Ok(mut line) => {
                line.why = known.map(|known| known.why.clone()).unwrap_or_default();
                wrong.extend(differences(route, &line, known));
                wrong.extend(unreasoned(route, &line));
                found.insert((route.path.clone(), route.method.clone()), line);
            }
        }
    }
    let gone = committed.keys().filter(|key| !found.contains_key(*key));
    wrong.extend(gone.map(|(path, method)| format!("{method} {path}: no such route any more")));
    if std::env::var_os(RENEW).is_some() {
        table::renew(&found);
    }
    assert!(
        wrong.is_empty(),
        "tests/authorisation.csv ({RENEW}=1 writes it anew, to be read):\n{}",
        wrong.join("\n")
    );
}

fn differences(route: &Route, line: &Line, known: Option<&Line>) -> Vec<String> {
    let name = format!("{} {}", route.method, route.path);
    let Some(known) = known else {
        return vec![format!("{name}: the table has no line for it")];
    };
    let differs = |caller: &Caller| line.cells[caller] != known.cells[caller];
    let told = |caller: Caller| {
        let (is, said) = (&line.cells[&caller], &known.cells[&caller]);
        format!(
            "{name}: {} is answered {is}, the table says {said}",
            caller.name()
        )
    };
    Caller::ALL.into_iter().filter(differs).map(told).collect()
}

/// What no table may say without a reason, whatever is answered.
fn unreasoned(route: &Route, line: &Line) -> Vec<String> {
    let changes = !matches!(&*route.method, "GET" | "HEAD" | "OPTIONS");
    let is_in = |caller: Caller| !matches!(&*line.cells[&caller], "401" | "403" | "404" | "405");
    let public = line.why.starts_with("public");
    let mut wrong = Vec::new();
    for caller in Caller::ALL {
        let cell = &line.cells[&caller];
        let what = match caller {
            _ if cell == "500" => "fails",
            caller if caller.is_unknown() && is_in(caller) && !public => {
                "is let in, and nothing says why it is public"
            }
            caller if caller.is_led() && changes && is_in(caller) && !public => {
                "is let in, and nothing says why another site may do this"
            }
            Caller::Neighbour if is_in(caller) && !is_in(Caller::Other) && line.why.is_empty() => {
                "is let in, and nothing says why an officer of another office may do this"
            }
            Caller::Other if is_in(caller) && route.path.contains('{') && line.why.is_empty() => {
                "is let in, and nothing says why this is not the owner's alone"
            }
            _ => continue,
        };
        wrong.push(format!(
            "{} {}: {} {what}",
            route.method,
            route.path,
            caller.name()
        ));
    }
    wrong
}
