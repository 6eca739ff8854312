//! What is on record stays there: PostgreSQL itself refuses to change it.

use std::sync::Arc;

use chassis::{
    App, Clock, Ground,
    auth::{Jwks, Keys},
    config::{Settings, Variables},
};
use journeys::servers::Servers;
use sea_orm::ConnectionTrait;
use tokio_util::sync::CancellationToken;

/// The ground on which scan finds its database, and a folder for its files.
fn ground(database: String, folder: &std::path::Path) -> Ground {
    let catalogue = concat!(env!("CARGO_MANIFEST_DIR"), "/../catalogue");
    let variables = Variables::from([
        ("DATABASE_URL".to_owned(), database),
        ("DATA_DIR".to_owned(), folder.to_string_lossy().into_owned()),
        ("CATALOGUE_DIR".to_owned(), catalogue.to_owned()),
    ]);
    Ground {
        settings: Arc::new(Settings::load(&variables).unwrap()),
        variables,
        clock: Clock::system(),
        keys: Keys::fixed(&Jwks { keys: Vec::new() }),
        stopping: CancellationToken::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_lets_nobody_change_what_is_on_record() {
    let servers = Servers::start().await;
    let folder = tempfile::tempdir().unwrap();
    let ground = ground(servers.addresses().database, folder.path());
    // Its tables are made before it is open.
    App::open(&scan::service(), &ground).await.unwrap();
    let rows = servers.rows().await;
    let one = "00000000-0000-0000-0000-000000000001";
    let insert = format!(
        "INSERT INTO scan.documents (id, owner, name, sha256, bytes, media_type, state, stored_at)
            VALUES ('{one}', '{one}', 'a.pdf', 'a', 1, 'application/pdf', 'accepted', now());
         INSERT INTO scan.document_record (id, document, at, deed, role)
            VALUES ('{one}', '{one}', now(), 'viewed_file', 'officer');"
    );
    rows.db().execute_unprepared(&insert).await.unwrap();
    for sql in [
        "UPDATE scan.document_record SET role = 'system'",
        "DELETE FROM scan.document_record",
        "TRUNCATE scan.document_record",
        "UPDATE scan.parked_audit SET actor = 'nobody'",
        "DELETE FROM scan.parked_audit",
        "TRUNCATE scan.parked_audit",
    ] {
        let refused = rows.db().execute_unprepared(sql).await.unwrap_err();
        assert!(
            refused.to_string().contains("append-only"),
            "{sql}: {refused}"
        );
    }
    assert_eq!(rows.count("scan", "document_record").await, Some(1));
}
