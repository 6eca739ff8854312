//! The first records of a new register, from the catalogue: examples that a province replaces.

use std::io::ErrorKind;

use chassis::{App, Failure, StartError};

use crate::{record::Record, store};

/// Puts the records of `registers/civil-status.yaml` into a register that is still empty; does nothing without the file.
pub async fn fill(app: App) -> Result<(), StartError> {
    let path = app
        .settings()
        .catalogue_dir
        .join("registers/civil-status.yaml");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StartError::because(&path.display().to_string(), &error)),
    };
    let wrong =
        |reason: &dyn std::fmt::Display| StartError::new(format!("{}: {reason}", path.display()));
    let records: Vec<Record> =
        procedure::description::read_yaml(&text).map_err(|error| wrong(&error))?;
    for record in &records {
        record
            .check()
            .map_err(|(field, refused)| wrong(&format!("{}: {field}: {refused}", record.number)))?;
    }
    let filled = app.transact(|tx| async move {
        if store::is_empty(tx.db()).await? {
            for record in &records {
                store::add(tx.db(), tx.new_id(), record, tx.now()).await?;
            }
        }
        Ok::<_, Failure>(())
    });
    filled
        .await
        .map_err(|error| StartError::because("filling the register", &error))
}
