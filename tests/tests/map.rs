//! The system as a whole: whoever is spoken to hears, and only declared messages are said.

use std::collections::BTreeSet;

use all_in_one::services;

#[test]
fn every_message_that_is_said_is_heard_and_every_one_heard_is_said() {
    let services = services();
    let said: BTreeSet<&str> = services
        .iter()
        .flat_map(|service| service.said().to_vec())
        .collect();
    let heard: BTreeSet<&str> = services
        .iter()
        .flat_map(chassis::Service::heard)
        .map(|(wire, _)| wire)
        .collect();
    assert_eq!(
        said.difference(&heard).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "said, but nobody hears it"
    );
    assert_eq!(
        heard.difference(&said).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "heard, but nobody says it"
    );
}

#[test]
fn every_contract_is_in_use() {
    let services = services();
    let said: BTreeSet<&str> = services
        .iter()
        .flat_map(|service| service.said().to_vec())
        .collect();
    let unused: Vec<_> = contracts::all()
        .into_iter()
        .map(|message| message.wire)
        .filter(|wire| !said.contains(wire))
        .collect();
    assert_eq!(unused, Vec::<&str>::new());
}

#[test]
fn every_path_of_a_service_begins_with_its_name() {
    for service in services() {
        for path in service.openapi().paths.paths.keys() {
            assert!(
                path.starts_with(&format!("/{}/", service.name())),
                "{}: {path}",
                service.name()
            );
        }
    }
}

/// A dossier's share is counted by scan when papers are sent, and by intake when it is filed.
#[test]
fn scan_and_intake_count_a_dossiers_share_by_the_same_measure() {
    let share = |config: &'static str| -> Vec<&str> {
        let lines = config.lines();
        lines.filter(|line| line.starts_with("dossier_")).collect()
    };
    let scan = share(include_str!("../../services/scan/config.toml"));
    assert_eq!(scan.len(), 2, "{scan:?}");
    assert_eq!(
        scan,
        share(include_str!("../../services/intake/config.toml"))
    );
}
