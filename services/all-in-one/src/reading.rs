//! Lends the benchmark, which names no service, the reader that it measures.

use bench::scan::Reading;
use chassis::StartError;
use futures::future::BoxFuture;

/// Checks and reads one file as the service scan does.
pub fn one(bytes: Vec<u8>) -> BoxFuture<'static, Result<Reading, StartError>> {
    Box::pin(async move {
        let checked = scan::measured::check(bytes.into()).await?;
        let codes = checked.codes;
        Ok(match checked.pages {
            Ok(pages) => Reading {
                refused: None,
                pages,
                codes,
            },
            Err(reason) => Reading {
                refused: Some(reason.en.into_owned()),
                pages: Vec::new(),
                codes,
            },
        })
    })
}
