//! Opening the store where its address says: a folder, or a bucket.

use std::{collections::BTreeMap, fs, io, path::Path as Folder, sync::Arc, time::Duration};

use futures::TryStreamExt;
use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    local::LocalFileSystem,
    path::Path,
    prefix::PrefixStore,
};
use url::Url;

use crate::{Files, received::Parts};

/// The least bytes of a part of an upload to S3, but for its last (a limit of the protocol).
const S3_PART: usize = 5 * 1024 * 1024;
/// Files put together at once in a process on their way to S3: each holds a part in memory.
const TOGETHER: usize = 2;

/// How long a silent store is waited for before it counts as away.
const CONNECT: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(20);
const RETRIES: RetryConfig = RetryConfig {
    backoff: BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(2),
        base: 2.,
    },
    max_retries: 4,
    retry_timeout: Duration::from_secs(15),
};

/// Why a store could not be opened: a mistake in its address or its settings.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither of the two kinds.
    #[error("it must be like file:folder or s3://bucket/folder")]
    Address,
    /// The folder cannot be made or written.
    #[error("the folder {0}: {1}")]
    Folder(String, #[source] io::Error),
    /// A setting that nobody knows, or one that is missing.
    #[error("{0}")]
    Setting(#[source] object_store::Error),
    /// There is no such bucket, or it lets this service not in.
    #[error("the bucket: {0}")]
    Bucket(#[source] object_store::Error),
}

impl Files {
    /// Opens the store at `address`: `file:folder`, which is made if need be, or `s3://bucket/folder`, to which the `AWS_…`
    /// variables lead (`AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, …: those of `object_store`).
    ///
    /// A bucket that does not answer now is no error: it may come back. One that is not there is.
    pub async fn at(
        address: &str,
        variables: &BTreeMap<String, String>,
    ) -> Result<Self, OpenError> {
        if let Some(folder) = address.strip_prefix("file:") {
            return Self::in_folder(Folder::new(folder.strip_prefix("//").unwrap_or(folder)))
                .map_err(|error| OpenError::Folder(folder.to_owned(), error));
        }
        let url = Url::parse(address).map_err(|_| OpenError::Address)?;
        let bucket = url.host_str().filter(|_| url.scheme() == "s3");
        let bucket = bucket.ok_or(OpenError::Address)?;
        let folder = Path::from_url_path(url.path()).map_err(|_| OpenError::Address)?;
        let files = Self::in_bucket(bucket, folder, variables).map_err(OpenError::Setting)?;
        files.look().await?;
        Ok(files)
    }

    /// Opens the store in `folder`.
    pub fn in_folder(folder: &Folder) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(io::Error::other)?;
        // A row that names a file is committed after this: the file must not be the one to go in a power cut.
        Ok(Self::over(Arc::new(store.with_fsync(true))))
    }

    fn in_bucket(
        bucket: &str,
        folder: Path,
        variables: &BTreeMap<String, String>,
    ) -> Result<Self, object_store::Error> {
        chassis::install_cryptography();
        let client = ClientOptions::new()
            .with_connect_timeout(CONNECT)
            .with_read_timeout(SILENCE)
            .with_timeout_disabled();
        let mut builder = AmazonS3Builder::new()
            .with_client_options(client)
            .with_retry(RETRIES);
        for (name, value) in variables {
            // Platforms set AWS_… variables for other programs too: one nobody knows is no mistake.
            if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
                builder = builder.with_config(key, value);
            }
        }
        let store: Arc<dyn ObjectStore> = Arc::new(builder.with_bucket_name(bucket).build()?);
        Ok(Self {
            store: Arc::new(PrefixStore::new(store, folder)),
            parts: Parts::large(S3_PART, TOGETHER),
        })
    }

    /// Asks for any one object. What is wrong with a list, the store's client tells in words only.
    async fn look(&self) -> Result<(), OpenError> {
        let Err(error) = self.store.list(None).try_next().await else {
            return Ok(());
        };
        let said = error.to_string();
        if ["NoSuchBucket", " 401 ", " 403 "]
            .iter()
            .any(|wrong| said.contains(wrong))
        {
            return Err(OpenError::Bucket(error));
        }
        tracing::error!(%error, "the file store does not answer: uploads are refused until it does");
        Ok(())
    }
}
