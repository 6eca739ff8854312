//! Lends the benchmark, which names no service, the reader that it measures.

use std::path::PathBuf;

use bench::scan::{Reading, Told};
use chassis::StartError;
use futures::future::BoxFuture;

/// Checks and reads one file as the service scan does.
pub fn one(bytes: Vec<u8>, catalogue: PathBuf) -> BoxFuture<'static, Result<Reading, StartError>> {
    Box::pin(async move {
        let checked = scan::measured::check(bytes.into(), &catalogue).await?;
        let told = checked.told.into_iter().map(|(name, value, certain)| Told {
            name,
            value,
            certain,
        });
        let (pages, refused) = match checked.pages {
            Ok(pages) => (pages, None),
            Err(reason) => (Vec::new(), Some(reason.en.into_owned())),
        };
        Ok(Reading {
            refused,
            pages,
            codes: checked.codes,
            told: told.collect(),
        })
    })
}
