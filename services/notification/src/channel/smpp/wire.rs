//! The way to the provider: TCP, with TLS around it where that is agreed.

use std::{sync::Arc, time::Duration};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use crate::channel::config::Smpp;

/// Both directions of a line.
pub trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// Where a provider is and how it is reached.
pub struct Wire {
    address: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    patience: Duration,
}

impl Wire {
    /// Reads the configuration; the error names the key and says what is wrong with it.
    pub fn read(config: &Smpp) -> Result<Self, (&'static str, String)> {
        let (host, port) = config.address.rsplit_once(':').unwrap_or_default();
        if host.is_empty() || port.parse::<u16>().is_err() {
            return Err(("address", "is not like host:port".into()));
        }
        let host = host.trim_matches(['[', ']']).to_owned();
        let tls = if config.tls {
            let name = ServerName::try_from(host).map_err(|_| {
                (
                    "address",
                    "has no host that a certificate can name".to_owned(),
                )
            })?;
            Some((connector(config)?, name))
        } else {
            None
        };
        Ok(Self {
            address: config.address.clone(),
            tls,
            patience: Duration::from_secs(config.timeout_seconds),
        })
    }

    /// Reaches the provider.
    pub async fn reach(&self) -> Result<Box<dyn Io>, String> {
        let reached = timeout(self.patience, async {
            let stream = TcpStream::connect(&self.address).await?;
            stream.set_nodelay(true)?;
            Ok::<Box<dyn Io>, std::io::Error>(match &self.tls {
                Some((tls, name)) => Box::new(tls.connect(name.clone(), stream).await?),
                None => Box::new(stream),
            })
        });
        match reached.await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(format!("it cannot be reached: {}", error.kind())),
            Err(_) => Err("it cannot be reached in time".into()),
        }
    }
}

/// Trusts the authority that is configured, or those of this machine.
fn connector(config: &Smpp) -> Result<TlsConnector, (&'static str, String)> {
    chassis::install_cryptography();
    let mut roots = RootCertStore::empty();
    if config.ca_file.is_empty() {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    } else {
        let refuse = |why: String| ("ca_file", why);
        let read = CertificateDer::pem_file_iter(&config.ca_file)
            .map_err(|_| refuse("cannot be read".into()))?;
        for certificate in read {
            let certificate =
                certificate.map_err(|_| refuse("holds no certificates in PEM".into()))?;
            roots
                .add(certificate)
                .map_err(|error| refuse(format!("is not trusted: {error}")))?;
        }
    }
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
