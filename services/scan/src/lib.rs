#![doc = include_str!("../README.md")]

mod child;
mod config;
mod domain;
mod files;
mod handlers;
mod http;
mod migrations;
mod own;
mod page;
mod pages_of;
mod picture;
mod poppler;
mod reading;
mod store;
mod tesseract;

use chassis::{Service, Setup, StartError};
use contracts::scan::{DocumentChecked, ReadDocument};

use crate::{config::Config, files::Files, own::ExpireUpload};

/// The service.
pub fn service() -> Service {
    Service::new("scan")
        .config::<Config>(include_str!("../config.toml"))
        .migrations(migrations::all)
        .provides(open_files)
        .provides(async |setup: Setup| Ok(setup.config::<Config>().reader()))
        .hears_slow::<ReadDocument, _, _, _, _, _>(handlers::read, handlers::judge)
        .says::<ReadDocument>()
        .says::<DocumentChecked>()
        .hears_slow::<ExpireUpload, _, _, _, _, _>(handlers::clear, handlers::forget)
        .says::<ExpireUpload>()
        .consumes(1, workers())
        .serves(http::routes)
}

async fn open_files(setup: Setup) -> Result<Files, StartError> {
    Files::open(&setup.data_dir())
        .map_err(|error| StartError::because("scan: its files (DATA_DIR)", &error))
}

/// One document a core: reading is all computing.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Decoders of untrusted bytes that are nobody else's business: for the fuzz targets in `tests/`.
#[doc(hidden)]
pub mod decoders {
    pub use crate::{
        domain::{
            FileName, Limits, MediaType, PaperKind,
            tus::{Checksum, Metadata},
        },
        page::{for_reading, preview, survey},
        pages_of::{Leaf, pages_of},
        picture::{Grey, Picture, decode},
        tesseract::page_of,
    };
}
