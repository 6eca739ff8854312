#![doc = include_str!("../README.md")]

mod admission;
mod archive;
mod bare;
mod batch;
mod child;
mod clamd;
mod codes;
mod config;
mod domain;
mod excerpt;
mod fence;
mod handlers;
mod heif;
mod http;
mod in_hand;
mod keeping;
#[doc(hidden)]
pub mod measured;
mod migrations;
mod own;
mod page;
mod pages;
mod pages_of;
mod parts;
mod picture;
mod poppler;
mod reading;
mod rescan;
mod said;
mod store;
mod tesseract;
mod worker;

pub use crate::worker::worker;
use crate::{
    config::Config,
    own::{ExpireUpload, ScanAgain, SplitBatch},
    reading::Reader,
};
use chassis::{Service, Setup, StartError};
use contracts::{
    intake::PapersEnclosed,
    scan::{DocumentChecked, PaperKept, PaperReleased, PartFiled, PartFound, ReadDocument},
};

/// The service.
pub fn service() -> Service {
    Service::new("scan")
        .config::<Config>(include_str!("../config.toml"))
        .migrations(migrations::all)
        .provides(procedure::catalogue)
        .provides(files::open)
        .provides(open_reader)
        .provides(async |_: Setup| Ok(http::Turns::of(cores())))
        .provides(async |_: Setup| Ok(http::Watchers::default()))
        .provides(async |setup: Setup| Ok(setup.config::<Config>().scanner()))
        .hears_slow::<ReadDocument, _, _, _, _, _>(in_hand::read, in_hand::judge)
        .says::<ReadDocument>()
        .says::<DocumentChecked>()
        .hears_slow::<ExpireUpload, _, _, _, _, _>(handlers::clear, handlers::forget)
        .says::<ExpireUpload>()
        .hears_slow::<ScanAgain, _, _, _, _, _>(rescan::look, rescan::conclude)
        .says::<ScanAgain>()
        .hears(keeping::enclosed)
        // Officers wait for it, and it would stand in line behind papers that are read.
        .hears_apart::<PapersEnclosed>()
        .hears_slow::<SplitBatch, _, _, _, _, _>(batch::split, batch::divided)
        .says::<SplitBatch>()
        .says::<PartFound>()
        .says::<PartFiled>()
        .hears(batch::placed)
        .hears(batch::refused)
        .says::<PaperKept>()
        .says::<PaperReleased>()
        .consumes(1, DOCUMENTS * cores())
        .serves(http::routes)
}

/// Says at the start what the fence around decoders is worth on this machine.
async fn open_reader(setup: Setup) -> Result<Reader, StartError> {
    let reader = setup.config::<Config>().reader();
    match reader.surroundings.report().await {
        Ok(fence) if fence.is_whole() => tracing::info!(?fence, "decoders are fenced in"),
        Ok(fence) => tracing::warn!(
            ?fence,
            "this kernel lacks part of the fence around decoders"
        ),
        Err(error) => tracing::error!(%error, "no decoder can be run: documents will wait"),
    }
    Ok(reader)
}

/// Documents in hand for each core: so that several people's are, and take turns by the page.
const DOCUMENTS: usize = 4;

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Decoders of untrusted bytes that are nobody else's business: for the fuzz targets in `tests/`.
#[doc(hidden)]
pub mod decoders {
    pub use crate::{
        admission::{Admitted, admit},
        bare::bare,
        clamd::opinion,
        codes::find as codes_in,
        domain::{
            CERTAIN, CardCode, FileName, Limits, MediaType, Origin, PaperKind, Place, Zone,
            fields_on, media_of,
            tus::{Checksum, Metadata},
        },
        excerpt::excerpt,
        page::{for_reading, preview, survey},
        pages_of::{Leaf, pages_of},
        picture::{Grey, Picture, decode},
        tesseract::page_of,
        worker::read,
    };
}
